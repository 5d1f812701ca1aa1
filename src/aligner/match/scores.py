"""The scores of every matcher for every segment and action of a document, as arrays.

One function a matcher. Each array is segments x actions (or one value a segment), so that a long
policy is scored in a few products; the reasons are drawn later, for the pairs that matter
(reasons.py).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from aligner.match import rules
from aligner.match.vectors import damped, damping, features

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aligner.match.knowledge import Knowledge
    from aligner.match.rules import Cued
    from aligner.model import Framework, Segment, Signal


@dataclass(frozen=True, slots=True)
class Scores:
    """N segments against A actions.

    `own` and `read` are the vectors of the segments' own words and of the same with headings and
    lead-in; `values` the matchers' scores by feature name (N x A).
    """

    segments: tuple[Segment, ...]
    own: Any
    read: Any
    values: dict[str, np.ndarray]
    rule_signals: dict[tuple[str, str], list[Signal]]
    cued: list[list[Cued]]
    reads: Sequence[rules.Read]
    lexicon: rules.Lexicon
    on_topic: np.ndarray
    figures: np.ndarray


def score(
    segments: Sequence[Segment], framework: Framework, *, known: Knowledge, related: bool = True
) -> Scores:
    """Every matcher's scores for the segments of a document, or (not `related`) loose texts."""
    lexicon = rules.lexicon_of(framework, rules.language_of(segments))
    reads = rules.read(segments, lexicon)
    own, read = vectors(reads, lexicon, known=known, related=related)
    cued = [rules.cued(one, lexicon) for one in reads]
    signals: dict[tuple[str, str], list[Signal]] = defaultdict(list)
    for signal in rules.rule_signals(reads, lexicon):
        signals[signal.segment, signal.action].append(signal)
    values = tfidf(own, read, known) | linear(own, read, known)
    values |= ruled(segments, signals, known) | committed(segments, cued, len(known.action_ids))
    values |= {"prior": np.broadcast_to(prior(framework, known), values["rules"].shape)}
    return Scores(
        segments=tuple(segments),
        own=own,
        read=read,
        values=values,
        rule_signals=dict(signals),
        cued=cued,
        reads=reads,
        lexicon=lexicon,
        on_topic=topical(cued, framework) if related else np.ones(len(cued), dtype=bool),
        figures=np.array([_is_figures(segment.text) for segment in segments], dtype=bool),
    )


def _is_figures(text: str) -> bool:
    """Whether a passage is a line of figures, as in a table of costs: no measure is one."""
    words = text.split()
    numbers = sum(any(sign.isdigit() for sign in word) for word in words)
    return numbers >= 3 and 2 * numbers >= len(words)


def context_of(segment: Segment) -> str:
    """What a segment is read with: the headings above it but the title, and its context."""
    headings = segment.section[1:] or segment.section
    return ". ".join((*headings, *segment.context))


def vectors(
    reads: Sequence[rules.Read], lexicon: rules.Lexicon, *, known: Knowledge, related: bool
) -> tuple[Any, Any]:
    """The segments' own words, house words damped, and the same with their context (N x F each).

    With the context nothing is damped: what the policy speaks of everywhere parts no passage from
    the next, and yet says what all of them are about.
    """
    mine = [rules.concepts(one.hits, lexicon) for one in reads]
    lent = [rules.concepts((*one.context_hits, *one.hits), lexicon) for one in reads]
    words = [features(one.segment.text) for one in reads]
    around = [features(context_of(one.segment)) for one in reads]
    own = known.vectorizer.weigh([*w, *c] for w, c in zip(words, mine, strict=True))
    read = known.vectorizer.weigh([*a, *w, *c] for a, w, c in zip(around, words, lent, strict=True))
    if not related:
        return own, read
    return damped(own, damping(read)), read


def tfidf(own: Any, read: Any, known: Knowledge) -> dict[str, np.ndarray]:
    """Cosine with each action's text, and with the centroid of its objective's actions."""
    centroids = (read @ known.centroids.T).toarray()
    return {
        "action": (own @ known.actions.T).toarray(),
        "objective": centroids[:, known.objective_of],
    }


# How sharply the best action of a segment takes its share from the others (a judgement).
_SHARPNESS = 4.0
# Shares below this say nothing; it keeps their logarithm in bounds.
_LEAST_SHARE = 1e-6


def linear(own: Any, read: Any, known: Knowledge) -> dict[str, np.ndarray]:
    """What the linear machines say of each segment and action.

    `linear` is the distance of the segment's own words from the action's line, `evidence` that from
    the line of evidence for any action, half as read. `share` is the logarithm of the action's
    share among all actions (a softmax), half as read: neighbours compete.
    """
    shape = (own.shape[0], len(known.action_ids))
    if not known.trained:
        return {name: np.zeros(shape) for name in ("linear", "evidence", "share")}
    mine = (own @ known.weights.T).toarray() + known.intercepts
    both = (mine + (read @ known.weights.T).toarray() + known.intercepts) / 2
    return {
        "linear": mine[:, :-1],
        "evidence": np.broadcast_to(both[:, -1:], shape),
        "share": np.log(_softmax(_SHARPNESS * both[:, :-1]) + _LEAST_SHARE),
    }


def prior(framework: Framework, known: Knowledge) -> np.ndarray:
    """What each action brings along whatever the passage says (Fusion.priors, by column)."""
    priors = dict(framework.fusion.priors) if framework.fusion else {}
    return np.array([priors.get(action, 0.0) for action in known.action_ids])


def _softmax(values: np.ndarray) -> np.ndarray:
    """Each row as shares that add up to one."""
    powers = np.exp(values - values.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def ruled(
    segments: Sequence[Segment], signals: dict[tuple[str, str], list[Signal]], known: Knowledge
) -> dict[str, np.ndarray]:
    """The weight of the best rule that speaks for each action."""
    rows = {segment.id: i for i, segment in enumerate(segments)}
    columns = {action: j for j, action in enumerate(known.action_ids)}
    out = np.zeros((len(rows), len(columns)))
    for (segment, action), found in signals.items():
        best = max((s.score for s in found if s.effect == "support"), default=0.0)
        if action in columns:
            out[rows[segment], columns[action]] = best
    return {"rules": out}


def committed(
    segments: Sequence[Segment], cued: Sequence[Sequence[Cued]], count: int
) -> dict[str, np.ndarray]:
    """How far each segment commits or rejects, itself or by its headings (0 to 1)."""
    out = {}
    for name, effect, within in (
        ("commitment", "support", "sentence"),
        ("rejection", "veto", "sentence"),
        ("measures_section", "support", "section"),
        ("background_section", "veto", "section"),
    ):
        column = [
            max(
                (c.cue.weight for c in found if (c.cue.effect, c.cue.within) == (effect, within)),
                default=0.0,
            )
            for found in cued
        ]
        out[name] = np.repeat(np.array(column, dtype=float).reshape(-1, 1), count, axis=1)
    row = np.array([[float(s.kind == "row")] for s in segments]).reshape(-1, 1)
    return out | {"row": np.repeat(row, count, axis=1)}


# A policy on migration names it again and again, a development plan in a chapter. Below this share
# (a judgement) a segment must itself, or under its headings, be about the framework's subject.
_SUBJECT_SHARE = 0.2


def topical(cued: Sequence[Sequence[Cued]], framework: Framework) -> np.ndarray:
    """Whether each segment is about the framework's subject at all."""
    if not any(cue.effect == "topic" for cue in framework.cues):
        return np.ones(len(cued), dtype=bool)
    own = np.array(
        [any(c.cue.effect == "topic" and c.sentence >= 0 for c in found) for found in cued]
    )
    read = np.array([any(c.cue.effect == "topic" for c in found) for found in cued])
    return np.ones(len(cued), dtype=bool) if own.mean() >= _SUBJECT_SHARE else read
