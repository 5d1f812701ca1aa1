"""What a reading engine hands to the layout: lines and ruling lines of a page, as plain data.

Coordinates are points from the top left corner of the page as it is shown. Named tuples, because a
long policy has tens of thousands of lines and they are made in a process whose start counts.
"""

from __future__ import annotations

from typing import NamedTuple

# A hyphen that stands at a line end because the line ended there (what engines report as such).
LINE_HYPHEN = "\u00ad"


class Line(NamedTuple):
    """A run of words on one baseline; `bold` when its first and its last character are.

    `turn` counts quarter turns clockwise of the text against the page. `run_in`: it begins in bold
    and does not end so.
    """

    x0: float
    y0: float
    x1: float
    y1: float
    size: float
    text: str
    bold: bool = False
    turn: int = 0
    run_in: bool = False


class Rule(NamedTuple):
    """A ruling line, level or upright (x0 == x1)."""

    x0: float
    y0: float
    x1: float
    y1: float


class Page(NamedTuple):
    """A page: its lines in the order of the file, its rulings, whether it shows a picture."""

    number: int
    width: float
    height: float
    lines: tuple[Line, ...] = ()
    rules: tuple[Rule, ...] = ()
    picture: bool = False


class Frame(NamedTuple):
    """Where the shown page lies in the file's coordinates, and its quarter turns clockwise."""

    left: float
    bottom: float
    right: float
    top: float
    turn: int

    def place(self, x: float, y: float) -> tuple[float, float]:
        """The point on the shown page, from its top left corner."""
        if self.turn == 1:
            return y - self.bottom, x - self.left
        if self.turn == 2:
            return self.right - x, y - self.bottom
        if self.turn == 3:
            return self.top - y, self.right - x
        return x - self.left, self.top - y


def turned(
    box: tuple[float, float, float, float] | Rule, page: tuple[float, float], turn: int
) -> tuple[float, float, float, float]:
    """A box of a page (width, height) after the page was turned back by `turn` quarters."""
    width, height = page
    x0, y0, x1, y1 = box
    if turn == 0:
        return x0, y0, x1, y1
    if turn == 1:
        return y0, width - x1, y1, width - x0
    if turn == 2:
        return width - x1, height - y1, width - x0, height - y0
    return height - y1, x0, height - y0, x1
