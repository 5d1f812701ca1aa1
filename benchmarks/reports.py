"""Time, memory and size of every report of a policy of 270 pages with 3,000 evidence rows.

usage: reports.py [--pages 270] [--evidence 3000] [--keep FOLDER]

The policy and its analysis are made up here, always the same. Each report is written by a process
of its own that has the analysis in memory already; "on top" is what its peak lies above that, the
processes that it starts included. A Word brief counts its pages when LibreOffice is there.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

from aligner import framework
from aligner.assess import roll_up
from aligner.model import (
    Analysis,
    Document,
    Finding,
    Match,
    Measure,
    Mention,
    PrincipleFinding,
    Segment,
    Signal,
    Term,
)
from aligner.report.tables import write_json

FORMATS = (
    "xlsx",
    "html",
    "pictures",
    "docx",
    "pdf",
    "json",
    "csv",
    "parquet",
    "qdpx",
    "png",
    "svg",
)
WORDS = """the Ministry of Labour shall establish a national programme for migrant workers and their
families with the support of partners so that recruitment agencies are licensed inspected and held
to account before departure and after return an information centre in each province gives advice on
contracts wages social security remittances and complaints by 2027 the Government will conclude
bilateral agreements with countries of destination train consular officers and publish statistics on
migration every year children women and victims of trafficking receive protection""".split()
PLAN = (("responsible", "Ministry of Labour"), ("deadline", "2027"), ("budget", "1.2 million"))

# In a process of its own: read the analysis, then write one report; print seconds and kilobytes.
ONE = """
import json, resource, sys, time
from dataclasses import replace
from pathlib import Path
from aligner import batch
from aligner.options import Options
from aligner.report.tables import read_json
stored, policy, folder = map(Path, sys.argv[1:4])
kind = sys.argv[4]
analysis = read_json(stored)
options = Options(formats=(kind,))
if kind == "pictures":
    options = Options(formats=("html",), page_pictures=50)
def peak(who):
    return resource.getrusage(who).ru_maxrss
before, start = peak(resource.RUSAGE_SELF), time.perf_counter()
written = batch.export(analysis, options, folder=folder / kind, policy=policy).written
seconds = time.perf_counter() - start
on_top = max(peak(resource.RUSAGE_SELF) - before, peak(resource.RUSAGE_CHILDREN))
print(json.dumps([seconds, on_top, sum(path.stat().st_size for path in written)]))
"""


def build(policy: Path, *, pages: int, evidence: int) -> Analysis:
    """The made-up policy as PDF, and its analysis."""
    choose = random.Random(5)  # noqa: S311 - always the same policy
    frame = framework.load().outline()
    rows = evidence // pages + 2
    segments = [
        _segment(page, row, rows, choose) for page in range(1, pages + 1) for row in range(rows)
    ]
    _draw(policy, segments, pages=pages)
    chosen = choose.sample(segments, evidence)
    covered = [action.id for action in frame.actions if choose.random() < 0.8]
    matches = sorted(
        (_match(segment, choose.choice(covered), choose) for segment in chosen),
        key=lambda one: (one.segment, one.action),
    )
    near = {action.id: _near(action.id, segments, choose) for action in frame.actions}
    findings = tuple(_finding(action.id, matches, near[action.id]) for action in frame.actions)
    rest = [one for findings_near in near.values() for one in findings_near]
    return Analysis(
        document=_document(policy, segments, pages=pages),
        framework=frame,
        segments=tuple(segments),
        matches=tuple(sorted((*matches, *rest), key=lambda one: (one.segment, one.action))),
        findings=findings,
        objectives=roll_up(findings, frame),
        options=(("framework", "gcm"),),
        version="0",
        measures=tuple(Measure(one.id, "plan", (Term(0, 8, 1.0),)) for one in segments[::2]),
        principles=tuple(
            PrincipleFinding(
                name,
                (("en", name),),
                tuple(Mention(one.id, (Term(0, 8, 1.0),)) for one in choose.sample(segments, 60)),
            )
            for name in ("Human rights", "Child-sensitive", "Whole-of-society")
        ),
    )


def _segment(page: int, row: int, rows: int, choose: random.Random) -> Segment:
    text = " ".join(choose.choices(WORDS, k=choose.randint(25, 60))).capitalize() + "."
    top = 60.0 + row * 700 / rows
    return Segment(
        id=f"s{page:03d}{row:02d}",
        kind="row" if row % 4 == 0 else "paragraph",
        text=text,
        page=page,
        page_end=page,
        section=(f"Chapter {page // 20 + 1}", f"Section {page // 5 + 1}"),
        boxes=((page, 60.0, top, 535.0, top + 700 / rows - 8),),
        fields=PLAN if row % 4 == 0 else (),
        language="en",
    )


def _draw(policy: Path, segments: list[Segment], *, pages: int) -> None:
    from reportlab.pdfgen import canvas

    paper = canvas.Canvas(str(policy), pagesize=(595, 842), invariant=True)
    for page in range(1, pages + 1):
        for one in (one for one in segments if one.page == page):
            lines = re.findall(r".{1,95}(?:\s|$)", one.text)
            for number, line in enumerate(lines):
                paper.setFont("Helvetica", 9)
                paper.drawString(60, 842 - one.boxes[0][2] - 9 - 10 * number, line)
        paper.showPage()
    paper.save()


def _document(policy: Path, segments: list[Segment], *, pages: int) -> Document:
    words = sum(len(one.text.split()) for one in segments)
    digest = sha256(policy.read_bytes()).hexdigest()
    return Document(policy.name, digest, "A Policy of Many Pages", "en", pages, "ok", words=words)


def _terms(segment: Segment, choose: random.Random, count: int) -> tuple[Term, ...]:
    places = [found.span() for found in re.finditer(r"\w+", segment.text)]
    return tuple(
        Term(*place, round(choose.random(), 3)) for place in sorted(choose.sample(places, count))
    )


def _match(segment: Segment, action: str, choose: random.Random, *, near: bool = False) -> Match:
    def signal(matcher: str, score: float, source: str = "") -> Signal:
        terms = _terms(segment, choose, 4)
        return Signal(segment.id, action, matcher, score, source=source, terms=terms)

    signals = [
        signal("exemplars", 0.4, f"plain_01:{choose.randint(1, 2000)}"),
        signal("action", 0.2),
    ]
    if not near:
        signals += [
            signal("rules", 0.9, f"{action}-rule"),
            signal("linear", 0.8),
            signal("cues", 1),
        ]
    confidence = round(choose.uniform(0.01, 0.3) if near else choose.uniform(0.4, 0.99), 6)
    strength = "full" if confidence > 0.6 else "partial"
    return Match(segment.id, action, confidence, not near, strength, tuple(signals), measure="plan")


def _near(action: str, segments: list[Segment], choose: random.Random) -> tuple[Match, ...]:
    return tuple(_match(one, action, choose, near=True) for one in choose.sample(segments, 5))


def _finding(action: str, matches: list[Match], near: tuple[Match, ...]) -> Finding:
    own = sorted((one for one in matches if one.action == action), key=lambda one: -one.confidence)
    taken = {one.segment for one in own}
    status = "covered" if any(m.strength == "full" for m in own) else "partial" if own else "gap"
    nearest = tuple(one for one in near if one.segment not in taken)
    return Finding(action, status, 0.8, tuple(own), (), nearest, ("licens* + recruitment",))


def brief_pages(folder: Path) -> int | None:
    """The pages of the Word brief as LibreOffice sets it; None without LibreOffice."""
    if not shutil.which("soffice"):
        return None
    import pypdfium2

    brief = next((folder / "docx").glob("*.docx"))
    command = ["soffice", "--headless", "--convert-to", "pdf", "--outdir", str(folder), str(brief)]
    subprocess.run(command, check=True, capture_output=True)
    return len(pypdfium2.PdfDocument(folder / f"{brief.stem}.pdf"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=270)
    parser.add_argument("--evidence", type=int, default=3000)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        policy, stored = folder / "policy.pdf", folder / "analysis.json"
        write_json(build(policy, pages=given.pages, evidence=given.evidence), stored)
        print(f"{given.pages} pages, {given.evidence} evidence rows")
        for kind in FORMATS:
            command = [sys.executable, "-c", ONE, str(stored), str(policy), str(folder), kind]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            seconds, on_top, size = json.loads(done.stdout)
            print(f"{kind:9s} {seconds:6.2f} s {on_top / 1024:6.0f} MB on top {size / 1e6:6.2f} MB")
        pages = brief_pages(folder)
        print(f"Word brief: {'LibreOffice is not there' if pages is None else f'{pages} pages'}")


if __name__ == "__main__":
    main()
