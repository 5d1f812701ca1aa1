"""Matches become one finding per action, and a roll-up per objective.

Status by the codebook: covered when some passage is full evidence, partial when there are only
partial ones, gap when there is none, not assessed when too little could be read to call it a gap.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from aligner.model import Finding, ObjectiveFinding

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aligner.model import Action, Document, Framework, Match, Rule, Status

# The passages shown beside a gap.
_NEAREST = 10
# When more than a tenth of the pages could not be read, "not found" says little.
_UNREAD_SHARE = 0.1
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
    return tuple(
        find(
            action,
            by_action[action.id],
            unread=unread,
            searched=searched.get(action.id, (action.text,)),
        )
        for action in framework.actions
    )


def find(
    action: Action, matches: Sequence[Match], *, unread: float, searched: tuple[str, ...]
) -> Finding:
    """The finding of one action; `unread` is the share of pages (0 to 1) that could not be read."""
    ranked = sorted(matches, key=lambda m: (-m.confidence, m.segment))
    evidence = tuple(m for m in ranked if m.accepted)
    nearest = tuple(m for m in ranked if not m.accepted)[:_NEAREST]
    status = _status(evidence, unread)
    return Finding(
        action=action.id,
        status=status,
        confidence=_confidence(evidence or nearest, status, unread),
        matches=evidence,
        set_aside=tuple(m for m in ranked if m.vetoed),
        nearest=nearest,
        searched=searched,
    )


def _status(evidence: Sequence[Match], unread: float) -> Status:
    if any(m.strength == "full" for m in evidence):
        return "covered"
    if evidence:
        return "partial"
    return "not_assessed" if unread > _UNREAD_SHARE else "gap"


def _confidence(ranked: Sequence[Match], status: Status, unread: float) -> float:
    """How far the status can be trusted (0 to 1).

    Evidence: the probability of the best passage. A gap: that the nearest passage is none, times
    the share of pages that could be read.
    """
    best = ranked[0].confidence if ranked else 0.0
    if status in ("covered", "partial"):
        return round(best, 6)
    return round((1.0 - best) * (1.0 - unread), 6) if status == "gap" else 0.0


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
