"""The one pipeline: read, segment, match, assess. Command line and batch all call it.

A policy is read in a child process (ingest), which works while this one loads the framework and its
libraries, and while the policy before it is matched.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aligner import __version__, assess, framework, ingest, match, segment
from aligner.errors import AlignerError, OptionsError
from aligner.ingest.pdf import Reading
from aligner.model import Analysis, Failure, Segment
from aligner.notes import notes_on
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
        notes=(*document.notes, *notes_on(document, segments, frame, known=known)),
        measures=measures,
        principles=principles,
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
