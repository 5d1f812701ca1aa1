"""Ruled tables: ruling lines become a grid, the grid cells, and the cells rows with their heads.

Plain geometry. A cell that reaches over several rows (the goal of a matrix) belongs to the first of
them and is the context of the others; a row that breaks at the end of a page is put together again.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aligner.ingest.page import Line, Rule

_SNAP = 2.5
_MOST_COLUMNS = 40
_MOST_RULES = 4_000
# A row of heads above a table of stripes is no higher.
_HEAD = 40.0


class Cell(NamedTuple):
    """The lines between four rulings, and the grid rows and columns the cell reaches over."""

    row: int
    rows: int
    column: int
    columns: int
    lines: tuple[Line, ...]


class Table(NamedTuple):
    """A ruled table on one page: its box, the x of its upright rulings, its cells in order."""

    x0: float
    y0: float
    x1: float
    y1: float
    edges: tuple[float, ...]
    cells: tuple[Cell, ...]


def tables(lines: Sequence[Line], rules: Sequence[Rule]) -> tuple[list[Table], list[Line]]:
    """The ruled tables of a page, and the lines that stand in none of them."""
    if len(rules) < 4:
        return [], list(lines)
    found = []
    rest = list(lines)
    level, upright = _merged(rules[:_MOST_RULES])
    grids = _striped(_grids((level, upright)), level, lines)
    for levels, uprights in [*grids, *_open_grids(level, upright, lines)]:
        table, outside = _table(rest, levels, uprights)
        if table is not None:
            found.append(table)
            rest = outside
    return found, rest


def _merged(rules: Sequence[Rule]) -> tuple[list[Rule], list[Rule]]:
    """Level and upright rulings, with pieces of one line put together."""
    level = [(r.y0, r.x0, r.x1) for r in rules if r.y0 == r.y1]
    upright = [(r.x0, r.y0, r.y1) for r in rules if r.x0 == r.x1]
    kind = type(rules[0])
    return (
        [kind(a, at, b, at) for at, a, b in _chains(level)],
        [kind(at, a, at, b) for at, a, b in _chains(upright)],
    )


def _chains(pieces: list[tuple[float, float, float]]) -> list[tuple[float, float, float]]:
    result: list[tuple[float, float, float]] = []
    group: list[tuple[float, float, float]] = []
    for piece in sorted(set(pieces)):
        if group and piece[0] - group[0][0] > _SNAP:
            result += _chain(group)
            group = []
        group.append(piece)
    return result + (_chain(group) if group else [])


def _chain(group: list[tuple[float, float, float]]) -> list[tuple[float, float, float]]:
    at = group[len(group) // 2][0]
    result: list[tuple[float, float, float]] = []
    for _, start, end in sorted(group, key=lambda piece: piece[1]):
        if result and start <= result[-1][2] + 2 * _SNAP:
            result[-1] = (at, result[-1][1], max(result[-1][2], end))
        else:
            result.append((at, start, end))
    return result


def _grids(rules: tuple[list[Rule], list[Rule]]) -> list[tuple[list[Rule], list[Rule]]]:
    """Groups of rulings that touch one another."""
    level, upright = rules
    parent = list(range(len(level) + len(upright)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    for i, h in enumerate(level):
        for j, v in enumerate(upright, len(level)):
            if h.x0 - 3 <= v.x0 <= h.x1 + 3 and v.y0 - 3 <= h.y0 <= v.y1 + 3:
                parent[root(j)] = root(i)
    groups: dict[int, tuple[list[Rule], list[Rule]]] = {}
    for index, rule in enumerate([*level, *upright]):
        group = groups.setdefault(root(index), ([], []))
        group[index >= len(level)].append(rule)
    return [group for _, group in sorted(groups.items()) if len(group[0]) >= 2 and group[1]]


def _striped(
    grids: list[tuple[list[Rule], list[Rule]]], level: Sequence[Rule], lines: Sequence[Line]
) -> list[tuple[list[Rule], list[Rule]]]:
    """The grids, those of a table of which every other row is filled put together to one."""
    stripes: dict[tuple[int, ...], list[tuple[list[Rule], list[Rule]]]] = {}
    for grid in grids:
        if len(grid[0]) == 2 and len(grid[1]) > 2:
            edges = tuple(sorted({round(rule.x0 / _SNAP) for rule in grid[1]}))
            stripes.setdefault(edges, []).append(grid)
    result = list(grids)
    for own in stripes.values():
        xs = sorted({rule.x0 for rule in own[0][1]})
        top, foot = own[0][0][0].y0, own[-1][0][-1].y0
        if len(own) < 2 or _crossing(lines, xs, (top, foot)):
            continue
        flush = [h for h in level if abs(h.x0 - xs[0]) < _SNAP]
        top = min([top, *(h.y0 for h in flush if top - _HEAD < h.y0 < top)])
        below = min([h.y0 for h in flush if foot + _SNAP < h.y0], default=foot)
        if below - foot < 2 * _HEAD and not _crossing(lines, xs, (foot, below)):
            foot = below
        kind = type(own[0][0][0])
        levels = [h for h in level if top <= h.y0 <= foot and xs[0] - 3 <= h.x0 <= xs[-1]]
        result = [grid for grid in result if grid not in own]
        result.append((levels, [kind(x, top, x, foot) for x in xs]))
    return result


def _crossing(lines: Sequence[Line], xs: Sequence[float], span: tuple[float, float]) -> bool:
    """Whether a line between two heights runs through one of the upright places."""
    return any(
        line.x0 < x - 2 < line.x1 - 4
        for line in lines
        if span[0] < (line.y0 + line.y1) / 2 < span[1]
        for x in xs
    )


def _open_grids(
    level: list[Rule], upright: list[Rule], lines: Sequence[Line]
) -> list[tuple[list[Rule], list[Rule]]]:
    """Tables ruled between their rows only: the empty strips within tell the columns."""
    groups: dict[tuple[int, int], list[Rule]] = {}
    for rule in level:
        crossed = any(
            rule.x0 - 3 <= v.x0 <= rule.x1 + 3 and v.y0 - 3 <= rule.y0 <= v.y1 + 3 for v in upright
        )
        if not crossed:
            groups.setdefault((round(rule.x0 / 4), round(rule.x1 / 4)), []).append(rule)
    result = []
    for _, own in sorted(groups.items()):
        top, foot = own[0].y0, own[-1].y0
        inside = [n for n in lines if top < (n.y0 + n.y1) / 2 < foot and n.x1 > own[0].x0]
        inside = [n for n in inside if n.x0 < own[0].x1]
        strips = _strips(inside, own[0])
        if len(own) >= 4 and strips:
            result.append((own, [type(own[0])(x, top, x, foot) for x in strips]))
    return result


def _strips(lines: Sequence[Line], rule: Rule) -> list[float]:
    """The middles of the strips that no line enters, both ends of the ruling included."""
    result = []
    reach = rule.x0
    for line in sorted(lines, key=lambda n: n.x0):
        if line.x0 - reach > 6 and reach > rule.x0:
            result.append(line.x0 - 2)
        reach = max(reach, line.x1)
    return [rule.x0, *result, rule.x1] if result else []


def _table(
    lines: list[Line], level: list[Rule], upright: list[Rule]
) -> tuple[Table | None, list[Line]]:
    left = min(rule.x0 for rule in [*level, *upright])
    right = max(rule.x1 for rule in [*level, *upright])
    xs = _places([v.x0 for v in upright] + [left, right])
    ys = _places([h.y0 for h in level])
    # Columns without an outer frame, open at the foot: the uprights reach further than the levels.
    ys = _places([*ys, min(v.y0 for v in upright), max(v.y1 for v in upright)])
    # A single row is told from a box by its columns: the rest of a matrix on its last page.
    fewest = 3 if len(ys) > 2 else 4
    if not (fewest <= len(xs) <= _MOST_COLUMNS and len(ys) > 1):
        return None, lines
    inside: dict[tuple[int, int], list[Line]] = {}
    rest = []
    for line in lines:
        place = _place(line, xs, ys)
        if place is None:
            rest.append(line)
        else:
            inside.setdefault(place, []).append(line)
    cells = _cells(xs, ys, level=level, upright=upright, inside=inside)
    if cells is None or not _tabular(cells) or _stacked(cells):
        return None, lines
    return Table(xs[0], ys[0], xs[-1], ys[-1], tuple(xs), tuple(cells)), rest


def _tabular(cells: Sequence[Cell]) -> bool:
    """Whether rows have cells side by side: boxes around text and shaded lines are no tables."""
    rows: dict[int, int] = {}
    for cell in cells:
        for row in range(cell.row, cell.row + cell.rows):
            rows[row] = rows.get(row, 0) + 1
    several = [count for count in rows.values() if count > 1]
    return (len(several) > 1 or max(several, default=0) > 2) and len(several) >= 0.4 * len(rows)


def _stacked(cells: Sequence[Cell]) -> bool:
    """Whether cells hold columns of figures: the rulings part groups of rows, not rows."""
    stacks = [cell for cell in cells if len(cell.lines) > 2]
    numbers = sum(all(line.text[-1:].isdigit() for line in cell.lines) for cell in stacks)
    return len(stacks) > 0.3 * len(cells) and numbers > 0.7 * len(stacks)


def _places(values: list[float]) -> list[float]:
    result: list[float] = []
    for value in sorted(values):
        if not result or value - result[-1] > 2 * _SNAP:
            result.append(value)
    return result


def _place(line: Line, xs: list[float], ys: list[float]) -> tuple[int, int] | None:
    middle = (line.x0 + line.x1) / 2
    x = middle if line.turn else min(line.x0 + 2, middle)
    y = (line.y0 + line.y1) / 2
    if not (xs[0] - 1 <= x <= xs[-1] + 1 and ys[0] - 1 <= y <= ys[-1] + 1):
        return None
    row = min(max(bisect_right(ys, y) - 1, 0), len(ys) - 2)
    column = min(max(bisect_right(xs, x) - 1, 0), len(xs) - 2)
    return row, column


def _cells(
    xs: list[float],
    ys: list[float],
    *,
    level: list[Rule],
    upright: list[Rule],
    inside: dict[tuple[int, int], list[Line]],
) -> list[Cell] | None:
    """Grid places without a ruling between them are one cell; None for boxes within boxes."""
    rows, columns = len(ys) - 1, len(xs) - 1
    owner = {(r, c): (r, c) for r in range(rows) for c in range(columns)}

    def root(at: tuple[int, int]) -> tuple[int, int]:
        while owner[at] != at:
            owner[at] = owner[owner[at]]
            at = owner[at]
        return at

    barred = _bars(level, along=xs, across=ys, upright=False)
    walled = _bars(upright, along=ys, across=xs, upright=True)
    for r in range(rows):
        for c in range(columns):
            below, beside = (r + 1, c), (r, c + 1)
            if r + 1 < rows and (r + 1, c) not in barred:
                owner[max(root((r, c)), root(below))] = min(root((r, c)), root(below))
            if c + 1 < columns and (c + 1, r) not in walled:
                owner[max(root((r, c)), root(beside))] = min(root((r, c)), root(beside))
    groups: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for place in owner:
        groups.setdefault(root(place), []).append(place)
    cells = [(_cell(places, inside), len(places)) for places in groups.values()]
    if any(cell.lines and cell.rows * cell.columns != count for cell, count in cells):
        return None
    return [cell for cell, _ in cells if cell.lines]


def _bars(
    rules: list[Rule], *, along: list[float], across: list[float], upright: bool
) -> set[tuple[int, int]]:
    """(index in `across`, index in `along`) of the places that have a ruling on their near side."""
    result = set()
    for rule in rules:
        at = rule.x0 if upright else rule.y0
        start, end = (rule.y0, rule.y1) if upright else (rule.x0, rule.x1)
        index = min(range(len(across)), key=lambda i: abs(across[i] - at))
        for place in range(len(along) - 1):
            if start <= (along[place] + along[place + 1]) / 2 <= end:
                result.add((index, place))
    return result


def _cell(places: list[tuple[int, int]], inside: dict[tuple[int, int], list[Line]]) -> Cell:
    top, left = min(r for r, _ in places), min(c for _, c in places)
    lines = [line for place in places for line in inside.get(place, ())]
    lines.sort(key=_order)
    return Cell(
        row=top,
        rows=max(r for r, _ in places) - top + 1,
        column=left,
        columns=max(c for _, c in places) - left + 1,
        lines=tuple(lines),
    )


def _order(line: Line) -> tuple[float, float]:
    """Where a line comes in its cell; text that runs up (or down) the page is read sideways."""
    if line.turn % 2:
        return (line.x0 if line.turn == 3 else -line.x0), line.y0
    return round(line.y1 - 0.24 * line.size), line.x0
