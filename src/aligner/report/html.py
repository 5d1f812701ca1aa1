"""The pages: one policy's report, and many policies side by side, each a single file.

No network and no foreign code: one style and one script of ours, which the page's security policy
names by their hashes; texts of a policy come as JSON and are shown as text alone. Pure functions of
the analyses, the same bytes every time.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from aligner import explain
from aligner.model import Action, Objective, Status
from aligner.report.findings import came_near, counts_of, name_of, spans, unmatched
from aligner.report.output import Written, replace_file
from aligner.wording import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from aligner.model import Analysis, Document, Failure, Finding, Match, Segment, Term
    from aligner.report.pages import Pictures

_Named = TypeVar("_Named", Action, Objective)

STATUSES: tuple[Status, ...] = get_args(Status)
# The report of one policy holds all evidence; side by side, three passages an action and policy
# tell what there is (ten policies of 3,000 passages would be 15 MB).
_SIDE_BY_SIDE = 3
_NEAREST_SHOWN = 3
# The levels of trust are those of the workbook (sheets.py).
_TRUST = ((0.8, "trust_high"), (0.6, "trust_medium"), (-1.0, "trust_low"))
_FULL, _PART, _ASIDE, _NEAR = range(4)
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_PLAIN_ID = re.compile(r"[A-Za-z0-9.-]+")
# Where reasons and searched words fall into pieces that repeat: quoted words, names of rules,
# actions and known wordings (they hold a digit), alternatives.
_PIECES = re.compile(r"('[^']*'(?:, )?|[\w.:-]*\d[\w.:-]*\w|\d| \+ )")
_SURROGATE = re.compile("[\ud800-\udfff]")
# HTML has no way to write these, not even escaped.
_NOT_HTML = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")
# What could end the script element or, in old browsers, a line of a script.
_IN_SCRIPT = {ord(one): f"\\u{ord(one):04x}" for one in "<>&\u2028\u2029"}


def write_html(analysis: Analysis, path: Path, *, pictures: Pictures | None = None) -> Written:
    """Where the page of the analysis stands (see replace_file).

    Raises:
        OutputError: when it cannot be written; what stood there before is then untouched.
    """
    return _write(page(analysis, pictures=pictures), path)


def write_comparison_page(
    analyses: Sequence[Analysis], path: Path, *, failures: Sequence[Failure] = ()
) -> Written:
    """Where the page stands that shows many policies side by side, without totals or ranks.

    Raises:
        OutputError: when it cannot be written; what stood there before is then untouched.
    """
    return _write(comparison(analyses, failures=failures), path)


def _write(text: str, path: Path) -> Written:
    data = text.encode("utf-8")

    def write(place: Path) -> None:
        place.write_bytes(data)

    return replace_file(path, write)


# ---------------------------------------------------------------- one policy


@dataclass(slots=True)
class _Passages:
    """The passages that a page shows, each once; entries refer to them by number.

    Reasons repeat the same turns and words a thousand times, bullets the same headings: such texts
    are kept once too (2.7 MB become 1.6 with 3,000 passages).
    """

    analysis: Analysis
    segments: dict[str, Segment] = field(init=False)
    numbers: dict[str, int] = field(default_factory=dict)
    strings: dict[str | tuple[str, ...], int] = field(default_factory=dict)
    uses: Counter[int] = field(default_factory=Counter)
    lists: list[list[int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.segments = {segment.id: segment for segment in self.analysis.segments}

    def entry(self, match: Match, action: Action, *, near: bool = False) -> list[Any]:
        """[number of the passage, confidence, strength, marked spans, why] of a match."""
        segment = self.segments[match.segment]
        told = explain.shortfall if near else explain.explain
        strength = _NEAR if near else _strength(match)
        spans = _utf16(segment.text, explain.highlights(match, segment))
        why = [told(match, segment, action, language=one) for one in LANGUAGES]
        percent = _percent(match.confidence)
        return [self.number(match.segment), percent, strength, spans, self.reasons(why)]

    def number(self, name: str) -> int:
        """The number of a passage that the page shows."""
        return self.numbers.setdefault(name, len(self.numbers))

    def marked(self, name: str, terms: Sequence[Term]) -> list[Any]:
        """[number of the passage, marked spans] of a passage and the terms found in it."""
        text = self.segments[name].text
        return [self.number(name), _utf16(text, spans(terms, text))]

    def reasons(self, told: Sequence[str]) -> list[int]:
        """The numbers of the texts that give a reason when joined, in each language.

        The quoted words stand in the same order in all, so only the turns between them differ.
        """
        parts = [[part for part in _PIECES.split(one) if part] for one in told]
        if len({len(one) for one in parts}) > 1:
            parts = [[one] for one in told]
        return self.refer(_once(turn) for turn in zip(*parts, strict=True))

    def pieces(self, text: str) -> list[int]:
        """The numbers of the texts that give the text when joined."""
        return self.refer(part for part in _PIECES.split(text) if part)

    def refer(self, texts: Iterable[str | tuple[str, ...]]) -> list[int]:
        """The numbers of texts that are kept once, or once in each language."""
        numbers = [self.strings.setdefault(text, len(self.strings)) for text in texts]
        self.uses.update(numbers)
        self.lists.append(numbers)
        return numbers

    def source(self) -> dict[str, Any]:
        """The passages that entries refer to, in the order of their numbers, and the texts.

        The texts that are used most get the shortest numbers, in all lists that were given out.
        """
        document = self.analysis.document
        segments = [_passage(self.segments[name], self.refer) for name in self.numbers]
        often = sorted(self.strings.values(), key=lambda number: (-self.uses[number], number))
        places = {number: place for place, number in enumerate(often)}
        for numbers in self.lists:
            numbers[:] = [places[number] for number in numbers]
        texts = list(self.strings)
        return {
            "pages": document.pages,
            "segments": segments,
            "strings": [texts[number] for number in often],
        }


def _once(turn: tuple[str, ...]) -> str | tuple[str, ...]:
    """One text where all languages say the same."""
    return turn[0] if len(set(turn)) == 1 else turn


def page(analysis: Analysis, *, pictures: Pictures | None = None) -> str:
    """The report of one policy as the text of an HTML file."""
    from aligner.report.sheets import page_list, title_of

    seen = _Passages(analysis)
    objectives = {one.id: number for number, one in enumerate(analysis.framework.objectives)}
    findings = {finding.action: finding for finding in analysis.findings}
    actions = [one for one in analysis.framework.actions if one.id in findings]
    rows = [
        _action_data(action, findings[action.id], seen, objective=objectives[action.objective])
        for action in actions
    ]
    title = title_of(analysis.document)
    further = {"principles": _principles(analysis, seen), "unmatched": _unmatched(analysis, seen)}
    drawn = {str(number): list(one) for number, one in pictures.pages.items()} if pictures else {}
    given = {
        **_head(analysis),
        **_counted(analysis),
        "pictures": bool(pictures),
        "left_out": page_list(pictures.left_out) if pictures else "",
        "objectives": _objectives(analysis, actions, findings),
        "policy": title,
        "title": f"{title}: {analysis.framework.title}",
        "lang": _interface(analysis.document.language),
    }
    data = {"actions": rows, **further, "pictures": drawn, **seen.source()}
    return _rendered("report", given, data)


def _principles(analysis: Analysis, seen: _Passages) -> list[dict[str, Any]]:
    """The names of each principle, and the passages that speak of it."""
    return [
        {
            "n": [name_of(one, language) for language in LANGUAGES],
            "m": [seen.marked(mention.segment, mention.terms) for mention in one.mentions],
        }
        for one in analysis.principles
    ]


def _unmatched(analysis: Analysis, seen: _Passages) -> list[list[Any]]:
    """[passage, spans, measure type, whether it is about migration] of each, those first."""
    return [
        [*seen.marked(one.segment, one.terms), one.type, int(one.on_topic)]
        for one in unmatched(analysis)
    ]


def _counted(analysis: Analysis) -> dict[str, Any]:
    """What the page says of principles and unmatched measures without a script."""
    from aligner.report.sheets import page_list

    pages = {segment.id: segment.page for segment in analysis.segments}
    rest = unmatched(analysis)
    return {
        "principles": [
            {
                "name": name_of(one, _interface(analysis.document.language)),
                "counts": counts_of(one, analysis),
                "pages": page_list([pages[mention.segment] for mention in one.mentions]),
            }
            for one in analysis.principles
        ],
        "unmatched": [sum(one.on_topic for one in rest), sum(not one.on_topic for one in rest)],
    }


def _action_data(
    action: Action, finding: Finding, seen: _Passages, *, objective: int
) -> dict[str, Any]:
    """What the script needs of an action: status, passages that count, set aside, and near."""
    gap = finding.status in ("gap", "not_assessed")
    aside = {match.segment for match in finding.set_aside}
    nearest = [one for one in came_near(finding) if one.segment not in aside][:_NEAREST_SHOWN]
    return {
        "o": objective,
        "s": finding.status,
        "c": "" if finding.status == "not_assessed" else _percent(finding.confidence),
        "r": _trust(finding) if gap else "",
        "e": [seen.entry(match, action) for match in finding.matches],
        "a": [seen.entry(match, action) for match in finding.set_aside],
        "n": [seen.entry(match, action, near=True) for match in nearest] if gap else [],
        "w": [seen.pieces(words) for words in _searched(finding, action)] if gap else [],
    }


def _searched(finding: Finding, action: Action) -> list[str]:
    """The words of the rules; where no rule is written, assess gives the action's own text."""
    return [] if finding.searched == (action.text,) else list(finding.searched)


def _trust(finding: Finding) -> str:
    if finding.status == "not_assessed":
        return "trust_none"
    return next(word for least, word in _TRUST if finding.confidence >= least)


def _strength(match: Match) -> int:
    if not match.accepted:
        return _ASIDE
    return _FULL if match.strength == "full" else _PART


def _percent(confidence: float) -> str:
    """The likelihood as explain.py tells it, without a word of any language."""
    return explain.percent(confidence).replace("under ", "<").replace("over ", ">")


def _passage(segment: Segment, refer: Callable[[Iterable[str]], list[int]]) -> dict[str, Any]:
    """What the script needs of a passage; what is as usual is left out (see whole() there)."""
    first = [box[1:] for box in segment.boxes if box[0] == segment.page]
    language = segment.language if _LANGUAGE.fullmatch(segment.language) else ""
    shown = {
        "t": segment.text,
        "p": segment.page,
        "q": segment.page_end if segment.page_end != segment.page else None,
        "s": refer([explain.section(segment)]),
        "c": refer(segment.context),
        "l": language if language != "en" else None,
        "b": [[round(edge) for edge in box] for box in first],
    }
    return {key: value for key, value in shown.items() if value is not None and value != []}


def _utf16(text: str, spans: Iterable[tuple[int, int]]) -> list[int]:
    """The spans as the steps from edge to edge, the first from the beginning of the text.

    As JavaScript counts, characters outside the BMP are two.
    """
    edges = [edge for span in spans for edge in span]
    if not text.isascii():
        edges = [edge + sum(one > "\uffff" for one in text[:edge]) for edge in edges]
    return [edge - before for before, edge in zip([0, *edges], edges, strict=False)]


def _head(analysis: Analysis) -> dict[str, Any]:
    """What stands above and below the actions."""
    from aligner.report.sheets import matrix_places, page_list

    document, counts = analysis.document, Counter(one.status for one in analysis.findings)
    return {
        "framework": analysis.framework,
        "document": document,
        "pages": max(document.pages, 1),
        "counts": counts,
        "facts": [
            ("file", document.name),
            ("pages_read", _pages_read(document)),
            ("words", document.words),
        ],
        "unread": page_list(document.unread_pages),
        "heads": matrix_places(analysis)[0],
        "paraphrased": any(one.paraphrase for one in analysis.framework.actions),
        "notes": list(_notes(analysis)),
        "faults": [f"{one.message} ({one.file}:{one.line})" for one in analysis.framework.faults],
        "made": list(_made(analysis)),
        "version": analysis.version,
    }


def _pages_read(document: Document) -> str:
    return f"{max(document.pages - len(document.unread_pages), 0)} / {document.pages}"


def _notes(analysis: Analysis) -> Iterator[dict[str, Any]]:
    for note in dict.fromkeys((*analysis.document.notes, *analysis.notes)):
        yield {"code": note.code, "message": note.message, "page": note.page or "–"}


def _made(analysis: Analysis) -> Iterator[tuple[str, str]]:
    framework = analysis.framework
    yield "version", f"aligner {analysis.version}"
    yield "fingerprint", analysis.document.sha256
    yield "framework", f"{framework.id}, {framework.version} (SHA-256 {framework.sha256})"
    yield "options", "; ".join(f"{name}: {value}" for name, value in analysis.options) or "–"


def _objectives(
    analysis: Analysis, actions: Sequence[Action], findings: dict[str, Finding]
) -> list[dict[str, Any]]:
    """The objectives with their rows of the matrix, their profile and their actions."""
    from aligner.report.sheets import matrix_places

    heads, places = matrix_places(analysis)
    statuses = {one.objective: one.status for one in analysis.objectives}
    out = []
    for objective in analysis.framework.objectives:
        own = [
            _listed(action, findings[action.id], number=number)
            for number, action in enumerate(actions)
            if action.objective == objective.id
        ]
        by_place = {places[one["id"]]: one for one in own}
        out.append(
            {
                "id": objective.id,
                "title": objective.title,
                "paraphrase": objective.paraphrase,
                "status": statuses.get(objective.id, "not_assessed"),
                "cells": [by_place.get(place) for place in range(len(heads))],
                "actions": own,
                "total": len(own),
                "pieces": pieces(one["status"] for one in own),
            }
        )
    return out


def _listed(action: Action, finding: Finding, *, number: int) -> dict[str, Any]:
    plain = _PLAIN_ID.fullmatch(action.id)
    return {
        "id": action.id,
        "number": number,
        # Links to "report.html#action-5.b" last; an odd id gives way to its number.
        "anchor": f"action-{action.id}" if plain else f"entry-{number}",
        "text": action.text,
        "paraphrase": action.paraphrase,
        "status": finding.status,
        "passages": len(finding.matches),
    }


def pieces(statuses: Iterable[Status]) -> list[dict[str, Any]]:
    """The stacked bar of an objective: status, where the piece begins, and how many actions."""
    counts, start, out = Counter(statuses), 0, []
    for status in STATUSES:
        if counts[status]:
            out.append({"status": status, "x": start, "width": counts[status]})
            start += counts[status]
    return out


# ---------------------------------------------------------------- many policies


def comparison(analyses: Sequence[Analysis], *, failures: Sequence[Failure] = ()) -> str:
    """The page that shows many policies side by side as the text of an HTML file."""
    ordered = sorted(analyses, key=_alphabetical)
    shown = [_Passages(analysis) for analysis in ordered]
    titles = _titles(ordered)
    actions = _union(action for one in ordered for action in one.framework.actions)
    findings = [{one.action: one for one in analysis.findings} for analysis in ordered]
    sides = [
        [
            _side(action, found.get(action.id), seen)
            for found, seen in zip(findings, shown, strict=True)
        ]
        for action in actions
    ]
    sources = [{"title": title, **one.source()} for title, one in zip(titles, shown, strict=True)]
    given = {
        "policies": [_policy(one, title) for one, title in zip(ordered, titles, strict=True)],
        "objectives": _objective_rows(ordered),
        "actions": [_action_row(action, findings) for action in actions],
        "failures": sorted(failures, key=lambda one: (one.source, one.code, one.message)),
        "frameworks_differ": len({one.framework.sha256 for one in ordered}) > 1,
        "paraphrased": any(action.paraphrase for action in actions),
        "version": ordered[0].version if ordered else "",
        "lang": _common_language(ordered),
    }
    return _rendered("comparison", given, {"actions": sides, "policies": sources})


def _alphabetical(analysis: Analysis) -> tuple[str, str, str]:
    from aligner.report.sheets import title_of

    document = analysis.document
    return title_of(document).casefold(), document.name, document.sha256


def _titles(ordered: Sequence[Analysis]) -> list[str]:
    """The titles of the policies, with the file's name where two have the same."""
    from aligner.report.sheets import title_of

    titles = [title_of(one.document) for one in ordered]
    return [
        f"{title} ({one.document.name})" if titles.count(title) > 1 else title
        for one, title in zip(ordered, titles, strict=True)
    ]


def _union(parts: Iterable[_Named]) -> list[_Named]:
    """The parts of all frameworks, each id once, in the order in which they first come."""
    once: dict[str, _Named] = {}
    for part in parts:
        once.setdefault(part.id, part)
    return list(once.values())


def _side(action: Action, finding: Finding | None, seen: _Passages) -> list[Any]:
    """[how many passages one policy has for the action, the best of them]."""
    matches = finding.matches if finding else ()
    return [len(matches), [seen.entry(match, action) for match in matches[:_SIDE_BY_SIDE]]]


def _policy(analysis: Analysis, title: str) -> dict[str, Any]:
    from aligner.report.sheets import page_list

    framework = analysis.framework
    return {
        "title": title,
        "file": analysis.document.name,
        "read": _pages_read(analysis.document),
        "unread": page_list(analysis.document.unread_pages),
        "framework": f"{framework.title} {framework.version}",
    }


def _objective_rows(ordered: Sequence[Analysis]) -> list[dict[str, Any]]:
    statuses = [{one.objective: one.status for one in part.objectives} for part in ordered]
    return [
        {
            "id": objective.id,
            "title": objective.title,
            "paraphrase": objective.paraphrase,
            "statuses": [found.get(objective.id) for found in statuses],
        }
        for objective in _union(one for part in ordered for one in part.framework.objectives)
    ]


def _action_row(action: Action, findings: Sequence[dict[str, Finding]]) -> dict[str, Any]:
    found = [part.get(action.id) for part in findings]
    statuses = [one.status if one else None for one in found]
    different = len(set(statuses)) > 1
    return {
        "id": action.id,
        "text": action.text,
        "objective": action.objective,
        "paraphrase": action.paraphrase,
        "statuses": statuses,
        "kind": "differences" if different else "common_gaps" if statuses[0] == "gap" else "alike",
    }


def _common_language(ordered: Sequence[Analysis]) -> str:
    """The language of the policies when they share one, else English."""
    languages = {_interface(one.document.language) for one in ordered}
    return languages.pop() if len(languages) == 1 else LANGUAGES[0]


# ---------------------------------------------------------------- the file


def texts(language: str) -> dict[str, str]:
    """The words of the interface and of the pictures in a language (en, fr, es)."""
    return dict(_texts()[language])


@cache
def _texts() -> dict[str, dict[str, str]]:
    folder = files("aligner.report") / "languages"
    return {
        name: tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))
        for name in LANGUAGES
    }


def _interface(language: str) -> str:
    return language if language in LANGUAGES else LANGUAGES[0]


def _rendered(name: str, given: dict[str, Any], data: dict[str, Any]) -> str:
    """The template filled; style and script are named in the security policy by their hashes."""
    style, script = _source("page.css"), _source("common.js") + _source(f"{name}.js")
    say = _texts()[given["lang"]]
    filled = (
        _environment()
        .get_template(f"{name}.html")
        .render(
            say=say,
            statuses=STATUSES,
            languages=[(code, words["name"]) for code, words in _texts().items()],
            style=style,
            style_hash=_hash(style),
            script=script,
            script_hash=_hash(script),
            texts=in_script(_texts()),
            data=in_script(data),
            **{"title": say["comparison"], "pictures": False, **given},
        )
    )
    return str(filled) + "\n"


def in_script(data: object) -> str:
    """JSON that can stand in a script element: nothing in it ends the element.

    Lone surrogates, which UTF-8 cannot hold, become U+FFFD one for one: offsets stay true.
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return _SURROGATE.sub("\ufffd", text).translate(_IN_SCRIPT)


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


@cache
def _source(name: str) -> str:
    return (files("aligner.report") / "templates" / name).read_text(encoding="utf-8")


@cache
def _environment() -> Any:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    return Environment(
        loader=FunctionLoader(_source),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_clean,
        trim_blocks=True,
    )


def _clean(value: object) -> object:
    """A text of a policy as HTML can hold it; what the templates vouch for stays as it is."""
    if type(value) is not str:
        return value
    return _NOT_HTML.sub("", _SURROGATE.sub("\ufffd", value).replace("\r", "\n"))
