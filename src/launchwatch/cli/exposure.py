"""`launchwatch exposure`."""

from pathlib import Path

import click

from launchwatch.cli.common import (
    ANSWERS,
    AS_OF,
    JSON,
    LANES,
    TRAFFIC,
    print_json,
    print_plain,
    show_rejections,
)


@click.command("exposure")
@click.argument("event", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@TRAFFIC
@ANSWERS
@click.option("--danger-km", type=click.FloatRange(0.01, 1000), metavar="KM",
              help="Radius about the impact within which a craft counts as endangered [default: 9.26 for "
              "aircraft, 1.852 for ships].")  # fmt: skip
@LANES
@AS_OF
@JSON
@click.pass_context
def command(
    context: click.Context,
    event: Path,
    *,
    traffic: tuple[Path, ...],
    answers: tuple[Path, ...],
    danger_km: float | None,
    lanes: bool,
    as_of: str | None,
    as_json: bool,
) -> None:
    """Tell which ships and aircraft were where EVENT (an event.json) fell, and who must be told.

    Positions are kept on their track to the moment of the fall; old ones count for less, and are told as aged.

    \b
      launchwatch exposure found/EVENT/event.json --traffic aircraft.json --traffic ais.nmea --json
    """
    from launchwatch.cli.main import DONE, PARTLY_REFUSED
    from launchwatch.run.exposing import exposure, exposure_document

    if not traffic and not answers:
        raise click.UsageError("give --traffic FILE or --answers FILE")
    done = exposure(event, traffic=traffic, answers=answers, danger_km=danger_km, lanes=lanes, as_of_utc=as_of)
    show_rejections(done.rejections)
    if as_json:
        print_json(exposure_document(done))
    else:
        print_plain("\n".join(done.sentences))
    context.exit(PARTLY_REFUSED if done.rejections else DONE)
