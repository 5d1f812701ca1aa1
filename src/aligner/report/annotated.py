"""The policy itself with its evidence marked: highlights, margin notes by action, bookmarks.

What to draw is a function of the Analysis; a child process draws it on a copy (annotated_child), as
reading does, because a hostile PDF may eat memory or crash its reader. The policy is never changed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from aligner import explain
from aligner.errors import (
    AlignerError,
    Broken,
    Encrypted,
    Missing,
    OptionsError,
    OutputError,
    TooLarge,
    Unsupported,
)
from aligner.report.output import Written, replace_file

if TYPE_CHECKING:
    from pathlib import Path

    from aligner.model import Action, Analysis, Finding, Match, Segment

# The child limits its own processor time; this is only the net below (see ingest.pdf).
WALL_SECONDS = 600
_LONGEST_TITLE = 100
_ORDER = {"full": 0, "partial": 1, "set aside": 2}
_AGAIN = "Download or copy the policy again, analyse it, and export the new analysis."


def write_annotated(analysis: Analysis, path: Path, *, policy: Path) -> Written:
    """Where the annotated copy of the policy stands (see replace_file).

    Raises:
        InputError: the policy is missing, is not the file that was analysed, is no PDF, is
            protected, or cannot be opened.
        OptionsError: pikepdf is not installed.
        OutputError: when it cannot be written; what stood there before is then untouched.
    """
    _refuse_the_policy_itself(path, policy)
    job = json.dumps(plan(analysis)).encode("ascii")
    return replace_file(path, lambda place: _draw(job, policy, place=place))


def _refuse_the_policy_itself(path: Path, policy: Path) -> None:
    try:
        same = path.exists() and policy.exists() and path.samefile(policy)
    except OSError:
        same = False
    if same:
        raise OutputError(
            f"{_shown(path)} is the policy itself, which stays as it is.",
            "Name another file or folder with -o.",
        )


def _draw(job: bytes, policy: Path, *, place: Path) -> None:
    """Runs the child: policy and place as arguments, the job as its standard input."""
    command = [sys.executable, "-P", "-m", "aligner.report.annotated_child"]
    try:
        done = subprocess.run(
            [*command, os.fspath(policy.absolute()), os.fspath(place.absolute())],
            input=job,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=WALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _error("too_large", policy) from None
    code = done.stdout.decode("ascii", "replace").strip()
    if done.returncode or code != "done":
        raise _error(code if not done.returncode else "too_large", policy)


def _error(code: str, policy: Path) -> AlignerError:
    name = _shown(policy)
    errors: dict[str, tuple[type[AlignerError], str, str]] = {
        "missing": (Missing, f"There is no file {name}.", "Name the policy with --policy."),
        "other": (
            Unsupported,
            f"{name} is not the file that was analysed: its SHA-256 is another one.",
            "Name the very file with --policy, or analyse this one.",
        ),
        "no_pdf": (
            Unsupported,
            f"{name} is no PDF, and only a PDF can be annotated.",
            "Choose another report, or save the policy as PDF and analyse that.",
        ),
        "encrypted": (
            Encrypted,
            f"{name} is protected by a password, which a copy would lose.",
            "Save a copy without a password if you may, and analyse that.",
        ),
        "no_comments": (
            Encrypted,
            f"The publisher of {name} does not permit comments in it.",
            "Ask for a copy that permits them, or use the other reports.",
        ),
        "too_large": (TooLarge, f"Annotating {name} takes more memory or time than is safe.", ""),
        "no_room": (
            OutputError,
            f"There is no room to write the annotated copy of {name}.",
            "Free some space on the disk, or name a file on another disk with -o.",
        ),
        "no_library": (
            OptionsError,
            "Annotated PDFs need the package pikepdf, which is not installed.",
            'Install it with pip install "aligner[reports]".',
        ),
    }
    broken = (Broken, f"{name} is damaged and cannot be annotated.", _AGAIN)
    kind, message, hint = errors.get(code, broken)
    return kind(message, hint)


def _shown(path: Path) -> str:
    return path.name.encode("utf-8", "backslashreplace").decode("utf-8")


# ---------------------------------------------------------------- what to draw


def plan(analysis: Analysis) -> dict[str, Any]:
    """What the child draws, as data: highlights by page, notes by action, bookmarks.

    Boxes are [x0, y0, x1, y1] from the top left corner of the page as it is shown.
    """
    evidence = _evidence(analysis)
    segments = {segment.id: segment for segment in analysis.segments}
    actions = {action.id: action for action in analysis.framework.actions}
    rows = [segment for segment in analysis.segments if segment.kind == "row"]
    outermost = min((box[1] for row in rows for box in row.boxes), default=0.0)
    return {
        "sha256": analysis.document.sha256,
        "title": _line(f"aligner: {analysis.framework.title}"),
        "legend": _legend(analysis),
        "marks": [
            _mark(segment, evidence[segment.id], actions, edge=_edge(segment, outermost))
            for segment in analysis.segments
            if segment.id in evidence and segment.boxes
        ],
        "bookmarks": _bookmarks(analysis, segments),
    }


def _edge(segment: Segment, outermost: float) -> float:
    """What a label stands left of: the outermost row, as the goal of many may stand beside one."""
    left = segment.boxes[0][1]
    return min(left, outermost) if segment.kind == "row" else left


def _evidence(analysis: Analysis) -> dict[str, list[Match]]:
    """The matches that count, and those set aside, by segment; the strongest first."""
    out: dict[str, list[Match]] = {}
    for finding in analysis.findings:
        for match in (*finding.matches, *finding.set_aside):
            out.setdefault(match.segment, []).append(match)
    for matches in out.values():
        matches.sort(key=lambda one: (_ORDER[_strength(one)], -one.confidence, one.action))
    return out


def _strength(match: Match) -> str:
    return match.strength if match.accepted else "set aside"


def _mark(
    segment: Segment, matches: list[Match], actions: dict[str, Action], *, edge: float
) -> dict[str, Any]:
    named = ", ".join(f"{one.action} ({_strength(one)})" for one in matches)
    return {
        "name": segment.id,
        "boxes": [list(box) for box in segment.boxes],
        "edge": edge,
        "look": _strength(matches[0]),
        "text": _plain(f"{explain.place(segment)}\n{named}"),
        "notes": [_note(match, segment, actions[match.action]) for match in matches],
    }


def _note(match: Match, segment: Segment, action: Action) -> dict[str, str]:
    mark = explain.paraphrase_mark(action)
    return {
        "action": _line(action.id),
        "look": _strength(match),
        "text": _plain(
            f"{action.id}{mark} {action.text}\n\n"
            f"{_strength(match).capitalize()}, likelihood {explain.percent(match.confidence)}. "
            f"{explain.explain(match, segment, action)}"
        ),
    }


def _legend(analysis: Analysis) -> str:
    """The note on the first page: what the marks mean and how far to trust them."""
    dagger = (
        "\n† A paraphrase, not the official text."
        if any(action.paraphrase for action in analysis.framework.actions)
        else ""
    )
    return _plain(
        f"A copy with proposals of aligner {analysis.version}; the policy itself is unchanged.\n"
        f"Held against: {analysis.framework.title}, version {analysis.framework.version}.\n"
        "Green: holds the core of an action. Yellow: a part of it. Grey: set aside, because the "
        "policy seems to reject, defer or only describe it. The label beside a passage names the "
        "action; open it for the reasons. Bookmarks lead from objectives to passages.\n"
        "Check a passage before you cite it. What is not marked may still be a measure. Nothing "
        f"here ranks countries.{dagger}"
    )


def _bookmarks(analysis: Analysis, segments: dict[str, Segment]) -> list[dict[str, Any]]:
    """Objectives, their actions with evidence, and the passages of these."""
    found = {finding.action: finding for finding in analysis.findings if finding.matches}
    out = []
    for objective in analysis.framework.objectives:
        below = [
            _action_bookmark(action, found[action.id], segments)
            for action in analysis.framework.actions
            if action.objective == objective.id and action.id in found
        ]
        if below:
            mark = " †" if objective.paraphrase else ""
            title = _line(f"{objective.id}. {objective.title}") + mark
            out.append({"title": title, "place": below[0]["place"], "below": below})
    return out


def _action_bookmark(
    action: Action, finding: Finding, segments: dict[str, Segment]
) -> dict[str, Any]:
    below = []
    for match in finding.matches:
        segment = segments[match.segment]
        title = _line(f"p. {explain.pages(segment)} ({match.strength}): {segment.text}")
        below.append({"title": title, "place": _place(segment), "below": []})
    title = _line(f"{action.id}{explain.paraphrase_mark(action)} {action.text}")
    return {"title": title, "place": below[0]["place"], "below": below}


def _place(segment: Segment) -> list[float]:
    """Page, and how far from its top; the top of the page where no box is known."""
    if not segment.boxes:
        return [segment.page, 0]
    page, _, top, _, _ = segment.boxes[0]
    return [page, top]


def _line(text: str) -> str:
    line = " ".join(_plain(text).split())
    return line if len(line) <= _LONGEST_TITLE else line[: _LONGEST_TITLE - 1] + "…"


def _plain(text: str) -> str:
    """The text without control characters and halves of pairs, which PDF strings cannot hold."""
    kept = "".join(c if c == "\n" or c.isprintable() or c.isspace() else " " for c in text)
    return kept.replace("\r", "\n").encode("utf-16", "replace").decode("utf-16")
