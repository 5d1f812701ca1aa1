"""The one pipeline: read, segment, match, assess. Command line and batch all call it.

A policy is read in a child process (ingest), which works while this one loads the framework and its
libraries, and while the policy before it is matched.
"""

from __future__ import annotations

import json
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aligner import __version__, assess, framework, ingest, match, segment
from aligner.errors import AlignerError, OptionsError
from aligner.ingest.pdf import Reading
from aligner.model import Analysis, Failure, Note, Segment
from aligner.options import Options
from aligner.report.tables import read_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from aligner.match import Knowledge
    from aligner.model import Document, Framework

    Announce = Callable[[str], None]


def _silent(_: str) -> None:
    return


def analyze(
    path: Path, options: Options | None = None, *, announce: Announce = _silent
) -> Analysis:
    """The analysis of one policy; `announce` is told in a few words what is being done.

    Raises:
        InputError: the policy cannot be used.
        FrameworkError: the framework cannot.
    """
    for outcome in _outcomes([path], options or Options(), announce=announce):
        if isinstance(outcome, AlignerError):
            raise outcome
        return outcome
    raise AssertionError


def analyze_many(
    paths: Sequence[Path], options: Options | None = None, *, announce: Announce = _silent
) -> Iterator[Analysis | Failure]:
    """An Analysis, or the Failure of what could not be read, for each policy, in order."""
    outcomes = _outcomes(paths, options or Options(), announce=announce)
    for path, outcome in zip(paths, outcomes, strict=True):
        yield _failure(path, outcome) if isinstance(outcome, AlignerError) else outcome


def _outcomes(
    paths: Sequence[Path], options: Options, *, announce: Announce
) -> Iterator[Analysis | AlignerError]:
    """Reads one policy ahead: a child process works while this one loads, or matches the last."""
    ahead = _begin(paths[0], options) if paths else None
    announce("Loading the framework")
    try:
        frame = framework.load(options.framework)
        known = match.knower(frame, announce)
        for number, path in enumerate(paths):
            announce(f"Reading {ingest.display_name(path)}")
            document, ahead = _finish(ahead, announce), None
            if number + 1 < len(paths):
                ahead = _begin(paths[number + 1], options)
            if isinstance(document, AlignerError):
                yield document
                continue
            announce(f"Matching {document.name}")
            yield assemble(document, frame, known=known(document.language), options=options)
    finally:
        if isinstance(ahead, Reading):
            ahead.cancel()


def _begin(path: Path, options: Options) -> Reading | AlignerError:
    try:
        return ingest.begin(path, password=options.password, ocr=options.ocr)
    except AlignerError as error:
        return error


def _finish(begun: Reading | AlignerError | None, announce: Announce) -> Document | AlignerError:
    try:
        return (
            begun.finish(announce)
            if isinstance(begun, Reading)
            else begun or AlignerError("Nothing to read.")
        )
    except AlignerError as error:
        return error


def assemble(
    document: Document, frame: Framework, *, known: Knowledge, options: Options
) -> Analysis:
    """The analysis of a document that was read."""
    segments = segment.segments(document)
    matches, measures, principles = match.match(segments, frame, known=known)
    findings = assess.assess(matches, frame, document=document)
    return Analysis(
        document=replace(document, blocks=()),
        framework=frame.outline(),
        segments=segments,
        matches=matches,
        findings=findings,
        objectives=assess.roll_up(findings, frame),
        options=options.shown(),
        version=__version__,
        notes=(*document.notes, *_notes(document, segments, frame, known=known)),
        measures=measures,
        principles=principles,
    )


# A policy has thousands of words; a page that a file lost leaves a few.
_FEW_WORDS = 300


def _notes(
    document: Document, segments: Sequence[Segment], frame: Framework, *, known: Knowledge
) -> Iterator[Note]:
    if document.words < _FEW_WORDS:
        yield Note(
            "few_words",
            f"The document holds only {document.words} words: gaps say nothing. Is it the right "
            "file, and whole?",
        )
    if not known.trained:
        yield Note(
            "words_only",
            "The list of actions came without example passages: policies were matched by the words "
            "of its actions" + (" and its rules." if frame.rules else " alone."),
        )
    languages = {language for concept in frame.concepts for language, _ in concept.forms}
    if frame.rules and document.language and document.language not in languages:
        yield Note(
            "language",
            f"The policy is in a language ({document.language}) for which there is no lexicon: "
            "gaps say nothing.",
        )
    else:
        yield from _examples(document.language, known)
    yield from _passages(document, segments, languages if frame.rules else set())
    if any(action.paraphrase for action in frame.actions):
        yield Note(
            "paraphrase",
            "Actions marked † are in aligner's own words: the list that was given repeats another "
            "objective in their place.",
        )


def _examples(language: str, known: Knowledge) -> Iterator[Note]:
    """A note when aligner learnt nothing, or little, in the policy's language."""
    if not match.scarce(known, language):
        return
    if language in dict(known.languages):
        yield Note(
            "language-fewer",
            f"aligner learnt from fewer example passages in the policy's language ({language}) "
            "than in others: evidence is missed more often, so that gaps are less certain.",
        )
    else:
        yield Note(
            "language-rules",
            f"There are no example passages in the policy's language ({language}): it was matched "
            "mainly by keywords, so that gaps are less certain.",
        )


def _passages(document: Document, segments: Sequence[Segment], known: set[str]) -> Iterator[Note]:
    """Notes on the passages that are in another language than the policy."""
    others = Counter(one.language for one in segments if one.language != document.language)
    told = {code: count for code, count in sorted(others.items()) if code and document.language}
    for code, without in (("language-unknown", True), ("language-mixed", False)):
        counts = {one: count for one, count in told.items() if (one not in known) == without}
        if not counts:
            continue
        shown = ", ".join(f"{one} {count}" for one, count in counts.items())
        why = (
            "for which there is no lexicon"
            if without
            else f"than the policy ({document.language}), whose words are the ones searched for"
        )
        yield Note(
            code,
            f"{sum(counts.values())} of {len(segments)} passages are in "
            f"{'a language' if without else 'another language'} {why} ({shown}): evidence in them "
            "is missed.",
        )


def _failure(path: Path, error: AlignerError) -> Failure:
    return Failure(
        source=ingest.display_name(path),
        code=error.code,
        message=str(error),
        hint=error.hint,
        exit_code=error.exit_code,
    )


def analysis_of(path: Path, options: Options, *, announce: Announce = _silent) -> Analysis:
    """The analysis in a JSON file that aligner wrote, or of a policy."""
    with suppress(OSError):
        with path.open("rb") as file:
            stored = file.read(1) == b"{"
        if stored:
            return read_json(path)
    return analyze(path, options, announce=announce)


def analysis_of_document(
    document: Document, options: Options, *, announce: Announce = _silent
) -> Analysis:
    """The analysis of a document that is there already."""
    frame = framework.load(options.framework)
    known = match.knower(frame, announce)(document.language)
    return assemble(document, frame, known=known, options=options)


def score_lines(
    lines: Iterable[str], options: Options | None = None, *, announce: Announce = _silent
) -> Iterator[str]:
    """For each line {"id", "text"} a line {"id", "scores": by objective, "actions": by action}.

    Each text is scored for itself: what stands in the other lines changes nothing.

    Raises:
        OptionsError: a line is not of this form.
    """
    frame = framework.load((options or Options()).framework)
    known = match.knower(frame, announce)("")
    given = [_line(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    segments = [Segment(f"s{i}", "paragraph", text, 1, 1) for i, (_, text) in enumerate(given, 1)]
    for (name, _), (objectives, actions) in zip(
        given, match.scores_of(segments, frame, known=known), strict=True
    ):
        yield json.dumps({"id": name, "scores": objectives, "actions": actions}, ensure_ascii=False)


def _line(number: int, line: str) -> tuple[Any, str]:
    try:
        data = json.loads(line)
        name, text = data["id"], data["text"]
    except (ValueError, KeyError, TypeError, RecursionError):
        name, text = None, None
    if not isinstance(text, str):
        raise OptionsError(
            f'Line {number} of the input is not of the form {{"id": …, "text": "…"}}.',
            "Give one JSON object a line.",
        )
    return name, text
