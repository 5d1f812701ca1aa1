"""Words, stems and sentences: the promises that every matcher leans on."""

from __future__ import annotations

import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aligner.text import PhraseFinder, fold, order_by, phrase_stems, stem, tokens


def test_american_and_british_spellings_share_a_stem():
    """A policy in American English is matched as one in British English."""
    for american, british in (
        ("labor", "labour"),
        ("organizations", "organisations"),
        ("programs", "programmes"),
        ("centers", "centres"),
        ("licenses", "licences"),
        ("enrollment", "enrolment"),
        ("recognizing", "recognising"),
    ):
        assert stem(american) == stem(british), (american, british)


def test_spelling_leaves_other_words_alone():
    """Only the endings that differ between spellings are folded."""
    assert [fold(w) for w in ("size", "prize", "sector", "monitor", "minor")] == [
        "size", "prize", "sector", "monitor", "minor",
    ]  # fmt: skip


def test_sentences_go_on_after_abbreviations_and_numbers():
    """A full stop inside "No. 7", "e.g." or "3.2" ends no sentence."""
    text = "See Art. 5 of Act No. 7. Fees of 3.2 per cent, e.g. for visas, end; they are banned."
    found = tokens([text])
    last = {
        n: text[found.starts[i] : found.ends[i]] for i, n in enumerate(found.sentences.tolist())
    }
    assert last == {0: ".", 1: ";", 2: "."}
    assert found.sentences[found.stems_of(0, found.firsts[-1]).index("fee")] == 1


@given(st.lists(st.text(max_size=100), max_size=4))
def test_tokens_lead_back_to_their_texts(texts):
    """Offsets lie inside each text, in order, and its sentences only count up, from the first."""
    found = tokens(texts)
    assert found.firsts[0] == 0
    assert found.firsts[-1] == len(found.numbers)
    for text, first, last in zip(texts, found.firsts, found.firsts[1:], strict=False):
        places = list(zip(found.starts, found.ends, strict=True))[first:last]
        assert [text[a:b] for a, b in places] == [found.words[i] for i in found.numbers[first:last]]
        assert places == sorted(places)
        sentences = found.sentences[first:last].tolist()
        assert sentences == sorted(sentences)
        assert sentences[:1] in ([], [0])


@given(st.text(st.characters()))
def test_words_are_runs_of_letters_and_digits_or_single_marks(text):
    """In any script, whatever stands around them."""
    found = tokens([text])
    words = re.findall(r"[^\W_]+|[.!?;:,()]", text)
    assert [found.words[i] for i in found.numbers] == words


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans(), st.integers(0, 10**6))))
def test_order_is_by_the_first_key_then_the_next(rows):
    """As sorted does it, ties in order."""
    keys = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    assert order_by(*keys).tolist() == sorted(range(len(rows)), key=rows.__getitem__)


@given(st.lists(st.text("no. A7,", max_size=12), max_size=4))
def test_texts_are_cut_alike_in_any_company(texts):
    """What stands in one passage changes nothing in how the next is cut."""
    together, alone = tokens(texts), [tokens([text]) for text in texts]
    for name in ("starts", "ends", "sentences"):
        assert [*getattr(together, name)] == [x for one in alone for x in getattr(one, name)], name
    stems = [stem for one in alone for stem in one.stems_of(0, len(one.numbers))]
    assert together.stems_of(0, len(together.numbers)) == stems


def phrases(text: str, *sought: str) -> list[tuple[int, str]]:
    """The phrases found in a text: which, and in what words."""
    cut = tokens([text])
    found = PhraseFinder([phrase_stems(phrase) for phrase in sought], "en").find(cut)
    places = zip(found.phrases, found.firsts, found.lasts, strict=True)
    return [(number, text[cut.starts[a] : cut.ends[b - 1]]) for number, a, b in places]


def test_phrase_matches_every_grammatical_form():
    """An analyst writes one form of a word; all are found."""
    text = "Recruitment agencies were licensed, and a recruitment agency was closed."
    assert phrases(text, "recruitment agency") == [
        (0, "Recruitment agencies"),
        (0, "recruitment agency"),
    ]


def test_phrases_may_overlap():
    """A phrase within another, and two of the same words, are all found, in order of place."""
    found = phrases("A migrant worker.", "worker", "migrant worker", "migrants", "migrant workers")
    assert [number for number, _ in found] == [2, 1, 3, 0]


def test_phrase_does_not_reach_into_the_next_text():
    """A heading and the passage below it are two texts."""
    cut = tokens(["Recruitment", "fees"])
    assert PhraseFinder([phrase_stems("recruitment fee")], "en").find(cut).phrases.tolist() == []


def test_what_is_found_does_not_depend_on_texts_before():
    """A policy of a batch is read as if it were alone: a star stands for its own words only."""
    finder = PhraseFinder([phrase_stems("universiti*")], "en")
    before = finder.find(tokens(["University."])).phrases.tolist()
    finder.find(tokens(["Universities."]))
    assert finder.find(tokens(["University."])).phrases.tolist() == before == []


SOUGHT = tuple(map(phrase_stems, ("fee", "recruitment fee", "licensed agenc*", "agency", "closed")))


@given(st.lists(st.lists(st.sampled_from("fees recruitment licensed agency closed".split()))))
def test_a_finder_that_has_read_finds_what_a_new_one_finds(texts):
    """Phrases are looked for from the first text on that has all their words, and ever after."""
    finder = PhraseFinder(SOUGHT, "en")
    for text in map(" ".join, texts):
        read, new = (one.find(tokens([text])) for one in (finder, PhraseFinder(SOUGHT, "en")))
        assert read.phrases.tolist() == new.phrases.tolist()
        assert read.firsts.tolist() == new.firsts.tolist()


def test_words_of_one_stem_are_kept_apart():
    """A ministry of foreign affairs is no foreigner, and universal coverage no university."""
    assert stem("Foreigners") == stem("foreigner") != stem("foreign")
    assert stem("universities") == stem("University") != stem("universal")


def test_star_stands_for_every_ending():
    """`traffick*` finds what begins with it, and nothing else."""
    found = phrases("Trafficking, traffickers and traffic.", "traffick*")
    assert [words for _, words in found] == ["Trafficking", "traffickers"]


def test_hyphen_is_a_blank():
    """Rule and policy may differ in a hyphen, either way."""
    for text in ("pre-departure training", "Pre departure training"):
        assert phrases(text, "pre-departure train*")


def test_phrase_does_not_reach_across_a_comma():
    """Words parted by a mark are not one phrase."""
    assert phrases("recruitment, fees", "recruitment fee") == []
