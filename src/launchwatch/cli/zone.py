"""`launchwatch zone`."""

from typing import Any

import click

from launchwatch.cli.common import JSON, checked, print_json
from launchwatch.facts.checks import check_latitude, check_longitude


@click.command("zone", context_settings={"ignore_unknown_options": True})
@click.argument("lat", type=float, callback=checked(check_latitude))
@click.argument("lon", type=float, callback=checked(check_longitude))
@click.option("--airspace", is_flag=True, help="Also tell flight information regions, airways and airports there.")
@JSON
def command(lat: float, lon: float, *, airspace: bool, as_json: bool) -> None:
    """Tell how LAT LON (degrees north, degrees east) lies to land, territorial seas and economic zones.

    Lines are computed, not legal; within a line's own error the answer is 'too close to call'.
    """
    from launchwatch.run.commands import airspace_at, zones_at

    relations, sea = zones_at(lat, lon)
    above = airspace_at(lat, lon) if airspace else None
    if as_json:
        found = {"lat_deg": lat, "lon_deg": lon, "sea": sea, "relations": relations}
        print_json(found if above is None else found | {"airspace": above})
        return
    click.echo(f"{lat:.4f}, {lon:.4f}" + (f": {sea}" if sea else ""))
    for relation in relations:
        click.echo(f"  {relation['wording']}")
    if above is not None:
        _print_airspace(above)


def _print_airspace(above: dict[str, Any]) -> None:
    for relation in above["firs"]:
        click.echo(f"  {relation['wording']}")
    if not any(relation["relation"] != "outside" for relation in above["firs"]):
        click.echo("  FIR: not stated; no region that is drawn holds this place")
    for airport in above["airports"]:
        click.echo(f"  airport {airport['name']} ({airport['icao']}), {airport['distance_km']:.1f} km")
    for airway in above["airways"] or ():
        click.echo(f"  airway {airway['route']}, {airway['distance_km']:.1f} km")
    if above["airways"] is None:
        click.echo(f"  {above['airways_source']}")
