"""Ports of the World Port Index, and shipping lanes from an installed package.

Both tell what is near by and nothing of whose it is. Degrees, WGS84.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.errors import NoEvidenceError

Floats = NDArray[np.float64]

_DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, eq=False)
class Ports:
    """Ports: columns of equal length. `listed_under` is the index's country, `size` its word for the harbour."""

    name: tuple[str, ...]
    listed_under: tuple[str, ...]
    locode: tuple[str, ...]
    size: tuple[str, ...]
    lon_deg: Floats
    lat_deg: Floats

    def __len__(self) -> int:
        return len(self.name)


@lru_cache(maxsize=1)
def load_ports() -> Ports:
    """Return the ports of the world, from the World Port Index (public domain)."""
    with (_DATA / "ports.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    texts = {key: tuple(row[key] for row in rows) for key in ("name", "listed_under", "locode", "size")}
    lon, lat = (np.array([float(row[key]) for row in rows]) for key in ("lon", "lat"))
    return Ports(**texts, lon_deg=lon, lat_deg=lat)


@dataclass(frozen=True, eq=False)
class Lanes:
    """Legs of a network of shipping lanes: `passage` of each, "" for the open sea, and points (k, 2), lon, lat.

    Such a network is for planning routes: it says where ships tend to go, not where each one is.
    """

    source: str
    passage: tuple[str, ...]
    points: tuple[Floats, ...]

    def __len__(self) -> int:
        return len(self.points)


def load_lanes() -> Lanes:
    """Return shipping lanes out of the installed package searoute; none is shipped with launchwatch.

    Raises NoEvidenceError where it is not installed.
    """
    spec = find_spec("searoute")  # found, not imported: its import loads routing that is not needed
    if spec is None or spec.origin is None:
        raise NoEvidenceError(
            "no shipping lanes are known",
            allowed="the package searoute, installed beside launchwatch",
            try_="pip install 'launchwatch[lanes]'",
        )
    return _read_lanes(Path(spec.origin).parent / "data" / "marnet_searoute.geojson")


@lru_cache(maxsize=2)
def _read_lanes(path: Path) -> Lanes:
    source = "searoute (network of Eurostat's searoute, Apache-2.0)"
    try:
        legs = [leg for feature in msgspec.json.decode(path.read_bytes())["features"] for leg in _legs(feature)]
    except (OSError, msgspec.DecodeError, KeyError, TypeError, ValueError) as error:
        raise NoEvidenceError("shipping lanes cannot be read", given=f"{source}: {error}") from None
    return Lanes(source, tuple(passage for passage, _ in legs), tuple(points for _, points in legs))


def _legs(feature: dict[str, Any]) -> Iterator[tuple[str, Floats]]:
    """Yield the lines of one GeoJSON feature, each with the passage that it leads through."""
    geometry, passage = feature["geometry"], str((feature.get("properties") or {}).get("passage") or "")
    lines = {"LineString": [geometry["coordinates"]], "MultiLineString": geometry["coordinates"]}
    for line in lines.get(geometry["type"], []):
        yield passage, np.array(line, dtype=np.float64).reshape(-1, 2)
