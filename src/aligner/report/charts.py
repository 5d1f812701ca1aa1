"""The native charts of the sheet Summary: statuses of all actions, and objective by objective.

A status has a pattern beside its colour, so that the charts can be read in grey; what they show
stands in words too, for screen readers.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from openpyxl.chart import BarChart, Reference
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.series import DataPoint
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.drawing.colors import ColorChoice
from openpyxl.drawing.fill import PatternFillProperties
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.text import CharacterProperties, ParagraphProperties

from aligner.report.cells import SHORT_WORDS

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from aligner.model import Analysis, Status
    from aligner.report.cells import Book

# Rows of the sheet that the charts take, of the usual height.
ROWS = 18
_ROW_HEIGHT = 15.0
_HEIGHT = 8.6  # centimetres: seventeen of these rows
_STATUSES = tuple(SHORT_WORDS)
# (ink, ground, pattern): in grey they are dark, striped, light and chequered.
_FILLS: dict[Status, tuple[str, str, str]] = {
    "covered": ("1B6B57", "1B6B57", ""),
    "partial": ("B07A00", "FBE8BF", "wdUpDiag"),
    "gap": ("A8321F", "F7DFDA", ""),
    "not_assessed": ("6E6E6E", "FFFFFF", "diagCross"),
}


def add(book: Book, place: tuple[Worksheet, int, int, int], analysis: Analysis) -> None:
    """Puts the charts below the tiles of (sheet, tiles, head, last), from these and the table."""
    sheet, tiles, head, last = place
    if last == head:
        return
    for row in range(tiles + 2, head):
        sheet.row_dimensions[row].height = _ROW_HEIGHT
    counts = Counter(finding.status for finding in analysis.findings)
    most = max(counts.values(), default=1)
    sheet.add_chart(_all_actions(sheet, tiles, most), f"A{tiles + 2}")
    sheet.add_chart(_by_objective(sheet, head, last), f"C{tiles + 2}")
    told = "; ".join(f"{word} {counts[status]}" for status, word in SHORT_WORDS.items())
    book.told.append(f"Bar chart. All {len(analysis.findings)} actions by status: {told}.")
    parts = "; ".join(
        f"objective {one.objective}: {one.covered} covered, {one.partial} partly covered, "
        f"{one.gap} gaps, {one.not_assessed} not assessed"
        for one in analysis.objectives
    )
    book.told.append(f"Stacked column chart. Actions of each objective by status. {parts}.")


def _all_actions(sheet: Worksheet, tiles: int, most: int) -> Any:
    """One bar a status, with its number; the longest leaves room for it."""
    chart = _bars("All actions by status", width=14.2)
    chart.type, chart.gapWidth, chart.legend = "bar", 45, None
    chart.add_data(Reference(sheet, min_col=4, max_col=7, min_row=tiles), from_rows=True)
    chart.set_categories(Reference(sheet, min_col=4, max_col=7, min_row=tiles + 1))
    (series,) = chart.series
    for number, status in enumerate(_STATUSES):
        point = DataPoint(idx=number)
        point.graphicalProperties = _look(status)
        series.dPt.append(point)
    series.dLbls = DataLabelList(showVal=True, **_NO_OTHER_LABELS)
    chart.x_axis.scaling.orientation = "maxMin"
    chart.y_axis.delete, chart.y_axis.majorGridlines = True, None
    chart.y_axis.scaling.min, chart.y_axis.scaling.max = 0, 1.2 * most
    return chart


_NO_OTHER_LABELS = {
    "showSerName": False,
    "showCatName": False,
    "showLegendKey": False,
    "showPercent": False,
}


def _by_objective(sheet: Worksheet, head: int, last: int) -> Any:
    """One column an objective, stacked by status."""
    chart = _bars("Actions of each objective by status", width=20.4)
    chart.type, chart.grouping, chart.overlap, chart.gapWidth = "col", "stacked", 100, 40
    data = Reference(sheet, min_col=4, max_col=7, min_row=head, max_row=last)
    chart.add_data(data, titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=1, min_row=head + 1, max_row=last))
    for series, status in zip(chart.series, _STATUSES, strict=True):
        series.graphicalProperties = _look(status)
    chart.legend.position = "b"
    chart.x_axis.title, chart.y_axis.title = "Objective", "Actions"
    chart.y_axis.majorUnit = 5
    chart.y_axis.number_format = "0"
    return chart


def _bars(title: str, *, width: float) -> Any:
    chart = BarChart()
    chart.title, chart.height, chart.width = title, _HEIGHT, width
    chart.title.tx.rich.p[0].pPr = ParagraphProperties(
        defRPr=CharacterProperties(sz=1200, b=True, solidFill="1F3A5F")
    )
    chart.x_axis.delete = chart.y_axis.delete = False
    return chart


def _look(status: Status) -> Any:
    ink, ground, pattern = _FILLS[status]
    look = GraphicalProperties(solidFill=ground)
    if pattern:
        fill = PatternFillProperties(
            prst=pattern, fgClr=ColorChoice(srgbClr=ink), bgClr=ColorChoice(srgbClr=ground)
        )
        look = GraphicalProperties(pattFill=fill)
    look.line = LineProperties(solidFill=ink)
    return look
