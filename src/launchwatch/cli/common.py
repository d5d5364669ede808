"""What several commands share: options, progress on stderr, JSON on stdout."""

import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import get_terminal_size
from textwrap import fill
from typing import Any

import click

from launchwatch.basis.errors import InputError, printable
from launchwatch.basis.instants import check_date, parse_instant

SILENCE_S = 10.0
"""Seconds without a word that a log file's reader may take for a hang."""

_TURNING = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control and direction characters that JSON would leave as they are; its own escapes mean the same."""


def checked(check: Callable[[Any], object]) -> Callable[[click.Context, click.Parameter, Any], Any]:
    """Return a callback for click that makes a refusal of a value a wrong call."""

    def callback(_: click.Context, parameter: click.Parameter, value: object) -> object:
        if value is not None:
            try:
                check(value)
            except InputError as error:
                raise click.BadParameter(printable(str(error)), param=parameter) from None
        return value

    return callback


class _Evidence(click.Path):
    """A path that exists, `-`, or an address, which stays as it is."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return value if "://" in str(value) else super().convert(value, param, ctx)


EVIDENCE_PATH = _Evidence(exists=True, allow_dash=True, path_type=Path)
EVIDENCE = click.argument("evidence", nargs=-1, type=EVIDENCE_PATH, metavar="[EVIDENCE]...")
LISTS = click.option(
    "--list", "lists", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
    help="More evidence: a file of paths and http or https addresses, one a line; # starts a comment.",
)  # fmt: skip
PRIVATE = click.option(
    "--private-addresses", "private", is_flag=True, help="Also fetch from this machine and its private network."
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
SEED = click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of all randomness."
)
PUBLISHED = click.option(
    "--published", metavar="DATE", callback=checked(check_date),
    help="Publication date (ISO) of reports that state none: resolves 'on Friday'.",
)  # fmt: skip
AS_OF = click.option(
    "--as-of", metavar="INSTANT", callback=checked(parse_instant),
    help="The run's clock (ISO 8601 with its zone, such as 2025-11-07T09:00:00Z); default: now.",
)  # fmt: skip

SITES = click.option(
    "--sites", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
    help="Positions of civil radars by SAC and SIC (TOML or JSON), for ASTERIX recordings.",
)  # fmt: skip


TRAFFIC = click.option(
    "--traffic", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
    help="Positions of ships or aircraft: aircraft.json, a trace, OpenSky's states, AIS sentences, CSV, Parquet. "
    "Repeatable.",
)  # fmt: skip
ANSWERS = click.option(
    "--answers", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
    help="Who was asked after damage and what they answered: CSV of who, asked_utc, answered_utc, answer, text.",
)  # fmt: skip
LANES = click.option(
    "--lanes", is_flag=True,
    help="Also tell shipping lanes across the fall area, from an installed package (extra: lanes).",
)  # fmt: skip


def print_json(value: object) -> None:
    """Print a value as indented JSON."""
    import msgspec

    click.echo(escape_turning(msgspec.json.format(msgspec.json.encode(value), indent=1).decode()))


def escape_turning(text: str) -> str:
    """Return JSON with what would turn a terminal's writing direction as JSON's own escapes."""
    return _TURNING.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def print_plain(text: str) -> None:
    """Print lines that may quote evidence: nothing in them moves the cursor or turns the writing direction."""
    click.echo("\n".join(printable(line) for line in text.split("\n")))


def print_wrapped(text: str, indent: int) -> None:
    """Print a text as lines that fit the terminal (80 columns where there is none), all but the first indented."""
    width = get_terminal_size((80, 24)).columns
    print_plain(fill(text, width, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False))


def table_console(width: int | None = None) -> Any:
    """Return a rich console whose reader may stop early: that ends the command as for every other (see `main`)."""
    from rich.console import Console

    class _Console(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    made = _Console(width=width)
    return made if width is None or not made.is_terminal else _Console()


@contextmanager
def progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    """Yield a callback that shows steps on stderr: a bar on a terminal, elsewhere now and then a line."""
    if not sys.stderr.isatty():
        with _told_now_and_then() as show:
            yield show
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, Any] = {}

        def show(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(step, total=total)
            bar.update(tasks[step], completed=done, total=total)

        yield show


@contextmanager
def _told_now_and_then() -> Iterator[Callable[[str, int, int], None]]:
    latest: list[tuple[str, int, int]] = []
    done = threading.Event()
    # A thread, since one long text is one step: nothing else would speak before its end.
    teller = threading.Thread(target=tell_progress, args=(latest, done.wait), daemon=True)
    teller.start()
    try:
        yield lambda step, count, total: latest.append((step, count, total))
    finally:
        done.set()
        teller.join()


def tell_progress(latest: list[tuple[str, int, int]], wait: Callable[[float], bool]) -> None:
    """Print the latest step on stderr every `SILENCE_S` until `wait` says that all is done."""
    seconds = 0.0
    while not wait(SILENCE_S):
        seconds += SILENCE_S
        if latest:
            step, done, total = latest[-1]
            click.echo(f"{step}: {done} of {total}, after {seconds:.0f} s", err=True)


def show_rejections(rejections: list[Any], rest: str = "--json shows them all") -> None:
    """Print on stderr what was refused and why: the first twenty in full; `rest` tells where the others are."""
    from launchwatch.facts.evidence import IGNORED

    for rejection in rejections[:20]:
        where = f" (line {rejection.line})" if rejection.line else ""
        given = f"; given {rejection.given}" if rejection.given else ""
        allowed = f"; allowed: {rejection.allowed}" if rejection.allowed else ""
        hint = f"; try {rejection.try_}" if rejection.try_ else ""
        kind, reason = "refused", rejection.reason
        if reason.startswith(f"{IGNORED}: "):
            kind, _, reason = reason.partition(": ")
        told = f"{kind}: {rejection.what}{where}: {reason}{given}{allowed}{hint}"
        click.echo(printable(told), err=True)
    if len(rejections) > 20:
        click.echo(f"refused: {len(rejections) - 20} more; {rest}", err=True)


def tenth(time_utc: str) -> str:
    """Return an instant without what lies below a tenth of a second."""
    return re.sub(r"(\.\d)\d*", r"\1", time_utc)


def instant_span(time: Any) -> str:
    """Return an interval of instants of one day: its median, and from when to when with 90 %."""
    first, last = (tenth(end)[11:-1] for end in (time.p05, time.p95))
    return f"{tenth(time.median)} (90 % from {first} to {last})"
