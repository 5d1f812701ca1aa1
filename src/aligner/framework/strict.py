"""Read TOML tables strictly: unknown keys, wrong types and missing values are errors with a line.

tomllib gives no lines, so the n-th `[[rule]]` head in the text is taken for the n-th rule.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from aligner.framework.source import Source, failure, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator


def lines_of(source: Source, data: dict[str, Any], key: str) -> list[tuple[dict[str, Any], int]]:
    """The tables of an array `[[key]]`, each with the line of its head."""
    tables = data.get(key, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise failure(source, f"'{key}' must be written as [[{key}]] tables.")
    head = re.compile(rf"[ \t]*\[\[\s*{re.escape(key)}\s*\]\]")
    lines = [at for at, line in enumerate(_lines(source), start=1) if head.match(line)]
    if len(lines) != len(tables):  # a head inside a long string, or tables written inline
        lines = [_line_of_id(source, table) for table in tables]
    return list(zip(tables, lines, strict=True))


def table_lines(source: Source, key: str) -> dict[str, int]:
    """The line of each head `[key.name]` by its name."""
    head = re.compile(rf"""[ \t]*\[\s*{re.escape(key)}\s*\.\s*["']?([\w.-]+)["']?\s*\]""")
    found = ((head.match(line), at) for at, line in enumerate(_lines(source), start=1))
    return {match[1]: at for match, at in found if match}


def only(source: Source, table: dict[str, Any], known: set[str], *, line: int) -> None:
    """FrameworkError when the table has a key that is not known."""
    for key in table:
        if key not in known:
            hint = f"Known keys: {', '.join(sorted(known))}."
            raise failure(source, f"the key '{key}' is not known.", hint, line=line)


def text(source: Source, table: dict[str, Any], key: str, *, line: int) -> str:
    """The text under a key; FrameworkError when it is missing, empty or no text."""
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise failure(source, f"'{key}' must be a text in quotes.", line=line)
    return value


def texts(source: Source, table: dict[str, Any], key: str, *, line: int) -> tuple[str, ...]:
    """The list of texts under a key, () when it is missing; FrameworkError for anything else."""
    return strings(source, table.get(key, []), f"'{key}'", line=line)


def strings(source: Source, value: object, what: str, *, line: int) -> tuple[str, ...]:
    """The value as a tuple of texts; FrameworkError when it is something else."""
    if not isinstance(value, list):
        raise failure(source, f"{what} must be a list of texts in brackets.", line=line)
    for entry in value:
        if not isinstance(entry, str) or not entry.strip():
            raise failure(source, f"{what} must hold texts in quotes, none empty.", line=line)
    return tuple(value)


def texts_table(
    source: Source, table: dict[str, Any], key: str, *, line: int
) -> Iterator[tuple[str, str]]:
    """The (name, text) pairs of a table of texts."""
    found = table.get(key)
    if not isinstance(found, dict) or not found:
        raise failure(source, f"'{key}' must be a table of texts.", line=line)
    for name in found:
        yield name, text(source, found, name, line=line)


def choice(
    source: Source, table: dict[str, Any], key: str, known: tuple[str, ...], *, line: int
) -> str:
    """The value of a key, one of the known ones (the first when it is missing)."""
    value = table.get(key, known[0])
    if value not in known:
        message = f"'{key}' must be one of: {', '.join(known)}."
        raise failure(source, message, line=line)
    return str(value)


def weight(source: Source, table: dict[str, Any], *, line: int) -> float:
    """The weight, above 0 and at most 1."""
    value = table.get("weight")
    good = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1
    if not good:
        message = "'weight' must be a number above 0 and at most 1."
        raise failure(source, message, "Write for example: weight = 0.8", line=line)
    return float(value)  # type: ignore[arg-type]  # a number, as `good` says


def _lines(source: Source) -> list[str]:
    return text_of(source).split("\n")


def _line_of_id(source: Source, table: dict[str, Any]) -> int:
    wanted = re.compile(rf"""\bid\s*=\s*["']{re.escape(str(table.get("id", "")))}["']""")
    return next((at for at, line in enumerate(_lines(source), 1) if wanted.search(line)), 0)
