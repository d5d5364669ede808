"""`launchwatch read`."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from launchwatch.basis.errors import printable
from launchwatch.cli.common import (
    EVIDENCE,
    LISTS,
    PRIVATE,
    PUBLISHED,
    escape_turning,
    print_json,
    progress_bar,
    show_rejections,
    table_console,
)

if TYPE_CHECKING:
    from launchwatch.facts import Rejection
    from launchwatch.run.launches import Launch

_COLUMNS = ("about", "attribute", "value", "speaker", "hedge", "quote")


@click.command("read")
@EVIDENCE
@LISTS
@PUBLISHED
@click.option("--table", "form", flag_value="table", default="table", help="Print tables for people: the default.")
@click.option("--json", "form", flag_value="json", help="Print JSON for programs.")
@click.option("--json-lines", "form", flag_value="lines",
              help="Print each report as a line of JSON as soon as it is read; nothing is kept.")  # fmt: skip
@click.option("--csv", "form", flag_value="csv", help="Print a spreadsheet: a row for each claim.")
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
    context: click.Context, /, evidence: tuple[Path | str, ...], *, form: str, page: Path | None, **options: Any
) -> None:
    """Take claims from reports: EVIDENCE is files, folders of them, addresses, or `-` for standard input.

    A report is a text, an HTML page, a PDF, an item of an RSS or Atom feed, or JSON: an object, a list or lines
    of objects. Each claim has its value, unit, qualifier, hedge, speaker and the exact span in the text that it
    stands on.
    """
    if not evidence and not options["lists"]:
        raise click.UsageError("give EVIDENCE or --list FILE")
    options["model"] = _model(*(options.pop(name) for name in ("model", "endpoint", "answers", "timeout")))
    if form == "lines":
        if page is not None:
            raise click.UsageError("--json-lines keeps nothing that a page could be made of")
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
        _print_table(reading.document, reading.launches)
    if page is not None:
        _write_page(reading, page)
    context.exit(_status(len(reading.document["reports"]), len(reading.rejections)))


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


def _print_table(document: dict[str, list[dict[str, Any]]], launches: "list[Launch]") -> None:
    from rich.table import Table
    from rich.text import Text

    from launchwatch.cli.who_said import print_context, print_who_said

    console = table_console(width=160)
    for report in document["reports"]:
        dated = f"{report['language']}, published {report['published'] or 'unknown'}"
        table = Table(title=Text(printable(f"{report['id']} ({dated})")))
        asked = ("found by",) if "model" in report else ()
        for name in (*_COLUMNS, *asked):
            table.add_column(name)
        for claim in report["claims"]:
            value = f"{claim['value']}" + (f" ({claim['qualifier']})" if claim["qualifier"] else "")
            cells = (
                claim["about"], claim["attribute"], value, claim["source"], claim["hedge"] or "", claim["quote"],
                *((", ".join(claim["found_by"]),) if asked else ()),
            )  # fmt: skip
            table.add_row(*(Text(printable(cell)) for cell in cells))
        console.print(table)
        print_context(console, report)
    print_who_said(console, launches)
