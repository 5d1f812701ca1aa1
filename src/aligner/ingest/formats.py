"""The parent's side of reading anything but a PDF: it starts and ends the process that reads.

Office files and web pages come from outside as PDFs do; a process of its own bounds the memory and
time that a hostile one can take, and reads while the caller loads its libraries.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from aligner import errors
from aligner.ingest import pdf
from aligner.model import Block, Document

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_KINDS: Mapping[str, type[errors.InputError]] = {
    kind.code: kind
    for kind in (
        errors.Unsupported, errors.Broken, errors.Encrypted, errors.NoText, errors.TooLarge
    )
}  # fmt: skip
_SPLIT = "Split it, or save it as PDF, and try again."


@dataclass(frozen=True, slots=True)
class Reading(pdf.Reading):
    """A policy that is being read: as that of a PDF, but the child words its errors itself."""

    def finish(self, announce: Callable[[str], None] = lambda _: None) -> Document:  # noqa: ARG002
        """The Document, or the InputError that says why there is none."""
        try:
            answer, _ = self.process.communicate(timeout=pdf.WALL_SECONDS)
        except subprocess.TimeoutExpired:
            answer = b""
        finally:
            self.cancel()
        return _document(_decode(answer, self), self)


def start(file: BinaryIO, *, name: str) -> Reading:
    """Start the child that reads an open file of any format but PDF.

    Raises:
        TooLarge: the file has more than 400 MB.
    """
    size = os.fstat(file.fileno()).st_size
    if size > pdf.LARGEST_FILE:
        raise errors.TooLarge(f"{name} has more than 400 MB.", _SPLIT)
    file.seek(0)
    digest = hashlib.sha256()
    while part := file.read(1 << 20):
        digest.update(part)
    os.lseek(file.fileno(), 0, os.SEEK_SET)  # the child shares the place in the file
    return Reading(name=name, sha256=digest.hexdigest(), size=size, process=_spawn(file, name))


def _spawn(file: BinaryIO, name: str) -> subprocess.Popen[bytes]:
    # -P: a file named like one of our modules in the current folder must not be imported.
    command = [sys.executable, "-P", "-m", "aligner.ingest.formats_child", name]
    return subprocess.Popen(
        command,
        stdin=file,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        start_new_session=True,
    )


def _decode(answer: bytes, reading: Reading) -> dict[str, Any]:
    try:
        result: dict[str, Any] = json.loads(answer)
    except ValueError:  # killed by its limits of memory or time
        what = f"{reading.name} takes more memory or time than is safe."
        raise errors.TooLarge(what, _SPLIT) from None
    if "error" in result:
        kind = _KINDS.get(result["error"], errors.Broken)
        raise kind(result["message"], result["hint"])
    return result


def _document(result: dict[str, Any], reading: Reading) -> Document:
    blocks = tuple(_block(values) for values in result["blocks"])
    return Document(
        name=reading.name,
        sha256=reading.sha256,
        title=result["title"],
        language=result["language"],
        pages=max(block.page for block in blocks),
        status="ok",
        blocks=blocks,
        words=result["words"],
    )


def _block(values: list[Any]) -> Block:
    """A block from its values in the order of the fields, as the child writes them."""
    text, kind, page, level, number, context, fields, language = values
    return Block(
        text=text,
        kind=kind,
        page=page,
        level=level,
        number=number,
        context=tuple(context),
        fields=tuple((head, cell) for head, cell in fields),
        language=language,
    )
