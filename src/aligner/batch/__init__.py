"""Policies named on the command line become reports in a folder, and one comparison of them all.

Each report is written as soon as its policy is done, so that a run that is cut short loses only
what it had not begun.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from aligner.analyze import analyze_many
from aligner.errors import InputError, Missing, OptionsError, OutputError
from aligner.model import Analysis, Failure, Note
from aligner.options import FORMATS
from aligner.report.annotated import write_annotated
from aligner.report.brief import check_template, write_brief
from aligner.report.comparison import write_comparison
from aligner.report.html import write_comparison_page, write_html
from aligner.report.output import Written
from aligner.report.pages import page_pictures
from aligner.report.pictures import write_png, write_svg
from aligner.report.qdpx import write_qdpx
from aligner.report.rows import write_csv, write_parquet
from aligner.report.tables import write_json
from aligner.report.xlsx import write_xlsx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from aligner.options import Options
    from aligner.report.pages import Pictures

# A folder may have a dot in its name ("reports 2.1"); what follows is then no ending of a file.
_FOLDER_ENDING = re.compile(r"\.?[^a-z]*|.*\s.*", re.IGNORECASE)
DEFAULT_FOLDER = Path("reports")
# What is taken from a folder; a file that is named is read whatever its ending. Web pages and plain
# texts in a folder are mostly notes beside the policies.
_ENDINGS = (".pdf", ".docx", ".docm", ".odt")
_WRITERS: dict[str, Callable[[Analysis, Path], Written | tuple[Written, ...]]] = {
    "xlsx": write_xlsx,
    "docx": write_brief,
    "json": write_json,
    "csv": write_csv,
    "parquet": write_parquet,
    "qdpx": write_qdpx,
    "html": write_html,
    "png": write_png,
    "svg": write_svg,
}
# These reports have the format of a policy: a mark in their names keeps the two apart.
_MARKS = {"docx": ".brief", "pdf": ".annotated"}
_OURS = tuple(f"{mark}.{kind}" for kind, mark in _MARKS.items())


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run wrote, and what it could not read."""

    written: tuple[Path, ...]
    notes: tuple[tuple[str, Note], ...]
    failures: tuple[Failure, ...]
    analyses: int


def run(
    given: Sequence[Path],
    options: Options,
    *,
    output: Path | None = None,
    announce: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Analyses the policies and folders given and writes the reports.

    `output` is NAME.xlsx (or another format) for one policy, else a folder (made when missing).

    Raises:
        Missing: there is nothing to analyse.
        OptionsError: the template cannot be used.
        OutputError: a report cannot be written.
    """
    policies = find(given)
    if not policies:
        raise Missing(
            f"No policy was found in {', '.join(map(shown, given))}.",
            "Name a policy (PDF, Word, ODT, HTML, Markdown or text) or its folder.",
        )
    single = _single(output, policies)
    if options.template and ((single and single.suffix == ".docx") or "docx" in options.formats):
        check_template(Path(options.template))
    folder = single.parent if single else _made(output or DEFAULT_FOLDER)
    names = report_names(policies)
    written: list[Written] = []
    done: list[Analysis] = []
    failures: list[Failure] = []
    notes: list[tuple[str, Note]] = []
    for policy, outcome in zip(
        policies, analyze_many(policies, options, announce=announce), strict=True
    ):
        if isinstance(outcome, Failure):
            failures.append(outcome)
            continue
        analysis = _marked_if_repeated(outcome, done)
        done.append(analysis)
        announce(f"Writing the report of {policy.name}")
        targets = [single] if single else _targets(folder, names[policy], options.formats)
        for target in targets:
            written += _write(
                analysis, target, options, policy=policy, strict=bool(single), notes=notes
            )
    if len(policies) > 1 and done and "xlsx" in options.formats:
        written.append(write_comparison(done, folder / "comparison.xlsx", failures=failures))
    if len(policies) > 1 and done and "html" in options.formats:
        written.append(write_comparison_page(done, folder / "comparison.html", failures=failures))
    return Outcome(
        written=tuple(w.path for w in written),
        notes=(*_notes(done), *notes, *_renamed(written)),
        failures=tuple(failures),
        analyses=len(done),
    )


def export(
    analysis: Analysis, options: Options, *, folder: Path, policy: Path | None = None
) -> Outcome:
    """Writes reports of a stored analysis into the folder; `policy` is the PDF it was made of.

    Raises:
        OptionsError: an annotated PDF alone is wanted and no policy is named, or the template
            cannot be used.
        InputError: the policy is not the file that was analysed.
        OutputError: a report cannot be written.
    """
    name = report_names([Path(analysis.document.name)]).popitem()[1]
    notes: list[tuple[str, Note]] = []
    written: list[Written] = []
    strict = policy is not None or len(options.formats) == 1
    for target in _targets(_made(folder), name, options.formats):
        written += _write(analysis, target, options, policy=policy, strict=strict, notes=notes)
    return Outcome(tuple(w.path for w in written), (*notes, *_renamed(written)), (), 1)


def _targets(folder: Path, name: str, formats: Iterable[str]) -> list[Path]:
    return [folder / f"{name}{_MARKS.get(kind, '')}.{kind}" for kind in formats]


def _write(
    analysis: Analysis,
    target: Path,
    options: Options,
    *,
    policy: Path | None,
    strict: bool,
    notes: list[tuple[str, Note]],
) -> Sequence[Written]:
    """The report that the ending of `target` names; unless `strict`, a note where none can be."""
    if policy and policy.exists() and target.exists() and target.samefile(policy):
        raise OutputError(
            f"{shown(target)} is the policy itself, which stays as it is.",
            "Name another file or folder with -o.",
        )
    kind = target.suffix[1:].lower()
    if kind == "docx":
        template = Path(options.template) if options.template else None
        return [write_brief(analysis, target, template=template)]
    if kind == "html" and options.page_pictures:
        pictures = _pictures(analysis, options, policy=policy, strict=strict, notes=notes)
        return [write_html(analysis, target, pictures=pictures)]
    if kind != "pdf":
        written = _WRITERS[kind](analysis, target)
        return [written] if isinstance(written, Written) else written
    try:
        return [_write_pdf(analysis, target, policy=policy)]
    except (InputError, OptionsError) as error:
        if strict:
            raise
        note = Note("not_annotated", f"There is no annotated PDF. {error} {error.hint}".strip())
        notes.append((analysis.document.name, note))
        return []


def _pictures(
    analysis: Analysis,
    options: Options,
    *,
    policy: Path | None,
    strict: bool,
    notes: list[tuple[str, Note]],
) -> Pictures | None:
    """The pictures of the pages with evidence; unless `strict`, a note where there can be none."""
    try:
        return page_pictures(
            analysis, policy, budget=options.page_pictures, password=options.password
        )
    except (InputError, OptionsError) as error:
        if strict:
            raise
        told = f"The HTML report has no pictures of pages. {error} {error.hint}".strip()
        notes.append((analysis.document.name, Note("no_pictures", told)))
        return None


def _write_pdf(analysis: Analysis, target: Path, *, policy: Path | None) -> Written:
    if policy is None:
        raise OptionsError(
            "An annotated PDF needs the policy itself.",
            "Name the PDF that was analysed with --policy.",
        )
    return write_annotated(analysis, target, policy=policy)


def _renamed(written: Iterable[Written]) -> Iterator[tuple[str, Note]]:
    return ((str(w.path.name), w.note) for w in written if w.note)


def _notes(analyses: Iterable[Analysis]) -> Iterator[tuple[str, Note]]:
    """What went wrong in reading; what is true of every report stands in the reports alone."""
    return (
        (analysis.document.name, note)
        for analysis in analyses
        for note in analysis.notes
        if note.code != "paraphrase"
    )


def find(given: Iterable[Path]) -> list[Path]:
    """The policies given, and those in the folders given, in the order of their names.

    Links to folders are not followed: they may lead round in a circle.
    """
    out: dict[Path, None] = {}
    for path in given:
        for policy in _in_folder(path) if path.is_dir() else [path]:
            out.setdefault(policy)
    return list(out)


def _in_folder(folder: Path) -> list[Path]:
    found = []
    for here, _, files in os.walk(folder, followlinks=False):
        found += [
            Path(here, name)
            for name in files
            if name.lower().endswith(_ENDINGS) and not name.lower().endswith(_OURS)
        ]
    return sorted(found, key=os.fsencode)


def _single(output: Path | None, policies: Sequence[Path]) -> Path | None:
    """The one file that was asked for, or None for a folder."""
    if output is None or output.is_dir() or _FOLDER_ENDING.fullmatch(output.suffix):
        return None
    if output.suffix.lower() not in {f".{f}" for f in FORMATS}:
        raise OutputError(
            f"aligner writes no {output.suffix} files, so {shown(output)} cannot be made.",
            f"Name a file ending in {', '.join(f'.{f}' for f in FORMATS)}, or a folder.",
        )
    if len(policies) > 1:
        raise OutputError(
            f"{shown(output)} is one file, but there are {len(policies)} policies.",
            "Name a folder with -o: each policy gets a report of its own.",
        )
    return output


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"The folder {shown(folder)} cannot be made: {error.strerror}.",
            "Name a folder of your own with -o.",
        ) from error
    return folder


def report_names(policies: Sequence[Path]) -> dict[Path, str]:
    """A name for the reports of each policy: its own, with its folder where two are the same."""
    stems = {policy: _plain(policy.stem) for policy in policies}
    often = Counter(name.lower() for name in stems.values())
    out: dict[Path, str] = {}
    taken: set[str] = set()
    for policy, stem in stems.items():
        name = (
            stem if often[stem.lower()] == 1 else f"{_plain(policy.parent.name)}-{stem}".lstrip("-")
        )
        number, free = 2, name
        while free.lower() in taken:
            free, number = f"{name}-{number}", number + 1
        taken.add(free.lower())
        out[policy] = free
    return out


def _plain(name: str) -> str:
    """A name that every file system takes."""
    name = re.sub(r'[<>:"/\\|?*\x00-\x1f]', "_", os.fsencode(name).decode("utf-8", "replace"))
    return name.strip(" .")[:120] or "policy"


def shown(path: Path) -> str:
    """A path for a message, whatever bytes its name is made of."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _marked_if_repeated(analysis: Analysis, done: Iterable[Analysis]) -> Analysis:
    same = [a.document.name for a in done if a.document.sha256 == analysis.document.sha256]
    if not same:
        return analysis
    note = Note("duplicate", f"The same document as {same[0]}, byte for byte.")
    return replace(analysis, notes=(*analysis.notes, note))
