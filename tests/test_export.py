"""`aligner export`: any report from a stored analysis, and the policy always as it was."""

from __future__ import annotations

import base64
import errno
import io
import subprocess
import sys
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import docx
import pytest
from PIL import Image

from aligner.batch import export, find, run
from aligner.errors import Missing, OptionsError, OutputError, Unsupported
from aligner.ingest.drawn import draw
from aligner.options import FORMATS, Options, gather
from aligner.report.pages import page_pictures
from aligner.report.tables import write_json
from builders import build_analysis
from test_report_annotated import analysed, policy
from test_report_html import data_of


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


# ---------------------------------------------------------------- template and page pictures


def test_template_of_ones_own_is_used_by_analyze(tmp_path):
    """`analyze --template` puts the brief into the ministry's own document."""
    template = docx.Document()
    template.add_paragraph("Ministry of Labour, for internal use")
    template.save(tmp_path / "house.docx")
    options = Options(formats=("docx",), template=str(tmp_path / "house.docx"))
    outcome = run([policy(tmp_path / "p.pdf")], options, output=tmp_path / "out")
    text = [one.text for one in docx.Document(outcome.written[0]).paragraphs]
    assert text[0] == "Ministry of Labour, for internal use"
    assert "Next steps" in text


def test_wrong_template_is_told_before_a_policy_is_read(tmp_path):
    """Nobody waits for an analysis to learn that a file name was mistyped."""
    options = Options(formats=("docx",), template=str(tmp_path / "none.docx"))
    told = []
    with pytest.raises(OptionsError, match=r"none\.docx"):
        run([policy(tmp_path / "p.pdf")], options, output=tmp_path / "o", announce=told.append)
    assert told == []
    assert not (tmp_path / "o").exists()


def drawn(tmp_path, budget: int, **changes):
    """The data of a page with pictures within the budget."""
    given = policy(tmp_path / "p.pdf")
    analysis = replace(analysed(given), **changes)
    options = Options(formats=("html",), page_pictures=budget)
    outcome = export(analysis, options, folder=tmp_path / "out", policy=given)
    return data_of(outcome.written[0].read_text(encoding="utf-8")), outcome


def test_pages_with_evidence_have_a_picture(tmp_path):
    """Each is a PNG of that page, with the size in points by which the passage is marked."""
    data, outcome = drawn(tmp_path, 5)
    before = outcome.written[0].read_bytes()
    assert drawn(tmp_path, 5)[1].written[0].read_bytes() == before
    assert sorted(data["pictures"]) == ["1", "2"]
    uri, width, height = data["pictures"]["1"]
    picture = Image.open(io.BytesIO(base64.b64decode(uri.removeprefix("data:image/png;base64,"))))
    assert picture.format == "PNG"
    assert picture.height / picture.width == pytest.approx(height / width, rel=0.01)
    box = data["segments"][0]["b"][0]
    assert 0 < box[0] < box[2] <= width


def test_budget_leaves_pictures_out_and_says_so(tmp_path):
    """What does not fit is named; the report is written all the same."""
    data, _ = drawn(tmp_path, 0)
    assert data["pictures"] == {}
    given = policy(tmp_path / "p.pdf")
    found = page_pictures(analysed(given), given, budget=0)
    assert (found.pages, found.left_out) == ({}, (1, 2))


def test_pictures_need_the_very_policy(tmp_path):
    """Another file, or none, is a message; beside other formats a note."""
    given = policy(tmp_path / "p.pdf")
    with pytest.raises(Unsupported, match="SHA-256"):
        page_pictures(build_analysis(), given, budget=5)
    with pytest.raises(Missing):
        page_pictures(build_analysis(), tmp_path / "none.pdf", budget=5)
    options = Options(formats=("html", "json"), page_pictures=5)
    outcome = export(build_analysis(), options, folder=tmp_path / "out")
    assert [note.code for _, note in outcome.notes] == ["no_pictures"]
    assert len(outcome.written) == 2


def test_text_has_no_pictures_of_pages(tmp_path):
    """A policy that is no PDF is told so."""
    path = tmp_path / "p.txt"
    path.write_text("The Ministry will open three consulates.", encoding="utf-8")
    digest = sha256(path.read_bytes()).hexdigest()
    analysis = build_analysis()
    same = replace(analysis, document=replace(analysis.document, sha256=digest))
    with pytest.raises(OptionsError, match="no PDF"):
        page_pictures(same, path, budget=5)


def test_page_that_cannot_be_drawn_is_left_out(tmp_path):
    """A damaged file costs its pictures and nothing else."""
    given = policy(tmp_path / "p.pdf")
    assert [one.page for one in draw(given, [1, 99, 2], kind="small")] == [1, 2]
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 nothing more")
    assert list(draw(tmp_path / "broken.pdf", [1], kind="small")) == []


def test_negative_budget_is_refused(tmp_path):
    """A size below nothing is a mistake to be told."""
    with pytest.raises(OptionsError, match="-1 MB"):
        gather({"page_pictures": -1}, folder=tmp_path)


def test_options_of_reports_may_stand_in_the_file(tmp_path):
    """A ministry names its template once; a wrong kind of value is told."""
    place = tmp_path / "aligner.toml"
    place.write_text('template = "house.docx"\npage_pictures = 20\n', encoding="utf-8")
    found = gather({}, folder=tmp_path)
    assert (found.template, found.page_pictures) == ("house.docx", 20)
    assert "template" not in dict(found.shown())
    place.write_text("page_pictures = true\n", encoding="utf-8")
    with pytest.raises(OptionsError, match="page_pictures"):
        gather({}, folder=tmp_path)


def test_command_takes_pictures_and_template(tmp_path):
    """`aligner export --page-pictures` and a budget that cannot be."""
    given = policy(tmp_path / "p.pdf")
    write_json(analysed(given), tmp_path / "a.json")
    command = [sys.executable, "-m", "aligner", "export", tmp_path / "a.json", "--to", "html"]
    more = ["-o", tmp_path / "out", "--policy", given, "--page-pictures"]
    done = subprocess.run([*command, *more, "5"], capture_output=True, text=True, check=True)
    page = Path(done.stdout.strip()).read_text(encoding="utf-8")
    assert sorted(data_of(page)["pictures"]) == ["1", "2"]
    assert subprocess.run([*command, *more, "-1"], capture_output=True, check=False).returncode == 4


# ---------------------------------------------------------------- bad places

WITHOUT_THE_POLICY = tuple(one for one in FORMATS if one != "pdf")


@pytest.mark.parametrize("kind", WITHOUT_THE_POLICY)
def test_report_that_is_open_elsewhere_gets_a_second_name(tmp_path, monkeypatch, kind):
    """Whatever the format: the open report stays, the new one stands beside it, a note says so."""
    options = Options(formats=(kind,))
    first = export(build_analysis(), options, folder=tmp_path).written
    before = {path: path.read_bytes() for path in first}
    held = Path.replace

    def replace_held(self, target):
        if target in before:
            raise PermissionError(13, "in use")
        return held(self, target)

    monkeypatch.setattr(Path, "replace", replace_held)
    outcome = export(build_analysis(), options, folder=tmp_path)
    assert [path.name for path in outcome.written] == [
        f"{path.stem} (2){path.suffix}" for path in first
    ]
    assert {note.code for _, note in outcome.notes} == {"report_renamed"}
    assert {path: path.read_bytes() for path in first} == before


@pytest.mark.parametrize("kind", WITHOUT_THE_POLICY)
def test_full_disk_leaves_the_old_report(tmp_path, monkeypatch, kind):
    """Whatever the format: a message with what to do, and the old report whole."""
    options = Options(formats=(kind,))
    first = export(build_analysis(), options, folder=tmp_path).written
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("aligner.report.output._flush_to_disk", full)
    with pytest.raises(OutputError, match="no room") as caught:
        export(build_analysis(), options, folder=tmp_path)
    assert "Free some space" in caught.value.hint
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert first
