"""What a segment does with its subject: promises it, orders it, schedules it, pays for it, runs it.

Cues with a `measure` say so; where several speak, the one that binds most is kept. A sentence that
a firm cue takes back, and a segment under a heading of backgrounds, commit to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aligner.match.context import FIRM
from aligner.model import Measure, MeasureType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aligner.match.rules import Cued
    from aligner.model import Segment

# From what binds most to what binds least: money, duty, date, running service, promise.
_ORDER: tuple[MeasureType, ...] = ("funding", "mandate", "plan", "operation", "commitment")


def measures(
    segments: Sequence[Segment], cued: Sequence[Sequence[Cued]], *, on_topic: Sequence[bool]
) -> tuple[Measure, ...]:
    """The measure of each segment that commits to something, in order of the segments."""
    given = zip(segments, cued, on_topic, strict=True)
    return tuple(one for part in given if (one := _measure(*part)))


def _measure(segment: Segment, found: Sequence[Cued], on_topic: bool) -> Measure | None:  # noqa: FBT001
    firm = {c.sentence for c in found if c.cue.effect == "veto" and c.cue.weight >= FIRM}
    if -1 in firm:
        return None
    speaking = [c for c in found if c.cue.measure and c.sentence not in firm]
    if not speaking:
        return None
    kind = min((c.cue.measure for c in speaking if c.cue.measure), key=_ORDER.index)
    terms = {term for c in speaking if c.cue.measure == kind for term in c.terms}
    if segment.kind == "row" and kind == "commitment":
        kind = "plan"
    ordered = tuple(sorted(terms, key=lambda t: (t.start, t.end)))
    return Measure(segment.id, kind, ordered, bool(on_topic))
