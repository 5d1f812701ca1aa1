"""A page as a picture, with the segments outlined by kind: for looking at what was understood.

pdfium draws the page in a process of its own (it may crash on a hostile file); Pillow draws the
outlines. Beside the evidence pages of the report this is the way to see why a passage was cut so.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from aligner import ingest, segment
from aligner.errors import Broken, OptionsError
from aligner.ingest.drawn import draw
from aligner.report.output import replace_file

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from aligner.model import Document
    from aligner.options import Options
    from aligner.report.output import Written

# Colours that people who see no red or no green tell apart (Okabe and Ito).
_COLOURS = {
    "heading": (0, 114, 178),
    "paragraph": (0, 158, 115),
    "item": (230, 159, 0),
    "row": (204, 121, 167),
    "note": (110, 110, 110),
}
_STRIP = 24


def show(
    path: Path,
    options: Options,
    *,
    page: int,
    output: Path,
    announce: Callable[[str], None] = lambda _: None,
) -> Written:
    """Where the PNG of the page stands that shows its segments and headings, outlined by kind.

    Raises:
        InputError: the policy cannot be read.
        OptionsError: it has no such page, or is no PDF.
        OutputError: the picture cannot be written.
    """
    announce(f"Reading {ingest.display_name(path)}")
    reading = ingest.begin(path, password=options.password, ocr=options.ocr)
    document = reading.finish(announce)
    if not 1 <= page <= document.pages:
        raise OptionsError(
            f"{document.name} has no page {page}.", f"Choose one from 1 to {document.pages}."
        )
    picture = _drawn(path, page, name=document.name, password=options.password)
    data = _outlined(picture, document, page)

    def write(place: Path) -> None:
        place.write_bytes(data)

    return replace_file(output, write)


def _drawn(path: Path, page: int, *, name: str, password: str | None) -> bytes:
    """The page as PNG, drawn in a child process."""
    with path.open("rb") as file:
        if b"%PDF-" not in file.read(1024):
            raise OptionsError(f"{name} is no PDF: it has no pages.", "Save it as PDF to see them.")
    drawn = next(draw(path, [page], kind="large", password=password), None)
    if drawn is None:
        raise Broken(f"Page {page} of {name} cannot be drawn.", "Open it in a PDF viewer.")
    return drawn.png


def _outlined(png: bytes, document: Document, page: int) -> bytes:
    from PIL import Image, ImageDraw

    with Image.open(io.BytesIO(png)) as drawn:
        picture = Image.new("RGB", (drawn.width, drawn.height + _STRIP), "white")
        picture.paste(drawn, (0, 0))
        scale = float(drawn.info["dpi"][0]) / 72
    brush = ImageDraw.Draw(picture, "RGBA")
    for kind, label, boxes in _marks(document, page):
        _outline(brush, [tuple(v * scale for v in box) for box in boxes], kind=kind, label=label)
    _legend(brush, picture.height - _STRIP)
    result = io.BytesIO()
    picture.save(result, "png", optimize=False)
    return result.getvalue()


def _marks(
    document: Document, page: int
) -> list[tuple[str, str, list[tuple[float, float, float, float]]]]:
    """Kind, label and boxes in points of what stands on the page: headings, notes, segments."""
    aside = [block for block in document.blocks if block.kind in {"heading", "note"}]
    found = [(block.kind, str(block.kind), block.boxes) for block in aside]
    found += [(one.kind, one.id, one.boxes) for one in segment.segments(document)]
    here = [
        (kind, label, [(x0, y0, x1, y1) for number, x0, y0, x1, y1 in boxes if number == page])
        for kind, label, boxes in found
    ]
    return [mark for mark in here if mark[2]]


def _outline(brush: Any, boxes: Sequence[tuple[float, ...]], *, kind: str, label: str) -> None:
    colour = _COLOURS[kind]
    for x0, y0, x1, y1 in boxes:
        brush.rectangle((x0 - 2, y0 - 2, x1 + 2, y1 + 2), fill=(*colour, 28), outline=colour)
    x0, y0 = boxes[0][0], boxes[0][1]
    wide = brush.textlength(label)
    # Left of the passage, where margins are; on its first letters where there is none.
    left = max(0.0, x0 - wide - 8)
    brush.rectangle((left, y0 - 2, left + wide + 4, y0 + 11), fill=(*colour, 235))
    brush.text((left + 2, y0 - 2), label, fill="white")


def _legend(brush: Any, top: int) -> None:
    x = 8.0
    for kind, colour in _COLOURS.items():
        brush.rectangle((x, top + 6, x + 12, top + 18), fill=colour)
        brush.text((x + 17, top + 6), kind, fill="black")
        x += 30 + float(brush.textlength(kind))
