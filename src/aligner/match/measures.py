"""What a segment does with its subject: promises it, orders it, schedules it, pays for it, runs it.

Cues with a `measure` say so; where several speak, the one that binds most is kept. A sentence that
a firm cue takes back, and a segment under a heading that one does, commit to nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING

from aligner.match.context import FIRM
from aligner.model import Measure, MeasureType

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aligner.match.cues import Cued
    from aligner.model import Segment, Term

# From what binds most to what binds least: money, duty, date, running service, promise.
_ORDER: tuple[MeasureType, ...] = ("funding", "mandate", "plan", "operation", "commitment")


# Cues below this are verbs whose stem is a noun's too ("develop", "development"): they commit only
# where they begin a sentence, bullet or cell, or follow one of these words.
_SURE = 0.5
_LEADING = {"en": ("to", "and"), "fr": ("à", "de", "pour", "et"), "es": ("a", "para", "y", "e")}
# So many characters before a verb say whether it begins something.
_BEFORE = 40


@lru_cache(maxsize=8)
def _begins(language: str) -> re.Pattern[str]:
    """What stands before a verb that begins something, backwards: it is tried at one place only."""
    words = "|".join(rf"{word[::-1]}\b" for word in _LEADING.get(language, _LEADING["en"]))
    return re.compile(rf"\W*?(?:\Z|[.;:|•–-]|\d|{words})", re.IGNORECASE)


def measures(segments: Sequence[Segment], cued: Sequence[Sequence[Cued]]) -> tuple[Measure, ...]:
    """The measure of each segment that commits to something, in order of the segments."""
    pairs = zip(segments, cued, strict=True)
    return tuple(one for segment, found in pairs if (one := _measure(segment, found)))


def _measure(segment: Segment, found: Sequence[Cued]) -> Measure | None:
    firm = {c.sentence for c in found if c.cue.effect == "veto" and c.cue.weight >= FIRM}
    telling = [(one.cue.measure, one) for one in found if one.cue.measure]
    if -1 in firm or not telling:
        return None
    speaking: dict[MeasureType, set[Term]] = defaultdict(set)
    for measure, one in telling:
        if one.sentence not in firm:
            speaking[measure].update(_committing(one, segment))
    kinds = [kind for kind in _ORDER if speaking[kind]]
    if not kinds:
        return None
    kind = kinds[0]
    terms = tuple(sorted(speaking[kind], key=lambda t: (t.start, t.end)))
    on_topic = any(c.cue.effect == "topic" and c.sentence >= 0 for c in found)
    planned = segment.kind == "row" and kind == "commitment"
    return Measure(segment.id, "plan" if planned else kind, terms, on_topic)


def _committing(one: Cued, segment: Segment) -> Iterator[Term]:
    """The words of a cue that commit where they stand."""
    begins = _begins(segment.language)
    for term in one.terms:
        before = segment.text[max(0, term.start - _BEFORE) : term.start]
        if one.cue.weight >= _SURE or begins.match(before[::-1]):
            yield term
