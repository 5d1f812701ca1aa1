"""From the matchers' scores to one probability, and from probabilities to what is accepted.

The log-odds of a match are a sum of weight times score (logistic regression; Cox, 1958), so that
the share of each matcher in a decision can be read off. The weights are data of the framework
(fusion.json), fitted by benchmarks/fit.py on labelled policies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from aligner.model import Fusion

if TYPE_CHECKING:
    from collections.abc import Mapping

# For a list of actions without exemplars: only the words of its actions. Set by hand, not fitted.
WORDS_ONLY = Fusion(
    bias=-5.5,
    weights=(("action", 14.0), ("objective", 4.0), ("rules", 3.0), ("rejection", -1.0)),
    accept=0.3,
    full=0.5,
)

# A segment is evidence for so many actions at most (0 to 4 labels a unit in the codebook).
MOST_ACTIONS = 4


def probabilities(values: Mapping[str, np.ndarray], fusion: Fusion) -> np.ndarray:
    """The probability (0 to 1) that each segment is evidence for each action."""
    odds = np.full(next(iter(values.values())).shape, fusion.bias, dtype=float)
    for name, weight in fusion.weights:
        odds += weight * values[name]
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(odds, -30.0, 30.0))))


def accepted(confidence: np.ndarray, fusion: Fusion) -> np.ndarray:
    """Which pairs count: over the threshold and among the segment's best actions."""
    ranked = np.sort(confidence, axis=1)[:, ::-1]
    least = ranked[:, min(MOST_ACTIONS, ranked.shape[1]) - 1 :][:, :1]
    return (confidence >= fusion.accept) & (confidence >= least)
