"""Tables for people below those of claims: what happened around each launch, and who said what of it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from launchwatch.basis.errors import printable

if TYPE_CHECKING:
    from launchwatch.facts.observations import Observation
    from launchwatch.run.launches import Launch


def print_context(console: Any, report: dict[str, Any]) -> None:
    """Print what a report tells of around the launch, if anything."""
    if not report["context"]:
        return
    from rich.table import Table

    table = Table(title=_text(f"{report['id']}: around the launch"))
    for name in ("kind", "date", "actors", "quote"):
        table.add_column(name)
    for event in report["context"]:
        cells = (event["kind"].replace("_", " "), event["date"] or "", ", ".join(event["actors"]), event["quote"])
        table.add_row(*map(_text, cells))
    console.print(table)


def print_who_said(console: Any, launches: Sequence["Launch"]) -> None:
    """Print for each launch of two or more reports what each office said, a value once however often quoted."""
    from rich.table import Table

    from launchwatch.tell.matters import say_count, tabulate

    for launch in launches:
        if len(launch.reports) < 2 or not launch.observations:
            continue
        offices, matters = tabulate(launch.observations)
        counted = say_count(launch.texts, len(launch.reports))
        table = Table(title=_text(f"Who said what: {launch.title} ({launch.key}; {counted})"), show_lines=True)
        table.add_column("")
        for office in offices:
            table.add_column(_text(f"{office.name}\n({office.quoted})"))
        for matter in matters:
            table.add_row(_text(matter.title), *(_cell(cell) for cell in matter.cells))
        console.print(table)


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
