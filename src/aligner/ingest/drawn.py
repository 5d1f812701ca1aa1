"""Pages of a PDF as pictures, drawn in child processes: pdfium may crash on a hostile file."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from aligner.ingest.engine import PASSWORD_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

# Length of the PNG, width and height of the page in points.
HEAD = ">Qdd"
_WALL_SECONDS = 120
# Pages a child: what crashes it costs these at most, and its limit of time holds for so many.
_BATCH = 20


@dataclass(frozen=True, slots=True)
class Drawn:
    """A page as PNG, and its width and height in points."""

    page: int
    png: bytes
    width: float
    height: float


def draw(
    path: Path,
    pages: Sequence[int],
    *,
    kind: Literal["large", "small"],
    password: str | None = None,
) -> Iterator[Drawn]:
    """The pages that can be drawn, in the order given; a page that cannot is left out.

    Raises:
        OSError: the file cannot be opened.
    """
    for start in range(0, len(pages), _BATCH):
        yield from _batch(path, pages[start : start + _BATCH], kind=kind, password=password)


def _batch(path: Path, pages: Sequence[int], *, kind: str, password: str | None) -> Iterator[Drawn]:
    environment = dict(os.environ)
    if password is not None:
        environment[PASSWORD_VARIABLE] = password
    command = [sys.executable, "-P", "-m", "aligner.ingest.picture", kind, *map(str, pages)]
    with path.open("rb") as file:
        try:
            done = subprocess.run(
                command,
                stdin=file,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                timeout=_WALL_SECONDS,
                check=False,
            )
            answer = done.stdout
        except subprocess.TimeoutExpired as error:
            answer = error.stdout or b""
    yield from _parted(answer, pages)


def _parted(answer: bytes, pages: Sequence[int]) -> Iterator[Drawn]:
    """The pages in what the child wrote, as far as it came."""
    at, size = 0, struct.calcsize(HEAD)
    for page in pages:
        if at + size > len(answer):
            return
        length, width, height = struct.unpack(HEAD, answer[at : at + size])
        png = answer[at + size : at + size + length]
        at += size + length
        if length and len(png) == length:
            yield Drawn(page, png, width, height)
