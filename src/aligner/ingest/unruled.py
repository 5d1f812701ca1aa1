"""Tables without rulings: a line of column heads tells where the columns of an action plan stand.

Heads of known columns (see heads) on one baseline open a table; it ends where text runs across its
columns or a wide gap follows. What it finds is a Table as the rulings give it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from aligner.ingest.heads import column_name
from aligner.ingest.tables import Cell, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aligner.ingest.page import Line

_LONGEST_HEAD = 48
_FEWEST_COLUMNS = 3
# Rows of a matrix stand up to two blank lines apart; a wider gap ends the table.
_WIDEST_GAP = 3.6
_GOAL_WORDS = 30
_MARK = re.compile(
    r"(?:[A-Z]{0,3}\d{1,3}(?:\.\d{1,3})+\.?|\d{1,3}[.)]|\([a-z0-9]{1,3}\)|[a-z]\))(?=\s|$)"
)
_GRID = 3.0
_FEWEST_ROWS = 2
_ALIGNED = 4.0


class Level(NamedTuple):
    """The pieces that share a baseline, left to right."""

    base: float
    pieces: tuple[Line, ...]


class _Shape(NamedTuple):
    """The columns of a table: where each after the first begins, its edges, its type size."""

    gutters: tuple[float, ...]
    left: float
    right: float
    size: float


def tables(lines: Sequence[Line], before: Table | None = None) -> tuple[list[Table], list[Line]]:
    """The tables without rulings among the lines of a page, and the lines in none of them.

    `before`: the last table of the page before, which may go on at the top without its heads.
    """
    if before is None and not _promising(lines):
        return [], list(lines)
    own = levels(lines)
    found: list[Table] = []
    used: set[int] = set()
    at = 0
    if before is not None:
        made, at = _continued(own, before)
        if made is not None:
            found.append(made)
            used |= _members(made)
    while at < len(own):
        depth = _head_depth(own, at)
        made, end = _table(own, at, depth=depth) if depth else (None, at)
        if made is not None:
            found.append(made)
            used |= _members(made)
        at = end if made is not None else at + 1
    return found, [line for line in lines if id(line) not in used]


def _members(table: Table) -> set[int]:
    return {id(line) for cell in table.cells for line in cell.lines}


def _promising(lines: Sequence[Line]) -> bool:
    """Whether three heads of known columns stand at one height: nearly no page goes further."""
    heights: Counter[int] = Counter()
    for line in lines:
        if len(line.text) > _LONGEST_HEAD or not line.text[:1].isupper():
            continue
        if line.bold or column_name(line.text):
            height = int(line.y1 // 12)
            heights[height] += 1
            heights[height + 1] += 1
    return any(count >= 2 for count in heights.values())


def levels(lines: Sequence[Line]) -> list[Level]:
    """The lines of a page, those on one baseline together, from the top down."""
    result: list[list[Line]] = []
    bases: list[float] = []
    for line in sorted(lines, key=lambda one: (_base(one), one.x0)):
        base = _base(line)
        if bases and base - bases[-1] <= _GRID:
            result[-1].append(line)
        else:
            result.append([line])
            bases.append(base)
    return [
        Level(base, tuple(sorted(pieces, key=lambda one: one.x0)))
        for base, pieces in zip(bases, result, strict=True)
    ]


def _base(line: Line) -> float:
    return line.y1 - 0.24 * line.size


def _head_depth(levels: Sequence[Level], at: int) -> int:
    """How many levels the column heads that begin at a level take; 0 when none begin there."""
    if any(len(piece.text) > _LONGEST_HEAD for piece in levels[at].pieces):
        return 0
    for depth in range(1, 5):
        if at + depth >= len(levels):
            return 0
        if depth > 1 and not _wraps(levels[at : at + depth]):
            return 0
        columns = _columns(levels[at : at + depth])
        if _are_heads(columns) or _are_titles(columns, levels[at + depth : at + depth + 8]):
            return depth + _more(levels, at, depth=depth)
    return 0


def _wraps(levels: Sequence[Level]) -> bool:
    """Whether the last level goes on with the words of the ones above it."""
    last, above = levels[-1], levels[-2]
    size = above.pieces[0].size
    bold = [piece.bold for piece in above.pieces]
    same = all(abs(p.size - size) < 0.5 and p.bold == bold[0] for p in last.pieces)
    return (
        same and last.base - above.base < 1.45 * size and len(above.pieces) + len(last.pieces) > 2
    )


def _more(levels: Sequence[Level], at: int, *, depth: int) -> int:
    """Further levels of heads in the weight of the first, above a body of another weight."""
    more = 0
    bold = all(piece.bold for level in levels[at : at + depth] for piece in level.pieces)
    while bold and at + depth + more < len(levels) - 1:
        level = levels[at + depth + more]
        if not all(p.bold for p in level.pieces) or not _wraps(levels[at : at + depth + more + 1]):
            break
        more += 1
    return more


def _columns(levels: Sequence[Level]) -> list[list[Line]]:
    """The pieces of some levels grouped by what stands above one another."""
    result: list[list[Line]] = []
    for piece in sorted((p for level in levels for p in level.pieces), key=lambda p: p.x0):
        if result and piece.x0 < max(p.x1 for p in result[-1]):
            result[-1].append(piece)
        else:
            result.append([piece])
    return result


def _are_heads(columns: Sequence[Sequence[Line]]) -> bool:
    if len(columns) < _FEWEST_COLUMNS:
        return False
    texts = [" ".join(p.text for p in sorted(own, key=_base)) for own in columns]
    if any(len(text.split()) > 9 for text in texts):
        return False
    names = {column_name(text) for text in texts} - {""}
    bold = all(piece.bold for own in columns for piece in own)
    return len(names) >= (2 if bold else 3) and 2 * len(names) >= len(columns) - 1


def _are_titles(columns: Sequence[Sequence[Line]], below: Sequence[Level]) -> bool:
    """Whether bold words nobody knows head columns: cells that leave room stand right below them.

    The lines of columns of text fill their columns.
    """
    if len(columns) < _FEWEST_COLUMNS or not all(p.bold for own in columns for p in own):
        return False
    lefts = [min(p.x0 for p in own) for own in columns]
    width = (lefts[-1] - lefts[0]) / (len(lefts) - 1)
    rows = [level for level in below if len(level.pieces) >= _FEWEST_COLUMNS]
    if len(rows) < _FEWEST_ROWS or any(p.bold for level in rows for p in level.pieces):
        return False
    pieces = [piece for level in rows for piece in level.pieces]
    aligned = sum(any(abs(p.x0 - left) < _ALIGNED for left in lefts) for p in pieces)
    full = sum(p.x1 - p.x0 > 0.8 * width for p in pieces)
    return aligned > 0.8 * len(pieces) and full < 0.4 * len(pieces)


def _table(levels: Sequence[Level], at: int, *, depth: int) -> tuple[Table | None, int]:
    """The table whose heads stand at a level, and the level behind it."""
    heads = _columns(levels[at : at + depth])
    shape = _shape(heads, levels[at + depth :])
    end = _end(levels, at + depth, shape=shape)
    if end == at + depth:
        return None, at
    head = [piece for level in levels[at : at + depth] for piece in level.pieces]
    bands = _bands(levels[at + depth : end], shape)
    return _made([head, *bands], shape), end


def _continued(levels: Sequence[Level], before: Table) -> tuple[Table | None, int]:
    """The rows at the top of a page that stand in the columns of the table before."""
    if not levels or not before.cells:
        return None, 0
    size = before.cells[-1].lines[0].size
    shape = _Shape(before.edges[1:-1], before.edges[0], before.edges[-1], size)
    end = _end(levels, 0, shape=shape)
    top = levels[:end]
    several = sum(len(level.pieces) > 1 for level in top)
    if not end or several == 0 or any(abs(p.size - size) > 0.6 for p in top[0].pieces):
        return None, 0
    if _head_depth(levels, 0) or not any(_column(p, shape) for level in top for p in level.pieces):
        return None, 0
    return _made(_bands(top, shape), shape), end


def _shape(heads: Sequence[Sequence[Line]], below: Sequence[Level]) -> _Shape:
    """The gutters: between two heads, where the fewest lines below cross."""
    body = [piece for level in below[:60] for piece in level.pieces]
    gutters = []
    for left, right in pairwise(heads):
        start = int(min(p.x0 for p in left)) + 3
        stop = int(max(p.x1 for p in right))
        head_end, head_start = max(p.x1 for p in left), min(p.x0 for p in right)
        gutters.append(_gutter(body, range(start, stop), (head_end, head_start)))
    pieces = [piece for own in heads for piece in own]
    low, high = min(p.x0 for p in pieces), max(p.x1 for p in pieces)
    inner = [p for level in below[:60] if len(level.pieces) > 1 for p in level.pieces]
    left_edge = min([low, *(p.x0 for p in inner)])
    right_edge = max([high, *(p.x1 for p in inner)])
    return _Shape(tuple(gutters), left_edge, right_edge, pieces[0].size)


def _gutter(body: Sequence[Line], places: range, heads: tuple[float, float]) -> float:
    best: tuple[int, float] | None = None
    chosen = heads[1] - 2
    for x in places:
        crossed = 4 * (x < heads[0] or x > heads[1])
        crossed += sum(line.x0 < x - 0.5 and line.x1 > x + 0.5 for line in body)
        # Columns begin at a shared edge: the gutter is the last place before it.
        key = (crossed, -x)
        if best is None or key < best:
            best, chosen = key, float(x)
    return chosen


def _column(piece: Line, shape: _Shape) -> int:
    return bisect_right(shape.gutters, piece.x0 + 1.0)


def _crosses(piece: Line, shape: _Shape) -> bool:
    return any(piece.x0 + 2 < gutter < piece.x1 - 3 for gutter in shape.gutters)


def _end(levels: Sequence[Level], at: int, *, shape: _Shape) -> int:
    """The level at which the table is over."""
    goal = 0
    for index in range(at, len(levels)):
        level = levels[index]
        before = levels[index - 1].base if index else level.base
        if level.base - before > _WIDEST_GAP * shape.size:
            return index - goal
        wide = any(_crosses(piece, shape) for piece in level.pieces)
        outside = level.pieces[0].x0 < shape.left - 12
        if outside or level.pieces[0].size > shape.size + 1.5:
            return index - goal
        if index > at and _head_depth(levels, index):
            return index - goal
        if not wide:
            goal = 0
            continue
        goal += 1
        if len(level.pieces) > 1 or goal > 2 or not _may_be_goal(levels, index):
            return index - goal + 1
    return len(levels) - goal


def _may_be_goal(levels: Sequence[Level], index: int) -> bool:
    """A line across the columns heads the rows below it when it is short and rows do follow."""
    line = levels[index].pieces[0]
    if len(line.text.split()) > _GOAL_WORDS:
        return False
    after = levels[index + 1 : index + 4]
    return any(len(level.pieces) > 1 for level in after) and (
        line.bold or not line.text.rstrip().endswith((".", ";", ","))
    )


def _bands(levels: Sequence[Level], shape: _Shape) -> list[list[Line]]:
    """The lines of each row, top to bottom."""
    starts = _starts(levels, shape)
    result: list[list[Line]] = []
    for index, level in enumerate(levels):
        if not result or index in starts:
            result.append([])
        result[-1] += level.pieces
    return _closed(result, shape)


def _starts(levels: Sequence[Level], shape: _Shape) -> set[int]:
    """The levels at which rows begin: by numbers, by gaps, or by how many cells begin there."""
    wide = {i for i, level in enumerate(levels) if any(_crosses(p, shape) for p in level.pieces)}
    changes = {i for i in range(1, len(levels)) if (i in wide) != (i - 1 in wide)}
    marked = [
        i
        for i, level in enumerate(levels)
        if any(_column(p, shape) < 2 and _MARK.match(p.text) for p in level.pieces)
    ]
    steps = [b.base - a.base for a, b in pairwise(levels)]
    if not steps:
        return set()
    usual = min(step for step in steps if step > _GRID)
    gaps = {i + 1 for i, step in enumerate(steps) if step > 1.25 * usual}
    full = [i for i, level in enumerate(levels) if 2 * len(level.pieces) > len(shape.gutters) + 1]
    if len(marked) >= max(2, 0.7 * max(len(full), 1)):
        return changes | set(marked) | {i for i in gaps if i in full}
    if not gaps and (usual > 1.5 * shape.size or len(full) >= 0.8 * len(levels)):
        return set(range(1, len(levels)))  # rows of one line each
    return changes | (gaps or {i for i in full if i - 1 not in full})


def _closed(bands: list[list[Line]], shape: _Shape) -> list[list[Line]]:
    """Bands that only go on with cells of the one above are joined to it."""
    result: list[list[Line]] = []
    for band in bands:
        columns = {_column(piece, shape) for piece in band}
        wide = any(_crosses(piece, shape) for piece in band)
        tail = not wide and len(columns) == 1 and len(shape.gutters) > 1
        text = band[0].text
        if (
            result
            and tail
            and text[:1].islower()
            and not any(_crosses(p, shape) for p in result[-1])
        ):
            result[-1] += band
        else:
            result.append(band)
    return result


def _made(bands: Sequence[Sequence[Line]], shape: _Shape) -> Table:
    cells: list[Cell] = []
    columns = len(shape.gutters) + 1
    for row, band in enumerate(bands):
        if any(_crosses(piece, shape) for piece in band):
            cells.append(Cell(row, 1, 0, columns, tuple(band)))
            continue
        own: dict[int, list[Line]] = {}
        for piece in band:
            own.setdefault(_column(piece, shape), []).append(piece)
        cells += [Cell(row, 1, column, 1, tuple(own[column])) for column in sorted(own)]
    lines = [line for band in bands for line in band]
    return Table(
        shape.left,
        min(line.y0 for line in lines),
        shape.right,
        max(line.y1 for line in lines),
        (shape.left, *shape.gutters, shape.right),
        tuple(cells),
    )
