"""`launchwatch read`."""

from pathlib import Path

import click

from launchwatch.basis.errors import printable
from launchwatch.cli.common import EVIDENCE, JSON, PUBLISHED, progress_bar, show_rejections, table_console


@click.command("read")
@EVIDENCE
@PUBLISHED
@JSON
@click.pass_context
def command(context: click.Context, evidence: tuple[Path, ...], *, published: str | None, as_json: bool) -> None:
    """Take claims from reports: EVIDENCE is text or JSON files, folders of them, or `-` for standard input.

    Each claim has its value, unit, qualifier, hedge, speaker and the exact span in the text that it stands on.
    """
    from launchwatch.cli.common import print_json
    from launchwatch.cli.main import DONE, NOTHING_USABLE, PARTLY_REFUSED
    from launchwatch.run.commands import read

    with progress_bar() as progress:
        reading = read(evidence, published=published, progress=progress)
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
        for name in ("about", "attribute", "value", "speaker", "hedge", "quote"):
            table.add_column(name)
        for claim in report["claims"]:  # type: ignore[attr-defined]
            value = f"{claim['value']}" + (f" ({claim['qualifier']})" if claim["qualifier"] else "")
            cells = (
                claim["about"], claim["attribute"], value, claim["source"], claim["hedge"] or "", claim["quote"]
            )  # fmt: skip
            table.add_row(*(Text(printable(cell)) for cell in cells))
        console.print(table)
