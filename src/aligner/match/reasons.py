"""The signals behind one pair of segment and action: who saw what, how much, and in which words."""

from __future__ import annotations

from collections import defaultdict
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


class Reasons:
    """Draws the signals of pairs of one document; remembers each segment's words."""

    def __init__(self, scores: Scores, *, framework: Framework, known: Knowledge) -> None:
        """Nothing is computed yet: `signals(i, j)` does so for the pairs that matter."""
        self._scores = scores
        self._framework = framework
        self._known = known
        self._places: dict[int, dict[int, list[tuple[int, int]]]] = {}

    def signals(self, row: int, column: int) -> tuple[Signal, ...]:
        """All signals for segment `row` and action `column`, in a fixed order."""
        segment = self._scores.segments[row].id
        action = self._known.action_ids[column]
        found = [
            *self._tfidf(row, column),
            *self._linear(row, column),
            *self._nearest(row, column),
            *self._scores.rule_signals.get((segment, action), ()),
            *self._cues(row, column),
        ]
        return tuple(found)

    def _tfidf(self, row: int, column: int) -> Iterator[Signal]:
        known, values = self._known, self._scores.values
        objective = int(known.objective_of[column])
        for matcher, target in (
            ("action", known.actions[column]),
            ("objective", known.centroids[objective]),
        ):
            if values[matcher][row, column] > 0:
                yield self._signal(row, column, matcher=matcher, weights=target)

    def _linear(self, row: int, column: int) -> Iterator[Signal]:
        if self._known.trained:
            yield self._signal(row, column, matcher="linear", weights=self._known.weights[column])

    def _nearest(self, row: int, column: int) -> Iterator[Signal]:
        for matcher, pairs in (
            ("exemplars", self._known.labelled),
            ("near_misses", self._known.near),
        ):
            score = float(self._scores.values[matcher][row, column])
            if score > 0:
                first, last = np.searchsorted(pairs[:, 0], [column, column + 1])
                mine = self._known.exemplars[pairs[first:last, 1]]
                best = int(pairs[first + int((mine @ self._scores.own[row].T).toarray().argmax()), 1])
                yield self._signal(
                    row,
                    column,
                    matcher=matcher,
                    weights=self._known.exemplars[best],
                    source=self._framework.exemplars[best].id,
                )

    def _cues(self, row: int, column: int) -> Iterator[Signal]:
        for found in self._scores.cued[row]:
            if found.cue.effect != "topic":
                yield Signal(
                    segment=self._scores.segments[row].id,
                    action=self._known.action_ids[column],
                    matcher="cues",
                    score=found.cue.weight,
                    effect=found.cue.effect,
                    source=found.cue.id,
                    terms=found.terms,
                )
        if not self._scores.on_topic[row]:
            yield Signal(
                segment=self._scores.segments[row].id,
                action=self._known.action_ids[column],
                matcher="cues",
                score=1.0,
                effect="veto",
                source="off-topic",
            )

    def _signal(
        self, row: int, column: int, *, matcher: str, weights: Any, source: str = ""
    ) -> Signal:
        return Signal(
            segment=self._scores.segments[row].id,
            action=self._known.action_ids[column],
            matcher=matcher,
            score=round(float(self._scores.values[matcher][row, column]), 6),
            effect="veto" if matcher == "near_misses" else "support",
            source=source,
            terms=self._terms(row, weights),
        )

    def _terms(self, row: int, weights: Any) -> tuple[Term, ...]:
        """The words of the segment that weigh most in its product with `weights`."""
        shares = self._scores.own[row].multiply(weights).tocoo()
        order = np.lexsort((shares.col, -np.abs(shares.data)))[:_MOST_TERMS]
        places = self._words(row)
        terms = [
            Term(start, end, round(float(shares.data[k]), 4))
            for k in order
            if abs(shares.data[k]) >= _LEAST_WEIGHT
            for start, end in places.get(int(shares.col[k]), ())[:2]
        ]
        return tuple(sorted(terms, key=lambda t: (t.start, t.end)))

    def _words(self, row: int) -> dict[int, list[tuple[int, int]]]:
        """Where each gram of a segment stands in its text."""
        if row not in self._places:
            places: dict[int, list[tuple[int, int]]] = defaultdict(list)
            vocabulary = self._known.vectorizer.vocabulary_
            for gram, start, end in placed_grams(self._scores.segments[row].text):
                if gram in vocabulary:
                    places[vocabulary[gram]].append((start, end))
            self._places[row] = dict(places)
        return self._places[row]
