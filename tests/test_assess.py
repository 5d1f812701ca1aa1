"""Findings: the codebook's statuses, and how far a gap can be trusted."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from aligner.assess import assess, roll_up
from aligner.model import Action, Concept, Document, Framework, Fusion, Match, Objective, Rule

FRAME = Framework(
    id="test",
    title="Test",
    version="1",
    sha256="0",
    objectives=(Objective("1", "One"), Objective("2", "Two")),
    actions=(Action("1.a", "1", "A"), Action("1.b", "1", "B"), Action("2.a", "2", "C")),
    concepts=(Concept("fee", (("en", ("recruitment fee", "placement cost")),)),),
    rules=(Rule("1.a-x", "1.a", 0.9, (("@fee", "levy"), ("ban",))),),
)


def document(*, pages: int = 10, unread: tuple[int, ...] = ()) -> Document:
    return Document("p.pdf", "0", "P", "en", pages, "ok", unread_pages=unread)


def one(action: str, confidence: float, *, segment: str = "s0001", **changes: object) -> Match:
    basis = {"accepted": True, "strength": "full", **changes}
    return Match(segment, action, confidence, **basis)


def statuses(*matches: Match, unread: tuple[int, ...] = ()) -> dict[str, str]:
    return {f.action: f.status for f in assess(matches, FRAME, document=document(unread=unread))}


def test_status_is_that_of_the_best_evidence():
    """Full evidence covers, partial evidence covers partly, none is a gap."""
    assert statuses(
        one("1.a", 0.6, strength="partial"), one("1.a", 0.9), one("1.b", 0.5, strength="partial")
    ) == {"1.a": "covered", "1.b": "partial", "2.a": "gap"}


def test_no_gap_is_claimed_of_pages_that_were_not_read():
    """A gap is only as good as the reading."""
    assert statuses(one("1.a", 0.9), unread=(3, 4)) == {
        "1.a": "covered",
        "1.b": "not_assessed",
        "2.a": "not_assessed",
    }


def test_gap_is_trusted_less_when_something_was_near_or_unread():
    """The confidence of a gap falls with the nearest passage and with unread pages."""
    near = one("1.b", 0.3, accepted=False)
    whole = {f.action: f for f in assess([near], FRAME, document=document())}
    assert whole["2.a"].confidence == pytest.approx(0.999, abs=0.0001)
    assert whole["1.b"].confidence == pytest.approx(0.7)
    assert whole["1.b"].nearest == (near,)
    lacking = {f.action: f for f in assess([near], FRAME, document=document(unread=(1,)))}
    assert lacking["2.a"].confidence == pytest.approx(0.999 * 0.9, abs=0.0001)


def test_gaps_are_not_assessed_in_proportion_to_unread_pages():
    """A few unread pages leave the least trusted gaps open, a fifth of them leaves all open."""
    near = one("1.b", 0.3, accepted=False)
    found = {f.action: f for f in assess([near], FRAME, document=document(unread=(1,)))}
    assert [found[a].status for a in ("1.a", "1.b", "2.a")].count("not_assessed") == 2
    assert found["1.b"].status == "not_assessed"


def test_trust_in_gaps_is_calibrated_by_the_fusion():
    """What labelled policies taught about gaps replaces the complement of the likelihood."""
    near = one("1.b", 0.5, accepted=False)
    fusion = Fusion(0.0, (), 0.2, 0.5, gap=(2.0, 1.0))
    calibrated = replace(FRAME, fusion=fusion)
    found = {f.action: f for f in assess([near], calibrated, document=document())}
    assert found["1.b"].confidence == pytest.approx(1 / (1 + math.exp(-2.0)))


def test_vetoed_match_is_set_aside():
    """What a veto cost is kept beside the finding."""
    gone = one("1.a", 0.4, accepted=False, vetoed=True)
    finding = assess([gone], FRAME, document=document())[0]
    assert finding.status == "gap"
    assert finding.set_aside == (gone,)


def test_evidence_is_best_first_and_ties_go_by_segment():
    """The order never depends on chance."""
    given = [one("1.a", 0.7, segment="s0003"), one("1.a", 0.7, segment="s0002"), one("1.a", 0.9)]
    finding = assess(given, FRAME, document=document())[0]
    assert [m.segment for m in finding.matches] == ["s0001", "s0002", "s0003"]


def test_searched_words_spell_out_concepts():
    """No gap without what was searched."""
    finding = assess([], FRAME, document=document())[0]
    assert finding.searched == ("recruitment fee / placement cost / levy + ban",)


def test_objective_is_covered_when_half_of_its_actions_are():
    """The roll-up counts actions, and says so."""
    found = assess([one("1.a", 0.9)], FRAME, document=document())
    first, second = roll_up(found, FRAME)
    assert (first.status, first.covered, first.gap, first.confidence) == ("covered", 1, 1, 0.9)
    assert (second.status, second.gap) == ("gap", 1)
