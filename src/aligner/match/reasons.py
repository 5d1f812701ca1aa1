"""The signals behind one pair of segment and action: who saw what, how much, and in which words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from aligner.match.vectors import placed_features
from aligner.model import Signal, Term

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aligner.match.knowledge import Knowledge
    from aligner.match.scores import Scores
    from aligner.model import Framework

# What the linear machines say of the segment as a whole, of the action beside the others, and what
# labelled policies say of the action.
_WITHOUT_WORDS = ("evidence", "share", "prior")
# So many words are marked for a matcher; the rest carries little.
_MOST_TERMS = 6
# Words that a matcher gives less than this are not worth marking.
_LEAST_WEIGHT = 0.01


@dataclass(frozen=True, slots=True)
class _Bank:
    """The exemplars of one action, their rows one after the other."""

    lines: np.ndarray
    starts: np.ndarray
    features: np.ndarray
    weights: np.ndarray

    def best(self, words: np.ndarray) -> tuple[int, float]:
        """The line of the exemplar whose product with the words' weights is the highest, and it."""
        products = np.add.reduceat(self.weights * words[self.features], self.starts)
        nearest = int(np.argmax(products))
        return int(self.lines[nearest]), float(products[nearest])


def _bank(exemplars: Any, lines: np.ndarray) -> _Bank:
    rows = exemplars[lines]
    # An empty row would break reduceat and cannot be the nearest.
    full = np.diff(rows.indptr) > 0
    return _Bank(lines[full], rows.indptr[:-1][full], rows.indices, rows.data)


class Reasons:
    """Draws the signals of pairs of one document; remembers each segment's features.

    Rows of sparse matrices are taken apart by hand: a policy asks for ten thousand, and with the
    row operations of scipy they took most of the time of matching.
    """

    def __init__(self, scores: Scores, *, framework: Framework, known: Knowledge) -> None:
        """Nothing is computed yet: `signals(i, j)` does so for the pairs that matter."""
        self._scores = scores
        self._framework = framework
        self._known = known
        self._banks: dict[int, _Bank] = {}
        self._row = -1
        self._words = np.zeros(known.actions.shape[1], dtype="float32")
        self._columns = np.zeros(0, dtype=np.int32)
        self._spread = np.zeros((0, 0), dtype="float32")
        self._places = np.zeros((0, 2), dtype=np.int64)

    def signals(self, row: int, column: int, *, like: bool) -> tuple[Signal, ...]:
        """All signals for segment `row` and action `column`, in a fixed order; ask row by row.

        With the exemplar that reads most alike when `like`: it takes a fifth of the time.
        """
        if row != self._row:
            self._turn_to(row)
        segment = self._scores.segments[row].id
        action = self._known.action_ids[column]
        return (
            *self._tfidf(column),
            *self._linear(column),
            *(self._nearest(column) if like else ()),
            *self._scores.rule_signals.get((segment, action), ()),
            *self._cues(column),
        )

    def _turn_to(self, row: int) -> None:
        """Lays out the weights of a segment's features, and where in its text each stands."""
        own = self._scores.own
        part = slice(own.indptr[row], own.indptr[row + 1])
        self._columns, weights = own.indices[part], own.data[part]
        self._words[:] = 0
        self._words[self._columns] = weights
        self._places, self._spread = self._spread_out(row, weights)
        self._row = row

    def _spread_out(self, row: int, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The places (start, end) of a segment's features, and their weights by place.

        A feature that stands in several places is shared out among them.
        """
        vocabulary = self._known.vectorizer.vocabulary
        text = self._scores.segments[row].text
        where = np.array(
            [
                (vocabulary[feature], start, end)
                for feature, start, end in (*placed_features(text), *self._placed_concepts(row))
                if feature in vocabulary
            ],
            dtype=np.int64,
        ).reshape(-1, 3)
        # One number a place: unique() takes ten times as long over pairs.
        codes, at = np.unique(where[:, 1] << 32 | where[:, 2], return_inverse=True)
        places = np.stack([codes >> 32, codes & 0xFFFFFFFF], axis=1)
        lines = np.searchsorted(self._columns, where[:, 0])
        shares = weights[lines] / np.bincount(lines, minlength=len(weights))[lines]
        spread = np.zeros((len(weights), len(places)), dtype="float32")
        np.add.at(spread, (lines, at), shares)
        return places, spread

    def _placed_concepts(self, row: int) -> Iterator[tuple[str, int, int]]:
        """(concept, start, end) of the words of each concept found."""
        read = self._scores.reads[row]
        for phrase, first, last in read.hits:
            for name in self._scores.lexicon.concepts_of.get(phrase, ()):
                yield name, read.tokens.starts[first], read.tokens.ends[last - 1]

    def _tfidf(self, column: int) -> Iterator[Signal]:
        known, values = self._known, self._scores.values
        if values["action"][self._row, column] > 0:
            terms = self._terms(known.actions, column)
            yield self._signal(column, matcher="action", terms=terms)
        # Where machines were learnt the objective weighs nothing; without them it does.
        if not known.trained and values["objective"][self._row, column] > 0:
            terms = self._terms(known.centroids, int(known.objective_of[column]))
            yield self._signal(column, matcher="objective", terms=terms)

    def _linear(self, column: int) -> Iterator[Signal]:
        if not self._known.trained:
            return
        given = self._signal(column, matcher="linear")
        terms = self._terms(self._known.weights, column)
        rest = round(given.score - sum(term.weight for term in terms), 6)
        yield replace(given, terms=terms, rest=rest)
        for matcher in _WITHOUT_WORDS:
            yield self._signal(column, matcher=matcher)

    def _nearest(self, column: int) -> Iterator[Signal]:
        """The exemplar that reads most alike: an illustration that does not weigh."""
        bank = self._bank(column)
        if bank.lines.size:
            line, cosine = bank.best(self._words)
            if cosine > 0:
                yield Signal(
                    segment=self._scores.segments[self._row].id,
                    action=self._known.action_ids[column],
                    matcher="exemplars",
                    score=round(cosine, 6),
                    source=self._framework.exemplars[line].id,
                    terms=self._terms(self._known.exemplars, line),
                )

    def _bank(self, column: int) -> _Bank:
        if column not in self._banks:
            pairs = self._known.labelled
            first, last = np.searchsorted(pairs[:, 0], [column, column + 1])
            self._banks[column] = _bank(self._known.exemplars, pairs[first:last, 1])
        return self._banks[column]

    def _cues(self, column: int) -> Iterator[Signal]:
        for found in self._scores.cued[self._row]:
            if found.cue.effect != "topic":
                yield Signal(
                    segment=self._scores.segments[self._row].id,
                    action=self._known.action_ids[column],
                    matcher="cues",
                    score=found.cue.weight,
                    effect=found.cue.effect,
                    source=found.cue.id,
                    terms=found.terms,
                )
        if not self._scores.on_topic[self._row]:
            yield self._signal(column, matcher="cues", source="off-topic")
        if self._scores.figures[self._row]:
            yield self._signal(column, matcher="cues", source="figures")

    def _signal(
        self, column: int, *, matcher: str, terms: tuple[Term, ...] = (), source: str = ""
    ) -> Signal:
        against = matcher == "cues"
        score = 1.0 if matcher == "cues" else float(self._scores.values[matcher][self._row, column])
        return Signal(
            segment=self._scores.segments[self._row].id,
            action=self._known.action_ids[column],
            matcher=matcher,
            score=round(score, 6),
            effect="veto" if against else "support",
            source=source,
            terms=terms,
        )

    def _terms(self, matrix: Any, line: int) -> tuple[Term, ...]:
        """The places in the text that weigh most in the segment's product with a line."""
        part = slice(matrix.indptr[line], matrix.indptr[line + 1])
        known = matrix.indices[part]
        if not known.size or not self._columns.size:
            return ()
        at = np.minimum(np.searchsorted(known, self._columns), known.size - 1)
        weights = np.where(known[at] == self._columns, matrix.data[part][at], 0.0)
        shares = weights @ self._spread
        order = np.argsort(-np.abs(shares), kind="stable")[:_MOST_TERMS]
        told = [place for place in sorted(order.tolist()) if abs(shares[place]) >= _LEAST_WEIGHT]
        places = self._places[told].tolist()
        return tuple(
            Term(start, end, round(float(share), 4))
            for (start, end), share in zip(places, shares[told], strict=True)
        )
