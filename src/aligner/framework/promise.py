"""Read promise.json: the words that commit and those that only tell (benchmarks/promise.py)."""

from __future__ import annotations

import math
from typing import Any

from aligner.framework.source import Source, failure, json_of
from aligner.model import Promise


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
    pairs = list(features.values())
    if not _are_numbers([table.get("intercept")]) or not all(map(_is_pair, pairs)):
        raise _wrong(source, f"{language}: a number")
    weights, idf = (tuple(float(pair[side]) for pair in pairs) for side in (0, 1))
    return Promise(language, float(table["intercept"]), tuple(features), idf, weights)


def _is_pair(given: object) -> bool:
    return isinstance(given, list) and len(given) == 2 and _are_numbers(given)


def _are_numbers(given: list[Any]) -> bool:
    known = (isinstance(one, int | float) and not isinstance(one, bool) for one in given)
    return all(known) and all(map(math.isfinite, given))


def _wrong(source: Source, name: str) -> Exception:
    hint = "Fit it with benchmarks/promise.py."
    return failure(source, f"{name} is missing or wrong.", hint=hint)
