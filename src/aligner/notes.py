"""What whoever reads the findings must know of the document and of what it was held against."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

from aligner import match
from aligner.model import Note

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from aligner.match import Knowledge
    from aligner.model import Document, Framework, Segment

# What nobody may miss who reads a summary alone.
GRAVE = frozenset({"few_words", "evaluation", "language", "language-rules", "language-fewer"})
# A policy has thousands of words; a page that a file lost leaves a few.
_FEW_WORDS = 300
# The criteria by which development work is judged (OECD): an evaluation has a chapter for most,
# a policy for one or two at most.
_CRITERIA = (
    ("relevance", "coherence", "effectiveness", "efficiency", "impact", "sustainability"),
    ("pertinence", "cohérence", "efficacité", "efficience", "impact", "durabilité"),
    ("pertinencia", "coherencia", "eficacia", "eficiencia", "impacto", "sostenibilidad"),
)
_ENOUGH = 4
_WORD = re.compile(r"[^\W\d_]{4,}")


def notes_on(
    document: Document, segments: Sequence[Segment], frame: Framework, *, known: Knowledge
) -> Iterator[Note]:
    """The notes on a document that was read and matched, in a fixed order."""
    if document.words < _FEW_WORDS:
        yield Note(
            "few_words",
            f"The document holds only {document.words} words: gaps say nothing. Is it the right "
            "file, and whole?",
        )
    if judged := _criteria(segments):
        yield Note(
            "evaluation",
            f"The headings are those of an evaluation ({', '.join(judged)}): what it finds and "
            "recommends commits nobody. Of what was cited from two evaluations one passage in ten "
            "was right. Take the policy that was evaluated, or check each passage.",
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


def _criteria(segments: Iterable[Segment]) -> list[str]:
    """The criteria of an evaluation that head chapters, if enough of one language do."""
    heads = {heading for one in segments for heading in one.section}
    opening = {found[0].casefold() for head in heads if (found := _WORD.search(_plain(head)))}
    for criteria in _CRITERIA:
        held = [one.capitalize() for one in criteria if _plain(one) in opening]
        if len(held) >= _ENOUGH:
            return held
    return []


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


def _plain(text: str) -> str:
    """The text without accents, which capitals often lack."""
    parted = unicodedata.normalize("NFKD", text)
    return "".join(one for one in parted if not unicodedata.combining(one))
