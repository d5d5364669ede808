"""What several commands share: options, progress on stderr, JSON on stdout."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from launchwatch.basis.errors import InputError, printable
from launchwatch.basis.instants import check_date, parse_instant


def _checked(check: Callable[[str], object]) -> Callable[[click.Context, click.Parameter, str | None], str | None]:
    """Return a callback for click that makes a refusal of an option's value a wrong call."""

    def callback(_: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
        if value is not None:
            try:
                check(value)
            except InputError as error:
                raise click.BadParameter(printable(str(error)), param=parameter) from None
        return value

    return callback


EVIDENCE_PATH = click.Path(exists=True, allow_dash=True, path_type=Path)
EVIDENCE = click.argument("evidence", nargs=-1, required=True, type=EVIDENCE_PATH, metavar="EVIDENCE...")
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
SEED = click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of all randomness."
)
PUBLISHED = click.option(
    "--published", metavar="DATE", callback=_checked(check_date),
    help="Publication date (ISO) of reports that state none: resolves 'on Friday'.",
)  # fmt: skip
AS_OF = click.option(
    "--as-of", metavar="INSTANT", callback=_checked(parse_instant),
    help="The run's clock (ISO 8601 with its zone, such as 2025-11-07T09:00:00Z); default: now.",
)  # fmt: skip


def print_json(value: object) -> None:
    """Print a value as indented JSON."""
    import msgspec

    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=1).decode())


@contextmanager
def progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    """Yield a callback that shows steps on stderr where that is a terminal, and nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _step, _done, _total: None
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


def show_rejections(rejections: list[Any], rest: str = "--json shows them all") -> None:
    """Print on stderr what was refused and why: the first twenty in full; `rest` tells where the others are."""
    for rejection in rejections[:20]:
        where = f" (line {rejection.line})" if rejection.line else ""
        given = f"; given {rejection.given}" if rejection.given else ""
        allowed = f"; allowed: {rejection.allowed}" if rejection.allowed else ""
        hint = f"; try {rejection.try_}" if rejection.try_ else ""
        told = f"refused: {rejection.what}{where}: {rejection.reason}{given}{allowed}{hint}"
        click.echo(printable(told), err=True)
    if len(rejections) > 20:
        click.echo(f"refused: {len(rejections) - 20} more; {rest}", err=True)
