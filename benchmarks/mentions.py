"""Count the mentions that aligner takes for evidence, and the promises that it does not.

usage: mentions.py [PAIRS.jsonl ...]

Each line of a file (benchmarks/gold/pairs/, unless others are named) has two passages on one
action: `yes` commits to it, `no` only mentions it, for the reason `kind`, under the headings
`section` and after the lead-in `lead`, if it has these. Nothing learns from these files.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aligner import framework, match
from aligner.model import Segment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aligner.model import Framework

    Pair = dict[str, Any]
    # Kind of mention, side of the pair, and whether it counts or is set aside.
    Fate = tuple[str | None, str, str]

KEPT_APART = sorted((Path(__file__).parent / "gold" / "pairs").glob("*.jsonl"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, default=KEPT_APART)
    for path in parser.parse_args().files:
        pairs, found = counted(path)
        of = Counter(one["kind"] for one in pairs)
        print(f"{path.stem}: of {len(pairs)}, {told(found, None)}")
        for kind, number in sorted(of.items()):
            print(f"  {kind:20s} of {number:3d}, {told(found, kind)}")


def counted(path: Path) -> tuple[list[Pair], Counter[Fate]]:
    """The pairs of a file, and how many passages of each kind (None: of all) count or do not."""
    pairs = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    frame = framework.load()
    return pairs, Counter(fates(pairs, frame, match.knower(frame)(pairs[0]["language"])))


def fates(pairs: Sequence[Pair], frame: Framework, known: match.Knowledge) -> Iterator[Fate]:
    """What becomes of each passage that is near its action, by kind and side (no, yes)."""
    segments = [segment(one, side, row) for row, one in enumerate(pairs) for side in ("no", "yes")]
    found, *_ = match.match(segments, frame, known=known)
    of = {(one.segment, one.action): one for one in found if one.accepted or one.vetoed}
    for row, pair in enumerate(pairs):
        for side in ("no", "yes"):
            if one := of.get((f"{side} {row}", pair["action"])):
                fate = "set aside" if one.vetoed else "counts"
                yield None, side, fate
                yield pair["kind"], side, fate


def segment(pair: Pair, side: str, row: int) -> Segment:
    """One side of a pair as a passage of its own; the headings are those of the mention."""
    section, lead = (pair.get(name) or () if side == "no" else () for name in ("section", "lead"))
    kind = "item" if lead else "paragraph"
    context = (str(lead),) if lead else ()
    return Segment(
        f"{side} {row}", kind, pair[side], 1, 1,
        section=tuple(section), context=context, language=pair["language"],
    )  # fmt: skip


def told(found: Counter[Fate], kind: str | None) -> str:
    """What became of the passages of a kind."""
    return "; ".join(
        f"{name}: {found[kind, side, 'counts']:3d} count, "
        f"{found[kind, side, 'set aside']:2d} set aside"
        for side, name in (("no", "mentions"), ("yes", "promises"))
    )


if __name__ == "__main__":
    main()
