"""Table rows as blocks: column heads and goal cells are what a row is read with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from aligner.ingest.words import Vocabulary, join
from aligner.model import Block

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aligner.ingest.page import Line
    from aligner.ingest.tables import Cell, Table

_ENDED = re.compile(r"[.;:!?][\"”’»)\]]*$")


class _Text(NamedTuple):
    """A cell as text: where it begins, what it reaches over, what it says."""

    row: int
    rows: int
    column: int
    columns: int
    text: str
    bold: bool
    lines: tuple[Line, ...]


class _Row(NamedTuple):
    """A row of a table on its page, and the cells from rows above that reach over it."""

    page: int
    cells: tuple[_Text, ...]
    above: tuple[str, ...]


class _Before(NamedTuple):
    """The table read last: what the next one may go on with."""

    page: int
    table: Table
    heads: dict[int, str]
    goal: str
    blocks: list[Block]


def blocks(found: Sequence[tuple[int, Table]], known: Vocabulary) -> dict[int, list[Block]]:
    """The blocks of each table, by id(table); a table may go on with the heads of another."""
    result: dict[int, list[Block]] = {}
    before: _Before | None = None
    for page, table in found:
        if before and (page - before.page > 1 or not _alike(table, before.table)):
            before = None
        made, heads, goal = _made(page, table, known=known, before=before)
        if before:
            _mend(before.blocks, made)
        result[id(table)] = made
        before = _Before(page, table, heads, goal, made or (before.blocks if before else made))
    return result


def _made(
    page: int, table: Table, *, known: Vocabulary, before: _Before | None
) -> tuple[list[Block], dict[int, str], str]:
    """The blocks of one table, its column heads, and the goal its last row belongs to."""
    texts = [_text(cell, known) for cell in table.cells]
    depth = _head_rows(table, texts)
    heads = _heads(texts, depth) or (before.heads if before else {})
    goal = before.goal if before else ""
    made: list[Block] = []
    for row in _rows(page, texts, depth):
        if _repeats(row, heads):
            continue
        if _is_goal(row, table):
            goal = row.cells[0].text
            made.append(_block(row, {}, ""))
        else:
            made.append(_block(row, heads, goal))
    return made, heads, goal


def _text(cell: Cell, known: Vocabulary) -> _Text:
    lines = cell.lines
    text = join([line.text for line in lines], known)
    bold = all(line.bold for line in lines)
    return _Text(cell.row, cell.rows, cell.column, cell.columns, text, bold, lines)


def _alike(table: Table, other: Table) -> bool:
    return len(table.edges) == len(other.edges) and all(
        abs(a - b) < 6 for a, b in zip(table.edges, other.edges, strict=True)
    )


def _head_rows(table: Table, texts: Sequence[_Text]) -> int:
    """How many rows at the top hold the heads: bold ones, or short ones over longer cells."""
    top = min((t.row for t in texts), default=0)
    first = [t for t in texts if t.row == top]
    if len(first) < 2 or len({t.row for t in texts}) < 2:
        return 0
    body = [t for t in texts if t.row > top]
    short = all(len(t.text.split()) <= 8 for t in first)
    bold = all(t.bold for t in first) and not all(t.bold for t in body)
    mean = sum(len(t.text) for t in body) / max(1, len(body))
    plain = short and not any(re.search(r"\d", t.text) for t in first) and mean > 25
    plain = plain and len(table.edges) > 3 and not any(t.text.endswith(":") for t in first)
    spread = len(first) >= 0.6 * (len(table.edges) - 1)
    if not (bold and short) and not (plain and spread):
        return 0
    return top + (max(t.rows for t in first) if any(t.columns > 1 for t in first) else 1)


def _heads(texts: Sequence[_Text], depth: int) -> dict[int, str]:
    result: dict[int, str] = {}
    for text in sorted((t for t in texts if t.row < depth), key=lambda t: (t.row, t.column)):
        for column in range(text.column, text.column + text.columns):
            result[column] = f"{result[column]} {text.text}" if column in result else text.text
    return result


def _rows(page: int, texts: Sequence[_Text], depth: int) -> Iterable[_Row]:
    body = [t for t in texts if t.row >= depth]
    for number in sorted({t.row for t in body}):
        cells = tuple(sorted((t for t in body if t.row == number), key=lambda t: t.column))
        above = tuple(
            t.text for t in sorted(body, key=lambda t: t.column) if t.row < number < t.row + t.rows
        )
        yield _Row(page, cells, above)


def _repeats(row: _Row, heads: dict[int, str]) -> bool:
    """Column heads that stand again in the middle of a table."""
    pairs = [
        (heads.get(cell.column, "").replace(" ", ""), cell.text.replace(" ", ""))
        for cell in row.cells
    ]
    return bool(heads) and all(
        head and (head.startswith(text) or head.endswith(text)) for head, text in pairs
    )


def _is_goal(row: _Row, table: Table) -> bool:
    """A single cell over all columns names the goal of the rows below."""
    return len(row.cells) == 1 and row.cells[0].columns >= max(2, len(table.edges) - 2)


def _block(row: _Row, heads: dict[int, str], goal: str) -> Block:
    lines = [line for cell in row.cells for line in cell.lines]
    box = (
        row.page,
        min(line.x0 for line in lines),
        min(line.y0 for line in lines),
        max(line.x1 for line in lines),
        max(line.y1 for line in lines),
    )
    fields = tuple((heads.get(cell.column, ""), cell.text) for cell in row.cells)
    columns = tuple(dict.fromkeys(head for head, _ in fields if head))
    return Block(
        text=" ".join(cell.text for cell in row.cells),
        kind="row",
        page=row.page,
        boxes=(box,),
        context=tuple(text for text in (goal, *row.above, *columns) if text),
        fields=fields,
    )


def _mend(before: list[Block], after: list[Block]) -> None:
    """A row that the end of a page cut in two becomes one block, on the page where it begins."""
    if not before or not after:
        return
    head, tail = before[-1], after[0]
    if len(tail.fields) >= len(head.fields) and not _all_run_on(head, tail):
        return
    known = {name: index for index, (name, _) in enumerate(head.fields)}
    if not all(name in known for name, _ in tail.fields) or not _runs_on(head, tail):
        return
    cells = [list(field) for field in head.fields]
    for name, cell in tail.fields:
        cells[known[name]][1] += f" {cell}"
    before[-1] = Block(
        text=" ".join(cell for _, cell in cells),
        kind="row",
        page=head.page,
        boxes=head.boxes + tail.boxes,
        context=head.context,
        fields=tuple((name, cell) for name, cell in cells),
    )
    del after[0]


def _runs_on(head: Block, tail: Block) -> bool:
    """Whether some cell goes on in the middle of a sentence."""
    cells = dict(head.fields)
    return any(
        cell[:1].islower() and not _ENDED.search(cells.get(name, "")) for name, cell in tail.fields
    )


def _all_run_on(head: Block, tail: Block) -> bool:
    cells = dict(head.fields)
    return all(
        cell[:1].islower() and not _ENDED.search(cells.get(name, "")) for name, cell in tail.fields
    )
