"""From the matchers' scores to one probability, and from probabilities to what is accepted.

The log-odds of a match are a sum of weight times score (logistic regression; Cox, 1958), so that
the share of each matcher in a decision can be read off. The weights are data of the framework
(fusion.json), fitted by benchmarks/fit.py on labelled policies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from aligner.errors import FrameworkError
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
        if name not in values:
            raise FrameworkError(
                f"fusion.json weighs '{name}', and there is no such matcher.",
                "Fit it again with benchmarks/fit.py.",
            )
        odds += weight * values[name]
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(odds, -30.0, 30.0))))


# The share of the threshold from which the best segment of an action counts, and the probability
# below which it does not: read by hand, most of those below were wrong, and no figure falls.
_FIRST, _FIRST_LEAST = 0.5, 0.2
# No policy needs a higher threshold: from here on a match is likelier right than wrong.
_HIGHEST = 0.5


def accepted(confidence: np.ndarray, fusion: Fusion, objective_of: np.ndarray) -> np.ndarray:
    """Which pairs count: over the policy's threshold and among the segment's best actions.

    Where an objective has such evidence, the best segment of each of its other actions counts from
    half the threshold on, since a false gap costs more than a weak passage: when it came in, gaps
    that are gaps rose from .912 to .948 on tidy policies and from .842 to .885 on untidy ones.
    """
    best = _among_best(confidence)
    least = threshold(np.where(best, confidence, 0.0), fusion)
    sure = best & (confidence >= least)
    spoken = np.isin(objective_of, objective_of[sure.any(axis=0)])
    first = confidence == confidence.max(axis=0, initial=0.0)
    near = confidence >= max(_FIRST * least, _FIRST_LEAST)
    return np.asarray(sure | (best & first & spoken & near))


def _among_best(confidence: np.ndarray) -> np.ndarray:
    ranked = np.sort(confidence, axis=1)[:, ::-1]
    least = ranked[:, min(MOST_ACTIONS, ranked.shape[1]) - 1 :][:, :1]
    return np.asarray(confidence >= least)


def threshold(confidence: np.ndarray, fusion: Fusion) -> float:
    """The probability from which matches of this policy count, from `fusion.accept` to a half.

    The one with the best expected F1, taking the probabilities at their word (Ye et al., 2012;
    Lipton et al., 2014), times that F1. A policy in plain, vague words has low probabilities
    throughout, and they promise less than it holds: on the real texts the sum of them was a fifth
    below the number of labels. Without the second factor the real texts lose .02 of F1, and the
    tidy ones gain .01.
    """
    ranked = np.sort(confidence[confidence > 0.0])[::-1]
    if not len(ranked):
        return fusion.accept
    expected = 2 * np.cumsum(ranked) / (np.arange(1, len(ranked) + 1) + ranked.sum())
    best = int(np.argmax(expected))
    least = float(ranked[best] * expected[best])
    return float(np.clip(least, fusion.accept, max(_HIGHEST, fusion.accept)))
