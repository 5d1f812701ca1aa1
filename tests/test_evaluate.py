"""Scoring against labels: the figures are right on cases that can be counted by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook

from aligner.errors import Broken, Missing, OptionsError
from aligner.evaluate import (
    evaluate,
    evaluate_all,
    misses,
    pair_up,
    read_document,
    read_labels,
)
from aligner.model import (
    Analysis,
    Document,
    Finding,
    Framework,
    Match,
    Measure,
    Segment,
    Tally,
)
from aligner.report.evaluation import form_of, rendered
from aligner.report.evaluation_sheets import write_evaluation
from aligner.report.tables import write_json
from builders import build_analysis, build_segments

if TYPE_CHECKING:
    from aligner.model import Evaluation

FEES = "Recruitment agencies shall not charge any fees to migrant workers from now on."
HOTLINE = "A hotline in four languages will be opened for all newly arrived migrants."
RAIN = "The rains of the last years have been poor in the whole of the country."
CORE = {"action": "6.c", "strength": "full"}
DOUBTED = {"action": "6.e", "strength": "partial", "optional": True}
PART = {"action": "3.d", "strength": "partial"}
POLICY = {
    "id": "p",
    "blocks": [
        {"id": "h", "kind": "heading", "level": 1, "text": "Measures"},
        {"id": "a", "kind": "paragraph", "text": FEES, "labels": [CORE, DOUBTED]},
        {"id": "b", "kind": "bullet", "text": HOTLINE, "labels": [PART]},
        {"id": "c", "kind": "table", "header": ["X"], "rows": [[RAIN]], "row_labels": [[]]},
    ],
}
STATUS = {"6.c": "covered", "6.e": "covered", "3.d": "gap", "1.a": "gap", "2.a": "partial"}


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    path = tmp_path / "labels.json"
    path.write_text(json.dumps(POLICY), encoding="utf-8")
    return path


def analysis(*matches: Match) -> Analysis:
    texts = {"s1": FEES, "s2": HOTLINE, "s3": RAIN}
    return Analysis(
        document=Document("p.pdf", "0", "P", "en", 1, "ok"),
        framework=Framework("f", "F", "1", "0", (), ()),
        segments=tuple(Segment(i, "paragraph", text, 1, 1) for i, text in texts.items()),
        matches=matches,
        findings=tuple(Finding(action, status, 0.9) for action, status in STATUS.items()),
        objectives=(),
    )


def test_figures_are_those_counted_by_hand(labels):
    """One right match of two, one label of two; the optional one counts for nothing."""
    given = analysis(
        Match("s1", "6.c", 0.9, accepted=True, strength="full"),
        Match("s1", "6.e", 0.8, accepted=True, strength="full"),
        Match("s3", "2.a", 0.7, accepted=True, strength="partial"),
        Match("s2", "3.d", 0.2, accepted=False, strength="partial"),
    )
    quality = evaluate(given, read_labels(labels))
    assert (quality.precision, quality.recall, quality.f1) == (0.5, 0.5, 0.5)
    assert quality.average_precision == pytest.approx((1 + 2 / 3) / 2)
    assert quality.action_f1 == 0.5
    assert quality.objective_f1 == 0.5
    assert quality.gaps_true == 0.5
    assert quality.whole == 1.0


def test_label_found_twice_counts_once(labels):
    """A passage that was read in two pieces is one label; average precision stays within 1."""
    given = analysis(
        Match("s1", "6.c", 0.9, accepted=True, strength="full"),
        Match("s4", "6.c", 0.8, accepted=True, strength="full"),
    )
    again = (*given.segments, replace(given.segments[0], id="s4"))
    quality = evaluate(replace(given, segments=again), read_labels(labels))
    assert (quality.precision, quality.recall, quality.average_precision) == (1.0, 0.5, 0.5)


def test_misses_and_false_alarms_are_named_with_what_was_seen(labels):
    """An analyst sees which label was missed, and how near it came."""
    near = Match("s2", "3.d", 0.2, accepted=False, strength="partial")
    alarm = Match("s3", "2.a", 0.7, accepted=True, strength="partial")
    found = misses(analysis(near, alarm), read_labels(labels))
    assert [(m.action, m.kind, m.match) for m in found] == [
        ("2.a", "false alarm", alarm),
        ("3.d", "missed", near),
        ("6.c", "missed", None),
    ]


def test_labelled_text_can_be_analysed_without_its_pdf(labels):
    """Matching is scored alone when only the labels are given."""
    document = read_document(labels)
    assert [block.kind for block in document.blocks] == ["heading", "paragraph", "item", "row"]
    assert document.blocks[-1].context == ("X",)


# ---------------------------------------------------------------- by objective and type of measure


def given_labels(**changes: object) -> dict:
    """Labels of the passages of the builders: one found, one optional, four missed."""
    texts = [segment.text for segment in build_segments()]
    labels = [
        [{"action": "5.a", "strength": "full"}],
        [{"action": "5.b", "strength": "partial"}],
        [{"action": "5.b", "strength": "partial", "optional": True}],
        [{"action": "6.a", "strength": "full"}],
        [{"action": "20.a", "strength": "partial"}],
        [{"action": "6.c", "strength": "partial"}],
    ]
    texts.append("Fines shall be paid by agencies that withhold the passports of their workers.")
    blocks = [
        {"id": f"b{number}", "kind": "paragraph", "text": text, "labels": given}
        for number, (text, given) in enumerate(zip(texts, labels, strict=True), 1)
    ]
    return {"id": "p", "title": "P", "blocks": blocks, **changes}


def small_analysis() -> Analysis:
    """The builders' analysis, of which the first passages promise and order something."""
    given = build_analysis()
    types = {"s0001": "commitment", "s0002": "mandate"}
    return replace(
        given,
        measures=tuple(Measure(segment, kind) for segment, kind in types.items()),
        matches=tuple(replace(m, measure=types.get(m.segment)) for m in given.matches),
    )


def written(folder: Path, name: str, data: object) -> Path:
    path = folder / name
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


@pytest.fixture
def evaluation(tmp_path: Path) -> Evaluation:
    units = read_labels(written(tmp_path, "gold.json", given_labels()))
    return evaluate_all([("gold.json, policy.pdf", units, small_analysis())])


def test_figures_of_objectives_and_measures_are_those_counted_by_hand(evaluation):
    """What has nothing to count has no figure; a gap has no type of measure."""
    five, six, twenty = evaluation.objectives
    assert five == Tally("5", 2, 1, 1, 1, 1.0, 0.5, pytest.approx(2 / 3), 0.5, 1.0, 0, None)
    assert (six.labels, six.found, six.accepted, six.right) == (2, 0, 1, 0)
    assert (six.precision, six.recall, six.f1, six.gaps, six.gaps_true) == (0, 0, 0, 1, 0)
    assert (twenty.precision, twenty.recall, twenty.average_precision) == (None, 0, 1)
    tallies = {one.name: one for one in evaluation.measures}
    assert list(tallies) == ["commitment", "mandate", "plan", "funding", "operation", "none"]
    assert tallies["commitment"] == Tally("commitment", 1, 1, 1, 1, 1.0, 1.0, 1.0, 1.0)
    assert tallies["mandate"] == Tally("mandate", 1, 0, 1, 0, 0.0, 0.0, 0.0, 0.0)
    assert tallies["plan"] == Tally("plan", 0, 0, 0, 0, None, None, None, None)
    assert (tallies["none"].labels, tallies["none"].accepted) == (3, 0)


def test_counts_of_objectives_and_of_measures_add_up_to_those_of_the_policy(evaluation):
    """No label and no match is lost or counted twice."""
    whole = evaluation.policies[0].tally
    for parts in (evaluation.objectives, evaluation.measures):
        for name in ("labels", "found", "accepted", "right"):
            assert sum(getattr(part, name) for part in parts) == getattr(whole, name)


def test_reasons_say_what_was_not_read_set_aside_and_found_instead(evaluation):
    """An analyst learns from a miss where to look: the reading, a veto, a rule."""
    told = {(one.kind, one.action): one for one in evaluation.misses}
    assert told["missed", "6.c"].why == "Not read: no passage that was read holds these words."
    assert told["missed", "6.a"].why.startswith("Set aside because 'does not intend'")
    assert "Nothing in it points to 5.b" in told["missed", "5.b"].why
    assert told["missed", "5.b"].instead == ("6.c",)
    assert told["false alarm", "6.c"].instead == ("5.b",)
    assert told["false alarm", "6.c"].why.startswith("Rule 6.c-fees found 'prohibited'")
    assert [one.action for one in evaluation.misses] == ["5.b", "6.a", "6.c", "6.c", "20.a"]


def test_evaluation_as_text_reads_as_it_did(evaluation, golden):
    """Figures, tables and reasons as the terminal shows them."""
    golden("evaluation.txt", rendered(evaluation, "text") + "\n")


def test_many_policies_give_their_mean_and_count_together(tmp_path):
    """Each policy counts the same in the mean; one without labels has no recall to count."""
    units = read_labels(written(tmp_path, "a.json", given_labels()))
    blank = [{**block, "labels": []} for block in given_labels()["blocks"]]
    none = read_labels(written(tmp_path, "b.json", given_labels(blocks=blank)))
    both = evaluate_all([("a", units, small_analysis()), ("b", none, small_analysis())])
    first, second = (one.quality for one in both.policies)
    assert (first.precision, second.precision, both.mean.precision) == (0.5, 0.0, 0.25)
    assert (second.recall, both.mean.recall) == (None, first.recall)
    assert [note.code for note in both.policies[1].notes] == ["labels_none"]
    assert sum(one.accepted for one in both.objectives) == 2 + 3
    assert {one.policy for one in both.misses} == {"a", "b"}
    assert "Mean" in rendered(both, "text")


# ---------------------------------------------------------------- labels that do not fit


def test_unknown_actions_are_named_and_left_out(tmp_path):
    """A label that nothing can find does not lower recall; nothing but such labels is an error."""
    data = given_labels()
    data["blocks"][0]["labels"].append({"action": "99.z", "strength": "full"})
    scored = evaluate_all([("g", read_labels(written(tmp_path, "g.json", data)), small_analysis())])
    (note,) = scored.policies[0].notes
    assert note.code == "labels_unknown"
    assert "99.z" in note.message
    assert scored.policies[0].tally.labels == 5
    for block in data["blocks"]:
        block["labels"] = [{"action": "99.z", "strength": "full"}]
    with pytest.raises(OptionsError, match="none of the labelled actions") as caught:
        evaluate_all([("g", read_labels(written(tmp_path, "g.json", data)), small_analysis())])
    assert "--framework" in caught.value.hint


def test_another_document_than_the_labelled_one_is_said(tmp_path):
    """Few labelled passages in the policy: a note; none: an error instead of empty figures."""
    data = given_labels()
    other = [{**one, "id": f"x{one['id']}", "text": RAIN} for one in data["blocks"]]
    more = [{**one, "id": f"y{one['id']}", "text": FEES} for one in data["blocks"]]
    mixed = read_labels(
        written(tmp_path, "m.json", given_labels(blocks=[*data["blocks"], *other, *more]))
    )
    (note,) = evaluate_all([("m", mixed, small_analysis())]).policies[0].notes
    assert note.code == "labels_elsewhere"
    assert "Only 5 of the 18" in note.message
    units = read_labels(written(tmp_path, "o.json", given_labels(blocks=other)))
    with pytest.raises(Broken, match="not one of the 6 labelled passages"):
        evaluate_all([("o", units, small_analysis())])


def bullets(*labels: str) -> str:
    """A file with a bullet called b for each of the labels."""
    start = '{"kind": "bullet", "id": "b", "text": "A", "labels": '
    return f'{{"blocks": [{", ".join(f"{start}[{one}]}}" for one in labels)}]}}'


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "line 1 is no JSON"),
        ("%PDF-1.7", "it is a PDF"),
        ("[]", 'no list "blocks"'),
        ("[" * 100_000, "cannot be read as JSON"),
        ('{"schema": "aligner.analysis/1"}', "an analysis that aligner wrote"),
        ('{"blocks": []}', "no paragraph, bullet or table row"),
        ('{"blocks": [{"kind": "heading", "text": "A"}]}', "no paragraph, bullet or table row"),
        ('{"blocks": ["text"]}', "block 1 is not an object"),
        ('{"blocks": [{"kind": "table", "id": "b1"}]}', 'block 1 (b1) has no "rows"'),
        ('{"blocks": [{"kind": "bullet", "id": "b1", "text": "A"}]}', 'has no "labels"'),
        ('{"blocks": [{"kind": "bullet", "text": "A", "labels": []}]}', 'block 1 has no "id"'),
        (
            '{"blocks": [{"kind": "table", "id": "t", "rows": [["a"]], "row_labels": []}]}',
            "1 rows and 0 lists of row_labels",
        ),
        (bullets('"5.a"'), "a label of block 1 (b) is not an object"),
        (
            bullets('{"action": "5.a", "strength": "ful"}'),
            '"full" or "partial", not "ful"',
        ),
        (bullets("", ""), "two blocks are called b"),
    ],
)
def test_file_that_holds_no_labels_is_named(tmp_path, content, told):
    """A wrong file is a message that says where it is wrong, not a traceback."""
    path = tmp_path / "wrong.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(Broken) as caught:
        read_labels(path)
    assert told in str(caught.value)
    assert "wrong.json" in str(caught.value)
    assert caught.value.hint
    with pytest.raises(Missing):
        read_labels(tmp_path / "none.json")


def test_labels_saved_with_a_byte_order_mark_and_odd_characters_are_read(tmp_path):
    """Windows editors put a mark in front; a terminal obeys no character of a label file."""
    data = given_labels()
    data["blocks"][0]["text"] = "Fees \x1b[2J are\ud800 forbidden\u2028now"
    path = tmp_path / "bom.json"
    path.write_text(json.dumps(data), encoding="utf-8-sig")
    assert read_labels(path)[0].text == "Fees [2J are forbidden now"


def test_files_are_paired_by_what_they_hold(tmp_path):
    """A labelled policy begins a pair; a policy belongs to the labels before it."""
    one = written(tmp_path, "one.json", given_labels())
    two = written(tmp_path, "two.json", given_labels())
    pdf, stored = tmp_path / "p.pdf", tmp_path / "a.json"
    pdf.write_bytes(b"%PDF-1.7")
    write_json(small_analysis(), stored)
    assert pair_up([one]) == ((one, None),)
    assert pair_up([one, two]) == ((one, None), (two, None))
    assert pair_up([one, pdf, two, stored]) == ((one, pdf), (two, stored))
    with pytest.raises(OptionsError, match="no labelled policy before it"):
        pair_up([one, pdf, stored])


# ---------------------------------------------------------------- reports


def test_json_holds_what_programs_read_before_and_more(evaluation):
    """Fields may be added, never changed."""
    data = json.loads(rendered(evaluation, "json"))
    assert data["quality"]["precision"] == 0.5
    assert set(data["misses"][0]) >= {"kind", "action", "place", "text", "confidence"}
    assert data["objectives"][0]["name"] == "5"
    assert data["measures"][1]["accepted"] == 1
    aside = next(one for one in data["misses"] if one["action"] == "6.a")
    assert {s["effect"] for s in aside["signals"]} == {"support", "veto"}


def test_workbook_can_be_filtered_and_holds_every_miss(evaluation, tmp_path):
    """Five sheets with heads that stay; text of a policy is never a formula."""
    path = tmp_path / "e.xlsx"
    write_evaluation(evaluation, path, form="xlsx")
    book = load_workbook(path)
    assert book.sheetnames == [
        "Figures",
        "By objective",
        "By measure type",
        "Misses",
        "False alarms",
    ]
    assert all(sheet.freeze_panes for sheet in book)
    assert book["Misses"].auto_filter.ref == "A3:L7"
    assert book["False alarms"].auto_filter.ref == "A3:L4"
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    assert any(str(cell.value).startswith("=SUM(A1)") for cell in cells)
    figures = {row[0].value: row[2].value for row in book["Figures"].iter_rows()}
    assert (figures["Precision"], figures["Recall"]) == (0.5, 0.2)


def test_same_evaluation_gives_the_same_bytes_and_spares_an_edited_workbook(evaluation, tmp_path):
    """Two runs agree byte for byte; what somebody wrote into a workbook is kept."""
    one, two = tmp_path / "one.xlsx", tmp_path / "two.xlsx"
    for path in (one, two, two):
        assert write_evaluation(evaluation, path, form="xlsx").note is None
    assert one.read_bytes() == two.read_bytes()
    book = load_workbook(two)
    book["Misses"]["D4"] = "mine"
    book.save(two)
    again = write_evaluation(evaluation, two, form="xlsx")
    assert again.path.name == "two (2).xlsx"
    assert load_workbook(two)["Misses"]["D4"].value == "mine"


@pytest.mark.parametrize(
    ("named", "output", "form"),
    [
        (None, None, "text"),
        ("json", None, "json"),
        (None, "a.XLSX", "xlsx"),
        (None, "a.txt", "text"),
        ("text", "a.log", "text"),
    ],
)
def test_format_is_named_or_told_by_the_ending(named, output, form):
    """-o NAME.xlsx is enough."""
    assert form_of(named, Path(output) if output else None) == form


@pytest.mark.parametrize(("named", "output"), [("odt", None), ("json", "a.xlsx"), (None, "a.doc")])
def test_format_that_is_not_clear_is_asked_for(named, output):
    """Nothing is written under a name that promises something else."""
    with pytest.raises(OptionsError):
        form_of(named, Path(output) if output else None)
