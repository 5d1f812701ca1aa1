"""Matches become one finding per action, and a roll-up per objective.

Status by the codebook: covered when some passage is full evidence, partial when there are only
partial ones, gap when there is none, not assessed when too little could be read to call it a gap.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from math import ceil, exp, log
from typing import TYPE_CHECKING

from aligner.model import Finding, ObjectiveFinding

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aligner.model import Action, Document, Framework, Match, Rule, Status

# The passages shown beside a gap.
_NEAREST = 10
# From this share of unread pages on no gap is claimed at all; below, in proportion to it.
_UNREAD_SHARE = 0.2
# Probabilities nearer to 0 or 1 than this count as this far away, so that log-odds stay finite.
_LEAST = 0.001
# Forms of a concept that are spelled out in what was searched.
_FORMS_SHOWN = 8


def assess(
    matches: Iterable[Match], framework: Framework, *, document: Document
) -> tuple[Finding, ...]:
    """One finding for each action of the framework, in its order."""
    by_action: dict[str, list[Match]] = defaultdict(list)
    for one in matches:
        by_action[one.action].append(one)
    searched = searched_words(framework, document.language)
    unread = len(document.unread_pages) / max(document.pages, 1)
    trust = framework.fusion.gap if framework.fusion else (0.0, 1.0)
    findings = [
        find(action, by_action[action.id], searched=searched.get(action.id, (action.text,)))
        for action in framework.actions
    ]
    return _doubted([_trusted(finding, trust, unread) for finding in findings], unread)


def _doubted(findings: Sequence[Finding], unread: float) -> tuple[Finding, ...]:
    """The least trusted gaps as not assessed: the more of them, the more pages are unread.

    What stands on unread pages is unknown, and the actions that came nearest to evidence on the
    others are those that it may well be evidence for.
    """
    gaps = sorted((f for f in findings if f.status == "gap"), key=lambda f: f.confidence)
    count = ceil(len(gaps) * min(unread / _UNREAD_SHARE, 1.0))
    doubted = {finding.action for finding in gaps[:count]}
    return tuple(
        replace(f, status="not_assessed", confidence=0.0) if f.action in doubted else f
        for f in findings
    )


def _trusted(finding: Finding, trust: tuple[float, float], unread: float) -> Finding:
    """The finding with the confidence of a gap: calibrated, times the share of pages read."""
    if finding.status != "gap":
        return finding
    best = finding.nearest[0].confidence if finding.nearest else 0.0
    odds = log(max(best, _LEAST) / (1.0 - min(best, 1.0 - _LEAST)))
    sure = 1.0 / (1.0 + exp(trust[1] * odds - trust[0]))
    return replace(finding, confidence=round(sure * (1.0 - unread), 6))


def find(action: Action, matches: Sequence[Match], *, searched: tuple[str, ...]) -> Finding:
    """The finding of one action, as if every page had been read."""
    ranked = sorted(matches, key=lambda m: (-m.confidence, m.segment))
    evidence = tuple(m for m in ranked if m.accepted)
    nearest = tuple(m for m in ranked if not m.accepted)[:_NEAREST]
    return Finding(
        action=action.id,
        status=_status(evidence),
        confidence=round(evidence[0].confidence, 6) if evidence else 0.0,
        matches=evidence,
        set_aside=tuple(m for m in ranked if m.vetoed),
        nearest=nearest,
        searched=searched,
    )


def _status(evidence: Sequence[Match]) -> Status:
    if any(m.strength == "full" for m in evidence):
        return "covered"
    return "partial" if evidence else "gap"


def roll_up(findings: Sequence[Finding], framework: Framework) -> tuple[ObjectiveFinding, ...]:
    """The findings by objective, in the framework's order.

    An objective is covered when at least half of its actions are, partial when any has evidence.
    """
    of = {action.id: action.objective for action in framework.actions}
    out = []
    for objective in framework.objectives:
        mine = [f for f in findings if of[f.action] == objective.id]
        count = Counter(f.status for f in mine)
        status = _rolled(count, len(mine))
        out.append(
            ObjectiveFinding(
                objective=objective.id,
                status=status,
                confidence=_rolled_confidence(mine, status),
                covered=count["covered"],
                partial=count["partial"],
                gap=count["gap"],
                not_assessed=count["not_assessed"],
            )
        )
    return tuple(out)


def _rolled(count: Counter[Status], total: int) -> Status:
    if total and 2 * count["covered"] >= total:
        return "covered"
    if count["covered"] or count["partial"]:
        return "partial"
    return "not_assessed" if count["not_assessed"] else "gap"


def _rolled_confidence(findings: Sequence[Finding], status: Status) -> float:
    """The best evidence's confidence; for a gap the least of its actions' gaps."""
    if status == "gap":
        return min((f.confidence for f in findings), default=0.0)
    found = [f.confidence for f in findings if f.status in ("covered", "partial")]
    return max(found, default=0.0)


def searched_words(framework: Framework, language: str) -> dict[str, tuple[str, ...]]:
    """For each action with rules, a line for each: its groups of words, concepts spelled out."""
    forms = {
        c.id: dict(c.forms).get(language) or dict(c.forms).get("en", ()) for c in framework.concepts
    }
    out: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for rule in framework.rules:
        out[rule.action] += (_spelled(rule, forms),)
    return dict(out)


def _spelled(rule: Rule, forms: dict[str, tuple[str, ...]]) -> str:
    groups = []
    for group in rule.all:
        words = [w for p in group for w in (forms.get(p[1:], ()) if p.startswith("@") else (p,))]
        more = " …" if len(words) > _FORMS_SHOWN else ""
        groups.append(" / ".join(words[:_FORMS_SHOWN]) + more)
    return " + ".join(groups)
