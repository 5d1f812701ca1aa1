"""Put a Framework together: a list, its corrections, and the knowledge to recognise its actions.

A list of the analyst's own gets the concepts and cues of the shipped pack, and its rules and
exemplars for those objectives that are the Compact's own (say, the official text imported).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from aligner.errors import FrameworkError
from aligner.framework.check import UNUSABLE, list_faults, same
from aligner.framework.correct import correct
from aligner.framework.exemplars import Exemplars
from aligner.framework.pack import Knowledge, read_knowledge
from aligner.framework.read import read
from aligner.framework.source import Source, failure, open_source
from aligner.framework.strict import Entry, only, text, top_of, wrong
from aligner.model import Action, Fault, Framework, Fusion, Objective

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aligner.framework.listing import Listing
    from aligner.model import Exemplar

DEFAULT = "gcm"
_MANIFEST = "framework.toml"


@dataclass(frozen=True, slots=True)
class _Outline:
    """A framework without knowledge, and the sources it was made of."""

    framework: Framework
    sources: tuple[Source, ...]
    lines: dict[str, int]
    errors: tuple[FrameworkError, ...] = ()


def load(name_or_path: str = DEFAULT) -> Framework:
    """The framework of a shipped name, of a list (.md, .json, .csv, .xlsx) or of a pack's folder.

    Raises FrameworkError, with path and line, for what makes it unusable; what does not is found
    in `Framework.faults`. Exemplars are read, and raise theirs, when they are first asked for.
    """
    outline, knowledge = _assemble(name_or_path)
    for errors in (outline.errors, knowledge.errors):
        if errors:
            raise errors[0]
    framework, sources = outline.framework, (*outline.sources, *knowledge.sources)
    return replace(
        framework,
        sha256=_digest(sources),
        faults=(*framework.faults, *knowledge.faults),
        rules=knowledge.rules,
        concepts=knowledge.concepts,
        cues=knowledge.cues,
        exemplars=knowledge.exemplars,
        fusion=knowledge.fusion,
        promises=knowledge.promises,
        principles=knowledge.principles,
    )


def check(name_or_path: str) -> tuple[Fault, ...]:
    """Every fault of a list or a pack, what makes it unusable included (code "unusable")."""
    try:
        outline, knowledge = _assemble(name_or_path)
    except FrameworkError as error:
        return (_as_fault(error),)
    fatal = [_as_fault(one) for one in (*knowledge.errors, *knowledge.exemplars.errors())]
    found = [*outline.framework.faults, *fatal, *knowledge.faults]
    return tuple(sorted(found, key=lambda fault: (fault.file, fault.line, fault.code)))


def example(framework: Framework, name: str) -> Exemplar:
    """The exemplar of that id; FrameworkError when there is none."""
    for one in framework.exemplars:
        if one.id == name:
            return one
    hint = "Copy the name from a reason, such as plain_05-07:12, and name the same --framework."
    raise FrameworkError(f"there is no example passage '{name[:60]}'.", hint)


def names() -> tuple[str, ...]:
    """The names of the shipped frameworks, sorted."""
    return tuple(sorted(path.parent.name for path in seeds().glob(f"*/{_MANIFEST}")))


def seeds() -> Path:
    """The folder of the shipped frameworks: inside an installed wheel, else in the checkout."""
    here = Path(__file__).resolve()
    installed = here.parents[1] / "seeds"
    return installed if installed.is_dir() else here.parents[3] / "seeds"


def _assemble(name_or_path: str) -> tuple[_Outline, Knowledge]:
    path = _find(name_or_path)
    outline = _read_pack(path) if path.is_dir() else _read_list(open_source(path))
    actions = frozenset(action.id for action in outline.framework.actions)
    if path.resolve() == seeds() / DEFAULT:
        return outline, read_knowledge(path, actions=actions)
    borrowed = _borrow(outline)
    if path.is_dir():
        return outline, read_knowledge(path, actions=actions, borrowed=borrowed)
    return outline, borrowed


def _find(name_or_path: str) -> Path:
    """The folder of a shipped name, else the path itself; FrameworkError when there is none."""
    known = names()
    if name_or_path in known:
        return seeds() / name_or_path
    path = Path(name_or_path)
    try:
        exists = path.exists()
    except (OSError, ValueError):
        exists = False
    if not exists:
        hint = f"Name a file, a folder with a {_MANIFEST}, or one of: {', '.join(known)}."
        raise FrameworkError(f"there is no framework '{name_or_path}'.", hint)
    return path


def _read_list(source: Source) -> _Outline:
    return _outline(read(source), (source,), corrections=None)


def _read_pack(folder: Path) -> _Outline:
    """The outline of a pack: framework.toml names the list and the corrections."""
    if not (folder / _MANIFEST).is_file():
        hint = f"A framework is a list of actions or a folder with a {_MANIFEST}."
        raise FrameworkError(f"there is no {_MANIFEST} in this folder.", hint, path=str(folder))
    source = open_source(folder / _MANIFEST, f"{folder.name}/{_MANIFEST}")
    manifest = top_of(source)
    only(manifest, {"id", "title", "version", "list", "corrections"})
    listed = _beside(manifest, "list")
    head = {key: text(manifest, key) for key in ("id", "title", "version")}
    listing = replace(read(listed), id=head["id"], title=head["title"], version=head["version"])
    if "corrections" not in manifest.table:
        return _outline(listing, (source, listed), corrections=None)
    corrections = _beside(manifest, "corrections")
    return _outline(listing, (source, listed, corrections), corrections=corrections)


def _beside(manifest: Entry, key: str) -> Source:
    """A file that framework.toml names: in its folder or in the one above, nowhere else."""
    name, folder = text(manifest, key), manifest.source.path.parent.resolve()
    path = (folder / name.replace("\0", "")).resolve()
    if path.parent not in {folder, folder.parent}:
        hint = "Put the file beside framework.toml and give its name only."
        raise wrong(manifest, f"'{name}' is not a file beside this one.", hint=hint)
    return open_source(path, path.name if path.parent != folder else f"{folder.name}/{path.name}")


def _outline(
    listing: Listing, sources: tuple[Source, ...], *, corrections: Source | None
) -> _Outline:
    faults = list_faults(listing)
    errors = tuple(
        failure(listing.source, fault.message, hint="Give each its own id.", line=fault.line)
        for fault in faults
        if fault.code in UNUSABLE
    )
    if corrections and not errors:
        corrected = correct(listing, corrections)
        listing = corrected.listing
        marked = _mark(faults, lines=corrected.lines, label=corrections.label)
        faults = (*marked, *corrected.faults)
    lines = {objective.id: objective.line for objective in listing.objectives}
    return _Outline(_framework(listing, faults), sources, lines, errors)


def _mark(faults: Iterable[Fault], *, lines: frozenset[int], label: str) -> list[Fault]:
    """The faults of the list as given, those on mended lines marked as such."""
    return [
        replace(fault, message=f"{fault.message} Corrected by {label}.")
        if fault.line in lines
        else fault
        for fault in faults
    ]


def _framework(listing: Listing, faults: tuple[Fault, ...]) -> Framework:
    return Framework(
        id=listing.id,
        title=listing.title,
        version=listing.version,
        sha256="",
        objectives=tuple(
            Objective(entry.id, entry.title, entry.commitment) for entry in listing.objectives
        ),
        actions=tuple(
            Action(entry.id, entry.objective, entry.text, entry.paraphrase)
            for entry in listing.actions
            if same(entry.text)
        ),
        faults=faults,
    )


def _borrow(outline: _Outline) -> Knowledge:
    """What the shipped pack knows about a list: all of it, or concepts and cues only."""
    lender, lent = _assemble(DEFAULT)
    if lent.errors:
        raise lent.errors[0]
    framework = outline.framework
    known = _recognised(framework, lender.framework)
    actions = frozenset(action.id for action in framework.actions if action.objective in known)
    strange = [entry.id for entry in framework.objectives if entry.id not in known]
    return Knowledge(
        concepts=lent.concepts,
        rules=tuple(rule for rule in lent.rules if rule.action in actions),
        cues=tuple(cue for cue in lent.cues if actions or cue.effect != "topic"),
        fusion=_known_priors(lent.fusion, actions),
        promises=lent.promises,
        # They are the Compact's own: a list of other goals has others.
        principles=lent.principles if actions else (),
        exemplars=lent.exemplars.with_labels(actions) if actions else Exemplars(),
        faults=_unknown(outline, strange),
        sources=lent.sources,
    )


def _known_priors(fusion: Fusion | None, actions: frozenset[str]) -> Fusion | None:
    """The fusion without what it learnt of actions that another list only shares the names of."""
    if fusion is None:
        return None
    return replace(fusion, priors=tuple(one for one in fusion.priors if one[0] in actions))


def _recognised(framework: Framework, known: Framework) -> frozenset[str]:
    """The objectives that are the same in both: by all their ids, or by number and title.

    Numbers alone would not do: the goals of the 2030 Agenda have a 5.a and a 5.b as well.
    """
    if {action.id for action in framework.actions} == {action.id for action in known.actions}:
        return frozenset(objective.id for objective in framework.objectives)
    titles = {objective.id: objective.title for objective in known.objectives}
    return frozenset(
        objective.id
        for objective in framework.objectives
        if _alike(objective.title, titles.get(objective.id, ""))
    )


def _alike(first: str, second: str) -> bool:
    """Whether two titles share at least half of their words."""
    left, right = set(same(first).split()), set(same(second).split())
    return bool(left and right) and len(left & right) >= len(left | right) / 2


def _unknown(outline: _Outline, objectives: list[str]) -> tuple[Fault, ...]:
    if not objectives:
        return ()
    message = (
        "no rules and no examples are known for the objectives "
        f"{', '.join(objectives)}; their actions are found by their wording alone."
    )
    listed = outline.sources[-1]
    return (Fault("no_rules", message, listed.label, outline.lines[objectives[0]]),)


def _digest(sources: Iterable[Source]) -> str:
    """SHA-256 over all files in the order they were read, each with its length in front."""
    digest = hashlib.sha256()
    for source in sources:
        digest.update(len(source.data).to_bytes(8, "big") + source.data)
    return digest.hexdigest()


def _as_fault(error: FrameworkError) -> Fault:
    where = f"{error.path}:{error.line}: " if error.line else f"{error.path}: "
    message = str(error).removeprefix(where)
    name = Path(error.path).name
    hint = f" {error.hint}" if error.hint else ""
    return Fault("unusable", message + hint, name, error.line)
