"""`launchwatch estimate`."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from launchwatch.cli.common import (
    JSON,
    SEED,
    print_json,
    print_plain,
    progress_bar,
    show_rejections,
    table_console,
)
from launchwatch.cli.fits import print_explanation, print_fits
from launchwatch.cli.read import check_page

if TYPE_CHECKING:
    from launchwatch.facts import Fit
    from launchwatch.observe.entered import Entry
    from launchwatch.run.estimating import Belief, Estimates, LaunchEstimate, ObjectEstimate

_ANY_DIRECTION_DEG = 300.0
"""Width of an azimuth's 90 % interval from which its median says nothing: 324 degrees are no knowledge at all."""

_WORTH_PRINTING = 0.05
"""Probability of a zone; `--json` has all of half a percent."""

READING = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("estimate")
@click.argument("reading", type=READING, metavar="[READING]", required=False)
@click.option("--claims", "claims", multiple=True, type=_FILE, metavar="FILE", help="Claims entered by hand, CSV.")
@click.option("--table", type=_FILE, metavar="FILE", help="Flights, CSV: predict one column from others.")
@click.option("--given", metavar="COLUMNS", help="With --table: columns to predict from, with commas between.")
@click.option("--predict", metavar="COLUMN", help="With --table: the column to predict, or a zone (eez:JPN).")
@click.option("--country", help="Launching state by English name, where nothing else tells it.")
@click.option("--history", is_flag=True, help="Also what was believed after each report, oldest first.")
@click.option(
    "--samples", type=click.Path(path_type=Path), metavar="FILE", help="Write posterior samples (Parquet)."
)
@click.option("--html", "page", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Besides, write a page: who fits, map, profile, distributions.")  # fmt: skip
@click.option(
    "--explain", metavar="CLAIM", help="Print the reason for one claim: its number in the list, or its id."
)
@click.option("--particles", type=click.IntRange(200, 1_000_000), metavar="N",
              help="Samples (default 8000; 1000 a row of a table).")  # fmt: skip
@SEED
@JSON
@click.pass_context
def command(
    context: click.Context,
    /,
    reading: Path | None,
    *,
    claims: tuple[Path, ...],
    table: Path | None,
    given: str | None,
    predict: str | None,
    country: str | None,
    history: bool,
    samples: Path | None,
    page: Path | None,
    explain: str | None,
    particles: int | None,
    seed: int,
    as_json: bool,
) -> None:
    """Estimate flights from claims: READING is what `launchwatch read --json` prints, `-` for standard input.

    Each launch that the reading sorts its reports into is estimated by itself; claims that a person entered
    (--claims) stand alone or beside a reading's. With --table a column of flights is predicted from others.

    \b
      launchwatch read a.txt b.txt --json | launchwatch estimate - --json
      launchwatch estimate claims.json --html estimate.html
      launchwatch estimate claims.json --explain 3
      launchwatch estimate --claims caption.csv --country "North Korea"
      launchwatch estimate --table flights.csv --given range_km,apogee_km --predict flight_time_min
    """
    from launchwatch.cli.main import DONE, PARTLY_REFUSED

    _check_call(reading, claims, table, given, predict, country=country, history=history, samples=samples)
    _check_telling(reading, claims, table, page, explain, as_json=as_json)
    if table is not None:
        left = _predict(table, str(given), str(predict), particles or 1000, seed, as_json=as_json)
        context.exit(PARTLY_REFUSED if left else DONE)
    done = _estimate(reading, claims, country=country, history=history, particles=particles or 8000, seed=seed)
    if samples is not None:
        _write_samples(done, samples)
    fits = _told_fits(done, page) if page is not None or not as_json else []
    if explain is not None:
        _explain(done, fits, explain)
        return
    if as_json:
        print_json(_document(done))
    else:
        for launch, fitted in zip(done.launches, fits, strict=True):
            _print_launch(launch, fitted)
        for name in done.left:
            print_plain(f"no launch took the report {name}: it is in no estimate")
    show_rejections(done.rejections)
    partly = bool(done.rejections) or any(launch.reason for launch in done.launches)
    context.exit(PARTLY_REFUSED if partly else DONE)


def _check_telling(
    reading: Path | None,
    claims: tuple[Path, ...],
    table: Path | None,
    page: Path | None,
    explain: str | None,
    *,
    as_json: bool,
) -> None:
    """Raise UsageError for a page or an explanation that cannot be."""
    if table is not None and (page is not None or explain is not None):
        raise click.UsageError("--table goes without --html and --explain")
    if explain is not None and as_json:
        raise click.UsageError("--explain prints words: not with --json")
    if page is not None:
        check_page(page, [path for path in (reading, *claims) if path is not None])


def _told_fits(done: "Estimates", page: Path | None) -> "list[list[list[Fit]]]":
    """Return how every word fits, and write the page where one is asked for."""
    from launchwatch.run.fitting import fits_of

    fits = fits_of(done)
    if page is not None:
        from launchwatch.run.estimate_page import write_estimate_page

        write_estimate_page(done, fits, page)
    return fits


def _explain(done: "Estimates", fits: "list[list[list[Fit]]]", wanted: str) -> None:
    from launchwatch.run.fitting import find_fits

    names = {member.id: member.origin for launch in done.launches for member in launch.members}
    for fit in find_fits(fits, wanted):
        print_explanation(fit, names)


def _check_call(
    reading: Path | None,
    claims: tuple[Path, ...],
    table: Path | None,
    given: str | None,
    predict: str | None,
    *,
    country: str | None,
    history: bool,
    samples: Path | None,
) -> None:
    """Raise UsageError for a call that names nothing to estimate from, or an option that it would ignore."""
    if table is None:
        if reading is None and not claims:
            raise click.UsageError("give a READING, --claims FILE or --table FILE")
        if given is not None or predict is not None:
            raise click.UsageError("--given and --predict need --table FILE")
        if samples is not None and not samples.parent.is_dir():
            raise click.UsageError(f"--samples: there is no folder {samples.parent}")
        inputs = [path.resolve() for path in (reading, *claims) if path is not None]
        if samples is not None and samples.resolve() in inputs:
            raise click.UsageError("--samples would replace what is estimated from")
        return
    if given is None or predict is None:
        raise click.UsageError("--table needs --given COLUMNS and --predict COLUMN")
    others = (reading, claims, country, history, samples)
    names = ("READING", "--claims", "--country", "--history", "--samples")
    told = [name for name, value in zip(names, others, strict=True) if value]
    if told:
        raise click.UsageError(f"--table goes without {', '.join(told)}")


def _estimate(
    reading: Path | None,
    claims: tuple[Path, ...],
    *,
    country: str | None,
    history: bool,
    particles: int,
    seed: int,
) -> "Estimates":
    from launchwatch.feeds.files import STANDARD_INPUT, check_regular
    from launchwatch.run.estimating import estimate_launches

    data = None
    if reading == STANDARD_INPUT:
        data = sys.stdin.buffer.read()
    elif reading is not None:
        check_regular(reading)
        data = reading.read_bytes()
    entered = [(path.name, _table_bytes(path)) for path in claims]
    with progress_bar() as progress:
        return estimate_launches(
            data,
            entered=entered,
            country=country,
            particles=particles,
            seed=seed,
            history=history,
            progress=progress,
        )


def _table_bytes(path: Path) -> bytes:
    """Return a table's bytes, one more than are read of one that is too large."""
    from launchwatch.feeds.files import check_regular
    from launchwatch.observe.sheets import SHEET_BYTES

    check_regular(path)
    with path.open("rb") as handle:
        return handle.read(SHEET_BYTES + 1)


def _predict(table: Path, given: str, predict: str, particles: int, seed: int, *, as_json: bool) -> int:
    """Print what a table's columns predict; return how many of its rows were left."""
    from launchwatch.run.flight_tables import predict_table

    data = _table_bytes(table)
    columns = [name.strip() for name in given.split(",") if name.strip()]
    with progress_bar() as progress:
        found = predict_table(
            data, given=columns, predict=predict.strip(), particles=particles, seed=seed, progress=progress
        )
    if as_json:
        print_json(found)
        if found["left"]:
            click.echo(f'warning: {_say(len(found["left"]), "row")} left, with reasons in "left"', err=True)
    else:
        _print_predictions(found)
    return len(found["left"])


def _print_predictions(found: dict[str, Any]) -> None:
    from rich.table import Table

    names = ["probability"] if ":" in found["predict"] else ["median", "p05", "p95"]
    table = Table(title=f"{found['predict']} from {', '.join(found['given'])}")
    for name in ("id", *names, "class", ""):
        table.add_column(name, justify="right" if name in names else "left", overflow="fold")
    for row in found["flights"]:
        figures = [
            f"{row[name]:,.3f}" if name == "probability" else "-" if row[name] is None else f"{row[name]:,.1f}"
            for name in names
        ]
        table.add_row(row["id"], *figures, row["class"], "" if row["converged"] else "NOT CONVERGED")
    if found["flights"]:
        table_console().print(table)
    for row in found["left"]:
        print_plain(f"left: {row['id']} (line {row['line']}): {row['reason']}")


def _write_samples(done: "Estimates", path: Path) -> None:
    from launchwatch.channels.files import write_file
    from launchwatch.tell.samples import encode_samples

    flights = [
        (launch.launch, one.flight.item, one.posterior.samples)
        for launch in done.launches
        for one in launch.objects
    ]
    write_file(path, encode_samples(flights))


def _document(done: "Estimates") -> dict[str, Any]:
    """Return the estimates for programs: launches, each flight with its launch, and reports that none took."""
    import msgspec

    from launchwatch.run.rejected import refused

    document = {
        "launches": [
            {
                "id": one.launch, "country": one.country, "date": one.date, "claims": one.claims,
                "reports": one.reports, "no_estimate_reason": one.reason,
                "judged": msgspec.to_builtins(one.judged),
                **({"history": [_belief(step) for step in one.history]} if one.history else {}),
            }
            for one in done.launches
        ],
        "flights": [_flight(launch, one) for launch in done.launches for one in launch.objects],
        "unassigned": done.left,
    }  # fmt: skip
    if done.entered is None:
        return document
    entered = {
        "provenance": msgspec.to_builtins(done.entered),
        "claims": [_entry(one) for one in done.entries],
    }
    return {**document, "entered": entered, "rejected": refused(done.rejections)}


def _flight(launch: "LaunchEstimate", one: "ObjectEstimate") -> dict[str, Any]:
    import msgspec

    return {
        "launch_id": launch.launch,
        **msgspec.to_builtins(one.flight),
        "zones": msgspec.to_builtins(one.zones),
        "zones_known": one.zones_known,
        "neighbours": [
            {
                "id": near.flight.id, "date": near.flight.date, "country": near.flight.country,
                "name": near.flight.name, "launch_site": near.flight.launch_site,
                "bearing_deg": near.flight.bearing_deg, "range_km": near.flight.range_km,
                "apogee_km": near.flight.apogee_km, "flight_time_min": near.flight.flight_time_min,
                "distance": near.distance, "over": near.over, "sources": near.flight.sources,
            }
            for near in one.neighbours
        ],
    }  # fmt: skip


def _belief(step: "Belief") -> dict[str, Any]:
    import msgspec

    names = ("range_km", "apogee_km", "flight_time_s")
    return {
        "item": step.item, "published": step.published, "added": step.added, "claims": step.claims,
        **{name: msgspec.to_builtins(getattr(step, name)) for name in names},
        "inside_japan": step.inside_japan, "converged": step.converged, "no_estimate_reason": step.reason,
    }  # fmt: skip


def _entry(one: "Entry") -> dict[str, Any]:
    import msgspec

    beside = {"line": one.line, "country": one.country, "date": one.date, "url": one.url, "note": one.note}
    return {**beside, **msgspec.to_builtins(one.claim)}


def _print_launch(one: "LaunchEstimate", fits: "list[list[Fit]]") -> None:
    named = f"{one.launch}: " if one.launch else ""
    whose, when = one.country or "a state not told", one.date or "of no date told"
    counted = f"{_say(one.claims, 'claim')} of {_say(one.reports, 'report')}" if one.reports else (
        f"{_say(one.claims, 'claim')} entered by hand"
    )  # fmt: skip
    entered = sum(judged.claim.found_by == ("person",) for judged in one.judged)
    by_hand = f", {entered} of them entered by hand" if one.reports and entered else ""
    print_plain(f"{named}launch by {whose}, {when}; {counted}{by_hand}")
    for item, fitted in zip(one.objects, fits, strict=True):
        _print_object(item)
        print_fits(fitted)
    for judged in one.judged:
        if judged.consistency.verdict in ("strained", "inconsistent"):
            claim, verdict = judged.claim, judged.consistency
            told = f"{claim.attribute} {claim.quote!r} ({claim.source})"
            print_plain(f"  {verdict.verdict}: {told}: {verdict.reason}")
    if one.reason:
        print_plain(f"  not estimated: {one.reason}")
    if one.history:
        _print_history(one.history)


def _say(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _print_object(one: "ObjectEstimate") -> None:
    from rich.table import Table

    flight = one.flight
    table = Table(title=f"object {flight.item}, from {flight.basis}")
    for name in ("quantity", "median", "5 %", "95 %"):
        table.add_column(name, justify="left" if name == "quantity" else "right")
    for name in ("range_km", "apogee_km", "azimuth_deg", "flight_time_s", "minimum_energy_range_km"):
        value = getattr(flight, name)
        if value is None:
            table.add_row(name, "-", "-", "-")
            continue
        if name == "azimuth_deg" and value.p95 - value.p05 > _ANY_DIRECTION_DEG:
            table.add_row(name, "unknown", "", "")
            continue
        table.add_row(name, *(f"{v:,.1f}" for v in (value.median, value.p05, value.p95)))
    for name in ("speed_m_s", "angle_deg", "height_km", "time_s") if flight.burnout else ():
        value = getattr(flight.burnout, name)
        table.add_row(f"burnout {name}", *(f"{v:,.1f}" for v in (value.median, value.p05, value.p95)))
    console = table_console()
    console.print(table)
    for mode in flight.range_modes:
        console.print(f"  share {mode.share:.2f}: range {mode.range_km.p05:.0f} to {mode.range_km.p95:.0f} km")
    console.print(f"  class: {_shares(flight.class_)}")
    console.print(f"  trajectory: {_shares(flight.trajectory) or '-'}")
    for name in ("launch", "impact"):
        print_plain(f"  {name}: {_place(getattr(flight, name))}")
    for zone in one.zones:
        if zone.zone == "eez:JPN" or zone.probability >= _WORTH_PRINTING:
            print_plain(f"  {zone.probability:.2f} in {zone.called} ({zone.relation})")
    if one.zones_known < 1:
        print_plain(f"  zones are known for {one.zones_known:.2f} of the places where it may have come down")
    quality = flight.diagnostics
    state = "converged" if quality.converged else "NOT CONVERGED: do not rely on it"
    console.print(f"  {quality.method}: {quality.effective_sample_size:.0f} effective samples, {state}")
    if one.neighbours:
        _print_neighbours(one)


def _shares(shares: dict[str, float]) -> str:
    return ", ".join(f"{name} {share:.2f}" for name, share in shares.items() if share >= 0.01)


def _place(point: Any) -> str:
    from launchwatch.cli.common import tenth

    where = f"{point.lat_deg:.2f}, {point.lon_deg:.2f}, 95 % within {point.ellipse_95.semi_major_km:,.0f} km"
    time = point.time_utc
    if time is None:
        return f"{where}; no clock time told"
    return f"{where}; {tenth(time.median)} (90 % from {tenth(time.p05)} to {tenth(time.p95)})"


def _print_neighbours(one: "ObjectEstimate") -> None:
    print_plain("  nearest earlier flights, by distance in units of what is known:")
    for near in one.neighbours:
        past = near.flight
        told = [
            f"{value:,.0f} {unit}"
            for value, unit in ((past.range_km, "km"), (past.apogee_km, "km high"), (past.bearing_deg, "degrees"))
            if value is not None
        ]
        print_plain(f"    {near.distance:4.1f}  {past.date} {past.name}, {past.launch_site}: {', '.join(told)}")


def _print_history(history: "Iterable[Belief]") -> None:
    from rich.table import Table

    table = Table(title="what was believed as reports came (median, 90 %)")
    for name in ("published", "object", "claims", "range km", "apogee km", "flight time s", "inside Japan"):
        table.add_column(name, overflow="fold")
    for step in history:
        spans = [_span(value) for value in (step.range_km, step.apogee_km, step.flight_time_s)]
        inside = "" if step.inside_japan is None else f"{step.inside_japan:.2f}"
        if step.converged is False:
            inside += " NOT CONVERGED"
        table.add_row(step.published or "no time", str(step.item), str(step.claims), *spans, inside)
    table_console().print(table)
    for step in history:
        if step.reason:
            print_plain(f"  {step.published or 'no time'}, object {step.item}: no estimate yet: {step.reason}")


def _span(value: Any) -> str:
    return "" if value is None else f"{value.median:,.0f} ({value.p05:,.0f}-{value.p95:,.0f})"
