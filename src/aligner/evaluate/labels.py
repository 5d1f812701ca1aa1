"""Reads labelled policies, and says in the analyst's words what is wrong with one.

A labelled policy is JSON made by hand or by a script; docs/evaluate.md tells its form.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from aligner.errors import Broken, Missing, OptionsError
from aligner.ingest import display_name
from aligner.model import Block, Document, Label, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from aligner.model import BlockKind

_STRENGTHS = ("full", "partial")
_OBJECT = (dict, "an object in braces")
_LIST = (list, "a list in brackets")
_TEXT = (str, "a text in quotation marks")


def read_labels(path: Path) -> tuple[Unit, ...]:
    """The labelled units of a file, headings left out.

    Raises:
        Missing: there is no such file.
        Broken: it is not a labelled policy, or holds nothing that could be labelled.
    """
    try:
        units = tuple(_units(_read(path)["blocks"]))
        _check_names(units)
    except ValueError as error:
        raise _broken(path, str(error)) from error
    if not units:
        raise Broken(
            f"{display_name(path)} holds no paragraph, bullet or table row to compare with.",
            "Give its passages as blocks, as told in docs/evaluate.md.",
        )
    return units


def read_document(path: Path) -> Document:
    """The text of a labelled policy as a document, for scoring the matching without the reading."""
    units, data = read_labels(path), _read(path)
    return Document(
        name=display_name(path),
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        title=_clean(data.get("title") or ""),
        language=_clean(data.get("language") or "en"),
        pages=1,
        status="ok",
        blocks=tuple(_blocks(data["blocks"])),
        words=sum(len(unit.text.split()) for unit in units),
    )


def pair_up(files: Sequence[Path]) -> tuple[tuple[Path, Path | None], ...]:
    """Each labelled policy with the file behind it, or alone where another labelled policy follows.

    Raises:
        OptionsError: a policy has no labelled policy before it.
    """
    pairs: list[tuple[Path, Path | None]] = []
    for path in files:
        # The first is always taken for labels, so that what is wrong with it is said of labels.
        if not pairs or _is_labelled(path):
            pairs.append((path, None))
        elif pairs[-1][1] is None:
            pairs[-1] = (pairs[-1][0], path)
        else:
            raise OptionsError(
                f"{display_name(path)} has no labelled policy before it.",
                "Name each policy behind its labels: LABELS POLICY LABELS POLICY.",
            )
    return tuple(pairs)


def _is_labelled(path: Path) -> bool:
    try:
        return "blocks" in _read(path)
    except (Missing, Broken):
        return False


def _read(path: Path) -> dict[str, Any]:
    """The object in the file, which has a list of blocks."""
    try:
        with path.open("rb") as file:
            if file.read(5) == b"%PDF-":
                raise _broken(path, "it is a PDF", "Name the labels first, then the policy.")
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise Missing(
            f"There is no file {display_name(path)}.", "Name a labelled policy."
        ) from error
    except json.JSONDecodeError as error:
        raise _broken(path, f"line {error.lineno} is no JSON ({error.msg})") from error
    except (OSError, ValueError, RecursionError) as error:
        raise _broken(path, "it cannot be read as JSON in UTF-8") from error
    if isinstance(data, dict) and str(data.get("schema", "")).startswith("aligner."):
        raise _broken(
            path, "it is an analysis that aligner wrote", "Name the labels first, then the policy."
        )
    if not isinstance(data, dict) or not isinstance(data.get("blocks"), list):
        raise _broken(path, 'it has no list "blocks"')
    return data


def _broken(path: Path, why: str, hint: str = "Its form is told in docs/evaluate.md.") -> Broken:
    return Broken(f"{display_name(path)} is not a labelled policy: {why}.", hint)


# ---------------------------------------------------------------- units and their labels


def _units(blocks: Sequence[Any]) -> Iterator[Unit]:
    for number, block in enumerate(blocks, 1):
        where = f"block {number}"
        kind = _part(block, "kind", _TEXT, where=where)
        if kind == "heading":
            _part(block, "text", _TEXT, where=where)
            continue
        name = _clean(_part(block, "id", _TEXT, where=where))
        where = f"{where} ({name})"
        if kind == "table":
            yield from _rows(block, name, where=where)
        else:
            text = _clean(_part(block, "text", _TEXT, where=where))
            yield Unit(name, text, _labels(_part(block, "labels", _LIST, where=where), where))


def _rows(block: Mapping[str, Any], name: str, *, where: str) -> Iterator[Unit]:
    rows = _part(block, "rows", _LIST, where=where)
    labels = _part(block, "row_labels", _LIST, where=where)
    if len(rows) != len(labels):
        raise ValueError(f"{where} has {len(rows)} rows and {len(labels)} lists of row_labels")
    for number, (row, given) in enumerate(zip(rows, labels, strict=True)):
        if not isinstance(row, list) or not isinstance(given, list):
            told = f"row {number + 1} of {where} or its labels is no list"
            raise ValueError(told)  # noqa: TRY004 - the file is wrong
        yield Unit(f"{name}.{number}", _cells(row), _labels(given, where))


def _labels(given: Sequence[Any], where: str) -> tuple[Label, ...]:
    labels = []
    for one in given:
        action = _clean(_part(one, "action", _TEXT, where=f"a label of {where}"))
        strength = _part(one, "strength", _TEXT, where=f"a label of {where}")
        if strength not in _STRENGTHS:
            raise ValueError(f'{where}: strength is "full" or "partial", not "{_clean(strength)}"')
        labels.append(Label(action, strength, bool(one.get("optional"))))
    return tuple(labels)


def _part(given: Any, key: str, kind: tuple[type, str], *, where: str) -> Any:
    """The part of that name; ValueError says where there is none, or one of the wrong kind."""
    wanted, told = kind
    if not isinstance(given, dict):
        raise ValueError(f"{where} is not {_OBJECT[1]}")  # noqa: TRY004 - the file is wrong
    if key not in given:
        raise ValueError(f'{where} has no "{key}"')
    if not isinstance(given[key], wanted):
        raise ValueError(f'"{key}" of {where} is not {told}')  # noqa: TRY004 - as above
    return given[key]


def _check_names(units: Sequence[Unit]) -> None:
    seen: set[str] = set()
    for unit in units:
        if unit.id in seen:
            raise ValueError(f"two blocks are called {unit.id}")
        seen.add(unit.id)


def _clean(text: object) -> str:
    """The text in one line, without characters that a terminal obeys or UTF-8 cannot hold."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())


def _cells(row: Sequence[Any]) -> str:
    return " ".join(filter(None, map(_clean, row)))


# ---------------------------------------------------------------- the text as a document


def _blocks(given: Sequence[Mapping[str, Any]]) -> Iterator[Block]:
    for block in given:
        if block["kind"] == "table":
            heads = (_cells(block.get("header") or []),)
            for row in block["rows"]:
                yield Block(_cells(row), "row", 1, context=heads)
        elif block["kind"] == "heading":
            level = block.get("level")
            yield Block(
                _clean(block["text"]), "heading", 1, level=level if isinstance(level, int) else 1
            )
        else:
            kind: BlockKind = "item" if block["kind"] == "bullet" else "paragraph"
            yield Block(_clean(block["text"]), kind, 1, number=_clean(block.get("number") or ""))
