"""What the matchers know of a framework as numbers, and how it is learnt from its texts."""

from __future__ import annotations

import ctypes
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from aligner.match.lexicon import Lexicon, placed_concepts
from aligner.match.vectors import (
    Counts,
    Vectorizer,
    count,
    fitted,
    placed_features,
    stacked,
    unit,
)
from aligner.text import numbering, tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from aligner.model import Exemplar, Framework


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The numbers of a framework: A actions, O objectives, F features, E exemplars with labels.

    actions (A x F) and centroids (O x F) are TF-IDF rows of length one. exemplars (E x F) hold
    telling words only and are there to be shown, by their ids; labelled holds (action, exemplar)
    pairs sorted by action. weights (F x (A + 1)) and intercepts are the linear machines: one an
    action, the last for evidence of any. languages counts the framework's exemplars by language,
    the commonest first.
    """

    vectorizer: Vectorizer
    action_ids: tuple[str, ...]
    objective_of: np.ndarray
    actions: Any
    centroids: Any
    exemplars: Any
    labelled: np.ndarray
    weights: Any
    intercepts: np.ndarray
    exemplar_ids: tuple[str, ...]
    languages: tuple[tuple[str, int], ...]

    @property
    def trained(self) -> bool:
        """Whether there are exemplars and so linear models."""
        return bool(self.exemplars.shape[0])


def learn(framework: Framework, *, alone: bool = False) -> Knowledge:
    """The knowledge of a framework, made from its actions and exemplars (20 to 30 s for 50,000).

    From those in their commonest language alone, or from all.
    """
    import scipy.sparse as sp

    languages = _languages(framework.exemplars)
    framework = in_commonest_language(framework) if alone else framework
    bank, ids = framework.exemplars, tuple(a.id for a in framework.actions)
    texts = [a.text for a in framework.actions]
    titles = [f"{o.title}. {o.commitment}" for o in framework.objectives]
    both = [*texts, *titles]
    waking = _wake(len(bank))
    counts = counted(framework) if bank else _counted_words(both)
    list(waking)
    words, held = fitted(counts, least=2 if bank else 1)
    exemplars = words.weights(held) if bank else sp.csr_matrix((0, words.width))
    actions, objective_of = words.weigh(texts), objective_numbers(framework)
    labelled = _pairs(framework, ids)
    weights, intercepts = _linear(exemplars, labelled, len(ids))
    told, numbers = np.unique(labelled[:, 1], return_inverse=True)
    return Knowledge(
        vectorizer=words,
        action_ids=ids,
        objective_of=objective_of,
        actions=_short(actions, "actions"),
        centroids=_short(
            _centroids(actions, objective_of, titles=words.weigh(titles)), "centroids"
        ),
        exemplars=_short(telling(exemplars[told], words), "exemplars"),
        labelled=np.stack([labelled[:, 0], numbers.astype(np.int32)], axis=1),
        weights=_short(weights, "weights"),
        intercepts=intercepts,
        exemplar_ids=tuple(bank[line].id for line in told.tolist()),
        languages=languages,
    )


def in_commonest_language(framework: Framework) -> Framework:
    """The framework with the exemplars in their commonest language alone."""
    commonest = [language for language, _ in _languages(framework.exemplars)[:1]]
    kept = tuple(one for one in framework.exemplars if one.language in commonest)
    return replace(framework, exemplars=kept)


def _languages(bank: Sequence[Exemplar]) -> tuple[tuple[str, int], ...]:
    counts = Counter(one.language for one in bank)
    return tuple(sorted(counts.items(), key=lambda one: (-one[1], one[0])))


# The numbers are kept as whole multiples of one part in so many: learnt or restored, they are the
# same, and what is shipped is a quarter as large.
PARTS = {"actions": 1000, "centroids": 1000, "exemplars": 100, "weights": 100}


def _short(matrix: Any, name: str) -> Any:
    parts = np.float32(PARTS[name])
    matrix.data = np.round(matrix.data * parts).astype(np.int16) / parts
    matrix.eliminate_zeros()
    matrix.sort_indices()
    return matrix


# Smaller banks are learnt in seconds: nothing has to be saved there.
_MANY = 5_000
# Each process holds its own copy of the vectors (the number is a judgement).
_MOST_PROCESSES = 4
# For each so many exemplars the other processes wake a second later than the first: all at once,
# they slowed the cutting of 50,000 by a fifth.
_FOR_A_SECOND = 25_000


def processes(exemplars: int) -> int:
    """In how many processes so many exemplars are learnt from."""
    from joblib import cpu_count

    return min(cpu_count(), _MOST_PROCESSES) if exemplars > _MANY else 1


def _wake(exemplars: int) -> Iterable[None]:
    """Starts the processes that will learn, while this one cuts exemplars into features."""
    from joblib import Parallel, delayed

    if (workers := processes(exemplars)) == 1:
        return ()
    parallel = Parallel(n_jobs=workers, return_as="generator")
    waits = [0.0, *[exemplars / _FOR_A_SECOND] * (workers - 1)]
    return cast("Iterable[None]", parallel(delayed(_ready)(wait) for wait in waits))


# mallopt(3): how many pieces of memory are fetched from the system one by one, and from how many
# free bytes on memory is given back.
_MMAP_MAX, _TRIM_THRESHOLD = -4, -1


def _ready(wait: float) -> None:
    """Loads what machines are fitted with, after so many seconds, and keeps memory for the next.

    To give it back after each machine and to fetch it anew took a fifth of the time of fitting.
    """
    time.sleep(wait)
    import_module("sklearn.svm")
    with suppress(AttributeError, OSError, TypeError):  # the C library of GNU alone has it
        library = ctypes.CDLL(None)
        library.mallopt(_MMAP_MAX, 0)
        library.mallopt(_TRIM_THRESHOLD, 1 << 30)


# So many exemplars are cut at a time: more would take memory.
_AT_ONCE = 8_000


def counted(framework: Framework) -> Counts:
    """The features and the concepts of each exemplar, cut and searched in its own language.

    Concepts make one word of the many that policies have for a thing, in every language.
    """
    bank = framework.exemplars
    concepts = replace(framework, exemplars=(), rules=(), cues=(), principles=())
    lexicons = {one: Lexicon(concepts, one) for one in sorted({one.language for one in bank})}
    parts, lines, order = [], [], numbering()
    for language, some in _chunks(bank):
        lexicon, given = lexicons[language], tokens([bank[i].text for i in some], language)
        kinds = (*placed_features(given), placed_concepts(lexicon.finder.find(given), lexicon))
        parts.append(count(kinds, order))
        lines += some
    return stacked(parts, lines, order)


def _counted_words(texts: Sequence[str]) -> Counts:
    """The features of texts, without concepts: those of actions without exemplars."""
    order = numbering()
    return Counts(count(placed_features(tokens(texts)), order), list(order))


def _chunks(bank: Sequence[Exemplar]) -> Iterator[tuple[str, list[int]]]:
    """The numbers of exemplars in one language, some at a time."""
    for language in sorted({one.language for one in bank}):
        lines = [i for i, one in enumerate(bank) if one.language == language]
        for first in range(0, len(lines), _AT_ONCE):
            yield language, lines[first : first + _AT_ONCE]


# How rare (as the vectorizer counts it) is what one exemplar in twenty has.
_VAGUE = np.log(20.0) + 1.0


def telling(matrix: Any, vectorizer: Vectorizer) -> Any:
    """The vectors without parts of words and without vague concepts, of length one again.

    Enough to find what reads alike: four in ten entries are left, and one pair in four gets another
    exemplar. Of twelve looked at, with still fewer concepts, those chosen were as good.
    """
    import scipy.sparse as sp

    keep = np.ones(matrix.shape[1], dtype=np.float32)
    for feature, column in vectorizer.vocabulary.items():
        if feature[0] == "#" or (feature[0] == "@" and vectorizer.idf[column] < _VAGUE):
            keep[column] = 0
    kept = sp.csr_matrix(matrix @ sp.diags(keep))
    kept.eliminate_zeros()
    return unit(kept)


def objective_numbers(framework: Framework) -> np.ndarray:
    """The place of each action's objective among the framework's objectives."""
    order = {objective.id: i for i, objective in enumerate(framework.objectives)}
    return np.array([order[action.objective] for action in framework.actions], dtype=np.int32)


def _centroids(actions: Any, objective_of: np.ndarray, *, titles: Any) -> Any:
    """The sum of the actions and the title of each objective, of length one."""
    import scipy.sparse as sp

    member = sp.csr_matrix(
        (np.ones(len(objective_of), dtype="float32"), (objective_of, np.arange(len(objective_of)))),
        shape=(titles.shape[0], len(objective_of)),
    )
    return unit(sp.csr_matrix(member @ actions + titles))


def _pairs(framework: Framework, ids: tuple[str, ...]) -> np.ndarray:
    """(action, exemplar) of every label, sorted."""
    order = {action: i for i, action in enumerate(ids)}
    labelled = {
        (order[a], e)
        for e, exemplar in enumerate(framework.exemplars)
        for a, _ in exemplar.labels
        if a in order
    }
    return np.array(sorted(labelled), dtype=np.int32).reshape(-1, 2)


# So many machines are handed to a process at a time; as joblib parts them they took a tenth longer.
_IN_A_ROW = 24


def _linear(exemplars: Any, labelled: np.ndarray, count: int) -> tuple[Any, np.ndarray]:
    """One linear support vector machine an action, and one for evidence of any action.

    In processes, not threads: the solver draws from one generator for a whole process, and with
    threads the third digit of a weight was another in every run.
    """
    import scipy.sparse as sp
    from joblib import Parallel, delayed

    lines = [sp.csr_matrix((1, exemplars.shape[1]), dtype=np.float32)] * (count + 1)
    intercepts = np.full(count + 1, -1.0, dtype="float32")
    truth = np.zeros((count + 1, exemplars.shape[0]), dtype=np.int8)
    truth[labelled[:, 0], labelled[:, 1]] = 1
    truth[count] = truth.any(axis=0)
    times = shown(exemplars, truth)
    parted = [n for n, ones in enumerate(truth.sum(axis=1)) if 0 < ones < truth.shape[1]]
    given = exemplars.astype(np.float64)  # what the solver wants, cast once for all
    made = Parallel(n_jobs=processes(truth.shape[1]), batch_size=_IN_A_ROW)(
        delayed(fit_machine)(given, truth[n], times[n]) for n in parted
    )
    for number, (line, intercept) in zip(parted, made, strict=True):
        lines[number], intercepts[number] = line, intercept
    return sp.vstack(lines).T.tocsr(), intercepts


# A machine is shown the exemplars that come nearest to its own, and of the others every eighth,
# which counts eight times. What lies far beyond its line does not move the line: with a third of
# all to learn from figures were those of all of them, in a third of the time.
_NEAREST = 0.2
_STEP = 8
# Its own are few and count a little more. Whether once, twice or three times is within the noise of
# the figures; as much as all others together did worse (best F1 .73 instead of .75).
_OWN = 1.5


def shown(exemplars: Any, truth: np.ndarray) -> np.ndarray:
    """How often each exemplar counts for each machine, 0 for not at all (machines x E)."""
    import scipy.sparse as sp

    times = np.ones(truth.shape, dtype=np.float32)
    if truth.shape[1] <= _MANY:
        return times
    times[:-1] = np.where(np.arange(truth.shape[1]) % _STEP == 0, _STEP, 0)
    centroids = unit(sp.csr_matrix(sp.csr_matrix(truth[:-1], dtype=np.float32) @ exemplars))
    dense, middle = centroids.T.toarray(order="C"), truth.shape[1] // 2
    with ThreadPoolExecutor() as pool:  # in two halves: .3 s of 1.3 less
        halves = pool.map(lambda some: some @ dense, (exemplars[:middle], exemplars[middle:]))
    cosines = np.vstack(list(halves)).T
    least = np.quantile(cosines, 1 - _NEAREST, axis=1, keepdims=True)
    times[:-1][cosines >= least] = 1
    times[:-1][truth[:-1] > 0] = _OWN
    return times


# Smaller weights are left out: they are nine tenths of all, and the figures stay the same.
_LEAST_WEIGHT = 0.03


def fit_machine(exemplars: Any, truth: np.ndarray, times: np.ndarray) -> tuple[Any, float]:
    """The weights (1 x F) and intercept of the machine that parts ones of `truth` from the rest.

    `times` says how often each exemplar counts. Fan et al., 2008, for the solver. Stricter or
    smoother machines (C 1.0, 0.2) did no better on labelled policies, nor did those that a tenth of
    this tolerance makes, in twice as many rounds.
    """
    import scipy.sparse as sp
    from sklearn.svm import LinearSVC

    rows = np.flatnonzero(times)
    machine = LinearSVC(C=0.3, random_state=0, tol=1.0)
    machine.fit(exemplars[rows], truth[rows], sample_weight=times[rows])
    line = np.where(np.abs(machine.coef_) < _LEAST_WEIGHT, 0.0, machine.coef_).astype(np.float32)
    return sp.csr_matrix(np.round(line, 4)), round(float(machine.intercept_[0]), 4)
