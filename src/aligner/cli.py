"""The commands of aligner: what they take, what they print, how they end. No logic lives here.

Heavy modules are imported inside the commands, so that `aligner --help` starts at once.
"""

from __future__ import annotations

import gc
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aligner import __version__
from aligner.errors import AlignerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from aligner.model import Evaluation, Fault
    from aligner.options import Options

app = typer.Typer(
    name="aligner",
    help="Which actions of the Global Compact does a policy address, and where are the gaps?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
framework_app = typer.Typer(help="The lists of objectives and actions.", no_args_is_help=True)
rules_app = typer.Typer(help="The keyword rules.", no_args_is_help=True)
app.add_typer(framework_app, name="framework")
app.add_typer(rules_app, name="rules")

Frame = Annotated[
    str | None,
    typer.Option("--framework", "-f", help="A framework's name, or a file with a list of actions."),
]
Password = Annotated[
    str | None, typer.Option(envvar="ALIGNER_PASSWORD", help="Password of a protected policy.")
]

_FORMATS_HELP = "Reports to write: xlsx,html,docx,pdf,json,csv,parquet,qdpx,png,svg, or all.{usual}"

Pictures = Annotated[
    int | None,
    typer.Option(
        "--page-pictures",
        metavar="MB",
        help="Put pictures of the pages with evidence into the HTML, at most so many megabytes.",
    ),
]
Template = Annotated[
    Path | None, typer.Option(help="A Word document (.docx) of your own for the brief.")
]
Ocr = Annotated[
    str | None,
    typer.Option(help="Reading of scanned pages: auto, off, rapidocr or tesseract."),
]


def _version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it with the option's value
    if wanted:
        typer.echo(f"aligner {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show where in the program an error arose.")
    ] = False,
) -> None:
    """Which actions of the Global Compact does a policy address, and where are the gaps?"""


@app.command()
def analyze(
    policies: Annotated[
        list[Path],
        typer.Argument(help="Policies (PDF, Word, ODT, HTML, Markdown, text), or folders of them."),
    ],
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="NAME.xlsx (or another format), or a folder. Default: reports/."
        ),
    ] = None,
    formats: Annotated[
        str | None,
        typer.Option("--format", help=_FORMATS_HELP.format(usual=" Default: xlsx,json.")),
    ] = None,
    frame: Frame = None,
    password: Password = None,
    ocr: Ocr = None,
    template: Template = None,
    pictures: Pictures = None,
) -> None:
    """Hold policies against the framework and write a coverage matrix and gap report of each.

    Several policies, or a folder, also give one comparison of all. A policy that cannot be read
    never stops the others: it is listed at the end (exit code 1).
    """
    from aligner import batch

    options = _options(
        framework=frame,
        formats=formats,
        password=password,
        ocr=ocr,
        template=str(template) if template else None,
        page_pictures=pictures,
    )
    with _progress() as announce:
        outcome = batch.run(policies, options, output=output, announce=announce)
    for name, note in outcome.notes:
        where = f", page {note.page}" if note.page else ""
        typer.echo(f"{name}{where}: {note.message}", err=True)
    for failure in outcome.failures:
        typer.echo(f"Not analysed: {failure.message}\n  {failure.hint}", err=True)
    for path in outcome.written:
        typer.echo(str(path))
    if outcome.failures:
        alone = not outcome.analyses and len(outcome.failures) == 1
        raise typer.Exit(outcome.failures[0].exit_code if alone else 1)


@app.command()
def export(
    analysis: Annotated[Path, typer.Argument(help="The JSON of an analysis that aligner wrote.")],
    *,
    to: Annotated[str, typer.Option(help=_FORMATS_HELP.format(usual=""))],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="A folder, made when it is missing.")
    ] = Path("reports"),
    policy: Annotated[
        Path | None,
        typer.Option(help="The PDF that was analysed, for the annotated PDF and page pictures."),
    ] = None,
    password: Password = None,
    template: Template = None,
    pictures: Pictures = None,
) -> None:
    """Write reports of a stored analysis, without reading the policy again."""
    from aligner import batch
    from aligner.report.tables import read_json

    options = _options(
        formats=to,
        password=password,
        template=str(template) if template else None,
        page_pictures=pictures,
    )
    outcome = batch.export(read_json(analysis), options, folder=output, policy=policy)
    for name, note in outcome.notes:
        typer.echo(f"{name}: {note.message}", err=True)
    for path in outcome.written:
        typer.echo(str(path))


@app.command()
def score(*, frame: Frame = None) -> None:
    """Score texts: a line {"id", "text"} on standard input gives a line of scores."""
    from aligner.analyze import score_lines

    options = _options(framework=frame)
    with _progress() as announce:
        lines = list(score_lines(_standard_input(), options, announce=announce))
    for line in lines:
        typer.echo(line)


@app.command()
def explain(
    policy: Annotated[
        Path, typer.Argument(help="A policy (PDF, Word, …), or the JSON of its analysis.")
    ],
    *,
    action: Annotated[
        str | None, typer.Option(help="An action, say 5.b: why, and why not.")
    ] = None,
    page: Annotated[int | None, typer.Option(help="A page: what was understood and found.")] = None,
    frame: Frame = None,
    password: Password = None,
    ocr: Ocr = None,
) -> None:
    """Say why an action is covered or a gap, or what was found on a page."""
    from aligner.analyze import analysis_of
    from aligner.explain import explain_action, explain_page

    if (action is None) == (page is None):
        raise typer.BadParameter("Give either --action or --page.")
    options = _options(framework=frame, password=password, ocr=ocr)
    with _progress() as announce:
        analysis = analysis_of(policy, options, announce=announce)
    told = explain_action(analysis, action) if action else explain_page(analysis, page or 0)
    typer.echo(told)


@app.command()
def evaluate(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="LABELS [POLICY]",
            help="A labelled policy (JSON, docs/evaluate.md), then the policy or the JSON of its "
            "analysis; more such pairs give the mean as well.",
        ),
    ],
    *,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="NAME.xlsx, .json or .txt. Default: print it."),
    ] = None,
    form: Annotated[
        str | None,
        typer.Option("--format", help="text, json or xlsx. xlsx is evaluation.xlsx here."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    frame: Frame = None,
    password: Password = None,
    ocr: Ocr = None,
) -> None:
    """Score analyses against labels of your own; without a policy the labelled text is read."""
    from aligner import evaluate as scoring
    from aligner.analyze import analysis_of, analysis_of_document
    from aligner.ingest import display_name
    from aligner.report import evaluation as report

    wanted = report.form_of(form or ("json" if as_json else None), output)
    options = _options(framework=frame, password=password, ocr=ocr)
    given = [(labels, scoring.read_labels(labels), by) for labels, by in scoring.pair_up(files)]
    with _progress() as announce:
        evaluation = scoring.evaluate_all(
            [
                (
                    ", ".join(display_name(one) for one in (labels, policy) if one),
                    units,
                    analysis_of(policy, options, announce=announce)
                    if policy
                    else analysis_of_document(
                        scoring.read_document(labels), options, announce=announce
                    ),
                )
                for labels, units, policy in given
            ]
        )
    _tell_evaluation(evaluation, wanted, output)


def _tell_evaluation(evaluation: Evaluation, wanted: str, output: Path | None) -> None:
    """Prints the evaluation, or writes it and prints where; text has its notes within."""
    from aligner.report import evaluation as report

    printed = output is None and wanted != "xlsx"
    if not printed or wanted != "text":
        for one in evaluation.policies:
            for note in one.notes:
                typer.echo(f"{one.name}: {note.message}", err=True)
    if printed:
        typer.echo(report.rendered(evaluation, wanted))
        return
    from aligner.report.evaluation_sheets import write_evaluation

    written = write_evaluation(evaluation, output or Path("evaluation.xlsx"), form=wanted)
    if written.note:
        typer.echo(written.note.message, err=True)
    typer.echo(str(written.path))


@app.command()
def show(
    policy: Annotated[Path, typer.Argument(help="A policy as PDF.")],
    *,
    page: Annotated[int, typer.Option(help="The page to draw.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="NAME.png. Default: POLICY-p12.png here.")
    ] = None,
    password: Password = None,
    ocr: Ocr = None,
) -> None:
    """Draw a page as it was understood: segments outlined by kind, with their ids."""
    from aligner.show import show as draw

    options = _options(password=password, ocr=ocr)
    target = output or Path(f"{policy.stem}-p{page}.png")
    with _progress() as announce:
        written = draw(policy, options, page=page, output=target, announce=announce)
    if written.note:
        typer.echo(written.note.message, err=True)
    typer.echo(str(written.path))


@framework_app.command("list")
def framework_list() -> None:
    """The frameworks that come with aligner."""
    from aligner import framework

    for name in framework.names():
        frame = framework.load(name)
        size = f"{len(frame.objectives)} objectives, {len(frame.actions)} actions"
        typer.echo(f"{name:14s} {frame.title} ({size})")


@framework_app.command("show")
def framework_show(name: Annotated[str, typer.Argument(help="A name or a file.")] = "gcm") -> None:
    """The objectives and actions of a framework; † marks wording that is not official."""
    from aligner import framework

    frame = framework.load(name)
    typer.echo(f"{frame.title}, version {frame.version} ({frame.sha256[:12]})")
    for objective in frame.objectives:
        mark = " †" if objective.paraphrase else ""
        typer.echo(f"\n{objective.id}. {objective.title}{mark}")
        for action in frame.actions:
            if action.objective == objective.id:
                typer.echo(f"  {action.id}{' †' if action.paraphrase else ''} {action.text}")
    if any(action.paraphrase for action in frame.actions):
        typer.echo("\n† in aligner's own words, not the official text")


@framework_app.command("check")
def framework_check(
    file: Annotated[str, typer.Argument(help="A list of actions, or a name.")],
) -> None:
    """Every fault of a list of actions, with the line or row it stands on."""
    from aligner import framework

    _show_faults(framework.check(file), sound=f"No fault was found in {file}.")


@framework_app.command("example")
def framework_example(
    wording: Annotated[str, typer.Argument(help="A known wording, as the reasons name it.")],
    *,
    frame: Frame = None,
) -> None:
    """The words of an example passage that a reason names ("plain-wide_05-07:540"), and why."""
    from aligner import framework

    one = framework.example(framework.load(frame or "gcm"), wording)
    typer.echo(one.text)
    labels = ", ".join(f"{action} ({strength})" for action, strength in one.labels)
    typer.echo(f"Evidence for: {labels or 'no action'}")


@rules_app.command("check")
def rules_check(
    *,
    frame: Frame = None,
    confusion: Annotated[
        bool, typer.Option("--confusion", help="Try every rule on the exemplars of all actions.")
    ] = False,
) -> None:
    """Test every rule, cue and principle on its own examples: what must match and what not."""
    from aligner import framework
    from aligner.match import principles, rules, trial

    loaded = framework.load(frame or "gcm")
    if confusion:
        typer.echo(trial.as_text(trial.try_rules(loaded)))
    counts = f"{len(loaded.rules)} rules, {len(loaded.cues)} cues and {len(loaded.principles)}"
    faults = (*rules.check(loaded), *principles.check(loaded))
    _show_faults(faults, sound=f"{counts} principles match what they should.")


def _show_faults(faults: Sequence[Fault], *, sound: str) -> None:
    for fault in faults:
        typer.echo(f"{fault.file}:{fault.line}: {fault.message}")
    if faults:
        raise typer.Exit(4)
    typer.echo(sound)


def _options(**given: object) -> Options:
    """The options; `formats` may be a text with commas."""
    from aligner.options import gather

    formats = given.get("formats")
    if isinstance(formats, str):
        given["formats"] = tuple(f.strip().lower() for f in formats.split(",") if f.strip())
    return gather(given)


def _standard_input() -> Iterator[str]:
    for line in sys.stdin.buffer:
        yield line.decode("utf-8", "replace")


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """Shows on standard error what is being done, when somebody watches."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    with console.status("Starting") as status:
        yield lambda text: status.update(text.replace("[", "\\["))


def main() -> None:
    """Runs a command and ends with the exit code that errors.py gives."""
    # A policy makes a million small objects and no garbage: looking for it takes a sixth of the
    # run.
    gc.set_threshold(1_000_000)
    try:
        app()
    except AlignerError as error:
        if {"-v", "--verbose"} & set(sys.argv[1:2]):
            raise
        typer.echo(f"{error}\n  {error.hint}" if error.hint else str(error), err=True)
        raise SystemExit(error.exit_code) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
