"""Blocks become segments, the units that are judged: each knows its section, page and boxes.

A paragraph, bullet, clause or table row stays whole, however it is broken on pages; headings become
the section of what follows, and a sentence that introduces a list is the context of its items.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aligner.model import Segment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aligner.model import Block, Document

# Longer blocks are chapters that lost their paragraphs; their pieces keep section and context.
LONGEST = 400
_PIECE = 200
_SENTENCE = re.compile(r"(?<=[.!?;])[\"”’»)]*\s+(?=[\"“«(]?[^\W\d_a-z]|\d|•)")
# What stands under these headings is no passage of the policy; the next heading ends them.
_LISTS = re.compile(
    r"(?:list of )?(?:abbreviations|acronyms)(?:,? (?:and|&) (?:abbreviations|acronyms))?"
    r"|references|bibliography|works cited|reference list|references and further reading"
    r"|(?:liste des )?(?:sigles|abréviations|acronymes)(?: (?:et|&) (?:sigles|abréviations"
    r"|acronymes))?|références(?: bibliographiques)?|bibliographie"
    r"|(?:lista de )?(?:siglas|abreviaturas|acrónimos)(?: y (?:siglas|abreviaturas|acrónimos))?"
    r"|referencias(?: bibliográficas)?|bibliografía|referências|bibliografia",
    re.IGNORECASE,
)
_ANNEX = re.compile(r"(?:annexe?|appendix|anexo)\b", re.IGNORECASE)
_APART = re.compile(
    r"(?:foreword|preface|acknowledge?ments?|avant-propos|préface"
    r"|remerciements|prólogo|prefacio|presentación|agradecimientos|executive summary"
    r"|résumé exécutif|resumen ejecutivo)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?:\d{1,2}(?:\.\d{1,2})*|[IVXL]{1,6})[.:)]?\s+")
_CHAPTER = re.compile(
    r"(?:chapter|part|chapitre|partie|capítulo|parte)\s[\dIVXL]+\b", re.IGNORECASE
)
_NUMBERED = re.compile(r"\d{1,2}\.?\s|[IVXL]{1,6}\.\s")
_LETTERS = re.compile(r"[^\W\d_]{2}")


@dataclass
class _State:
    """What the blocks read so far mean for the next one."""

    headings: list[tuple[int, str]] = field(default_factory=list)
    lead: str = ""
    lead_left: float = 0.0

    def in_list(self) -> bool:
        """Whether what follows are references or abbreviations."""
        return bool(self.headings) and _is_list(self.headings[-1][1])

    def section(self) -> tuple[str, ...]:
        return tuple(text for _, text in self.headings)


def segments(document: Document) -> tuple[Segment, ...]:
    """The segments of a document in reading order, with ids s0001, s0002 and so on."""
    state = _State()
    result: list[Segment] = []
    for block in document.blocks:
        if block.kind == "heading":
            _enter(state, block)
        elif state.in_list():
            continue
        elif block.kind != "note" and _LETTERS.search(block.text):
            for text in _texts(block.text):
                identity = f"s{len(result) + 1:04d}"
                result.append(
                    _segment(block, state, text, (identity, block.language or document.language))
                )
            _introduce(state, block)
    return tuple(result)


def _is_list(heading: str) -> bool:
    return bool(_LISTS.fullmatch(_NUMBER.sub("", heading, count=1).strip(" .:")))


def _enter(state: _State, block: Block) -> None:
    if state.in_list():
        state.headings.pop()
    # A foreword or an annex, however large its heading, ends where a chapter begins; the numbered
    # parts of an annex are its own.
    chapter = _CHAPTER.match(block.text)
    if chapter or _NUMBERED.match(block.text):
        for at, (_, text) in enumerate(state.headings):
            if _APART.match(text) or (chapter and _ANNEX.match(text)):
                del state.headings[at:]
                break
    while state.headings and state.headings[-1][0] >= block.level:
        state.headings.pop()
    state.headings.append((block.level, block.text))
    state.lead = ""


def _introduce(state: _State, block: Block) -> None:
    """A block that ends in a colon introduces the items below it, up to the next paragraph."""
    if block.text.rstrip().endswith(":") and block.kind != "row":
        state.lead = block.text
        state.lead_left = block.boxes[0][1] if block.boxes else 0.0
    elif block.kind == "paragraph":
        state.lead = ""


def _context(block: Block, state: _State) -> tuple[str, ...]:
    if block.kind == "row":
        return block.context
    introduced = block.kind == "item" or (
        bool(block.boxes) and block.boxes[0][1] > state.lead_left + 8
    )
    return (*block.context, state.lead) if state.lead and introduced else block.context


def _segment(block: Block, state: _State, text: str, identity: tuple[str, str]) -> Segment:
    return Segment(
        id=identity[0],
        kind=block.kind,
        text=text,
        page=block.page,
        page_end=max((box[0] for box in block.boxes), default=block.page),
        section=state.section(),
        context=_context(block, state),
        boxes=block.boxes,
        fields=block.fields,
        language=identity[1],
    )


def _texts(text: str) -> Iterator[str]:
    """The text itself, or, when it is very long, pieces of about 200 words, cut at sentences."""
    if len(text.split()) <= LONGEST:
        yield text
        return
    piece: list[str] = []
    count = 0
    for sentence in _SENTENCE.split(text):
        words = len(sentence.split())
        if piece and count + words > _PIECE:
            yield " ".join(piece)
            piece, count = [], 0
        piece.append(sentence)
        count += words
    yield " ".join(piece)
