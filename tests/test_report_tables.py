"""The JSON of an analysis: complete, exact, readable."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aligner.errors import Broken, Missing, OutputError, Unsupported
from aligner.model import (
    Analysis,
    Block,
    Concept,
    Cue,
    Document,
    Exemplar,
    Finding,
    Match,
    ObjectiveFinding,
    Rule,
    Segment,
    Signal,
)
from aligner.report.tables import dump, from_dict, read_json, to_dict, write_json
from builders import build_analysis, build_framework, build_segment


def _rounded(value: float) -> float:
    return round(value, 6) + 0.0


st.register_type_strategy(float, st.floats(0, 1000, allow_nan=False).map(_rounded))
st.register_type_strategy(int, st.integers(0, 10_000))


@st.composite
def analyses(draw):
    """Any analysis whose findings speak of its matches and whose signals stand in their match."""
    segments = draw(st.lists(st.builds(Segment), max_size=4, unique_by=lambda part: part.id))
    names = draw(st.lists(st.text(max_size=5), max_size=4, unique=True))
    places = [(segment.id, name) for segment in segments for name in names]
    matches = tuple(draw(_match(place)) for place in places)
    return Analysis(
        document=draw(st.builds(Document)),
        framework=replace(build_framework(), title=draw(st.text())),
        segments=tuple(segments),
        matches=matches[: draw(st.integers(0, len(matches)))],
        findings=tuple(draw(_finding(name, matches)) for name in names),
        objectives=tuple(draw(st.lists(st.builds(ObjectiveFinding), max_size=2))),
        options=tuple(draw(st.dictionaries(st.text(), st.text(), max_size=3)).items()),
        version=draw(st.text()),
    )


@st.composite
def _match(draw, place):
    segment, action = place
    signals = st.lists(st.builds(Signal, st.just(segment), st.just(action)), max_size=2)
    made = draw(st.builds(Match, st.just(segment), st.just(action), signals=st.just(())))
    return replace(made, signals=tuple(draw(signals)))


@st.composite
def _finding(draw, name, matches):
    own = [match for match in matches if match.action == name]
    some = st.lists(st.sampled_from(own), max_size=3).map(tuple) if own else st.just(())
    return draw(st.builds(Finding, st.just(name), matches=some, set_aside=some, nearest=some))


@given(analyses())
@settings(max_examples=60, deadline=None)
def test_round_trip_gives_the_same_analysis(analysis):
    """Whatever an analysis holds comes back exactly, through dicts and through the file's text."""
    assert from_dict(to_dict(analysis)) == analysis
    assert from_dict(json.loads(dump(analysis))) == analysis


def test_knowledge_and_blocks_survive_when_present():
    """An analysis with a whole framework and with blocks loses nothing either."""
    small = build_analysis()
    framework = replace(
        small.framework,
        rules=(Rule("r", "5.a", 0.5, (("a", "@b"), ("c*",)), hits=("x",)),),
        concepts=(Concept("b", (("en", ("one", "two")),)),),
        cues=(Cue("no", "veto", 1.0, ("does not",), "section"),),
        exemplars=(Exemplar("e:1", "text", (("5.a", "full"),)),),
    )
    boxes = ((3, 1.0, 2.0, 3.0, 4.5),)
    block = Block("words", "row", 3, fields=(("Lead", "Ministry"),), boxes=boxes)
    analysis = replace(
        small, framework=framework, document=replace(small.document, blocks=(block,))
    )
    assert from_dict(json.loads(dump(analysis))) == analysis


def test_json_keeps_the_words_of_the_contract():
    """Other programs find the fields of the contract under their names."""
    data = to_dict(build_analysis())
    assert data["schema"] == "aligner.analysis/1"
    assert data["document"]["words"] == 1234
    assert data["segments"][0]["boxes"] == [[1, 72.0, 90.5, 523.25, 118.0]]
    contract = {"segment_id", "action_id", "confidence", "accepted", "strength", "signals"}
    assert contract <= set(data["matches"][0])
    assert data["actions"][0] == {
        "action_id": "5.a",
        "status": "covered",
        "confidence": 0.91,
        "evidence": ["s0001"],
        "set_aside": [],
        "nearest": [],
        "searched": ["agreement", "memorandum"],
    }
    assert data["objectives"][0]["objective_id"] == "5"
    assert data["notes"][0]["page"] is None
    assert data["options"] == {"framework": "gcm", "threshold": "0.5"}


def test_file_is_the_same_twice_and_has_one_object_a_line(tmp_path):
    """Same analysis, same bytes; a passage is one line, so that two runs can be compared."""
    one = write_json(build_analysis(), tmp_path / "one.json").path.read_bytes()
    two = write_json(build_analysis(), tmp_path / "two.json").path.read_bytes()
    assert one == two
    assert one.endswith(b"}\n")
    assert b"\r" not in one
    lines = one.decode().splitlines()
    assert sum('"id": "s000' in line for line in lines) == len(build_analysis().segments)
    assert read_json(tmp_path / "one.json") == build_analysis()


def test_lone_surrogates_become_marks_and_offsets_stay(tmp_path):
    """Half a character, as broken PDFs give, is replaced one for one; the file is valid UTF-8."""
    segment = build_segment(1, "half \ud83d of a pair \udc00\udfff and more")
    analysis = replace(build_analysis(), segments=(segment, *build_analysis().segments[1:]))
    path = write_json(analysis, tmp_path / "a.json").path
    assert read_json(path).segments[0].text == "half \ufffd of a pair \ufffd\ufffd and more"


def test_floats_have_six_places():
    """A probability of sixteen digits is noise and differs from machine to machine."""
    match = replace(build_analysis().matches[0], confidence=2 / 3)
    data = to_dict(replace(build_analysis(), matches=(match,)))
    assert data["matches"][0]["confidence"] == 0.666667


def test_not_a_number_is_refused():
    """NaN is not JSON; the file is not written."""
    match = replace(build_analysis().matches[0], confidence=float("nan"))
    with pytest.raises(OutputError, match="not a number"):
        dump(replace(build_analysis(), matches=(match,)))


def test_unknown_fields_are_passed_over():
    """A later version may add fields; this one still reads its files."""
    data = json.loads(dump(build_analysis()))
    data["new"] = data["segments"][0]["new"] = data["document"]["new"] = 1
    assert from_dict(data) == build_analysis()


@pytest.mark.parametrize("data", [{}, {"schema": "aligner.analysis/2"}, {"schema": 1}, [], None])
def test_other_json_is_unsupported(data):
    """A file that is no analysis, or of a later contract, is named as such."""
    with pytest.raises(Unsupported):
        from_dict(data)


@pytest.mark.parametrize(
    "key", ["document", "matches", "actions", "segments", "options", "version"]
)
@pytest.mark.parametrize("value", [None, 7, "words", [1]])
def test_damaged_json_is_broken(key, value):
    """A field of the wrong kind is an error with a hint, never a traceback of Python's."""
    data = to_dict(build_analysis())
    data[key] = {"not": "this"} if (key, value) == ("version", "words") else value
    with pytest.raises(Broken) as caught:
        from_dict(data)
    assert caught.value.hint


def test_evidence_of_unknown_match_is_broken():
    """Evidence that refers to a match the file does not have is damage, not an empty result."""
    data = to_dict(build_analysis())
    data["actions"][0]["evidence"] = ["s9999"]
    with pytest.raises(Broken):
        from_dict(data)


def test_read_json_names_missing_and_cut_files(tmp_path):
    """A missing file and half a file each say what they are."""
    with pytest.raises(Missing):
        read_json(tmp_path / "none.json")
    (tmp_path / "half.json").write_text(dump(build_analysis())[:500], encoding="utf-8")
    with pytest.raises(Broken):
        read_json(tmp_path / "half.json")


def test_unknown_status_is_broken():
    """A status that no report has a word for is damage."""
    data = to_dict(build_analysis())
    data["actions"][0]["status"] = "maybe"
    with pytest.raises(Broken, match="covered, partial"):
        from_dict(data)
