"""Holds an analysis and labels together: which passages that were read are which labelled units.

The policy that was read need not be cut as the labels are: words tie the two, never positions.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aligner.model import Analysis, Label, Match, MeasureType, Segment, Unit

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class _Words:
    """A text as words, how often each is there, and its runs of four words."""

    words: tuple[str, ...]
    counts: Counter[str]
    runs: frozenset[tuple[str, ...]]


class Held:
    """An analysis and labels held together.

    `demanded` are the labels that count, by (unit, action); optional ones and those of `unknown`
    actions do not. `candidates` are the matches, best first, without those of optional labels.
    `segments_of` a unit stand by common words, most first.
    """

    def __init__(self, analysis: Analysis, units: Sequence[Unit]) -> None:
        known = {finding.action for finding in analysis.findings}
        given = [(u.id, label) for u in units for label in u.labels]
        self.analysis, self.units = analysis, units
        self.unknown = sorted({label.action for _, label in given} - known)
        pairs = {(unit, one.action): one for unit, one in given if one.action in known}
        firm = {(unit, one.action): one for unit, one in given if not one.optional}
        self.demanded: dict[tuple[str, str], Label] = {p: firm[p] for p in pairs if p in firm}
        self.optional = set(pairs) - set(firm)
        self.segments_of, self.whole = _tie(analysis.segments, units)
        self.units_of: dict[str, set[str]] = defaultdict(set)
        for unit, names in self.segments_of.items():
            for name in names:
                self.units_of[name].add(unit)
        self._measures = {one.segment: one.type for one in analysis.measures}
        ranked = sorted(analysis.matches, key=lambda m: -m.confidence)
        self.candidates = [m for m in ranked if self.found_by(m) or not self._is_optional(m)]

    def found_by(self, match: Match) -> set[tuple[str, str]]:
        """The demanded labels that the match finds; none: it is wrong."""
        pairs = {(unit, match.action) for unit in self.units_of.get(match.segment, ())}
        return pairs & self.demanded.keys()

    def found(self) -> set[tuple[str, str]]:
        """The demanded labels that accepted matches find."""
        return {pair for m in self.candidates if m.accepted for pair in self.found_by(m)}

    def measure_of(self, unit: str) -> MeasureType | None:
        """What the passage that holds most of the unit does with its measure."""
        return self._measures.get(next(iter(self.segments_of.get(unit, ())), ""))

    def _is_optional(self, match: Match) -> bool:
        units = self.units_of.get(match.segment, ())
        return any((unit, match.action) in self.optional for unit in units)


def _tie(
    segments: Sequence[Segment], units: Sequence[Unit]
) -> tuple[dict[str, tuple[str, ...]], int]:
    """The segments that overlap each unit, and how many units one segment holds whole.

    Runs of four words tie a segment to its unit, since policies repeat themselves; short ones are
    tied by their words.
    """
    read = [(segment.id, _cut(segment.text)) for segment in segments]
    tied: dict[str, tuple[str, ...]] = {}
    whole = 0
    for unit in units:
        own = _cut(unit.text)
        common = {name: _common(own, other) for name, other in read if _overlap(own, other)}
        sizes = {name: len(other.words) for name, other in read if name in common}
        tied[unit.id] = tuple(sorted(common, key=lambda name: (-common[name], name)))
        whole += any(
            common[name] >= 0.9 * len(own.words) and common[name] >= 0.8 * sizes[name]
            for name in common
        )
    return tied, whole


def _cut(text: str) -> _Words:
    words = tuple(_WORD.findall(text.lower().replace("\u00ad", "")))
    runs = frozenset(zip(*(words[i:] for i in range(4)), strict=False))
    return _Words(words, Counter(words), runs)


def _common(one: _Words, other: _Words) -> int:
    return (one.counts & other.counts).total()


def _overlap(one: _Words, other: _Words) -> bool:
    small = min(len(one.runs) or 1, len(other.runs) or 1)
    if len(one.runs & other.runs) >= max(2, 0.3 * small):
        return True
    least, most = sorted((len(one.words), len(other.words)))
    if least <= 2 or most >= 8 <= least:
        return False
    return _common(one, other) >= 0.8 * least
