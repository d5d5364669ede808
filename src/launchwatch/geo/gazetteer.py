"""The gazetteer: places by name in Latin letters, Hangul, Han and kana, from data/places.csv.

A name is found by the keys of launchwatch.geo.phrases, under which the romanisations of one Korean name are one;
among places of one key (Taechon, Daejeon) those of the country at hand come first.
Degrees, WGS84.
"""

import csv
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np

from launchwatch.geo.areas import KM_PER_DEGREE, PlaceArea, make_area
from launchwatch.geo.phrases import Token, name_keys, words

_DATA = Path(__file__).parent / "data"

MIXED_KM = 100.0
"""Places of one name farther apart than this are different places, and the phrase does not tell which."""

SAME_KM = 2.0
"""Rows of one name closer than this are one place that two sources give."""

LAUNCHES_NEAR_KM = 15.0
"""A launch site so near a town that shares its name may be what the name means."""

_LAUNCHED_FROM = 3.0  # weight of a place that launches were seen from beside a town's middle of the same name


@dataclass(frozen=True)
class PlaceRow:
    """One line of places.csv."""

    name: str
    names: tuple[str, ...]
    aliases: tuple[str, ...]
    lon_deg: float
    lat_deg: float
    sigma_km: float
    kind: str
    province: str
    country: str
    source: str

    @property
    def launched_from(self) -> bool:
        """Tell whether launches were recorded here, whatever it is that bears the name."""
        return "nk-missile-tests" in self.source


@dataclass
class Candidates:
    """Rows under one key: those whose own name it is, and those that carry it as an alias."""

    own: list[PlaceRow] = field(default_factory=list)
    alias: list[PlaceRow] = field(default_factory=list)

    def best(self, countries: list[str]) -> list[PlaceRow]:
        """Return the rows that a name means, in a report about these countries."""
        own, alias = ([row for row in rows if row.country in countries] for rows in (self.own, self.alias))
        rows = own or alias or self.own or self.alias
        return rows + [
            row
            for row in self.alias
            if row not in rows and row.launched_from and min(_apart_km(row, r) for r in rows) <= LAUNCHES_NEAR_KM
        ]


def _apart_km(a: PlaceRow, b: PlaceRow) -> float:
    east = (a.lon_deg - b.lon_deg) * np.cos(np.radians(a.lat_deg))
    return float(np.hypot(east, a.lat_deg - b.lat_deg)) * KM_PER_DEGREE


@lru_cache(maxsize=1)
def places() -> dict[str, Candidates]:
    """Return the gazetteer by key, read once."""
    table: dict[str, Candidates] = {}
    for row in place_rows():
        own = {key for name in row.names for key in name_keys(name)}
        for key in own:
            table.setdefault(key, Candidates()).own.append(row)
        for key in {key for name in row.aliases for key in name_keys(name)} - own:
            table.setdefault(key, Candidates()).alias.append(row)
    for long, short in _suffixed():
        named, shared = table[long], table[short]
        named.own += [row for row in shared.own if row not in named.own]
        named.alias += [row for row in shared.alias if row not in named.own and row not in named.alias]
    return table


def _suffixed() -> list[tuple[str, str]]:
    """Return the keys of names written with '-ri, -up, -si' beside those without."""
    keys = [name_keys(name) for row in place_rows() for name in row.names]
    return sorted({(key, min(both, key=len)) for both in keys if len(both) > 1 for key in both})


@lru_cache(maxsize=1)
def place_rows() -> tuple[PlaceRow, ...]:
    """Return the lines of places.csv."""
    return tuple(_read_rows())


def _read_rows() -> Iterable[PlaceRow]:
    with (_DATA / "places.csv").open(encoding="utf-8", newline="") as stream:
        for line in csv.DictReader(stream):
            names = (line["name"], *filter(None, line["variants"].split(";")))
            aliases = tuple(filter(None, line["aliases"].split(";")))
            yield PlaceRow(
                line["name"],
                names,
                aliases,
                float(line["lon_deg"]),
                float(line["lat_deg"]),
                float(line["sigma_km"]),
                line["kind"],
                line["province"],
                line["country"],
                line["source_url"],
            )


def narrow(rows: list[PlaceRow], regions: list[str], countries: list[str]) -> list[PlaceRow]:
    """Return the rows that the rest of the phrase allows, or none if they are far apart even so."""
    parts = {part for region in regions for part in words().unions.get(region, (region,))}
    in_region = [row for row in rows if any(part in row.province for part in parts)]
    in_country = [row for row in in_region or rows if row.country in countries]
    kept = in_country or in_region or rows
    x = np.array([row.lon_deg for row in kept]) * np.cos(np.radians(kept[0].lat_deg))
    y = np.array([row.lat_deg for row in kept])
    return kept if np.hypot(np.ptp(x), np.ptp(y)) * KM_PER_DEGREE <= MIXED_KM else []


def rows_named(token: Token, regions: list[str], countries: list[str]) -> list[PlaceRow]:
    """Return the rows that a place's token means beside regions and countries, or none if that is open."""
    return narrow(places()[str(token.value)].best(countries), regions, countries)


def mixture(rows: list[PlaceRow]) -> PlaceArea:
    """Return the area of rows of one name: a point for each place, heavier where launches were seen from."""
    places_of_it: list[PlaceRow] = []
    for row in sorted(rows, key=lambda row: not row.launched_from):
        if not any(_apart_km(row, other) < SAME_KM for other in places_of_it):
            places_of_it.append(row)
    sigma_km = max(row.sigma_km for row in rows)
    names = dict.fromkeys(name for row in rows for name in row.names)
    sources = dict.fromkeys(row.source for row in rows)
    return make_area(
        plain(rows[0].name),
        tuple(names),
        "point",
        np.array([row.lon_deg for row in places_of_it]),
        np.array([row.lat_deg for row in places_of_it]),
        np.array([_LAUNCHED_FROM if row.launched_from else 1.0 for row in places_of_it]),
        sigma_km,
        source="; ".join(sources),
    )


def plain(name: str) -> str:
    """Return a romanised name as English texts print it: P'yŏngsŏng-si is Pyongsong."""
    letters = unicodedata.normalize("NFKD", name)
    return "".join(c for c in letters if not unicodedata.combining(c) and c not in "'’‘ʼʻ").removesuffix("-si")


def with_article(name: str) -> str:
    """Return a name with its article where English gives it one."""
    return f"the {name}" if any(kind in name for kind in ("Peninsula", "Ocean", "Strait", "Sea ")) else name
