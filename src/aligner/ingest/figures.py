"""Rows of figures: statistical tables without rulings, a label and numbers on each baseline.

Without this their columns would be read one after the other as columns of text, and the dots that
lead from a label to its numbers would pass for those of a contents page.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aligner.ingest.tables import Cell, Table
from aligner.ingest.unruled import levels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aligner.ingest.page import Line

# 1,300 | –71 | 3.5 % | n/a | ... | 2013– ; a cell that is empty is often a dash, dots or a star.
_FIGURE = re.compile(
    r"[-–—+~<>(]?[$€£]?\d[\d.,\s]*[-–—%)*]*|[-–—*]|\.{2,}|n\.?/?a\.?", re.IGNORECASE
)
_FEWEST = 4
_FEWEST_ROWS = 3


def is_figure(text: str) -> bool:
    """Whether a piece of a line is a number, or what stands for one in a table."""
    return bool(_FIGURE.fullmatch(text.strip()))


def tables(lines: Sequence[Line]) -> tuple[list[Table], list[Line]]:
    """Tables of the rows of figures among the lines of a page, and the lines in none of them."""
    if sum(line.text[-1:].isdigit() for line in lines) < _FEWEST * _FEWEST_ROWS:
        return [], list(lines)
    found: list[list[tuple[Line, ...]]] = [[]]
    for level in levels(lines):
        if _is_row(level.pieces):
            found[-1].append(level.pieces)
        elif found[-1]:
            found.append([])
    if sum(map(len, found)) < _FEWEST_ROWS:
        return [], list(lines)
    used = {id(piece) for rows in found for row in rows for piece in row}
    made = [_made(rows) for rows in found if rows]
    return made, [line for line in lines if id(line) not in used]


def _is_row(pieces: Sequence[Line]) -> bool:
    if len(pieces) < _FEWEST:
        return False
    figures = sum(is_figure(piece.text) for piece in pieces)
    return figures >= max(_FEWEST - 1, len(pieces) - 2)


def _made(rows: Sequence[Sequence[Line]]) -> Table:
    """A table of one column, since labels and figures of a row are read together."""
    lines = [piece for row in rows for piece in row]
    left, right = min(line.x0 for line in lines), max(line.x1 for line in lines)
    top, foot = min(line.y0 for line in lines), max(line.y1 for line in lines)
    cells = tuple(Cell(number, 1, 0, 1, tuple(row)) for number, row in enumerate(rows))
    return Table(left, top, right, foot, (left, right), cells)
