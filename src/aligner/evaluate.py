"""Score an analysis against a labelled policy, so that analysts can measure aligner on their own.

A labelled policy is JSON; docs/evaluate.md tells its form. Optional labels (given by one of two
annotators) are neither demanded nor punished.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from aligner.errors import Broken, Missing
from aligner.model import Block, Document

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from aligner.model import Analysis, BlockKind, Match, Segment, Signal, Strength

_WORD = re.compile(r"[^\W_]+")
_LEVEL = {"gap": 0, "not_assessed": 0, "partial": 1, "covered": 2}


@dataclass(frozen=True, slots=True)
class Label:
    """An action that a unit is evidence for; optional when only one of two annotators said so."""

    action: str
    strength: Strength
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Unit:
    """A paragraph, bullet, clause or table row that was labelled."""

    id: str
    text: str
    labels: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class Quality:
    """Shares from 0 to 1; kappa is weighted by squares (Cohen, 1968) over three statuses.

    Precision is over accepted matches, recall over labels. `gaps_true` is the share of reported
    gaps that are gaps, `whole` the share of units that one segment holds.
    """

    precision: float
    recall: float
    f1: float
    average_precision: float
    action_f1: float
    kappa: float
    objective_f1: float
    gaps_true: float
    whole: float


@dataclass(frozen=True, slots=True)
class Miss:
    """A label that was not found, or an accepted match without label (a false alarm)."""

    kind: Literal["missed", "false alarm"]
    action: str
    place: str
    text: str
    match: Match | None = None


def read_labels(path: Path) -> tuple[Unit, ...]:
    """The labelled units of a file, headings left out.

    Raises:
        Missing: there is no such file.
        Broken: it is not a labelled policy.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return tuple(_units(data["blocks"]))
    except FileNotFoundError as error:
        raise Missing(f"There is no file {path.name}.", "Name a labelled policy.") from error
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise Broken(
            f"{path.name} is not a labelled policy: {error}.",
            "Its form is told in docs/evaluate.md.",
        ) from error


def read_document(path: Path) -> Document:
    """The text of a labelled policy as a document, for scoring the matching without the reading."""
    units = read_labels(path)
    data = json.loads(path.read_text(encoding="utf-8"))
    blocks = tuple(_blocks(data["blocks"]))
    return Document(
        name=path.name,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        title=str(data.get("title", "")),
        language=str(data.get("language", "en")),
        pages=1,
        status="ok",
        blocks=blocks,
        words=sum(len(unit.text.split()) for unit in units),
    )


def _blocks(given: Sequence[Mapping[str, Any]]) -> Iterator[Block]:
    for block in given:
        if block["kind"] == "table":
            heads = (" ".join(map(str, block.get("header") or [])),)
            for row in block["rows"]:
                yield Block(" ".join(map(str, row)), "row", 1, context=heads)
        elif block["kind"] == "heading":
            yield Block(str(block["text"]), "heading", 1, level=int(block.get("level", 1)))
        else:
            kind: BlockKind = "item" if block["kind"] == "bullet" else "paragraph"
            number = str(block.get("number") or "")
            yield Block(str(block["text"]), kind, 1, number=number)


def _units(blocks: Sequence[Mapping[str, Any]]) -> Iterator[Unit]:
    for block in blocks:
        if block["kind"] == "table":
            rows = zip(block["rows"], block["row_labels"], strict=True)
            for number, (row, labels) in enumerate(rows):
                text = " ".join(map(str, row))
                yield Unit(f"{block['id']}.{number}", text, _labels(labels))
        elif block["kind"] != "heading":
            yield Unit(str(block["id"]), str(block["text"]), _labels(block["labels"]))


def _labels(given: Sequence[Mapping[str, Any]]) -> tuple[Label, ...]:
    return tuple(Label(one["action"], one["strength"], bool(one.get("optional"))) for one in given)


def evaluate(analysis: Analysis, units: Sequence[Unit]) -> Quality:
    """How well the analysis finds what the labels say."""
    held = _Held(analysis, units)
    accepted = [m for m in held.candidates if m.accepted]
    right = [m for m in accepted if held.is_right(m)]
    precision = _share(len(right), len(accepted))
    recall = _share(len(held.found(accepted)), len(held.demanded))
    actions, kappa, gaps_true = _actions(analysis, held)
    return Quality(
        precision=precision,
        recall=recall,
        f1=_f1(precision, recall),
        average_precision=_average_precision(held),
        action_f1=_set_f1(*actions),
        kappa=kappa,
        objective_f1=_set_f1(*({a.split(".")[0] for a in side} for side in actions)),
        gaps_true=gaps_true,
        whole=_share(held.whole, len(units)),
    )


class _Held:
    """An analysis and labels held together: which segments overlap which units."""

    def __init__(self, analysis: Analysis, units: Sequence[Unit]) -> None:
        self.demanded = {(u.id, x.action): x for u in units for x in u.labels if not x.optional}
        self.optional = {(u.id, x.action) for u in units for x in u.labels} - set(self.demanded)
        self.units_of, self.whole = _link(analysis, units)
        ranked = sorted(analysis.matches, key=lambda m: -m.confidence)
        self.candidates = [m for m in ranked if self.is_right(m) or not self._is_optional(m)]

    def is_right(self, match: Match) -> bool:
        return any((u, match.action) in self.demanded for u in self.units_of[match.segment])

    def _is_optional(self, match: Match) -> bool:
        return any((u, match.action) in self.optional for u in self.units_of[match.segment])

    def found(self, matches: Sequence[Match]) -> set[tuple[str, str]]:
        pairs = {(u, m.action) for m in matches for u in self.units_of[m.segment]}
        return pairs & set(self.demanded)


def _link(analysis: Analysis, units: Sequence[Unit]) -> tuple[dict[str, set[str]], int]:
    """The units that each segment overlaps, and how many units one segment holds whole.

    Runs of four words tie a segment to its unit, since policies repeat themselves; short ones are
    tied by their words.
    """
    segments = [(s.id, _words(s.text)) for s in analysis.segments]
    runs = {name: _runs(words) for name, words in segments}
    units_of: dict[str, set[str]] = defaultdict(set)
    whole = 0
    for unit in units:
        words, held = _words(unit.text), False
        for name, other in segments:
            if _overlap(words, other, _runs(words), runs[name]):
                units_of[name].add(unit.id)
                common = sum((Counter(words) & Counter(other)).values())
                held |= common >= 0.9 * len(words) and common >= 0.8 * len(other)
        whole += held
    return units_of, whole


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower().replace("\u00ad", ""))


def _runs(words: Sequence[str]) -> set[tuple[str, ...]]:
    return set(zip(*(words[i:] for i in range(4)), strict=False))


def _overlap(
    words: Sequence[str],
    other: Sequence[str],
    runs: set[tuple[str, ...]],
    other_runs: set[tuple[str, ...]],
) -> bool:
    small = min(len(runs) or 1, len(other_runs) or 1)
    if len(runs & other_runs) >= max(2, 0.3 * small):
        return True
    least = min(len(words), len(other))
    if least <= 2 or max(len(words), len(other)) >= 8 <= least:
        return False
    return sum((Counter(words) & Counter(other)).values()) >= 0.8 * least


def _average_precision(held: _Held) -> float:
    seen: set[tuple[str, str]] = set()
    hits, total = 0, 0.0
    for rank, match in enumerate(held.candidates, 1):
        new = held.found([match]) - seen
        hits += held.is_right(match)
        seen |= new
        total += hits / rank * len(new)
    return _share(total, len(held.demanded))


def _actions(analysis: Analysis, held: _Held) -> tuple[tuple[set[str], set[str]], float, float]:
    """(labelled, found) actions, kappa of the statuses, and the share of gaps that are gaps."""
    best: Counter[str] = Counter()
    for (_, action), label in held.demanded.items():
        best[action] = max(best[action], 2 if label.strength == "full" else 1)
    open_to_doubt = {action for _, action in held.optional} - set(best)
    got = {f.action: _LEVEL[f.status] for f in analysis.findings if f.action not in open_to_doubt}
    gaps = [f.action for f in analysis.findings if f.status == "gap" and f.action in got]
    true_gaps = _share(sum(not best[action] for action in gaps), len(gaps))
    pairs = [(best[action], level) for action, level in sorted(got.items())]
    return (set(best), {a for a, level in got.items() if level}), _kappa(pairs), true_gaps


def _kappa(pairs: Sequence[tuple[int, int]]) -> float:
    size = len(pairs) or 1
    wanted, given = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    observed = sum((a - b) ** 2 for a, b in pairs) / size
    expected = sum(
        (a - b) ** 2 * wanted[a] * given[b] for a in wanted for b in given
    ) / size**2  # fmt: skip
    return 1.0 - observed / expected if expected else 1.0


def _set_f1(wanted: set[str], given: set[str]) -> float:
    both = len(wanted & given)
    return _f1(_share(both, len(given)), _share(both, len(wanted)))


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def misses(analysis: Analysis, units: Sequence[Unit]) -> tuple[Miss, ...]:
    """Every label that was missed and every accepted match without one, by action."""
    held = _Held(analysis, units)
    accepted = [m for m in held.candidates if m.accepted]
    found, texts = held.found(accepted), {u.id: u.text for u in units}
    segments = {s.id: s for s in analysis.segments}
    missed = [
        Miss("missed", action, unit, texts[unit], _nearest(held, unit, action))
        for unit, action in sorted(set(held.demanded) - found)
    ]
    alarms = [
        Miss("false alarm", m.action, _place(segments[m.segment]), segments[m.segment].text, m)
        for m in accepted
        if not held.is_right(m)
    ]
    return tuple(sorted(missed + alarms, key=lambda f: (f.action, f.kind, f.place)))


def _place(segment: Segment) -> str:
    return f"page {segment.page}, {segment.id}"


def _nearest(held: _Held, unit: str, action: str) -> Match | None:
    """What was seen of a missed label."""
    near = (m for m in held.candidates if m.action == action and unit in held.units_of[m.segment])
    return next(near, None)


def as_text(quality: Quality, missed: Sequence[Miss]) -> str:
    """The figures as a table, then every miss and false alarm with what was seen."""
    lines = [f"{name.replace('_', ' '):18s} {value:.3f}" for name, value in asdict(quality).items()]
    for one in missed:
        seen = f", likelihood {one.match.confidence:.0%}" if one.match else ""
        lines.append(f"\n{one.action} {one.kind} ({one.place}{seen})\n  {one.text}")
        if one.match:
            lines += [f"    {_signal(signal)}" for signal in one.match.signals]
    return "\n".join(lines)


def _signal(signal: Signal) -> str:
    against = " against" if signal.effect == "veto" else ""
    return f"{signal.matcher:12s} {signal.score:6.2f}{against} {signal.source}".rstrip()


def to_json(quality: Quality, missed: Sequence[Miss]) -> str:
    """The same as JSON."""
    rows = [
        {
            "kind": one.kind,
            "action": one.action,
            "place": one.place,
            "text": one.text,
            "confidence": one.match.confidence if one.match else None,
        }
        for one in missed
    ]
    figures = {name: round(value, 6) for name, value in asdict(quality).items()}
    return json.dumps({"quality": figures, "misses": rows}, ensure_ascii=False, indent=1)
