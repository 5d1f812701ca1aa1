"""Rules and cues: groups, scopes, vetoes, and the shipped ones against their own examples."""

from __future__ import annotations

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aligner.match import rules
from aligner.match.cues import find_cues
from aligner.match.lexicon import Lexicon, read
from aligner.model import Action, Concept, Cue, Framework, Objective, Rule, Segment


def frame(*given: Rule, cues: tuple[Cue, ...] = ()) -> Framework:
    return Framework(
        id="test",
        title="Test",
        version="1",
        sha256="0",
        objectives=(Objective("6", "Recruitment"),),
        actions=(Action("6.c", "6", "Regulate recruitment."),),
        rules=given,
        concepts=(Concept("fee", (("en", ("recruitment fee", "placement cost")),)),),
        cues=cues,
    )


def rule(**changes: object) -> Rule:
    basis = {
        "id": "6.c-fees",
        "action": "6.c",
        "weight": 0.9,
        "all": (("@fee",), ("prohibit", "ban")),
        "unless": ("internal",),
    }
    return Rule(**(basis | changes))


def signals_in(segment, lexicon):
    reads = read([segment], lexicon)
    return rules.rule_signals(rules.find_rules(reads, lexicon), reads, lexicon)


def spoken(text: str, one: Rule, *, section: tuple[str, ...] = ()) -> list[tuple[str, float]]:
    framework = frame(one)
    lexicon = Lexicon(framework)
    segment = Segment("s0001", "paragraph", text, 1, 1, section=section)
    signals = signals_in(segment, lexicon)
    return [(s.effect, s.score) for s in signals]


def test_rule_needs_a_phrase_of_each_group():
    """One group alone is a mention, not a measure."""
    assert spoken("Recruitment fees shall be prohibited.", rule()) == [("support", 0.9)]
    assert spoken("Recruitment fees are high.", rule()) == []


def test_groups_of_a_sentence_rule_stand_in_one_sentence():
    """Words of two sentences are not put together unless the rule says so."""
    text = "Recruitment fees are high. Smoking is banned."
    assert spoken(text, rule()) == []
    assert spoken(text, rule(within="segment")) == [("support", 0.9)]


def test_segment_rule_may_borrow_from_the_headings_but_not_all():
    """Headings belong to the meaning; a heading alone is never evidence."""
    heading = ("Recruitment fees",)
    assert spoken("They are banned.", rule(within="segment"), section=heading) == [
        ("support", 0.72)
    ]
    assert (
        spoken("They are high.", rule(within="segment"), section=("Recruitment fees banned",)) == []
    )


def test_unless_makes_a_veto_that_is_kept():
    """What a veto cost stays visible."""
    assert spoken("Recruitment fees of internal workers are banned.", rule()) == [("veto", 0.9)]


def test_unless_in_one_sentence_does_not_silence_another():
    """Where a unit holds a rejected and an adopted measure only the adopted one counts."""
    text = "Internal recruitment fees are banned. Recruitment fees abroad are banned."
    assert spoken(text, rule()) == [("support", 0.9)]


WORDS = st.sampled_from("visa coast pension border school".split())
SENTENCES = st.lists(st.lists(WORDS, min_size=1, max_size=4), max_size=3)
RULES = st.builds(
    rule,
    all=st.lists(st.lists(WORDS, min_size=1).map(tuple), min_size=1, max_size=3).map(tuple),
    unless=st.lists(WORDS, max_size=1).map(tuple),
    within=st.sampled_from(["sentence", "segment"]),
)


def in_plain_words(one: Rule, sentences: list[list[str]], heading: list[str]) -> list[tuple]:
    """What a rule should say, sentence by sentence; the products of rules.py must say the same."""
    vetoed = []
    lent = set(heading) if one.within == "segment" else set()
    whole = [list(chain(*sentences))]
    for words in map(set, sentences if one.within == "sentence" else whole):
        own = [not words.isdisjoint(group) for group in one.all]
        if any(own) and not any((words | lent).isdisjoint(group) for group in one.all):
            if words.isdisjoint(one.unless):
                return [("support", 0.9 if all(own) else 0.72)]
            vetoed = [("veto", 0.9)]
    return vetoed


@given(RULES, SENTENCES, st.lists(WORDS, max_size=2))
def test_a_rule_speaks_where_it_should(one, sentences, heading):
    """All rules are put to all sentences at once; one by one they would say the same."""
    text = " ".join(" ".join(words).capitalize() + "." for words in sentences) or "Nothing."
    section = (" ".join(heading),) if heading else ()
    assert spoken(text, one, section=section) == in_plain_words(one, sentences, heading)


def test_terms_lead_to_the_words():
    """The words that spoke can be marked in the quote."""
    text = "It bans every recruitment fee."
    framework = frame(rule())
    lexicon = Lexicon(framework)
    segment = Segment("s0001", "paragraph", text, 1, 1)
    (signal,) = signals_in(segment, lexicon)
    assert [text[t.start : t.end] for t in signal.terms] == ["bans", "recruitment fee"]


def test_topic_cue_is_found_in_the_headings_too():
    """What a passage is about may be said above it."""
    cue = Cue("subject", "topic", 1.0, ("migra*",))
    lexicon = Lexicon(frame(cues=(cue,)))
    segment = Segment("s0001", "paragraph", "A hotline is opened.", 1, 1, section=("Migration",))
    (found,) = find_cues(read([segment], lexicon), lexicon)
    assert [c.sentence for c in found] == [-1]


@pytest.mark.parametrize(
    ("section", "context", "ids"),
    [
        (("3. Challenges",), (), ["challenges"]),
        (("3. Challenges and responses",), (), []),
        (("3. Challenges", "3.2 Response of the ministries"), (), []),
        (("3. Responses", "3.2 Challenges"), (), ["challenges"]),
        (("3. Challenges",), ("Partners asked for a response:",), ["challenges"]),
        ((), ("Challenge: high fees. Response: a ban",), ["challenges"]),
        ((), ("Challenge | Response",), []),
    ],
)
def test_cue_of_headings_is_taken_back_by_a_heading(section, context, ids):
    """In the same heading or row of column heads, or in a heading below; not by another text."""
    cue = Cue("challenges", "veto", 0.5, ("challenge",), within="section", unless=("response",))
    lexicon = Lexicon(frame(cues=(cue,)))
    segment = Segment("s0001", "row", "Fees are high.", 1, 1, section=section, context=context)
    (found,) = find_cues(read([segment], lexicon), lexicon)
    assert [one.cue.id for one in found] == ids


def test_check_names_the_examples_that_go_wrong():
    """An analyst who changes a rule sees at once what it no longer does."""
    wrong = rule(
        hits=("Placement costs are banned.", "Nothing of it."), misses=("Fees are banned.",)
    )
    assert [fault.message for fault in rules.check(frame(wrong))] == [
        "6.c-fees should match: Nothing of it."
    ]


@pytest.fixture(scope="module")
def shipped():
    from aligner import framework

    return framework.load()


def test_cue_of_a_language_is_found_in_that_language_only():
    """'pas prévu' rejects in French; its examples are tried in French too."""
    cue = Cue(
        "rejet", "veto", 0.9, ("n'est pas prévu",), language="fr",
        hits=("Un visa n’est pas prévu.",), misses=("Un visa est prévu.",),
    )  # fmt: skip
    given = frame(cues=(cue,))
    for language, ids in (("fr", ["rejet"]), ("en", [])):
        lexicon = Lexicon(given, language)
        segment = Segment("s0001", "paragraph", "Un visa n'est pas prévu.", 1, 1, language=language)
        (found,) = find_cues(read([segment], lexicon), lexicon)
        assert [one.cue.id for one in found] == ids
    assert rules.check(given) == ()


def test_every_shipped_rule_and_cue_keeps_its_examples(shipped):
    """Rules carry what must and must not match, and both hold."""
    assert rules.check(shipped) == ()


def test_every_action_has_a_rule(shipped):
    """No action is left to statistics alone."""
    assert {a.id for a in shipped.actions} == {r.action for r in shipped.rules}
