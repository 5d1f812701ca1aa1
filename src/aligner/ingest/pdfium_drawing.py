"""What is drawn on a page beside its text: the ruling lines of tables, and pictures.

Runs in the child process only, as engine_pdfium does.
"""

from __future__ import annotations

from ctypes import byref, c_float, c_int
from typing import TYPE_CHECKING, Any

import pypdfium2.raw as pdfium

from aligner.ingest.page import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aligner.ingest.page import Frame

Handle = Any  # a pointer that pdfium gave
Point = tuple[float, float]

_MOST_OBJECTS = 20_000
_MOST_SEGMENTS = 2_000
# Word shades paragraphs line by line: lower fills than this are no table cells.
_LOWEST_FILL = 24.0


def drawing(page: Handle, frame: Frame, *, has_text: bool) -> tuple[list[Rule], bool, bool]:
    """The ruling lines of the page, whether a picture covers much of it, whether it has no text.

    A form may hold text of its own.
    """
    rules: list[Rule] = []
    area = (frame.right - frame.left) * (frame.top - frame.bottom) or 1.0
    pictured = paths = 0.0
    bare = True
    box = tuple(c_float() for _ in range(4))
    refs = tuple(byref(value) for value in box)
    text_kind, path_kind = pdfium.FPDF_PAGEOBJ_TEXT, pdfium.FPDF_PAGEOBJ_PATH
    item_at, type_of = pdfium.FPDFPage_GetObject, pdfium.FPDFPageObj_GetType
    for index in range(min(pdfium.FPDFPage_CountObjects(page), _MOST_OBJECTS)):
        item = item_at(page, index)
        kind = type_of(item)
        if kind == text_kind:
            bare = False
            continue
        if not pdfium.FPDFPageObj_GetBounds(item, *refs):
            continue
        x0, y0, x1, y1 = (value.value for value in box)
        if kind == path_kind:
            paths += 1
            if x1 - x0 >= 8 or y1 - y0 >= 8:
                _add_rules(item, (x0, y0, x1, y1), frame=frame, rules=rules)
        elif not has_text:
            bare = bare and kind != pdfium.FPDF_PAGEOBJ_FORM
            pictured += abs((x1 - x0) * (y1 - y0)) / area
    # Text drawn as outlines is hundreds of paths without a character.
    return rules, not has_text and (pictured > 0.2 or paths > 300), bare and not has_text


def _add_rules(
    item: Handle, bounds: tuple[float, float, float, float], *, frame: Frame, rules: list[Rule]
) -> None:
    x0, y0, x1, y1 = bounds
    wide, high = x1 - x0, y1 - y0
    if wide <= 3 or high <= 3:
        x, y = (x0 + x1) / 2, (y0 + y1) / 2
        ends = ((x0, y), (x1, y)) if high <= 3 else ((x, y0), (x, y1))
        _add_rule(ends[0], ends[1], frame=frame, rules=rules)
        return
    if high < _LOWEST_FILL and not _stroked(item):
        return
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFPageObj_GetMatrix(item, byref(matrix))
    for start, end in _segments(item, matrix):
        _add_rule(start, end, frame=frame, rules=rules)


def _stroked(item: Handle) -> bool:
    fill, stroke = c_int(), c_int()
    return bool(pdfium.FPDFPath_GetDrawMode(item, byref(fill), byref(stroke)) and stroke.value)


def _segments(item: Handle, matrix: Handle) -> Iterator[tuple[Point, Point]]:
    """The straight pieces of a path, in the file's coordinates."""
    count = pdfium.FPDFPath_CountSegments(item)
    if not 0 < count <= _MOST_SEGMENTS:
        return
    x, y = c_float(), c_float()
    begin = at = None
    for index in range(count):
        piece = pdfium.FPDFPath_GetPathSegment(item, index)
        kind = pdfium.FPDFPathSegment_GetType(piece)
        pdfium.FPDFPathSegment_GetPoint(piece, byref(x), byref(y))
        point = (
            matrix.a * x.value + matrix.c * y.value + matrix.e,
            matrix.b * x.value + matrix.d * y.value + matrix.f,
        )
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            begin = point
        elif kind == pdfium.FPDF_SEGMENT_LINETO and at is not None:
            yield at, point
        at = point
        if pdfium.FPDFPathSegment_GetClose(piece) and begin is not None:
            yield at, begin


def _add_rule(start: Point, end: Point, *, frame: Frame, rules: list[Rule]) -> None:
    (ax, ay), (bx, by) = frame.place(*start), frame.place(*end)
    if abs(ay - by) <= 1 < abs(ax - bx) - 7:
        y = round((ay + by) / 2, 1)
        rules.append(Rule(round(min(ax, bx), 1), y, round(max(ax, bx), 1), y))
    elif abs(ax - bx) <= 1 < abs(ay - by) - 3:
        x = round((ax + bx) / 2, 1)
        rules.append(Rule(x, round(min(ay, by), 1), x, round(max(ay, by), 1)))
