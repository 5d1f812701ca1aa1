"""The pipeline on real documents: a sample policy, bad files, the same bytes twice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aligner import framework
from aligner.analyze import analyze, analyze_many, score_lines
from aligner.errors import InputError, OptionsError
from aligner.model import Analysis, Failure
from aligner.options import Options
from aligner.report.tables import from_dict, to_dict

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "sample_policies" / "maravia_labour_migration_policy.pdf"
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return analyze(SAMPLE)


def test_every_action_has_one_finding(analysis):
    """No action of the framework is forgotten, and none is counted twice."""
    assert [f.action for f in analysis.findings] == [a.id for a in analysis.framework.actions]
    assert sum(o.covered + o.partial + o.gap + o.not_assessed for o in analysis.objectives) == len(
        analysis.findings
    )


def test_evidence_is_a_passage_of_the_policy(analysis):
    """Each accepted match leads to a segment with a page, boxes on it, and signals."""
    segments = {s.id: s for s in analysis.segments}
    accepted = [m for m in analysis.matches if m.accepted]
    assert accepted
    for match in accepted:
        segment = segments[match.segment]
        assert 1 <= segment.page <= segment.page_end <= analysis.document.pages
        assert segment.boxes
        assert match.signals


def test_evidence_below_the_lowest_threshold_says_why_it_counts(analysis):
    """Nothing counts at 12% without a word on what made it count."""
    least = framework.load().fusion.accept
    weak = [m for m in analysis.matches if m.accepted and m.confidence < least]
    assert weak
    assert all(any(s.matcher == "policy" for s in m.signals) for m in weak)


def test_terms_of_every_signal_stand_in_the_passage(analysis):
    """What the report marks is there."""
    segments = {s.id: s for s in analysis.segments}
    for match in analysis.matches:
        for signal in match.signals:
            for term in signal.terms:
                assert 0 <= term.start < term.end <= len(segments[match.segment].text)


def test_gaps_keep_their_nearest_passages_and_what_was_searched(analysis):
    """No gap without its proof."""
    gaps = [f for f in analysis.findings if f.status == "gap"]
    assert gaps
    assert all(f.searched for f in gaps)
    assert sum(len(f.nearest) >= 3 for f in gaps) > 0.9 * len(gaps)


def test_policy_on_labour_migration_covers_what_it_is_about(analysis):
    """Ethical recruitment is covered, detention is not: the report is about this policy."""
    status = {o.objective: o.status for o in analysis.objectives}
    assert status["6"] in ("covered", "partial")
    assert status["20"] in ("covered", "partial")
    assert sum(f.status == "gap" for f in analysis.findings) > 40


def test_objective_20_is_said_to_be_a_paraphrase(analysis):
    """Nobody may take our words for the Compact's."""
    assert any(note.code == "paraphrase" for note in analysis.notes)


def test_analysis_survives_json(analysis):
    """Every report can be made from the stored analysis."""
    assert from_dict(json.loads(json.dumps(to_dict(analysis)))) == analysis


def test_list_without_examples_works_by_its_words_and_says_so(tmp_path):
    """An analyst's own list needs no training; the report says what that costs."""
    actions = tmp_path / "mine.md"
    actions.write_text(
        "# Objective 1\n## Title: Better water for the villages\n## Associated actions\n"
        "- a. Build wells and pipes that bring clean water to every village.\n"
        "- b. Train committees to look after the pumps.\n",
        encoding="utf-8",
    )
    policy = tmp_path / "policy.md"
    policy.write_text(
        "# Measures\n\nThe Government will build wells and pipes for clean water in every village "
        "by 2030.\n\nTaxes are collected by the provinces.\n",
        encoding="utf-8",
    )
    own = analyze(policy, Options(framework=str(actions)))
    assert {note.code for note in own.notes} >= {"words_only", "few_words"}
    assert [f.status != "gap" for f in own.findings] == [True, False]


def test_bad_file_between_good_ones_stops_nothing(tmp_path):
    """One bad file never costs the others, and says what to do."""
    bad = tmp_path / "bad.pdf"
    bad.write_bytes(b"%PDF-1.7\nnothing")
    first, second, third = analyze_many([bad, SAMPLE, tmp_path / "none.pdf"])
    assert isinstance(first, Failure)
    assert first.message
    assert first.hint
    assert isinstance(second, Analysis)
    assert isinstance(third, Failure)
    assert third.code == "missing"


def test_one_bad_file_raises_its_error(tmp_path):
    """A caller in Python gets the named error."""
    with pytest.raises(InputError):
        analyze(tmp_path / "none.pdf")


def test_scores_are_given_for_each_line():
    """`aligner score` answers each line with a number for every objective and action."""
    line = '{"id": 7, "text": "Recruitment agencies shall not charge fees to migrant workers."}'
    (answer,) = map(json.loads, score_lines([line, "\n"]))
    assert answer["id"] == 7
    assert max(answer["actions"], key=answer["actions"].get) == "6.c"
    assert max(answer["scores"], key=answer["scores"].get) == "6"


def test_list_of_ones_own_is_scored_by_its_words(tmp_path):
    """Any framework works, without rules or training."""
    own = tmp_path / "own.json"
    own.write_text(
        json.dumps(
            {
                "framework": "Own",
                "objectives": [
                    {"id": "1", "title": "Water", "actions": [{"id": "a", "text": "Renew pipes."}]},
                    {"id": "2", "title": "Books", "actions": [{"id": "a", "text": "Print books."}]},
                ],
            }
        ),
        encoding="utf-8",
    )
    options = Options(framework=str(own))
    (answer,) = map(json.loads, score_lines(['{"id": "x", "text": "New water pipes"}'], options))
    assert answer["scores"]["1"] > answer["scores"]["2"]


@pytest.mark.parametrize("line", ["[]", "{", '{"id": 1}', '{"id": 1, "text": 2}', "[" * 10_000])
def test_wrong_line_is_named(line):
    """A line that cannot be used stops the work with its number."""
    with pytest.raises(OptionsError, match="Line 1"):
        list(score_lines([line]))


def test_policy_on_water_addresses_nothing():
    """A policy that has nothing to do with migration has at most five actions above gap."""
    water = SHARED / "documents" / "mu_national-water-policy_2014.pdf"
    if not water.exists():
        pytest.skip("../shared/documents is not here")
    assert sum(f.status in ("covered", "partial") for f in analyze(water).findings) <= 5
