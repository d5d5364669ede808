"""`launchwatch zone`."""

import click

from launchwatch.cli.common import JSON, checked, print_json
from launchwatch.facts.checks import check_latitude, check_longitude


@click.command("zone", context_settings={"ignore_unknown_options": True})
@click.argument("lat", type=float, callback=checked(check_latitude))
@click.argument("lon", type=float, callback=checked(check_longitude))
@JSON
def command(lat: float, lon: float, *, as_json: bool) -> None:
    """Tell how LAT LON (degrees north, degrees east) lies to land, territorial seas and economic zones.

    Lines are computed, not legal; within a line's own error the answer is 'too close to call'.
    """
    from launchwatch.run.commands import zones_at

    relations, sea = zones_at(lat, lon)
    if as_json:
        print_json({"lat_deg": lat, "lon_deg": lon, "sea": sea, "relations": relations})
        return
    click.echo(f"{lat:.4f}, {lon:.4f}" + (f": {sea}" if sea else ""))
    for relation in relations:
        click.echo(f"  {relation['wording']}")
