"""The parent's side of reading a PDF: it starts and ends the process that reads.

pdfium aborts its process when memory runs out (a file of 590 bytes does it) and crashes in
threads, so it never runs here. The child gets the open file as its standard input and answers in
JSON.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn

from aligner.errors import Broken, Encrypted, InputError, NoText, TooLarge
from aligner.ingest.engine import PASSWORD_VARIABLE
from aligner.model import Block, Document, Note

if TYPE_CHECKING:
    from collections.abc import Mapping

# The wall clock misfires on a busy machine: the processor time that the child allows itself stops a
# runaway; this is only the net below.
WALL_SECONDS = 600
# The child maps the file into its 900 MiB.
LARGEST_FILE = 400 * 1024 * 1024

_AGAIN = "Download or copy the file again, or open it in a PDF viewer and print it to a new PDF."
_SPLIT = "Split it, or print it to a new PDF, and try again."
_ERRORS: Mapping[str, tuple[type[InputError], str, str]] = {
    "encrypted": (
        Encrypted,
        "needs a password",
        "Give it with --password, or save a copy without.",
    ),
    "broken": (Broken, "is damaged or was cut off", _AGAIN),
    "no_pages": (NoText, "has no pages", _AGAIN),
    "scanned": (
        NoText,
        "holds pictures of pages but no text",
        "Run text recognition (OCR) over it and save the result as PDF.",
    ),
    "no_text": (NoText, "holds no text", "Check that it is the right file."),
    "too_many_pages": (TooLarge, "has more than 5,000 pages", "Split it into volumes."),
    "too_large": (TooLarge, "takes more memory or time than is safe", _SPLIT),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """A policy that is being read: `finish()` waits for the Document, `cancel()` stops the work."""

    name: str
    sha256: str
    size: int
    process: subprocess.Popen[bytes]

    def finish(self) -> Document:
        """The Document, or the InputError that says why there is none."""
        try:
            answer, _ = self.process.communicate(timeout=WALL_SECONDS)
        except subprocess.TimeoutExpired:
            _fail("too_large", self.name)
        finally:
            self.cancel()
        return _document(_decode(answer, self), self)

    def cancel(self) -> None:
        """End the child and whatever it started."""
        if self.process.poll() is None:
            with suppress(ProcessLookupError, PermissionError):
                _kill(self.process)
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()


def start(file: BinaryIO, *, name: str, password: str | None = None) -> Reading:
    """Start the child that reads an open PDF file.

    Raises:
        TooLarge: the file has more than 400 MB.
    """
    size = os.fstat(file.fileno()).st_size
    if size > LARGEST_FILE:
        raise TooLarge(f"{name} has more than 400 MB.", _SPLIT)
    process = _spawn(file, password)
    return Reading(name=name, sha256=_sha256(file), size=size, process=process)


def _sha256(file: BinaryIO) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while part := file.read(1 << 20):
        digest.update(part)
    return digest.hexdigest()


def _spawn(file: BinaryIO, password: str | None) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    if password is not None:
        environment[PASSWORD_VARIABLE] = password
    # -P: a file named like one of our modules in the current folder must not be imported.
    command = [sys.executable, "-P", "-m", "aligner.ingest.pdf_child"]
    return subprocess.Popen(
        command,
        stdin=file,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )


def _kill(process: subprocess.Popen[bytes]) -> None:
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    else:  # Windows has no process groups to kill
        process.kill()


def _decode(answer: bytes, reading: Reading) -> dict[str, Any]:
    if reading.process.returncode:
        # Killed by a signal: out of memory (SIGABRT), out of time (SIGXCPU, SIGKILL) or a crash.
        crashed = reading.process.returncode in {-signal.SIGSEGV, -getattr(signal, "SIGBUS", 7), 1}
        _fail("broken" if crashed else "too_large", reading.name)
    try:
        result: dict[str, Any] = json.loads(answer)
    except ValueError:
        _fail("broken", reading.name)
    if "error" in result:
        _fail(result["error"], reading.name)
    return result


def _fail(code: str, name: str) -> NoReturn:
    kind, what, hint = _ERRORS.get(code, _ERRORS["broken"])
    raise kind(f"{name} {what}.", hint) from None


def _document(result: dict[str, Any], reading: Reading) -> Document:
    unread = tuple(result["unread"])
    notes = tuple(Note(code, message, page) for code, message, page in result["notes"])
    return Document(
        name=reading.name,
        sha256=reading.sha256,
        title=result["title"],
        language=result["language"],
        pages=result["pages"],
        status="partial" if unread or any(n.code == "text_cut" for n in notes) else "ok",
        blocks=tuple(_block(values) for values in result["blocks"]),
        notes=notes,
        unread_pages=unread,
        words=result["words"],
    )


def _block(values: list[Any]) -> Block:
    """A block from its values in the order of the fields, as the child writes them."""
    text, kind, page, level, boxes, number, context, fields = values
    return Block(
        text=text,
        kind=kind,
        page=page,
        level=level,
        boxes=tuple((int(b[0]), b[1], b[2], b[3], b[4]) for b in boxes),
        number=number,
        context=tuple(context),
        fields=tuple((head, cell) for head, cell in fields),
    )
