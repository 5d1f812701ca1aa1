"""Score an analysis against a labelled policy, so that analysts can measure aligner on their own.

Everything that counts is put into lists once (`_Count`); figures of a policy, of many, of an
objective and of a type of measure are then one function of a part of the lists. Optional labels
(given by one of two annotators) are neither demanded nor punished.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, get_args

from aligner import __version__
from aligner.errors import Broken, OptionsError
from aligner.evaluate.held import Held
from aligner.evaluate.labels import pair_up, read_document, read_labels
from aligner.evaluate.misses import misses_of
from aligner.model import Evaluation, MeasureType, Note, Quality, Scored, Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from aligner.model import Analysis, Match, Miss, Unit

__all__ = ["evaluate", "evaluate_all", "misses", "pair_up", "read_document", "read_labels"]

_LEVEL = {"gap": 0, "not_assessed": 0, "partial": 1, "covered": 2}
NO_MEASURE = "none"
# Ten PDFs against six label files: 0.93 to 1.00 of the units are there in the right document, none
# in another, and 0.28 in a scan of some of its pages.
_LEAST_SHARED = 0.5
_NAMED_IN_NOTE = 5

_Key = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A match and the demanded labels that it finds; without any it is wrong."""

    match: Match
    objective: str
    found: frozenset[_Key]


@dataclass(frozen=True, slots=True)
class _Demanded:
    """A label that has to be found: of which measure its passage is, and whether it was found."""

    key: _Key
    objective: str
    measure: MeasureType | None
    found: bool


@dataclass(frozen=True, slots=True)
class _Judged:
    """The level of an action by labels and by status (0 to 2), and whether a gap was reported."""

    action: str
    objective: str
    wanted: int
    given: int
    gap: bool


@dataclass(frozen=True, slots=True)
class _Count:
    """What there is to count; candidates best first."""

    candidates: tuple[_Candidate, ...] = ()
    demanded: tuple[_Demanded, ...] = ()
    judged: tuple[_Judged, ...] = ()


def evaluate(analysis: Analysis, units: Sequence[Unit]) -> Quality:
    """How well the analysis finds what the labels say."""
    held = Held(analysis, units)
    return _quality(held, _count(held))


def misses(analysis: Analysis, units: Sequence[Unit]) -> tuple[Miss, ...]:
    """Every label that was missed and every accepted match without one, by action."""
    return misses_of(Held(analysis, units))


def evaluate_all(given: Sequence[tuple[str, Sequence[Unit], Analysis]]) -> Evaluation:
    """The (name, labels, analysis) of one or many policies, scored one by one and together.

    Raises:
        OptionsError: the framework has none of the labelled actions.
        Broken: the policy is not the document that was labelled.
    """
    scored: list[Scored] = []
    counts: list[_Count] = []
    missed: list[Miss] = []
    for number, (name, units, analysis) in enumerate(given):
        held = Held(analysis, units)
        notes = _notes(held, name)
        count = _count(held, number)
        counts.append(count)
        tally = _tally(name, count, statuses=True)
        scored.append(Scored(name, _quality(held, count), tally, notes))
        missed += misses_of(held, policy=name)
    together = _together(counts)
    return Evaluation(
        policies=tuple(scored),
        mean=_mean([one.quality for one in scored]),
        objectives=tuple(_of_objective(name, together) for name in _objectives(given, together)),
        measures=tuple(_of_measure(kind, together) for kind in (*get_args(MeasureType), None)),
        misses=tuple(missed),
        framework=given[0][2].framework,
        version=__version__,
    )


def _objectives(given: Sequence[tuple[str, Sequence[Unit], Analysis]], count: _Count) -> list[str]:
    """The objectives of all frameworks in their order, then what only findings name."""
    listed = [part.id for _, _, one in given for part in one.framework.objectives]
    return list(dict.fromkeys([*listed, *sorted(one.objective for one in count.judged)]))


# ---------------------------------------------------------------- what to mind


def _notes(held: Held, name: str) -> tuple[Note, ...]:
    """What makes the figures say less than they seem to."""
    labelled = any(unit.labels for unit in held.units)
    listed = ", ".join(held.unknown[:_NAMED_IN_NOTE]) + (
        ", …" if len(held.unknown) > _NAMED_IN_NOTE else ""
    )
    title = held.analysis.framework.title
    if labelled and not held.demanded and not held.optional:
        raise OptionsError(
            f"{name}: {title} has none of the labelled actions ({listed}).",
            "Name the framework that was used for labelling with --framework.",
        )
    notes = [_shared(held, name)]
    if held.unknown:
        told = f"Labels of actions that {title} does not have are left out: {listed}."
        notes.append(Note("labels_unknown", told))
    if not held.demanded:
        told = "No label has to be found, so every passage that aligner accepts is a false alarm."
        notes.append(Note("labels_none", told))
    return tuple(note for note in notes if note)


def _shared(held: Held, name: str) -> Note | None:
    """A note when the policy holds few of the labelled passages; an error when it holds none."""
    there, size = sum(map(bool, held.segments_of.values())), len(held.units)
    if not there:
        raise Broken(
            f"{name}: not one of the {size} labelled passages stands in the policy that was read.",
            "Name the document that was labelled, in the same language and edition. If it is a "
            "scan, try --ocr.",
        )
    if there >= _LEAST_SHARED * size:
        return None
    return Note(
        "labels_elsewhere",
        f"Only {there} of the {size} labelled passages stand in the policy that was read: the rest "
        "counts as missed. Is it the document that was labelled, whole and in the same edition?",
    )


# ---------------------------------------------------------------- what there is to count


def _count(held: Held, number: int = 0) -> _Count:
    objective_of = {one.id: one.objective for one in held.analysis.framework.actions}

    def objective(action: str) -> str:
        return objective_of.get(action, action.partition(".")[0])

    found = held.found()
    candidates = (
        _Candidate(m, objective(m.action), frozenset((number, *p) for p in held.found_by(m)))
        for m in held.candidates
    )
    demanded = (
        _Demanded((number, *p), objective(p[1]), held.measure_of(p[0]), p in found)
        for p in held.demanded
    )
    return _Count(tuple(candidates), tuple(demanded), tuple(_judged(held, objective)))


def _judged(held: Held, objective: Callable[[str], str]) -> Iterable[_Judged]:
    """The actions by labels and by status, without those that only one annotator gave."""
    best: Counter[str] = Counter()
    for (_, action), label in held.demanded.items():
        best[action] = max(best[action], 2 if label.strength == "full" else 1)
    in_doubt = {action for _, action in held.optional} - set(best)
    for one in sorted(held.analysis.findings, key=lambda finding: finding.action):
        if one.action not in in_doubt:
            yield _Judged(
                action=one.action,
                objective=objective(one.action),
                wanted=best[one.action],
                given=_LEVEL[one.status],
                gap=one.status == "gap",
            )


def _together(counts: Sequence[_Count]) -> _Count:
    candidates = (one for count in counts for one in count.candidates)
    return _Count(
        tuple(sorted(candidates, key=lambda one: -one.match.confidence)),
        tuple(one for count in counts for one in count.demanded),
        tuple(one for count in counts for one in count.judged),
    )


def _of_objective(name: str, count: _Count) -> Tally:
    part = _Count(
        tuple(one for one in count.candidates if one.objective == name),
        tuple(one for one in count.demanded if one.objective == name),
        tuple(one for one in count.judged if one.objective == name),
    )
    return _tally(name, part, statuses=True)


def _of_measure(kind: MeasureType | None, count: _Count) -> Tally:
    part = _Count(
        tuple(one for one in count.candidates if one.match.measure == kind),
        tuple(one for one in count.demanded if one.measure == kind),
    )
    return _tally(kind or NO_MEASURE, part)


# ---------------------------------------------------------------- figures


def _tally(name: str, count: _Count, *, statuses: bool = False) -> Tally:
    accepted = [one for one in count.candidates if one.match.accepted]
    right = sum(bool(one.found) for one in accepted)
    found, gaps = sum(one.found for one in count.demanded), [x for x in count.judged if x.gap]
    precision, recall = _share(right, len(accepted)), _share(found, len(count.demanded))
    return Tally(
        name=name,
        labels=len(count.demanded),
        found=found,
        accepted=len(accepted),
        right=right,
        precision=precision,
        recall=recall,
        f1=_f1(precision, recall),
        average_precision=_average_precision(count),
        kappa=_kappa([(one.wanted, one.given) for one in count.judged]) if statuses else None,
        gaps=len(gaps) if statuses else None,
        gaps_true=_share(sum(not one.wanted for one in gaps), len(gaps)),
    )


def _quality(held: Held, count: _Count) -> Quality:
    tally = _tally("", count, statuses=True)
    wanted = [one for one in count.judged if one.wanted]
    given = [one for one in count.judged if one.given]
    return Quality(
        precision=tally.precision,
        recall=tally.recall,
        f1=tally.f1,
        average_precision=tally.average_precision,
        action_f1=_set_f1({x.action for x in wanted}, {x.action for x in given}),
        kappa=tally.kappa,
        objective_f1=_set_f1({x.objective for x in wanted}, {x.objective for x in given}),
        gaps_true=tally.gaps_true,
        whole=_share(held.whole, len(held.units)),
    )


def _mean(qualities: Sequence[Quality]) -> Quality:
    """Each figure's mean over the policies that have it."""
    means = []
    for one in fields(Quality):
        given = [value for q in qualities if (value := getattr(q, one.name)) is not None]
        means.append(_share(sum(given), len(given)))
    return Quality(*means)


def _average_precision(count: _Count) -> float | None:
    left = {one.key for one in count.demanded}
    hits, total = 0, 0.0
    for rank, one in enumerate(count.candidates, 1):
        hits += bool(one.found)
        total += hits / rank * len(one.found & left)
        left -= one.found
    return _share(total, len(count.demanded))


def _kappa(pairs: Sequence[tuple[int, int]]) -> float | None:
    """None where all have one level: there is no agreement beyond chance to measure."""
    size = len(pairs) or 1
    wanted, given = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    observed = sum((a - b) ** 2 for a, b in pairs) / size
    expected = sum(
        (a - b) ** 2 * wanted[a] * given[b] for a in wanted for b in given
    ) / size**2  # fmt: skip
    return 1.0 - observed / expected if expected else None


def _set_f1(wanted: set[str], given: set[str]) -> float | None:
    both = len(wanted & given)
    return _f1(_share(both, len(given)), _share(both, len(wanted)))


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _f1(precision: float | None, recall: float | None) -> float | None:
    """None only where there is neither a label nor a match."""
    if precision is None and recall is None:
        return None
    one, other = precision or 0.0, recall or 0.0
    return 2 * one * other / (one + other) if one + other else 0.0
