"""What begins with the policy: measures that fit no action, and what is said of the principles.

Counts and marks that workbook and page share, so that the two never disagree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aligner.model import (
        Analysis,
        Finding,
        Match,
        Measure,
        MeasureType,
        PrincipleFinding,
        Term,
    )

# Of the passages under the gaps of the three samples six in ten were less likely than this.
_HOPELESS = 0.01

# What is ordered or scheduled first; "will" and "support" stand in many forewords.
_FIRST: tuple[MeasureType, ...] = ("mandate", "plan", "funding", "operation", "commitment")


def unmatched(analysis: Analysis) -> list[Measure]:
    """The measures that are evidence for no action, best first: about migration, then binding."""
    matched = {match.segment for match in analysis.matches if match.accepted}
    rest = [one for one in analysis.measures if one.segment not in matched]
    return sorted(rest, key=lambda one: (not one.on_topic, _FIRST.index(one.type)))


def came_near(finding: Finding) -> list[Match]:
    """What does not count and came nearest: the best, and the others that are not hopeless."""
    once = {match.segment: match for match in (*finding.set_aside, *finding.nearest)}
    best = list(once.values())
    return [*best[:1], *(one for one in best[1:] if one.vetoed or one.confidence >= _HOPELESS)]


def name_of(finding: PrincipleFinding, language: str = "en") -> str:
    """The principle's name in the language, or else in the first that it has."""
    names = dict(finding.names)
    return names.get(language) or next(iter(names.values()), finding.principle)


def counts_of(finding: PrincipleFinding, analysis: Analysis) -> tuple[int, int, int]:
    """How many passages speak of the principle, commit to something, and are evidence."""
    segments = {mention.segment for mention in finding.mentions}
    committing = {measure.segment for measure in analysis.measures}
    evidence = {match.segment for match in analysis.matches if match.accepted}
    return len(segments), len(segments & committing), len(segments & evidence)


def spans(terms: Sequence[Term], text: str) -> list[tuple[int, int]]:
    """The (start, end) of the terms within the text, sorted, overlapping ones as one."""
    out: list[tuple[int, int]] = []
    for term in sorted(terms, key=lambda one: (one.start, one.end)):
        if not 0 <= term.start < term.end <= len(text):
            continue
        if out and term.start <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], term.end))
        else:
            out.append((term.start, term.end))
    return out
