"""Pages drawn as pictures by pdfium: for text recognition, and for people (`aligner show`).

Runs in child processes only (`drawn.py` starts them): as `python -m aligner.ingest.picture KIND
PAGE...` it reads a PDF from its standard input and writes to its standard output, for each page,
the length of a PNG (eight bytes; 0 where the page cannot be drawn), width and height of the page in
points, and the PNG. KIND is "large", in colours, or "small".
"""

from __future__ import annotations

import ctypes
import io
import mmap
import os
import struct
import sys
from typing import TYPE_CHECKING, Any

import pypdfium2
from PIL import Image

from aligner.ingest.drawn import HEAD
from aligner.ingest.engine import PASSWORD_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Picture = Any  # of Pillow

# 200 dots an inch: at 150 small print loses letters, at 300 a page takes twice as long.
_DOTS_TO_READ = 200
_DOTS_TO_SHOW = 110
# In a report, where a hundred pages stand: small print can just be read, a page has 30 to 60 KB.
_DOTS_SMALL = 92
_SMALL_COLOURS = 32
# Larger pages (plans, posters) are drawn smaller: a picture must not fill the memory.
_LONGEST_SIDE = 3_500
_MEMORY_BYTES = 900 * 1024 * 1024
_CPU_SECONDS = 60


def grey(
    data: mmap.mmap, password: str | None, numbers: Iterable[int]
) -> Iterator[tuple[int, Picture, float]]:
    """Number, grey picture and dots a point of each page that can be drawn."""
    document = _document(data, password)
    for number in numbers:
        try:
            page = document[number - 1]
            scale = _scale(page, _DOTS_TO_READ)
            picture = page.render(scale=scale, grayscale=True).to_pil().convert("L")
            page.close()
        except (pypdfium2.PdfiumError, ValueError):
            continue
        yield number, picture, scale


def _scale(page: Any, dots: int) -> float:
    return float(min(dots / 72, _LONGEST_SIDE / max(1.0, *page.get_size())))


def _document(data: mmap.mmap, password: str | None) -> Any:
    held = (ctypes.c_char * len(data)).from_buffer(data)
    return pypdfium2.PdfDocument(held, password=password)


def _limit() -> None:
    try:
        import resource
    except ImportError:  # Windows: the wall clock of the parent remains
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS + 5))


def main() -> None:
    """Write the pages that the arguments name."""
    _limit()
    data = mmap.mmap(0, 0, access=mmap.ACCESS_COPY)
    document = _document(data, os.environ.get(PASSWORD_VARIABLE))
    kind, *numbers = sys.argv[1:]
    for number in map(int, numbers):
        try:
            png, width, height = _png(document[number - 1], small=kind == "small")
        except (pypdfium2.PdfiumError, ValueError, IndexError):
            png, width, height = b"", 0.0, 0.0
        sys.stdout.buffer.write(struct.pack(HEAD, len(png), width, height) + png)
        sys.stdout.buffer.flush()
    os._exit(0)


def _png(page: Any, *, small: bool) -> tuple[bytes, float, float]:
    """The page as PNG, with its width and height in points."""
    width, height = page.get_size()
    scale = _scale(page, _DOTS_SMALL if small else _DOTS_TO_SHOW)
    picture = page.render(scale=scale).to_pil().convert("RGB")
    page.close()
    if small:
        # Four times as fast as the median cut, and no larger.
        picture = picture.quantize(_SMALL_COLOURS, method=Image.Quantize.FASTOCTREE)
    png = io.BytesIO()
    # So that the caller knows the scale.
    picture.save(png, "png", dpi=(scale * 72, scale * 72))
    return png.getvalue(), float(width), float(height)


if __name__ == "__main__":
    main()
