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
    """The rectangles that four rulings make, the smallest first."""
    level = [rule for rule in rules if rule.y0 == rule.y1]
    upright = {
        (round(rule.x0), round(rule.y0), round(rule.y1)) for rule in rules if rule.x0 == rule.x1
    }
    frames = {
        (a.x0, min(a.y0, b.y0), a.x1, max(a.y0, b.y0))
        for index, a in enumerate(level)
        for b in level[index + 1 :]
        if abs(a.x0 - b.x0) < _NEAR and abs(a.x1 - b.x1) < _NEAR and abs(a.y0 - b.y0) > 2 * _NEAR
    }
    closed = [one for one in frames if all(_side(one, x, upright) for x in (one[0], one[2]))]
    single = [one for one in closed if not any(_in_row(one, other) for other in closed)]
    return sorted(single, key=lambda one: ((one[2] - one[0]) * (one[3] - one[1]), one))


def _in_row(one: _Box, other: _Box) -> bool:
    """Whether two frames stand side by side from one height to another: cells of a row."""
    apart = other[0] >= one[2] - _NEAR or other[2] <= one[0] + _NEAR
    return apart and abs(one[1] - other[1]) <= _NEAR and abs(one[3] - other[3]) <= _NEAR


def _side(frame: _Box, x: float, upright: set[tuple[int, int, int]]) -> bool:
    return any(
        abs(x - at) <= _NEAR and abs(top - frame[1]) <= _NEAR and abs(foot - frame[3]) <= _NEAR
        for at, top, foot in upright
    )


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
