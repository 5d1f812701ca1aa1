"""Read promise.tsv: the words that commit and those that only tell (benchmarks/promise.py)."""

from __future__ import annotations

import math
from itertools import accumulate, groupby, pairwise
from typing import TYPE_CHECKING

from aligner.framework.source import Source, failure, text_of
from aligner.model import Promise

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HEAD = ["language", "wording", "weight", "rarity"]
# The first row of each language has no wording: its weight is what the machine begins with.
BEGINNING = ""


def read_promises(source: Source) -> tuple[Promise, ...]:
    """The machine of each language.

    Raises:
        FrameworkError: a column, a number or the first row of a language is missing or wrong.
    """
    lines = text_of(source).rstrip("\n").split("\n")
    try:
        return tuple(_promises(lines))
    except ValueError as error:
        hint = "Fit it with benchmarks/promise.py."
        # They are read column by column; which line is wrong is asked only where one is.
        line = next((n for n, one in enumerate(lines, 1) if not _is_sound(n, one.split("\t"))), 0)
        message = "a column or a number is missing or wrong."
        raise failure(source, message, hint=hint, line=line) from error


def _promises(lines: Sequence[str]) -> Iterator[Promise]:
    cells = "\t".join(lines).split("\t")
    columns = [cells[first :: len(HEAD)] for first in range(len(HEAD))]
    runs = [(language, len(list(mine))) for language, mine in groupby(columns[0][1:])]
    if cells[: len(HEAD)] != HEAD or len(cells) % len(HEAD) or len(dict(runs)) < len(runs):
        raise ValueError(HEAD)
    for first, last in pairwise(accumulate((size for _, size in runs), initial=1)):
        yield _promise([column[first:last] for column in columns])


def _promise(columns: Sequence[Sequence[str]]) -> Promise:
    languages, wordings, *numbers = columns
    weights, rarities = (tuple(map(float, column)) for column in numbers)
    if not math.isfinite(sum(weights) + sum(rarities)):
        raise ValueError(languages)
    beginning, *features = wordings
    if beginning != BEGINNING or len(set(wordings)) < len(wordings):
        raise ValueError(languages)
    return Promise(languages[0], weights[0], tuple(features), rarities[1:], weights[1:])


def _is_sound(number: int, row: Sequence[str]) -> bool:
    try:
        _, _, *numbers = row
        known = row == HEAD if number == 1 else all(map(math.isfinite, map(float, numbers)))
    except ValueError:
        return False
    return known and len(row) == len(HEAD)
