"""Boxes of text beside the text: a case story in a frame must not run into the lines left of it.

Plain geometry on lines and rulings. Frames around whole pages and around all that stands at their
height are no such boxes: what they hold is read in its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aligner.ingest.page import Line, Page, Rule

_Box = tuple[float, float, float, float]
_NEAR = 2.0
_FEWEST = 2
_WORDS = 12


def boxes(page: Page, lines: Sequence[Line]) -> tuple[list[list[Line]], list[Line]]:
    """The lines of each box that has other lines beside it, and the lines in none."""
    found: list[list[Line]] = []
    rest = list(lines)
    if len(page.rules) < 4:
        return found, rest
    for frame in _frames(page.rules):
        inside = [line for line in rest if _holds(frame, line)]
        beside = [line for line in rest if _beside(frame, line)]
        if len(inside) >= _FEWEST <= len(beside) and not _cuts(frame, rest):
            found.append(inside)
            own = {id(line) for line in inside}
            rest = [line for line in rest if id(line) not in own]
    return found, rest


def _frames(rules: Sequence[Rule]) -> list[_Box]:
    """The rectangles that four rulings make, but for cells side by side; the smallest first."""
    sides: dict[tuple[int, int], list[float]] = {}
    for rule in rules:
        if rule.x0 == rule.x1:
            sides.setdefault((round(rule.y0), round(rule.y1)), []).append(rule.x0)
    level = {(round(r.x0), round(r.x1), round(r.y0)) for r in rules if r.y0 == r.y1}
    frames = []
    for (top, foot), xs in sides.items():
        left, right = min(xs), max(xs)
        inner = any(left + _NEAR < x < right - _NEAR for x in xs)
        if not inner and all(_drawn(level, (left, right), y) for y in (top, foot)):
            frames.append((left, float(top), right, float(foot)))
    return sorted(frames, key=lambda one: ((one[2] - one[0]) * (one[3] - one[1]), one))


def _drawn(level: set[tuple[int, int, int]], ends: tuple[float, float], y: int) -> bool:
    """Whether there is a level ruling from one end to the other, give or take a point or two."""
    steps = (0, -1, 1, -2, 2)
    left, right = round(ends[0]), round(ends[1])
    return any((left + a, right + b, y + c) in level for a in steps for b in steps for c in steps)


def _holds(frame: _Box, line: Line) -> bool:
    x0, y0, x1, y1 = frame
    return x0 - 1 <= line.x0 and line.x1 <= x1 + 1 and y0 - 1 <= line.y0 and line.y1 <= y1 + 1


def _beside(frame: _Box, line: Line) -> bool:
    """Whether a line of words, no mark, stands left or right of a frame and not far from it."""
    x0, y0, x1, y1 = frame
    level = y0 < (line.y0 + line.y1) / 2 < y1 and len(line.text) >= _WORDS
    return level and (x0 - 60 < line.x1 <= x0 or x1 <= line.x0 < x1 + 60)


def _cuts(frame: _Box, lines: Sequence[Line]) -> bool:
    """Whether a side of the frame runs through a line: then it is a ruling, no frame."""
    x0, y0, x1, y1 = frame
    return any(
        y0 < (line.y0 + line.y1) / 2 < y1
        and (line.x0 < x0 - 1 < line.x1 - 2 or line.x0 + 2 < x1 + 1 < line.x1)
        for line in lines
    )
