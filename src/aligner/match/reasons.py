"""The signals behind one pair of segment and action: who saw what, how much, and in which words."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from aligner.match.vectors import placed_grams
from aligner.model import Signal, Term

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aligner.match.knowledge import Knowledge
    from aligner.match.scores import Scores
    from aligner.model import Framework

# So many words are marked for a matcher; the rest carries little.
_MOST_TERMS = 10
# Words that a matcher gives less than this are not worth marking.
_LEAST_WEIGHT = 0.01


@dataclass(frozen=True, slots=True)
class _Bank:
    """The exemplars of one action, their rows one after the other."""

    lines: np.ndarray
    starts: np.ndarray
    grams: np.ndarray
    weights: np.ndarray

    def best(self, words: np.ndarray) -> int:
        """The line of the exemplar whose product with the words' weights is the highest."""
        products = np.add.reduceat(self.weights * words[self.grams], self.starts)
        return int(self.lines[int(np.argmax(products))])


def _bank(exemplars: Any, lines: np.ndarray) -> _Bank:
    rows = exemplars[lines]
    # An empty row would break reduceat and cannot be the nearest.
    full = np.diff(rows.indptr) > 0
    return _Bank(lines[full], rows.indptr[:-1][full], rows.indices, rows.data)


class Reasons:
    """Draws the signals of pairs of one document; remembers each segment's words.

    Rows of sparse matrices are taken apart by hand: a policy asks for ten thousand, and with the
    row operations of scipy they took most of the time of matching.
    """

    def __init__(self, scores: Scores, *, framework: Framework, known: Knowledge) -> None:
        """Nothing is computed yet: `signals(i, j)` does so for the pairs that matter."""
        self._scores = scores
        self._framework = framework
        self._known = known
        self._banks: dict[tuple[str, int], _Bank] = {}
        self._row = -1
        self._words = np.zeros(known.actions.shape[1], dtype="float32")
        self._places: dict[int, list[tuple[int, int]]] = {}

    def signals(self, row: int, column: int) -> tuple[Signal, ...]:
        """All signals for segment `row` and action `column`, in a fixed order; ask row by row."""
        if row != self._row:
            self._turn_to(row)
        segment = self._scores.segments[row].id
        action = self._known.action_ids[column]
        return (
            *self._tfidf(column),
            *self._linear(column),
            *self._nearest(column),
            *self._scores.rule_signals.get((segment, action), ()),
            *self._cues(column),
        )

    def _turn_to(self, row: int) -> None:
        """Lays out the weights and the places of a segment's words."""
        self._words[:] = 0
        own = self._scores.own
        part = slice(own.indptr[row], own.indptr[row + 1])
        self._words[own.indices[part]] = own.data[part]
        places: dict[int, list[tuple[int, int]]] = defaultdict(list)
        vocabulary = self._known.vectorizer.vocabulary
        for gram, start, end in placed_grams(self._scores.segments[row].text):
            if gram in vocabulary:
                places[vocabulary[gram]].append((start, end))
        for name, start, end in self._placed_concepts(row):
            if name in vocabulary:
                places[vocabulary[name]].append((start, end))
        self._row, self._places = row, dict(places)

    def _placed_concepts(self, row: int) -> Iterator[tuple[str, int, int]]:
        """(concept, start, end) of the words of each concept found."""
        read = self._scores.reads[row]
        for phrase, first, last in read.hits:
            for name in self._scores.lexicon.concepts_of.get(phrase, ()):
                yield name, read.tokens.starts[first], read.tokens.ends[last - 1]

    def _tfidf(self, column: int) -> Iterator[Signal]:
        known = self._known
        for matcher, matrix, line in (
            ("action", known.actions, column),
            ("objective", known.centroids, int(known.objective_of[column])),
        ):
            if self._scores.values[matcher][self._row, column] > 0:
                yield self._signal(column, matcher=matcher, terms=self._terms(matrix, line))

    def _linear(self, column: int) -> Iterator[Signal]:
        if self._known.trained:
            terms = self._terms(self._known.weights, column)
            yield self._signal(column, matcher="linear", terms=terms)

    def _nearest(self, column: int) -> Iterator[Signal]:
        for matcher, pairs in (
            ("exemplars", self._known.labelled),
            ("near_misses", self._known.near),
        ):
            if self._scores.values[matcher][self._row, column] > 0:
                bank = self._bank(matcher, column, pairs=pairs)
                line = bank.best(self._words)
                yield self._signal(
                    column,
                    matcher=matcher,
                    terms=self._terms(self._known.exemplars, line),
                    source=self._framework.exemplars[line].id,
                )

    def _bank(self, matcher: str, column: int, *, pairs: np.ndarray) -> _Bank:
        if (matcher, column) not in self._banks:
            first, last = np.searchsorted(pairs[:, 0], [column, column + 1])
            self._banks[matcher, column] = _bank(self._known.exemplars, pairs[first:last, 1])
        return self._banks[matcher, column]

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
            yield self._signal(column, matcher="cues", source="off-topic", terms=())

    def _signal(
        self, column: int, *, matcher: str, terms: tuple[Term, ...], source: str = ""
    ) -> Signal:
        against = matcher in ("near_misses", "cues")
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
        """The words of the segment that weigh most in its product with a line of the matrix."""
        part = slice(matrix.indptr[line], matrix.indptr[line + 1])
        columns = matrix.indices[part]
        shares = matrix.data[part] * self._words[columns]
        kept = np.flatnonzero(np.abs(shares) >= _LEAST_WEIGHT)
        order = kept[np.lexsort((columns[kept], -np.abs(shares[kept])))][:_MOST_TERMS]
        terms = [
            Term(start, end, round(share, 4))
            for gram, share in zip(columns[order].tolist(), shares[order].tolist(), strict=True)
            for start, end in self._places.get(gram, ())[:2]
        ]
        return tuple(sorted(terms, key=lambda t: (t.start, t.end)))
