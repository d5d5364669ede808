"""`launchwatch watch`."""

import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from launchwatch.basis.errors import printable
from launchwatch.basis.instants import parse_instant
from launchwatch.cli.common import AS_OF, SEED, SITES, checked, escape_turning, instant_span, tenth
from launchwatch.geo.degrees import plain_place

_SPEEDS = "1, 10, another number, or max"


class _Speed(click.ParamType):
    name = "NUMBER|max"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return how many times faster than it was recorded."""
        if isinstance(value, float):
            return value
        try:
            speed = math.inf if value == "max" else float(value)
        except ValueError:
            speed = math.nan
        if not speed > 0 or (speed == math.inf and value != "max"):
            return self.fail(f"give {_SPEEDS}", param, ctx)
        return speed


@click.command("watch")
@click.argument("source")
@click.option("--sensors", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
              help="Sensor lines for a feed that does not describe its sensors.")  # fmt: skip
@SITES
@click.option("--brief", is_flag=True,
              help="Tell tracks that are over without estimating launch and fall (a second each).")  # fmt: skip
@click.option("--log", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Evidence log to append to: plots, states, tracks, refusals.")  # fmt: skip
@click.option(
    "--speed", type=_Speed(), default="max", show_default=True, help=f"Pace of a file's replay: {_SPEEDS}."
)
@click.option("--lag", type=click.FloatRange(0, 3600), default=30.0, show_default=True,
              help="How late a plot may come, in seconds.")  # fmt: skip
@click.option("--every", type=click.FloatRange(0), default=5.0, show_default=True,
              help="Seconds of data between two states of one track; 0 for every look.")  # fmt: skip
@click.option(
    "--until", metavar="INSTANT", callback=checked(parse_instant), help="Stop when plots come to this time."
)
@click.option(
    "--for", "for_", type=click.FloatRange(0, min_open=True), metavar="SECONDS", help="Stop after so long."
)
@click.option("--areas", is_flag=True,
              help="With --json: also the fall area and debris corridor of each state, as rings.")  # fmt: skip
@AS_OF
@SEED
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs, one object a line.")
def command(
    source: str, *, sensors: Path | None, sites: Path | None, log: Path | None, speed: float, lag: float,
    every: float, until: str | None, brief: bool, for_: float | None, areas: bool, as_of: str | None,
    seed: int, as_json: bool,
) -> None:  # fmt: skip
    """Watch a feed and print its tracks as they come.

    SOURCE is - (standard input), tcp://HOST:PORT or unix:PATH (connected to), udp://HOST:PORT (bound; datagrams of
    ASTERIX CAT048 and CAT034 or of a recording's lines), or a recording's file, which is replayed. Bad input
    never ends it: it is refused with its reason. It ends with the feed, or on SIGINT or SIGTERM, with the final
    states and status 0.
    """
    from launchwatch.run.signals import on_signal
    from launchwatch.run.watching import Terms, watch

    terms = Terms(
        lag_s=lag,
        every_s=every,
        speed=speed,
        posterior=not brief,
        keep=False,
        until_s=math.inf if until is None else parse_instant(until),
        for_s=math.inf if for_ is None else for_,
    )
    if areas and not as_json:
        raise click.UsageError("--areas needs --json")
    told = _json_lines(areas=areas) if as_json else _plain_lines()
    watch(
        source, sensors=sensors, sites=sites, log=log, as_of_utc=as_of, terms=terms, seed=seed, tell=told,
        stopped=on_signal(),
    )  # fmt: skip


def _json_lines(*, areas: bool) -> Callable[[Any], None]:
    """Return a printer of one JSON object a line."""
    import msgspec

    from launchwatch.run.assessing import area_of
    from launchwatch.run.watching import Ended, Merged, Status, Updated

    def show(news: Any) -> None:
        if isinstance(news, Updated):
            value = {"type": "update", "number": news.number, "status": news.status, "update": news.update}
            if areas:
                value["area"] = area_of(news.update)
        elif isinstance(news, Ended):
            value = {"type": "track", "number": news.number, "track": news.track}
        elif isinstance(news, Merged):
            value = {"type": "merger", **msgspec.to_builtins(news)}
        elif isinstance(news, Status):
            value = {"type": "status", **msgspec.to_builtins(news)}
        else:
            value = {"type": "rejection", "rejection": news}
        sys.stdout.write(escape_turning(msgspec.json.encode(value).decode()) + "\n")
        sys.stdout.flush()

    return show


def _plain_lines() -> Callable[[Any], None]:
    """Return a printer of lines for people: what began, where it goes, what ended, what was refused."""
    from launchwatch.run.watching import Ended, Merged, Status, Updated

    def show(news: Any) -> None:
        if isinstance(news, Updated):
            text = "\n".join(map(printable, _state_lines(news)))
        elif isinstance(news, Ended):
            text = _track_line(news)
        elif isinstance(news, Merged):
            text = f"{tenth(news.time_utc)}  track {news.number} merged into track {news.into}: one object"
        elif isinstance(news, Status):
            text = (
                f"-- {news.plots} plots, {news.refused} refused, {news.live} live tracks, {news.ended} ended; "
                f"newest plot {news.newest_utc or 'none'}; {news.watched_s:.0f} s"
            )
        else:
            click.echo(printable(f"refused: {news.what}: {news.reason}"), err=True)
            return
        click.echo(text)
        sys.stdout.flush()

    return show


def _state_lines(news: Any) -> list[str]:
    update = news.update
    speed = math.hypot(*update.velocity_ecef_m_s)
    text = f"{tenth(update.time_utc)}  track {news.number}{' confirmed' if news.first else ''}  {speed:.0f} m/s"
    mode = max(update.modes, key=update.modes.get)
    text += f"  {mode} {update.modes[mode]:.2f}"
    if update.verdict is not None:
        kind = max(update.class_, key=update.class_.get)
        text += f"  {update.verdict.says}, {kind} {update.class_[kind]:.2f}"
    lines = [text]
    if update.launch is not None:
        e, when = update.launch.ellipse_95, update.launch.time_utc
        lines.append(
            f"    launched at {plain_place(update.launch.lat_deg, update.launch.lon_deg, 3)}, "
            f"{instant_span(when)}, 95 % within {e.semi_major_km:.1f} x {e.semi_minor_km:.1f} km"
        )
    if update.impact is not None:
        others = (place for place in update.impact.alternatives if place.probability >= _WORTH_TELLING)
        for place in (update.impact, *others):
            e = place.ellipse_95
            lines.append(
                f"    if {place.assumes} ({place.probability:.2f}) falls at "
                f"{plain_place(place.lat_deg, place.lon_deg, 3)}, {tenth(place.time_utc)}, "
                f"95 % within {e.semi_major_km:.1f} x {e.semi_minor_km:.1f} km"
            )
    return lines


_WORTH_TELLING = 0.1
"""Probability of another hypothesis from which its fall is told beside the likeliest one's."""


def _track_line(news: Any) -> str:
    track = news.track
    likeliest = max(track.class_, key=track.class_.get)
    return (
        f"{tenth(track.last_utc)}  track {news.number} ended  {track.id}  {track.plots_used} plots since "
        f"{tenth(track.first_utc)}, {likeliest} ({track.class_[likeliest]:.2f})"
    )
