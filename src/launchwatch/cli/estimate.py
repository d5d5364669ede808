"""`launchwatch estimate`."""

import sys
from pathlib import Path
from typing import Any

import click

from launchwatch.cli.common import JSON, SEED, print_json, progress_bar, table_console

READING = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)


@click.command("estimate")
@click.argument("reading", type=READING, metavar="READING")
@click.option("--country", help="Launching state by English name, where the reading's reports do not tell.")
@click.option("--particles", type=click.IntRange(200, 1_000_000), default=4000, show_default=True, help="Samples.")
@SEED
@JSON
def command(reading: Path, *, country: str | None, particles: int, seed: int, as_json: bool) -> None:
    """Estimate a flight from claims: READING is what `launchwatch read --json` prints, `-` for standard input.

    \b
      launchwatch read a.txt b.txt --json | launchwatch estimate - --json
    """  # noqa: D301 - click needs the character \b itself
    from launchwatch.feeds.files import STANDARD_INPUT, check_regular
    from launchwatch.run.commands import estimate_reading

    if reading == STANDARD_INPUT:
        data = sys.stdin.buffer.read()
    else:
        check_regular(reading)
        data = reading.read_bytes()
    with progress_bar() as progress:
        flights = estimate_reading(data, country=country, particles=particles, seed=seed, progress=progress)
    if as_json:
        print_json({"flights": flights})
        return
    for flight in flights:
        _print_flight(flight)


def _print_flight(flight: Any) -> None:
    from rich.table import Table

    table = Table(title=f"object {flight.item}, from {flight.basis}")
    for name in ("quantity", "median", "5 %", "95 %"):
        table.add_column(name, justify="left" if name == "quantity" else "right")
    for name in ("range_km", "apogee_km", "azimuth_deg", "flight_time_s"):
        value = getattr(flight, name)
        table.add_row(name, *(f"{v:,.1f}" for v in (value.median, value.p05, value.p95)))
    for name in ("speed_m_s", "angle_deg", "height_km", "time_s"):
        value = getattr(flight.burnout, name)
        table.add_row(f"burnout {name}", *(f"{v:,.1f}" for v in (value.median, value.p05, value.p95)))
    console = table_console()
    console.print(table)
    for mode in flight.range_modes:
        console.print(f"  share {mode.share:.2f}: range {mode.range_km.p05:.0f} to {mode.range_km.p95:.0f} km")
    console.print(
        f"  class: {', '.join(f'{name} {share:.2f}' for name, share in flight.class_.items() if share >= 0.01)}"
    )
    quality = flight.diagnostics
    state = "converged" if quality.converged else "NOT CONVERGED: do not rely on it"
    console.print(f"  {quality.method}: {quality.effective_sample_size:.0f} effective samples, {state}")
