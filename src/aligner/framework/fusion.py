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
    weights = data.get("weights") if isinstance(data, dict) else None
    if not isinstance(weights, dict):
        raise _wrong(source, "weights")
    learnt = data.get("learnt", [])
    if not isinstance(learnt, list):
        raise _wrong(source, "learnt")
    bias, accept, full = (_number(source, data, name) for name in _NUMBERS)
    if not 0 < accept <= full < 1:
        raise _wrong(source, "accept and full (0 < accept <= full < 1)")
    return Fusion(
        bias=bias,
        weights=tuple((str(name), _number(source, weights, name)) for name in sorted(weights)),
        accept=accept,
        full=full,
        learnt=tuple(map(str, learnt)),
        gap=_gap(source, data),
    )


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
