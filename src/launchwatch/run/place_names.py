"""Words about places to areas and points to words, as JSON values: what `launchwatch place` prints."""

from dataclasses import asdict
from typing import Any

from launchwatch.basis.errors import InputError
from launchwatch.geo.describe import describe_point, nearest_of
from launchwatch.geo.outlines import MOST, outline
from launchwatch.geo.places import LONGEST_PHRASE, resolve_place
from launchwatch.geo.zones import load_zones


def area_of_phrase(phrase: str, country: str | None = None) -> dict[str, Any]:
    """Return the area that words mean: name, centre, radius, sources, and the 95 % area as a GeoJSON feature."""
    area = resolve_place(phrase, country=country)
    if area is None:
        raise InputError(
            "no one place is known by these words",
            given=phrase[:80],
            allowed=f"a place, province, coast, border or sea, up to {LONGEST_PHRASE} characters",
            try_="--country for 'its coast', or a province beside a name that several places bear",
        )
    lon, lat = area.centre_deg
    coordinates = outline(area)
    return {
        "phrase": phrase,
        "country": country,
        "name": area.name,
        "names": area.names,
        "kind": area.kind,
        "centre": {"lat_deg": round(lat, 4), "lon_deg": round(lon, 4)},
        "radius_km": round(area.radius_km, 1),
        "source": area.source,
        "area": {
            "type": "Feature",
            "properties": {"name": area.name, "share": MOST},
            "geometry": {"type": "MultiPolygon", "coordinates": coordinates},
        },
    }


def words_of_point(lat_deg: float, lon_deg: float) -> dict[str, Any]:
    """Return a point in words in three languages, what they are made of, and who claims the land there or its sea.

    Of disputed land `claims` gives its names and, for each state that claims it, how the point lies to the nearest
    place of that state: one claimant's alone would take sides.
    """
    words = asdict(describe_point(lat_deg, lon_deg))
    return {"lat_deg": lat_deg, "lon_deg": lon_deg, **words, "claims": _claims(lat_deg, lon_deg)}


def _claims(lat_deg: float, lon_deg: float) -> list[dict[str, Any]]:
    found = {}
    for relation in load_zones().relations(lon_deg, lat_deg):
        zone = relation.zone
        if zone is None or ":disputed:" not in zone.id or not relation.drawn_inside:
            continue
        if zone.kind in {"land", "territorial_sea"}:
            nearest = {state: nearest_of(state, lat_deg, lon_deg) for state in zone.states}
            found[zone.names] = {"names": zone.names, "nearest": nearest}
    return list(found.values())
