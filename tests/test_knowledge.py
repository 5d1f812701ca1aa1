"""What was learnt: shipped, kept in a cache, and the same as what would be learnt now."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from aligner import framework, match
from aligner.framework import Exemplars
from aligner.match import learn as learning
from aligner.match.knowledge import know
from aligner.match.learn import learn
from aligner.model import Action, Exemplar, Framework, Objective

TEXTS = (
    "Recruitment agencies are licensed and may not charge fees.",
    "Agencies that charge recruitment fees lose their licence.",
    "The cost of remittances will be cut.",
    "Banks lower the cost of remittances.",
)


def frame(*, first: str = TEXTS[0]) -> Framework:
    labels = ("6.c", "6.c", "20.a", "20.a")
    texts = (first, *TEXTS[1:])
    return Framework(
        id="test",
        title="Test",
        version="1",
        sha256="0",
        objectives=(Objective("6", "Recruitment"), Objective("20", "Remittances")),
        actions=(Action("6.c", "6", "Regulate agencies."), Action("20.a", "20", "Cut costs.")),
        exemplars=tuple(
            Exemplar(f"bank:{i}", text, ((label, "full"),))
            for i, (text, label) in enumerate(zip(texts, labels, strict=True))
        ),
    )


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ALIGNER_CACHE", str(tmp_path))
    return tmp_path


def test_shipped_pack_has_nothing_to_learn(cache):
    """A fresh install starts at once: what was learnt is shipped and fits the pack."""
    told: list[str] = []
    for language in ("en", "fr"):
        match.knower(framework.load(), told.append)(language)
    assert not told
    assert not list(cache.iterdir())


def test_shipped_numbers_are_what_would_be_learnt():
    """After a change of words, vectors or machines scripts/learn has to be run."""
    pack = learning.in_commonest_language(framework.load())
    held = know(framework.load(), alone=True)
    fresh, counts = learning.fitted(learning.counted(pack), least=2)
    assert held.vectorizer.vocabulary == fresh.vocabulary
    np.testing.assert_allclose(held.vectorizer.idf, fresh.idf, rtol=1e-5)
    column = held.action_ids.index("6.c")
    exemplars, own = fresh.weights(counts), [{a for a, _ in e.labels} for e in pack.exemplars]
    truth = np.array([["6.c" in one for one in own], list(map(bool, own))], dtype=np.int8)
    weights, intercept = learning.fit_machine(
        exemplars, truth[0], learning.shown(exemplars, truth)[0]
    )
    kept, weights = held.weights[:, column].toarray()[:, 0], weights.toarray()[0]
    np.testing.assert_allclose(kept[kept != 0], weights[kept != 0], atol=0.0051)  # hundredths
    assert held.intercepts[column] == pytest.approx(intercept, abs=0.0001)


def test_exemplars_cut_some_at_a_time_are_those_cut_at_once(monkeypatch):
    """How much memory is spared must not show in what is learnt."""
    given = frame()
    words, one = learning.fitted(learning.counted(given), least=1)
    monkeypatch.setattr(learning, "_AT_ONCE", 3)
    same, several = learning.fitted(learning.counted(given), least=1)
    assert words.vocabulary == same.vocabulary
    assert (words.idf == same.idf).all()
    assert (one != several).nnz == 0


def test_machines_fitted_in_several_processes_are_those_fitted_in_one(monkeypatch):
    """How many processors a machine has must not show in what is learnt."""
    one = learning.learn(frame())
    monkeypatch.setattr(learning, "processes", lambda _: 2)
    several = learning.learn(frame())
    assert (one.weights != several.weights).nnz == 0
    assert (one.intercepts == several.intercepts).all()


def test_policies_in_the_commonest_language_are_matched_by_its_exemplars_alone(cache):
    """Spanish exemplars would cost English policies; Spanish policies need the English ones too."""
    given = frame()
    labels = (("6.c", "full"),)
    spanish = Exemplar("es:1", "Las agencias no cobran.", labels, language="es")
    both = replace(given, exemplars=(*given.exemplars, spanish))
    known = match.knower(both)
    assert known("en").exemplar_ids == tuple(one.id for one in given.exemplars)
    assert known("es").exemplar_ids == tuple(one.id for one in both.exemplars)
    assert known("") is known("en")
    known = match.knower(given)
    assert known("es") is known("en")


def test_cache_gives_what_was_learnt(cache):
    """Restored knowledge is the learnt one, to the last digit."""
    told: list[str] = []
    learnt = know(frame(), told.append)
    assert told == ["Learning from 4 exemplars (once)"]
    restored = know(frame(), told.append)
    assert len(told) == 1
    assert (learnt.weights != restored.weights).nnz == 0
    assert (learnt.exemplars != restored.exemplars).nnz == 0
    assert learnt.vectorizer.vocabulary == restored.vectorizer.vocabulary


def test_what_was_learnt_needs_no_exemplar(cache, monkeypatch):
    """Matching reads none of the 60,000 passages, whose files are only hashed."""
    monkeypatch.setattr(Exemplars, "_all", property(lambda _: pytest.fail("was read")))
    assert match.knower(framework.load())("en").trained


def test_changed_exemplar_is_learnt_anew(cache):
    """One word less, and the cache of before is not believed."""
    told: list[str] = []
    know(frame(), told.append)
    know(frame(first="Recruitment agencies are licensed."), told.append)
    assert len(told) == 2


@pytest.mark.parametrize("damage", [b"", b"not a cache", b"PK\x03\x04 half"])
def test_damaged_cache_is_learnt_anew(cache, damage):
    """A cache is never trusted more than the exemplars it was made of."""
    know(frame())
    (path,) = cache.iterdir()
    path.write_bytes(damage)
    told: list[str] = []
    know(frame(), told.append)
    assert len(told) == 1


def test_learning_twice_gives_the_same(cache):
    """Chance changes no number."""
    one, two = learn(frame()), learn(frame())
    assert (one.weights != two.weights).nnz == 0
    assert one.intercepts.tolist() == two.intercepts.tolist()
