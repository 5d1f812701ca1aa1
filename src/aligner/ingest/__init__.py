"""Policies in: a file becomes a Document, or one AlignerError that says why not.

The format is chosen by content, never by name. Reading runs in a process of its own (`begin`), so
that the caller can load its libraries meanwhile and collect the Document with `finish`.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, BinaryIO

from aligner.errors import Broken, Missing, Unsupported

if TYPE_CHECKING:
    from pathlib import Path

    from aligner.ingest.pdf import Reading
    from aligner.model import Document

# The PDF standard (annex H) lets the header stand anywhere in the first 1,024 bytes.
_HEAD = 1024


def read(path: Path, *, password: str | None = None, ocr: str = "off") -> Document:
    """The policy in the file, as blocks in reading order.

    `ocr` (text recognition for pages that are pictures): auto, off, rapidocr or tesseract.

    Raises:
        InputError: it is missing, of another kind, broken, encrypted, without text or too large.
    """
    return begin(path, password=password, ocr=ocr).finish()


def begin(path: Path, *, password: str | None = None, ocr: str = "off") -> Reading:
    """Start to read the file; `finish()` of what comes back waits for the Document.

    Raises:
        InputError: the file cannot be opened or is of a kind that aligner does not read.
    """
    name = display_name(path)
    file = _open(path, name)
    try:
        return _start(file, name=name, password=password, ocr=ocr)
    finally:
        file.close()


def display_name(path: Path) -> str:
    """The file's name without its folder, fit to be shown even when it is not UTF-8."""
    return os.fsencode(path.name).decode("utf-8", "backslashreplace")


def _start(file: BinaryIO, *, name: str, password: str | None, ocr: str) -> Reading:
    head = file.read(_HEAD)
    if b"%PDF-" in head:
        from aligner.ingest import pdf

        return pdf.start(file, name=name, password=password, ocr=ocr)
    # A further format is one branch in content.py and one module beside docx.py.
    from aligner.ingest import formats

    return formats.start(file, name=name)


def _open(path: Path, name: str) -> BinaryIO:
    """Open a regular file only: a pipe would wait for ever, a device has no end."""
    try:
        kind = path.stat().st_mode
        if not stat.S_ISREG(kind):
            raise Unsupported(
                f"{name} is {_kind(kind)}, not a file.", "Name the file of the policy itself."
            )
        return path.open("rb")
    except FileNotFoundError:
        gone = "The link leads nowhere" if path.is_symlink() else "There is no file"
        raise Missing(f"{gone}: {name}", "Check the name and the folder.") from None
    except PermissionError:
        hint = "Ask its owner for permission or copy it to a folder of your own."
        raise Broken(f"{name} may not be read.", hint) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Broken(f"{name} cannot be opened: {reason}.", "Check the name.") from None


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a folder"
    if stat.S_ISFIFO(mode):
        return "a pipe"
    return "a socket" if stat.S_ISSOCK(mode) else "a device"
