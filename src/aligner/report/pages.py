"""Pictures of the pages that hold evidence, for the HTML report: the best first, within a budget.

Drawn by the renderer of `aligner show`, in child processes; the report marks the passages on them.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aligner.errors import Missing, OptionsError, Unsupported
from aligner.ingest.drawn import draw

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aligner.model import Analysis

_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Pictures:
    """(data URI, width, height in points) by page, and the pages of evidence without a picture."""

    pages: dict[int, tuple[str, float, float]]
    left_out: tuple[int, ...]


def page_pictures(
    analysis: Analysis, policy: Path | None, *, budget: int, password: str | None = None
) -> Pictures:
    """The pages with evidence as pictures, as many as `budget` megabytes hold, the best first.

    Raises:
        Missing, Unsupported: the policy is not there, or is not the file that was analysed.
        OptionsError: it is not named, or is no PDF.
    """
    if policy is None:
        raise OptionsError(
            "Pictures of the pages need the policy itself.",
            "Name the PDF that was analysed with --policy.",
        )
    _check(analysis, policy)
    wanted = list(_wanted(analysis))
    found: dict[int, tuple[str, float, float]] = {}
    room = budget * _MB
    for one in draw(policy, wanted, kind="small", password=password):
        uri = "data:image/png;base64," + base64.b64encode(one.png).decode("ascii")
        if len(uri) > room:
            break
        room -= len(uri)
        found[one.page] = (uri, one.width, one.height)
    ordered = {page: found[page] for page in sorted(found)}
    return Pictures(ordered, tuple(sorted(set(wanted) - found.keys())))


def _check(analysis: Analysis, policy: Path) -> None:
    name = policy.name.encode("utf-8", "backslashreplace").decode("utf-8")
    try:
        data = policy.read_bytes()
    except OSError as error:
        raise Missing(
            f"{name} cannot be read: {error.strerror}.", "Name the policy with --policy."
        ) from error
    if hashlib.sha256(data).hexdigest() != analysis.document.sha256:
        raise Unsupported(
            f"{name} is not the file that was analysed: its SHA-256 is another one.",
            "Name the very file with --policy, or analyse this one.",
        )
    if b"%PDF-" not in data[:1024]:
        raise OptionsError(
            f"{name} is no PDF: there are no pictures of its pages.",
            "Leave --page-pictures out, or save the policy as PDF and analyse that.",
        )


def _wanted(analysis: Analysis) -> Iterator[int]:
    """The pages that hold evidence, each once: those of the actions' best passages first."""
    segments = {segment.id: segment for segment in analysis.segments}
    most = max((len(finding.matches) for finding in analysis.findings), default=0)
    seen: set[int] = set()
    for rank in range(most):
        for finding in analysis.findings:
            for match in finding.matches[rank : rank + 1]:
                for page in sorted({box[0] for box in segments[match.segment].boxes}):
                    if page not in seen:
                        seen.add(page)
                        yield page
