"""Segments and a framework become matches with reasons.

scores (every matcher, all pairs) -> combine (one probability) -> reasons (signals of the pairs that
matter). What is rejected is kept too where it is among the nearest of its action: an analyst must
see what was close, and what a veto cost.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from aligner.match.combine import choose, fusion_of, probabilities
from aligner.match.context import is_vetoed
from aligner.match.knowledge import know, scarce
from aligner.match.learn import Knowledge
from aligner.match.lexicon import language_of, lexicon_of
from aligner.match.principles import find_principles
from aligner.match.reasons import draw
from aligner.match.scores import Scores, score
from aligner.model import Match

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from aligner.model import Framework, Measure, PrincipleFinding, Segment

__all__ = ["Knowledge", "confidences", "know", "knower", "match", "scarce", "score", "scores_of"]

# The nearest passages of each action that are kept although they were not accepted: three, and up
# to so many that are not hopeless. With ten instead of five average precision is the same.
NEAREST = 5
_ALWAYS = 3
_HOPELESS = 0.005


def knower(
    framework: Framework, announce: Callable[[str], None] = lambda _: None
) -> Callable[[str], Knowledge]:
    """What finds the knowledge that policies in a language are matched with.

    Machines of the commonest language learn from its exemplars alone: others cost them .014 of F1
    on English policies. Those of other languages learn from all: alone they lost .03 and .05. Both
    are remembered; the first is there at once.
    """
    common = know(framework, announce, alone=True)
    only = len(common.languages) < 2
    spoken = {"", *(language for language, _ in common.languages[:1])}

    @lru_cache(maxsize=1)
    def of_all() -> Knowledge:
        return know(framework, announce)

    return lambda language: common if only or language in spoken else of_all()


def confidences(
    segments: Sequence[Segment], framework: Framework, *, known: Knowledge
) -> tuple[Scores, np.ndarray]:
    """The scores, and the probability of every segment (row) and action (column)."""
    scores = score(segments, framework, known=known)
    confidence = probabilities(scores.values, fusion_of(framework, known))
    confidence[~scores.on_topic | scores.figures] *= 0.1
    return scores, np.round(confidence, 6)


def match(
    segments: Sequence[Segment], framework: Framework, *, known: Knowledge
) -> tuple[tuple[Match, ...], tuple[Measure, ...], tuple[PrincipleFinding, ...]]:
    """The accepted matches and the nearest others, by segment, then action.

    These are the nearest passages of each action, and the nearest action of each measure that fits
    none. Beside them the measure of every segment that commits to something, and the principles.

    A match is not accepted when the words that speak for it stand in sentences that reject, defer
    or only diagnose; its veto stays among its signals.
    """
    if not segments or not framework.actions:
        lexicon = lexicon_of(framework, language_of(segments))
        return (), (), find_principles((), (), lexicon=lexicon, framework=framework)
    fusion = fusion_of(framework, known)
    scores, confidence = confidences(segments, framework, known=known)
    chosen = choose(confidence, fusion, known.objective_of)
    types = {one.segment: one.type for one in scores.measures}
    counted = chosen.counted
    rest = np.where(counted, 0.0, confidence)
    fitting = {one.segment for one in scores.measures if one.on_topic}
    committing = np.array([one.id in fitting for one in segments]) & ~counted.any(axis=1)
    pairs = np.argwhere(counted | nearest(rest) | likeliest(rest, committing))
    drawn = draw(scores, pairs, chosen=chosen, known=known)
    decided = (one[tuple(pairs.T)].tolist() for one in (counted, confidence))
    out = []
    for (row, column), signals, counts, likely in zip(pairs.tolist(), drawn, *decided, strict=True):
        vetoed = counts and is_vetoed(signals, scores.cued[row], read=scores.reads[row])
        out.append(
            Match(
                segment=segments[row].id,
                action=known.action_ids[column],
                confidence=round(likely * (0.5 if vetoed else 1.0), 6),
                accepted=counts and not vetoed,
                strength="full" if likely >= fusion.full else "partial",
                signals=signals,
                vetoed=vetoed,
                measure=types.get(segments[row].id),
            )
        )
    spoken = find_principles(scores.reads, scores.cued, lexicon=scores.lexicon, framework=framework)
    return tuple(out), scores.measures, spoken


def scores_of(
    segments: Sequence[Segment], framework: Framework, *, known: Knowledge
) -> Iterator[tuple[dict[str, float], dict[str, float]]]:
    """For each text by itself: a number for each objective, and a probability for each action.

    An objective's number is the cosine with its centroid plus the probability of its best action:
    the centroid finds the objective, the single action says how sure one can be.
    """
    if not segments:
        return
    scores = score(segments, framework, known=known, related=False)
    confidence = probabilities(scores.values, fusion_of(framework, known))
    for row in range(len(segments)):
        actions = dict(zip(known.action_ids, confidence[row].round(6).tolist(), strict=True))
        yield objective_scores(scores.values["objective"][row], confidence[row], framework), actions


def objective_scores(
    centroids: np.ndarray, confidence: np.ndarray, framework: Framework
) -> dict[str, float]:
    """A number for each objective of one text (arrays are by action)."""
    out = {objective.id: 0.0 for objective in framework.objectives}
    for action, cosine, probability in zip(framework.actions, centroids, confidence, strict=True):
        out[action.objective] = max(out[action.objective], round(float(cosine + probability), 6))
    return out


def nearest(confidence: np.ndarray) -> np.ndarray:
    """The passages of each action that are kept as the nearest."""
    turned = np.ascontiguousarray(confidence.T)  # an action's segments side by side: half the time
    always, most = (min(count, len(confidence)) for count in (_ALWAYS, NEAREST))
    ranked = np.partition(turned, [-most, -always], axis=1)
    hopeful = _best(turned, ranked[:, [-most]], most) & (turned >= _HOPELESS)
    return np.asarray(hopeful | _best(turned, ranked[:, [-always]], always)).T


def likeliest(confidence: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The action that each of those segments (a mask, N) comes nearest to, unless hopeless."""
    out = np.zeros(confidence.shape, dtype=bool)
    best = confidence.argmax(axis=1)
    out[np.arange(len(best)), best] = rows & (confidence.max(axis=1) >= _HOPELESS)
    return out


def _best(turned: np.ndarray, least: np.ndarray, most: int) -> np.ndarray:
    """Up to so many segments of each action (row) from its `least` on; the earlier one of a tie."""
    above, level = turned > least, turned == least
    left = most - above.sum(axis=1, keepdims=True)
    return np.asarray((above | (level & (np.cumsum(level, axis=1) <= left))) & (turned > 0))
