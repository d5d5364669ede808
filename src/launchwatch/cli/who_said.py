"""Tables for people below those of claims: what happened around each launch, and who said what of it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from launchwatch.basis.errors import printable
from launchwatch.cli.common import print_plain

if TYPE_CHECKING:
    from launchwatch.facts.observations import Observation
    from launchwatch.run.launches import Launch


def print_context(console: Any, report: dict[str, Any]) -> None:
    """Print what a report tells of around the launch, if anything."""
    if not report["context"]:
        return
    from rich.table import Table

    from launchwatch.tell.wording import say_day

    print_plain(f"{report['id']}: around the launch")
    table = Table()
    for name in ("kind", "date", "actors", "quote"):
        table.add_column(name)
    for event in report["context"]:
        cells = (
            event["kind"].replace("_", " "),
            say_day(event["date"] or ""),
            ", ".join(event["actors"]),
            event["quote"],
        )
        table.add_row(*map(_text, cells))
    console.print(table)


def print_who_said(console: Any, launches: Sequence["Launch"], names: Mapping[str, str]) -> None:
    """Print for each launch of two or more reports what each office said, a value once however often quoted.

    A launch of one report is a line: its table of claims stands above. `names` gives the reports' short names.
    """
    for launch in launches:
        heading = f"{launch.title} ({launch.key})"
        if len(launch.reports) < 2:
            print_plain(f"{heading}: told by {names[launch.reports[0]]} alone, as above")
        elif not launch.observations:
            print_plain(f"{heading}: {len(launch.reports)} reports, none of which says anything about it")
        else:
            _print_launch(console, launch, heading)


def _print_launch(console: Any, launch: "Launch", heading: str) -> None:
    from rich.table import Table

    from launchwatch.tell.matters import say_count, tabulate

    offices, matters = tabulate(launch.observations)
    print_plain(f"Who said what: {heading[:-1]}; {say_count(launch.texts, len(launch.reports))})")
    table = Table(show_lines=True)
    table.add_column("", no_wrap=True)
    for office in offices:
        table.add_column(_text(f"{office.name}\n({office.quoted})"))
    for matter in matters:
        table.add_row(_text(matter.title), *(_cell(cell) for cell in matter.cells))
    console.print(table)


def print_left(names: Mapping[str, str], left: Mapping[str, str]) -> None:
    """Print which reports no launch took, and why."""
    for report, reason in left.items():
        print_plain(f"no launch took {names[report]}: {reason}")


def _cell(observations: Sequence["Observation"]) -> Any:
    from launchwatch.tell.matters import say_count, say_told

    lines = [
        f"{say_told(one.said)} ({say_count(one.texts, len(one.reports))})"
        if len(one.reports) > 1
        else say_told(one.said)
        for one in observations
    ]
    return _text("\n".join(lines))


def _text(words: str) -> Any:
    from rich.text import Text

    return Text("\n".join(printable(line) for line in words.split("\n")))
