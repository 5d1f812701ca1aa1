"""Read fusion.json: how the matchers' scores become a probability (fitted by benchmarks/fit.py)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from aligner.framework.source import Source, failure, json_of
from aligner.model import Fusion

if TYPE_CHECKING:
    from collections.abc import Mapping

_NUMBERS = ("bias", "accept", "full")


def read_fusion(source: Source) -> Fusion:
    """The fusion in the file.

    Raises:
        FrameworkError: a number is missing, none, or out of range.
    """
    data = json_of(source)
    if not isinstance(data, dict) or "weights" not in data:
        raise _wrong(source, "weights")
    learnt = data.get("learnt", [])
    if not isinstance(learnt, list):
        raise _wrong(source, "learnt")
    bias, accept, full = (_number(source, data, name) for name in _NUMBERS)
    if not 0 < accept <= full < 1:
        raise _wrong(source, "accept and full (0 < accept <= full < 1)")
    return Fusion(
        bias=bias,
        weights=_table(source, data, "weights"),
        accept=accept,
        full=full,
        learnt=tuple(map(str, learnt)),
        gap=_gap(source, data),
        priors=_table(source, data, "priors"),
    )


def _table(source: Source, data: Mapping[str, object], name: str) -> tuple[tuple[str, float], ...]:
    """The numbers of a table by name, sorted; none when there is no such table."""
    table = data.get(name, {})
    if not isinstance(table, dict):
        raise _wrong(source, name)
    return tuple((str(key), _number(source, table, key)) for key in sorted(table))


def _gap(source: Source, data: Mapping[str, object]) -> tuple[float, float]:
    """How far a gap can be trusted, by the nearest passage; as its complement when not fitted."""
    given = data.get("gap", {"bias": 0.0, "slope": 1.0})
    if not isinstance(given, dict):
        raise _wrong(source, "gap")
    return _number(source, given, "bias"), _number(source, given, "slope")


def _number(source: Source, table: Mapping[str, object], name: str) -> float:
    value = table.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _wrong(source, name)
    return float(value)


def _wrong(source: Source, name: str) -> Exception:
    hint = "Fit it with benchmarks/fit.py."
    return failure(source, f"{name}: a number is missing or wrong.", hint=hint)
