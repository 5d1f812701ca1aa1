"""Matching: what is accepted, what is vetoed, what is kept, and that it can be repeated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aligner import match
from aligner.errors import FrameworkError
from aligner.match.combine import WORDS_ONLY, choose, probabilities, threshold
from aligner.match.knowledge import know
from aligner.match.learn import learn
from aligner.match.reasons import _spread
from aligner.match.scores import tfidf
from aligner.model import (
    Action,
    Concept,
    Cue,
    Exemplar,
    Framework,
    Fusion,
    Objective,
    Rule,
    Segment,
)

HITS = {
    "6.c": (
        "Recruitment agencies are licensed and may not charge fees to workers.",
        "The ministry will license recruitment agencies and prohibit recruitment fees.",
        "Agencies that charge workers recruitment fees lose their licence.",
    ),
    "20.a": (
        "The cost of remittances will be cut below three per cent.",
        "Banks will lower the cost of sending remittances home.",
        "Reduce the transfer cost of remittances of migrant workers.",
    ),
}
FUSION = Fusion(
    bias=-1.0,
    weights=(("linear", 3.0), ("action", 1.0)),
    accept=0.5,
    full=0.8,
)
REJECTION = Cue("rejection", "veto", 0.9, ("does not intend", "was rejected"))
TOPIC = Cue("topic", "topic", 1.0, ("migrant", "recruitment", "remittance"))


def frame(*cues: Cue, exemplars: bool = True) -> Framework:
    bank = [(text, ((action, "full"),)) for action, texts in HITS.items() for text in texts]
    bank += [("Water pipes in the capital will be renewed by the city.", ())]
    bank += [("Schools in rural districts will receive books.", ())]
    return Framework(
        id="test",
        title="Test",
        version="1",
        sha256="0" * 64,
        objectives=(Objective("6", "Fair recruitment"), Objective("20", "Cheaper remittances")),
        actions=(
            Action("6.c", "6", "Regulate recruitment agencies and prohibit recruitment fees."),
            Action("20.a", "20", "Cut the transfer costs of remittances."),
        ),
        cues=cues,
        exemplars=tuple(
            Exemplar(f"bank:{i}", text, labels)
            for i, (text, labels) in enumerate(bank)
            if exemplars
        ),
        fusion=FUSION,
    )


def segments(*texts: str) -> tuple[Segment, ...]:
    return tuple(
        Segment(f"s{i:04d}", "paragraph", text, i, i, language="en")
        for i, text in enumerate(texts, 1)
    )


def found(given: Framework, *texts: str) -> dict[tuple[str, str], match.Match]:
    matches, _, _ = match.match(segments(*texts), given, known=learn(given))
    return {(m.segment, m.action): m for m in matches}


FEES = "Agencies shall not charge recruitment fees to workers and must be licensed."
PIPES = "The city renews its water pipes."


def test_evidence_is_accepted_with_its_reasons():
    """A match names who saw what, and in which words."""
    one = found(frame(), FEES, PIPES)["s0001", "6.c"]
    assert one.accepted
    assert {s.matcher for s in one.signals} == {
        "action", "linear", "evidence", "share", "exemplars",
    }  # fmt: skip
    (near,) = [s for s in one.signals if s.matcher == "exemplars"]
    assert near.source.startswith("bank:")
    assert "recruitment" in {FEES[t.start : t.end] for t in near.terms}


def test_rules_of_an_action_add_up():
    """Two rules look for two cores of an action: who has both is surer to be evidence."""
    fees = Rule("6.c-fees", "6.c", 0.5, (("recruitment fees",),))
    licence = Rule("6.c-licence", "6.c", 0.25, (("licensed",),))
    given = replace(frame(), rules=(fees, licence))
    scores, _ = match.confidences(segments(FEES, PIPES, "No recruitment fees."), given, known=KNOWN)
    column = KNOWN.action_ids.index("6.c")
    assert scores.values["rules"][:, column].tolist() == [0.75, 0.0, 0.5]


def test_what_falls_short_is_kept_as_nearest():
    """A gap can be defended only with what was close to it."""
    matches = found(frame(), FEES, PIPES)
    assert not matches["s0001", "20.a"].accepted
    assert not any(m.accepted for (segment, _), m in matches.items() if segment == "s0002")


def test_measure_that_fits_nothing_has_a_nearest_action():
    """However many passages came nearer to each action, and only where it is of the subject."""
    promise = Cue("promise", "support", 0.6, ("will",), measure="commitment")
    nearer = [f"Migrants sang {number} songs." for number in range(9)]
    pipes = "The city will renew water pipes in rural schools"
    texts = (*nearer, f"{pipes} for migrants.", f"{pipes}.")
    assert "s0010" in {segment for segment, _ in found(frame(TOPIC, promise), *texts)}
    assert "s0010" not in {segment for segment, _ in found(frame(TOPIC), *texts)}
    assert "s0011" not in {segment for segment, _ in found(frame(TOPIC, promise), *texts)}


def test_rejected_measure_is_set_aside_not_lost():
    """What a policy "does not intend" is no evidence, and the analyst sees what the veto cost."""
    text = "The Government does not intend to license agencies or prohibit recruitment fees."
    one = found(frame(REJECTION), text, PIPES)["s0001", "6.c"]
    assert one.vetoed
    assert not one.accepted
    assert any(s.source == "rejection" for s in one.signals)


def test_adopted_measure_beside_a_rejected_one_counts():
    """Where a unit holds both only the adopted one counts, and it does."""
    text = (
        "Agencies shall not charge recruitment fees to workers and must be licensed. "
        "A new visa was rejected."
    )
    assert found(frame(REJECTION), text, PIPES)["s0001", "6.c"].accepted


def test_passage_off_the_subject_is_not_evidence():
    """In a policy on water the words of the Compact mean something else."""
    water = [f"Agencies are licensed and charge fees for water, case {i}." for i in range(20)]
    assert not any(m.accepted for m in found(frame(TOPIC), *water).values())


def test_line_of_figures_is_no_evidence():
    """A row of a table of costs has the words of a measure and commits to nothing."""
    costs = "Recruitment agencies licensed, recruitment fees 1.9 3.4 3.6 3.6 3.7 16.2"
    one = found(frame(), costs, PIPES)["s0001", "6.c"]
    assert not one.accepted
    assert any(s.source == "figures" for s in one.signals)


def test_exemplars_in_another_language_teach_that_language():
    """A French policy is matched by French exemplars, cut and stemmed as French."""
    text = "Les frais de recrutement sont interdits aux agences agréées."
    given = (Segment("s0001", "paragraph", text, 1, 1, language="fr"),)
    taught = tuple(
        Exemplar(f"fr:{i}", words, (("6.c", "full"),), language="fr")
        for i, words in enumerate((
            "Les agences de recrutement agréées ne perçoivent aucun frais des travailleurs.",
            "Il est interdit à toute agence de percevoir des frais de recrutement.",
        ))
    )  # fmt: skip

    def score(pack: Framework) -> float:
        (one,) = [m for m in match.match(given, pack, known=learn(pack))[0] if m.action == "6.c"]
        return next(s.score for s in one.signals if s.matcher == "linear")

    before = frame()
    after = replace(before, exemplars=before.exemplars + taught)
    assert score(after) > score(before) + 0.3


def test_list_without_exemplars_is_matched_by_its_words():
    """An analyst's own list works without any training."""
    one = found(frame(exemplars=False), FEES, PIPES)["s0001", "6.c"]
    assert {s.matcher for s in one.signals} == {"action", "objective"}


@pytest.mark.parametrize(
    ("lead", "counts"),
    [
        ("The Ministry will:", True),
        ("The Government does not intend to:", False),
        ("The Government does not intend to change the law. The Ministry will:", True),
        ("The Government does not intend to change the law.", True),
    ],
)
def test_what_introduces_a_list_rejects_its_items(lead, counts):
    """'The Government does not intend to:' is said once, above what it does not intend to do."""
    item = replace(segments(FEES)[0], kind="item", context=(lead,))
    given, *_ = match.match((item, *segments(FEES, PIPES)[1:]), frame(REJECTION), known=KNOWN)
    one = next(m for m in given if (m.segment, m.action) == (item.id, "6.c"))
    assert (one.accepted, one.vetoed) == (counts, not counts)


def test_at_most_four_actions_a_segment():
    """A unit has 0 to 4 labels in the codebook."""
    confidence = np.array([[0.9, 0.8, 0.7, 0.6, 0.55, 0.1]])
    apart = np.arange(6)
    assert choose(confidence, FUSION, apart).counted.tolist() == [[True] * 4 + [False] * 2]


@given(st.lists(st.floats(-3, 3), min_size=2, max_size=2), st.floats(0, 1))
def test_probability_is_the_logistic_of_a_sum(weights, score):
    """The share of each matcher in a decision can be read off."""
    fusion = Fusion(weights[0], (("action", weights[1]),), 0.5, 0.5)
    value = probabilities({"action": np.array([[score]])}, fusion)[0, 0]
    assert value == pytest.approx(1 / (1 + np.exp(-(weights[0] + weights[1] * score))))


def test_prior_moves_its_own_action_alone():
    """What labelled policies have less often than its words suggest needs more to count."""
    weighed = replace(FUSION, weights=(*FUSION.weights, ("prior", 1.0)))
    rare = replace(weighed, priors=(("6.c", -2.0),))
    before, after = (found(replace(frame(), fusion=one), FEES, PIPES) for one in (weighed, rare))
    assert {action for pair, action in before if before[pair, action] != after[pair, action]} == {
        "6.c"
    }
    here = "s0001", "6.c"
    odds = [np.log(m[here].confidence / (1 - m[here].confidence)) for m in (before, after)]
    assert odds[0] - odds[1] == pytest.approx(2.0, abs=0.01)


@given(st.lists(st.floats(0.01, 0.99), min_size=1, max_size=30))
def test_threshold_is_that_of_the_best_expected_f1_times_it(values):
    """No other threshold promises a better F1; the less is promised, the lower it is."""

    def expected(at: float) -> float:
        taken = [v for v in values if v >= at]
        return 2 * sum(taken) / (len(taken) + sum(values))

    best = max(values, key=lambda v: (expected(v), v))
    wanted = min(max(best * expected(best), 0.25), 0.5)
    fusion = Fusion(0.0, (), accept=0.25, full=0.8)
    assert threshold(np.array(values).reshape(-1, 1), fusion) == pytest.approx(wanted)


def counted(*columns, of, accept=0.4, learnt=("a policy",)):
    """Which segments count for each action, by column."""
    fusion = Fusion(0.0, (), accept=accept, full=0.8, learnt=learnt)
    return choose(np.array(columns).T, fusion, np.array(of)).counted.T.tolist()


def test_best_segment_of_an_action_counts_from_a_lower_likelihood():
    """A false gap costs more than a weak passage, where the policy speaks of the objective."""
    columns = [0.38, 0.37, 0.0], [0.9, 0.8, 0.9]
    assert counted(*columns, of=[0, 0])[0] == [True, False, False]
    assert counted(*columns, of=[0, 1])[0] == [False, False, False]


def test_beside_evidence_for_the_objective_still_less_is_enough():
    """A policy says what it says of an objective in passages one after the other."""
    for place, enough in enumerate([False, True, True, True, True, True, False]):
        weak, strong = [0.0] * 7, [0.0, 0.0, 0.0, 0.9, 0.0, 0.0, 0.0]
        weak[place] = 0.12
        assert counted(weak, strong, of=[0, 0])[0][place] is enough
        assert counted(weak, strong, of=[0, 1])[0][place] is False


def test_objective_of_which_nothing_is_likely_has_no_evidence():
    """A passage that stands alone and is likelier wrong than right would be a false alarm."""
    columns = [0.45, 0.0], [0.0, 0.42], [0.9, 0.0]
    assert counted(*columns, of=[0, 0, 1]) == [[False] * 2, [False] * 2, [True, False]]
    assert counted(*columns, of=[0, 1, 0])[0] == [True, False]
    by_hand = counted(*columns, of=[0, 0, 1], learnt=())
    assert by_hand == [[True, False], [False, True], [True, False]]


def test_fusion_with_an_unknown_matcher_is_an_error():
    """A matcher that is gone cannot be weighed; the message says what to do."""
    with pytest.raises(FrameworkError, match=r"fusion\.json weighs 'gone'"):
        probabilities({"action": np.zeros((1, 1))}, Fusion(0.0, (("gone", 1.0),), 0.3, 0.5))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300) | st.lists(st.sampled_from(FEES.split()), max_size=40).map(" ".join))
def test_terms_and_rest_add_up_to_the_score(text):
    """Every linear score is what its words weigh, and the rest that is named beside them."""
    for one in match.match(segments(text, PIPES), frame(), known=KNOWN)[0]:
        for signal in one.signals:
            if signal.matcher == "linear":
                total = signal.rest + sum(term.weight for term in signal.terms)
                assert signal.score == pytest.approx(total, abs=1e-5)


def test_all_words_of_a_segment_explain_its_linear_score():
    """With every word told, what is left beside them is the machine's own intercept."""
    text = "Agencies recruit workers."
    given = match.match(segments(text, PIPES), frame(), known=KNOWN)[0]
    (signal,) = [
        s for m in given if (m.segment, m.action) == ("s0001", "6.c")
        for s in m.signals if s.matcher == "linear"
    ]  # fmt: skip
    assert signal.rest == pytest.approx(float(KNOWN.intercepts[0]), abs=0.04)


def test_weights_are_laid_out_over_their_places():
    """A word or concept that stands twice is shared out, whether it counts twice or once."""
    fees = Concept("fee", (("en", ("recruitment fee", "placement fee")),))
    given = replace(frame(), concepts=(fees,))
    known = learn(given)
    text = "Placement fees and recruitment fees, fees of agencies."
    scores = match.score(segments(text, PIPES), given, known=known)
    laid = _spread(scores, scores.vectors, np.array([0]))
    assert "@fee" in known.vectorizer.vocabulary
    assert laid.shares.sum() == pytest.approx(float(scores.vectors.own[[0]].sum()), abs=1e-5)


def test_cosine_with_the_action_is_that_of_its_words():
    """The sum of what the words weigh is the product of passage and action."""
    cosines = tfidf(match.score(segments(FEES, PIPES), frame(), known=KNOWN).vectors, KNOWN)
    told = [
        signal
        for one in match.match(segments(FEES, PIPES), frame(), known=KNOWN)[0]
        for signal in one.signals
        if signal.matcher == "action" and signal.segment == "s0001"
    ]
    assert told
    for signal in told:
        column = KNOWN.action_ids.index(signal.action)
        assert signal.score == pytest.approx(cosines["action"][0, column], abs=1e-5)


def test_same_input_gives_the_same_matches():
    """Twice the same, to the last digit."""
    assert found(frame(REJECTION, TOPIC), FEES, PIPES) == found(
        frame(REJECTION, TOPIC), FEES, PIPES
    )


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=80), max_size=4))
def test_any_text_can_be_matched(texts):
    """Whatever a file holds, matching ends, and confidences are probabilities."""
    given = frame(REJECTION, TOPIC)
    for one in match.match(segments(*texts), given, known=KNOWN)[0]:
        assert 0 <= one.confidence <= 1


KNOWN = learn(frame())


def test_scores_of_a_text_do_not_depend_on_the_others():
    """`aligner score` gives a text the same numbers in any company."""
    alone = list(match.scores_of(segments(FEES), frame(), known=KNOWN))
    both = list(match.scores_of(segments(FEES, PIPES), frame(), known=KNOWN))
    assert alone[0] == both[0]


def test_words_only_weights_name_real_scores():
    """The weights for plain lists speak of scores that exist."""
    scores, _ = match.confidences(segments(FEES), frame(exemplars=False), known=KNOWN)
    assert {name for name, _ in WORDS_ONLY.weights} <= set(scores.values)


def test_cache_gives_the_same_knowledge(tmp_path, monkeypatch):
    """What was learnt once is read back to the last digit."""
    monkeypatch.setenv("ALIGNER_CACHE", str(tmp_path))
    told: list[str] = []
    first, second = know(frame(), told.append), know(frame(), told.append)
    assert len(told) == 1
    assert first.vectorizer.vocabulary == second.vectorizer.vocabulary
    assert (first.weights != second.weights).nnz == 0
    assert (first.exemplars != second.exemplars).nnz == 0


@pytest.mark.parametrize("content", [b"", b"no numbers", b"PK\x03\x04 broken"])
def test_damaged_cache_is_learnt_anew(tmp_path, monkeypatch, content):
    """A cache that cannot be believed is never an answer."""
    monkeypatch.setenv("ALIGNER_CACHE", str(tmp_path))
    know(frame())
    (kept,) = tmp_path.glob("*.npz")
    kept.write_bytes(content)
    assert know(frame()).trained


def test_cache_of_another_framework_is_not_believed(tmp_path, monkeypatch):
    """The file carries its own full key; a renamed one is refused."""
    from dataclasses import replace

    monkeypatch.setenv("ALIGNER_CACHE", str(tmp_path))
    other = replace(frame(), sha256="1" * 64, exemplars=frame().exemplars[:4])
    know(other)
    (wrong,) = tmp_path.glob("*.npz")
    know(frame())
    (right,) = set(tmp_path.glob("*.npz")) - {wrong}
    right.write_bytes(wrong.read_bytes())
    assert dict(know(frame()).languages)["en"] == len(frame().exemplars)
