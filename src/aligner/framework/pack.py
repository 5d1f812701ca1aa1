"""Read the knowledge of a framework: concepts, rules and cues (TOML), exemplars (JSON lines).

All of it is data that an analyst can change, so it is read strictly: a misspelt key, an action that
does not exist or a phrase that means nothing is an error with file and line, never a silent zero.
Phrases are plain words; there is no pattern language that a long text could bring to a halt.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

from aligner.errors import FrameworkError
from aligner.framework.read import clean
from aligner.framework.source import Source, failure, open_source, toml_of
from aligner.framework.strict import (
    choice,
    lines_of,
    only,
    strings,
    table_lines,
    text,
    texts,
    weight,
)
from aligner.model import Concept, Cue, Effect, Exemplar, Fault, Rule, Scope, Strength

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_ID = re.compile(r"\w[\w.-]{0,79}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_PATTERN_SIGNS = frozenset("()[]{}|\\+?^$")
_MAX_PHRASE = 200
_RULE_KEYS = {"id", "action", "weight", "all", "unless", "within", "hits", "misses"}
_CUE_KEYS = {"id", "effect", "weight", "within", "phrases", "hits", "misses"}
_EXEMPLAR_KEYS = frozenset({"kind", "labels", "near", "why", "text"})
_STRENGTHS = frozenset({"full", "partial"})
Thing = TypeVar("Thing", Rule, Cue, Concept)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What helps to recognise the actions; `errors` are what makes it unusable, all of them."""

    concepts: tuple[Concept, ...] = ()
    rules: tuple[Rule, ...] = ()
    cues: tuple[Cue, ...] = ()
    exemplars: tuple[Exemplar, ...] = ()
    faults: tuple[Fault, ...] = ()
    errors: tuple[FrameworkError, ...] = ()
    sources: tuple[Source, ...] = ()


def read_knowledge(
    folder: Path, *, actions: frozenset[str], borrowed: Knowledge | None = None
) -> Knowledge:
    """The knowledge in a pack's folder; what it has no file for is `borrowed` from another pack.

    Concepts are added to the borrowed ones, since borrowed rules and cues speak of those.
    """
    lent = borrowed or Knowledge()
    errors: list[FrameworkError] = []
    files = {name: _source(folder, name, errors) for name in ("concepts", "rules", "cues")}
    banks = [bank for bank in _banks(folder, errors) if bank]
    own_concepts = _read(files["concepts"], read_concepts, errors)
    own = frozenset(concept.id for concept in own_concepts)
    concepts = (*own_concepts, *(concept for concept in lent.concepts if concept.id not in own))
    names = frozenset(concept.id for concept in concepts)
    rules = _read(
        files["rules"], lambda file: read_rules(file, actions=actions, concepts=names), errors
    )
    cues = _read(files["cues"], lambda file: read_cues(file, concepts=names), errors)
    return Knowledge(
        concepts=concepts,
        rules=rules if files["rules"] else lent.rules,
        cues=cues if files["cues"] else lent.cues,
        exemplars=_read_banks(banks, actions, errors) if banks else lent.exemplars,
        faults=(
            *(() if files["rules"] else lent.faults),
            *_unused(own_concepts, rules, cues),
            *_untested(cues),
        ),
        errors=tuple(errors),
        sources=(*lent.sources, *(file for file in files.values() if file), *banks),
    )


Found = tuple[tuple[Thing, ...], list[FrameworkError]]


def read_concepts(source: Source) -> Found[Concept]:
    """The concepts of concepts.toml, and every error in it."""
    data = toml_of(source)
    only(source, data, {"concept"}, line=1)
    tables = data.get("concept", {})
    if not isinstance(tables, dict):
        raise failure(source, "write each concept as [concept.name].", line=1)
    lines = table_lines(source, "concept")
    entries = [(name, lines.get(name, 0)) for name in tables]
    return _each(entries, lambda name, line: _concept(source, tables[name], name, line=line))


def read_rules(source: Source, *, actions: frozenset[str], concepts: frozenset[str]) -> Found[Rule]:
    """The rules of rules.toml, and every error in it."""
    data = toml_of(source)
    only(source, data, {"rule"}, line=1)
    rules, errors = _each(
        lines_of(source, data, "rule"),
        lambda table, line: _rule(source, table, concepts=concepts, line=line),
    )
    for rule in rules:
        if rule.action not in actions:
            message = f"rule {rule.id}: there is no action {rule.action}."
            errors.append(failure(source, message, line=rule.line))
    return rules, sorted([*errors, *_repeated(source, rules)], key=lambda error: error.line)


def read_cues(source: Source, *, concepts: frozenset[str]) -> Found[Cue]:
    """The cues of cues.toml, and every error in it."""
    data = toml_of(source)
    only(source, data, {"cue"}, line=1)
    cues, errors = _each(
        lines_of(source, data, "cue"),
        lambda table, line: _cue(source, table, concepts=concepts, line=line),
    )
    return cues, sorted([*errors, *_repeated(source, cues)], key=lambda error: error.line)


def read_exemplars(source: Source, *, actions: frozenset[str]) -> tuple[Exemplar, ...]:
    """The exemplars of a file of JSON lines, each named for its line: "vivid_05-07:12"."""
    stem = source.path.stem
    return tuple(
        _exemplar(source, line, actions=actions, name=f"{stem}:{number}", number=number)
        for number, line in enumerate(source.data.split(b"\n"), start=1)
        if line.strip()
    )


def _source(folder: Path, name: str, errors: list[FrameworkError]) -> Source | None:
    path = folder / f"{name}.toml"
    if not path.exists():
        return None
    try:
        return open_source(path, f"{folder.name}/{path.name}")
    except FrameworkError as error:
        errors.append(error)
        return None


def _banks(folder: Path, errors: list[FrameworkError]) -> Iterator[Source | None]:
    for path in sorted((folder / "exemplars").glob("*.jsonl"), key=lambda path: path.name):
        try:
            yield open_source(path, f"{folder.name}/exemplars/{path.name}")
        except FrameworkError as error:
            errors.append(error)


def _read(
    source: Source | None,
    reader: Callable[[Source], Found[Thing]],
    errors: list[FrameworkError],
) -> tuple[Thing, ...]:
    if source is None:
        return ()
    try:
        found, wrong = reader(source)
    except FrameworkError as error:
        found, wrong = (), [error]
    errors += wrong
    return found


def _read_banks(
    banks: list[Source], actions: frozenset[str], errors: list[FrameworkError]
) -> tuple[Exemplar, ...]:
    found: list[Exemplar] = []
    for bank in banks:
        try:
            found += read_exemplars(bank, actions=actions)
        except FrameworkError as error:
            errors.append(error)
    return tuple(found)


def _each(
    entries: list[tuple[Any, int]], build: Callable[[Any, int], Thing]
) -> tuple[tuple[Thing, ...], list[FrameworkError]]:
    """Build every entry, so that an analyst sees all errors of a file and not only the first."""
    found, errors = [], []
    for entry, line in entries:
        try:
            found.append(build(entry, line))
        except FrameworkError as error:
            errors.append(error)
    return tuple(found), errors


def _concept(source: Source, table: object, name: str, *, line: int) -> Concept:
    if not isinstance(table, dict):
        raise failure(source, f"write concept {name} as [concept.{name}].", line=line)
    _name(source, name, line=line)
    forms = []
    for language, value in table.items():
        if not _LANGUAGE.fullmatch(language):
            message = f"concept {name}: '{language}' is not the code of a language."
            raise failure(source, message, "Write for example: en = [...]", line=line)
        phrases = strings(source, value, f"concept {name}: '{language}'", line=line)
        _phrases(source, phrases, owner=f"concept {name}", concepts=None, line=line)
        forms.append((language, phrases))
    if not any(phrases for _, phrases in forms):
        raise failure(source, f"concept {name} has no words.", line=line)
    return Concept(name, tuple(forms), source.label, line)


def _rule(source: Source, table: dict[str, Any], *, concepts: frozenset[str], line: int) -> Rule:
    only(source, table, _RULE_KEYS, line=line)
    name = _name(source, text(source, table, "id", line=line), line=line)
    groups = table.get("all")
    if not isinstance(groups, list) or not groups:
        message = f"rule {name}: 'all' must be a list of groups."
        raise failure(source, message, 'Write: all = [["@migrant"], ["visa*"]]', line=line)
    found = tuple(strings(source, group, f"rule {name}: a group", line=line) for group in groups)
    unless = texts(source, table, "unless", line=line)
    for group in found:
        if not group:
            raise failure(source, f"rule {name}: a group is empty.", line=line)
    for group in (*found, unless):
        _phrases(source, group, owner=f"rule {name}", concepts=concepts, line=line)
    hits, misses = (
        texts(source, table, "hits", line=line),
        texts(source, table, "misses", line=line),
    )
    if len(hits) < 2 or not misses:
        message = f"rule {name} needs at least two hits and one miss."
        hint = "Give sentences the rule must find, and one it must not."
        raise failure(source, message, hint, line=line)
    return Rule(
        id=name,
        action=text(source, table, "action", line=line),
        weight=weight(source, table, line=line),
        all=found,
        unless=unless,
        within=cast("Scope", choice(source, table, "within", ("sentence", "segment"), line=line)),
        hits=hits,
        misses=misses,
        file=source.label,
        line=line,
    )


def _cue(source: Source, table: dict[str, Any], *, concepts: frozenset[str], line: int) -> Cue:
    only(source, table, _CUE_KEYS, line=line)
    name = _name(source, text(source, table, "id", line=line), line=line)
    phrases = texts(source, table, "phrases", line=line)
    if not phrases:
        raise failure(source, f"cue {name} has no phrases.", line=line)
    _phrases(source, phrases, owner=f"cue {name}", concepts=concepts, line=line)
    text(source, table, "effect", line=line)
    within = choice(source, table, "within", ("sentence", "section"), line=line)
    return Cue(
        id=name,
        effect=cast("Effect", choice(source, table, "effect", ("veto", "support"), line=line)),
        weight=weight(source, table, line=line),
        phrases=phrases,
        within="section" if within == "section" else "sentence",
        hits=texts(source, table, "hits", line=line),
        misses=texts(source, table, "misses", line=line),
        file=source.label,
        line=line,
    )


def _name(source: Source, name: str, *, line: int) -> str:
    if not _ID.fullmatch(name):
        message = f"'{name[:40]}' cannot be an id."
        raise failure(source, message, "Use letters, digits, '_', '-' and '.'.", line=line)
    return name


def _phrases(
    source: Source,
    phrases: tuple[str, ...],
    *,
    owner: str,
    concepts: frozenset[str] | None,
    line: int,
) -> None:
    """FrameworkError for the first phrase that is wrong; `concepts` None: none may be named."""
    for phrase in phrases:
        wrong = _wrong(phrase, concepts)
        if wrong:
            message = f"{owner}: '{phrase[:60]}' {wrong}"
            hint = "A phrase is words, a word with * at its end, or @concept."
            raise failure(source, message, hint, line=line)


def _wrong(phrase: str, concepts: frozenset[str] | None) -> str:
    """What is wrong with a phrase, "" when nothing is."""
    if signs := sorted(_PATTERN_SIGNS & set(phrase)):
        return f"holds {' '.join(signs)}, which phrases do not know."
    if "@" in phrase:
        return _wrong_reference(phrase, concepts)
    if len(phrase) > _MAX_PHRASE:
        return f"is longer than {_MAX_PHRASE} characters."
    stars = [word for word in re.split(r"[\s-]+", phrase) if "*" in word]
    if not all(re.fullmatch(r"[\w'’]{3,}\*", word) for word in stars):
        return "has a * that is not at the end of a word of three letters or more."
    return "" if re.search(r"\w", phrase) else "holds no word."


def _wrong_reference(phrase: str, concepts: frozenset[str] | None) -> str:
    if concepts is None:
        return "names a concept inside a concept."
    known = phrase.startswith("@") and phrase[1:] in concepts
    return "" if known else "names a concept that does not exist."


def _repeated(
    source: Source, things: tuple[Rule, ...] | tuple[Cue, ...]
) -> Iterator[FrameworkError]:
    seen: dict[str, int] = {}
    for thing in things:
        if thing.id in seen:
            message = f"the id {thing.id} stands already on line {seen[thing.id]}."
            yield failure(source, message, "Give each its own id.", line=thing.line)
        seen.setdefault(thing.id, thing.line)


def _unused(
    concepts: tuple[Concept, ...], rules: tuple[Rule, ...], cues: tuple[Cue, ...]
) -> Iterator[Fault]:
    used = {phrase for rule in rules for group in (*rule.all, rule.unless) for phrase in group}
    used |= {phrase for cue in cues for phrase in cue.phrases}
    for concept in concepts:
        if f"@{concept.id}" not in used:
            message = f"no rule and no cue uses the concept {concept.id}."
            yield Fault("unused_concept", message, concept.file, concept.line)


def _untested(cues: tuple[Cue, ...]) -> Iterator[Fault]:
    for cue in cues:
        if not cue.hits or not cue.misses:
            message = f"the cue {cue.id} has no hits or no misses to test it with."
            yield Fault("untested_cue", message, cue.file, cue.line)


def _exemplar(
    source: Source, line: bytes, *, actions: frozenset[str], name: str, number: int
) -> Exemplar:
    """One exemplar; checked in as few steps as possible, since there are over ten thousand."""
    try:
        data = json.loads(line)
        labels = tuple([(label["action"], label["strength"]) for label in data["labels"]])
        near = tuple(data.get("near", ()))
        words, kind = data["text"], data["kind"]
        if b"\\u" in line:  # an escape can smuggle in what UTF-8 cannot hold
            words = clean(words)
        wrong = _wrong_exemplar(data, labels, near, actions)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        hint = 'Write {"kind": "hit", "labels": [{"action", "strength"}], "near": [], "text": "…"}.'
        raise failure(source, "this is not an exemplar.", hint, line=number) from error
    if wrong:
        raise failure(source, wrong, line=number)
    return Exemplar(name, words, cast("tuple[tuple[str, Strength], ...]", labels), near, kind)


def _wrong_exemplar(
    data: dict[str, Any],
    labels: tuple[tuple[str, str], ...],
    near: tuple[str, ...],
    actions: frozenset[str],
) -> str:
    """What is wrong with an exemplar, "" when nothing is."""
    if not data.keys() <= _EXEMPLAR_KEYS:
        return f"the key '{min(data.keys() - _EXEMPLAR_KEYS)}' is not known."
    if type(data["text"]) is not str or not data["text"].strip():
        return "the exemplar has no text."
    if data["kind"] not in {"hit", "miss"}:
        return "'kind' must be hit or miss."
    for action in (*[label[0] for label in labels], *near):
        if action not in actions:
            return f"there is no action {action}."
    if any(strength not in _STRENGTHS for _, strength in labels):
        return "'strength' must be full or partial."
    return ""
