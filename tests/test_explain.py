"""Reasons in words, and the marked words of a passage."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aligner import explain, framework
from aligner.errors import OptionsError
from aligner.model import Action, Signal, Term
from aligner.wording import TURNS
from builders import build_analysis, build_match, build_segment, build_signal, term

ACTION = Action("5.b", "5", "Facilitate regional labour mobility.")
MATCHERS = ["policy", "rules", "cues", "linear", "exemplars", "share", "action", "objective", "new"]


def _parts(number):
    analysis = build_analysis()
    match = analysis.matches[number]
    segment = next(one for one in analysis.segments if one.id == match.segment)
    action = next(one for one in analysis.framework.actions if one.id == match.action)
    return match, segment, action


def test_explain_names_rule_words_and_known_wording():
    """The analyst reads which rule and which known wording led to the passage, and its words."""
    told = explain.explain(*_parts(0))
    assert told == (
        "Rule 5.a-agreements found 'bilateral labour agreements'; it closely resembles the known "
        "wording plain_05-07:12 ('bilateral' and 'agreements')."
    )


def test_explain_names_words_of_the_headings():
    """Words that stand above the passage are told apart from its own."""
    assert "(and 'Recruitment' in what stands above)" in explain.explain(*_parts(1))


def test_explain_says_what_set_a_passage_aside():
    """A vetoed passage says which words cost it."""
    told = explain.explain(*_parts(3))
    assert told.endswith("Set aside because 'does not intend' speaks against it (cue rejected).")


def test_explain_tells_objections_of_accepted_passages_apart():
    """A passage that counts in spite of an objection is not called set aside."""
    match, segment, action = _parts(3)
    told = explain.explain(replace(match, accepted=True, vetoed=False), segment, action)
    assert "Set aside" not in told
    assert "But 'does not intend' speaks against it" in told


def test_off_topic_passage_says_so():
    """A cue without words is told by its meaning."""
    segment = build_segment()
    signal = build_signal(segment, "5.b", "cues", effect="veto", source="off-topic")
    match = build_match(segment, "5.b", accepted=False, signals=(signal,))
    assert "speaks of migration" in explain.shortfall(match, segment, ACTION)


def test_reason_says_when_the_rest_of_the_policy_decided():
    """A passage that counts at 12% and one that does not at 45% are a question otherwise."""
    segment = build_segment()
    best = build_signal(segment, "5.b", "policy", score=1.0, source="best")
    told = explain.explain(build_match(segment, "5.b", signals=(best,)), segment, ACTION)
    assert told == "It comes nearest to 5.b, and the policy speaks of objective 5."
    alone = best._replace(effect="veto", source="alone")
    match = build_match(segment, "5.b", accepted=False, signals=(alone,))
    assert "no passage on objective 5 is likelier right" in explain.shortfall(
        match, segment, ACTION
    )


def test_unknown_matcher_is_told_all_the_same():
    """A new matcher has a reason before it has a wording of its own."""
    segment = build_segment(1, "Seasonal work in the region.")
    signal = build_signal(segment, "5.b", "neighbours", terms=(term(segment, "region"),))
    match = build_match(segment, "5.b", signals=(signal,))
    assert explain.explain(match, segment, ACTION) == "Neighbours found 'region'."


def test_shortfall_says_what_is_missing():
    """A near passage says what it has, what it lacks, and how likely it is."""
    assert explain.shortfall(*_parts(4)) == (
        "It shares 'transfer' with the text of 20.a, but no rule for 20.a found what it looks for. "
        "Likelihood 31%."
    )
    match, segment, action = _parts(0)
    rejected = replace(match, accepted=False, confidence=0.4)
    assert "too unlike known evidence" in explain.shortfall(rejected, segment, action)
    bare = replace(match, accepted=False, confidence=0.0, signals=())
    told = explain.shortfall(bare, segment, action)
    assert told == "Hardly a word of it points to 5.a. Likelihood under 1%."
    told = explain.shortfall(replace(bare, confidence=0.18), segment, action)
    assert told == "No single word speaks clearly for 5.a. Likelihood 18%."


def test_many_words_have_their_verb():
    """Two words "speak" and one word "speaks", in each language."""
    segment = build_segment(1, "A survey of workers found that fees rose.")
    words = (term(segment, "survey of"), term(segment, "found that"))
    against = build_signal(segment, "5.b", "cues", effect="veto", source="statistics", terms=words)
    match = build_match(segment, "5.b", signals=(against,))
    assert "'survey of' and 'found that' speak against it" in explain.explain(
        match, segment, ACTION
    )
    assert "parlent contre" in explain.explain(match, segment, ACTION, language="fr")
    one = replace(match, signals=(against._replace(terms=words[:1]),))
    assert "'survey of' speaks against it" in explain.explain(one, segment, ACTION)


def test_what_a_cue_says_twice_is_told_once():
    """A cue that speaks in two sentences has its words together and its name once."""
    segment = build_segment(1, "Refugees work. The refugees stay on. Asylum seekers do not.")
    first, second = (
        build_signal(
            segment, "5.b", "cues", effect="veto", source="refugees_only", terms=(term(segment, w),)
        )
        for w in ("Refugees", "Asylum seekers")
    )
    told = explain.explain(build_match(segment, "5.b", signals=(first, second)), segment, ACTION)
    assert told.endswith("But 'Refugees' and 'Asylum seekers' speak against it (refugees only).")


def test_shortfall_says_but_once():
    """What speaks against a near passage comes besides what it lacks."""
    match, segment, action = _parts(4)
    against = build_signal(segment, action.id, "cues", effect="veto", source="section_background")
    told = explain.shortfall(replace(match, signals=(*match.signals, against)), segment, action)
    assert "looks for. Besides, what stands above speaks against it (background)." in told
    assert "But" not in told


def test_weak_and_overlapping_words_are_not_told():
    """Faint scores are no reasons, overlapping words are one, the objective is the last resort."""
    segment = build_segment(1, "A fee rule for migrants.")
    words = (term(segment, "fee"), term(segment, "fee rule"), term(segment, "rule"))
    linear = build_signal(segment, "5.b", "linear", terms=words, score=0.4)
    objective = build_signal(segment, "5.b", "objective", terms=words, score=0.3)
    faint = build_signal(segment, "5.b", "action", terms=words, score=0.05)
    both = build_match(segment, "5.b", signals=(linear, objective, faint))
    told = "It has words of known evidence for 5.b ('fee rule')."
    assert explain.explain(both, segment, ACTION) == told
    below = build_match(segment, "5.b", signals=(linear._replace(score=-0.2), objective))
    told = "It shares 'fee rule' with the actions of objective 5."
    assert explain.explain(below, segment, ACTION) == told
    bare = build_match(segment, "5.b", signals=(faint,))
    assert explain.highlights(bare, segment) == ()


def test_highlights_are_the_words_of_the_reasons():
    """What is marked is what is told, and neighbours are one."""
    match, segment, action = _parts(1)
    marked = [segment.text[start:end] for start, end in explain.highlights(match, segment)]
    assert marked == ["prohibited", "charging recruitment fees"]
    told = explain.explain(match, segment, action)
    assert all(f"'{word}'" in told for word in ("prohibited", "recruitment fees", "charging"))


@given(
    st.text(max_size=30),
    st.lists(
        st.tuples(
            st.sampled_from(MATCHERS),
            st.sampled_from(["support", "veto"]),
            st.lists(
                st.builds(Term, st.integers(-5, 40), st.integers(-5, 40), st.floats(-1, 1)),
                max_size=8,
            ),
        ),
        max_size=5,
    ),
)
def test_highlights_are_sorted_apart_and_within_the_text(text, made):
    """Whatever terms matchers give, the marked spans can be drawn one after another."""
    segment = replace(build_segment(1), text=text)
    signals = tuple(
        Signal(segment.id, "5.b", matcher, 0.5, effect, "x", tuple(terms))
        for matcher, effect, terms in made
    )
    match = build_match(segment, "5.b", signals=signals)
    spans = explain.highlights(match, segment)
    edges = [edge for span in spans for edge in span]
    assert edges == sorted(set(edges))
    assert all(0 <= edge <= len(text) for edge in edges)
    assert explain.marked(segment, spans, marks=("", "")) == text
    assert explain.explain(match, segment, ACTION).endswith(".")
    assert explain.shortfall(match, segment, ACTION).endswith(".")


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0, "under 1%"), (0.006, "1%"), (0.5, "50%"), (0.994, "99%"), (1.0, "over 99%")],
)
def test_percent_promises_no_certainty(value, shown):
    """Neither 0% nor 100%: no method knows that."""
    assert explain.percent(value) == shown


def test_explain_action_shows_evidence_and_what_came_near(golden):
    """The terminal's account of each action holds status, words searched, passages and reasons."""
    analysis = build_analysis()
    told = "\n".join(explain.explain_action(analysis, one.action) for one in analysis.findings)
    golden("explain_actions.txt", told)


def test_explain_page_shows_passages_and_verdicts():
    """The account of a page says what was read there and what came of it."""
    analysis = build_analysis()
    assert "6.c full" in explain.explain_page(analysis, 2)
    assert "6.a set aside" in explain.explain_page(analysis, 4)
    assert "no evidence; nearest: 20.a 31%" in explain.explain_page(analysis, 5)
    assert "could not be read" in explain.explain_page(analysis, 6)
    empty = replace(analysis, segments=analysis.segments[1:])
    assert "no passage" in explain.explain_page(empty, 1)


def test_unknown_action_and_page_say_what_there_is():
    """A slip of the pen gets an answer, not a traceback."""
    with pytest.raises(OptionsError) as caught:
        explain.explain_action(build_analysis(), "5.z")
    assert "5.a, 5.b, 6.a" in caught.value.hint
    with pytest.raises(OptionsError) as caught:
        explain.explain_page(build_analysis(), 7)
    assert "1 to 6" in caught.value.hint


def test_paraphrase_is_marked():
    """What is not the official text bears its mark in the terminal too."""
    assert "remittances. †" in explain.explain_action(build_analysis(), "20.a")


def test_languages_have_the_same_turns():
    """No language lacks a turn, each takes the same words, and none holds a straight apostrophe."""
    english = TURNS["en"]
    for turns in TURNS.values():
        assert turns.keys() == english.keys()
        for key, text in turns.items():
            assert sorted(re.findall(r"{(\w+)}", text)) == sorted(
                re.findall(r"{(\w+)}", english[key])
            )
            assert "'" not in text


def test_reasons_are_told_in_french_and_spanish():
    """The same reasons in the same order, in the language that is asked for."""
    analysis = build_analysis()
    match, segment, action = (
        analysis.matches[3],
        analysis.segments[3],
        analysis.framework.actions[2],
    )
    assert explain.explain(match, segment, action, language="fr") == (
        "La règle 6.a-ratify a trouvé 'ratify'. "
        "Écarté parce que 'does not intend' parle contre (indice rejected)."
    )
    assert explain.explain(match, segment, action, language="es") == (
        "La regla 6.a-ratify encontró 'ratify'. "
        "Apartado porque 'does not intend' habla en contra (indicio rejected)."
    )
    near = analysis.matches[4], analysis.segments[4], analysis.framework.actions[4]
    assert explain.shortfall(*near, language="fr").endswith("Probabilité : 31 %.")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Develop bilateral agreements on labour mobility, in cooperation with employers.",
            (
                "[Institution] will develop bilateral agreements on labour mobility, in "
                "cooperation with employers by [year], funded by [budget line]."
            ),
        ),
        (
            "Establish independent monitoring of detention centres, with a view to ending abuse.",
            (
                "[Institution] will establish independent monitoring of detention centres by "
                "[year], funded by [budget line]."
            ),
        ),
        ("IOM takes part", "[Institution] will IOM takes part by [year], funded by [budget line]."),
    ],
)
def test_suggestion_is_the_core_of_the_action_with_blanks(text, expected):
    """Who, when and with what stay blank: a ministry decides that, and whether to say it at all."""
    assert explain.suggestion(Action("9.z", "9", text)) == expected


@pytest.mark.parametrize("language", TURNS)
def test_every_shipped_cue_is_told_in_words(language):
    """An analyst reads what a cue recognises, in her language; one of her own is told by name."""
    match, segment, action = _parts(4)
    vetoes = [one.id for one in framework.load().cues if one.effect == "veto"]
    by_name = TURNS[language]["cue"]
    for name in (*vetoes, "her_own"):
        against = build_signal(segment, action.id, "cues", effect="veto", source=name)
        told = explain.explain(
            replace(match, signals=(against,)), segment, action, language=language
        )
        assert (by_name.format(source=name) in told) == (name == "her_own"), told
