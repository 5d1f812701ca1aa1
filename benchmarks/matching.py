"""Seconds of matching a long policy, part by part, on a framework that is loaded already.

usage: matching.py [--segments 2000] [--runs 5] POLICY...

The passages of the policies are taken again and again, each time with another number behind them,
until there are enough; what aligner remembers of words stays between runs. The median of the runs
is given in seconds of the processor, and how many times one regular expression could count the
words of the same text meanwhile: seconds depend on the machine, this does less.
"""

from __future__ import annotations

import argparse
import gc
import re
import resource
import statistics
import time
from collections import Counter, defaultdict
from dataclasses import replace
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aligner import framework, ingest, match, segment
from aligner.match import scores

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from aligner.model import Segment

# What is timed within match.match; what is in none of them is the rest.
PARTS = (
    (scores, "read"),
    (scores, "vectors"),
    (scores, "tfidf"),
    (scores, "linear"),
    (scores, "cued"),
    (scores, "rule_signals"),
    (match, "draw"),
    (match, "find_principles"),
)
WORD = re.compile(r"\w+")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("policies", nargs="+", type=Path)
    parser.add_argument("--segments", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    passages = [one for path in given.policies for one in segment.segments(ingest.read(path))]
    segments = tuple(islice(repeated(passages), given.segments))
    whole = "\n".join(one.text for one in segments)
    print(f"{len(segments)} segments, {len(whole.split())} words")
    gc.set_threshold(1_000_000)  # as the command does
    frame = framework.load()
    known = match.knower(frame)("en")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    taken: dict[str, float] = defaultdict(float)
    for owner, name in PARTS:
        setattr(owner, name, timed(getattr(owner, name), taken, name))
    runs = [measured(segments, frame, known, taken=taken) for _ in range(given.runs + 1)][1:]
    floor = statistics.median(seconds(lambda: Counter(WORD.findall(whole))) for _ in range(9))
    for name in runs[0]:
        middle = statistics.median(run[name] for run in runs)
        print(f"{name:14s} {middle:6.3f} s, {middle / floor:6.1f} times the counting of words")
    print(f"on top: {(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024:.0f} MB")


def repeated(passages: Sequence[Segment]) -> Iterator[Segment]:
    """The passages over and over, no text twice."""
    for turn in count():
        for number, one in enumerate(passages):
            words = f"{one.text} {turn}" if turn else one.text
            yield replace(one, id=f"s{turn}-{number}", text=words)


def timed(function: Callable[..., Any], taken: dict[str, float], name: str) -> Callable[..., Any]:
    def inner(*args: Any, **options: Any) -> Any:
        start = time.process_time()
        try:
            return function(*args, **options)
        finally:
            taken[name] += time.process_time() - start

    return inner


def measured(
    segments: Sequence[Segment], frame: Any, known: Any, *, taken: dict[str, float]
) -> dict[str, float]:
    """The seconds of one run: each part, the rest, and all of match()."""
    taken.clear()
    total = seconds(lambda: match.match(segments, frame, known=known))
    parts = {name: taken[name] for _, name in PARTS}
    return parts | {"rest": total - sum(parts.values()), "match": total}


def seconds(job: Callable[[], Any]) -> float:
    start = time.process_time()
    job()
    return time.process_time() - start


if __name__ == "__main__":
    main()
