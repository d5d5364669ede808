"""`launchwatch track`."""

from pathlib import Path
from typing import Any

import click

from launchwatch.cli.common import (
    AS_OF,
    JSON,
    SEED,
    SITES,
    instant_span,
    print_json,
    progress_bar,
    show_rejections,
    tenth,
)
from launchwatch.cli.scores import print_scores
from launchwatch.geo.degrees import plain_place

OWN = "the recording's own"
AREAS = (".geojson", ".json", ".kml", ".czml")
TRACKS = (".mfjson", ".geojson", ".json", ".cot")


class _Updates(click.ParamType):
    name = "all|last|N"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str | int:
        """Return 'all', 'last' or a step."""
        if value in ("all", "last"):
            return str(value)
        if str(value).isdigit() and int(value) > 0:
            return int(value)
        return self.fail("give all, last or a whole number N for every N-th update", param, ctx)


@click.command("track")
@click.argument("recording", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--updates", type=_Updates(), default="last", show_default=True, help="Which states to print.")
@SITES
@AS_OF
@click.option(
    "--truth",
    is_flag=False,
    flag_value=OWN,
    default=None,
    metavar="[FILE]",
    help="Score the tracks against the RECORDING's truth lines, or against those of FILE.",
)
@click.option(
    "--plots",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write charts of error against bound to DIR, as SVG and PNG; implies --truth.",
)
@click.option(
    "--areas",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the fall area and debris corridor at each of the --updates: .geojson, .kml or .czml.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the tracks at each of the --updates: .mfjson, .geojson or .cot (Cursor-on-Target, exercise).",
)
@click.option(
    "--cutoff-km",
    type=click.FloatRange(min=0, min_open=True),
    default=10.0,
    show_default=True,
    help="Distance beyond which a track is not on an object, for --truth.",
)
@SEED
@JSON
@click.pass_context
def command(
    context: click.Context,
    recording: Path,
    *,
    updates: Any,
    sites: Path | None,
    as_of: str | None,
    truth: str | None,
    plots: Path | None,
    areas: Path | None,
    out: Path | None,
    cutoff_km: float,
    seed: int,
    as_json: bool,
) -> None:
    """Turn a RECORDING's plots into tracks: launch, class, predicted impact under each hypothesis.

    NDJSON, Parquet, ASTERIX or a pcap with ASTERIX, told by its content; `-` is standard input. ASTERIX without
    times of receipt is of the last day that is not later than --as-of. --truth stands after RECORDING.
    """
    from launchwatch.cli.main import DONE, NOTHING_USABLE, PARTLY_REFUSED
    from launchwatch.run.commands import track, write_areas, write_plots, write_tracks
    from launchwatch.run.rejected import refused

    if areas is not None and areas.suffix.lower() not in AREAS:
        raise click.BadParameter(f"give a name that ends in {', '.join(AREAS)}", param_hint="--areas")
    if out is not None and out.suffix.lower() not in TRACKS:
        raise click.BadParameter(f"give a name that ends in {', '.join(TRACKS)}", param_hint="--out")
    with progress_bar() as progress:
        known: bool | str = truth if truth not in (None, OWN) else truth == OWN or plots is not None
        tracked = track(
            recording, updates=updates, seed=seed, sites=sites, as_of_utc=as_of, truth=known,
            cutoff_m=1e3 * cutoff_km, progress=progress,
        )  # fmt: skip
    if areas is not None:
        write_areas(tracked.tracks, areas)
    if out is not None:
        write_tracks(tracked.tracks, out)
    written = write_plots(tracked.scores, plots) if plots is not None and tracked.scores is not None else []
    if as_json:
        document = {"tracks": tracked.tracks, "rejected": refused(tracked.rejections)}
        if tracked.scores is not None:
            document |= {"scores": tracked.scores, "plots": [str(path) for path in written]}
        print_json(document)
    else:
        show_rejections(tracked.rejections)
        for one in tracked.tracks:
            _print_track(one)
        if not tracked.tracks:
            click.echo("no track was confirmed")
        if tracked.scores is not None:
            print_scores(tracked.scores)
        if written:
            click.echo(f"{len(written)} charts in {plots}")
    if not tracked.plots:
        click.echo("launchwatch: the recording holds no plot that can be used", err=True)
        context.exit(NOTHING_USABLE)
    context.exit(PARTLY_REFUSED if tracked.rejections else DONE)


def _print_track(track: Any) -> None:
    likely = sorted(track.class_, key=track.class_.get, reverse=True)
    told = [f"{name} ({track.class_[name]:.2f})" for name in likely if track.class_[name] >= _WORTH_TELLING]
    click.echo(f"{track.id}  {track.first_utc} to {track.last_utc}")
    click.echo(f"  plots    {track.plots_used}, of {', '.join(track.sensors)}")
    click.echo(f"  class    {', '.join(told)}")
    verdict = track.updates[-1].verdict
    if verdict is not None:
        click.echo(f"  verdict  {verdict.says}")
        for reason in verdict.reasons:
            click.echo(f"           {reason}")
    for name, point in (("launch", track.launch), ("impact", track.impact)):
        if point is not None:
            e = point.ellipse_95
            when = f" at {instant_span(point.time_utc)}" if point.time_utc else ""
            click.echo(
                f"  {name}   {plain_place(point.lat_deg, point.lon_deg, 3)}{when}, 95 % within "
                f"{e.semi_major_km:.1f} x {e.semi_minor_km:.1f} km along {e.azimuth_deg:.0f} degrees"
            )
    if track.heading_deg is not None:
        click.echo(f"  heading  {track.heading_deg:.1f} degrees")
    last = track.updates[-1].impact
    for impact in (last, *last.alternatives) if last else ():
        e = impact.ellipse_95
        click.echo(
            f"  if {impact.assumes} ({impact.probability:.2f}): falls at "
            f"{plain_place(impact.lat_deg, impact.lon_deg, 3)}, {tenth(impact.time_utc)}, 95 % within "
            f"{e.semi_major_km:.1f} x {e.semi_minor_km:.1f} km along {e.azimuth_deg:.0f} degrees"
        )


_WORTH_TELLING = 0.05
