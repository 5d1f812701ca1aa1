"""Read exemplars from JSON lines: passages and the actions they are evidence for.

There are tens of thousands, and a policy is matched with what was learnt from them, so they are
read only when one of them is asked for (.7 s for all).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from aligner.errors import FrameworkError
from aligner.framework.listing import clean
from aligner.framework.source import Source, failure
from aligner.model import Exemplar, Strength

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEYS = frozenset({"kind", "labels", "near", "why", "text", "language"})
_KINDS = frozenset({"hit", "miss"})
_STRENGTHS = frozenset({"full", "partial"})


class Exemplars(Sequence[Exemplar]):
    """The exemplars of files, in their order, with the labels of some actions only.

    Whoever asks for one gets the FrameworkError of the first line that is none.
    """

    def __init__(
        self,
        banks: Sequence[Source] = (),
        *,
        known: frozenset[str] = frozenset(),
        wanted: frozenset[str] | None = None,
    ) -> None:
        """`known` are the actions that labels may name, `wanted` (all) those whose labels count."""
        self._banks, self._known = tuple(banks), known
        self._wanted = known if wanted is None else known & wanted

    def __len__(self) -> int:
        return len(self._all)

    def __getitem__(self, index: Any) -> Any:
        return self._all[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Exemplars) and self.sha256 == other.sha256

    def __hash__(self) -> int:
        return hash(self.sha256)

    def with_labels(self, wanted: frozenset[str]) -> Exemplars:
        """The same passages, evidence for these actions only."""
        return Exemplars(self._banks, known=self._known, wanted=wanted)

    @cached_property
    def sha256(self) -> str:
        """What stands for all they say, read or not; line ends are not part of it."""
        digest = hashlib.sha256(repr(sorted(self._wanted)).encode())
        for bank in self._banks:
            data = bank.data.replace(b"\r\n", b"\n")
            digest.update(f"{bank.path.stem} {len(data)} ".encode() + data)
        return digest.hexdigest()

    def errors(self) -> Iterator[FrameworkError]:
        """What is wrong in them: the first fault of each file."""
        for bank in self._banks:
            try:
                read_exemplars(bank, actions=self._known)
            except FrameworkError as error:
                yield error

    @cached_property
    def _all(self) -> tuple[Exemplar, ...]:
        found = [one for bank in self._banks for one in read_exemplars(bank, actions=self._known)]
        whole = self._wanted == self._known
        return tuple(found if whole else [_relabelled(one, self._wanted) for one in found])


def _relabelled(exemplar: Exemplar, actions: frozenset[str]) -> Exemplar:
    labels = tuple(label for label in exemplar.labels if label[0] in actions)
    near = tuple(action for action in exemplar.near if action in actions)
    return replace(exemplar, labels=labels, near=near)


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
