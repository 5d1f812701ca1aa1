"""Guiding principles: found by their words in three languages, and read strictly."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aligner import framework
from aligner.errors import FrameworkError
from aligner.framework.pack import read_principles
from aligner.framework.source import open_source
from aligner.match.cues import find_cues
from aligner.match.lexicon import Lexicon, read
from aligner.match.principles import check, find_principles
from aligner.model import Fault
from builders import build_segment

GCM = framework.load()
TEN = (
    "people-centred",
    "international-cooperation",
    "national-sovereignty",
    "rule-of-law",
    "sustainable-development",
    "human-rights",
    "gender-responsive",
    "child-sensitive",
    "whole-of-government",
    "whole-of-society",
)


def _found(text: str, language: str = "en") -> dict[str, list[str]]:
    """The words found for each principle in one passage."""
    lexicon = Lexicon(GCM, language)
    reads = read([build_segment(1, text, language=language)], lexicon)
    return {
        one.principle: [text[t.start : t.end] for t in mention.terms]
        for one in find_principles(reads, find_cues(reads, lexicon), lexicon=lexicon, framework=GCM)
        for mention in one.mentions
    }


def test_there_are_the_ten_principles_in_three_languages():
    """The ten of the Compact, each with a name and words in English, French and Spanish."""
    assert tuple(one.id for one in GCM.principles) == TEN
    for one in GCM.principles:
        assert set(dict(one.names)) == set(dict(one.phrases)) == {"en", "fr", "es"}


def test_every_example_of_a_principle_holds():
    """What must be found is found, in its language, and what must not is not."""
    assert check(GCM) == ()


def test_check_names_the_example_that_fails():
    """A principle whose words find too little or too much is told with its line."""
    first = replace(GCM.principles[0], hits=(("en", ("Nothing of it.",)),), misses=())
    (fault,) = check(replace(GCM, principles=(first,)))
    assert (fault.code, fault.line) == ("hit", first.line)
    assert isinstance(fault, Fault)
    assert "people-centred should match: Nothing of it." in fault.message


def test_passage_is_found_with_its_words():
    """A passage can speak of several principles; the words that say so are marked."""
    found = _found("A whole-of-government approach protects the human rights of workers.")
    assert found == {
        "human-rights": ["human rights"],
        "whole-of-government": ["whole-of-government"],
    }


def test_sentence_that_takes_it_back_speaks_for_nothing():
    """A principle that the policy rejects is not counted; the next sentence is."""
    assert _found("The State does not intend to protect human rights.") == {}
    text = "A gender unit was rejected. Civil society is consulted."
    assert _found(text) == {"whole-of-society": ["Civil society"]}


def test_other_languages_are_found_by_their_own_words():
    """A French policy is read in French."""
    assert _found("L'intérêt supérieur de l'enfant prime.", "fr") == {
        "child-sensitive": ["intérêt supérieur de l'enfant"]
    }
    assert _found("Se consulta a la sociedad civil.", "es") == {
        "whole-of-society": ["sociedad civil"]
    }


def test_list_of_other_goals_has_no_principles(tmp_path):
    """The ten are the Compact's own: another list does not borrow them, the list as given does."""
    path = tmp_path / "goals.csv"
    path.write_text(
        "objective,objective_title,action,text\n1,End hunger,1.a,Feed people\n", "utf-8"
    )
    assert framework.load(str(path)).principles == ()
    assert framework.load("gcm-as-given").principles == GCM.principles


SOUND = """\
[[principle]]
id = "kind"
names = {en = "Kind"}
phrases = {en = ["kindness"]}
hits = {en = ["Kindness counts."]}
misses = {en = ["A kind of form."]}
"""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('id = "kind"', 'id = "kind"\nweight = 1', "'weight' is not known"),
        ('{en = "Kind"}', '{fr = "Bon"}', "no English name"),
        ('{en = ["kindness"]}', '{en = ["kind(ness)"]}', "which phrases do not know"),
        ('{en = ["kindness"]}', '{English = ["kindness"]}', "not the code of a language"),
        ('{en = ["kindness"]}', '["kindness"]', "table of lists"),
        ('misses = {en = ["A kind of form."]}', "misses = {es = []}", "no examples in: en"),
    ],
)
def test_wrong_principles_are_errors_with_a_line(tmp_path, old, new, told):
    """A misspelt key or a missing example is told with the line of its principle."""
    path = tmp_path / "principles.toml"
    path.write_text(SOUND.replace(old, new), encoding="utf-8")
    _, errors = read_principles(open_source(path))
    assert told in str(errors[0])
    assert errors[0].line == 1
    assert isinstance(errors[0], FrameworkError)


def test_sound_principles_are_read(tmp_path):
    """The example that the wrong ones differ from is right, and an id stands once."""
    path = tmp_path / "principles.toml"
    path.write_text(SOUND + SOUND, encoding="utf-8")
    found, errors = read_principles(open_source(path))
    assert [one.id for one in found] == ["kind", "kind"]
    assert "stands already on line 1" in str(errors[0])
