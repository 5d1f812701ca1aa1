"""Promises and mentions: what the wording of a passage says, whatever it is about."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import import_module
from operator import attrgetter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aligner import framework, match
from aligner.errors import FrameworkError
from aligner.explain import explain
from aligner.framework.promise import read_promises
from aligner.framework.source import Source, open_source
from aligner.match.promise import (
    MENTION,
    Machine,
    best_sentences,
    machine_of,
    placed_wording,
    scores_of_texts,
)
from aligner.model import Promise, Segment
from aligner.text import tokens

KEPT_APART = Path(__file__).parents[1] / "benchmarks" / "gold" / "pairs"
MADE = Promise(
    "en", -0.5, ("will", "was", "will be", "0", "by 0"), (1.0, 1.0, 2.0, 1.0, 2.0),
    (1.0, -2.0, 1.5, 0.1, 0.8),
)  # fmt: skip
PAIRS = {
    "4.a": (
        "The births of migrants were seldom registered; teams were few, and often books were lost.",
        "Mobile registration teams will issue birth certificates in all border districts.",
    ),
    "6.c": (
        "The fees of migrant workers were a subject of debate in former days; little was done.",
        "Agencies are licensed and may not charge recruitment fees to migrant workers.",
    ),
}
TOLD = "Recruitment fees of migrant workers were a problem, and little was known of what was paid."


@pytest.fixture(scope="module")
def shipped():
    return framework.load()


@pytest.fixture(scope="module")
def machines(shipped) -> dict[str, Machine]:
    known = {one.language: machine_of(shipped.promises, one.language) for one in shipped.promises}
    return {language: one for language, one in known.items() if one}


def test_machine_is_its_numbers():
    """The sum of weight times (1 + log count) times rarity over the length, and the intercept."""
    machine = machine_of((MADE,), "en")
    assert machine
    (score,) = scores_of_texts(["It will be done, and will be paid."], machine, "en")
    often = 1.0 + np.log(2.0)
    will, both = often * 1.0, often * 2.0
    assert score == pytest.approx((will + 1.5 * both) / np.hypot(will, both) - 0.5, abs=1e-6)


def test_numbers_are_alike():
    """A machine that learnt of 2026 knows 2031."""
    machine = machine_of((MADE,), "en")
    assert machine
    first, other = scores_of_texts(["By 2026.", "By 2031."], machine, "en")
    assert first == other > -0.5


def test_first_word_of_a_sentence_tells():
    """What opens a sentence says more than the same word inside it."""
    given = tokens(["A lack of it. Lack of all.", "No: lack.", ""])
    *_, openers = placed_wording(given, np.arange(3))
    told = [openers.names[openers.ends[one]] for one in openers.which]
    assert list(zip(openers.rows.tolist(), told, strict=True)) == [
        (0, "^ a"), (0, "^ lack"), (1, "^ no"),
    ]  # fmt: skip


def test_language_without_machine_has_none(shipped):
    """Nothing is known of its wording, and nothing is set aside for it."""
    assert machine_of((MADE,), "pt") is None
    bare = replace(shipped, promises=())
    segments = [Segment("s0", "paragraph", PAIRS["6.c"][0], 1, 1)]
    found, *_ = match.match(segments, bare, known=match.knower(bare)("en"))
    assert {signal.matcher for one in found for signal in one.signals}.isdisjoint({"promise"})


def test_list_without_examples_borrows_the_machine(shipped):
    """What only tells is set aside whatever the actions were learnt from."""
    bare = replace(shipped, exemplars=())
    segments = [Segment("s0", "paragraph", TOLD, 1, 1)]
    found, *_ = match.match(segments, bare, known=match.knower(bare)("en"))
    assert found
    for one in found:
        assert ("promise", "veto") in {(signal.matcher, signal.effect) for signal in one.signals}


@pytest.mark.parametrize("action", PAIRS)
def test_mention_is_set_aside_and_promise_counts(shipped, action):
    """Two passages on one subject, of which one tells what was not done."""
    texts = PAIRS[action]
    segments = [Segment(f"s{i}", "paragraph", text, 1, 1) for i, text in enumerate(texts)]
    found, *_ = match.match(segments, shipped, known=match.knower(shipped)("en"))
    mine = {one.segment: one for one in found if one.action == action}
    assert mine["s1"].accepted
    assert not mine["s0"].accepted
    (said,) = [one for one in mine["s0"].signals if one.matcher == "promise"]
    assert (said.effect, said.score < MENTION) == ("veto", True)


def test_passage_promises_when_one_sentence_does(machines):
    """A description and what will change: as a whole they read like a description."""
    told = "Agencies were often seldom seen. Few were known, some were not, and many would be."
    texts = [told, f"{told} The Ministry will strengthen support for migrant workers."]
    assert (scores_of_texts(texts, machines["en"], "en") < MENTION).all()
    first, second = best_sentences(texts, machines["en"], "en")
    assert first < 0 < second
    assert not len(best_sentences([], machines["en"], "en"))


def test_what_the_wording_says_is_told(shipped):
    """A passage that is set aside for its wording names the words."""
    segments = [Segment("s0", "paragraph", TOLD, 1, 1)]
    found, *_ = match.match(segments, shipped, known=match.knower(shipped)("en"))
    (one,) = [one for one in found if one.action == "6.c"]
    action = next(a for a in shipped.actions if a.id == "6.c")
    told = explain(replace(one, vetoed=True), segments[0], action)
    assert "its wording tells rather than commits ('" in told
    assert "'was" in told


@settings(max_examples=40, deadline=None)
@example(texts=[""])
@given(texts=st.lists(st.text("wil be, by 2026 was.\n", max_size=40), min_size=1, max_size=4))
def test_terms_and_rest_add_up_to_the_score(machines, shipped, texts):
    """No score without the words that made it."""
    segments = [
        Segment(f"s{i}", "paragraph", f"{text} {TOLD}", 1, 1) for i, text in enumerate(texts)
    ]
    found, *_ = match.match(segments, shipped, known=match.knower(shipped)("en"))
    expected = scores_of_texts([one.text for one in segments], machines["en"], "en").tolist()
    said = [signal for one in found for signal in one.signals if signal.matcher == "promise"]
    assert said or "" not in texts
    for one in said:
        assert one.score == pytest.approx(expected[int(one.segment[1:])], abs=1e-5)
        assert one.rest + sum(term.weight for term in one.terms) == pytest.approx(
            one.score, abs=1e-5
        )


@pytest.mark.parametrize("path", sorted(KEPT_APART.glob("*.jsonl")), ids=attrgetter("stem"))
def test_pairs_that_nothing_learnt_from_are_told_apart(machines, path):
    """Writers who saw neither the machine nor its lessons: of ten pairs nine."""
    pairs = list(map(json.loads, path.read_text("utf-8").splitlines()))
    language = pairs[0]["language"]
    promises, mentions = (
        scores_of_texts([pair[side] for pair in pairs], machines[language], language)
        for side in ("yes", "no")
    )
    assert np.mean(promises > mentions) > 0.88


def test_shipped_numbers_are_what_is_learnt(machines, monkeypatch):
    """promise.tsv is made of the exemplars and pairs beside it (French: it is quick)."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "benchmarks"))
    promise = import_module("promise")
    made, shipped = promise.learnt(*promise.lessons()["fr"], "fr"), machines["fr"]
    assert made.words.vocabulary.keys() == shipped.words.vocabulary.keys()
    column = shipped.words.vocabulary
    pairs = [
        (made.weights[i], shipped.weights[column[n]]) for n, i in made.words.vocabulary.items()
    ]
    assert np.abs(np.diff(pairs)).max() < 0.02
    assert made.intercept == pytest.approx(shipped.intercept, abs=0.02)


def source(folder: Path, text: str) -> Source:
    path = folder / "promise.tsv"
    path.write_text(text, encoding="utf-8")
    return open_source(path, path.name)


HEADED = "language\twording\tweight\trarity\nen\t\t-0.5\t0\n"


def test_file_is_read(tmp_path: Path):
    """Languages, each with features that have a weight and a rarity."""
    text = f"{HEADED}en\twill be\t1.5\t2.0\nfr\t\t1\t0\nfr\tsera\t1\t3\n"
    assert read_promises(source(tmp_path, text)) == (
        Promise("en", -0.5, ("will be",), (2.0,), (1.5,)),
        Promise("fr", 1.0, ("sera",), (3.0,), (1.0,)),
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("language\twording\n", 1),
        (f"{HEADED}en\twill\t1\n", 3),
        (f"{HEADED}en\twill\t1\t2\t3\n", 3),
        (f"{HEADED}en\twill\t1\ttwo\n", 3),
        (f"{HEADED}en\twill\t1\t1e999\n", 3),
        (f"{HEADED}en\twill\tnan\t1\n", 3),
        (f"{HEADED}\nen\twill\t1\t2\n", 3),
        (f"{HEADED}en\twill\t1\t2\nen\twill\t1\t2\n", 0),
        (f"{HEADED}fr\tsera\t1\t2\n", 0),
        (f"{HEADED}fr\t\t1\t0\nen\t\t1\t0\n", 0),
    ],
)
def test_file_with_a_wrong_number_is_refused(tmp_path: Path, text: str, line: int):
    """It names the file, the line and what to do."""
    with pytest.raises(FrameworkError, match="missing or wrong") as caught:
        read_promises(source(tmp_path, text))
    assert caught.value.line == line
    assert "benchmarks/promise.py" in str(caught.value.hint)
