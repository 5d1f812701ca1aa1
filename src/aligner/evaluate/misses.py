"""Names what an analysis missed and what it took for evidence wrongly, with the reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aligner import explain
from aligner.model import Miss

if TYPE_CHECKING:
    from aligner.evaluate.held import Held
    from aligner.model import Action, Match, Segment

_NOT_READ = "Not read: no passage that was read holds these words."


def misses_of(held: Held, *, policy: str = "") -> tuple[Miss, ...]:
    """Every label that was missed and every accepted match without one, in order of the actions."""
    found = held.found()
    missed = [_missed(held, pair, policy) for pair in held.demanded if pair not in found]
    alarms = [
        _alarm(held, match, policy)
        for match in held.candidates
        if match.accepted and not held.found_by(match)
    ]
    order = {one.id: number for number, one in enumerate(held.analysis.framework.actions)}
    return tuple(
        sorted(
            missed + alarms,
            key=lambda one: (order.get(one.action, 0), one.action, one.kind, one.place),
        )
    )


def _missed(held: Held, pair: tuple[str, str], policy: str) -> Miss:
    """A label that was missed, with the nearest that was seen of it."""
    unit, action = pair
    names = held.segments_of[unit]
    near = next((m for m in held.candidates if m.action == action and m.segment in names), None)
    segment = _segment(held, near.segment if near else next(iter(names), ""))
    return Miss(
        kind="missed",
        action=action,
        place=unit,
        text=next(one.text for one in held.units if one.id == unit),
        match=near,
        strength=held.demanded[pair].strength,
        policy=policy,
        page=explain.pages(segment) if segment else "",
        section=explain.section(segment) if segment else "",
        measure=held.measure_of(unit),
        instead=tuple(sorted({m.action for m in _accepted(held) if m.segment in names})),
        why=_why_missed(held, near, action) if segment else _NOT_READ,
    )


def _why_missed(held: Held, near: Match | None, action: str) -> str:
    if near is None:
        return f"Nothing in it points to {action}: it is not among the passages that came nearest."
    segment, wanted = _segment(held, near.segment), _action(held, action)
    return explain.shortfall(near, segment, wanted) if segment and wanted else ""


def _alarm(held: Held, match: Match, policy: str) -> Miss:
    """An accepted match whose passage was not labelled so."""
    segment, action = _segment(held, match.segment), _action(held, match.action)
    units = held.units_of.get(match.segment, set())
    return Miss(
        kind="false alarm",
        action=match.action,
        place=f"page {segment.page}, {segment.id}" if segment else match.segment,
        text=segment.text if segment else "",
        match=match,
        strength=match.strength,
        policy=policy,
        page=explain.pages(segment) if segment else "",
        section=explain.section(segment) if segment else "",
        measure=match.measure,
        instead=tuple(sorted({x.action for u in held.units if u.id in units for x in u.labels})),
        why=explain.explain(match, segment, action) if segment and action else "",
    )


def _accepted(held: Held) -> list[Match]:
    return [match for match in held.analysis.matches if match.accepted]


def _segment(held: Held, name: str) -> Segment | None:
    return next((one for one in held.analysis.segments if one.id == name), None)


def _action(held: Held, name: str) -> Action | None:
    return next((one for one in held.analysis.framework.actions if one.id == name), None)
