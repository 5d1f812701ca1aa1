"""The matrix and the profile of a policy as pictures for slides: SVG and PNG.

A picture is a list of rectangles and texts; two small writers turn it into either format. SVG is
text of our own making, every word escaped. PNG is drawn by pdfium, which carries Helvetica with all
Western letters (the font in Pillow lacks é, ñ and †); SVG shows every script in the reader's fonts.
"""

from __future__ import annotations

import re
import subprocess
import sys
import unicodedata
from dataclasses import dataclass
from functools import cache
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING, Any, Literal

from aligner.report.html import STATUSES, pieces, texts
from aligner.report.output import Written, replace_file
from aligner.wording import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from aligner.model import Analysis, Objective, Status

# A slide of 16:9 when the framework has 23 objectives; taller when it has more.
_WIDTH, _LEAST_HEIGHT, _MARGIN = 1600, 900, 40
_TOP, _ROW, _LEGEND = 130, 30, 80
_STATUS_WIDTH = 170
# Pixels a unit: sharp on a large screen, 200 KB.
_SCALE = 2
# The colours of the workbook (cells.py): ink on ground at least 7:1; a letter or figure each.
_COLOURS: dict[Status, tuple[str, str]] = {
    "covered": ("#cfe7df", "#0b4538"),
    "partial": ("#fbe8bf", "#5a3d00"),
    "gap": ("#f4d6d0", "#6b1c12"),
    "not_assessed": ("#ececec", "#3a3a3a"),
}
_INK, _QUIET, _KEY, _LINE = "#1d232b", "#4d5763", "#1f3a5f", "#8a939e"
_WIDEST = 1000
_NOT_XML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A filled rectangle; `framed` ones have a dotted edge, so that they differ without colour."""

    x: float
    y: float
    width: float
    height: float
    fill: str
    framed: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text with its baseline at y."""

    x: float
    y: float
    text: str
    size: int
    fill: str = _INK
    anchor: Anchor = "start"


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn, on white, and what it says to those who cannot see it."""

    width: int
    height: int
    title: str
    description: str
    shapes: tuple[Rectangle | Text, ...]


def write_svg(analysis: Analysis, path: Path) -> tuple[Written, ...]:
    """Where the SVG of the matrix stands, and NAME-profile.svg beside it.

    Raises:
        OutputError: when one cannot be written.
    """
    return _write(analysis, path, lambda picture: svg(picture).encode("utf-8"))


def write_png(analysis: Analysis, path: Path) -> tuple[Written, ...]:
    """Where the PNG of the matrix stands, and NAME-profile.png beside it.

    Raises:
        OutputError: when one cannot be written.
    """
    return _write(analysis, path, png)


def _write(
    analysis: Analysis, path: Path, render: Callable[[Picture], bytes]
) -> tuple[Written, ...]:
    beside = path.with_name(f"{path.stem}-profile{path.suffix}")
    drawn = ((heat_map(analysis), path), (profile(analysis), beside))
    return tuple(_put(render(picture), place) for picture, place in drawn)


def _put(data: bytes, path: Path) -> Written:
    def write(place: Path) -> None:
        place.write_bytes(data)

    return replace_file(path, write)


# ---------------------------------------------------------------- the two pictures


def heat_map(analysis: Analysis) -> Picture:
    """Objectives by actions: a letter and a colour for each action."""
    from aligner.report.sheets import matrix_places

    heads, places = matrix_places(analysis)
    say = _words(analysis)
    cell = min(46.0, 720 / max(len(heads), 1))
    left = _WIDTH - _MARGIN - cell * len(heads)
    shapes: list[Rectangle | Text] = [
        Text(left + cell * (number + 0.5), _TOP - 10, head, 15, _QUIET, "middle")
        for number, head in enumerate(heads)
    ]
    found = {finding.action: finding.status for finding in analysis.findings}
    for row, objective in enumerate(analysis.framework.objectives):
        y = _TOP + row * _ROW
        shapes += _row_head(objective, analysis, y=y, right=left)
        for action in analysis.framework.actions:
            if action.objective == objective.id and action.id in found:
                x, status = left + places[action.id] * cell, found[action.id]
                letter = say[f"{status}_letter"] + ("†" if action.paraphrase else "")
                shapes += _cell(x, y, status=status, width=cell, text=letter)
    return _picture(analysis, say["matrix"], shapes)


def profile(analysis: Analysis) -> Picture:
    """One stacked bar an objective: how many of its actions have which status."""
    found = {finding.action: finding.status for finding in analysis.findings}
    rows = []
    for objective in analysis.framework.objectives:
        own = [one.id for one in analysis.framework.actions if one.objective == objective.id]
        rows.append(pieces(found[name] for name in own if name in found))
    longest = max((sum(one["width"] for one in row) for row in rows), default=1)
    left = _WIDTH - _MARGIN - 720.0
    shapes: list[Rectangle | Text] = []
    for number, (objective, row) in enumerate(
        zip(analysis.framework.objectives, rows, strict=True)
    ):
        y = _TOP + number * _ROW
        shapes += _row_head(objective, analysis, y=y, right=left)
        for piece in row:
            unit = 720.0 / max(longest, 1)
            x, width = left + piece["x"] * unit, piece["width"] * unit
            shapes += _cell(x, y, status=piece["status"], width=width, text=str(piece["width"]))
    return _picture(analysis, _words(analysis)["profile_what"], shapes)


def _words(analysis: Analysis) -> dict[str, str]:
    language = analysis.document.language
    return texts(language if language in LANGUAGES else LANGUAGES[0])


def _row_head(
    objective: Objective, analysis: Analysis, *, y: float, right: float
) -> Iterator[Rectangle | Text]:
    """The objective's name, and its status as a word on its colour."""
    say = _words(analysis)
    mark = " †" if objective.paraphrase else ""
    room = right - _MARGIN - _STATUS_WIDTH - 30
    name = shortened(f"{objective.id}. {objective.title}", room, size=15) + mark
    yield Text(_MARGIN, y + 20, name, 15)
    status = next(
        (one.status for one in analysis.objectives if one.objective == objective.id), None
    )
    if status:
        yield from _cell(
            right - _STATUS_WIDTH - 8, y, status=status, width=_STATUS_WIDTH, text=say[status]
        )


def _cell(
    x: float, y: float, *, status: Status, width: float, text: str
) -> Iterator[Rectangle | Text]:
    fill, ink = _COLOURS[status]
    yield Rectangle(x + 1, y + 1, width - 2, _ROW - 2, fill, framed=status == "not_assessed")
    yield Text(x + width / 2, y + 20, text, 15, ink, "middle")


def _picture(analysis: Analysis, what: str, shapes: Sequence[Rectangle | Text]) -> Picture:
    """The shapes under a title and above the legend and the caution."""
    from aligner.report.sheets import title_of

    say, room = _words(analysis), _WIDTH - 2 * _MARGIN
    title = title_of(analysis.document)
    lead = f"{what} · {say['held_against']} {analysis.framework.title}"
    bottom = _TOP + _ROW * len(analysis.framework.objectives)
    height = max(bottom + _LEGEND, _LEAST_HEIGHT)
    around = [
        Text(_MARGIN, 58, shortened(title, room, size=32), 32, _KEY),
        Text(_MARGIN, 90, shortened(lead, room, size=18), 18, _QUIET),
        *_legend(analysis, y=height - 62),
        Text(_MARGIN, height - 14, shortened(say["caution"], room, size=13), 13, _QUIET),
    ]
    return Picture(_WIDTH, height, f"{title}: {what}", _description(analysis), (*around, *shapes))


def _legend(analysis: Analysis, *, y: float) -> Iterator[Rectangle | Text]:
    say, x = _words(analysis), float(_MARGIN)
    for status in STATUSES:
        yield from _cell(x, y, status=status, width=34, text=say[f"{status}_letter"])
        yield Text(x + 42, y + 20, say[status], 15)
        x += 66 + measured(say[status], size=15)
    if any(action.paraphrase for action in analysis.framework.actions):
        note = shortened(f"† {say['paraphrase']}", _WIDTH - _MARGIN - x, size=13)
        yield Text(x, y + 20, note, 13, _QUIET)


def _description(analysis: Analysis) -> str:
    """The picture in words: the status of each objective."""
    say = _words(analysis)
    titles = {one.id: one.title for one in analysis.framework.objectives}
    return " ".join(
        f"{one.objective}. {titles.get(one.objective, '')}: {say[one.status]}."
        for one in analysis.objectives
    )


# ---------------------------------------------------------------- measures


@cache
def _widths() -> dict[str, int]:
    """The widths of Helvetica's characters in thousandths of the size (Arial has the same)."""
    from pdfminer.fontmetrics import FONT_METRICS

    return dict(FONT_METRICS["Helvetica"][1])


def measured(text: str, *, size: int) -> float:
    """How wide the line of text is in Helvetica or Arial."""
    return sum(map(_width, _line(text))) * size / 1000


def _width(character: str) -> int:
    """Thousandths of the size; letters of other scripts are hardly ever wider than the size."""
    return _widths().get(character, _WIDEST)


def shortened(text: str, room: float, *, size: int) -> str:
    """The text as one line, or as much of its beginning as there is room for and an ellipsis."""
    line = _line(text)
    if measured(line, size=size) <= room:
        return line
    left, kept = room * 1000 / size - _width("…"), 0
    while kept < len(line) and left >= _width(line[kept]):
        left -= _width(line[kept])
        kept += 1
    return line[:kept].rstrip() + "…"


def _line(text: str) -> str:
    """The text on one line, without what XML cannot hold."""
    return " ".join(_NOT_XML.sub("", text).split())


# ---------------------------------------------------------------- writers


def svg(picture: Picture) -> str:
    """The picture as SVG, with its title and description for screen readers."""
    size = f'width="{picture.width}" height="{picture.height}"'
    start = f'<svg xmlns="http://www.w3.org/2000/svg" {size}'
    fonts = 'font-family="Arial, Helvetica, sans-serif"'
    lines = [
        f'{start} viewBox="0 0 {picture.width} {picture.height}" role="img" {fonts}>',
        f"<title>{escape(_line(picture.title))}</title>",
        f"<desc>{escape(_line(picture.description))}</desc>",
        f'<rect {size} fill="#ffffff"/>',
        *map(_svg_shape, picture.shapes),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _svg_shape(shape: Rectangle | Text) -> str:
    if isinstance(shape, Rectangle):
        frame = f' stroke="{_LINE}" stroke-dasharray="3 3"' if shape.framed else ""
        place = f'x="{shape.x:g}" y="{shape.y:g}"'
        size = f'width="{shape.width:.6g}" height="{shape.height:g}"'
        return f'<rect {place} {size} fill="{shape.fill}"{frame}/>'
    place = f'x="{shape.x:g}" y="{shape.y:g}" font-size="{shape.size}"'
    look = f'fill="{shape.fill}" text-anchor="{shape.anchor}"'
    return f"<text {place} {look}>{escape(_line(shape.text))}</text>"


def png(picture: Picture) -> bytes:
    """The picture as PNG, twice as many pixels as it has units each way."""
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    image = _rendered(_pdf(picture))
    told = PngInfo()
    told.add_itxt("Title", _line(picture.title))
    told.add_itxt("Description", _line(picture.description))
    out = BytesIO()
    # Few colours: a palette makes the file a third as large.
    few = image.convert("RGB").quantize(128, dither=Image.Dither.NONE)
    few.save(out, "PNG", pnginfo=told, optimize=True)
    return out.getvalue()


def _rendered(data: bytes) -> Any:
    """The one page of a PDF of ours as an image, drawn by pdfium in a process of its own."""
    from PIL import Image

    command = [sys.executable, "-m", "aligner.report.raster", str(_SCALE)]
    done = subprocess.run(command, input=data, capture_output=True, timeout=120, check=True)
    return Image.open(BytesIO(done.stdout))


def _pdf(picture: Picture) -> bytes:
    """The picture as the smallest PDF that a reader takes: one page, Helvetica, Western letters."""
    drawn = b"\n".join(_pdf_shape(shape, height=picture.height) for shape in picture.shapes)
    box = f"[0 0 {picture.width} {picture.height}]".encode()
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox" + box + b"/Contents 4 0 R"
        b"/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(drawn), drawn),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    )
    data, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, start=1):
        places.append(b"%010d 00000 n \n" % len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"xref\n0 6\n0000000000 65535 f \n" + b"".join(places)
    return data + table + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % len(data)


def _pdf_shape(shape: Rectangle | Text, *, height: int) -> bytes:
    """The shape in the operators of PDF, whose y counts from below."""
    colour = " ".join(f"{int(shape.fill[at : at + 2], 16) / 255:.3f}" for at in (1, 3, 5))
    if isinstance(shape, Rectangle):
        y, frame = height - shape.y - shape.height, ""
        place = f"{shape.x:.2f} {y:.2f} {shape.width:.2f} {shape.height:.2f} re"
        if shape.framed:
            frame = f" 0.5 G [3 3] 0 d {place} S"
        return f"{colour} rg {place} f{frame}".encode()
    text = _western(_line(shape.text))
    shift = {"start": 0.0, "middle": 0.5, "end": 1.0}[shape.anchor]
    x = shape.x - shift * measured(text, size=shape.size)
    told = f"BT {colour} rg /F {shape.size} Tf {x:.2f} {height - shape.y:.2f} Td <".encode()
    return told + text.encode("cp1252").hex().encode() + b"> Tj ET"


def _western(text: str) -> str:
    """The text in Western letters: others without their marks, or "?"."""
    out = []
    for one in text:
        bare = one if _is_western(one) else unicodedata.normalize("NFKD", one)[:1]
        out.append(bare if _is_western(bare) else "?")
    return "".join(out)


def _is_western(one: str) -> bool:
    try:
        one.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return one.isprintable() or one == "\xa0"
