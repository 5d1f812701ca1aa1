"""The scores of every matcher for every segment and action of a document, as arrays.

One function a matcher. Each array is segments x actions (or one value a segment), so that a long
policy is scored in a few products; the reasons are drawn later, for the pairs that matter
(reasons.py).
"""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from aligner.match.combine import fusion_of
from aligner.match.cues import find_cues
from aligner.match.lexicon import language_of, lexicon_of, placed_concepts, read
from aligner.match.measures import measures
from aligner.match.rules import find_rules, score_of
from aligner.match.vectors import (
    Vectors,
    counts_in,
    damped,
    damping,
    given_features,
    itself,
    placed_features,
    standing,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aligner.match.cues import Cued
    from aligner.match.learn import Knowledge
    from aligner.match.lexicon import Lexicon, Read
    from aligner.match.rules import Spoken
    from aligner.model import Framework, Fusion, Measure, Segment


@dataclass(frozen=True, slots=True)
class Scores:
    """N segments against A actions: the matchers' scores by feature name in `values` (N x A)."""

    segments: tuple[Segment, ...]
    vectors: Vectors
    values: dict[str, np.ndarray]
    spoken: Sequence[Spoken]
    cued: list[list[Cued]]
    measures: tuple[Measure, ...]
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
        # A large product leaves Python to others meanwhile.
        lines = pool.submit(distances, given, known)
        cued, spoken = find_cues(reads, lexicon), find_rules(reads, lexicon)
        values = ruled(spoken, lexicon, known, count=len(reads))
        values |= committed(segments, cued, len(known.action_ids))
        committing = measures(segments, cued)
        numeric = figures(reads)
        on_topic = topical(cued, lexicon) if related else np.ones(len(cued), dtype=bool)
    values |= linear(lines.result(), known)
    weighed = {name for name, _ in fusion_of(framework, known).weights}
    if not related or not weighed.isdisjoint(("action", "objective")):  # else they decide nothing
        values |= tfidf(given, known)
    shape = values["rules"].shape
    values["prior"] = np.broadcast_to(prior(framework.fusion, known.action_ids), shape)
    return Scores(
        segments=tuple(segments),
        vectors=given,
        values=values,
        spoken=spoken,
        cued=cued,
        measures=committing,
        reads=reads,
        lexicon=lexicon,
        on_topic=on_topic,
        figures=numeric,
    )


def figures(reads: Sequence[Read]) -> np.ndarray:
    """Which passages are lines of figures, as in a table of costs: no measure is one."""
    given = reads[0].tokens
    numeric = np.array([bool(_NUMBER.search(word)) for word in given.words], dtype=bool)
    before = np.append(0, np.cumsum(numeric[given.numbers]))[given.firsts]
    often = np.diff(before)[: len(reads)].tolist()
    texts = (one.segment.text for one in reads)
    return np.array([n >= 3 and _is_figures(text, n) for n, text in zip(often, texts, strict=True)])


_NUMBER = re.compile(r"\d")


def _is_figures(text: str, most: int) -> bool:
    """Whether three words and half of all, of which at most so many can, have a digit."""
    words = text.split()
    if 2 * most < len(words):
        return False
    numeric = sum(bool(_NUMBER.search(word)) for word in words)
    return numeric >= 3 and 2 * numeric >= len(words)


def vectors(reads: Sequence[Read], lexicon: Lexicon, *, known: Knowledge, related: bool) -> Vectors:
    """The vectors of segments, house words damped if they are of one document (`related`).

    With the context nothing is damped: what the policy speaks of everywhere parts no passage from
    the next, and yet says what all of them are about.
    """
    words = known.vectorizer
    given, found = reads[0].tokens, reads[0].found
    kinds = (*placed_features(given, _told(reads)), placed_concepts(found, lexicon))
    gives, used = given_features(kinds, words)
    each, where = itself(kinds[0].texts), standing(kinds)
    alone, above = each[: len(reads)], each[[one.context for one in reads]]
    with ThreadPoolExecutor() as pool:
        mine = pool.submit(counts_in, alone, where, gives)
        whole = words.weights(counts_in(alone + above, where, gives), used)
    counts = mine.result()
    own = words.weights(counts, used)
    if related:
        own = damped(own, damping(whole))
    return Vectors(own, whole, used, counts, kinds, gives)


def _told(reads: Sequence[Read]) -> np.ndarray:
    """Which words segments are read with: all but the title, unless that is the only heading."""
    given = reads[0].tokens
    begins = np.zeros(len(given.firsts) - 1, dtype=np.int64)
    begins[[one.context for one in reads]] = [_title(one.segment) for one in reads]
    return np.asarray(given.starts >= np.repeat(begins, np.diff(given.firsts)))


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


def distances(given: Vectors, known: Knowledge) -> np.ndarray:
    """How far the own words of segments, and these as read, are from each machine's line.

    2 x N x machines. Dense, since the features of a document have weights in a third of the
    machines, and in one product, the longest piece of work that a thread can do by itself.
    """
    import scipy.sparse as sp

    lines = known.weights[given.used].toarray()
    both = sp.vstack([given.own, given.read], format="csr") @ lines
    return np.asarray(both.reshape(2, *given.own.shape[:1], -1) + known.intercepts)


def linear(distances: np.ndarray, known: Knowledge) -> dict[str, np.ndarray]:
    """What the linear machines say of each segment and action.

    `linear` is the distance of the segment's own words from the action's line, `evidence` that from
    the line of evidence for any action, half as read. `share` is the logarithm of the action's
    share among all actions (a softmax), half as read: neighbours compete.
    """
    mine, both = distances[0], distances.mean(axis=0)
    if not known.trained:
        return {name: np.zeros(mine[:, :-1].shape) for name in ("linear", "evidence", "share")}
    return {
        "linear": mine[:, :-1],
        "evidence": np.broadcast_to(both[:, -1:], mine[:, :-1].shape),
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
    spoken: Sequence[Spoken], lexicon: Lexicon, known: Knowledge, *, count: int
) -> dict[str, np.ndarray]:
    """The weights of the rules that speak for each action, added up.

    Several rules of an action look for its several cores, or for one of them in other words: with
    the best rule alone average precision was .02 lower on real texts.
    """
    columns = {action: j for j, action in enumerate(known.action_ids)}
    out = np.zeros((count, len(columns)))
    for one in spoken:
        spelled = lexicon.rules[one.rule]
        if not one.vetoed and spelled.rule.action in columns:
            out[one.row, columns[spelled.rule.action]] += score_of(one, spelled)
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
