"""Whether a passage promises or only tells, by its wording: what it is about does not matter.

A linear machine over the words as they are written, the pairs of neighbouring ones and the first
word of each sentence, function words and all ("will be", "was not"): the other machines, which say
what a passage is about, leave these out. Fitted by benchmarks/promise.py; its numbers are in
seeds/gcm/promise.tsv.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import chain, groupby, islice
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from aligner.match.vectors import (
    Placed,
    Vectorizer,
    Vectors,
    counts_in,
    given_features,
    itself,
    placed_pairs,
    placed_words,
    standing,
)
from aligner.text import fold, ranges, tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from aligner.model import Promise
    from aligner.text import Tokens

# A passage only tells where it lies below this, and halfway to its best sentence still does: so do
# four mentions in ten, and one promise in a hundred, of English writers whose pairs were left out.
MENTION = -0.5


class Machine(NamedTuple):
    """The vocabulary of a language, a weight for each feature, and where the line lies."""

    words: Vectorizer
    weights: np.ndarray
    intercept: float


def machine_of(promises: Sequence[Promise], language: str) -> Machine | None:
    """The machine of a language, if there is one."""
    for one in promises:
        if one.language == language:
            vocabulary = {name: column for column, name in enumerate(one.features)}
            words = Vectorizer(vocabulary, np.array(one.idf, dtype=np.float32))
            return Machine(words, np.array(one.weights), one.intercept)
    return None


def placed_wording(given: Tokens, rows: np.ndarray) -> tuple[Placed, Placed, Placed]:
    """The words of texts `rows` as they are written, the pairs of neighbours, and the openers.

    These are the words that begin a sentence ("^ lack"). A number is as good as another: "by 2026"
    promises as "by 2031" does.
    """
    words = list(map(_written, given.words))
    kept = np.array([one[0].isalnum() for one in words], dtype=bool)
    firsts = np.array(given.firsts)
    at = ranges(firsts[rows], firsts[rows + 1] - firsts[rows])
    at = at[kept[given.numbers[at]]]
    told = placed_words(given, list(zip(words, strict=True)), at)
    opening = at[_begins(told.rows, given.sentences[at])]
    openers: list[tuple[str, ...]] = [()] * len(words)
    for number in set(given.numbers[opening].tolist()):
        openers[number] = (f"^ {words[number]}",)
    return told, placed_pairs(given, words, at), placed_words(given, openers, opening)


@lru_cache(maxsize=100_000)
def _written(word: str) -> str:
    return "0" if any(map(str.isdigit, word)) else fold(word)


def _begins(texts: np.ndarray, sentences: np.ndarray) -> np.ndarray:
    """Whether each word is the first of its sentence, or of its text, by the numbers of these."""
    return np.asarray((np.diff(texts, prepend=-1) | np.diff(sentences, prepend=-1)) != 0)


def wording(given: Tokens, rows: np.ndarray, machine: Machine) -> Vectors:
    """The vectors of the wording of texts `rows` (sorted); those of other texts are empty."""
    kinds = placed_wording(given, rows)
    gives, used = given_features(kinds, machine.words)
    counts = counts_in(itself(kinds[0].texts), standing(kinds), gives)
    own = machine.words.weights(counts, used)
    return Vectors(own, own, used, counts, kinds, gives)


def distances(told: Vectors, machine: Machine) -> np.ndarray:
    """How far each text is from the line (above 0: a promise), by its wording."""
    return np.asarray(told.own @ machine.weights[told.used] + machine.intercept)


def scores_of_texts(texts: Sequence[str], machine: Machine, language: str) -> np.ndarray:
    """How far each text by itself is from the line."""
    return distances(wording(tokens(texts, language), np.arange(len(texts)), machine), machine)


def best_sentences(texts: Iterable[str], machine: Machine, language: str) -> np.ndarray:
    """How far the sentence of each text is from the line that comes nearest to a promise.

    A passage often describes at length what its last sentence then promises to change.
    """
    held = list(texts)
    given = tokens(held, language)
    parts = [list(_sentences(text, given, row)) for row, text in enumerate(held)]
    far = iter(scores_of_texts(list(chain.from_iterable(parts)), machine, language).tolist())
    return np.array([max(islice(far, len(mine)), default=0.0) for mine in parts])


def _sentences(text: str, given: Tokens, row: int) -> Iterator[str]:
    """The sentences of text `row` of those given."""
    first, last = given.firsts[row : row + 2]
    columns = (one[first:last].tolist() for one in (given.sentences, given.starts, given.ends))
    for _, words in groupby(zip(*columns, strict=True), key=itemgetter(0)):
        held = list(words)
        yield text[held[0][1] : held[-1][2]]
