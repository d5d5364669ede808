"""`launchwatch log`."""

from pathlib import Path

import click

from launchwatch.basis.errors import InputError, printable
from launchwatch.cli.common import JSON, checked, print_json
from launchwatch.facts import KINDS

_LOG = click.argument("log", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group("log")
def command() -> None:
    """Verify and show an evidence log: append-only, each row hash-chained to the one before."""


def _parse_head(text: str) -> bytes:
    allowed = "64 hexadecimal digits, as `log verify` and index.json give them"
    try:
        head = bytes.fromhex(text)
    except ValueError:
        raise InputError("this is no head", given=text, allowed=allowed) from None
    if len(head) != 32:
        raise InputError("this is no head", given=text, allowed=allowed)
    return head


@command.command()
@_LOG
@click.option("--head", metavar="HASH", callback=checked(_parse_head),
              help="A head kept from before: fails if the chain does not hold it.")  # fmt: skip
@JSON
@click.pass_context
def verify(context: click.Context, log: Path, *, head: str | None, as_json: bool) -> None:
    """Check every row's hash from the first to the head; a broken chain ends with status 1 and names the row.

    Prints the number of rows and the head. Keep the head elsewhere: the chain alone cannot tell that its last rows
    were cut off, --head can. An empty log ends with status 1; runs that did not finish are named.
    """
    from launchwatch.keep import EvidenceLog

    with EvidenceLog(log) as opened:
        verified = opened.verify(None if head is None else _parse_head(head))
        unfinished = opened.unfinished_runs()
    if as_json:
        print_json(
            {
                "rows": verified.rows, "head": verified.head.hex(), "intact": verified.rows > 0,
                "unfinished": unfinished,
            }
        )  # fmt: skip
    elif verified.rows:
        click.echo(f"intact: {verified.rows} rows, head {verified.head.hex()}")
    for run in unfinished:
        click.echo(f"warning: the run {run} did not finish", err=True)
    if not verified.rows:
        click.echo("launchwatch: the log is empty: it was never written to, or all rows were removed", err=True)
        context.exit(1)


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
