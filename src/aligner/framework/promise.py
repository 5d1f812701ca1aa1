"""Read promise.json: the words that commit and those that only tell (benchmarks/promise.py)."""

from __future__ import annotations

import math
from itertools import chain

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
    # 36,000 of them: by their types at a glance.
    if not set(map(type, pairs)) <= {list} or not set(map(len, pairs)) <= {2}:
        raise _wrong(source, f"{language}: a number")
    numbers = [table.get("intercept"), *chain.from_iterable(pairs)]
    if not set(map(type, numbers)) <= {int, float} or not all(map(math.isfinite, numbers)):
        raise _wrong(source, f"{language}: a number")
    intercept, *numbers = map(float, numbers)
    return Promise(language, intercept, tuple(features), tuple(numbers[1::2]), tuple(numbers[::2]))


def _wrong(source: Source, name: str) -> Exception:
    hint = "Fit it with benchmarks/promise.py."
    return failure(source, f"{name} is missing or wrong.", hint=hint)
