"""`launchwatch zone`: one place, a table of places, zones out as GeoJSON, official polygons in."""

from pathlib import Path
from typing import Any

import click

from launchwatch.cli.common import JSON, checked, print_json, print_plain
from launchwatch.facts.checks import check_latitude, check_longitude

PARTLY_REFUSED = 3
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class _Zone(click.Group):
    """A group whose first word may be a place: without a command's name the call is of `at`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in {*self.commands, "-h", "--help"}:
            args = ["at", *args]
        return super().parse_args(ctx, args)


@click.group("zone", cls=_Zone, no_args_is_help=True)
def command() -> None:
    """Tell how a place lies to land, territorial seas and economic zones.

    \b
    launchwatch zone LAT LON [--airspace] [--json] one place, degrees north and east
    launchwatch zone --points FILE.csv [--json]    each place of a table with the columns lat and lon
    launchwatch zone export --state JPN --kind eez zones as GeoJSON
    launchwatch zone import FILE                   official polygons (Marine Regions), preferred from then on

    Lines are computed, not legal; within a line's own error the answer is 'too close to call'.
    """


@command.command("at", context_settings={"ignore_unknown_options": True}, hidden=True)
@click.argument("lat", type=float, callback=checked(check_latitude), required=False)
@click.argument("lon", type=float, callback=checked(check_longitude), required=False)
@click.option("--points", type=_FILE, metavar="FILE", help="A CSV table with the columns lat and lon.")
@click.option("--airspace", is_flag=True, help="Also tell flight information regions, airways and airports there.")
@JSON
def at(lat: float | None, lon: float | None, points: Path | None, *, airspace: bool, as_json: bool) -> None:
    """Tell how LAT LON (degrees north, degrees east), or each place of a table, lies to the zones."""
    if (points is None) == (lat is None or lon is None):
        raise click.UsageError("one of LAT LON and --points FILE")
    if points is not None and airspace:
        raise click.UsageError("--airspace is told of one place, LAT LON, not of a table")
    if points is not None:
        _answer_table(points, as_json=as_json)
        return
    assert lat is not None, "checked above"
    assert lon is not None, "checked above"
    from launchwatch.run.commands import airspace_at, zones_at

    relations, sea = zones_at(lat, lon)
    above = airspace_at(lat, lon) if airspace else None
    if as_json:
        found = {"lat_deg": lat, "lon_deg": lon, "sea": sea, "relations": relations}
        print_json(found if above is None else found | {"airspace": above})
        return
    _print_place(f"{lat:.4f}, {lon:.4f}", sea, relations)
    if above is not None:
        _print_airspace(above)


def _print_airspace(above: dict[str, Any]) -> None:
    for relation in above["firs"]:
        print_plain(f"  {relation['wording']}")
    if not any(relation["relation"] != "outside" for relation in above["firs"]):
        print_plain("  FIR: not stated; no region that is drawn holds this place")
    for airport in above["airports"]:
        print_plain(f"  airport {airport['name']} ({airport['icao']}), {airport['distance_km']:.1f} km")
    for airway in above["airways"] or ():
        print_plain(f"  airway {airway['route']}, {airway['distance_km']:.1f} km")
    if above["airways"] is None:
        print_plain(f"  {above['airways_source']}")


def _answer_table(points: Path, *, as_json: bool) -> None:
    from launchwatch.run.zones import zones_of_table

    table = zones_of_table(points)
    if as_json:
        print_json({"points": table.points, "rejected": table.rejected})
    else:
        for point in table.points:
            name = point["id"] or f"line {point['line']}"
            _print_place(
                f"{name}: {point['lat_deg']:.4f}, {point['lon_deg']:.4f}", point["sea"], point["relations"]
            )
        for row in table.rejected:
            print_plain(f"line {row['line']} refused: {row['reason']} ({row['given']})")
    if table.rejected:
        click.get_current_context().exit(PARTLY_REFUSED if table.points else 1)


def _print_place(title: str, sea: str | None, relations: list[dict[str, Any]]) -> None:
    print_plain(title + (f": {sea}" if sea else ""))
    for relation in relations:
        print_plain(f"  {relation['wording']}")
    if not relations:
        print_plain("  in no zone and within 400 km of none: the high seas")


@command.command("export")
@click.option("--state", required=True, metavar="CODE", help="ISO 3166 alpha-3 code, such as JPN.")
@click.option(
    "--kind", metavar="KIND", help="eez, territorial_sea, contiguous_zone, land, joint_area, ...; all if absent."
)
@click.option("--undisputed", is_flag=True, help="Leave out what another state claims or shares.")
def export(state: str, kind: str | None, *, undisputed: bool) -> None:
    """Print a state's zones as GeoJSON (RFC 7946)."""
    from launchwatch.run.zones import export_zones

    found = export_zones(state, kind, undisputed=undisputed)
    import msgspec

    click.echo(msgspec.json.encode(found).decode())


@command.command("import")
@click.argument("file", type=_FILE)
@click.option("--layer", metavar="NAME", help="The layer of a GeoPackage; default: its first.")
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
              help="Where to keep them; default: the user's data folder, or $LAUNCHWATCH_DATA.")  # fmt: skip
@JSON
def import_(file: Path, layer: str | None, folder: Path | None, *, as_json: bool) -> None:
    """Take official polygons from a GeoPackage or shapefile; they are preferred to computed zones from then on."""
    from launchwatch.run.zones import import_zones

    done = import_zones(file, layer=layer, folder=folder)
    if as_json:
        print_json({
            "folder": str(done.folder), "zones": [zone.id for zone in done.zones], "rejected": done.rejected,
        })  # fmt: skip
    else:
        print_plain(f"{len(done.zones)} zones kept in {done.folder}")
        for row in done.rejected:
            print_plain(f"feature {row['feature']} refused: {row['reason']}")
    if done.rejected:
        click.get_current_context().exit(PARTLY_REFUSED)
