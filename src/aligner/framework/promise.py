"""Read promise.json: the words that commit and those that only tell (benchmarks/promise.py)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from aligner.framework.source import Source, failure, json_of
from aligner.model import Promise

if TYPE_CHECKING:
    from collections.abc import Iterator


def read_promises(source: Source) -> tuple[Promise, ...]:
    """The machine of each language.

    Raises:
        FrameworkError: a language has no table of features, or a number is missing or none.
    """
    data = json_of(source)
    if not isinstance(data, dict):
        raise _wrong(source, "the languages")
    return tuple(_promise(source, language, table) for language, table in data.items())


def _promise(source: Source, language: str, table: object) -> Promise:
    features = table.get("features") if isinstance(table, dict) else None
    if not isinstance(table, dict) or not isinstance(features, dict):
        raise _wrong(source, f"{language}: features")
    pairs = [numbers for numbers in features.values() if isinstance(numbers, list)]
    given = [table.get("intercept"), *(number for pair in pairs for number in pair)]
    if len(given) != 1 + 2 * len(features) or not all(_numbers(given)):
        raise _wrong(source, f"{language}: a number")
    weights, idf = map(tuple, zip(*pairs, strict=True)) if pairs else ((), ())
    return Promise(language, float(table["intercept"]), tuple(features), idf, weights)


def _numbers(given: list[object]) -> Iterator[bool]:
    """Whether each is a number."""
    for one in given:
        known = isinstance(one, int | float) and not isinstance(one, bool)
        yield known and math.isfinite(one)  # type: ignore[arg-type]


def _wrong(source: Source, name: str) -> Exception:
    hint = "Fit it with benchmarks/promise.py."
    return failure(source, f"{name} is missing or wrong.", hint=hint)
