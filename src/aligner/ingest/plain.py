"""Plain text and Markdown as blocks. Lines that were broken to a width are joined again.

Markdown is turned into HTML and read as such: its lists, tables and embedded markup are those of
HTML. Plain text needs no library.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aligner.errors import NoText
from aligner.ingest.archive import library
from aligner.ingest.encoding import decoded
from aligner.ingest.flow import Draft, clean, finished, is_title, split_mark
from aligner.ingest.html import from_markup

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aligner.model import Block

_FRONT = re.compile(r"\A\s*---[ \t]*\n.*?\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_NOTE_TEXT = re.compile(r"^\[\^([^\]\s]{1,40})\]:[ \t]*(.*(?:\n(?!\s*\n|\[\^).+)*)", re.MULTILINE)
_NOTE_MARK = re.compile(r"\[\^[^\]\s]{1,40}\](?!:)")
_RULER = re.compile(r"[=\-_~*#]{3,}")
_NUMBERED = re.compile(r"(?:\d{1,2}\.)*\d{1,2}\.?\s+[^\W\d_a-z]|[IVXL]{1,6}\.\s+[^\W\d_a-z]")
_HYPHENED = re.compile(r"([^\W\d_]+)-$")
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
# Lines of this length were not broken by a writer who keeps to a width.
_LONG = 110


def read_plain(data: bytes, *, name: str) -> tuple[Block, ...]:
    """The blocks of a plain text; a form feed begins a new page."""
    text = decoded(data, name=name).replace("\r\n", "\n").replace("\r", "\n")
    known = frozenset(word.lower() for word in _WORD.findall(text))
    drafts: list[Draft] = []
    for page, part in enumerate(text.split("\f"), start=1):
        drafts += _page(part.split("\n"), page, known)
    return finished(drafts)


def read_markdown(data: bytes, *, name: str) -> tuple[Block, ...]:
    """The blocks of a Markdown text; its front matter is left out."""
    text = decoded(data, name=name).replace("\r\n", "\n").replace("\r", "\n")
    text = _NOTE_TEXT.sub(_note, _FRONT.sub("", text, count=1))
    # "**Goal **" is no bold to Markdown, but it is what the writer meant.
    text = "\n".join(_tightened(line) for line in text.split("\n"))
    parser = library("markdown_it", name=name).MarkdownIt(
        "commonmark", {"html": True, "maxNesting": 100}
    )
    # Text that is set in by four spaces is no program in a policy.
    parser.enable(["table", "strikethrough"]).disable("code")
    markup = parser.render(_NOTE_MARK.sub("", text))
    if not markup.strip():
        raise NoText(f"{name} holds no text.", "Check that it is the right file.")
    return from_markup(f"<body>{markup}</body>", name=name)


def _tightened(line: str) -> str:
    """A line in bold without the space before its last two stars."""
    bare = line.strip()
    if len(bare) > 5 and bare.startswith("**") and bare.endswith(" **") and bare.count("**") == 2:
        return f"**{bare[2:-2].strip()}**"
    return line


def _note(found: re.Match[str]) -> str:
    return f'\n<div role="doc-footnote">\n\n{found[2]}\n\n</div>\n'


# -- lines ----------------------------------------------------------------------------------------


def _page(lines: Sequence[str], page: int, known: frozenset[str]) -> Iterator[Draft]:
    for group in _groups(lines):
        text = _joined(group, known)
        if not _RULER.fullmatch(text):
            yield _draft(text, page, alone=len(group) == 1)


def _groups(lines: Sequence[str]) -> list[list[str]]:
    """The lines of each paragraph: a blank line, a mark in front or a long line before ends one."""
    result: list[list[str]] = []
    fresh = True
    for raw in lines:
        line = clean(raw)
        begins = fresh or bool(split_mark(line)[0]) or _stands_alone(result[-1][-1])
        if not line:
            fresh = True
            continue
        if begins:
            result.append([line])
        else:
            result[-1].append(line)
        fresh = bool(_RULER.fullmatch(line))
    return result


def _stands_alone(line: str) -> bool:
    return len(line) > _LONG or bool(_RULER.fullmatch(line)) or is_title(line, bold=False)


def _joined(lines: Sequence[str], known: frozenset[str]) -> str:
    """The lines as one text; words parted at a line's end are put together again."""
    parts: list[str] = []
    for line in lines:
        found = _HYPHENED.search(parts[-1][-60:]) if parts else None
        start = _WORD.match(line)
        if found and start and line[0].islower():
            whole = (found[1] + start[0]).lower()
            parts[-1] = parts[-1][:-1] if whole in known else parts[-1]
            parts.append(line)
        else:
            parts += [" ", line]
    return "".join(parts).strip()


def _draft(text: str, page: int, *, alone: bool) -> Draft:
    """A paragraph, or the heading that a short numbered line on its own is."""
    numbered = _NUMBERED.match(text) and len(text.split()) <= 12
    return Draft(text, page=page, bold=bool(alone and numbered and text[-1] not in ".;,:?!"))
