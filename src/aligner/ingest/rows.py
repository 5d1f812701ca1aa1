"""Table rows as blocks: column heads and goal cells are what a row is read with."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from aligner.ingest.heads import column_name, named
from aligner.ingest.words import Vocabulary, join
from aligner.model import Block

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aligner.ingest.page import Line
    from aligner.ingest.tables import Cell, Table
    from aligner.model import BlockKind

_LETTER = re.compile(r"[^\W\d_]")
_FOOTNOTE = re.compile(r"[\d*†‡,\s]{1,5}")
# A cell over all columns that says more is text, not the goal of the rows below.
_GOAL_WORDS = 25
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
    """A row of a table on its page, and the cells that it is read with: areas, reaching cells."""

    page: int
    cells: tuple[_Text, ...]
    above: tuple[str, ...]


class _Before(NamedTuple):
    """The table read last: what the next one may go on with."""

    page: int
    table: Table
    plan: _Plan
    goal: str
    blocks: list[Block]


class _Plan(NamedTuple):
    """The heads of the columns, and what stands in the columns of areas, as far as it was read.

    `areas`: column -> the text that the rows belong to.
    """

    heads: dict[int, str]
    areas: dict[int, str]


def blocks(found: Sequence[tuple[int, Table]], known: Vocabulary) -> dict[int, list[Block]]:
    """The blocks of each table, by id(table); a table may go on with the heads of another."""
    result: dict[int, list[Block]] = {}
    before: _Before | None = None
    for page, table in found:
        title, texts = _title(table, [_text(cell, known) for cell in table.cells])
        depth = _head_rows(table, texts)
        heads = _heads(texts, depth)
        if before and (page - before.page > 1 or not _goes_on(table, heads, before)):
            before = None
        plan = _plan(texts, depth, heads=heads, before=before)
        rows = _rows(page, texts, depth=depth, areas=plan.areas)
        made, goal = _made(rows, table, plan=plan, goal=before.goal if before else title)
        if before:
            _mend(before.blocks, made)
        result[id(table)] = made
        before = _Before(page, table, plan, goal, made or (before.blocks if before else made))
    return {
        key: [replace(one, fields=named(one.fields)) for one in own] for key, own in result.items()
    }


def _made(rows: Iterable[_Row], table: Table, *, plan: _Plan, goal: str) -> tuple[list[Block], str]:
    """The blocks of one table, and the goal its last row belongs to."""
    made: list[Block] = []
    for row in rows:
        if _repeats(row, plan.heads):
            continue
        if _is_goal(row, table):
            goal = row.cells[0].text
            short = plan.heads and len(goal.split()) <= _GOAL_WORDS
            made.append(_block(row, {}, "", kind="note" if short else "row"))
        else:
            made.append(_block(row, plan.heads, goal))
    return made, goal


def _goes_on(table: Table, heads: dict[int, str], before: _Before) -> bool:
    """Whether a table is the rest of the one before: its columns, or its very heads."""
    if heads and heads == before.plan.heads:
        return len(table.edges) == len(before.table.edges)
    return _alike(table, before.table)


def _plan(
    texts: Sequence[_Text], depth: int, *, heads: dict[int, str], before: _Before | None
) -> _Plan:
    """Heads and area columns of a table; those of the one before where it goes on."""
    if not heads and before:
        return before.plan
    body = [text for text in texts if text.row >= depth]
    areas = dict.fromkeys(_area_columns(body, heads), "")
    if before:
        areas |= before.plan.areas
    return _Plan(heads, areas)


def _area_columns(body: Sequence[_Text], heads: dict[int, str]) -> list[int]:
    """The columns left of the activities whose cells hold for several rows.

    They are merged, or stand in the first of their rows alone; a number is no area.
    """
    acts = [column for column, head in heads.items() if column_name(head) == "activity"]
    first = min(acts, default=1)
    rows = {text.row for text in body}
    result = []
    for column in range(first):
        own = [text for text in body if text.column == column and text.columns <= max(1, first)]
        reaching = any(text.rows > 1 for text in own)
        sparse = bool(acts) and 1 < len(own) + 1 < len(rows)
        worded = any(len(_LETTER.findall(text.text)) > 5 for text in own)
        if own and worded and (reaching or sparse):
            result.append(column)
    return result


def _text(cell: Cell, known: Vocabulary) -> _Text:
    largest = max(line.size for line in cell.lines)
    # The marks of footnotes are lines of their own, in small print.
    lines = tuple(
        line
        for line in cell.lines
        if line.size > 0.78 * largest or not _FOOTNOTE.fullmatch(line.text)
    )
    text = join([line.text for line in lines], known)
    bold = all(line.bold for line in lines)
    return _Text(cell.row, cell.rows, cell.column, cell.columns, text, bold, lines)


def _alike(table: Table, other: Table) -> bool:
    return len(table.edges) == len(other.edges) and all(
        abs(a - b) < 6 for a, b in zip(table.edges, other.edges, strict=True)
    )


def _title(table: Table, texts: list[_Text]) -> tuple[str, list[_Text]]:
    """What stands over all columns above their heads, and the cells without it."""
    top = min((text.row for text in texts), default=0)
    first = [text for text in texts if text.row == top]
    rest = [text for text in texts if text.row > top]
    whole = len(first) == 1 and first[0].columns >= max(3, len(table.edges) - 1)
    if whole and len(first[0].text.split()) <= _GOAL_WORDS and _head_rows(table, rest):
        return first[0].text, rest
    return "", texts


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
    told = len({column_name(t.text) for t in first} - {""}) >= max(2, 0.5 * len(first))
    if not (bold and short) and not (plain and spread) and not (told and spread and short):
        return 0
    return top + (max(t.rows for t in first) if any(t.columns > 1 for t in first) else 1)


def _heads(texts: Sequence[_Text], depth: int) -> dict[int, str]:
    result: dict[int, str] = {}
    for text in sorted((t for t in texts if t.row < depth), key=lambda t: (t.row, t.column)):
        for column in range(text.column, text.column + text.columns):
            result[column] = f"{result[column]} {text.text}" if column in result else text.text
    return result


def _rows(
    page: int, texts: Sequence[_Text], *, depth: int, areas: dict[int, str]
) -> Iterable[_Row]:
    """The rows below the heads; `areas` is kept up with what stands in their columns."""
    body = sorted((t for t in texts if t.row >= depth), key=lambda t: (t.row, t.column))
    for number in sorted({t.row for t in body}):
        own = [t for t in body if t.row == number]
        areal = [t for t in own if t.column in areas and t.columns == 1]
        if len(areal) == len(own):  # nothing but areas: the row is all there is to say them
            areal = []
        for text in areal:
            areas |= {text.column: text.text}
        reaching = [
            t.text for t in body if t.row < number < t.row + t.rows and t.column not in areas
        ]
        above = [areas[column] for column in sorted(areas)] + reaching
        cells = tuple(t for t in own if t not in areal)
        yield _Row(page, cells, tuple(text for text in above if text))


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


def _block(row: _Row, heads: dict[int, str], goal: str, *, kind: BlockKind = "row") -> Block:
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
        kind=kind,
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
