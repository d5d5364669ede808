"""`launchwatch read`."""

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from launchwatch.basis.errors import InputError, printable
from launchwatch.cli.common import (
    EVIDENCE,
    LISTS,
    PRIVATE,
    PUBLISHED,
    escape_turning,
    print_json,
    print_plain,
    progress_bar,
    show_rejections,
    table_console,
)

if TYPE_CHECKING:
    from launchwatch.facts import Claim, Reading, Rejection
    from launchwatch.run.reading import ReadDocument

_FORMS = {"table": "--table", "json": "--json", "lines": "--json-lines", "csv": "--csv"}


@click.command("read")
@EVIDENCE
@LISTS
@PUBLISHED
@click.option("--table", "table", is_flag=True, help="Print tables for people: the default.")
@click.option("--json", "json", is_flag=True, help="Print JSON for programs.")
@click.option("--json-lines", "lines", is_flag=True,
              help="Print each report as a line of JSON as soon as it is read; nothing is kept.")  # fmt: skip
@click.option("--csv", "csv", is_flag=True, help="Print a spreadsheet: a row for each claim.")
@click.option("--html", "page", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Also write a page: each text with its claims marked, and who said what.")  # fmt: skip
@click.option("--text", "with_text", is_flag=True, help="Put each report's text, which spans count in, into JSON.")
@PRIVATE
@click.option("--model", metavar="NAME", help="Let a language model point at claims too (extra `llm`).")
@click.option("--endpoint", metavar="URL", envvar="LAUNCHWATCH_ENDPOINT",
              help="Where it answers: OpenAI-compatible, such as http://127.0.0.1:8080/v1. Its key is taken "
              "from the environment variable LAUNCHWATCH_API_KEY.")  # fmt: skip
@click.option("--answers", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
              help="Keep the model's answers here and use those kept; without --endpoint only those.")  # fmt: skip
@click.option("--timeout", type=click.FloatRange(1, 3600), default=180, show_default=True, metavar="SECONDS",
              help="How long the model's answer to a report may take.")  # fmt: skip
@click.pass_context
def command(
    context: click.Context, /, evidence: tuple[Path | str, ...], *, page: Path | None, **options: Any
) -> None:
    """Take claims from reports: EVIDENCE is files, folders of them, addresses, or `-` for standard input.

    A report is a text, an HTML page, a PDF, an item of an RSS or Atom feed, or JSON: an object, a list or lines
    of objects. Each claim has its value, unit, qualifier, hedge, speaker and the exact span in the text that it
    stands on.
    """
    if not evidence and not options["lists"]:
        raise click.UsageError("give EVIDENCE or --list FILE")
    form = _form({name: options.pop(name) for name in _FORMS}, with_text=options["with_text"])
    if page is not None:
        if form == "lines":
            raise click.UsageError("--json-lines keeps nothing that a page could be made of")
        check_page(page, evidence, options["lists"])
    if options["model"] is None:
        _check_no_model(context)
    options["model"] = _model(*(options.pop(name) for name in ("model", "endpoint", "answers", "timeout")))
    if form == "lines":
        context.exit(_status(*_print_lines(evidence, options)))
    from launchwatch.run.reading import read

    with progress_bar() as progress:
        reading = read(evidence, **options, progress=progress)
    show_rejections(reading.rejections)
    if form == "json":
        print_json(reading.document)
    elif form == "csv":
        _print_csv(reading.document)
    else:
        _print_tables(reading)
    if page is not None:
        _write_page(reading, page)
    context.exit(_status(len(reading.document["reports"]), len(reading.rejections)))


def _form(asked: dict[str, bool], *, with_text: bool) -> str:
    """Return what is to be printed; refuses two forms at once, and texts where none of them would stand."""
    forms = [name for name, given in asked.items() if given] or ["table"]
    if len(forms) > 1:
        raise click.UsageError(f"give one of {' and '.join(_FORMS[name] for name in forms)}")
    if with_text and forms[0] not in ("json", "lines"):
        raise click.UsageError("--text needs --json or --json-lines: the reports' texts stand in no table")
    return forms[0]


def check_page(page: Path, evidence: Iterable[Path | str], lists: Iterable[Path] = ()) -> None:
    """Refuse a page that would replace evidence, or stand in a folder that is not there."""
    from launchwatch.feeds.files import listed

    folder = page.absolute().parent
    if not folder.is_dir():
        raise click.UsageError(f"--html: there is no folder {printable(str(folder))}")
    if not page.exists() or _is_own_page(page):
        return
    named: list[Path | str] = [*evidence, *lists]
    for file in lists:
        with suppress(InputError):  # told when it is read
            named += listed(file)
    place = page.resolve()
    for name in named:
        if "://" in str(name) or str(name) == "-":
            continue
        one = Path(name).resolve()
        if one == place or (one.is_dir() and place.is_relative_to(one)):
            raise click.UsageError(f"--html: {printable(str(page))} is among the evidence, and would be replaced")


def _is_own_page(page: Path) -> bool:
    if not page.is_file():
        return False
    with page.open("rb") as handle:
        return b'<meta name="generator" content="launchwatch">' in handle.read(2000)


def _check_no_model(context: click.Context) -> None:
    """Refuse options on the command line that mean nothing without a model."""
    for name in ("endpoint", "timeout"):
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--{name} needs --model NAME, the model to ask")


def _model(name: str | None, endpoint: str | None, answers: Path | None, timeout_s: float) -> Any:
    """Return the model to ask, if any; refuses kept answers of no model."""
    if name is None:
        if answers is not None:
            raise click.UsageError("--answers needs --model NAME, whose answers they are")
        return None
    from launchwatch.run.asking import new_model

    key = os.environ.get("LAUNCHWATCH_API_KEY") or None
    return new_model(name, endpoint=endpoint, key=key, answers=answers, timeout_s=timeout_s)


def _status(reports: int, refused: int) -> int:
    from launchwatch.cli.main import DONE, NOTHING_USABLE, PARTLY_REFUSED

    return NOTHING_USABLE if not reports else PARTLY_REFUSED if refused else DONE


def _print_lines(evidence: Iterable[Path | str], options: dict[str, Any]) -> tuple[int, int]:
    """Print reports line by line; return how many there were, and how many were refused."""
    import msgspec

    from launchwatch.facts import Rejection
    from launchwatch.run.reading import read_each

    reports, refused = 0, 0
    for one in read_each(evidence, **options):
        if isinstance(one, Rejection):
            refused += 1
            _show_some(one, refused)
        else:
            reports += 1
            click.echo(escape_turning(msgspec.json.encode(one).decode()))
    if refused > 20:
        click.echo(f"refused: {refused} in all", err=True)
    return reports, refused


def _show_some(rejection: "Rejection", number: int) -> None:
    if number <= 20:
        show_rejections([rejection])


def _print_csv(document: dict[str, Any]) -> None:
    from launchwatch.tell.sheet import claims_csv

    click.echo(claims_csv(document["reports"]), nl=False)


def _write_page(reading: Any, file: Path) -> None:
    from launchwatch.channels.files import write_file
    from launchwatch.run.reading import reading_page

    write_file(file, reading_page(reading))
    click.echo(f"page: {printable(str(file))}", err=True)


def _print_tables(reading: "ReadDocument") -> None:
    from launchwatch.cli.who_said import print_context, print_left, print_who_said

    console = table_console(width=160)
    for row, (_, read) in zip(reading.document["reports"], reading.read, strict=True):
        _print_claims(console, row, read)
        print_context(console, row)
    names = {row["report"]: row["id"] for row in reading.document["reports"]}
    print_who_said(console, reading.launches, names)
    print_left(names, reading.left)


def _print_claims(console: Any, row: dict[str, Any], read: "Reading") -> None:
    """Print a report's claims as a table, where rules and model differ, and its notes; a line without claims.

    A column that says the same of all claims (about this launch, without a hedge) is left out.
    """
    from rich.table import Table
    from rich.text import Text

    from launchwatch.tell.matters import say_disagreement, say_name, say_told

    language, published = row["language"] or "language not told", row["published"]
    heading = (
        f"{row['id']} ({language}, {f'published {published}' if published else 'date of publication unknown'})"
    )
    if not read.claims:
        print_plain(f"{heading}: {'; '.join(read.notes) or 'no claim was found'}")
        return
    print_plain(heading)
    columns: list[tuple[str, Callable[[Claim], str]]] = [
        ("about", lambda claim: claim.about),
        ("attribute", lambda claim: claim.attribute),
        ("value", say_told),
        ("speaker", lambda claim: say_name(claim.source)),
        ("hedge", lambda claim: claim.hedge or ""),
        ("quote", lambda claim: claim.quote),
        ("found by", lambda claim: ", ".join(claim.found_by)),
    ]
    left_out = {
        "about": all(claim.about == "main" for claim in read.claims),
        "hedge": not any(claim.hedge for claim in read.claims),
        "found by": "model" not in row,
    }
    shown = [(name, say) for name, say in columns if not left_out.get(name)]
    table = Table()
    for name, _ in shown:
        table.add_column(name, no_wrap=name in ("about", "attribute"), min_width=_LEAST_WIDTH.get(name))
    for claim in read.claims:
        table.add_row(*(Text(printable(say(claim))) for _, say in shown))
    console.print(table)
    for differs in row.get("disagreements", ()):
        quote, rules, model = say_disagreement(differs, read.claims)
        print_plain(f"  rules and model disagree on “{quote}”: the rules read {rules}; the model {model}")
    for note in read.notes[:_MOST_NOTES]:
        print_plain(f"  note: {note}")
    if len(read.notes) > _MOST_NOTES:
        print_plain(f"  {len(read.notes) - _MOST_NOTES} more notes; --json shows them all")


_LEAST_WIDTH = {"value": 7, "speaker": 8, "hedge": 9, "quote": 8, "found by": 6}
"""Characters a column keeps in a terminal of 80: a longer cell breaks between words, hardly ever within them."""

_MOST_NOTES = 5
