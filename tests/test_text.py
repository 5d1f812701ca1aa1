"""Words, stems and sentences: the promises that every matcher leans on."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aligner.text import PhraseFinder, fold, folded_words, phrase_words, stem, tokens


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
    found = tokens(text)
    last = {n: text[found.starts[i] : found.ends[i]] for i, n in enumerate(found.sentences)}
    assert last == {0: ".", 1: ";", 2: "."}
    assert found.sentences[[*found.stems].index("fee")] == 1


@given(st.text(max_size=300))
def test_tokens_lead_back_to_the_text(text):
    """Offsets lie inside the text, in order, and sentences only count up."""
    found = tokens(text)
    assert list(found.starts) == sorted(found.starts)
    assert all(0 <= a < b <= len(text) for a, b in zip(found.starts, found.ends, strict=True))
    assert list(found.sentences) == sorted(found.sentences)


def finder(*phrases: str, texts: tuple[str, ...]) -> PhraseFinder:
    vocabulary = set().union(*map(folded_words, texts))
    found = PhraseFinder([phrase_words(p) for p in phrases], "en")
    found.meet(vocabulary)
    return found


def test_phrase_matches_every_grammatical_form():
    """An analyst writes one form of a word; all are found."""
    text = "Recruitment agencies were licensed, and a recruitment agency was closed."
    cut = tokens(text)
    found = finder("recruitment agency", texts=(text,)).find(cut)
    assert [text[cut.starts[a] : cut.ends[b - 1]] for _, a, b in found] == [
        "Recruitment agencies",
        "recruitment agency",
    ]


def test_words_of_one_stem_are_kept_apart():
    """A ministry of foreign affairs is no foreigner, and universal coverage no university."""
    assert stem("Foreigners") == stem("foreigner") != stem("foreign")
    assert stem("universities") == stem("University") != stem("universal")


def test_star_stands_for_every_ending():
    """`traffick*` finds what begins with it, and nothing else."""
    text = "Trafficking, traffickers and traffic."
    found = finder("traffick*", texts=(text,)).find(tokens(text))
    assert [a for _, a, _ in found] == [0, 2]


def test_hyphen_is_a_blank():
    """Rule and policy may differ in a hyphen, either way."""
    for text in ("pre-departure training", "Pre departure training"):
        assert finder("pre-departure train*", texts=(text,)).find(tokens(text))


def test_phrase_does_not_reach_across_a_comma():
    """Words parted by a mark are not one phrase."""
    text = "recruitment, fees"
    assert finder("recruitment fee", texts=(text,)).find(tokens(text)) == []
