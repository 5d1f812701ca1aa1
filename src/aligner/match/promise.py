"""Whether a passage promises or only tells, by its wording: what it is about does not matter.

A linear machine over the words as they are written and the pairs of neighbouring ones, function
words and all ("will be", "was not"): the other machines, which say what a passage is about, leave
these out. Fitted by benchmarks/promise.py; its numbers are in seeds/gcm/promise.json.
"""

from __future__ import annotations

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
    placed_words,
    standing,
)
from aligner.text import fold, tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from aligner.model import Promise
    from aligner.text import Tokens

# What labelled evidence has on average: of languages without a machine nothing is known.
UNKNOWN = 0.9
# Below this a sentence only tells.
MENTION = -0.75


class Machine(NamedTuple):
    """The vocabulary of a language, a weight for each feature, and where the line lies."""

    words: Vectorizer
    weights: np.ndarray
    intercept: float


class Told(NamedTuple):
    """How far the wording of N texts is from the line (above 0: a promise).

    `vectors` are those of their wording, None without a machine.
    """

    distances: np.ndarray
    vectors: Vectors | None = None


def machine_of(promises: Sequence[Promise], language: str) -> Machine | None:
    """The machine of a language, if there is one."""
    for one in promises:
        if one.language == language:
            vocabulary = {name: column for column, name in enumerate(one.features)}
            words = Vectorizer(vocabulary, np.array(one.idf, dtype=np.float32))
            return Machine(words, np.array(one.weights), one.intercept)
    return None


def placed_wording(given: Tokens, texts: int) -> tuple[Placed, Placed]:
    """The words of the first so many texts as they are written, and the pairs of neighbours.

    A number is as good as another: "by 2026" promises as "by 2031" does.
    """
    words = ["0" if any(map(str.isdigit, one)) else fold(one) for one in given.words]
    kept = np.array([one[0].isalnum() for one in words], dtype=bool)
    at = np.arange(given.firsts[texts])
    return placed_words(given, words, at[kept[given.numbers[at]]])


def tell(given: Tokens, texts: int, machine: Machine | None) -> Told:
    """What the wording of the first so many texts says."""
    if machine is None:
        return Told(np.full(texts, UNKNOWN))
    told = wording(given, texts, machine)
    return Told(_distances(told, machine), told)


def only_tell(texts: Iterable[str], machine: Machine, language: str) -> list[bool]:
    """Whether each of texts promises nothing in any of its sentences.

    A passage often describes at length what its last sentence then promises to change.
    """
    held = list(texts)
    given = tokens(held, language)
    parts = [list(_sentences(text, given, row)) for row, text in enumerate(held)]
    far = iter(scores_of_texts(list(chain.from_iterable(parts)), machine, language).tolist())
    return [max(islice(far, len(mine)), default=MENTION) < MENTION for mine in parts]


def wording(given: Tokens, texts: int, machine: Machine) -> Vectors:
    """The vectors of the wording of the first so many texts."""
    kinds = placed_wording(given, texts)
    gives, used = given_features(kinds, machine.words)
    counts = counts_in(itself(kinds[0].texts)[:texts], standing(kinds), gives)
    own = machine.words.weights(counts, used)
    return Vectors(own, own, used, counts, kinds, gives)


def scores_of_texts(texts: Sequence[str], machine: Machine, language: str) -> np.ndarray:
    """How far each text by itself is from the line."""
    return _distances(wording(tokens(texts, language), len(texts), machine), machine)


def _distances(told: Vectors, machine: Machine) -> np.ndarray:
    return np.asarray(told.own @ machine.weights[told.used] + machine.intercept)


def _sentences(text: str, given: Tokens, row: int) -> Iterator[str]:
    """The sentences of text `row` of those given."""
    first, last = given.firsts[row : row + 2]
    columns = (one[first:last].tolist() for one in (given.sentences, given.starts, given.ends))
    for _, words in groupby(zip(*columns, strict=True), key=itemgetter(0)):
        held = list(words)
        yield text[held[0][1] : held[-1][2]]
