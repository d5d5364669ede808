"""`launchwatch log`."""

import json
import sys
from pathlib import Path
from shutil import get_terminal_size
from typing import Any

import click

from launchwatch.basis.errors import BrokenChainError, InputError, printable
from launchwatch.basis.signatures import key_id
from launchwatch.cli.common import JSON, checked, print_json
from launchwatch.facts import KINDS


class _Log(click.Path):
    """A log's file that exists, or the URL of one, which stays as it is."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        is_url = str(value).startswith(("postgresql:", "postgres:", "sqlite:"))
        return value if is_url else super().convert(value, param, ctx)


_LOG = click.argument("log", type=_Log(exists=True, dir_okay=False, path_type=Path))
_KIND = click.option(
    "--kind", multiple=True, type=click.Choice(list(KINDS)), metavar="KIND",
    help="Only facts of this kind; may be given more than once.",
)  # fmt: skip


@click.group("log")
def command() -> None:
    """Verify, show, copy and export an evidence log: append-only, each row hash-chained to the one before.

    LOG is a file (SQLite) or postgresql://USER@HOST:PORT/DATABASE.
    """


def _parse_head(text: str) -> bytes:
    allowed = "64 hexadecimal digits, as `log verify` and index.json give them"
    try:
        head = bytes.fromhex(text)
    except ValueError:
        raise InputError("this is no head", given=text, allowed=allowed) from None
    if len(head) != 32:
        raise InputError("this is no head", given=text, allowed=allowed)
    return head


def load_keys(path: Path) -> dict[str, str]:
    """Return public keys (hexadecimal) by id: of a node's `trust.json`, or of lines, one key each.

    Of a `trust.json` those that can sign a head: not revoked, and Ed25519, which a channel's key is not.
    """
    allowed = "a trust.json, or lines of 64 hexadecimal digits, each an Ed25519 public key"
    try:
        text = path.read_text(encoding="utf-8")
        found = _trusted(text) if text.lstrip()[:1] == "{" else text.split()
        keys = {key_id(public): public for public in found if len(bytes.fromhex(public)) == 32}
    except (ValueError, LookupError, TypeError):
        raise InputError("these are no public keys", given=path.name, allowed=allowed) from None
    if not keys or len(keys) < len(set(found)):
        raise InputError("these are no public keys", given=path.name, allowed=allowed)
    return keys


def _trusted(text: str) -> list[str]:
    keys = [one for one in json.loads(text)["keys"] if one.get("revoked_utc") is None]
    return [one["public"] for one in keys if one.get("algorithm", "ed25519") == "ed25519"]


def _verified(opened: Any, head: bytes | None, keys: dict[str, str] | None) -> Any:
    """Verify a log; where heads are signed by a key that was not given, say that rather than that it is broken."""
    try:
        return opened.verify(head, keys)
    except BrokenChainError:
        others = {row.fact().key for row in opened.rows("head")} - set(keys or ())
        if not keys or not others:
            raise
    rows = opened.verify(head).rows  # a chain that is broken besides is told as that
    raise InputError(
        f"signed heads of this log are signed by another key than those given (its {rows} rows fit one another)",
        given=", ".join(sorted(keys)), allowed=", ".join(sorted(others)),
        try_="--keys trust.json of the node that wrote it; if that is what you gave, somebody else signed",
    )  # fmt: skip


@command.command()
@_LOG
@click.option(
    "--keys",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Public keys (trust.json, or hexadecimal, one a line): each signed head must be one's of them.",
)
@click.option("--head", metavar="HASH", callback=checked(_parse_head),
              help="A head kept from before: fails if the chain does not hold it.")  # fmt: skip
@click.option("--blobs", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="DIR",
              help="A node's folder blobs: what the log names must be there, and be what it was.")  # fmt: skip
@JSON
@click.pass_context
def verify(
    context: click.Context, log: Path | str, *, head: str | None, keys: Path | None, blobs: Path | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Check every row's hash from the first to the head; a broken chain ends with status 1 and names the row.

    Prints the number of rows and the head. Keep the head elsewhere: the chain alone cannot tell that its last rows
    were cut off, --head can, and so can --keys up to the last signed head. An empty log ends with status 1; runs
    that did not finish are named.
    """
    from launchwatch.keep import open_log
    from launchwatch.keep.backup import check_blobs

    with open_log(log) as opened:
        verified = _verified(
            opened, None if head is None else _parse_head(head), None if keys is None else load_keys(keys)
        )
        unfinished = opened.unfinished_runs()
        found = None if blobs is None else check_blobs(opened, blobs)
    signed = {} if keys is None else {"signatures": verified.signatures, "signed": verified.signed}
    kept = {} if found is None else {"blobs": found._asdict()}
    if as_json:
        print_json(
            {
                "rows": verified.rows, "head": verified.head.hex(), "intact": verified.rows > 0,
                "unfinished": unfinished, **signed, **kept,
            }
        )  # fmt: skip
    elif verified.rows:
        click.echo(f"intact: {verified.rows} rows, head {verified.head.hex()}")
        if keys is not None:
            click.echo(f"signed: up to row {verified.signed}, by {verified.signatures} signatures")
    for run in unfinished:
        click.echo(f"warning: the run {run} did not finish, or still goes on", err=True)
    if not verified.rows:
        click.echo("launchwatch: the log is empty: it was never written to, or all rows were removed", err=True)
    if found is not None:
        _tell_blobs(found, quiet=as_json)
    if not verified.rows or (found is not None and (found.missing or found.changed)):
        context.exit(1)


def _tell_blobs(found: Any, *, quiet: bool) -> None:
    if not quiet:
        click.echo(f"blobs: {found.whole} whole, {len(found.missing)} missing, {len(found.changed)} changed")
    for what, digests in (("missing", found.missing), ("changed or damaged", found.changed)):
        for digest in digests:
            click.echo(f"launchwatch: {digest} is {what}", err=True)


@command.command()
@_LOG
@_KIND
@click.option("--subject", metavar="ID", help="Only facts about this alert, event, or RUN/TRACK.")
@click.option("--full", is_flag=True, help="Print each fact whole; so does any output that is no terminal.")
@JSON
def show(log: Path | str, *, kind: tuple[str, ...], subject: str | None, full: bool, as_json: bool) -> None:
    """Print the log's facts in order: one JSON object a line with --json, else a line each.

    On a terminal a line is cut at its width, and ends with an ellipsis then.
    """
    from launchwatch.keep import open_log

    with open_log(log) as opened:
        for row in opened.rows(*kind, subject=subject):
            body = row.body.decode()
            if as_json:
                click.echo(f'{{"seq":{row.seq},"kind":"{row.kind}","hash":"{row.hash.hex()}","fact":{body}}}')
            else:
                line = printable(f"{row.seq:6} {row.kind:10} {row.hash.hex()[:12]} {body}")
                click.echo(line if full or not _is_terminal() else _cut(line))


def _is_terminal() -> bool:
    return sys.stdout.isatty()


def _cut(line: str) -> str:
    width = get_terminal_size((80, 24)).columns
    return line if len(line) <= width else line[: width - 1] + "\u2026"


@command.command()
@_LOG
@click.argument("to", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--blobs", type=click.Path(file_okay=False, path_type=Path), nargs=2, metavar="DIR TO",
              help="Also copy what the log names from a node's folder blobs into TO, each checked.")  # fmt: skip
@JSON
@click.pass_context
def backup(
    context: click.Context, log: Path | str, to: Path, *, blobs: tuple[Path, Path] | None, as_json: bool
) -> None:
    """Copy a log into a new FILE (SQLite) while it is written to, and check the copy from first row to head.

    FILE can take the log's place; what was appended after the copy began is not in it. A blob that is missing or
    changed ends with status 1; all others are copied.
    """
    from launchwatch.keep import open_log
    from launchwatch.keep.backup import back_up, copy_blobs

    copied, found = back_up(log, to), None
    if blobs is not None:
        with open_log(to) as opened:
            found = copy_blobs(opened, *blobs)
    kept = {} if found is None else {"blobs": found._asdict()}
    if as_json:
        print_json({"rows": copied.rows, "head": copied.head.hex(), "file": str(to), **kept})
    else:
        click.echo(f"{to}: {copied.rows} rows, head {copied.head.hex()}; verified")
    if found is not None:
        _tell_blobs(found, quiet=as_json)
        if found.missing or found.changed:
            context.exit(1)


@command.command()
@_LOG
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
@_KIND
@JSON
def export(log: Path | str, folder: Path, *, kind: tuple[str, ...], as_json: bool) -> None:
    """Write the log's facts as Parquet tables into DIR, one for each kind; files of the same name are replaced."""
    from launchwatch.keep import open_log
    from launchwatch.keep.tables import export_log

    with open_log(log) as opened:
        found = export_log(opened, folder, kind)
    if as_json:
        print_json({"folder": str(folder), "rows": found})
    else:
        for name, rows in found.items():
            click.echo(f"{folder / name}.parquet: {rows} rows")


@command.command()
@_LOG
def reindex(log: Path | str) -> None:
    """Make a log's index of ids and subjects anew from its facts, where `verify` found it wrong."""
    from launchwatch.keep import open_log

    with open_log(log, writable=True) as opened:
        opened.reindex()
        click.echo(f"{opened.name}: {opened.head.rows} rows indexed")
