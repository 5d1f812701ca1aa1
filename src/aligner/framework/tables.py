"""Read a list kept in CSV or Excel: one row an action, columns found by their heads.

Analysts keep such lists in spreadsheets with a title above the table, merged objective cells and
columns of their own; all of that is allowed, and columns that are not used are named as a fault.
"""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aligner.framework.listing import (
    ListedAction,
    ListedObjective,
    Listing,
    action_id,
    clean,
    objective_id,
)
from aligner.framework.source import Source, failure, text_of
from aligner.model import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

Row = tuple[int, tuple[str, ...]]
_HEADS = {
    "objective": {"objective", "objective id", "objective no", "objective number", "goal"},
    "title": {"title", "objective title", "title of objective", "goal title"},
    "commitment": {"commitment"},
    "id": {"id", "action id", "action no", "action number", "letter", "code"},
    "text": {"text", "action text", "text of action", "wording", "description"},
}
# A head "Action" holds the id where there is a column of texts, and the text where there is none.
_EITHER = {"action", "actions", "associated action", "associated actions"}
_HEAD_ROWS = 20
_MAX_ROWS = 100_000
_MAX_COLUMNS = 60
# A list of 5,000 actions unpacks to about 5 MB; ten times that is a bomb or no list.
_MAX_UNPACKED = 50_000_000
_HINT = "The first row names the columns: objective, title, id, text."


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the heads were found: the row, the column of each field, and the heads not known."""

    row: int
    fields: dict[str, int]
    unknown: tuple[str, ...]


def read_table(source: Source) -> Listing:
    """The listing in a CSV or Excel file; FrameworkError when no heads are found."""
    excel = source.path.suffix.lower() in {".xlsx", ".xlsm"}
    for rows in _sheets(source) if excel else _delimited(source):
        columns = _find_columns(rows)
        if columns:
            body, line = rows[columns.row + 1 :], rows[columns.row][0]
            return _listing(source, body, columns=columns, line=line)
    raise failure(source, "no columns 'objective' and 'text' were found.", hint=_HINT)


def letter(position: int) -> str:
    """The mark of the n-th action of an objective, from 0: a to z, then aa, ab."""
    first, second = divmod(position, 26)
    return (letter(first - 1) if first else "") + chr(ord("a") + second)


def _delimited(source: Source) -> Iterator[list[Row]]:
    """The rows of a CSV file, cut at the delimiter that shows most known heads first."""
    text = text_of(source)
    tables = [_rows_of(source, text, delimiter=delimiter) for delimiter in ",;\t"]
    return iter(sorted(tables, key=_known_heads, reverse=True))


def _rows_of(source: Source, text: str, *, delimiter: str) -> list[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows, line = [], 1
    try:
        for cells in reader:
            rows.append((line, tuple(map(clean, cells))))
            line = reader.line_num + 1
    except csv.Error as error:
        hint = "Check the quotes on this line."
        raise failure(source, f"this is not valid CSV: {error}.", hint=hint, line=line) from error
    return rows


def _sheets(source: Source) -> Iterator[list[Row]]:
    """The rows of each worksheet; openpyxl is trusted with nothing that unpacks beyond measure."""
    import openpyxl

    _refuse_bombs(source)
    try:
        with warnings.catch_warnings():  # of extensions it does not know, which hold no actions
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(source.data), read_only=True, data_only=True)
            sheets = [_sheet_rows(sheet) for sheet in book.worksheets]
            book.close()
    except Exception as error:
        hint = "Open it in Excel and save it again as .xlsx."
        raise failure(source, "the workbook is damaged and cannot be read.", hint=hint) from error
    return iter(sheets)


def _sheet_rows(sheet: ReadOnlyWorksheet) -> list[Row]:
    rows = sheet.iter_rows(max_row=_MAX_ROWS, max_col=_MAX_COLUMNS, values_only=True)
    return [
        (number, tuple(map(_cell, cells)))
        for number, cells in enumerate(rows, start=1)
        if any(cell is not None for cell in cells)
    ]


def _refuse_bombs(source: Source) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(source.data)) as archive:
            size = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        hint = "Open it in Excel and save it again as .xlsx."
        raise failure(source, "this is not an Excel workbook.", hint=hint) from error
    if size > _MAX_UNPACKED:
        hint = "Copy the list alone into a new workbook."
        raise failure(source, "the workbook unpacks to more than 50 MB.", hint=hint)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return clean(str(value))


def _known_heads(rows: list[Row]) -> int:
    columns = _find_columns(rows)
    return len(columns.fields) if columns else 0


def _find_columns(rows: list[Row]) -> Columns | None:
    """The first row that names a text and an objective or id; None when none of the first does."""
    for index, (_, cells) in enumerate(rows[:_HEAD_ROWS]):
        fields, unknown = _name_columns(cells)
        if "text" in fields and {"objective", "id"} & set(fields):
            return Columns(index, fields, unknown)
    return None


def _name_columns(cells: tuple[str, ...]) -> tuple[dict[str, int], tuple[str, ...]]:
    heads = [re.sub(r"[\s_]+", " ", cell.lower()).strip(" .:#*") for cell in cells]
    names = [next((name for name, known in _HEADS.items() if head in known), "") for head in heads]
    either = "id" if "text" in names else "text"
    names = [either if head in _EITHER else name for head, name in zip(heads, names, strict=True)]
    fields: dict[str, int] = {}
    for column, name in enumerate(names):
        if name:
            fields.setdefault(name, column)
    used = set(fields.values())
    return fields, tuple(cell for at, cell in enumerate(cells) if cell and at not in used)


def _listing(source: Source, rows: list[Row], *, columns: Columns, line: int) -> Listing:
    objectives: dict[str, ListedObjective] = {}
    actions: list[ListedAction] = []
    faults = [
        Fault("unknown_column", f"the column '{head[:40]}' is not used.", source.label, line)
        for head in columns.unknown
    ]
    taken: Counter[str] = Counter()
    current = ""
    for place, cells in rows:
        row = {name: cells[at] for name, at in columns.fields.items() if at < len(cells)}
        if not any(row.values()):
            continue
        current = _objective_of(source, row, current=current, line=place)
        _note_objective(objectives, row, number=current, line=place)
        if not (row.get("id") or row.get("text")):
            continue
        if "id" in columns.fields and not row.get("id"):
            message = "the action has no id; it was given the next letter."
            faults.append(Fault("missing_id", message, source.label, place))
        taken[current] += 1
        own = row.get("id") or letter(taken[current] - 1)
        number = action_id(source, own, objective=current, line=place)
        actions.append(ListedAction(number, current, row.get("text", ""), place))
    order = {number: at for at, number in enumerate(objectives)}
    actions.sort(key=lambda action: order[action.objective])
    return Listing(
        source=source,
        id=source.path.stem,
        title=source.path.stem,
        version="",
        objectives=tuple(objectives.values()),
        actions=tuple(actions),
        faults=tuple(faults),
    )


def _objective_of(source: Source, row: dict[str, str], *, current: str, line: int) -> str:
    """The objective of a row: its own cell, the number in its id, or that of the row above."""
    cell, own = row.get("objective", ""), row.get("id", "")
    if cell:
        found = re.match(r"(?:objective\s+)?(\d+[a-z]?)\s*[.:–-]\s+\S", cell, re.IGNORECASE)
        return objective_id(source, found[1] if found else cell, line=line)
    if "." in own.strip("."):
        return objective_id(source, own.strip("() ").split(".")[0], line=line)
    if not current:
        raise failure(source, "this row does not say its objective.", hint=_HINT, line=line)
    return current


def _note_objective(
    objectives: dict[str, ListedObjective], row: dict[str, str], *, number: str, line: int
) -> None:
    """Keep the first title and commitment that the rows of an objective name."""
    cell = row.get("objective", "")
    inline = re.match(r"(?:objective\s+)?\d+[a-z]?\s*[.:–-]\s+(\S.*)", cell, re.IGNORECASE)
    title = row.get("title", "") or (inline[1] if inline else "")
    known = objectives.get(number)
    objectives[number] = ListedObjective(
        number,
        (known.title if known else "") or title,
        (known.commitment if known else "") or row.get("commitment", ""),
        known.line if known else line,
    )
