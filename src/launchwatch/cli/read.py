"""`launchwatch read`."""

import os
from pathlib import Path

import click

from launchwatch.basis.errors import printable
from launchwatch.cli.common import EVIDENCE, JSON, PUBLISHED, progress_bar, show_rejections, table_console


@click.command("read")
@EVIDENCE
@PUBLISHED
@JSON
@click.option("--model", metavar="NAME", help="Let a language model point at claims too.")
@click.option(
    "--endpoint",
    metavar="URL",
    envvar="LAUNCHWATCH_ENDPOINT",
    help="Where the model answers: OpenAI-compatible, such as http://127.0.0.1:8080/v1. Its key is taken from the "
    "environment variable LAUNCHWATCH_API_KEY.",
)
@click.option(
    "--answers",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Keep the model's answers here and use those that are kept; without --endpoint only those.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(1, 3600),
    default=180,
    show_default=True,
    metavar="SECONDS",
    help="How long a report's answer may take.",
)
@click.pass_context
def command(
    context: click.Context,
    evidence: tuple[Path, ...],
    *,
    published: str | None,
    as_json: bool,
    model: str | None,
    endpoint: str | None,
    answers: Path | None,
    timeout: float,
) -> None:
    """Take claims from reports: EVIDENCE is text or JSON files, folders of them, or `-` for standard input.

    Each claim has its value, unit, qualifier, hedge, speaker and the exact span in the text that it stands on.
    """
    from launchwatch.cli.common import print_json
    from launchwatch.cli.main import DONE, NOTHING_USABLE, PARTLY_REFUSED
    from launchwatch.run.asking import new_model
    from launchwatch.run.commands import read

    key = os.environ.get("LAUNCHWATCH_API_KEY") or None
    asked = None
    if model is not None:
        asked = new_model(model, endpoint=endpoint, key=key, answers=answers, timeout_s=timeout)
    elif answers is not None:
        raise click.UsageError("--answers needs --model NAME, whose answers they are")
    with progress_bar() as progress:
        reading = read(evidence, published=published, model=asked, progress=progress)
    show_rejections(reading.rejections)
    if as_json:
        print_json(reading.document)
    else:
        _print_table(reading.document)
    if not reading.document["reports"]:
        context.exit(NOTHING_USABLE)
    context.exit(PARTLY_REFUSED if reading.rejections else DONE)


def _print_table(document: dict[str, list[dict[str, object]]]) -> None:
    from rich.table import Table
    from rich.text import Text

    console = table_console(width=160)
    for report in document["reports"]:
        dated = f"{report['language']}, published {report['published'] or 'unknown'}"
        table = Table(title=Text(printable(f"{report['id']} ({dated})")))
        asked = ("found by",) if "model" in report else ()
        for name in ("about", "attribute", "value", "speaker", "hedge", "quote", *asked):
            table.add_column(name)
        for claim in report["claims"]:  # type: ignore[attr-defined]
            value = f"{claim['value']}" + (f" ({claim['qualifier']})" if claim["qualifier"] else "")
            cells = (
                claim["about"], claim["attribute"], value, claim["source"], claim["hedge"] or "", claim["quote"],
                *((", ".join(claim["found_by"]),) if asked else ()),
            )  # fmt: skip
            table.add_row(*(Text(printable(cell)) for cell in cells))
        console.print(table)
