"""The workbooks: one policy's coverage matrix and gap report, and many policies side by side.

Pure functions of the analyses and the same bytes every time. A status is always a word or a letter
as well as a colour, and what is a paraphrase bears a dagger wherever it is shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aligner.report.output import Written, replace_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from aligner.model import Action, Analysis, Failure, Objective
    from aligner.report.cells import Book, Field


def write_xlsx(analysis: Analysis, path: Path) -> Written:
    """Where the workbook of the analysis stands (see replace_file).

    Raises:
        OutputError: when it cannot be written; what stood there before is then untouched.
    """
    return _write(workbook_bytes(analysis), path)


def write_comparison(
    analyses: Sequence[Analysis], path: Path, *, failures: Sequence[Failure] = ()
) -> Written:
    """Where the workbook stands that shows many policies side by side, and those that failed.

    Statuses only, in alphabetical order: no totals and no ranks, which would compare countries by
    a count of words.

    Raises:
        OutputError: when it cannot be written; what stood there before is then untouched.
    """
    return _write(comparison_bytes(analyses, failures=failures), path)


def _write(data: bytes, path: Path) -> Written:
    def write(place: Path) -> None:
        place.write_bytes(data)

    return replace_file(path, write)


def workbook_bytes(analysis: Analysis) -> bytes:
    """The workbook of one policy as the bytes of an .xlsx file."""
    from aligner.report import cells, sheets

    book, seen = cells.new_book(), sheets.view(analysis)
    for name, fill in sheets.SHEETS.items():
        sheet = book.workbook.create_sheet(name)
        fill(book, sheet, seen)
        # 23 rows of letters belong on one page; a framework of hundreds would be too small to read.
        one_page = name == "Coverage matrix" and len(analysis.objectives) <= 40
        right = analysis.framework.title
        cells.set_up_print(sheet, left=seen.title, right=right, one_page=one_page)
    title = f"{seen.title}: {analysis.framework.title}"
    return cells.to_bytes(book, title=title, creator=f"aligner {analysis.version}".strip())


# ---------------------------------------------------------------- many policies


def comparison_bytes(
    analyses: Sequence[Analysis], *, failures: Sequence[Failure] = ()
) -> bytes:
    """The workbook of many policies as the bytes of an .xlsx file."""
    from aligner.report import cells

    book = cells.new_book()
    ordered = sorted(analyses, key=_alphabetical)
    for name, fill in (("Objectives", _fill_objectives), ("Actions", _fill_actions)):
        sheet = book.workbook.create_sheet(name)
        fill(book, sheet, ordered)
        _set_up_wide(sheet, policies=len(ordered))
    for name, fill_list in (("Policies", _policy_table(ordered)), ("Not read", _failure_table(failures))):
        sheet = book.workbook.create_sheet(name)
        fill_list(book, sheet)
        cells.set_up_print(sheet, left=name, right="Policies side by side")
    version = ordered[0].version if ordered else ""
    return cells.to_bytes(book, title="Policies side by side", creator=f"aligner {version}".strip())
