"""Whole-process time against an analyst's script, and pages a second against raw pdfium.

usage: speed.py [--bench ../shared/bench] [--actions LIST.md] [--pages 100 400] [--runs 3]
POLICY.pdf...

The policies named are put together into files of so many pages; every command runs once unmeasured
(caches warm), then in turn, and the median of the ratios is given: seconds depend on the machine,
ratios do not. The naive script and the pdfium floor are those of --bench.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]

MERGE = """
import sys
import pypdfium2 as pdfium
out, wanted, sources = pdfium.PdfDocument.new(), int(sys.argv[1]), sys.argv[3:]
while len(out) < wanted:
    for name in sources:
        with pdfium.PdfDocument(name) as source:
            out.import_pages(source, list(range(min(len(source), wanted - len(out)))))
        if len(out) >= wanted:
            break
out.save(sys.argv[2])
"""

# Reading to segments, in this process but with the reading child, as the pipeline does it.
WARM = """
import json, sys, time
from pathlib import Path
from aligner import framework, ingest, match, segment, analyze
from aligner.options import Options
frame = framework.load()
known = match.knower(frame)("en")
def read():
    return ingest.read(Path(sys.argv[1]))
def whole():
    return analyze.assemble(read(), frame, known=known, options=Options())
out = {}
for name, job in (("read", read), ("analyze", whole)):
    job(); times = []
    for _ in range(3):
        start = time.perf_counter(); job(); times.append(time.perf_counter() - start)
    out[name] = sorted(times)[1]
print(json.dumps(out))
"""

FLOOR = """
import json, sys, time
import pypdfium2 as pdfium
def job():
    with pdfium.PdfDocument(sys.argv[1]) as pdf:
        for page in pdf:
            text = page.get_textpage(); text.get_text_range().split(); text.close(); page.close()
job(); times = []
for _ in range(3):
    start = time.perf_counter(); job(); times.append(time.perf_counter() - start)
print(json.dumps(sorted(times)[1]))
"""


# How many pages the fast engine does not settle: read again by the second, or left to OCR.
SHARE = """
import json, mmap, sys
from aligner.ingest import pdf_child
with open(sys.argv[1], "rb") as file:
    data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    text = pdf_child._pages(data, None)
    again = set(text.doubtful) | (set(text.unread) - set(text.bare))
print(json.dumps([text.count, len(again), len(text.unread)]))
"""


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def asked(code: str, path: Path) -> Any:
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout)


def compare(path: Path, pages: int, given: argparse.Namespace, folder: Path) -> None:
    # Neither the script nor the floor reads scanned pages.
    ours = [sys.executable, "-m", "aligner", "analyze", str(path), "--ocr", "off"]
    ours += ["-o", str(folder / "out")]
    naive = [
        sys.executable, str(given.bench / "naive_analyst.py"), str(given.actions),
        str(folder / "naive.xlsx"), str(path),
    ]  # fmt: skip
    seconds(ours)
    pairs = [(seconds(ours), seconds(naive)) for _ in range(given.runs)]
    mine, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(b / a for a, b in pairs)
    print(
        f"{pages} pages, whole process: aligner {mine:.2f} s, naive {theirs:.2f} s: "
        f"{ratio:.1f} times faster"
    )
    count, again, unread = asked(SHARE, path)
    print(
        f"{pages} pages: {again} of {count} are read again by the second engine, "
        f"{unread} need text recognition"
    )
    warm, floor = asked(WARM, path), asked(FLOOR, path)
    for name, took in warm.items():
        print(
            f"{pages} pages, warm {name}: {pages / took:.0f} pages/s; "
            f"raw pdfium {pages / floor:.0f} pages/s: {floor / took:.2f} of it"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("policies", nargs="*", type=Path)
    parser.add_argument("--bench", type=Path, default=ROOT.parent / "shared" / "bench")
    parser.add_argument("--actions", type=Path, default=ROOT / "seeds" / "gcm_actions.md")
    parser.add_argument("--pages", nargs="*", type=int, default=[100, 400])
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    policies = given.policies or sorted((ROOT / "sample_policies").glob("*.pdf"))
    if not (given.bench / "naive_analyst.py").exists():
        sys.exit(f"There is no {given.bench / 'naive_analyst.py'}: name its folder with --bench.")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for pages in given.pages:
            path = folder / f"{pages}.pdf"
            command = [sys.executable, "-c", MERGE, str(pages), str(path), *map(str, policies)]
            subprocess.run(command, check=True)
            compare(path, pages, given, folder)
    # The largest child so far is the naive script (pdfplumber); ours is measured by itself.
    print(f"peak memory of one aligner process: {peak(policies[0])} MB")


def peak(policy: Path) -> int:
    code = (
        "import resource, subprocess, sys, tempfile\n"
        "with tempfile.TemporaryDirectory() as out:\n"
        "    subprocess.run([sys.executable, '-m', 'aligner', 'analyze', sys.argv[1], '-o', out],"
        " check=True, capture_output=True)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)"
    )
    return int(asked(code, policy))


if __name__ == "__main__":
    main()
