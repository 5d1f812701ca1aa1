"""Actions, evidence and segments as flat tables for other programs: CSV and Parquet.

A CSV is opened in spreadsheets, which run a cell that begins with "=": there text is made harmless
first (OWASP, "CSV injection"). Parquet knows types and takes the text as it is.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from aligner import explain
from aligner.errors import OptionsError
from aligner.report.output import Written, replace_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from aligner.model import Action, Analysis, Finding, Match, Segment

    Row = dict[str, Any]

TABLES = ("actions", "evidence", "segments")
# Offsets into the text stay true: what cannot be kept becomes one other character.
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_BLANKS = re.compile("[\t\r\n\x0b\x0c\x85\u2028\u2029]+")
# Spreadsheets of East Asia read the full-width forms as the plain ones.
_STARTS = "=+\\-@＝＋－＠"
_LIKE_FORMULA = re.compile(f"[{_STARTS}\t\r\n]")
# Where a comma is the decimal mark, Excel parts columns at semicolons, in quotation marks or not.
# A careless reader does so at commas.
_NEXT_CELL = re.compile(f"([,;])(?=[\\s\"']*[{_STARTS}])")


def write_csv(analysis: Analysis, path: Path) -> tuple[Written, ...]:
    """Where the three tables stand: NAME.actions.csv, NAME.evidence.csv and NAME.segments.csv.

    UTF-8 with the mark that Excel needs to see it; one line a row.

    Raises:
        OutputError: when one cannot be written; what stood in its place is then untouched.
    """
    return _write_all(analysis, path, csv_bytes)


def write_parquet(analysis: Analysis, path: Path) -> tuple[Written, ...]:
    """Where the three tables stand: NAME.actions.parquet, and so on as in `write_csv`.

    Raises:
        OptionsError: pyarrow is not installed.
        OutputError: as in `write_csv`.
    """
    return _write_all(analysis, path, parquet_bytes)


def _write_all(
    analysis: Analysis, path: Path, encode: Callable[[list[Row]], bytes]
) -> tuple[Written, ...]:
    made = {name: encode(rows(analysis, name)) for name in TABLES}
    return tuple(
        _write(path.with_name(f"{path.stem}.{name}{path.suffix}"), data)
        for name, data in made.items()
    )


def _write(path: Path, data: bytes) -> Written:
    def write(place: Path) -> None:
        place.write_bytes(data)

    return replace_file(path, write)


def csv_bytes(table: list[Row]) -> bytes:
    """The rows as a CSV file that no spreadsheet takes for formulas."""
    import pandas as pd

    safe = [{name: _safe(value) for name, value in row.items()} for row in table]
    frame = pd.DataFrame(safe, columns=_columns(table), dtype=object)
    text: str = frame.to_csv(index=False, lineterminator="\n")
    return text.encode("utf-8-sig")


def parquet_bytes(table: list[Row]) -> bytes:
    """The rows as a Parquet file.

    Raises:
        OptionsError: pyarrow is not installed.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise OptionsError(
            "Parquet files need the package pyarrow, which is not installed.",
            'Install it with pip install "aligner[parquet]", or use csv.',
        ) from error
    import pandas as pd

    whole = [{name: _whole(value) for name, value in row.items()} for row in table]
    frame = pd.DataFrame(whole, columns=_columns(table))
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), sink, compression="zstd")
    data: bytes = sink.getvalue().to_pybytes()
    return data


def _columns(table: list[Row]) -> list[str]:
    return list(table[0]) if table else ["policy"]


def _safe(value: Any) -> Any:
    """The value for a CSV: text that begins like a formula gets an apostrophe in front."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, str):
        return value
    flat = _CONTROL.sub("\ufffd", _BLANKS.sub(" ", _whole(value)))
    guarded = _NEXT_CELL.sub(r"\1'", flat)
    return f"'{guarded}" if _LIKE_FORMULA.match(value) or _LIKE_FORMULA.match(flat) else guarded


def _whole(value: Any) -> Any:
    return _SURROGATE.sub("\ufffd", value) if isinstance(value, str) else value


# ---------------------------------------------------------------- the tables


def rows(analysis: Analysis, name: str) -> list[Row]:
    """The rows of the table `name` (one of TABLES), each column by its name, in order."""
    make = {"actions": _action_rows, "evidence": _evidence_rows, "segments": _segment_rows}[name]
    first = {"policy": analysis.document.name, "policy_sha256": analysis.document.sha256}
    return [{**first, **row} for row in make(analysis)]


def _action_rows(analysis: Analysis) -> Iterator[Row]:
    actions = {action.id: action for action in analysis.framework.actions}
    titles = {objective.id: objective.title for objective in analysis.framework.objectives}
    segments = {segment.id: segment for segment in analysis.segments}
    for finding in analysis.findings:
        action = actions[finding.action]
        yield {
            "framework": f"{analysis.framework.id} {analysis.framework.version}",
            "objective": action.objective,
            "objective_title": titles.get(action.objective, ""),
            "action": action.id,
            "action_text": action.text,
            "paraphrase": action.paraphrase,
            "status": finding.status,
            "confidence": round(finding.confidence, 6),
            "passages": len(finding.matches),
            "set_aside": len(finding.set_aside),
            **_best(finding, segments),
            "searched": "; ".join(finding.searched),
        }


def _best(finding: Finding, segments: dict[str, Segment]) -> Row:
    """The best evidence; the columns are empty when there is none."""
    best = finding.matches[0] if finding.matches else None
    segment = segments[best.segment] if best else None
    return {
        "best_segment": segment.id if segment else "",
        "best_pages": explain.pages(segment) if segment else "",
        "best_section": explain.section(segment) if segment else "",
        "best_strength": best.strength if best else "",
        "best_passage": segment.text if segment else "",
    }


def _evidence_rows(analysis: Analysis) -> Iterator[Row]:
    actions = {action.id: action for action in analysis.framework.actions}
    segments = {segment.id: segment for segment in analysis.segments}
    for finding in analysis.findings:
        for match in (*finding.matches, *finding.set_aside):
            yield _evidence_row(match, segments[match.segment], actions[match.action])


def _evidence_row(match: Match, segment: Segment, action: Action) -> Row:
    spans = explain.highlights(match, segment)
    return {
        "action": action.id,
        "objective": action.objective,
        "segment": segment.id,
        "counts": match.accepted,
        "strength": match.strength if match.accepted else "set aside",
        "confidence": round(match.confidence, 6),
        "page": segment.page,
        "page_end": segment.page_end,
        "section": explain.section(segment),
        "context": " | ".join(segment.context),
        "passage": segment.text,
        "matched_words": " | ".join(segment.text[start:end] for start, end in spans),
        "matched_offsets": " ".join(f"{start}..{end}" for start, end in spans),
        "why": explain.explain(match, segment, action),
    }


def _segment_rows(analysis: Analysis) -> Iterator[Row]:
    accepted: dict[str, list[str]] = {}
    for match in analysis.matches:
        if match.accepted:
            accepted.setdefault(match.segment, []).append(match.action)
    for segment in analysis.segments:
        yield {
            "segment": segment.id,
            "kind": segment.kind,
            "page": segment.page,
            "page_end": segment.page_end,
            "section": explain.section(segment),
            "context": " | ".join(segment.context),
            "text": segment.text,
            "fields": json.dumps(dict(segment.fields), ensure_ascii=False),
            "boxes": json.dumps([list(box) for box in segment.boxes]),
            "language": segment.language,
            "actions": " ".join(accepted.get(segment.id, ())),
        }
