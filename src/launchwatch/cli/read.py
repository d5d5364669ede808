"""`launchwatch read`."""

from pathlib import Path

import click

from launchwatch.cli.common import EVIDENCE, JSON, PUBLISHED, progress_bar, show_rejections


@click.command("read")
@EVIDENCE
@PUBLISHED
@JSON
@click.pass_context
def command(context: click.Context, evidence: tuple[Path, ...], *, published: str | None, as_json: bool) -> None:
    """Take claims from reports: EVIDENCE is text or JSON files, or folders of them.

    Each claim has its value, unit, qualifier, hedge, speaker and the exact span in the text that it stands on.
    """
    from launchwatch.cli.common import print_json
    from launchwatch.run.commands import read

    with progress_bar() as progress:
        reading = read(evidence, published=published, progress=progress)
    show_rejections(reading.rejections)
    if as_json:
        print_json(reading.document)
    else:
        _print_table(reading.document)
    context.exit(3 if reading.rejections else 0)


def _print_table(document: dict[str, list[dict[str, object]]]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(width=None if Console().is_terminal else 160)
    for report in document["reports"]:
        table = Table(title=f"{report['id']} ({report['language']}, published {report['published'] or 'unknown'})")
        for name in ("about", "attribute", "value", "speaker", "hedge", "quote"):
            table.add_column(name)
        for claim in report["claims"]:  # type: ignore[attr-defined]
            value = f"{claim['value']}" + (f" ({claim['qualifier']})" if claim["qualifier"] else "")
            table.add_row(
                claim["about"], claim["attribute"], value, claim["source"], claim["hedge"] or "", claim["quote"]
            )
        console.print(table)
