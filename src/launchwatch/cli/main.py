"""The command `launchwatch`: parse, call run, print. A command imports what is heavy when it is called."""

import importlib
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from difflib import get_close_matches
from typing import Any

import click

from launchwatch import __version__
from launchwatch.basis.errors import LaunchwatchError, printable

DONE, NOTHING_USABLE, USAGE, PARTLY_REFUSED = 0, 1, 2, 3
"""Exit statuses: all done; nothing could be done or found; wrong call; done, but something was refused."""

_COMMANDS = {
    "assess": ("assess", "Turn evidence into event records: the main job."),
    "read": ("read", "Take attributed claims from reports."),
    "track": ("track", "Turn a sensor recording's plots into tracks."),
    "watch": ("watch", "Watch a live feed, or replay a recording."),
    "estimate": ("estimate", "Estimate a flight from claims."),
    "exposure": ("exposure", "Tell which ships and aircraft were where it fell."),
    "zone": ("zone", "Tell whose waters or land a place lies in."),
    "place": ("place", "Turn words about a place into an area, or a point into words."),
    "map": ("map", "Print an event's map as SVG, PNG or PDF."),
    "simulate": ("simulate", "Make a recording from a scenario."),
    "node": ("node", "Run a node: sensors, log, partners, alerts."),
    "drill": ("drill", "Hold an exercise of warning and sharing, and score it."),
    "log": ("log", "Verify and show an evidence log."),
    "key": ("key", "Make, trust and revoke keys of officers, nodes and channels."),
    "schema": ("schema", "Print the JSON Schema of a kind of fact."),
}


class _Lazy(click.Group):
    """A group that imports a command's module when the command is called, and only then."""

    def list_commands(self, _: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, _: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        module = importlib.import_module(f"launchwatch.cli.{_COMMANDS[name][0]}")
        command: click.Command = module.command
        return command

    def resolve_command(self, context: click.Context, arguments: list[str]) -> Any:
        name = arguments[0]
        if name not in _COMMANDS and (near := get_close_matches(name, _COMMANDS)):
            context.fail(f"No such command {name!r}. (Did you mean {' or '.join(near)}?)")
        return super().resolve_command(context, arguments)

    def format_commands(self, _: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except LaunchwatchError as error:
            click.echo(f"launchwatch: {printable(str(error))}", err=True)
            context.exit(NOTHING_USABLE)
        except BrokenPipeError:
            _drop_output()
            context.exit(DONE)
        except OSError as error:
            where = f": {error.filename}" if error.filename else ""
            click.echo(f"launchwatch: {printable(f'{error.strerror or error}{where}')}", err=True)
            context.exit(NOTHING_USABLE)


def _drop_output() -> None:
    """Send what is still to be printed nowhere: the reader, such as `head`, has had enough."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


_SETTINGS: Mapping[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(cls=_Lazy, context_settings=dict(_SETTINGS))
@click.version_option(__version__, prog_name="launchwatch")
def main() -> None:
    """Evidence about a missile launch in, one event record out.

    It observes, estimates, warns and records; it never aims, steers or designs.

    Exit status: 0 all done; 1 nothing could be done or found (the reason is on stderr); 2 wrong call; 3 done, but
    some evidence was refused (each refusal is listed with its reason).
    """
    if not sys.stdout.isatty():
        os.environ.setdefault("NO_COLOR", "1")


if __name__ == "__main__":
    main()
