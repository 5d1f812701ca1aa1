"""Texts as TF-IDF vectors over one- and two-word stems, and the way back to the words.

Sublinear term frequency and stems do better than plain counts on labelled policies; words that a
policy uses everywhere say nothing in it and are damped (Salton and Buckley, 1988, for the weights).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from aligner.text import tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# English function words: they part no action from another. Modal verbs are left to the cues.
STOP_WORDS = frozenset(
    """a all also an and any are as at be been being but by can could did do does each for from
    had has have if in include into is it its may must no nor not of on or other over per
    s shall should so such t than that the their them then there these they this those
    through to under upon was were when where which while who whom whose will with within
    would between""".split()
)


@lru_cache(maxsize=8192)
def grams(text: str, language: str = "en") -> list[str]:
    """The content stems of a text and the pairs of neighbouring ones, in order."""
    return [gram for gram, _, _ in placed_grams(text, language)]


def placed_grams(text: str, language: str = "en") -> list[tuple[str, int, int]]:
    """(gram, start, end) of every one- and two-word gram; offsets into `text`."""
    given = tokens(text, language)
    words = [
        (stem, start, end)
        for stem, start, end in zip(given.stems, given.starts, given.ends, strict=True)
        if stem[0].isalpha() and stem not in STOP_WORDS
    ]
    pairs = [(f"{a} {b}", start, end) for (a, start, _), (b, _, end) in pairwise(words)]
    return words + pairs


@dataclass(frozen=True, slots=True)
class Vectorizer:
    """TF-IDF with a fixed vocabulary: what scikit-learn's TfidfVectorizer learnt, without it.

    Loading scikit-learn takes about a second, half of the time of a short policy, so it is needed
    for learning only; a test holds the two transformations equal.
    """

    vocabulary: dict[str, int]
    idf: np.ndarray

    def weigh(self, texts: Iterable[Sequence[str]]) -> Any:
        """Texts cut into grams as rows of length one (texts x grams, sparse)."""
        import scipy.sparse as sp

        columns, values, ends = [], [], [0]
        for text in texts:
            counts = Counter(self.vocabulary[g] for g in text if g in self.vocabulary)
            order = sorted(counts)
            columns += order
            values += [counts[column] for column in order]
            ends.append(len(columns))
        index = np.array(columns, dtype=np.int32)
        weights = (1.0 + np.log(np.array(values, dtype=np.float32))) * self.idf[index]
        shape = (len(ends) - 1, len(self.vocabulary))
        return unit(sp.csr_matrix((weights, index, ends), shape=shape, dtype=np.float32))


def fitted(texts: Sequence[Sequence[str]], *, least: int) -> Vectorizer:
    """The vectorizer of texts cut into grams, without those in fewer than `least` of them."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    model = TfidfVectorizer(analyzer=list, sublinear_tf=True, min_df=least, dtype=np.float32)
    model.fit(texts)
    vocabulary = {gram: int(column) for gram, column in model.vocabulary_.items()}
    return Vectorizer(vocabulary, model.idf_.astype(np.float32))


def unit(matrix: Any) -> Any:
    """The rows brought to length one; empty rows stay empty."""
    import scipy.sparse as sp

    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    scale = np.divide(1.0, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    return sp.csr_matrix(sp.diags(scale) @ matrix)


# A word in every segment keeps a fifth of its weight; chosen by judgement, not fitted.
_DAMPING = 4.0


def damping(matrix: Any) -> np.ndarray:
    """The weight of each gram by the share of the document's segments that hold it."""
    share = np.asarray((matrix > 0).mean(axis=0)).ravel()
    return 1.0 / (1.0 + _DAMPING * share)


def damped(matrix: Any, weights: np.ndarray) -> Any:
    """The vectors with house words damped, of length one again."""
    import scipy.sparse as sp

    return unit(sp.csr_matrix(matrix @ sp.diags(weights)))
