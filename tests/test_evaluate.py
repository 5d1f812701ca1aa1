"""Scoring against labels: the figures are right on cases that can be counted by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from aligner.errors import Broken, Missing
from aligner.evaluate import evaluate, misses, read_document, read_labels
from aligner.model import (
    Analysis,
    Document,
    Finding,
    Framework,
    Match,
    Segment,
)

if TYPE_CHECKING:
    from pathlib import Path

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


@pytest.mark.parametrize("content", ["", "[]", '{"blocks": [{"kind": "table"}]}', "[" * 5000])
def test_file_that_holds_no_labels_is_named(tmp_path, content):
    """A wrong file is a message, not a traceback."""
    path = tmp_path / "wrong.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(Broken):
        read_labels(path)
    with pytest.raises(Missing):
        read_labels(tmp_path / "none.json")
