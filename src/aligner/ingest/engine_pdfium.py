"""The fast engine: lines, boxes, sizes and weights through pdfium's C functions, 400 pages a second.

One GetText call a page, cut into lines in Python, and a handful of calls a line; asking for each
character would be five times slower. Runs in the child process only. The only importer of pypdfium2.
"""

from __future__ import annotations

import ctypes
import re
from ctypes import byref, c_double, c_float, c_int
from typing import TYPE_CHECKING, Any, NamedTuple

import pypdfium2.raw as pdfium

from aligner.ingest.engine import MOST_CHARACTERS, MOST_CHARACTERS_A_PAGE, MOST_PAGES, Refused, Text
from aligner.ingest.page import LINE_HYPHEN, Line, Page, Rule

if TYPE_CHECKING:
    import mmap
    from collections.abc import Iterator

# pdfium marks a hyphen that it removed at a line end so, and writes no line end after it.
_HYPHENS = "\ufffe\x02"
_BOLD = ("bold", "black", "heavy", "demi")
_LIGATURE = re.compile(r"(?:ff|fi|fl|ft|tt|ti)(?= [a-z])")
_MOST_OBJECTS = 20_000
_MOST_SEGMENTS = 2_000
# Word shades paragraphs line by line: lower fills than this are no table cells.
_LOWEST_FILL = 24.0


class _Frame(NamedTuple):
    """Where the shown page lies in the file's coordinates, and its quarter turns clockwise."""

    left: float
    bottom: float
    right: float
    top: float
    turn: int

    def place(self, x: float, y: float) -> tuple[float, float]:
        """The point on the shown page, from its top left corner."""
        if self.turn == 1:
            return y - self.bottom, x - self.left
        if self.turn == 2:
            return self.right - x, y - self.bottom
        if self.turn == 3:
            return self.top - y, self.right - x
        return x - self.left, self.top - y


class _Probe:
    """The C variables that answers are written to, made once for the whole document."""

    def __init__(self) -> None:
        self.left, self.right, self.bottom, self.top = (c_double() for _ in range(4))
        self.refs = tuple(byref(v) for v in (self.left, self.right, self.bottom, self.top))
        self.matrix = pdfium.FS_MATRIX()
        self.name = ctypes.create_string_buffer(128)
        self.flags = c_int()
        self.bounds = tuple(c_float() for _ in range(4))
        self.bold_fonts: dict[bytes, bool] = {}


def read(data: mmap.mmap, password: str | None) -> Text:
    """The pages of a PDF.

    Raises:
        Refused: pdfium cannot open it, it needs a password, or it has too many pages.
    """
    held = (ctypes.c_char * len(data)).from_buffer(data)
    secret = password.encode("utf-8") if password else None
    document = pdfium.FPDF_LoadMemDocument64(held, len(data), secret)
    if not document:
        locked = pdfium.FPDF_GetLastError() == pdfium.FPDF_ERR_PASSWORD
        raise Refused("encrypted" if locked else "broken")
    count = pdfium.FPDF_GetPageCount(document)
    if count > MOST_PAGES:
        raise Refused("too_many_pages")
    text, probe = Text(count=count, title=_title(document)), _Probe()
    for number in range(1, count + 1):
        _add_page(document, number, probe=probe, text=text)
        if text.characters > MOST_CHARACTERS:
            raise Refused("too_large")
    return text


def _title(document: Any) -> str:
    size = pdfium.FPDF_GetMetaText(document, b"Title", None, 0)
    if not 2 < size < 4096:
        return ""
    buffer = ctypes.create_string_buffer(size)
    pdfium.FPDF_GetMetaText(document, b"Title", buffer, size)
    return buffer.raw.decode("utf-16-le", "replace").split("\0")[0].strip()


def _add_page(document: Any, number: int, *, probe: _Probe, text: Text) -> None:
    page = pdfium.FPDF_LoadPage(document, number - 1)
    if not page:
        text.note("page_broken", "This page is damaged and was not read.", number)
        text.unread.append(number)
        return
    words = pdfium.FPDFText_LoadPage(page)
    frame = _frame(page)
    content, cut = _content(words) if words else ("", False)
    if cut:
        text.note("text_cut", "This page holds more text than a page can; the end was cut.", number)
    rules, picture = _drawing(page, frame, has_text=len(content.strip()) >= 25)
    lines = tuple(_lines(words, content, probe=probe, frame=frame, rules=rules))
    width, height = pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page)
    text.add(
        Page(number, round(width, 1), round(height, 1), lines, tuple(rules), picture),
        len(content.strip()),
    )
    if words:
        pdfium.FPDFText_ClosePage(words)
    pdfium.FPDF_ClosePage(page)


def _frame(page: Any) -> _Frame:
    box = pdfium.FS_RECTF()
    if not pdfium.FPDF_GetPageBoundingBox(page, byref(box)):
        return _Frame(0, 0, pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page), 0)
    return _Frame(box.left, box.bottom, box.right, box.top, pdfium.FPDFPage_GetRotation(page) % 4)


def _content(words: Any) -> tuple[str, bool]:
    """The page's characters, one a position, so that offsets are the character indexes of pdfium."""
    count = pdfium.FPDFText_CountChars(words)
    cut = count > MOST_CHARACTERS_A_PAGE
    count = max(0, min(count, MOST_CHARACTERS_A_PAGE))
    buffer = (ctypes.c_ushort * (count + 1))()
    written = pdfium.FPDFText_GetText(words, 0, count, buffer)
    content = bytes(buffer)[: count * 2].decode("utf-16-le", "replace")
    # Characters outside the basic plane, and some that have no Unicode value, shift the indexes.
    if written - 1 != count or len(content) != count:
        codes = (pdfium.FPDFText_GetUnicode(words, i) for i in range(count))
        content = "".join(_character(code) for code in codes)
    return content, cut


def _character(code: int) -> str:
    return chr(code) if 0 < code < 0xD800 or 0xDFFF < code <= 0x10FFFF else " "


def _pieces(content: str) -> Iterator[tuple[int, int, bool]]:
    """Start and end of each line without the blanks around it, and whether a hyphen was taken off."""
    start = 0
    for line in content.splitlines(keepends=True):
        at = start
        start += len(line)
        parts = line.replace("\x02", "\ufffe").split("\ufffe") if _hyphened(line) else [line]
        for index, part in enumerate(parts):
            body = part.strip()
            if body:
                first = at + part.index(body[0])
                yield first, first + len(body), index < len(parts) - 1
            at += len(part) + 1


def _hyphened(line: str) -> bool:
    return any(mark in line for mark in _HYPHENS)


def _lines(
    words: Any, content: str, *, probe: _Probe, frame: _Frame, rules: list[Rule]
) -> Iterator[Line]:
    upright = [rule for rule in rules if rule.x0 == rule.x1]
    for first, last, hyphen in _pieces(content):
        cuts = _cuts(words, content, first, last, probe, frame, upright)
        starts = [first, *cuts]
        ends = [*cuts, last]
        for begin, end in zip(starts, ends, strict=True):
            body = content[begin:end].rstrip()
            mark = LINE_HYPHEN if hyphen and end == last else ""
            yield _line(words, begin, body, probe, frame, mark)


def _line(words: Any, first: int, body: str, probe: _Probe, frame: _Frame, mark: str) -> Line:
    last = first + len(body) - 1
    left, right, bottom, top = probe.refs
    matrix = probe.matrix
    # The middle speaks for the line: its first character may be a bullet or a footnote mark.
    middle = first + len(body) // 2
    middle += body[middle - first] == " "
    pdfium.FPDFText_GetMatrix(words, middle, byref(matrix))
    # Some files say size 1 throughout and put the size into the matrix.
    scale = (matrix.c * matrix.c + matrix.d * matrix.d) ** 0.5 or 1.0
    size = pdfium.FPDFText_GetFontSize(words, middle) * scale
    turn = _turn(matrix.a, matrix.b, frame.turn)
    pdfium.FPDFText_GetCharOrigin(words, middle, left, bottom)
    x, y = frame.place(probe.left.value, probe.bottom.value)
    xs, ys = [], []
    for index in (first, last):
        if pdfium.FPDFText_GetCharBox(words, index, left, right, bottom, top):
            for a, b in (
                (probe.left.value, probe.bottom.value),
                (probe.right.value, probe.top.value),
            ):
                u, v = frame.place(a, b)
                xs.append(u)
                ys.append(v)
    if not xs:
        xs, ys = [x], [y]
    bold = _bold(words, first, probe) and (last == first or _bold(words, last, probe))
    # The box goes from the baseline, which all characters share, not from the ink of two of them.
    up, down = 0.76 * size, 0.24 * size
    if turn == 0:
        box = (min(xs), y - up, max(xs), y + down)
    elif turn == 1:
        box = (x - down, min(ys), x + up, max(ys))
    elif turn == 2:
        box = (min(xs), y - down, max(xs), y + up)
    else:
        box = (x - up, min(ys), x + down, max(ys))
    a, b, c, d = (round(value, 1) for value in box)
    if _LIGATURE.search(body):
        body = _closed(words, first, body, size)
    return Line(a, b, c, d, round(size, 2), body + mark, bold, turn)


def _closed(words: Any, first: int, body: str, size: float) -> str:
    """The text without the blanks that pdfium sees behind a ligature ("Aff airs")."""
    left, right, bottom, top = probe = tuple(c_double() for _ in range(4))
    refs = tuple(byref(value) for value in probe)
    false = []
    for found in _LIGATURE.finditer(body):
        blank = found.end()
        pdfium.FPDFText_GetCharBox(words, first + blank - 1, *refs)
        end = right.value
        pdfium.FPDFText_GetCharBox(words, first + blank + 1, *refs)
        # Measured: 0.05 to 0.85 pt behind a ligature of 9.5 pt, 2 pt where there is a blank.
        if left.value - end < 0.1 * size and bottom.value < top.value:
            false.append(blank)
    return "".join(c for index, c in enumerate(body) if index not in false) if false else body


def _turn(a: float, b: float, page: int) -> int:
    """Quarter turns clockwise of text whose direction in the file is (a, b), on the shown page."""
    if abs(a) >= abs(b):
        own = 0 if a >= 0 else 2
    else:
        own = 3 if b > 0 else 1
    return (own + page) % 4


def _bold(words: Any, index: int, probe: _Probe) -> bool:
    # Weights can be bogus (0, 1, 1000 in one file), names as well: either may say so.
    if 600 <= pdfium.FPDFText_GetFontWeight(words, index) <= 950:
        return True
    pdfium.FPDFText_GetFontInfo(words, index, probe.name, 128, byref(probe.flags))
    name = probe.name.value
    known = probe.bold_fonts.get(name)
    if known is None:
        plain = name.decode("latin-1").lower()
        known = probe.bold_fonts[name] = any(mark in plain for mark in _BOLD)
    return known


def _cuts(  # noqa: PLR0913 - called for each line; a tuple of settings would cost more than it says
    words: Any,
    content: str,
    first: int,
    last: int,
    probe: _Probe,
    frame: _Frame,
    upright: list[Rule],
) -> list[int]:
    """Where a line of pdfium holds pieces of several cells or columns that share a baseline."""
    gaps = _wide_gap(words, first, last, probe)
    if not gaps and not upright:
        return []
    if " " not in content[first:last]:
        return []
    if not gaps and not _crossed(words, first, last, probe, frame, upright):
        return []
    return _gap_starts(words, content, first, last, probe, frame, upright)


def _wide_gap(words: Any, first: int, last: int, probe: _Probe) -> bool:
    """Whether two runs of the line stand further apart than its height: pdfium gives runs for free."""
    count = pdfium.FPDFText_CountRects(words, first, last - first)
    if count < 2:
        return False
    left, right, bottom, top = probe.refs
    before = None
    for index in range(count):
        pdfium.FPDFText_GetRect(words, index, left, top, right, bottom)
        height = abs(probe.top.value - probe.bottom.value)
        if before is not None:
            level = probe.left.value - before[0]
            upward = max(before[1] - probe.top.value, probe.bottom.value - before[2])
            if max(level, upward) > max(6.0, 0.7 * height):
                return True
        before = (probe.right.value, probe.bottom.value, probe.top.value)
    return False


def _crossed(  # noqa: PLR0913 - see _cuts
    words: Any, first: int, last: int, probe: _Probe, frame: _Frame, upright: list[Rule]
) -> bool:
    x0, y, _ = _edge(words, first, probe, frame)
    _, _, x1 = _edge(words, last - 1, probe, frame)
    return any(x0 + 2 < rule.x0 < x1 - 2 and rule.y0 <= y <= rule.y1 for rule in upright)


def _edge(words: Any, index: int, probe: _Probe, frame: _Frame) -> tuple[float, float, float]:
    """Left edge, baseline and right edge of a character, along its line on the shown page."""
    left, right, bottom, top = probe.refs
    pdfium.FPDFText_GetCharBox(words, index, left, right, bottom, top)
    a = frame.place(probe.left.value, probe.bottom.value)
    b = frame.place(probe.right.value, probe.top.value)
    return min(a[0], b[0]), max(a[1], b[1]), max(a[0], b[0])


def _gap_starts(  # noqa: PLR0913 - see _cuts
    words: Any,
    content: str,
    first: int,
    last: int,
    probe: _Probe,
    frame: _Frame,
    upright: list[Rule],
) -> list[int]:
    size = pdfium.FPDFText_GetFontSize(words, first)
    pdfium.FPDFText_GetMatrix(words, first, byref(probe.matrix))
    size *= (probe.matrix.c**2 + probe.matrix.d**2) ** 0.5 or 1.0
    level = _turn(probe.matrix.a, probe.matrix.b, frame.turn) % 2 == 0
    cuts = []
    for index in range(first + 1, last - 1):
        if content[index] != " " or content[index + 1] == " ":
            continue
        before = index - 1
        while content[before] == " " and before > first:
            before -= 1
        left = _span(words, before, probe, frame, level=level)
        right = _span(words, index + 1, probe, frame, level=level)
        gap = max(right[0] - left[1], left[0] - right[1])
        y = (right[2] + right[3]) / 2
        ruled = level and any(
            left[1] - 1 <= rule.x0 <= right[0] + 1 and rule.y0 <= y <= rule.y1 for rule in upright
        )
        if ruled or gap > size:
            cuts.append(index + 1)
    return cuts


def _span(
    words: Any, index: int, probe: _Probe, frame: _Frame, *, level: bool
) -> tuple[float, float, float, float]:
    """Extent of a character along its line and across it."""
    left, right, bottom, top = probe.refs
    pdfium.FPDFText_GetCharBox(words, index, left, right, bottom, top)
    a = frame.place(probe.left.value, probe.bottom.value)
    b = frame.place(probe.right.value, probe.top.value)
    along, across = (0, 1) if level else (1, 0)
    return (
        min(a[along], b[along]),
        max(a[along], b[along]),
        min(a[across], b[across]),
        max(a[across], b[across]),
    )


def _drawing(page: Any, frame: _Frame, *, has_text: bool) -> tuple[list[Rule], bool]:
    """The ruling lines of the page, and whether a picture covers much of it."""
    rules: list[Rule] = []
    area = (frame.right - frame.left) * (frame.top - frame.bottom) or 1.0
    pictured = paths = 0.0
    box = tuple(c_float() for _ in range(4))
    refs = tuple(byref(value) for value in box)
    for index in range(min(pdfium.FPDFPage_CountObjects(page), _MOST_OBJECTS)):
        item = pdfium.FPDFPage_GetObject(page, index)
        kind = pdfium.FPDFPageObj_GetType(item)
        if kind == pdfium.FPDF_PAGEOBJ_TEXT:
            continue
        if not pdfium.FPDFPageObj_GetBounds(item, *refs):
            continue
        x0, y0, x1, y1 = (value.value for value in box)
        if kind == pdfium.FPDF_PAGEOBJ_PATH:
            paths += 1
            _add_rules(item, (x0, y0, x1, y1), frame=frame, rules=rules)
        elif not has_text:
            pictured += abs((x1 - x0) * (y1 - y0)) / area
    # Text drawn as outlines is hundreds of paths without a character.
    return rules, not has_text and (pictured > 0.2 or paths > 300)


def _add_rules(
    item: Any, bounds: tuple[float, float, float, float], *, frame: _Frame, rules: list[Rule]
) -> None:
    x0, y0, x1, y1 = bounds
    wide, high = x1 - x0, y1 - y0
    if wide < 8 and high < 8:
        return
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


def _stroked(item: Any) -> bool:
    fill, stroke = c_int(), c_int()
    return bool(pdfium.FPDFPath_GetDrawMode(item, byref(fill), byref(stroke)) and stroke.value)


def _segments(item: Any, matrix: Any) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    """The straight pieces of a path, in the file's coordinates; none for a path that has a curve."""
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


def _add_rule(
    start: tuple[float, float], end: tuple[float, float], *, frame: _Frame, rules: list[Rule]
) -> None:
    (ax, ay), (bx, by) = frame.place(*start), frame.place(*end)
    if abs(ay - by) <= 1 < abs(ax - bx) - 7:
        y = round((ay + by) / 2, 1)
        rules.append(Rule(round(min(ax, bx), 1), y, round(max(ax, bx), 1), y))
    elif abs(ax - bx) <= 1 < abs(ay - by) - 3:
        x = round((ax + bx) / 2, 1)
        rules.append(Rule(x, round(min(ay, by), 1), x, round(max(ay, by), 1)))
