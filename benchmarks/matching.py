"""Seconds of matching a long policy, part by part, on a framework that is loaded already.

usage: matching.py [--segments 2000] [--runs 5] POLICY...

The passages of the policies are taken again and again, each time with another number behind them,
until there are enough; what aligner remembers of words stays between runs. The median of the runs
is given in seconds of the clock and of the processors, and how many times one regular expression
could count the words of the same text meanwhile: seconds depend on the machine, this does less.
distances run beside find_cues and find_rules: the parts add up to more than the whole.
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

    # Of the clock and of the processors.
    Seconds = tuple[float, float]

# What is timed within match.match.
PARTS = (
    (scores, "read"),
    (scores, "vectors"),
    (scores, "distances"),
    (scores, "find_cues"),
    (scores, "find_rules"),
    (match, "draw"),
    (match, "find_principles"),
    (match, "match"),
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
    taken: dict[str, list[Seconds]] = defaultdict(list)
    for owner, name in PARTS:
        setattr(owner, name, timed(getattr(owner, name), taken[name]))
    for _ in range(given.runs + 1):
        match.match(segments, frame, known=known)
    floor: list[Seconds] = []
    for _ in range(9):
        timed(lambda: Counter(WORD.findall(whole)), floor)()
    counting, _ = medians(floor)
    for name, runs in taken.items():
        clock, processor = medians(runs[1:])
        times = f"{clock / counting:6.1f} times the counting of words"
        print(f"{name:16s} {clock:6.3f} s, {processor:6.3f} s of processors, {times}")
    print(f"on top: {(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024:.0f} MB")


def repeated(passages: Sequence[Segment]) -> Iterator[Segment]:
    """The passages over and over, no text twice."""
    for turn in count():
        for number, one in enumerate(passages):
            words = f"{one.text} {turn}" if turn else one.text
            yield replace(one, id=f"s{turn}-{number}", text=words)


def timed(function: Callable[..., Any], taken: list[Seconds]) -> Callable[..., Any]:
    """The same function, which notes how long each call took."""

    def inner(*args: Any, **options: Any) -> Any:
        clock, processor = time.perf_counter(), time.process_time()
        try:
            return function(*args, **options)
        finally:
            taken.append((time.perf_counter() - clock, time.process_time() - processor))

    return inner


def medians(runs: Sequence[Seconds]) -> Seconds:
    clock, processor = (statistics.median(column) for column in zip(*runs, strict=True))
    return clock, processor


if __name__ == "__main__":
    main()
