"""Puts a finished report in its place, all of it or nothing.

A report is written beside its place and moved there when it is whole, so that a full disk, a crash
or a program that holds the old report open never costs the analyst what was there before.
"""

from __future__ import annotations

import errno
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aligner.errors import OutputError
from aligner.model import Note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_NO_ROOM = frozenset({errno.ENOSPC, errno.EFBIG, errno.EDQUOT})
_HINTS = {
    errno.ENOENT: "Make the folder first, or name another one with -o.",
    errno.ENOTDIR: "A part of the path is a file; name another folder with -o.",
    errno.EACCES: "You may not write there; name a folder of your own with -o.",
    errno.EPERM: "You may not write there; name a folder of your own with -o.",
    errno.EROFS: "The folder can only be read; name a folder of your own with -o.",
    errno.ENAMETOOLONG: "The name is too long; choose a shorter one with -o.",
}


@dataclass(frozen=True, slots=True)
class Written:
    """Where a report stands. `note` says so when that is not the place that was asked for."""

    path: Path
    note: Note | None = None


def replace_file(
    path: Path,
    write: Callable[[Path], None],
    *,
    holds_work: Callable[[Path], bool] = lambda _: False,
) -> Written:
    """Where the report stands that `write` makes; what stood there before is replaced as a whole.

    `write` gets the path of an empty file in the same folder. When another program holds the old
    report open (Excel does), or when it `holds_work` of the analyst, the new one gets the name
    "NAME (2).xlsx" and a note says so.

    Raises:
        OutputError: when the folder is missing or read-only, the disk is full, or `path` is not
            an ordinary file; the old report is then as it was.
    """
    try:
        target = path.resolve() if path.is_symlink() else path
        _refuse_what_is_no_file(target)
        temporary = _empty_file(target.parent)
        try:
            write(temporary)
            _flush_to_disk(temporary)
            if holds_work(target):
                return _beside(temporary, target, why="holds changes that somebody made")
            return _move(temporary, target)
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
    except (OSError, RuntimeError, ValueError) as error:
        raise _translated(error, path) from error


def _refuse_what_is_no_file(target: Path) -> None:
    """Devices, pipes and folders are not replaced: `-o /dev/null` as root would delete a device."""
    if target.is_dir():
        raise OutputError(
            f"{_shown(target)} is a folder, so no report can have that name.",
            "Name a file in it, for example with -o FOLDER/report.xlsx.",
        )
    if target.exists() and not target.is_file():
        raise OutputError(
            f"{_shown(target)} is not an ordinary file.", "Name an ordinary file with -o."
        )


def _empty_file(folder: Path) -> Path:
    """A new file of ours, with the rights that any new file gets (mkstemp gives 0600)."""
    temporary = folder / f".aligner-{secrets.token_hex(6)}.tmp"
    os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    return temporary


def _flush_to_disk(temporary: Path) -> None:
    with temporary.open("rb+") as stream:
        os.fsync(stream.fileno())


def _move(temporary: Path, target: Path) -> Written:
    """Moves the file to its place or, where that is held open, to the next free name."""
    if target.exists():
        temporary.chmod(target.stat().st_mode & 0o777)
    try:
        temporary.replace(target)
    except PermissionError:
        return _beside(temporary, target, why="is open in another program")
    return Written(target)


def _beside(temporary: Path, target: Path, *, why: str) -> Written:
    free = next(name for name in _other_names(target) if not name.exists())
    temporary.replace(free)
    return Written(free, _renamed(target, free, why=why))


def _other_names(target: Path) -> Iterator[Path]:
    number = 2
    while True:
        yield target.with_name(f"{target.stem} ({number}){target.suffix}")
        number += 1


def _renamed(target: Path, free: Path, *, why: str) -> Note:
    return Note(
        "report_renamed",
        f"{_shown(target.name)} {why}, so the new report was written to {_shown(free.name)}. "
        "Nothing in the old one was changed.",
    )


def _translated(error: Exception, path: Path) -> OutputError:
    """What the system said, in the analyst's words."""
    number = error.errno if isinstance(error, OSError) else None
    if number in _NO_ROOM:
        return OutputError(
            f"There is no room to write {_shown(path)}; the old report, if any, is untouched.",
            "Free some space on the disk, or name a file on another disk with -o.",
        )
    reason = os.strerror(number) if number else str(error)
    hint = _HINTS.get(number or 0, "Name another file with -o.")
    return OutputError(f"{_shown(path)} cannot be written: {reason}.", hint)


def _shown(path: Path | str) -> str:
    """A file name that any terminal and any file can take (names need not be valid Unicode)."""
    return str(path).encode("utf-8", "backslashreplace").decode("utf-8")
