"""`launchwatch key`."""

import os
import sys
from getpass import GetPassWarning
from pathlib import Path
from warnings import catch_warnings, simplefilter

import click

from launchwatch.basis.errors import InputError
from launchwatch.cli.common import JSON, print_json

_FOLDER = click.argument("folder", type=click.Path(file_okay=False, path_type=Path), metavar="NODE")


def passphrase(*, again: bool = False) -> str:
    """Return the passphrase from LAUNCHWATCH_PASSPHRASE, or ask for it without showing it."""
    given = os.environ.get("LAUNCHWATCH_PASSPHRASE")
    if given is not None:
        return given
    try:
        with catch_warnings():
            simplefilter("ignore", GetPassWarning)  # it would stand before the reason
            asked: str = click.prompt("passphrase", hide_input=True, confirmation_prompt=again, err=True)
    except click.Abort:
        if sys.stdin.isatty():
            raise
        raise InputError("no passphrase, and nobody to ask for it", try_="LAUNCHWATCH_PASSPHRASE") from None
    return asked


@click.group("key")
def command() -> None:
    """Make, trust and revoke the keys of officers, nodes and channels; each belongs to one realm."""


@command.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
@click.option("--role", type=click.Choice(["officer", "node", "partner", "channel"]), default="officer",
              show_default=True, help="What the key may sign: decisions, a node's messages, CAP.")  # fmt: skip
@click.option("--realm", type=click.Choice(["exercise", "live"]), default="exercise", show_default=True,
              help="Where it counts; the other realm refuses it.")  # fmt: skip
@click.option("--holder", required=True, metavar="NAME", help="The person or node that holds it.")
@click.option("--days", type=click.IntRange(1, 3660), default=365, show_default=True, help="How long it is valid.")
@JSON
def make(folder: Path, *, role: str, realm: str, holder: str, days: int, as_json: bool) -> None:
    """Make a key pair in DIR: ID.pem is the secret (encrypted), ID.json what others are to trust.

    The passphrase is asked for, or taken from LAUNCHWATCH_PASSPHRASE.
    """
    from launchwatch.run.clock import SystemClock
    from launchwatch.run.keys import make_key

    key = make_key(
        folder, role=role, realm=realm, holder=holder, now=SystemClock().now(),  # type: ignore[arg-type]
        passphrase=passphrase(again=True), days=days,
    )  # fmt: skip
    if as_json:
        print_json(key)
    else:
        click.echo(f"{key.id}: {key.role} of the {key.realm} realm, {key.holder}, until {key.expires_utc}")
        click.echo(f"secret: {folder / key.id}.pem; to be trusted: {folder / key.id}.json", err=True)


@command.command()
@_FOLDER
@click.argument("public", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="ID.json")
def trust(folder: Path, *, public: Path) -> None:
    """Let a node trust the key in ID.json, as `key make` wrote it."""
    from launchwatch.run.keys import read_public, trust_key

    key = read_public(public)
    trust_key(folder, key)
    click.echo(f"trusted: {key.id}, {key.role} of the {key.realm} realm, {key.holder}")


@command.command()
@_FOLDER
@click.argument("key", metavar="KEY")
@click.option("--reason", required=True, help="Why, such as: stolen.")
def revoke(folder: Path, *, key: str, reason: str) -> None:
    """Let a node trust a key no longer: nothing that it signed counts from now on. KEY is its id or holder."""
    from launchwatch.run.clock import SystemClock
    from launchwatch.run.keys import load_trust, revoke_key

    named = [one.id for one in load_trust(folder).keys if key in {one.id, one.holder}]
    if not named:
        raise InputError("no such key or holder", given=key, try_="`launchwatch key list`")
    for one in named:
        revoke_key(folder, one, reason, SystemClock().now())
        click.echo(f"revoked: {one}")


@command.command("list")
@_FOLDER
@JSON
def list_(folder: Path, *, as_json: bool) -> None:
    """Print whom a node trusts."""
    from launchwatch.run.keys import load_trust

    store = load_trust(folder)
    if as_json:
        print_json(store)
        return
    for one in store.keys:
        state = f"revoked: {one.revoked_reason}" if one.revoked_utc else f"until {one.expires_utc[:10]}"
        click.echo(f"{one.id}  {one.realm:8} {one.role:8} {one.holder}  {state}")
