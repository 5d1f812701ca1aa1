"""Tables that say themselves where their cells are: grids become rows with their heads.

The same promise as for tables of a PDF: column heads, the goal cell that spans all columns and
cells that reach down from rows above are the context of a row. Tables made for looks become
plain text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from aligner.ingest.flow import Draft, clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# A file may claim that a cell spans a million columns.
MOST_COLUMNS = 200
# Cells with more words hold a page of a web site, not a cell of a matrix.
_LAYOUT_WORDS = 400


class Cell(NamedTuple):
    """A cell as it is written: what stands in it, how far it reaches, whether it heads a column."""

    drafts: tuple[Draft, ...]
    columns: int = 1
    rows: int = 1
    head: bool = False


class _Placed(NamedTuple):
    """A cell in its place, as text."""

    row: int
    rows: int
    column: int
    columns: int
    text: str
    bold: bool
    head: bool
    page: int


def table(rows: Sequence[Sequence[Cell]]) -> list[Draft]:
    """The drafts of a table given row by row, without the places that other cells reach over.

    Its notes come last, so that no row is torn.
    """
    placed = _placed(rows)
    inner = [draft for row in rows for cell in row for draft in cell.drafts]
    columns = max((cell.column + cell.columns for cell in placed), default=0)
    if _is_layout(rows, placed, columns):
        return inner
    return [*_rows(placed, columns), *(draft for draft in inner if draft.kind == "note")]


def _is_layout(rows: Sequence[Sequence[Cell]], placed: Sequence[_Placed], columns: int) -> bool:
    """One column, a frame around text, tables in tables, or cells with chapters in them."""
    if columns < 2 or not any(cell.column for cell in placed):
        return True
    for row in rows:
        for cell in row:
            kinds = [draft.kind for draft in cell.drafts]
            words = sum(len(draft.text.split()) for draft in cell.drafts)
            if "row" in kinds or kinds.count("heading") > 1 or words > _LAYOUT_WORDS:
                return True
    return False


def _placed(rows: Sequence[Sequence[Cell]]) -> list[_Placed]:
    result = []
    busy: dict[int, int] = {}  # column -> the first row that is free again
    for number, row in enumerate(rows):
        column = 0
        for cell in row:
            while busy.get(column, 0) > number:
                column += 1
            if column >= MOST_COLUMNS:
                break
            width = max(1, min(cell.columns, MOST_COLUMNS - column))
            height = max(1, min(cell.rows, len(rows) - number))
            for at in range(column, column + width):
                busy[at] = number + height
            placed = _text(cell, (number, height, column, width))
            if placed.text:
                result.append(placed)
            column += width
    return result


def _text(cell: Cell, place: tuple[int, int, int, int]) -> _Placed:
    drafts = [draft for draft in cell.drafts if draft.kind != "note" and draft.text.strip()]
    texts = [_marked(draft) for draft in drafts]
    return _Placed(
        *place,
        text=clean(" ".join(texts)),
        bold=bool(drafts) and all(draft.bold or draft.kind == "heading" for draft in drafts),
        head=cell.head,
        page=drafts[0].page if drafts else 1,
    )


def _marked(draft: Draft) -> str:
    """The text with its number; the bullet of a cell says nothing."""
    return draft.text if draft.number in ("", "•") else f"{draft.number} {draft.text}"


def _rows(placed: Sequence[_Placed], columns: int) -> Iterator[Draft]:
    depth = _head_rows(placed, columns)
    heads = _heads(placed, depth)
    goal = ""
    reaching: list[_Placed] = []
    for row in _by_row(placed, depth):
        number = row[0].row
        reaching = [cell for cell in reaching if number < cell.row + cell.rows]
        if _repeats(row, heads):
            continue
        if len(row) == 1 and row[0].columns >= max(2, columns - 1):
            goal = row[0].text
            yield _row(row, {}, above=())
        else:
            above = (goal, *(cell.text for cell in sorted(reaching, key=lambda c: c.column)))
            yield _row(row, heads, above=above)
        reaching += [cell for cell in row if cell.rows > 1]


def _by_row(placed: Sequence[_Placed], depth: int) -> Iterator[list[_Placed]]:
    own: list[_Placed] = []
    for cell in placed:  # they come row by row, left to right
        if cell.row < depth:
            continue
        if own and own[0].row != cell.row:
            yield own
            own = []
        own.append(cell)
    if own:
        yield own


def _head_rows(placed: Sequence[_Placed], columns: int) -> int:
    """How many rows at the top hold the heads: marked as such, bold, or short over long cells."""
    marked = _marked_rows(placed)
    if marked:
        return marked
    top = min((cell.row for cell in placed), default=0)
    first = [cell for cell in placed if cell.row == top]
    body = [cell for cell in placed if cell.row > top]
    if len(first) < 2 or not body:
        return 0
    short = all(len(cell.text.split()) <= 8 for cell in first)
    bold = all(c.bold for c in first) and not all(c.bold for c in body)
    plain = columns > 2 and _longest(body) > 25 and len(first) >= 0.6 * columns
    plain = plain and not any(re.search(r"\d|:$", cell.text) for cell in first)
    if not short or not (bold or plain):
        return 0
    deep = any(cell.columns > 1 for cell in first)
    return top + (max(cell.rows for cell in first) if deep else 1)


def _longest(body: Sequence[_Placed]) -> float:
    """The usual number of characters of a cell in the column with the longest ones."""
    lengths: dict[int, list[int]] = {}
    for cell in body:
        lengths.setdefault(cell.column, []).append(len(cell.text))
    return max(sum(own) / len(own) for own in lengths.values())


def _marked_rows(placed: Sequence[_Placed]) -> int:
    """The rows at the top of which every cell is marked as a head, when some row is not."""
    plain = min((cell.row for cell in placed if not cell.head), default=0)
    return plain if any(cell.row < plain for cell in placed) else 0


def _heads(placed: Sequence[_Placed], depth: int) -> dict[int, str]:
    result: dict[int, str] = {}
    for cell in placed:
        if cell.row >= depth:
            break
        for column in range(cell.column, cell.column + cell.columns):
            result[column] = f"{result[column]} {cell.text}" if column in result else cell.text
    return result


def _repeats(row: Sequence[_Placed], heads: dict[int, str]) -> bool:
    """Column heads that stand again in the middle of a table."""
    return bool(heads) and all(heads.get(cell.column) == cell.text for cell in row)


def _row(row: Sequence[_Placed], heads: dict[int, str], *, above: tuple[str, ...]) -> Draft:
    fields = tuple((heads.get(cell.column, ""), cell.text) for cell in row)
    columns = tuple(dict.fromkeys(head for head, _ in fields if head))
    return Draft(
        text=" ".join(cell.text for cell in row),
        kind="row",
        page=row[0].page,
        context=tuple(text for text in (*above, *columns) if text),
        fields=fields,
    )
