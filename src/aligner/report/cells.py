"""Cells of a workbook: safe text, a few shared looks, row heights, and the same bytes every time.

Text of a policy reaches a cell through `put` or `rich` alone: there it can become neither a formula
nor a broken file. Looks are made once and shared: making a font a cell costs ten times the writing.
"""

from __future__ import annotations

import datetime as dt
import math
import os
import re
import zipfile
from copy import copy
from dataclasses import dataclass, field, replace
from functools import cache
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import (
    Alignment,
    Border,
    Font,
    NamedStyle,
    PatternFill,
    Protection,
    Side,
)
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.writer.excel import ExcelWriter
from openpyxl.xml.functions import Element, whitespace

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from openpyxl.worksheet.worksheet import Worksheet

    from aligner.model import Status

# Excel holds 32,767 UTF-16 units a cell and openpyxl cuts there in silence; ours is seen.
LONGEST_CELL = 32_000
CUT = " [cut]"
# Excel breaks off at 65,530 links a sheet and 1,048,576 rows.
MOST_LINKS = 60_000
MOST_ROWS = 1_000_000
# All that XML 1.0 can hold, less the carriage return, which readers turn into something else.
_NOT_XML = re.compile("[^\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LINE_END = re.compile("\r\n?|\x0b|\x0c|\u2028|\u2029")
# Excel reads "_x0041_" in any text as "A"; the escape of the underscore keeps it as it stands.
_EXCEL_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_LIKE_FORMULA = ("=", "+", "-", "@")
_FONT = "Arial"  # Liberation Sans has its measures, so LibreOffice breaks lines as Excel does
_OURS = "aligner"
_LONG_AGO = dt.datetime(2020, 1, 1)  # noqa: DTZ001 (a fixed stamp; openpyxl wants it naive)
_TALLEST_ROW = 409.0  # Excel's limit, in points


@dataclass(frozen=True, slots=True)
class Look:
    """How a cell looks. `hatch`: a pattern, so that "not assessed" differs without colour too.

    `open`: it can be changed where the sheet is protected. `runs`: it is not broken into lines.
    """

    size: float = 9
    bold: bool = False
    italic: bool = False
    color: str = "222222"
    fill: str = ""
    hatch: bool = False
    across: str = "left"
    down: str = "top"
    border: str = "D5D9DE"
    form: str = "General"
    open: bool = False
    runs: bool = False


# A status in words, in full and where there is little room.
WORDS: dict[Status, str] = {
    "covered": "Covered",
    "partial": "Partly covered",
    "gap": "Gap (no evidence found)",
    "not_assessed": "Not assessed",
}
SHORT_WORDS: dict[Status, str] = {**WORDS, "gap": "Gap"}

# Dark text on a light ground, at least 7:1; the letter or word always stands in the cell.
_CALM = {
    "covered": ("CFE7DF", "0B4538"),
    "partial": ("FBE8BF", "5A3D00"),
    "gap": ("F4D6D0", "6B1C12"),
    "not_assessed": ("ECECEC", "3A3A3A"),
}
LOOKS = {
    "title": Look(size=15, bold=True, color="1F3A5F", border="", down="center"),
    "lead": Look(size=9, color="444444", border=""),
    "label": Look(bold=True, color="1F3A5F", border=""),
    "plain": Look(border=""),
    "head": Look(bold=True, color="FFFFFF", fill="1F3A5F", down="center"),
    "head_middle": Look(bold=True, color="FFFFFF", fill="1F3A5F", down="center", across="center"),
    "head_input": Look(bold=True, color="1F3A5F", fill="DCE6F2", down="center"),
    "text": Look(),
    "quiet": Look(color="5F5F5F", italic=True),
    "key": Look(bold=True, color="1F3A5F"),
    "number": Look(across="center"),
    "percent": Look(across="center", form="0%"),
    "input": Look(fill="F7FAFD", open=True),
    "group": Look(bold=True, color="1F3A5F", fill="E4EAF2", down="center", runs=True),
    "decimal": Look(across="center", form="0.00"),
    "empty": Look(border=""),
    **{
        name: Look(bold=True, color=ink, fill=ground, across="center", hatch=name == "not_assessed")
        for name, (ground, ink) in _CALM.items()
    },
}
LOOKS.update(
    {f"{name}_middle": replace(LOOKS[name], down="center", border="FFFFFF") for name in _CALM}
)
LOOKS.update({f"{name}_big": replace(LOOKS[name], size=20, down="center") for name in _CALM})
for _name in ("number", "percent"):
    LOOKS[f"{_name}_middle"] = replace(LOOKS[_name], down="center")
LOOKS["text_middle"] = replace(LOOKS["text"], down="center")
LOOKS["key_middle"] = replace(LOOKS["key"], down="center", across="center")


@dataclass(frozen=True, slots=True)
class Field:
    """One cell of a table: its value, its look, and the place in the workbook that it leads to."""

    value: Any = None
    look: str = "text"
    link: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its head, its width (in digits), its head's look, and what it holds."""

    head: str
    width: float
    look: str = "head"
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Book:
    """A workbook with its looks: style arrays by name, plain and for what is like a formula.

    `told` is what each chart says in words, in the order of their numbers.
    """

    workbook: Workbook
    plain: dict[str, Any] = field(default_factory=dict)
    quoted: dict[str, Any] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)


def new_book() -> Book:
    """An empty workbook that knows all looks."""
    workbook = Workbook()
    workbook.remove(workbook.active)
    # The width of a column counts digits of this font.
    workbook._named_styles["Normal"].font = Font(name=_FONT, size=9)
    workbook._fonts[0] = Font(name=_FONT, size=9)
    book = Book(workbook)
    sheet = workbook.create_sheet("x")
    for name, look in LOOKS.items():
        workbook.add_named_style(_named(name, look))
        cell = Cell(sheet, row=1, column=1)
        cell.style = _style_name(name)
        book.plain[name] = cell._style
        quoted = Cell(sheet, row=1, column=1)
        quoted.style = _style_name(name)
        quoted.quotePrefix = True
        book.quoted[name] = quoted._style
    workbook.remove(sheet)
    return book


def _style_name(name: str) -> str:
    """The name in the list of styles of Excel, where an analyst can change a look everywhere."""
    return f"aligner {name.replace('_', ' ')}"


def _named(name: str, look: Look) -> NamedStyle:
    style = NamedStyle(_style_name(name))
    style.font = Font(
        name=_FONT, size=look.size, bold=look.bold, italic=look.italic, color=f"FF{look.color}"
    )
    style.alignment = Alignment(horizontal=look.across, vertical=look.down, wrap_text=not look.runs)
    if look.border:
        line = Side(style="thin", color=f"FF{look.border}")
        style.border = Border(left=line, right=line, top=line, bottom=line)
    if look.hatch:
        style.fill = PatternFill("lightUp", fgColor="FFC4C4C4", bgColor=f"FF{look.fill}")
    elif look.fill:
        style.fill = PatternFill("solid", fgColor=f"FF{look.fill}")
    style.number_format = look.form
    style.protection = Protection(locked=not look.open)
    return style


# ---------------------------------------------------------------- text


def safe_text(text: str) -> str:
    """The text as a cell can hold it: no control characters, and at most 32,000 UTF-16 units.

    What is cut off is announced by "[cut]" at the end.
    """
    clean = _NOT_XML.sub("", _LINE_END.sub("\n", text).replace("\t", " "))
    clean = _EXCEL_ESCAPE.sub("_x005F_", clean)
    if len(clean) <= LONGEST_CELL // 2 or _units(clean) <= LONGEST_CELL:
        return clean
    return _first_units(clean, LONGEST_CELL - len(CUT)) + CUT


def _units(text: str) -> int:
    """The length as Excel counts it: characters outside the BMP count twice."""
    return len(text) + sum(character > "\uffff" for character in text)


def _first_units(text: str, limit: int) -> str:
    return text.encode("utf-16-le")[: 2 * limit].decode("utf-16-le", "ignore")


def rich(text: str, spans: Sequence[tuple[int, int]]) -> str | CellRichText:
    """The text with its spans in bold; plain text when there are none or it is too long."""
    clean = safe_text(text)
    if not spans or clean.endswith(CUT):
        return clean
    edges = [0, *(edge for span in spans for edge in span), len(text)]
    parts = [
        _part(safe_text(text[start:end]), bold=bool(number % 2))
        for number, (start, end) in enumerate(pairwise(edges))
        if start < end
    ]
    return CellRichText([part for part in parts if str(part)])


_BOLD = InlineFont(rFont=_FONT, sz=9, b=True, color="FF0B4F8A")
_USUAL = InlineFont(rFont=_FONT, sz=9, color="FF222222")


class _Run(TextBlock):  # type: ignore[misc]
    """A run whose font is written once and copied: a third of the time of a large workbook."""

    def to_tree(self) -> Any:
        """The run as XML."""
        run, words = Element("r"), Element("t")
        run.append(copy(_fonts()[self.font.b is True]))
        words.text = self.text
        whitespace(words)
        run.append(words)
        return run


@cache
def _fonts() -> dict[bool, Any]:
    return {font.b is True: font.to_tree(tagname="rPr") for font in (_BOLD, _USUAL)}


def _part(text: str, *, bold: bool) -> TextBlock:
    return _Run(_BOLD if bold else _USUAL, text)


def bold_starts(parts: Iterable[tuple[str, str]]) -> str | CellRichText:
    """Paragraphs that begin with a few words in bold: [(bold words, what follows), ...]."""
    blocks = []
    for number, (start, rest) in enumerate(parts):
        blocks.append(_part(("\n" if number else "") + safe_text(start), bold=True))
        blocks.append(_part(safe_text(rest), bold=False))
    return CellRichText([block for block in blocks if block.text]) if blocks else ""


# ---------------------------------------------------------------- cells and rows


def put(book: Book, place: tuple[Worksheet, int, int], given: Field) -> None:
    """Writes a field to (sheet, row, column); strings stay strings whatever they begin with."""
    sheet, row, column = place
    cell = sheet.cell(row, column)
    value = safe_text(given.value) if type(given.value) is str else given.value
    text = isinstance(value, (str, CellRichText))
    like_formula = text and str(value[:1] if isinstance(value, str) else value).startswith(
        _LIKE_FORMULA
    )
    cell._style = (book.quoted if like_formula else book.plain)[given.look]
    cell._value = value
    cell.data_type = "s" if text else "n"
    if given.link and row <= MOST_LINKS:  # long tables have one link a row
        cell.hyperlink = Hyperlink(ref=cell.coordinate, location=given.link)


def put_row(book: Book, place: tuple[Worksheet, int], fields: Sequence[Field]) -> None:
    """Writes a row from the first column on and makes it as high as its longest text needs."""
    sheet, row = place
    for column, given in enumerate(fields, start=1):
        if given.look != "empty":
            put(book, (sheet, row, column), given)
    widths = [sheet.column_dimensions[get_column_letter(n + 1)].width for n in range(len(fields))]
    broken = [None if LOOKS[given.look].runs else given.value for given in fields]
    needed = max(map(height, broken, widths), default=0.0)
    sheet.row_dimensions[row].height = needed


def put_across(book: Book, place: tuple[Worksheet, int, int, int], given: Field) -> None:
    """Writes a field over the columns first..last of (sheet, row, first, last), as one cell."""
    sheet, row, first, last = place
    put(book, (sheet, row, first), given)
    if last > first:
        sheet.merge_cells(start_row=row, end_row=row, start_column=first, end_column=last)
    width = sum(sheet.column_dimensions[get_column_letter(n)].width for n in range(first, last + 1))
    needed = height(given.value, width, size=LOOKS[given.look].size)
    sheet.row_dimensions[row].height = max(needed, sheet.row_dimensions[row].height or 0)


def height(value: object, width: float, *, size: float = 9) -> float:
    """The points a cell needs: lines of text that is broken at the width, and some air.

    A letter of a text is 0.8 digits wide on average, and a line loses half a word at its end.
    """
    if not isinstance(value, (str, CellRichText)):
        return _points(1, size)
    text = str(value)
    room = max((width - 1) * 9 / size - 3, 2.0)
    wide = 0 if text.isascii() else sum(character >= "\u1100" for character in text)
    if "\n" not in text:
        return _points(math.ceil((len(text) + wide) * 0.8 / room), size)
    lines = sum(max(1, math.ceil(len(line) * 0.8 / room)) for line in text.split("\n"))
    return _points(lines + math.ceil(wide / room), size)


def _points(lines: int, size: float) -> float:
    return min(max(lines, 1) * math.ceil(size * 1.3) + 5.0, _TALLEST_ROW)


def set_widths(sheet: Worksheet, widths: Sequence[float]) -> None:
    """Makes the columns so wide (in digits of the usual font)."""
    for number, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width


def put_table(
    book: Book,
    place: tuple[Worksheet, int],
    columns: Sequence[Column],
    rows: Iterable[Sequence[Field]],
) -> int:
    """Writes heads at (sheet, row) and rows below, with a filter; gives the last row.

    Rows below one that begins with the look "group" can be folded away under it.
    """
    sheet, top = place
    put_row(book, place, [Field(column.head, column.look) for column in columns])
    row, grouped = top, False
    for row, fields in enumerate(rows, start=top + 1):
        if row >= MOST_ROWS:
            put(book, (sheet, row, 1), Field("[cut: Excel holds no more rows]", "key"))
            break
        put_row(book, (sheet, row), fields)
        head = fields[0].look == "group"
        grouped = grouped or head
        sheet.row_dimensions[row].outlineLevel = int(grouped and not head)
    sheet.sheet_properties.outlinePr.summaryBelow = False
    sheet.auto_filter.ref = f"A{top}:{get_column_letter(len(columns))}{row}"
    sheet.print_title_rows = f"{top}:{top}"
    return row


def set_up_print(
    sheet: Worksheet, *, left: str, right: str, one_page: bool = False, large: bool = False
) -> None:
    """Landscape A4 (A3 if `large`), one page wide, policy and page number on each page."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A3 if large else sheet.PAPERSIZE_A4
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 1 if one_page else 0
    margins = sheet.page_margins
    margins.left = margins.right = 0.4
    margins.top, margins.bottom, margins.header, margins.footer = 0.7, 0.6, 0.3, 0.3
    sheet.print_options.horizontalCentered = True
    sheet.oddHeader.left.text = _header_text(left)
    sheet.oddHeader.right.text = _header_text(right)
    sheet.oddFooter.left.text = "&A"
    sheet.oddFooter.right.text = "&P / &N"
    sheet.sheet_view.showGridLines = False


def _header_text(text: str) -> str:
    """Header text: "&" begins a command there, and the whole may have 255 characters."""
    short = " ".join(safe_text(text).split())
    return (short[:80] + "…" if len(short) > 80 else short).replace("&", "&&")


# ---------------------------------------------------------------- the file


def to_bytes(book: Book, *, title: str, creator: str, subject: str = "") -> bytes:
    """The workbook as a file: the same bytes for the same workbook, today and tomorrow."""
    stamp = _stamp()
    properties = book.workbook.properties
    properties.title, properties.creator = safe_text(title)[:250], creator
    properties.subject, properties.language = safe_text(subject)[:250], "en"
    properties.description = "Proposals for analysts to check; no score and no ranking."
    properties.created = properties.modified = stamp
    properties.lastModifiedBy = _OURS
    loose = BytesIO()
    # ExcelWriter itself: Workbook.save() would put the present time into the properties.
    ExcelWriter(book.workbook, zipfile.ZipFile(loose, "w", zipfile.ZIP_STORED)).save()
    return _packed(loose, stamp, told=book.told)


def edited(path: Path) -> bool:
    """Whether the file holds what somebody made: anything but a workbook as `to_bytes` left it.

    Excel and LibreOffice pack the file anew when they save, with their own names and times.
    """
    try:
        if not path.stat().st_size:
            return False
        with zipfile.ZipFile(path) as archive, archive.open("docProps/core.xml") as stream:
            told = stream.read(100_000).decode("utf-8", "replace")
            packed = {
                "{}-{:02}-{:02}T{:02}:{:02}:{:02}".format(*e.date_time) for e in archive.infolist()
            }
    except FileNotFoundError:
        return False
    except (OSError, KeyError, ValueError, zipfile.BadZipFile, RuntimeError):
        return True
    times = {time.rstrip("Z") for time in re.findall(r"<dcterms:\w+[^>]*>([^<]*)<", told)}
    return times != packed or len(times) != 1 or f"<cp:lastModifiedBy>{_OURS}<" not in told


def _stamp() -> dt.datetime:
    """The time all reports bear, or that of SOURCE_DATE_EPOCH (reproducible-builds.org)."""
    seconds = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not seconds.isdecimal():
        return _LONG_AGO
    # A zip archive knows the years 1980 to 2107.
    within = min(max(int(seconds), 315_532_800), 4_354_819_199)
    return dt.datetime.fromtimestamp(within, tz=dt.UTC).replace(tzinfo=None)


def _packed(loose: BytesIO, stamp: dt.datetime, *, told: Sequence[str]) -> bytes:
    """The members of the archive, compressed and with one time; charts with what they say."""
    packed = BytesIO()
    with (
        zipfile.ZipFile(loose) as source,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for member in source.infolist():
            entry = zipfile.ZipInfo(member.filename, stamp.timetuple()[:6])
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            entry.create_system = 3  # the same on Windows
            content = source.read(member)
            if member.filename.startswith("xl/drawings/drawing"):
                content = _described(content, told)
            target.writestr(entry, content)
    return packed.getvalue()


def _described(drawing: bytes, told: Sequence[str]) -> bytes:
    """The drawing with a text for screen readers on each chart, which openpyxl cannot write."""
    for number, words in enumerate(told, start=1):
        name = f'name="Chart {number}"'
        plain = quoteattr(" ".join(safe_text(words).split()))
        drawing = drawing.replace(name.encode(), f"{name} descr={plain}".encode())
    return drawing
