"""Fail when matching has become worse than the floors on the labelled policies.

usage: gate.py [--raise]

Each policy is left out of the fusion that scores it: the tidy policies of gold/, the untidy ones of
gold/untidy/, two of the tidy ones in French and Spanish (gold/translated/), and real texts, which
are not ours and are measured where they stand (../shared/gold_dev/real), when they are there.
Then the passages that only mention a subject and those that commit to it (gold/pairs/, by language;
mentions.py): how many do not count, and how many do.
--raise lifts floors.json to a little below what was measured; nothing here lowers a floor: whoever
must, edits the file and says why.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import fit
import mentions

from aligner import framework, match

HERE = Path(__file__).parent
FLOORS = HERE / "floors.json"
REAL = HERE.parents[1] / "shared" / "gold_dev" / "real"
# Library versions move the last digit or two of a figure.
SLACK = 0.01
FIGURES = {
    "passage_f1": lambda one, fusion: fit.passage(one, fusion)[2],
    "average_precision": fit.average_precision,
    "kappa": fit.kappa,
    "gaps_true": fit.share_of_gaps,
}


def measured(groups: dict[str, list[Path]]) -> dict[str, dict[str, float]]:
    """The mean figures of each group; real texts are not learnt from by the others."""
    frame = framework.load()
    know = match.knower(frame)
    held = {name: [fit.read(path, frame, know) for path in paths] for name, paths in groups.items()}
    ours = held["tidy"] + held["untidy"]
    out = {}
    for name, policies in held.items():
        teachers = ours + (policies if name == "real" else [])
        fusions = [fit.fit(fit.apart(one, teachers)) for one in policies]
        pairs = list(zip(policies, fusions, strict=True))
        out[name] = {
            figure: round(sum(take(*pair) for pair in pairs) / len(pairs), 4)
            for figure, take in FIGURES.items()
        }
    return out


def told_apart() -> dict[str, dict[str, float]]:
    """Of each file of pairs the share of mentions that do not count, and of promises that do."""
    out = {}
    for path in mentions.KEPT_APART:
        pairs, counted = mentions.counted(path)
        mention, promise = (counted[None, side, "counts"] / len(pairs) for side in ("no", "yes"))
        figures = {"mentions_left_out": 1 - mention, "promises_counted": promise}
        out[f"pairs {path.stem}"] = {name: round(value, 4) for name, value in figures.items()}
    return out


def main() -> None:
    groups = {
        "tidy": sorted((HERE / "gold").glob("*.json")),
        "untidy": sorted((HERE / "gold" / "untidy").glob("*.json")),
        "translated": sorted((HERE / "gold" / "translated").glob("*.json")),
        "real": sorted(REAL.glob("*.json")),
    }
    ours = [*groups["tidy"], *groups["untidy"], *groups["translated"], *mentions.KEPT_APART]
    if not groups["real"]:
        print("The real texts are not here: not measured.")
        del groups["real"]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in ours)).hexdigest()
    floors = json.loads(FLOORS.read_text(encoding="utf-8"))
    if floors["gold"] != digest:
        sys.exit("gold/ is not what floors.json was measured on: measure anew and say why.")
    found, held = measured(groups) | told_apart(), floors["floors"]
    below = []
    for group, figures in found.items():
        for name, value in figures.items():
            floor = held.setdefault(group, {}).get(name, 0.0)
            print(f"{group:15s} {name:18s} {value:.3f} (floor {floor:.3f})")
            below += [f"{group} {name}"] if value < floor else []
            if "--raise" in sys.argv:
                held[group][name] = max(floor, round(value - SLACK, 3))
    if "--raise" in sys.argv:
        FLOORS.write_text(json.dumps(floors, indent=2) + "\n", encoding="utf-8")
    elif below:
        sys.exit(f"Below the floor: {', '.join(below)}")


if __name__ == "__main__":
    main()
