"""What a segment does with its subject: promises it, orders it, schedules it, pays for it, runs it.

Cues with a `measure` say so; where several speak, the one that binds most is kept. A sentence that
a firm cue takes back, and a segment under a heading that one does, commit to nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from aligner.match.context import FIRM
from aligner.model import Measure, MeasureType

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aligner.match.rules import Cued
    from aligner.model import Segment, Term

# From what binds most to what binds least: money, duty, date, running service, promise.
_ORDER: tuple[MeasureType, ...] = ("funding", "mandate", "plan", "operation", "commitment")


# Cues below this are verbs whose stem is a noun's too ("develop", "development"): they commit only
# where they begin a sentence, bullet or cell, or follow "to".
_SURE = 0.5
# Read backwards, so that it is tried at one place only.
_BEGINS = re.compile(r"\W*?(?:\Z|[.;:|•–-]|\d|ot\b|dna\b)", re.IGNORECASE)
# So many characters before a verb say whether it begins something.
_BEFORE = 40


def measures(segments: Sequence[Segment], cued: Sequence[Sequence[Cued]]) -> tuple[Measure, ...]:
    """The measure of each segment that commits to something, in order of the segments."""
    pairs = zip(segments, cued, strict=True)
    return tuple(one for segment, found in pairs if (one := _measure(segment, found)))


def _measure(segment: Segment, found: Sequence[Cued]) -> Measure | None:
    firm = {c.sentence for c in found if c.cue.effect == "veto" and c.cue.weight >= FIRM}
    if -1 in firm:
        return None
    speaking: dict[MeasureType, set[Term]] = defaultdict(set)
    for one in found:
        if one.cue.measure and one.sentence not in firm:
            speaking[one.cue.measure].update(_committing(one, segment.text))
    kinds = [kind for kind in _ORDER if speaking[kind]]
    if not kinds:
        return None
    kind = kinds[0]
    terms = tuple(sorted(speaking[kind], key=lambda t: (t.start, t.end)))
    on_topic = any(c.cue.effect == "topic" and c.sentence >= 0 for c in found)
    planned = segment.kind == "row" and kind == "commitment"
    return Measure(segment.id, "plan" if planned else kind, terms, on_topic)


def _committing(one: Cued, text: str) -> Iterator[Term]:
    """The words of a cue that commit where they stand."""
    for term in one.terms:
        before = text[max(0, term.start - _BEFORE) : term.start]
        if one.cue.weight >= _SURE or _BEGINS.match(before[::-1]):
            yield term
