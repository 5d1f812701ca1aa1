"""The fast engine: lines, boxes, sizes and weights through pdfium, 400 pages a second.

One GetText call a page, cut into lines in Python, and a handful of calls a line; asking for each
character would be five times slower. Runs in the child process only; it and pdfium_drawing are the
only importers of pypdfium2.
"""

from __future__ import annotations

import ctypes
import re
from ctypes import byref, c_double, c_int
from typing import TYPE_CHECKING, Any, NamedTuple

import pypdfium2.raw as pdfium

from aligner.ingest import second
from aligner.ingest.engine import (
    FEW_CHARACTERS,
    MOST_CHARACTERS,
    MOST_CHARACTERS_A_PAGE,
    MOST_PAGES,
    Refused,
    Text,
)
from aligner.ingest.page import LINE_HYPHEN, Frame, Line, Page
from aligner.ingest.pdfium_drawing import drawing
from aligner.ingest.sanity import suspicious

if TYPE_CHECKING:
    import mmap
    from collections.abc import Iterable, Iterator

    from aligner.ingest.page import Rule

Handle = Any  # a pointer that pdfium gave
Box = tuple[float, float, float, float]

# pdfium marks a hyphen that it removed at a line end so, and writes no line end after it.
_HYPHENS = "\ufffe\x02"
_BOLD = ("bold", "black", "heavy", "demi")
_WORD_START = re.compile(r"(?<!\w)[^\W\d_]")
_LIGATURE = re.compile(r"(?:ff|fi|fl|ft|tt|ti)(?= [a-z])")


class _Probe:
    """The C variables that answers are written to, made once for the whole document."""

    def __init__(self) -> None:
        self.left, self.right, self.bottom, self.top = (c_double() for _ in range(4))
        self.refs = tuple(byref(v) for v in (self.left, self.right, self.bottom, self.top))
        self.matrix = pdfium.FS_MATRIX()
        self.name = ctypes.create_string_buffer(128)
        self.flags = c_int()
        self.bold_fonts: dict[bytes, bool] = {}

    def span(self, words: _Words, index: int) -> Box:
        """The box of the ink of a character on the shown page."""
        left, right, bottom, top = self.refs
        pdfium.FPDFText_GetCharBox(words.handle, index, left, right, bottom, top)
        a, b = words.frame.place(self.left.value, self.bottom.value)
        c, d = words.frame.place(self.right.value, self.top.value)
        return min(a, c), min(b, d), max(a, c), max(b, d)


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
    text = second.shared(lambda numbers: _part(document, count, numbers), pages=count)
    text.title = _title(document)
    if text.characters > MOST_CHARACTERS:
        raise Refused("too_large")
    return text


def _part(document: Handle, count: int, numbers: Iterable[int]) -> Text:
    """Some of the pages; it stops when there is more text than a document can have."""
    text, probe = Text(count=count), _Probe()
    for number in numbers:
        if number > count:
            break
        _add_page(document, number, probe=probe, text=text)
        if text.characters > MOST_CHARACTERS:
            break
    return text


def _title(document: Handle) -> str:
    size = pdfium.FPDF_GetMetaText(document, b"Title", None, 0)
    if not 2 < size < 4096:
        return ""
    buffer = ctypes.create_string_buffer(size)
    pdfium.FPDF_GetMetaText(document, b"Title", buffer, size)
    return buffer.raw.decode("utf-16-le", "replace").split("\0")[0].strip()


def _add_page(document: Handle, number: int, *, probe: _Probe, text: Text) -> None:
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
    size = len(content.strip())
    rules, picture, bare = drawing(page, frame, has_text=size >= FEW_CHARACTERS)
    upright = [rule for rule in rules if rule.x0 == rule.x1]
    lines = tuple(_lines(_Words(words, content, frame, probe, upright)))
    width, height = pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page)
    text.add(
        Page(number, round(width, 1), round(height, 1), lines, tuple(rules), picture),
        size,
    )
    if suspicious(lines):
        text.doubtful.append(number)
    if bare:
        text.bare.append(number)
    if words:
        pdfium.FPDFText_ClosePage(words)
    pdfium.FPDF_ClosePage(page)


def _frame(page: Handle) -> Frame:
    box = pdfium.FS_RECTF()
    if not pdfium.FPDF_GetPageBoundingBox(page, byref(box)):
        return Frame(0, 0, pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page), 0)
    return Frame(box.left, box.bottom, box.right, box.top, pdfium.FPDFPage_GetRotation(page) % 4)


def _content(words: Handle) -> tuple[str, bool]:
    """The page's characters, so that offsets are the character indexes of pdfium."""
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
    """Start and end of each line without blanks around, and whether a hyphen was taken off."""
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


class _Words(NamedTuple):
    """The text of a page: pdfium's handle, the characters, where it lies, upright rulings."""

    handle: Handle
    content: str
    frame: Frame
    probe: _Probe
    upright: list[Rule]


class _Type(NamedTuple):
    """How a character is set: its size, its quarter turns, the place of its origin on the page."""

    size: float
    turn: int
    x: float
    y: float


def _lines(words: _Words) -> Iterator[Line]:
    for first, last, hyphen in _pieces(words.content):
        extent, wide = _extent(words, first, last)
        cuts = _cuts(words, first, last) if wide or _crossed(words, extent) else []
        if not cuts:
            body = words.content[first:last]
            yield _line(words, first, body=body, extent=extent, mark=LINE_HYPHEN if hyphen else "")
            continue
        for begin, end in zip([first, *cuts], [*cuts, last], strict=True):
            body = words.content[begin:end].rstrip()
            ends = words.probe.span(words, begin), words.probe.span(words, begin + len(body) - 1)
            mark = LINE_HYPHEN if hyphen and end == last else ""
            yield _line(words, begin, body=body, extent=_union(*ends), mark=mark)


def _line(words: _Words, first: int, *, body: str, extent: Box, mark: str) -> Line:
    last = first + len(body) - 1
    # The middle speaks for the line: its first character may be a bullet or a footnote mark.
    middle = first + len(body) // 2
    size, turn, x, y = _type(words, middle + (words.content[middle] == " "))
    begins = _bold(words, first)
    bold = begins and (last == first or _bold(words, last))
    if body.isupper():
        size = max(size, *(_type(words, first + at).size for at in _capitals(body)))
    a, b, c, d = _box(extent, (x, y), size=size, turn=turn)
    if _LIGATURE.search(body):
        body = _closed(words, first, body=body, size=size)
    return Line(a, b, c, d, round(size, 2), body + mark, bold, turn, begins and not bold)


def _capitals(body: str) -> list[int]:
    """Where the first words of a line in capitals begin: of small capitals these are the large."""
    return [found.start() for found in _WORD_START.finditer(body)][:4] or [0]


def _union(one: Box, other: Box) -> Box:
    return (
        min(one[0], other[0]),
        min(one[1], other[1]),
        max(one[2], other[2]),
        max(one[3], other[3]),
    )


def _type(words: _Words, index: int) -> _Type:
    probe, handle = words.probe, words.handle
    matrix = probe.matrix
    pdfium.FPDFText_GetMatrix(handle, index, byref(matrix))
    # Some files say size 1 throughout and put the size into the matrix.
    scale = (matrix.c * matrix.c + matrix.d * matrix.d) ** 0.5 or 1.0
    size = pdfium.FPDFText_GetFontSize(handle, index) * scale
    left, _, bottom, _ = probe.refs
    pdfium.FPDFText_GetCharOrigin(handle, index, left, bottom)
    x, y = words.frame.place(probe.left.value, probe.bottom.value)
    return _Type(size, _turn(matrix.a, matrix.b, words.frame.turn), x, y)


def _box(extent: Box, origin: tuple[float, float], *, size: float, turn: int) -> Box:
    """The box of a line from its baseline, which all characters share, not from their ink."""
    x, y = origin
    up, down = 0.76 * size, 0.24 * size
    left, top, right, foot = extent
    if turn == 0:
        box = (left, y - up, right, y + down)
    elif turn == 1:
        box = (x - down, top, x + up, foot)
    elif turn == 2:
        box = (left, y - down, right, y + up)
    else:
        box = (x - up, top, x + down, foot)
    return round(box[0], 1), round(box[1], 1), round(box[2], 1), round(box[3], 1)


def _closed(words: _Words, first: int, *, body: str, size: float) -> str:
    """The text without the blanks that pdfium sees behind a ligature ("Aff airs")."""
    false = set()
    for found in _LIGATURE.finditer(body):
        blank = found.end()
        end = words.probe.span(words, first + blank - 1)[2]
        # Measured: 0.05 to 0.85 pt behind a ligature of 9.5 pt, 2 pt where there is a blank.
        if words.probe.span(words, first + blank + 1)[0] - end < 0.1 * size:
            false.add(blank)
    return "".join(c for index, c in enumerate(body) if index not in false) if false else body


def _turn(a: float, b: float, page: int) -> int:
    """Quarter turns clockwise of text whose direction in the file is (a, b), on the shown page."""
    level = 0 if a >= 0 else 2
    own = level if abs(a) >= abs(b) else 3 if b > 0 else 1
    return (own + page) % 4


def _bold(words: _Words, index: int) -> bool:
    # Weights can be bogus (0, 1, 1000 in one file), names as well: either may say so.
    if 600 <= pdfium.FPDFText_GetFontWeight(words.handle, index) <= 950:
        return True
    probe = words.probe
    pdfium.FPDFText_GetFontInfo(words.handle, index, probe.name, 128, byref(probe.flags))
    name = probe.name.value
    known = probe.bold_fonts.get(name)
    if known is None:
        plain = name.decode("latin-1").lower()
        known = probe.bold_fonts[name] = any(mark in plain for mark in _BOLD)
    return known


def _extent(words: _Words, first: int, last: int) -> tuple[Box, bool]:
    """Where the ink of a line lies, and whether two runs stand further apart than it is high.

    A run is what pdfium draws in one go: asking for runs is quicker than for characters.
    """
    probe = words.probe
    left, right, bottom, top = probe.refs
    wide, whole, before = False, None, None
    for index in range(pdfium.FPDFText_CountRects(words.handle, first, last - first)):
        pdfium.FPDFText_GetRect(words.handle, index, left, top, right, bottom)
        run = (probe.left.value, probe.bottom.value, probe.right.value, probe.top.value)
        if before is not None:
            gap = max(run[0] - before[2], before[1] - run[3], run[1] - before[3])
            wide = wide or gap > max(6.0, 0.7 * abs(run[3] - run[1]))
        whole = run if whole is None else _union(whole, run)
        before = run
    if whole is None:
        return _union(probe.span(words, first), probe.span(words, last - 1)), False
    (a, b), (c, d) = words.frame.place(*whole[:2]), words.frame.place(*whole[2:])
    return (min(a, c), min(b, d), max(a, c), max(b, d)), wide


def _crossed(words: _Words, extent: Box) -> bool:
    """Whether an upright ruling parts the line: then it runs through two cells."""
    x0, x1, y = extent[0] + 2, extent[2] - 2, extent[3]
    return any(x0 < rule.x0 < x1 and rule.y0 <= y <= rule.y1 for rule in words.upright)


def _cuts(words: _Words, first: int, last: int) -> list[int]:
    """Where a line of pdfium holds pieces of several cells or columns that share a baseline."""
    return _gap_starts(words, first, last) if " " in words.content[first:last] else []


def _gap_starts(words: _Words, first: int, last: int) -> list[int]:
    size, turn, _, y = _type(words, first)
    near = [] if turn % 2 else [r.x0 for r in words.upright if r.y0 <= y <= r.y1]
    cuts = []
    for blank, start in _blanks(words.content, first, last):
        left, right = words.probe.span(words, blank), words.probe.span(words, start)
        # On turned pages pdfium puts all lines into one: the next may begin far back, or below.
        gap = max(right[0] - left[2], left[0] - right[2], right[1] - left[3], left[1] - right[3])
        if gap > size or any(left[2] - 1 <= x <= right[0] + 1 for x in near):
            cuts.append(start)
    return cuts


def _blanks(content: str, first: int, last: int) -> Iterator[tuple[int, int]]:
    """For each run of blanks the index of the character before it and of the one behind it."""
    for index in range(first + 1, last - 1):
        if content[index] == " " and content[index + 1] != " ":
            before = index - 1
            while content[before] == " " and before > first:
                before -= 1
            yield before, index + 1
