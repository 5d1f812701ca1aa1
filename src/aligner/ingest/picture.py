"""Pages drawn as pictures by pdfium: for text recognition, and for people (`aligner show`).

Runs in child processes only: as `python -m aligner.ingest.picture PAGE` it reads a PDF from its
standard input and writes a PNG to its standard output.
"""

from __future__ import annotations

import ctypes
import io
import mmap
import os
import sys
from typing import TYPE_CHECKING, Any

import pypdfium2

from aligner.ingest.engine import PASSWORD_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Picture = Any  # of Pillow

# 200 dots an inch: at 150 small print loses letters, at 300 a page takes twice as long.
_DOTS_TO_READ = 200
_DOTS_TO_SHOW = 110
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
    """Write the page named by the first argument as PNG."""
    _limit()
    data = mmap.mmap(0, 0, access=mmap.ACCESS_COPY)
    page = _document(data, os.environ.get(PASSWORD_VARIABLE))[int(sys.argv[1]) - 1]
    scale = _scale(page, _DOTS_TO_SHOW)
    picture = page.render(scale=scale).to_pil().convert("RGB")
    png = io.BytesIO()
    picture.save(png, "png", dpi=(scale * 72, scale * 72))  # so that the caller knows the scale
    sys.stdout.buffer.write(png.getvalue())
    sys.stdout.buffer.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
