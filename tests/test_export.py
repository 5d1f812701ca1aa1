"""`aligner export`: any report from a stored analysis, and the policy always as it was."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from aligner.batch import export, find, run
from aligner.errors import Missing, OptionsError, OutputError, Unsupported
from aligner.options import FORMATS, Options, gather
from aligner.report.tables import write_json
from builders import build_analysis
from test_report_annotated import analysed, policy


def names(outcome) -> list[str]:
    return [path.name for path in outcome.written]


def test_every_format_is_made_of_the_stored_analysis(tmp_path):
    """All reports stand in the folder, and two runs give the same bytes."""
    given = policy(tmp_path / "p.pdf")
    analysis = analysed(given)
    made = [
        export(analysis, Options(formats=FORMATS), folder=tmp_path / name, policy=given)
        for name in ("one", "two")
    ]
    assert names(made[0]) == names(made[1])
    endings = {path.suffix[1:] for path in made[0].written}
    assert endings >= {"xlsx", "docx", "pdf", "json", "csv", "parquet", "qdpx"}
    for one, two in zip(made[0].written, made[1].written, strict=True):
        assert one.read_bytes() == two.read_bytes(), one.name


def test_all_means_every_format_and_says_what_is_not_made(tmp_path):
    """Without the policy all but the annotated PDF are made, and a note says so."""
    formats = gather({"formats": ("all",)}, folder=tmp_path).formats
    assert set(formats) == set(FORMATS)
    outcome = export(build_analysis(), Options(formats=formats), folder=tmp_path)
    assert not any(name.endswith(".pdf") for name in names(outcome))
    assert [note.code for _, note in outcome.notes] == ["not_annotated"]


def test_annotated_pdf_alone_needs_the_policy(tmp_path):
    """What was asked for and cannot be made is an error with the next step."""
    with pytest.raises(OptionsError) as caught:
        export(build_analysis(), Options(formats=("pdf",)), folder=tmp_path)
    assert "--policy" in caught.value.hint
    with pytest.raises(Missing):
        export(
            build_analysis(),
            Options(formats=("pdf",)),
            folder=tmp_path,
            policy=tmp_path / "none.pdf",
        )
    given = policy(tmp_path / "p.pdf")
    with pytest.raises(Unsupported, match="SHA-256"):
        export(build_analysis(), Options(formats=("pdf",)), folder=tmp_path, policy=given)


@pytest.mark.parametrize("name", ["../../x.pdf", "/etc/passwd", "..", "C:\\x.pdf", "a\x00b", ""])
def test_name_in_the_analysis_cannot_leave_the_folder(tmp_path, name):
    """An analysis that somebody sent writes into the folder that was named, and nowhere else."""
    analysis = build_analysis()
    analysis = replace(analysis, document=replace(analysis.document, name=name))
    outcome = export(
        analysis,
        Options(
            formats=(
                "json",
                "csv",
            )
        ),
        folder=tmp_path / "out",
    )
    assert {path.parent for path in outcome.written} == {tmp_path / "out"}


def test_analyze_writes_the_new_formats_too(tmp_path):
    """`--format docx,pdf,csv` beside the policy never takes its place, nor is read as a policy."""
    given = policy(tmp_path / "p.pdf")
    before = given.read_bytes()
    outcome = run([given], Options(formats=("docx", "pdf", "csv")), output=tmp_path)
    assert names(outcome)[:2] == ["p.brief.docx", "p.annotated.pdf"]
    assert given.read_bytes() == before
    assert find([tmp_path]) == [given]
    with pytest.raises(OutputError, match="policy itself"):
        run([given], Options(), output=given)
    assert given.read_bytes() == before


def test_command_prints_the_paths(tmp_path):
    """Paths on standard output, notes on standard error, exit codes as everywhere."""
    write_json(build_analysis(), tmp_path / "a.json")

    def aligner(*given):
        return subprocess.run(
            [sys.executable, "-m", "aligner", "export", tmp_path / "a.json", *given],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )

    done = aligner("--to", "docx,qdpx", "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [
        str(tmp_path / "out" / "policy.brief.docx"),
        str(tmp_path / "out" / "policy.qdpx"),
        str(tmp_path / "out" / "policy.qdc"),
    ]
    assert aligner("--to", "odt").returncode == 4
    assert aligner("--to", "docx", "--template", tmp_path / "none.docx").returncode == 4
    assert aligner("--to", "pdf", "--policy", tmp_path / "none.pdf").returncode == 3
