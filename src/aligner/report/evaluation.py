"""How well aligner did against labels: as text for the terminal, JSON for programs, and Excel.

A pure function of an Evaluation. A figure that has nothing to count is a dash, never a zero.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aligner import explain
from aligner.errors import OptionsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from aligner.model import Evaluation, Miss, Quality, Tally

FORMATS = ("text", "json", "xlsx")
_ENDINGS = {".txt": "text", ".json": "json", ".xlsx": "xlsx"}
NOTHING = "–"
# The figures of a policy in the order in which they are shown, and what they say.
MEANINGS = {
    "precision": ("Precision", "Of the passages taken for evidence: how many were labelled so."),
    "recall": ("Recall", "Of the labels: how many were found."),
    "f1": ("F1", "Precision and recall in one figure (harmonic mean)."),
    "average_precision": (
        "Average precision",
        "How well likelihoods put right passages before wrong ones, whatever the threshold.",
    ),
    "action_f1": ("Action F1", "Which actions have any evidence: found and labelled compared."),
    "objective_f1": ("Objective F1", "The same for objectives."),
    "kappa": (
        "Status kappa",
        "Agreement of the statuses (gap, partly, covered) beyond chance: 1 perfect, 0 chance.",
    ),
    "gaps_true": ("Gap reliability", "Of the reported gaps: how many have no label, so are gaps."),
    "whole": ("Passages whole", "Of the labelled passages: how many were read as one passage."),
}
_NOT_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")


def form_of(named: str | None, output: Path | None) -> str:
    """The format: what is named, or the ending of the file says; text when neither does.

    Raises:
        OptionsError: there is no such format, or the two disagree.
    """
    ending = _ENDINGS.get(output.suffix.lower()) if output else None
    if named and named not in FORMATS:
        raise OptionsError(
            f"There is no format {named} for an evaluation.", f"Choose: {', '.join(FORMATS)}."
        )
    if named and ending and named != ending:
        raise OptionsError(
            f"The name {output} is not one for {named}.", "Leave out --format, or change the name."
        )
    if output and not (named or ending):
        raise OptionsError(
            f"The name {output} does not say which format is wanted.",
            f"End it with {', '.join(_ENDINGS)}, or give --format.",
        )
    return named or ending or "text"


def rendered(evaluation: Evaluation, form: str) -> str:
    """The evaluation as text or JSON."""
    text = as_json(evaluation) if form == "json" else as_text(evaluation)
    return text.encode("utf-8", "replace").decode("utf-8")


# ---------------------------------------------------------------- text


def as_text(evaluation: Evaluation) -> str:
    """Figures, figures by objective and by type of measure, then misses and false alarms."""
    parts = [*_told_notes(evaluation), *_figures(evaluation)]
    parts += ["", "By objective", *_tallies(evaluation.objectives, "objective", statuses=True)]
    parts += ["", "By type of measure", *_tallies(evaluation.measures, "measure")]
    for kind, title in (("missed", "Missed"), ("false alarm", "False alarms")):
        group = [one for one in evaluation.misses if one.kind == kind]
        parts += ["", f"{title}: {len(group)}"]
        for one in group:
            parts += ["", *_miss(one, many=len(evaluation.policies) > 1)]
    return "\n".join(_NOT_TEXT.sub(" ", line) for line in parts)


def _told_notes(evaluation: Evaluation) -> Iterator[str]:
    for policy in evaluation.policies:
        yield from (f"{policy.name}: {note.message}" for note in policy.notes)


def _figures(evaluation: Evaluation) -> Iterator[str]:
    """One line a figure for one policy; one line a policy, and the mean, for many."""
    yield f"Held against {evaluation.framework.title}"
    if len(evaluation.policies) == 1:
        yield evaluation.policies[0].name
        for name, value in figures(evaluation.mean).items():
            yield f"  {MEANINGS[name][0]:18s} {_number(value):>6s}"
        return
    rows = [(one.name, one.quality) for one in evaluation.policies] + [("Mean", evaluation.mean)]
    yield from _columns(
        [["policy", *(title.lower() for title, _ in MEANINGS.values())]]
        + [[name, *map(_number, figures(quality).values())] for name, quality in rows]
    )


def figures(quality: Quality) -> dict[str, float | None]:
    """The figures by name in the order in which they are shown."""
    return {name: getattr(quality, name) for name in MEANINGS}


def _tallies(given: Iterable[Tally], what: str, *, statuses: bool = False) -> Iterator[str]:
    head = [what, "labels", "found", "accepted", "right", "precision", "recall", "F1", "AP"]
    rows = [head + (["kappa", "gaps", "gaps true"] if statuses else [])]
    for one in given:
        counts = [str(n) for n in (one.labels, one.found, one.accepted, one.right)]
        shares = (one.precision, one.recall, one.f1, one.average_precision)
        row = [one.name, *counts, *map(_number, shares)]
        if statuses:
            row += [_number(one.kappa), str(one.gaps), _number(one.gaps_true)]
        rows.append(row)
    yield from _columns(rows)


def _columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows in columns as wide as their widest cell, the first to the left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            f"{cell:{'<' if not number else '>'}{widths[number]}s}"
            for number, cell in enumerate(row)
        ]
        yield "  " + "  ".join(cells)


def _number(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.3f}"


def _miss(one: Miss, *, many: bool) -> Iterator[str]:
    page = f"page {one.page}" if one.page and not one.place.startswith("page") else ""
    likely = f"likelihood {explain.percent(one.match.confidence)}" if one.match else ""
    where = [one.policy if many else "", one.place, page, one.section, one.measure or "", likely]
    yield f"{one.action} {one.kind}, {one.strength} ({', '.join(filter(None, where))})"
    yield f"  {one.text}"
    if one.why:
        yield f"  {one.why}"
    if one.instead:
        yield f"  {instead_of(one)}: {', '.join(one.instead)}"
    yield from (f"    {line}" for line in signal_lines(one))


def instead_of(one: Miss) -> str:
    """What the actions in `instead` are."""
    return "Found in this passage" if one.kind == "missed" else "Labels of this passage"


def signal_lines(one: Miss) -> list[str]:
    """The signals, a line each: matcher, score, whether it speaks against, source; none twice."""
    lines = (
        f"{signal.matcher} {signal.score:.2f}{' against' if signal.effect == 'veto' else ''} "
        f"{signal.source}".rstrip()
        for signal in (one.match.signals if one.match else ())
    )
    return list(dict.fromkeys(lines))


# ---------------------------------------------------------------- JSON


def as_json(evaluation: Evaluation) -> str:
    """All of it as JSON: `quality` is that of the policy, or the mean of many."""
    policies = [
        {
            "name": one.name,
            "quality": _rounded(asdict(one.quality)),
            "counts": _rounded(asdict(one.tally)),
            "notes": [{"code": note.code, "message": note.message} for note in one.notes],
        }
        for one in evaluation.policies
    ]
    data = {
        "schema": "aligner.evaluation/1",
        "framework": {"id": evaluation.framework.id, "version": evaluation.framework.version},
        "quality": _rounded(asdict(evaluation.mean)),
        "policies": policies,
        "objectives": [_rounded(asdict(one)) for one in evaluation.objectives],
        "measures": [_rounded(asdict(one)) for one in evaluation.measures],
        "misses": [_miss_as_json(one) for one in evaluation.misses],
        "version": evaluation.version,
    }
    return json.dumps(data, ensure_ascii=False, indent=1)


def _miss_as_json(one: Miss) -> dict[str, Any]:
    signals = one.match.signals if one.match else ()
    return {
        "kind": one.kind,
        "action": one.action,
        "place": one.place,
        "text": one.text,
        "confidence": one.match.confidence if one.match else None,
        "policy": one.policy,
        "strength": one.strength,
        "page": one.page,
        "section": one.section,
        "measure": one.measure,
        "instead": list(one.instead),
        "why": one.why,
        "signals": [
            {"matcher": s.matcher, "score": s.score, "effect": s.effect, "source": s.source}
            for s in signals
        ],
    }


def _rounded(given: dict[str, Any]) -> dict[str, Any]:
    return {k: round(v, 6) if isinstance(v, float) else v for k, v in given.items()}
