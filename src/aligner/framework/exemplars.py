"""Read exemplars from JSON lines: passages and the actions they are evidence for.

There are over ten thousand, so each is checked in as few steps as possible (0.1 s for all).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from aligner.framework.listing import clean
from aligner.framework.source import Source, failure
from aligner.model import Exemplar, Strength

if TYPE_CHECKING:
    from aligner.errors import FrameworkError

_KEYS = frozenset({"kind", "labels", "near", "why", "text", "language"})
_KINDS = frozenset({"hit", "miss"})
_STRENGTHS = frozenset({"full", "partial"})


def read_exemplars(source: Source, *, actions: frozenset[str]) -> tuple[Exemplar, ...]:
    """The exemplars of a file, each named for its line: "vivid_05-07:12"."""
    bank = source.path.stem
    return tuple(
        _exemplar(source, line, number=number, bank=bank, actions=actions)
        for number, line in enumerate(source.data.split(b"\n"), start=1)
        if line.strip()
    )


def _exemplar(
    source: Source, line: bytes, *, number: int, bank: str, actions: frozenset[str]
) -> Exemplar:
    try:
        data = json.loads(line)
        labels = tuple([(label["action"], label["strength"]) for label in data["labels"]])
        named = [action for action, _ in labels]
        near = tuple(data.get("near", ()))
        words, kind, language = data["text"], data["kind"], data.get("language", "en")
        if b"\\u" in line:  # an escape can smuggle in what UTF-8 cannot hold
            words = clean(words)
        unknown = [action for action in (*named, *near) if action not in actions]
        strange = [strength for _, strength in labels if strength not in _STRENGTHS]
        coded = isinstance(language, str) and len(language) == 2
        sound = words.strip() and kind in _KINDS and coded and data.keys() <= _KEYS
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _not_one(source, number) from error
    if unknown or strange or not sound:
        raise failure(source, _fault(data, unknown), line=number)
    graded = cast("tuple[tuple[str, Strength], ...]", labels)
    return Exemplar(f"{bank}:{number}", words, graded, near, kind, language)


def _not_one(source: Source, number: int) -> FrameworkError:
    hint = 'Write {"kind": "hit", "labels": [{"action", "strength"}], "near": [], "text": "…"}.'
    return failure(source, "this is not an exemplar.", hint=hint, line=number)


def _fault(data: dict[str, Any], unknown: list[str]) -> str:
    """What is wrong with an exemplar, in words."""
    if unknown:
        return f"there is no action {unknown[0]}."
    if data.keys() - _KEYS:
        return f"the key '{min(data.keys() - _KEYS)}' is not known."
    if data["kind"] not in _KINDS:
        return "'kind' must be hit or miss."
    language = data.get("language", "en")
    if not isinstance(language, str) or len(language) != 2:
        return "'language' must be a code of two letters, such as fr."
    return "'strength' must be full or partial." if data["text"].strip() else "it has no text."
