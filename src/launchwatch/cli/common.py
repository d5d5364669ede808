"""What several commands share: options, progress on stderr, JSON on stdout."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import msgspec

EVIDENCE = click.argument(
    "evidence", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="EVIDENCE..."
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
SEED = click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of all randomness."
)
PUBLISHED = click.option(
    "--published", metavar="DATE", help="Publication date (ISO) of reports that state none: resolves 'on Friday'."
)
AS_OF = click.option("--as-of", metavar="INSTANT", help="The run's clock (ISO 8601, UTC); default: now.")


def print_json(value: object) -> None:
    """Print a value as indented JSON."""
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


def show_rejections(rejections: list[Any]) -> None:
    """Print what was refused, with its reason, on stderr: the first twenty in full."""
    for rejection in rejections[:20]:
        where = f" (line {rejection.line})" if rejection.line else ""
        given = f"; given {rejection.given}" if rejection.given else ""
        allowed = f"; allowed: {rejection.allowed}" if rejection.allowed else ""
        hint = f"; try {rejection.try_}" if rejection.try_ else ""
        click.echo(f"refused: {rejection.what}{where}: {rejection.reason}{given}{allowed}{hint}", err=True)
    if len(rejections) > 20:
        click.echo(f"refused: {len(rejections) - 20} more, all in the log and in index.json", err=True)
