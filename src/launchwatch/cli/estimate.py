"""`launchwatch estimate`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from launchwatch.cli.common import JSON, SEED, print_json, print_plain, progress_bar, table_console
from launchwatch.cli.fits import print_explanation, print_fits
from launchwatch.cli.read import check_page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from launchwatch.facts import Fit
    from launchwatch.run.estimating import Estimates, LaunchEstimate

_ANY_DIRECTION_DEG = 300.0
"""Width of an azimuth's 90 % interval from which its median says nothing: 324 degrees are no knowledge at all."""

READING = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)


@click.command("estimate")
@click.argument("reading", type=READING, metavar="READING")
@click.option("--country", help="Launching state by English name, where the reading's reports do not tell.")
@click.option("--particles", type=click.IntRange(200, 1_000_000), default=4000, show_default=True, help="Samples.")
@click.option(
    "--html",
    "page",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Besides, write a page: summary, map, profile, joint distributions and who fits.",
)
@click.option(
    "--explain", metavar="CLAIM", help="Print only the reason for one claim: its number in the list, or its id."
)
@SEED
@JSON
@click.pass_context
def command(
    context: click.Context,
    /,
    reading: Path,
    *,
    country: str | None,
    particles: int,
    page: Path | None,
    explain: str | None,
    seed: int,
    as_json: bool,
) -> None:
    """Estimate flights from claims: READING is what `launchwatch read --json` prints, `-` for standard input.

    Each launch that the reading sorts its reports into is estimated by itself.

    \b
      launchwatch read a.txt b.txt --json | launchwatch estimate - --json
      launchwatch estimate claims.json --html estimate.html
      launchwatch estimate claims.json --explain 3
    """  # noqa: D301 - click needs the character \b itself
    from launchwatch.cli.main import DONE, PARTLY_REFUSED
    from launchwatch.feeds.files import STANDARD_INPUT, check_regular
    from launchwatch.run.estimating import estimate_launches
    from launchwatch.run.fitting import find_fits, fits_of

    if explain is not None and as_json:
        raise click.UsageError("--explain prints words: not with --json")
    if page is not None:
        check_page(page, [reading])
    if reading == STANDARD_INPUT:
        data = sys.stdin.buffer.read()
    else:
        check_regular(reading)
        data = reading.read_bytes()
    with progress_bar() as progress:
        done = estimate_launches(data, country=country, particles=particles, seed=seed, progress=progress)
    fits = [] if as_json and page is None else fits_of(done)
    if page is not None:
        from launchwatch.run.estimate_page import write_estimate_page

        write_estimate_page(done, fits, page)
    if explain is not None:
        for fit in find_fits(fits, explain):
            print_explanation(fit, {member.id: member.origin for one in done.launches for member in one.members})
        return
    if as_json:
        print_json(_document(done))
    else:
        for launch, fitted in zip(done.launches, fits, strict=True):
            _print_launch(launch, fitted)
        for name in done.left:
            print_plain(f"no launch took the report {name}: it is in no estimate")
    context.exit(PARTLY_REFUSED if any(launch.reason for launch in done.launches) else DONE)


def _document(done: "Estimates") -> dict[str, Any]:
    """Return the estimates for programs: launches, each flight with its launch, and reports that none took."""
    import msgspec

    return {
        "launches": [
            {
                "id": one.launch, "country": one.country, "date": one.date, "claims": one.claims,
                "reports": one.reports, "no_estimate_reason": one.reason,
            }
            for one in done.launches
        ],
        "flights": [
            {"launch_id": one.launch, **msgspec.to_builtins(flight)}
            for one in done.launches
            for flight in one.flights
        ],
        "unassigned": done.left,
    }  # fmt: skip


def _print_launch(one: "LaunchEstimate", fits: "Sequence[Sequence[Fit]]") -> None:
    named = f"{one.launch}: " if one.launch else ""
    whose, when = one.country or "a state not told", one.date or "of no date told"
    counted = f"{_say(one.claims, 'claim')} of {_say(one.reports, 'report')}"
    print_plain(f"{named}launch by {whose}, {when}; {counted}")
    for flight, fitted in zip(one.flights, fits, strict=True):
        _print_flight(flight)
        print_fits(fitted)
    if one.reason:
        print_plain(f"  not estimated: {one.reason}")


def _say(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _print_flight(flight: Any) -> None:
    from rich.table import Table

    table = Table(title=f"object {flight.item}, from {flight.basis}")
    for name in ("quantity", "median", "5 %", "95 %"):
        table.add_column(name, justify="left" if name == "quantity" else "right")
    for name in ("range_km", "apogee_km", "azimuth_deg", "flight_time_s"):
        value = getattr(flight, name)
        if name == "azimuth_deg" and value.p95 - value.p05 > _ANY_DIRECTION_DEG:
            table.add_row(name, "unknown", "", "")
            continue
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
