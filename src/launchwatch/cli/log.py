"""`launchwatch log`."""

from pathlib import Path

import click

from launchwatch.basis.errors import printable
from launchwatch.cli.common import JSON, print_json
from launchwatch.facts import KINDS

_LOG = click.argument("log", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group("log")
def command() -> None:
    """Verify and show an evidence log: append-only, each row hash-chained to the one before."""


@command.command()
@_LOG
@JSON
def verify(log: Path, *, as_json: bool) -> None:
    """Check every row's hash from the first to the head; a broken chain ends with status 1 and names the row."""
    from launchwatch.keep import EvidenceLog

    with EvidenceLog(log) as opened:
        verified = opened.verify()
    if as_json:
        print_json({"rows": verified.rows, "head": verified.head.hex(), "intact": True})
    else:
        click.echo(f"intact: {verified.rows} rows, head {verified.head.hex()}")


@command.command()
@_LOG
@click.option(
    "--kind",
    multiple=True,
    type=click.Choice(list(KINDS)),
    metavar="KIND",
    help="Only facts of this kind; may be given more than once.",
)
@JSON
def show(log: Path, *, kind: tuple[str, ...], as_json: bool) -> None:
    """Print the log's facts in order: one JSON object a line with --json, else a line each."""
    from launchwatch.keep import EvidenceLog

    with EvidenceLog(log) as opened:
        for row in opened.rows(*kind):
            body = row.body.decode()
            if as_json:
                click.echo(f'{{"seq":{row.seq},"kind":"{row.kind}","hash":"{row.hash.hex()}","fact":{body}}}')
            else:
                click.echo(printable(f"{row.seq:6} {row.kind:10} {row.hash.hex()[:12]} {body[:100]}"))
