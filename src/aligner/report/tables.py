"""An Analysis as JSON and back: the contract that other programs read (docs/json.md, DESIGN).

Built from the types of the model, so that a field added to model.py survives the round trip
without a line here. Offsets of terms count Unicode characters of the segment's text.
"""

from __future__ import annotations

import dataclasses
import json
import re
import types
from collections.abc import Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints

from aligner import model
from aligner.errors import Broken, Missing, OutputError, Unsupported
from aligner.report.output import Written, replace_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

SCHEMA = "aligner.analysis/1"

# Where the contract's word differs from the attribute's.
_KEYS = {
    model.Match: {"segment": "segment_id", "action": "action_id"},
    model.ObjectiveFinding: {"objective": "objective_id"},
}
# What the surroundings say already: a signal stands within its match.
_SKIPPED: dict[type, frozenset[str]] = {model.Signal: frozenset({"segment", "action"})}
# What an Analysis seldom has (a framework's outline has no rules) is left out when empty.
_RARE: dict[type, frozenset[str]] = {
    model.Document: frozenset({"blocks"}),
    model.Signal: frozenset({"rest"}),
    model.Framework: frozenset(
        {"rules", "concepts", "cues", "exemplars", "principles", "promises"}
    ),
}
# Short and many: lists instead of objects (120,000 terms an analysis).
_AS_LIST = frozenset({model.Term})
_SURROGATE = re.compile("[\ud800-\udfff]")
_LISTED = ("matches", "set_aside", "nearest")


def to_dict(analysis: model.Analysis) -> dict[str, Any]:
    """The analysis as plain dicts and lists, in the order of the contract; floats have 6 places."""
    known = {(match.segment, match.action) for match in analysis.matches}
    further = _further_matches(analysis.findings, known)
    data = {
        "schema": SCHEMA,
        "document": _encode(analysis.document),
        "framework": _encode(analysis.framework),
        "segments": [_encode(segment) for segment in analysis.segments],
        "matches": [_encode(match) for match in analysis.matches],
        "further_matches": [_encode(match) for match in further],
        "actions": [_encode_finding(finding) for finding in analysis.findings],
        "objectives": [_encode(objective) for objective in analysis.objectives],
        "notes": [_encode(note) for note in analysis.notes],
        "measures": [_encode(measure) for measure in analysis.measures],
        "principles": [_encode(principle) for principle in analysis.principles],
        "options": dict(analysis.options),
        "version": analysis.version,
    }
    if not further:
        del data["further_matches"]
    return data


def from_dict(data: dict[str, Any]) -> model.Analysis:
    """The analysis that `to_dict` made `data` of; fields that it does not know are passed over.

    Raises:
        Unsupported: when `data` is something else or of another version of the contract.
        Broken: when a field is missing or of the wrong kind.
    """
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise Unsupported(
            "This is not an analysis that this version of aligner reads.",
            f'It should say "schema": "{SCHEMA}"; make it anew with aligner analyze.',
        )
    try:
        return _decode_analysis(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Broken(
            f"The analysis is damaged: {error}.", "Make it anew with aligner analyze."
        ) from error


def write_json(analysis: model.Analysis, path: Path) -> Written:
    """Where the JSON of the analysis stands: UTF-8, one line for each segment, match and action.

    Lone surrogates, which UTF-8 cannot hold, become U+FFFD one for one: offsets stay true.
    """
    text = dump(analysis)
    return replace_file(path, lambda place: _write_text(place, text))


def dump(analysis: model.Analysis) -> str:
    """The text of the JSON file, with a newline at its end."""
    try:
        text = _layout(to_dict(analysis), depth=0)
    except ValueError as error:  # NaN or infinity, which JSON does not have
        raise OutputError(
            f"The analysis holds a figure that is not a number: {error}.",
            "Please report this with the policy that showed it.",
        ) from error
    return _SURROGATE.sub("\ufffd", text) + "\n"


def read_json(path: Path) -> model.Analysis:
    """The analysis in a JSON file.

    Raises:
        Missing, Unsupported, Broken: when there is no such file, or it holds something else.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Missing(f"{path} cannot be read: {error.strerror}.", "Check the name.") from error
    except (ValueError, RecursionError) as error:
        raise Broken(
            f"{path} is not a whole JSON file.", "Make it anew with aligner analyze."
        ) from error
    return from_dict(data)


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


# ---------------------------------------------------------------- findings: references to matches


def _encode_finding(finding: model.Finding) -> dict[str, Any]:
    return {
        "action_id": finding.action,
        "status": finding.status,
        "confidence": _rounded(finding.confidence),
        "evidence": [match.segment for match in finding.matches],
        "set_aside": [match.segment for match in finding.set_aside],
        "nearest": [match.segment for match in finding.nearest],
        "searched": list(finding.searched),
    }


def _further_matches(
    findings: Iterable[model.Finding], known: set[tuple[str, str]]
) -> list[model.Match]:
    """Matches that only the findings have; none when `Analysis.matches` is complete."""
    further = {
        (match.segment, match.action): match
        for finding in findings
        for listed in _LISTED
        for match in getattr(finding, listed)
        if (match.segment, match.action) not in known
    }
    return [further[key] for key in sorted(further)]


def _decode_finding(
    data: dict[str, Any], matches: dict[tuple[str, str], model.Match]
) -> model.Finding:
    def refer(key: str) -> tuple[model.Match, ...]:
        return tuple(matches[segment, data["action_id"]] for segment in data.get(key, ()))

    return model.Finding(
        action=_decode(str, data["action_id"]),
        status=_decode(model.Status, data["status"]),
        confidence=_decode(float, data["confidence"]),
        matches=refer("evidence"),
        set_aside=refer("set_aside"),
        nearest=refer("nearest"),
        searched=_decode(tuple[str, ...], data.get("searched", ())),
    )


def _decode_match(data: dict[str, Any]) -> model.Match:
    place = {"segment": data["segment_id"], "action": data["action_id"]}
    signals = [{**place, **signal} for signal in data.get("signals", ())]
    match: model.Match = _decode(model.Match, {**data, "signals": signals})
    return match


def _decode_analysis(data: dict[str, Any]) -> model.Analysis:
    matches = tuple(_decode_match(match) for match in data["matches"])
    further = tuple(_decode_match(match) for match in data.get("further_matches", ()))
    by_place = {(match.segment, match.action): match for match in (*matches, *further)}
    return model.Analysis(
        document=_decode(model.Document, data["document"]),
        framework=_decode(model.Framework, data["framework"]),
        segments=tuple(_decode(model.Segment, segment) for segment in data["segments"]),
        matches=matches,
        findings=tuple(_decode_finding(finding, by_place) for finding in data["actions"]),
        objectives=tuple(_decode(model.ObjectiveFinding, part) for part in data["objectives"]),
        options=tuple((key, _decode(str, value)) for key, value in data["options"].items()),
        version=_decode(str, data["version"]),
        notes=tuple(_decode(model.Note, note) for note in data["notes"]),
        measures=tuple(_decode(model.Measure, one) for one in data.get("measures", ())),
        principles=tuple(
            _decode(model.PrincipleFinding, one) for one in data.get("principles", ())
        ),
    )


# ---------------------------------------------------------------- the model to data and back


def _encode(value: Any) -> Any:
    kind: Any = type(value)
    return _encoder(kind)(value)


def _decode(kind: Any, data: Any) -> Any:
    return _decoder(kind)(data)


def _rounded(value: float) -> float:
    """Six places, and no minus before zero, so that equal figures are equal bytes."""
    return round(value, 6) + 0.0


@cache
def _fields(kind: Any) -> tuple[tuple[str, str, Any], ...]:
    """(attribute, key, type) of the fields of a type of the model that its JSON holds."""
    keys = _KEYS.get(kind, {})
    return tuple((name, keys.get(name, name), hint) for name, hint in get_type_hints(kind).items())


def _is_record(kind: Any) -> bool:
    """Whether it is a type of the model, a dataclass or a named tuple."""
    return dataclasses.is_dataclass(kind) or hasattr(kind, "_fields")


def _items(kind: Any) -> tuple[Any, ...]:
    """The types of what a tuple holds; () for what is none."""
    if get_origin(kind) is Sequence:
        return (*get_args(kind), Ellipsis)
    return get_args(kind) if get_origin(kind) is tuple else ()


@cache
def _encoder(kind: Any) -> Callable[[Any], Any]:
    if kind is float:
        return _rounded
    if _is_record(kind):
        return _list_encoder(kind) if kind in _AS_LIST else _object_encoder(kind)
    if items := _items(kind):
        return _tuple_encoder(items)
    return _unchanged


def _unchanged(value: Any) -> Any:
    return value


def _object_encoder(kind: type) -> Callable[[Any], dict[str, Any]]:
    implied, rare = _SKIPPED.get(kind, frozenset()), _RARE.get(kind, frozenset())
    parts = [
        (name, key, _encoder(hint), name in rare)
        for name, key, hint in _fields(kind)
        if name not in implied
    ]

    def encode(value: Any) -> dict[str, Any]:
        return {
            key: convert(getattr(value, name))
            for name, key, convert, rare in parts
            if not (rare and not getattr(value, name))
        }

    return encode


def _list_encoder(kind: type) -> Callable[[Any], list[Any]]:
    parts = [(name, _encoder(hint)) for name, _, hint in _fields(kind)]
    return lambda value: [convert(getattr(value, name)) for name, convert in parts]


def _tuple_encoder(items: tuple[Any, ...]) -> Callable[[Any], list[Any]]:
    if items[-1] is Ellipsis:
        convert = _encoder(items[0])
        return list if convert is _unchanged else lambda value: [convert(item) for item in value]
    parts = [_encoder(item) for item in items]
    return lambda value: [part(item) for part, item in zip(parts, value, strict=True)]


@cache
def _decoder(kind: Any) -> Callable[[Any], Any]:
    if _is_record(kind):
        return _list_decoder(kind) if kind in _AS_LIST else _object_decoder(kind)
    if items := _items(kind):
        return _tuple_decoder(items)
    if get_origin(kind) is Literal:
        return partial(_one_of, words=get_args(kind))
    if kind == model.MeasureType | None:
        return partial(_one_of, words=(*get_args(model.MeasureType), None))
    return partial(_checked, allowed=_leaf_types(kind))


def _one_of(value: Any, *, words: tuple[Any, ...]) -> Any:
    if value not in words:
        raise ValueError(f"{value!r:.40} where one of {', '.join(map(str, words))} is expected")
    return value


def _leaf_types(kind: Any) -> tuple[type, ...]:
    if get_origin(kind) in (Union, types.UnionType):
        return tuple(allowed for part in get_args(kind) for allowed in _leaf_types(part))
    return (int, float) if kind is float else (kind,)


def _checked(value: Any, *, allowed: tuple[type, ...]) -> Any:
    if not isinstance(value, allowed):
        expected = " or ".join(kind.__name__ for kind in allowed)
        raise TypeError(f"{value!r:.40} where {expected} is expected")
    return value


def _object_decoder(kind: type) -> Callable[[Any], Any]:
    parts = [(name, key, _decoder(hint)) for name, key, hint in _fields(kind)]
    return lambda data: kind(
        **{name: convert(data[key]) for name, key, convert in parts if key in data}
    )


def _list_decoder(kind: type) -> Callable[[Any], Any]:
    parts = [_decoder(hint) for _, _, hint in _fields(kind)]
    return lambda data: kind(*(part(item) for part, item in zip(parts, data, strict=True)))


def _tuple_decoder(items: tuple[Any, ...]) -> Callable[[Any], tuple[Any, ...]]:
    if items[-1] is Ellipsis:
        convert = _decoder(items[0])
        return lambda data: tuple(convert(item) for item in _checked(data, allowed=(list, tuple)))
    parts = [_decoder(item) for item in items]
    return lambda data: tuple(part(item) for part, item in zip(parts, data, strict=True))


# ---------------------------------------------------------------- layout of the file


def _layout(value: Any, *, depth: int) -> str:
    """JSON text that one can read and compare: long lists have one object a line."""
    pad, end = "  " * (depth + 1), "\n" + "  " * depth
    if isinstance(value, dict) and depth < 2 and _holds_objects(value):
        lines = (
            f"{pad}{_line(key)}: {_layout(part, depth=depth + 1)}" for key, part in value.items()
        )
        return "{\n" + ",\n".join(lines) + end + "}"
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(pad + _line(part) for part in value) + end + "]"
    return _line(value)


def _holds_objects(value: dict[str, Any]) -> bool:
    return any(isinstance(part, (list, dict)) for part in value.values())


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
