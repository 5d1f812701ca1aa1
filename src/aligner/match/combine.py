"""From the matchers' scores to one probability, and from probabilities to what is accepted.

The log-odds of a match are a sum of weight times score (logistic regression; Cox, 1958), so that
the share of each matcher in a decision can be read off. The weights are data of the framework
(fusion.json), fitted by benchmarks/fit.py on labelled policies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from aligner.errors import FrameworkError
from aligner.model import Fusion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aligner.match.learn import Knowledge
    from aligner.model import Framework

# For a list of actions without exemplars: only the words of its actions. Set by hand, not fitted.
WORDS_ONLY = Fusion(
    bias=-5.5,
    weights=(("action", 14.0), ("objective", 4.0), ("rules", 3.0), ("rejection", -1.0)),
    accept=0.3,
    full=0.5,
)

# A segment is evidence for so many actions at most (0 to 4 labels a unit in the codebook).
MOST_ACTIONS = 4


def fusion_of(framework: Framework, known: Knowledge) -> Fusion:
    """The framework's own weights, or those for lists that come without exemplars."""
    return framework.fusion if framework.fusion and known.trained else WORDS_ONLY


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


# From here on a match is likelier right than wrong: no policy needs a higher threshold, and an
# objective of which nothing reaches this is not spoken of. Of what was cited for such objectives
# three in seventeen were right on all labelled policies.
_LIKELY = 0.5
# The best segment of an action counts from this share of the threshold and from this probability on
# where the policy speaks of its objective, and from the lower ones where it does so within so many
# segments: of those between a tenth and a fifth 28 in 64 were right there, 7 in 55 elsewhere.
_ANYWHERE, _BESIDE = (0.5, 0.2), (0.2, 0.1)
_REACH = 2


class Chosen(NamedTuple):
    """Which pairs of segment and action count (N x A), and which for more than their probability.

    `lent` are counted though they are below the threshold, `alone` are not though they are above.
    """

    counted: np.ndarray
    lent: np.ndarray
    alone: np.ndarray


def choose(confidence: np.ndarray, fusion: Fusion, objective_of: np.ndarray) -> Chosen:
    """The pairs over the policy's threshold and among the segment's best actions, by objectives.

    What a policy says of an objective it says in more than one passage, one after the other: a
    single passage that is likelier wrong than right counts for nothing, and where an objective has
    evidence, the best segment of each of its other actions counts from a lower probability on,
    since a false gap costs more than a weak passage. (Segments are in the order of the policy.)
    """
    best = _among_best(confidence)
    least = threshold(np.where(best, confidence, 0.0), fusion)
    over = best & (confidence >= least)
    # Probabilities that were not fitted on labelled policies cannot be taken at their word.
    likely = over & (confidence >= (_LIKELY if fusion.learnt else fusion.accept))
    sure = over & np.isin(objective_of, objective_of[likely.any(axis=0)])
    first = best & (confidence == confidence.max(axis=0, initial=0.0))
    lent = first & ~sure & _enough(confidence, sure, objective_of, least=least)
    return Chosen(sure | lent, lent, over & ~sure)


def _enough(
    confidence: np.ndarray, sure: np.ndarray, objective_of: np.ndarray, *, least: float
) -> np.ndarray:
    """Whether each pair would do as the best of its action, with the evidence that is `sure`."""
    here = np.zeros_like(sure)
    for one in set(objective_of.tolist()):
        mine = objective_of == one
        here[:, mine] = sure[:, mine].any(axis=1, keepdims=True)
    anywhere, beside = (confidence >= max(part * least, low) for part, low in (_ANYWHERE, _BESIDE))
    return np.asarray((here.any(axis=0) & anywhere) | (_beside(here) & beside))


def _beside(spoken: np.ndarray) -> np.ndarray:
    """Whether the segment or one of those around speaks of the objective (N x A, as given)."""
    out = spoken.copy()
    for step in range(1, _REACH + 1):
        out[step:] |= spoken[:-step]
        out[:-step] |= spoken[step:]
    return out


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
    return float(np.clip(least, fusion.accept, max(_LIKELY, fusion.accept)))
