"""What a file of objectives and actions lists, with the line of everything, and its ids."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aligner.framework.source import failure

if TYPE_CHECKING:
    from aligner.framework.source import Source
    from aligner.model import Fault

_ID = re.compile(r"[^\W_][\w-]{0,23}")
_UNWANTED = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class ListedObjective:
    """An objective as the file has it, with its line."""

    id: str
    title: str
    commitment: str
    line: int


@dataclass(frozen=True, slots=True)
class ListedAction:
    """An action as the file has it, with its line; `paraphrase` is set by corrections only."""

    id: str
    objective: str
    text: str
    line: int
    paraphrase: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """What a file lists, in its order, and what the reader stumbled over."""

    source: Source
    id: str
    title: str
    version: str
    objectives: tuple[ListedObjective, ...]
    actions: tuple[ListedAction, ...]
    faults: tuple[Fault, ...] = ()


def clean(text: str) -> str:
    """The text on one line, without characters that no report can hold."""
    return " ".join(_UNWANTED.sub("", text).split())


def objective_id(source: Source, value: str, *, line: int) -> str:
    """An id such as "5" from "5", "5.0" or "Objective 5"; FrameworkError when it cannot be one."""
    found = re.sub(r"^objective\s+|\.0$|[.:]$", "", clean(value), flags=re.IGNORECASE)
    if not _ID.fullmatch(found):
        message = f"'{found[:40]}' cannot be the id of an objective."
        raise failure(source, message, hint="Use a number or a short word.", line=line)
    return found


def action_id(source: Source, value: str, *, objective: str, line: int) -> str:
    """An id such as "5.b" from "b", "(b)", "5b" or "5.b"; FrameworkError when it cannot be one."""
    own = clean(value).strip("().: ")
    glued = objective.isdecimal() and own.removeprefix(objective).isalpha()  # "5b"
    own = own.removeprefix(f"{objective}.") if not glued else own.removeprefix(objective)
    own = own.lower() if len(own) == 1 else own
    if not _ID.fullmatch(own):
        message = f"'{own[:40]}' cannot be the id of an action of objective {objective}."
        raise failure(source, message, hint=f"Use 'b' or '{objective}.b'.", line=line)
    return f"{objective}.{own}"
