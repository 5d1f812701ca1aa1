"""Open the files a framework is made of, safely: every way a file can be bad is one FrameworkError.

The files come from analysts and from strangers: they may be huge, nested a thousand deep, saved in
another encoding, or no files at all. Nothing past this module needs to think of that.
"""

from __future__ import annotations

import json
import re
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import tomli

from aligner.errors import FrameworkError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# The whole of gcm with its 11,756 exemplars is 4 MB; five times that is no framework any more.
MAX_BYTES = 20_000_000
_STRING = r'"[^"\\]*(?:\\.[^"\\]*)*"'
_OBJECT_OR_STRING = re.compile(rf"{_STRING}|\{{", re.DOTALL)
_KEY_OR_BRACE = re.compile(rf"(?P<key>{_STRING})\s*:|{_STRING}|[{{}}]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Source:
    """A file as it was read; `label` names it in reports, without the machine's folders."""

    path: Path
    label: str
    data: bytes


class RepeatedKeyError(ValueError):
    """A JSON object names the same key twice, so that one of the two values would be lost."""


def open_source(path: Path, label: str = "") -> Source:
    """Read a regular file of at most MAX_BYTES; FrameworkError for anything else."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise FrameworkError("this is not a file.", "Name a file or a folder.", path=str(path))
        if status.st_size > MAX_BYTES:
            raise FrameworkError(
                f"the file is larger than {MAX_BYTES // 1_000_000} MB.",
                "A list of actions is far smaller: check that this is the right file.",
                path=str(path),
            )
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        raise FrameworkError(
            "the file cannot be opened.", "Check its name and your permissions.", path=str(path)
        ) from error
    return Source(path, label or path.name, data)


def failure(source: Source, message: str, *, hint: str = "", line: int = 0) -> FrameworkError:
    """The FrameworkError for `message` at `line` of the source."""
    return FrameworkError(message, hint, path=str(source.path), line=line)


def text_of(source: Source) -> str:
    """The text of a UTF-8 file, without a byte order mark and with plain line ends."""
    try:
        text = source.data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = source.data[: error.start].count(b"\n") + 1
        hint = "Save the file as UTF-8 (in Excel: 'CSV UTF-8', or as .xlsx)."
        raise failure(source, "the text is not in UTF-8.", hint=hint, line=line) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def toml_of(source: Source) -> dict[str, Any]:
    """The tables of a TOML file; FrameworkError names the line of what is not TOML."""
    try:
        return tomli.loads(text_of(source))
    except RecursionError as error:
        raise failure(source, "the file is nested too deeply.", hint="Write it flat.") from error
    except ValueError as error:
        found = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        message = re.sub(r"\s*\(at .*\)$", "", str(error))
        hint = "Check quotes, brackets and commas on this line and the one before."
        line = int(found[1]) if found else 0
        raise failure(
            source, f"this is not valid TOML: {message}.", hint=hint, line=line
        ) from error


def json_of(source: Source) -> Any:
    """What a JSON file holds; FrameworkError for bad JSON, repeated keys and deep nesting."""
    text = text_of(source)
    try:
        return json.loads(text, object_pairs_hook=_unique)
    except RepeatedKeyError as error:
        hint = "Keep one of the two."
        raise failure(
            source, f"the key {error} stands twice.", hint=hint, line=_second(text)
        ) from error
    except json.JSONDecodeError as error:
        hint = "Check quotes, brackets and commas on this line and the one before."
        message = f"this is not valid JSON: {error.msg}."
        raise failure(source, message, hint=hint, line=error.lineno) from error
    except (RecursionError, ValueError) as error:
        raise failure(source, "the JSON is nested too deeply or holds absurd numbers.") from error


def object_lines(source: Source, data: object) -> dict[int, int]:
    """The line on which each JSON object begins, by `id()` of the dict that was made of it.

    The n-th "{" outside strings opens the n-th dict in order of reading, which is insertion order.
    """
    text = text_of(source)
    lines, line, position = [], 1, 0
    for match in _OBJECT_OR_STRING.finditer(text):
        if match[0] == "{":
            line += text.count("\n", position, match.start())
            position = match.start()
            lines.append(line)
    return dict(zip(map(id, _objects(data)), lines, strict=True))


def _objects(data: object) -> Iterator[dict[str, object]]:
    stack = [data]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            yield value
            stack.extend(reversed(value.values()))
        elif isinstance(value, list):
            stack.extend(reversed(value))


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise RepeatedKeyError(json.dumps(key, ensure_ascii=False))
            seen.add(key)
    return found


def _second(text: str) -> int:
    """The line on which a key stands for the second time in its object."""
    open_objects: list[set[str]] = []
    for match in _KEY_OR_BRACE.finditer(text):
        if match[0] == "{":
            open_objects.append(set())
        elif match[0] == "}":
            open_objects.pop()
        elif match["key"]:
            if match["key"] in open_objects[-1]:
                return text.count("\n", 0, match.start()) + 1
            open_objects[-1].add(match["key"])
    return 0
