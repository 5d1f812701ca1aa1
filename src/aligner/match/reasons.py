"""The signals behind pairs of segment and action: who saw what, how much, and in which words."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from aligner.match.vectors import ranges
from aligner.model import Signal, Term

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aligner.match.combine import Chosen
    from aligner.match.learn import Knowledge
    from aligner.match.scores import Scores, Vectors

    Terms = list[tuple[Term, ...]]

# What the linear machines say of the segment as a whole, of the action beside the others, and what
# labelled policies say of the action.
_WITHOUT_WORDS = ("evidence", "share", "prior")
# So many words are marked for a matcher; the rest carries little.
_MOST_TERMS = 6
# Words that a matcher gives less than this are not worth marking.
_LEAST_WEIGHT = 0.01


def draw(
    scores: Scores, pairs: np.ndarray, *, chosen: Chosen, known: Knowledge
) -> list[tuple[Signal, ...]]:
    """The signals of each pair (segment, action), in a fixed order.

    With the exemplar that reads most alike for the pairs that count. The words are weighed for all
    pairs at once: a long policy has two thousand, and one by one they took half a second.
    """
    (rows, columns), used = pairs.T, scores.vectors.used
    spread = _spread(scores.vectors, rows, width=known.actions.shape[1])
    laid = _laid(spread, rows)
    words = {"action": _terms(laid, known.actions[:, used].toarray(), columns)}
    if known.trained:
        lines = np.ascontiguousarray(known.weights[used].toarray().T)
        words["linear"] = _terms(laid, lines, columns)
    else:
        objectives = known.objective_of[columns]
        words["objective"] = _terms(laid, known.centroids[:, used].toarray(), objectives)
    names = [name for name in (*words, *_WITHOUT_WORDS) if name in scores.values]
    values = {name: scores.values[name][rows, columns].tolist() for name in names}
    like = chosen.counted[rows, columns]
    near = iter(_nearest(scores, pairs[like], spread=spread, known=known))
    out = []
    for i, (row, column) in enumerate(pairs.tolist()):
        segment, action = scores.segments[row].id, known.action_ids[column]
        seen = {name: one[i] for name, one in values.items()}
        told = {name: one[i] for name, one in words.items()}
        signals = (
            *_by_words(segment, action, seen, told),
            *(next(near, ()) if like[i] else ()),
            *scores.rule_signals.get((segment, action), ()),
            *_cues(scores, row, action),
            *_policy(chosen, row, column, segment=segment, action=action),
        )
        out.append(signals)
    return out


def _by_words(
    segment: str, action: str, seen: dict[str, float], told: dict[str, tuple[Term, ...]]
) -> Iterator[Signal]:
    """What the vectors and the linear machines say of a pair; machines always say something."""
    # Where machines were learnt the objective weighs nothing; without them it does.
    for matcher in ("action", "objective"):
        if matcher in told and seen[matcher] > 0:
            score = round(seen[matcher], 6)
            yield Signal(segment, action, matcher, score, terms=told[matcher])
    if "linear" in told:
        score, terms = round(seen["linear"], 6), told["linear"]
        rest = round(score - sum(term.weight for term in terms), 6)
        yield Signal(segment, action, "linear", score, terms=terms, rest=rest)
        for matcher in _WITHOUT_WORDS:
            if seen[matcher]:
                yield Signal(segment, action, matcher, round(seen[matcher], 6))


def _cues(scores: Scores, row: int, action: str) -> Iterator[Signal]:
    segment = scores.segments[row].id
    for one in scores.cued[row]:
        cue = one.cue
        if cue.effect != "topic":
            yield Signal(segment, action, "cues", cue.weight, cue.effect, cue.id, one.terms)
    if not scores.on_topic[row]:
        yield Signal(segment, action, "cues", 1.0, "veto", "off-topic")
    if scores.figures[row]:
        yield Signal(segment, action, "cues", 1.0, "veto", "figures")


def _policy(
    chosen: Chosen, row: int, column: int, *, segment: str, action: str
) -> Iterator[Signal]:
    """What the rest of the policy says of a pair, where that decided whether it counts."""
    if chosen.lent[row, column]:
        yield Signal(segment, action, "policy", 1.0, source="best")
    if chosen.alone[row, column]:
        yield Signal(segment, action, "policy", 1.0, "veto", "alone")


@dataclass(frozen=True, slots=True)
class _Spread:
    """The weights of segments' features, laid out over the places where these stand.

    Entry i gives shares[i] of feature columns[i] to the place starts[i]:ends[i] of a segment; the
    entries of segment `row` begin with firsts[row], those of a place are together, `opens` the
    first of them. A feature that stands in several places is shared out among them.
    """

    shares: np.ndarray
    columns: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    opens: np.ndarray
    firsts: np.ndarray


def _spread(given: Vectors, rows: np.ndarray, *, width: int) -> _Spread:
    own, used = given.own, given.used
    wanted = np.zeros(own.shape[0], dtype=bool)
    wanted[rows] = True
    codes, starts, ends = given.places
    kept = wanted[codes // width]
    row, column = np.divmod(codes[kept], width)
    numbers = np.zeros(width, dtype=np.int64)
    numbers[used] = np.arange(len(used))
    column, start, end = numbers[column], starts[kept], ends[kept]
    _, at, often = np.unique(row << 32 | column, return_inverse=True, return_counts=True)
    weights = own.data[np.repeat(wanted, np.diff(own.indptr))]
    order = np.lexsort([row << 32 | end, row << 32 | start])
    row, column, start, end = (one[order] for one in (row, column, start, end))
    opens = np.ones(len(row), dtype=bool)
    opens[1:] = (np.diff(row) != 0) | (np.diff(start) != 0) | (np.diff(end) != 0)
    firsts = np.searchsorted(row, np.arange(own.shape[0] + 1))
    return _Spread((weights / often)[at][order], column, start, end, opens, firsts)


@dataclass(frozen=True, slots=True)
class _Laid:
    """The entries of the segment of each pair, one pair after the other.

    Entry i is of pair pairs[i]; place j, of pair pair_of[j], begins with entry opens[j].
    """

    shares: np.ndarray
    columns: np.ndarray
    counts: np.ndarray
    opens: np.ndarray
    pair_of: np.ndarray
    starts: np.ndarray
    ends: np.ndarray


def _laid(spread: _Spread, rows: np.ndarray) -> _Laid:
    counts = np.diff(spread.firsts)[rows]
    at = ranges(spread.firsts[rows], counts)
    opens = np.flatnonzero(spread.opens[at])
    pair_of, place = np.repeat(np.arange(len(rows)), counts)[opens], at[opens]
    starts, ends = spread.starts[place], spread.ends[place]
    return _Laid(spread.shares[at], spread.columns[at], counts, opens, pair_of, starts, ends)


def _terms(laid: _Laid, matrix: Any, lines: np.ndarray) -> Terms:
    """For each pair the places in its segment that weigh most in the product with its line."""
    if not len(laid.opens):
        return [()] * len(lines)
    rows = np.repeat(lines, laid.counts)
    if isinstance(matrix, np.ndarray):  # by rows and columns it takes three times as long
        weights = matrix.ravel().take(rows * matrix.shape[1] + laid.columns)
    else:
        weights = np.asarray(matrix[rows, laid.columns]).ravel()
    sums = np.add.reduceat(weights * laid.shares, laid.opens)
    kept = _heaviest(laid.pair_of, sums)
    starts, ends = laid.starts[kept].tolist(), laid.ends[kept].tolist()
    terms = list(map(Term, starts, ends, sums[kept].round(4).tolist()))
    parted = np.searchsorted(laid.pair_of[kept], np.arange(len(lines) + 1)).tolist()
    return [tuple(terms[a:b]) for a, b in pairwise(parted)]


def _heaviest(pair: np.ndarray, sums: np.ndarray) -> np.ndarray:
    """Which places to tell of each pair: the heaviest, the earlier of two that weigh the same."""
    worth = np.flatnonzero(np.abs(sums) >= _LEAST_WEIGHT)
    # Rounded, since the last bits of two equal sums may differ.
    weights = np.abs(sums[worth]).round(6)
    ranked = worth[np.lexsort((-weights, pair[worth]))]
    first = np.searchsorted(pair[ranked], pair[ranked])
    return np.sort(ranked[np.arange(len(ranked)) - first < _MOST_TERMS])


def _nearest(
    scores: Scores, pairs: np.ndarray, *, spread: _Spread, known: Knowledge
) -> Iterator[tuple[Signal, ...]]:
    """The exemplar of each pair that reads most alike: an illustration that does not weigh."""
    if not known.trained:
        return
    found = list(_alike(scores, pairs, known))
    lines = known.exemplars[[line for line, _ in found]][:, scores.vectors.used]
    told = _terms(_laid(spread, pairs[:, 0]), lines, np.arange(len(found)))
    for (row, column), (line, cosine), terms in zip(pairs.tolist(), found, told, strict=True):
        segment, action = scores.segments[row].id, known.action_ids[column]
        source = known.exemplar_ids[line] if cosine > 0 else ""
        one = Signal(segment, action, "exemplars", round(cosine, 6), source=source, terms=terms)
        yield (one,) if cosine > 0 else ()


def _alike(scores: Scores, pairs: np.ndarray, known: Knowledge) -> Iterator[tuple[int, float]]:
    """The exemplar of its action that is nearest to each segment, and the cosine; else (0, 0.0)."""
    given, banks = scores.vectors, {}
    words = np.zeros(known.exemplars.shape[1], dtype=np.float32)
    for row, column in pairs.tolist():
        if column not in banks:
            banks[column] = _bank(known, column)
        part = slice(given.own.indptr[row], given.own.indptr[row + 1])
        columns = given.used[given.own.indices[part]]
        words[columns] = given.own.data[part]
        yield banks[column].best(words)
        words[columns] = 0


@dataclass(frozen=True, slots=True)
class _Bank:
    """The exemplars of one action, their rows one after the other."""

    lines: np.ndarray
    starts: np.ndarray
    features: np.ndarray
    weights: np.ndarray

    def best(self, words: np.ndarray) -> tuple[int, float]:
        """The line of the exemplar whose product with the words' weights is the highest, and it."""
        if not self.lines.size:
            return 0, 0.0
        products = np.add.reduceat(self.weights * words[self.features], self.starts)
        nearest = int(np.argmax(products))
        return int(self.lines[nearest]), float(products[nearest])


def _bank(known: Knowledge, column: int) -> _Bank:
    first, last = np.searchsorted(known.labelled[:, 0], [column, column + 1])
    lines, exemplars = known.labelled[first:last, 1], known.exemplars
    counts = np.diff(exemplars.indptr)[lines]
    # An empty row would break reduceat and cannot be the nearest.
    lines, counts = lines[counts > 0], counts[counts > 0]
    at = ranges(exemplars.indptr[lines], counts)
    return _Bank(lines, np.cumsum(counts) - counts, exemplars.indices[at], exemplars.data[at])
