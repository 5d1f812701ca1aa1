"""The signals behind pairs of segment and action: who saw what, how much, and in which words."""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from aligner.match.promise import MENTION, best_sentences, distances, wording
from aligner.match.rules import rule_signals
from aligner.model import Signal, Term
from aligner.text import order_by, ranges

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from concurrent.futures import Future

    from aligner.match.combine import Chosen
    from aligner.match.learn import Knowledge
    from aligner.match.promise import Machine
    from aligner.match.scores import Scores
    from aligner.match.vectors import Vectors

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
    like = chosen.counted[pairs[:, 0], pairs[:, 1]]
    with ThreadPoolExecutor() as pool:
        # What reads alike, for the most part a large product, beside the rest.
        alike = pool.submit(_alike, scores.vectors, pairs[like], known)
        spread = _spread(scores, scores.vectors, pairs[:, 0])
        nearest = pool.submit(_nearest, scores, pairs[like], alike, spread=spread, known=known)
        ruled, mentions = _ruled(scores, names), _mentions(scores, pairs[:, 0], names)
        by_words = list(_by_words(scores, pairs, names, spread=spread, known=known))
    rows = zip(pairs.tolist(), names, like.tolist(), mentions, *by_words, strict=True)
    near = iter(nearest.result())
    told = (
        (
            *signals,
            *([next(near)] if counts else ()),
            *ruled.get(name, ()),
            *_cues(scores, row, name),
            *_policy(chosen, row, column, name=name),
        )
        for (row, column), name, counts, *signals in rows
    )
    return [tuple(filter(None, signals)) for signals in told]


def _by_words(
    scores: Scores, pairs: np.ndarray, names: Sequence[Name], *, spread: _Spread, known: Knowledge
) -> Iterator[list[Signal | None]]:
    """What the vectors and the linear machines say of each pair; machines always say something."""
    (rows, columns), used = pairs.T, scores.vectors.used
    laid = _laid(spread, rows)
    cosines, _, terms = _terms(laid, _weights(laid, known.actions[:, used].T, columns))
    yield _said("action", names, cosines, terms=terms)
    if not known.trained:
        # Where machines were learnt the objective weighs nothing; without them it does.
        objectives, lines = known.objective_of[columns], known.centroids[:, used].T
        *_, terms = _terms(laid, _weights(laid, lines, objectives))
        yield _said("objective", names, scores.values["objective"][rows, columns], terms=terms)
        return
    values = {name: scores.values[name][rows, columns] for name in ("linear", *_WITHOUT_WORDS)}
    _, told, terms = _terms(laid, _weights(laid, known.weights[used], columns))
    distances = _rounded(values["linear"])
    rests = (distances - told).round(6).tolist()
    yield [
        Signal(*name, "linear", value, terms=own, rest=rest)
        for name, value, own, rest in zip(names, distances.tolist(), terms, rests, strict=True)
    ]
    for matcher in _WITHOUT_WORDS:
        yield _said(matcher, names, values[matcher], terms=[()] * len(names))


def _mentions(scores: Scores, lines: np.ndarray, names: Sequence[Name]) -> list[Signal | None]:
    """A veto for each pair of which the segment (`lines`) only tells, by its wording."""
    if (machine := scores.lexicon.promise) is None:
        return [None] * len(names)
    only = _only_telling(scores, np.unique(lines), machine)
    said = map(only.get, lines.tolist())
    return [
        Signal(*name, "promise", one[0], "veto", terms=one[1], rest=one[2]) if one else None
        for name, one in zip(names, said, strict=True)
    ]


def _only_telling(
    scores: Scores, rows: np.ndarray, machine: Machine
) -> dict[int, tuple[float, tuple[Term, ...], float]]:
    """Those of the segments `rows` that only tell: how far from a promise, in which words, rest."""
    given = wording(scores.reads[0].tokens, rows, machine)
    far = _rounded(distances(given, machine))
    rows = rows[far[rows] < MENTION]
    texts = [scores.segments[row].text for row in rows.tolist()]
    best = best_sentences(texts, machine, scores.lexicon.language)
    rows = rows[(far[rows] + best) / 2 < MENTION]
    laid = _laid(_spread(scores, given, rows), rows)
    _, told, terms = _terms(laid, machine.weights[given.used][laid.columns])
    rests = (far[rows] - told).round(6).tolist()
    return dict(zip(rows.tolist(), zip(far[rows].tolist(), terms, rests, strict=True), strict=True))


def _said(
    matcher: str, names: Sequence[Name], values: np.ndarray, *, terms: Terms
) -> list[Signal | None]:
    """A signal for each pair with a score."""
    return [
        Signal(*name, matcher, value, terms=own) if value else None
        for name, value, own in zip(names, _rounded(values).tolist(), terms, strict=True)
    ]


def _rounded(values: np.ndarray) -> np.ndarray:
    return values.astype(float).round(6)


def _ruled(scores: Scores, names: Iterable[Name]) -> dict[Name, list[Signal]]:
    """What the rules say of pairs."""
    wanted, given = set(names), scores.lexicon.rules
    spoken = [
        one
        for one in scores.spoken
        if (scores.segments[one.row].id, given[one.rule].rule.action) in wanted
    ]
    out: dict[Name, list[Signal]] = defaultdict(list)
    for signal in rule_signals(spoken, scores.reads, scores.lexicon):
        out[signal.segment, signal.action].append(signal)
    return out


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

    Entry i gives shares[i] of feature columns[i] to a place; a feature that stands in several
    places is shared out among them. Place j is starts[j]:ends[j] of a segment and has the next
    sizes[j] entries. Segment `row` begins with place places[row] and with entry entries[row].
    """

    shares: np.ndarray
    columns: np.ndarray
    sizes: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    places: np.ndarray
    entries: np.ndarray


def _spread(scores: Scores, given: Vectors, rows: np.ndarray) -> _Spread:
    """The places in those segments of what has vectors."""
    tokens = scores.reads[0].tokens
    things, often, firsts, lasts = found = _things(given, rows)
    things, often, firsts, lasts = found[:, order_by(firsts, lasts - firsts)]
    held = np.diff(given.gives.indptr)[things]
    columns = given.gives.indices[ranges(given.gives.indptr[things], held)]
    opens = np.flatnonzero(np.diff(firsts, prepend=-1) | np.diff(lasts, prepend=-1))
    firsts, lasts = firsts[opens], lasts[opens]
    begins = (np.cumsum(held) - held)[opens]
    places = np.searchsorted(firsts, tokens.firsts[: len(scores.segments) + 1])
    entries = np.append(begins, len(columns))[places]
    shares = _shared(given, columns, entries) / np.repeat(often, held)
    sizes = np.diff(begins, append=len(columns))
    return _Spread(
        shares, columns, sizes, tokens.starts[firsts], tokens.ends[lasts - 1], places, entries
    )


def _things(given: Vectors, rows: np.ndarray) -> np.ndarray:
    """The things in some segments that give features (4 x places).

    Number, among how many places its weight is shared out, first word, word after the last.
    """
    wanted = np.zeros(given.kinds[0].texts, dtype=bool)
    wanted[rows] = True
    giving, before, out = np.diff(given.gives.indptr) > 0, 0, []
    for one in given.kinds:
        things = one.which + before
        kept = wanted[one.rows] & giving[things]
        columns = (one.rows, things, one.firsts, one.lasts)
        rows, things, firsts, lasts = (column[kept] for column in columns)
        often = _often(rows, things) if one.once else np.ones_like(things)
        out.append(np.stack([things, often, firsts, lasts]))
        before += len(one.ends) - 1
    return np.hstack(out)


def _often(rows: np.ndarray, things: np.ndarray) -> np.ndarray:
    """How often the thing of each place stands in its segment."""
    _, which, counts = np.unique(rows << 32 | things, return_inverse=True, return_counts=True)
    return np.asarray(counts[which])


def _shared(given: Vectors, columns: np.ndarray, entries: np.ndarray) -> np.ndarray:
    """The weight of the feature of each entry, shared out among those it has in its segment."""
    each, ends = given.own.data / given.counts.data, given.own.indptr.tolist()
    shares, held = np.empty(len(columns)), np.empty(given.own.shape[1], dtype=np.float32)
    for row, (first, last) in enumerate(pairwise(entries.tolist())):
        if first < last:
            held[given.own.indices[ends[row] : ends[row + 1]]] = each[ends[row] : ends[row + 1]]
            shares[first:last] = held[columns[first:last]]
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
    counts, often = np.diff(spread.entries)[rows], np.diff(spread.places)[rows]
    at, places = ranges(spread.entries[rows], counts), ranges(spread.places[rows], often)
    sizes, pair_of = spread.sizes[places], np.repeat(np.arange(len(rows)), often)
    opens, starts, ends = np.cumsum(sizes) - sizes, spread.starts[places], spread.ends[places]
    return _Laid(spread.shares[at], spread.columns[at], counts, opens, pair_of, starts, ends)


def _weights(laid: _Laid, matrix: Any, lines: np.ndarray) -> np.ndarray:
    """What each entry has in the line of its pair (`matrix`: features x lines, sparse)."""
    dense = matrix.toarray(order="C")
    # By rows and columns it takes three times as long.
    at = laid.columns * dense.shape[1] + np.repeat(lines, laid.counts)
    return np.asarray(dense.ravel().take(at))


def _terms(laid: _Laid, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, Terms]:
    """The product of each pair's segment with what its entries weigh; the heaviest places.

    And between the two what these places add up to.
    """
    pairs = len(laid.counts)
    if not len(laid.opens):
        return np.zeros(pairs), np.zeros(pairs), [()] * pairs
    sums = np.add.reduceat(weights * laid.shares, laid.opens)
    kept = _heaviest(laid.pair_of, sums)
    pair_of, heaviest = laid.pair_of[kept], sums[kept].round(4)
    columns = laid.starts[kept], laid.ends[kept], heaviest
    terms = tuple(map(Term, *(one.tolist() for one in columns)))
    parted = np.searchsorted(pair_of, np.arange(pairs + 1)).tolist()
    products, told = (
        np.bincount(of, one, pairs) for of, one in ((laid.pair_of, sums), (pair_of, heaviest))
    )
    return products, told, [terms[a:b] for a, b in pairwise(parted)]


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
    scores: Scores,
    pairs: np.ndarray,
    alike: Future[np.ndarray],
    *,
    spread: _Spread,
    known: Knowledge,
) -> list[Signal | None]:
    """The exemplar of each pair that reads most alike: an illustration that does not weigh."""
    if not known.trained:
        return [None] * len(pairs)
    lines = alike.result()
    exemplars, laid = known.exemplars[lines][:, scores.vectors.used], _laid(spread, pairs[:, 0])
    places = np.repeat(np.arange(len(pairs)), laid.counts), laid.columns
    cosines, _, terms = _terms(laid, np.asarray(exemplars[places]).ravel())
    names = ((scores.segments[row].id, known.action_ids[column]) for row, column in pairs.tolist())
    rows = zip(names, lines.tolist(), cosines.round(6).tolist(), terms, strict=True)
    return [
        Signal(*name, "exemplars", cosine, source=known.exemplar_ids[line], terms=own)
        if line >= 0
        else None
        for name, line, cosine, own in rows
    ]


# Words that weigh less in a segment do not choose what reads like it: without them it takes two
# thirds of the time, and the exemplar of one pair in ten is another, its cosine .001 lower on
# average (of .24).
_FAINT = 0.025


def _alike(given: Vectors, pairs: np.ndarray, known: Knowledge) -> np.ndarray:
    """For each pair the exemplar of its action that is nearest to its segment, by all but _FAINT.

    Where none has a word of it: -1. The words of each action have columns of their own, so that
    all are in one product, which leaves Python to others.
    """
    actions, groups = np.unique(pairs[:, 1], return_inverse=True)
    bank, own = known.labelled[np.isin(known.labelled[:, 0], actions)], given.own[pairs[:, 0]]
    own.data[own.data < _FAINT] = 0
    own.eliminate_zeros()
    held = known.exemplars[bank[:, 1]][:, given.used]
    exemplars = _apart(held, np.searchsorted(actions, bank[:, 0]), len(actions))
    products = (exemplars @ _apart(own, groups, len(actions)).T.tocsr()).tocsc()
    counts = np.diff(products.indptr)
    filled, lines = counts > 0, np.full(len(pairs), -1)
    firsts = products.indptr[:-1][filled]
    most = np.repeat(np.maximum.reduceat(products.data, firsts), counts[filled])
    best = np.flatnonzero(products.data == most)
    lines[filled] = bank[products.indices[best[np.searchsorted(best, firsts)]], 1]
    return lines


def _apart(matrix: Any, groups: np.ndarray, count: int) -> Any:
    """The same rows, with columns of its own for each of so many groups; groups[i] has row i."""
    import scipy.sparse as sp

    height, width = matrix.shape
    columns = matrix.indices + np.repeat(groups * width, np.diff(matrix.indptr))
    return sp.csr_matrix((matrix.data, columns, matrix.indptr), shape=(height, width * count))
