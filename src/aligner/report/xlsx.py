"""The workbook of one policy: its coverage matrix and gap report.

A pure function of the analysis and the same bytes every time. A status is always a word or a letter
as well as a colour, and what is a paraphrase bears a dagger wherever it is shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aligner.report.output import Written, replace_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from openpyxl.worksheet.worksheet import Worksheet

    from aligner.model import Analysis
    from aligner.report.cells import Book
    from aligner.report.sheets import View


def write_xlsx(analysis: Analysis, path: Path) -> Written:
    """Where the workbook of the analysis stands (see replace_file).

    Raises:
        OutputError: when it cannot be written; what stood there before is then untouched.
    """
    return replace_workbook(workbook_bytes(analysis), path)


def replace_workbook(data: bytes, path: Path) -> Written:
    """Where the workbook stands; one that somebody changed is kept, and this one stands beside."""

    def write(place: Path) -> None:
        place.write_bytes(data)

    from aligner.report.cells import edited

    return replace_file(path, write, holds_work=edited)


def workbook_bytes(analysis: Analysis) -> bytes:
    """The workbook of one policy as the bytes of an .xlsx file."""
    from aligner.report import cells, sheets

    book, seen = cells.new_book(), sheets.view(analysis)
    for name, fill in _sheets().items():
        sheet = book.workbook.create_sheet(name)
        fill(book, sheet, seen)
        # 23 rows of letters belong on one page; a framework of hundreds would be too small to read.
        one_page = name == "Coverage matrix" and len(analysis.objectives) <= 40
        right = analysis.framework.title
        large = name in ("Actions", "Gaps")  # their columns would be too small to read
        cells.set_up_print(sheet, left=seen.title, right=right, one_page=one_page, large=large)
    return cells.to_bytes(
        book,
        title=f"{seen.title}: {analysis.framework.title}",
        creator=f"aligner {analysis.version}".strip(),
        subject=f"Coverage and gaps against {analysis.framework.title}",
    )


SHEETS = (
    *("Summary", "Coverage matrix", "Actions", "Evidence", "Gaps"),
    *("Unmatched measures", "Guiding principles", "Review", "Dictionary", "About"),
)


def _sheets() -> dict[str, Callable[[Book, Worksheet, View], None]]:
    """What fills each sheet, in their order; imported late, as openpyxl is slow to load."""
    from aligner.report import reverse, review, sheets

    fills = (
        *(sheets.fill_summary, sheets.fill_matrix, sheets.fill_actions, sheets.fill_evidence),
        *(sheets.fill_gaps, reverse.fill_unmatched, reverse.fill_principles),
        *(review.fill_review, review.fill_dictionary, sheets.fill_about),
    )
    return dict(zip(SHEETS, fills, strict=True))
