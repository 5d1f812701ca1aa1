"""Read TOML tables strictly: unknown keys, wrong types and missing values are errors with a line.

TOML readers give no lines, so the n-th `[[rule]]` head in the text is taken for the n-th rule.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aligner.framework.source import Source, failure, text_of, toml_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aligner.errors import FrameworkError


@dataclass(frozen=True, slots=True)
class Entry:
    """A table of a TOML file, with the line of its head."""

    source: Source
    table: dict[str, Any]
    line: int


def top_of(source: Source) -> Entry:
    """The whole of a TOML file."""
    return Entry(source, toml_of(source), 1)


def entries(top: Entry, key: str) -> list[Entry]:
    """The tables of an array `[[key]]`, each with the line of its head."""
    tables = top.table.get(key, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise wrong(top, f"'{key}' must be written as [[{key}]] tables.")
    head = re.compile(rf"[ \t]*\[\[\s*{re.escape(key)}\s*\]\]")
    lines = [at for at, line in enumerate(_lines(top.source), start=1) if head.match(line)]
    if len(lines) != len(tables):  # a head inside a long string, or tables written inline
        lines = [_line_of_id(top.source, str(table.get("id", ""))) for table in tables]
    return [Entry(top.source, table, at) for table, at in zip(tables, lines, strict=True)]


def table_lines(source: Source, key: str) -> dict[str, int]:
    """The line of each head `[key.name]` by its name."""
    head = re.compile(rf"""[ \t]*\[\s*{re.escape(key)}\s*\.\s*["']?([\w.-]+)["']?\s*\]""")
    found = ((head.match(line), at) for at, line in enumerate(_lines(source), start=1))
    return {match[1]: at for match, at in found if match}


def wrong(entry: Entry, message: str, *, hint: str = "") -> FrameworkError:
    """The FrameworkError for a message about an entry."""
    return failure(entry.source, message, hint=hint, line=entry.line)


def only(entry: Entry, known: set[str]) -> None:
    """FrameworkError when the table has a key that is not known."""
    for key in entry.table:
        if key not in known:
            hint = f"Known keys: {', '.join(sorted(known))}."
            raise wrong(entry, f"the key '{key}' is not known.", hint=hint)


def text(entry: Entry, key: str) -> str:
    """The text under a key; FrameworkError when it is missing, empty or no text."""
    value = entry.table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise wrong(entry, f"'{key}' must be a text in quotes.")
    return value


def texts(entry: Entry, key: str) -> tuple[str, ...]:
    """The list of texts under a key, () when it is missing; FrameworkError for anything else."""
    return strings(entry, entry.table.get(key, []), what=f"'{key}'")


def strings(entry: Entry, value: object, *, what: str) -> tuple[str, ...]:
    """The value as a tuple of texts; FrameworkError when it is something else."""
    if not isinstance(value, list):
        raise wrong(entry, f"{what} must be a list of texts in brackets.")
    if set(map(type, value)) - {str} or not all(map(str.strip, value)):
        raise wrong(entry, f"{what} must hold texts in quotes, none empty.")
    return tuple(value)


def texts_table(entry: Entry, key: str) -> Iterator[tuple[str, str]]:
    """The (name, text) pairs of a table of texts."""
    found = entry.table.get(key)
    if not isinstance(found, dict) or not found:
        raise wrong(entry, f"'{key}' must be a table of texts.")
    inner = Entry(entry.source, found, entry.line)
    for name in found:
        yield name, text(inner, name)


def texts_by_language(entry: Entry, key: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The (language, texts) pairs of a table of lists; each language of two or three letters."""
    found = entry.table.get(key)
    if not isinstance(found, dict) or not found:
        raise wrong(entry, f"'{key}' must be a table of lists of texts by language.")
    for name in found:
        if not re.fullmatch(r"[a-z]{2,3}", name):
            raise wrong(entry, f"'{name[:40]}' is not the code of a language.")
    return tuple((name, strings(entry, part, what=f"'{key}'")) for name, part in found.items())


def choice(entry: Entry, key: str, *, known: tuple[str, ...]) -> str:
    """The value of a key, one of the known ones (the first when it is missing)."""
    value = entry.table.get(key, known[0])
    if value not in known:
        raise wrong(entry, f"'{key}' must be one of: {', '.join(known)}.")
    return str(value)


def weight(entry: Entry) -> float:
    """The weight, above 0 and at most 1."""
    value = entry.table.get("weight")
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1:
        return float(value)
    message = "'weight' must be a number above 0 and at most 1."
    raise wrong(entry, message, hint="Write for example: weight = 0.8")


def _lines(source: Source) -> list[str]:
    return text_of(source).split("\n")


def _line_of_id(source: Source, name: str) -> int:
    wanted = re.compile(rf"""\bid\s*=\s*["']{re.escape(name)}["']""")
    return next((at for at, line in enumerate(_lines(source), 1) if wanted.search(line)), 0)
