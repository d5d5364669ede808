"""`launchwatch node`: a node made, paired, run, looked at."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from launchwatch.basis.errors import printable
from launchwatch.cli.common import print_wrapped
from launchwatch.cli.officer import COMMANDS

_FOLDER = click.argument("folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
_EXISTING = click.Path(exists=True, file_okay=False, path_type=Path)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


@click.group("node")
def command() -> None:
    """Run a node: its own sensors, log, keys and broker; partners; alerts.

    A folder holds one node. `init` makes it, `pair` makes two nodes partners, `renew` makes its certificate anew,
    `run` runs all its processes until SIGINT or SIGTERM, `show` and `status` read its log and start nothing.
    """


@command.command("init", short_help="Make a node in a folder.")
@_FOLDER
@click.option("--name", required=True, help="The node's name: 1 to 16 capital letters and digits, such as KR.")
@click.option(
    "--protects",
    multiple=True,
    metavar="STATE",
    help="A state whose territory is warned for, such as JPN. Repeatable.",
)
@click.option("--realm", type=click.Choice(["exercise", "live"]), default="exercise", show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address at which partners reach the broker.")
@click.option("--port", type=click.IntRange(0, 65_535), default=0, help="Port of the broker; default: a free one.")
def init(folder: Path, *, name: str, protects: tuple[str, ...], realm: Any, host: str, port: int) -> None:
    """Make a node in DIR: `node.toml`, keys, the broker's certificate."""
    from launchwatch.run.clock import SystemClock
    from launchwatch.run.pairing import init_node

    made = init_node(folder, name, SystemClock(), protects=protects, realm=realm, host=host, port=port)
    click.echo(f"node {made.name} ({made.realm}) in {folder}; its broker will listen at {made.host}:{made.port}")


@command.command("pair", short_help="Make two nodes partners.")
@click.argument("first", type=_EXISTING, metavar="DIR")
@click.argument("second", type=_EXISTING, metavar="DIR")
def pair(first: Path, second: Path) -> None:
    """Make the nodes in two folders partners: each learns the other's public key, certificate and address.

    Both folders must be at hand; no private key is copied. In an exercise each shows the other its sensors, plots,
    tracks and steps; of live nodes the views are written into `node.toml` by hand.
    """
    from launchwatch.run.clock import SystemClock
    from launchwatch.run.pairing import pair_nodes

    a, b = pair_nodes(first, second, SystemClock())
    click.echo(f"{a.name} and {b.name} are partners; nodes that run must be started again")


@command.command("renew", short_help="Make a node's certificate anew.")
@_FOLDER
def renew(folder: Path) -> None:
    """Make the certificate of the node in DIR anew, and its keys where they end within 30 days.

    Partners pinned the old ones: `pair` the node with each of them again, and start all of them again.
    """
    from launchwatch.run.clock import SystemClock
    from launchwatch.run.node_settings import load_node_settings
    from launchwatch.run.pairing import renew_node

    for name, end in renew_node(folder, SystemClock()).items():
        click.echo(f"{name}: until {end[:16]}Z")
    partners = load_node_settings(folder).partners
    if partners:
        again = ", ".join(sorted(partners))
        click.echo(f"now `launchwatch node pair` it with {again} again, and start the nodes again")


@command.command("run", short_help="Run a node until SIGINT or SIGTERM.")
@_FOLDER
def run(folder: Path) -> None:
    """Run the node in DIR until SIGINT or SIGTERM; what dies is started again."""
    from launchwatch.run.node import supervise
    from launchwatch.run.signals import on_signal

    supervise(folder, on_signal())


@command.command("show", short_help="Print what a node knows.")
@_FOLDER
@_JSON
def show(folder: Path, *, as_json: bool) -> None:
    """Print what the node knows: tracks beside partners' assessments, alerts, alarms, the ledger."""
    from launchwatch.run.node_status import shown

    found = shown(folder)
    if as_json:
        _print_json(found)
        return
    for title, lines in found.lines():
        click.echo(title)
        for line in lines or ["none"]:
            _print_line(f"  {line}")


@command.command("status", short_help="Tell whether a node lives.")
@_FOLDER
@_JSON
def status(folder: Path, *, as_json: bool) -> None:
    """Tell whether the node in DIR lives: processes, partners, log, alarms. Exit status 1 where not."""
    from launchwatch.run.node_settings import clock_of, load_node_settings
    from launchwatch.run.node_status import status_of

    found = status_of(folder, clock_of(load_node_settings(folder)).now())
    if as_json:
        _print_json(found)
    else:
        for line in found.lines():
            _print_line(line)
    sys.exit(0 if found.alive else 1)


@command.command("raw", short_help="Write what live feeds brought, as it came.")
@_FOLDER
@click.argument("to", type=click.Path(file_okay=False, path_type=Path), metavar="TO")
@click.option("--from", "from_", metavar="UTC", help="Only what came since, such as 2025-11-07T03:35:00Z.")
@click.option("--until", metavar="UTC", help="Only what came up to then.")
@_JSON
def raw(folder: Path, to: Path, *, from_: str | None, until: str | None, as_json: bool) -> None:
    """Write what the live feeds of the node in DIR brought into files of TO, each feed's in one, as it came.

    Datagrams become a capture (pcap), streams their lines: `launchwatch track` reads both. Every part is checked
    against the hash in the log; exit status 1 where one is gone or was changed. Parts are of some seconds, and
    written as a whole.
    """
    from launchwatch.basis.instants import parse_instant
    from launchwatch.run.raw_export import export_raw

    bounds = [] if from_ is None else [("from_s", parse_instant(from_))]
    bounds += [] if until is None else [("until_s", parse_instant(until))]
    found = export_raw(folder, to, **dict(bounds))
    if as_json:
        _print_json(found)
    else:
        for one in found:
            click.echo(printable(f"{to / one.file}: {one.size_bytes} bytes of {one.origin} in {one.parts} parts"))
            for digest in one.missing:
                click.echo(f"missing or changed: {digest}", err=True)
        if not found:
            click.echo("nothing is kept of live feeds", err=True)
    sys.exit(1 if any(one.missing for one in found) else 0)


def _print_line(line: str) -> None:
    """Print a line that fits the terminal: what goes on stands four columns farther in."""
    lead = " " * (len(line) - len(line.lstrip()))
    print_wrapped(line, len(lead) + 4)


def _print_json(value: Any) -> None:
    import msgspec

    click.echo(json.dumps(msgspec.to_builtins(value), ensure_ascii=False, indent=2))


for _officers in COMMANDS:
    command.add_command(_officers)
