"""The numbers that a word processor counts itself: "3.2.", "(b)", "iv)" are not in the file."""

from __future__ import annotations

import re
from typing import NamedTuple

BULLET = "•"
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"),
    (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip


class Level(NamedTuple):
    """How a level of a list is numbered: `style` is one of 1 01 a A i I, "•" or "" (no number).

    In `pattern` %1 stands for the number of the first level, %2 for that of the second.
    """

    style: str = BULLET
    pattern: str = ""
    start: int = 1


def formatted(value: int, style: str) -> str:
    """The number in its style, as 4 in the style i is iv."""
    if style in {"a", "A"}:
        text = _letters(value)
    elif style in {"i", "I"}:
        text = _roman(value)
    elif style == "01":
        return f"{value:02d}"
    else:
        return str(value)
    return text.upper() if style.isupper() else text


def _letters(value: int) -> str:
    """Words count a … z, aa, bb; more than a few of them are a damaged file."""
    if value < 1:
        return str(value)
    return chr(ord("a") + (value - 1) % 26) * min((value - 1) // 26 + 1, 8)


def _roman(value: int) -> str:
    if not 0 < value < 4000:
        return str(value)
    result = ""
    for amount, sign in _ROMAN:
        count, value = divmod(value, amount)
        result += sign * count
    return result


def advance(counts: list[int | None], at: int, levels: dict[int, Level]) -> str:
    """Count one more item at a level (from 0) and give its number as it is shown.

    `counts` holds the last number of each level and is changed: what lies deeper begins anew.
    """
    level = levels.get(at, Level())
    while len(counts) <= at:
        counts.append(None)
    last = counts[at]
    counts[at] = level.start if last is None else last + 1
    del counts[at + 1 :]
    if level.style == BULLET:
        return BULLET
    return "" if not level.pattern else _shown(counts, level.pattern, levels)


def _shown(counts: list[int | None], pattern: str, levels: dict[int, Level]) -> str:
    def one(found: re.Match[str]) -> str:
        at = int(found[1]) - 1
        level = levels.get(at, Level("1"))
        value = counts[at] if at < len(counts) else None
        if level.style in {BULLET, ""}:
            return ""
        return formatted(level.start if value is None else value, level.style)

    return re.sub(r"%([1-9])", one, pattern).strip()
