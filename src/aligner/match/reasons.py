"""The signals behind pairs of segment and action: who saw what, how much, and in which words."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, repeat
from typing import TYPE_CHECKING, Any

import numpy as np

from aligner.model import Signal, Term
from aligner.text import ranges

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aligner.match.combine import Chosen
    from aligner.match.learn import Knowledge
    from aligner.match.scores import Scores, Vectors

    Terms = list[tuple[Term, ...]]
    # Segment and action of a pair.
    Name = tuple[str, str]

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
    ids = known.action_ids
    names = [(scores.segments[row].id, ids[column]) for row, column in pairs.tolist()]
    spread = _spread(scores.vectors, pairs[:, 0], width=known.actions.shape[1])
    by_words = list(_by_words(scores, pairs, names, spread=spread, known=known))
    like = chosen.counted[pairs[:, 0], pairs[:, 1]]
    near = iter(_nearest(scores, pairs[like], spread=spread, known=known))
    told = (
        (
            *(signals[i] for signals in by_words),
            *([next(near)] if like[i] else ()),
            *scores.rule_signals.get(name, ()),
            *_cues(scores, row, name),
            *_policy(chosen, row, column, name=name),
        )
        for i, ((row, column), name) in enumerate(zip(pairs.tolist(), names, strict=True))
    )
    return [tuple(filter(None, signals)) for signals in told]


def _by_words(
    scores: Scores, pairs: np.ndarray, names: Sequence[Name], *, spread: _Spread, known: Knowledge
) -> Iterator[list[Signal | None]]:
    """What the vectors and the linear machines say of each pair; machines always say something."""
    (rows, columns), used = pairs.T, scores.vectors.used
    laid, matchers = _laid(spread, rows), ("action", "objective", "linear", *_WITHOUT_WORDS)
    held = {name: scores.values[name][rows, columns] for name in matchers}
    values = {name: one.astype(float).round(6) for name, one in held.items()}
    terms = _terms(laid, known.actions[:, used].toarray(), columns)
    yield _said("action", names, values["action"], terms=terms)
    if not known.trained:
        # Where machines were learnt the objective weighs nothing; without them it does.
        objectives = known.objective_of[columns]
        terms = _terms(laid, known.centroids[:, used].toarray(), objectives)
        yield _said("objective", names, values["objective"], terms=terms)
        return
    terms = _terms(laid, np.ascontiguousarray(known.weights[used].toarray().T), columns)
    sums = np.array([sum(term.weight for term in own) for own in terms])
    rests = (values["linear"] - sums).round(6).tolist()
    yield [
        Signal(*name, "linear", value, terms=own, rest=rest)
        for name, value, own, rest in zip(
            names, values["linear"].tolist(), terms, rests, strict=True
        )
    ]
    for matcher in _WITHOUT_WORDS:
        yield _said(matcher, names, values[matcher], terms=[()] * len(names))


def _said(
    matcher: str, names: Sequence[Name], values: np.ndarray, *, terms: Terms
) -> list[Signal | None]:
    """A signal for each pair with a score."""
    return [
        Signal(*name, matcher, value, terms=own) if value else None
        for name, value, own in zip(names, values.tolist(), terms, strict=True)
    ]


def _cues(scores: Scores, row: int, name: Name) -> Iterator[Signal]:
    for cue, _, terms in scores.cued[row]:
        if cue.effect != "topic":
            yield Signal(*name, "cues", cue.weight, cue.effect, cue.id, terms)
    if not scores.on_topic[row]:
        yield Signal(*name, "cues", 1.0, "veto", "off-topic")
    if scores.figures[row]:
        yield Signal(*name, "cues", 1.0, "veto", "figures")


def _policy(chosen: Chosen, row: int, column: int, *, name: Name) -> Iterator[Signal]:
    """What the rest of the policy says of a pair, where that decided whether it counts."""
    if chosen.lent[row, column]:
        yield Signal(*name, "policy", 1.0, source="best")
    if chosen.alone[row, column]:
        yield Signal(*name, "policy", 1.0, "veto", "alone")


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
    codes = codes[kept]
    row, column = np.divmod(codes, width)
    numbers = np.zeros(width, dtype=np.int64)
    numbers[used] = np.arange(len(used))
    column, start, end = numbers[column], starts[kept], ends[kept]
    weights = own.data[np.repeat(wanted, np.diff(own.indptr))]
    shares = _shared(codes, weights)
    order = np.lexsort([row << 32 | end, row << 32 | start])
    row, column, start, end = (one[order] for one in (row, column, start, end))
    opens = np.ones(len(row), dtype=bool)
    opens[1:] = (np.diff(row) != 0) | (np.diff(start) != 0) | (np.diff(end) != 0)
    firsts = np.searchsorted(row, np.arange(own.shape[0] + 1))
    return _Spread(shares[order], column, start, end, opens, firsts)


def _shared(codes: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The weight of each distinct code, in their order, shared out among the places it has."""
    order = np.argsort(codes)
    firsts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    often = np.diff(firsts, append=len(codes))
    shares = np.empty(len(codes), dtype=np.float64)
    shares[order] = np.repeat(weights / often, often)
    return shares


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
    # One number instead of two to sort by takes half of the time.
    order = pair[worth] - weights / (1.0 + weights.max(initial=0.0))
    ranked = worth[np.argsort(order, kind="stable")]
    first = np.searchsorted(pair[ranked], pair[ranked])
    return np.sort(ranked[np.arange(len(ranked)) - first < _MOST_TERMS])


def _nearest(
    scores: Scores, pairs: np.ndarray, *, spread: _Spread, known: Knowledge
) -> Iterator[Signal | None]:
    """The exemplar of each pair that reads most alike: an illustration that does not weigh."""
    if not known.trained:
        yield from repeat(None)
    given = scores.vectors
    exemplars = known.exemplars[:, given.used]
    lines, cosines = _alike(given.own, pairs, exemplars, labelled=known.labelled)
    terms = _terms(_laid(spread, pairs[:, 0]), exemplars[lines], np.arange(len(pairs)))
    rows = zip(pairs.tolist(), lines.tolist(), cosines.round(6).tolist(), terms, strict=True)
    for (row, column), line, cosine, own in rows:
        name = scores.segments[row].id, known.action_ids[column]
        source = known.exemplar_ids[line]
        yield Signal(*name, "exemplars", cosine, source=source, terms=own) if cosine > 0 else None


def _alike(
    own: Any, pairs: np.ndarray, exemplars: Any, *, labelled: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """For each pair the exemplar of its action that is nearest to its segment, and the cosine.

    Where the action has none: 0 and 0.0. Action by action, in one product each.
    """
    order = np.argsort(pairs[:, 1], kind="stable")
    actions, mine = pairs[order, 1], own[pairs[order, 0]]
    lines, cosines = np.zeros(len(pairs), dtype=np.int64), np.zeros(len(pairs))
    for action in np.unique(actions).tolist():
        first, last = np.searchsorted(actions, [action, action + 1])
        part, which = slice(*mine.indptr[[first, last]]), np.diff(mine.indptr[first : last + 1])
        words = np.zeros((own.shape[1], last - first), dtype=np.float32)
        words[mine.indices[part], np.repeat(np.arange(last - first), which)] = mine.data[part]
        bank = labelled[slice(*np.searchsorted(labelled[:, 0], [action, action + 1])), 1]
        if len(bank):
            products = exemplars[bank] @ words
            best = products.argmax(axis=0)
            lines[order[first:last]] = bank[best]
            cosines[order[first:last]] = products[best, np.arange(last - first)]
    return lines, cosines
