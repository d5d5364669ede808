"""`launchwatch place`."""

import click

from launchwatch.basis.errors import InputError, printable
from launchwatch.cli.common import JSON, print_json, print_wrapped
from launchwatch.facts.checks import check_latitude, check_longitude


@click.command("place")
@click.argument("phrase", required=False)
@click.option("--point", metavar="LAT,LON", help="A point to describe: degrees north, degrees east.")
@click.option("--country", metavar="NAME", help="State that the words are about, for 'off its east coast'.")
@JSON
def command(phrase: str | None, point: str | None, country: str | None, *, as_json: bool) -> None:
    """Turn PHRASE, words of a report about a place, into an area; or a --point into words.

    The words are English, Japanese or Korean: 'about 250 km west of Okushiri Island'. The area holds 95 % of where
    the place may be; with --json it is GeoJSON. A point is described in the three languages.
    """
    if (phrase is None) == (point is None):
        raise click.UsageError("give either a phrase or --point LAT,LON")
    if point is not None:
        if country is not None:
            raise click.UsageError("--country goes with a phrase")
        _tell_point(point, as_json=as_json)
        return
    from launchwatch.run.place_names import area_of_phrase

    found = area_of_phrase(str(phrase), country)
    if as_json:
        print_json(found)
        return
    lat, lon = found["centre"]["lat_deg"], found["centre"]["lon_deg"]
    click.echo(f"{found['name']}: {lat:.2f}, {lon:.2f}, root-mean-square {found['radius_km']:.0f} km")
    click.echo(f"  {', '.join(found['names'])}")
    if found["source"]:
        click.echo(f"  source: {found['source']}")


def _tell_point(point: str, *, as_json: bool) -> None:
    from launchwatch.run.place_names import words_of_point

    try:
        lat, lon = (float(part) for part in point.split(","))
        check_latitude(lat)
        check_longitude(lon)
    except InputError as error:
        raise click.BadParameter(printable(str(error)), param_hint="--point") from None
    except ValueError:
        raise click.BadParameter(f"{point!r} is not LAT,LON in degrees", param_hint="--point") from None
    found = words_of_point(lat, lon)
    if as_json:
        print_json(found)
        return
    for text in found["text"].values():
        click.echo(text)
    for claim in found["claims"]:
        sides = (
            f"{state} ({where or 'no place of theirs known within 500 km'})"
            for state, where in claim["nearest"].items()
        )
        print_wrapped(f"disputed: {' / '.join(claim['names'])}, claimed by {', '.join(sides)}", 2)
