"""The scores of every matcher for every segment and action of a document, as arrays.

One function a matcher. Each array is segments x actions (or one value a segment), so that a long
policy is scored in a few products; the reasons are drawn later, for the pairs that matter
(reasons.py).
"""

from __future__ import annotations

import re
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from aligner.match.cues import find_cues
from aligner.match.lexicon import language_of, lexicon_of, placed_concepts, read
from aligner.match.rules import rule_signals
from aligner.match.vectors import counts_of, damped, damping, narrowed, placed_features
from aligner.text import ranges

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aligner.match.cues import Cued
    from aligner.match.learn import Knowledge
    from aligner.match.lexicon import Lexicon, Read
    from aligner.model import Framework, Fusion, Segment, Signal


@dataclass(frozen=True, slots=True)
class Vectors:
    """The segments' own words, and these with headings and lead-in, as rows of length one.

    Their columns (N x U) are the features that stand in the document, `used` among all F. `places`
    are those of the own features: row x F + feature, start, end (3 x places).
    """

    own: Any
    read: Any
    used: np.ndarray
    places: np.ndarray


@dataclass(frozen=True, slots=True)
class Scores:
    """N segments against A actions: the matchers' scores by feature name in `values` (N x A)."""

    segments: tuple[Segment, ...]
    vectors: Vectors
    values: dict[str, np.ndarray]
    rule_signals: dict[tuple[str, str], list[Signal]]
    cued: list[list[Cued]]
    reads: Sequence[Read]
    lexicon: Lexicon
    on_topic: np.ndarray
    figures: np.ndarray


def score(
    segments: Sequence[Segment], framework: Framework, *, known: Knowledge, related: bool = True
) -> Scores:
    """Every matcher's scores for the segments of a document, or (not `related`) loose texts."""
    lexicon = lexicon_of(framework, language_of(segments))
    reads = read(segments, lexicon)
    given = vectors(reads, lexicon, known=known, related=related)
    with ThreadPoolExecutor() as pool:
        # Products leave Python to others: up to a tenth less time where a second core is free.
        sought = [pool.submit(matcher, given, known) for matcher in (tfidf, linear)]
        cued = find_cues(reads, lexicon)
        signals: dict[tuple[str, str], list[Signal]] = defaultdict(list)
        for signal in rule_signals(reads, lexicon):
            signals[signal.segment, signal.action].append(signal)
    values = sought[0].result() | sought[1].result()
    values |= ruled(segments, signals, known) | committed(segments, cued, len(known.action_ids))
    values |= {
        "prior": np.broadcast_to(prior(framework.fusion, known.action_ids), values["rules"].shape)
    }
    return Scores(
        segments=tuple(segments),
        vectors=given,
        values=values,
        rule_signals=dict(signals),
        cued=cued,
        reads=reads,
        lexicon=lexicon,
        on_topic=topical(cued, lexicon) if related else np.ones(len(cued), dtype=bool),
        figures=figures(segments),
    )


def figures(segments: Sequence[Segment]) -> np.ndarray:
    """Which passages are lines of figures, as in a table of costs: no measure is one."""
    return np.array([_is_figures(segment.text) for segment in segments], dtype=bool)


_NUMBER = re.compile(r"\d+")


def _is_figures(text: str) -> bool:
    """Whether three words and half of all have a digit."""
    if (numbers := len(_NUMBER.findall(text))) < 3 or 2 * numbers < len(words := text.split()):
        return False
    numeric = sum(bool(_NUMBER.search(word)) for word in words)
    return numeric >= 3 and 2 * numeric >= len(words)


def vectors(reads: Sequence[Read], lexicon: Lexicon, *, known: Knowledge, related: bool) -> Vectors:
    """The vectors of segments, house words damped if they are of one document (`related`).

    With the context nothing is damped: what the policy speaks of everywhere parts no passage from
    the next, and yet says what all of them are about.
    """
    words, count = known.vectorizer, len(reads)
    placed = [words.known(one) for one in placed_features(reads[0].tokens)]
    concepts, beyond = words.known(placed_concepts(reads, lexicon)), count * words.width
    # Texts are in order, the segments' own before what these are read with.
    plain = [one[:, : np.count_nonzero(one[0] < beyond)] for one in placed]
    parting = np.count_nonzero(concepts[0] < beyond)
    spoken, lent = concepts[:, :parting], concepts[0][parting:] - beyond
    # A concept counts once a segment, other features as often as they stand there.
    said = [one[0] for one in plain]
    own = words.weighed([*said, counts_of(spoken[0])[0]], count)
    lent, _ = counts_of(np.concatenate([spoken[0], lent]))
    whole = words.weighed([*said, around(reads, placed, words.width), lent], count)
    if related:
        own = damped(own, damping(whole))
    used = np.flatnonzero(np.bincount(whole.indices))
    places = np.concatenate([*plain, spoken], axis=1)
    return Vectors(narrowed(own, used), narrowed(whole, used), used, places)


def around(reads: Sequence[Read], placed: Sequence[np.ndarray], width: int) -> np.ndarray:
    """The codes of the features that each segment is read with: its context but the title."""
    which = np.array([one.context for one in reads])
    begins = np.zeros(which.max() + 1, dtype=np.int64)
    begins[which] = [_title(one.segment) for one in reads]
    codes, starts, _ = np.concatenate([one[:, one[0] >= which.min() * width] for one in placed], 1)
    codes = np.sort(codes[starts >= begins[codes // width]])
    firsts = np.searchsorted(codes, np.arange(len(begins) + 1) * width)
    counts = np.diff(firsts)[which]
    moved = (np.arange(len(reads)) - which) * width
    return np.asarray(codes[ranges(firsts[which], counts)] + np.repeat(moved, counts))


def _title(segment: Segment) -> int:
    """How many characters of the context are the title, unless that is the only heading."""
    return len(segment.section[0]) + len(". ") if len(segment.section) > 1 else 0


def tfidf(given: Vectors, known: Knowledge) -> dict[str, np.ndarray]:
    """Cosine with each action's text, and with the centroid of its objective's actions."""
    centroids = given.read @ known.centroids[:, given.used].T.toarray(order="C")
    return {
        "action": (given.own @ known.actions[:, given.used].T).toarray(),
        "objective": centroids[:, known.objective_of],
    }


# How sharply the best action of a segment takes its share from the others (a judgement).
_SHARPNESS = 8.0
# Shares below this say nothing; it keeps their logarithm in bounds.
_LEAST_SHARE = 1e-6


def linear(given: Vectors, known: Knowledge) -> dict[str, np.ndarray]:
    """What the linear machines say of each segment and action.

    `linear` is the distance of the segment's own words from the action's line, `evidence` that from
    the line of evidence for any action, half as read. `share` is the logarithm of the action's
    share among all actions (a softmax), half as read: neighbours compete.
    """
    shape = (given.own.shape[0], len(known.action_ids))
    if not known.trained:
        return {name: np.zeros(shape) for name in ("linear", "evidence", "share")}
    # Dense, since the features of a document have weights in a third of the machines.
    lines = known.weights[given.used].toarray()
    mine = given.own @ lines + known.intercepts
    both = (mine + given.read @ lines + known.intercepts) / 2
    return {
        "linear": mine[:, :-1],
        "evidence": np.broadcast_to(both[:, -1:], shape),
        "share": np.log(_softmax(_SHARPNESS * both[:, :-1]) + _LEAST_SHARE),
    }


def prior(fusion: Fusion | None, actions: Sequence[str]) -> np.ndarray:
    """What each action brings along whatever the passage says (Fusion.priors, by column)."""
    priors = dict(fusion.priors) if fusion else {}
    return np.array([priors.get(action, 0.0) for action in actions])


def _softmax(values: np.ndarray) -> np.ndarray:
    """Each row as shares that add up to one."""
    powers = np.exp(values - values.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def ruled(
    segments: Sequence[Segment], signals: dict[tuple[str, str], list[Signal]], known: Knowledge
) -> dict[str, np.ndarray]:
    """The weights of the rules that speak for each action, added up.

    Several rules of an action look for its several cores, or for one of them in other words: with
    the best rule alone average precision was .02 lower on real texts.
    """
    rows = {segment.id: i for i, segment in enumerate(segments)}
    columns = {action: j for j, action in enumerate(known.action_ids)}
    out = np.zeros((len(rows), len(columns)))
    for (segment, action), found in signals.items():
        if action in columns:
            spoken = (signal.score for signal in found if signal.effect == "support")
            out[rows[segment], columns[action]] = sum(spoken)
    return {"rules": out}


def committed(
    segments: Sequence[Segment], cued: Sequence[Sequence[Cued]], count: int
) -> dict[str, np.ndarray]:
    """How far each segment commits or rejects, itself or by its headings (0 to 1)."""
    names = {
        ("support", "sentence"): "commitment",
        ("veto", "sentence"): "rejection",
        ("veto", "section"): "background_section",
    }
    out = {name: np.zeros(len(segments)) for name in names.values()}
    for row, found in enumerate(cued):
        for one in found:
            if name := names.get((one.cue.effect, one.cue.within)):
                out[name][row] = max(out[name][row], one.cue.weight)
    shape = (len(segments), count)
    return {name: np.broadcast_to(column[:, None], shape) for name, column in out.items()}


# A policy on migration names it again and again, a development plan in a chapter. Below this share
# (a judgement) a segment must itself, or under its headings, be about the framework's subject.
_SUBJECT_SHARE = 0.2


def topical(cued: Sequence[Sequence[Cued]], lexicon: Lexicon) -> np.ndarray:
    """Whether each segment is about the framework's subject at all."""
    if not any(cue.effect == "topic" for cue in lexicon.cues):
        return np.ones(len(cued), dtype=bool)
    own = np.array(
        [any(c.cue.effect == "topic" and c.sentence >= 0 for c in found) for found in cued]
    )
    anywhere = np.array([any(c.cue.effect == "topic" for c in found) for found in cued])
    return np.ones(len(cued), dtype=bool) if own.mean() >= _SUBJECT_SHARE else anywhere
