"""Fail when matching has become worse than the floors on the labelled policies of gold/.

usage: gate.py [--raise]

Each policy is left out of the fusion that scores it. --raise lifts floors.json to a little below
what was measured; nothing here lowers a floor: whoever must, edits the file and says why.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import fit

from aligner import framework, match

HERE = Path(__file__).parent
FLOORS = HERE / "floors.json"
# Library versions move the last digit or two of a figure.
SLACK = 0.01


def measured(paths: list[Path]) -> dict[str, float]:
    frame = framework.load()
    known = match.know(frame)
    policies = [fit.read(path, frame, known) for path in paths]
    figures: dict[str, list[float]] = {"passage_f1": [], "average_precision": [], "kappa": []}
    for one in policies:
        fusion = fit.fit([p for p in policies if p is not one])
        figures["passage_f1"].append(fit.passage(one, fusion)[2])
        figures["average_precision"].append(fit.average_precision(one, fusion))
        figures["kappa"].append(fit.kappa(one, fusion))
    return {name: round(float(sum(v) / len(v)), 4) for name, v in figures.items()}


def main() -> None:
    paths = sorted((HERE / "gold").glob("*.json"))
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()
    floors = json.loads(FLOORS.read_text(encoding="utf-8")) if FLOORS.exists() else {}
    if floors and floors["gold"] != digest:
        sys.exit("gold/ is not what floors.json was measured on: measure anew and say why.")
    found, held = measured(paths), floors.get("floors", {})
    for name, value in found.items():
        print(f"{name:18s} {value:.3f} (floor {held.get(name, 0):.3f})")
    if "--raise" in sys.argv:
        held = {n: max(held.get(n, 0.0), round(v - SLACK, 3)) for n, v in found.items()}
        text = json.dumps({"gold": digest, "floors": held}, indent=2) + "\n"
        FLOORS.write_text(text, encoding="utf-8")
    elif below := [name for name, value in found.items() if value < held.get(name, 0)]:
        sys.exit(f"Below the floor: {', '.join(below)}")


if __name__ == "__main__":
    main()
