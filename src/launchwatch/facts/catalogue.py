"""Earlier flights as published: the packaged table that an estimate is compared with.

Single facts, each row with the addresses of its sources; made by `builders/build_flights.py`.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

Stated = Literal["azimuth", "compass"]
_TABLE = Path(__file__).parent / "data" / "flights.csv"


@dataclass(frozen=True)
class PastFlight:
    """A published flight; figures that nobody published are None.

    `date` is an ISO day or month; `bearing_deg` clockwise from north, `bearing_stated` whether as an azimuth or
    as a compass word.
    """

    id: str
    date: str
    country: str
    name: str
    class_: str
    launch_site: str
    launch_lat_deg: float | None
    launch_lon_deg: float | None
    bearing_deg: float | None
    bearing_stated: Stated | None
    range_km: float | None
    apogee_km: float | None
    flight_time_min: float | None
    trajectory: str | None
    sources: tuple[str, ...]


@cache
def past_flights() -> tuple[PastFlight, ...]:
    """Return the packaged flights, oldest first."""
    with _TABLE.open(encoding="utf-8", newline="") as handle:
        return tuple(_flight(row) for row in csv.DictReader(handle))


def _flight(row: dict[str, str]) -> PastFlight:
    return PastFlight(
        id=row["id"],
        date=row["date"],
        country=row["country"],
        name=row["name"],
        class_=row["class"],
        launch_site=row["launch_site"],
        launch_lat_deg=_number(row["launch_lat_deg"]),
        launch_lon_deg=_number(row["launch_lon_deg"]),
        bearing_deg=_number(row["bearing_deg"]),
        bearing_stated=msgspec.convert(row["bearing_stated"] or None, Stated | None),
        range_km=_number(row["range_km"]),
        apogee_km=_number(row["apogee_km"]),
        flight_time_min=_number(row["flight_time_min"]),
        trajectory=row["trajectory"] or None,
        sources=tuple(row["source_urls"].split()),
    )


def _number(cell: str) -> float | None:
    return float(cell) if cell else None
