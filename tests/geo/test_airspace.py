"""Flight information regions against published fixes and location indicators; airports and airways read."""

from pathlib import Path

import numpy as np
import pytest
import shapely

from launchwatch.basis.errors import InputError, NoEvidenceError, UnknownNameError
from launchwatch.geo import airspace
from launchwatch.geo.airspace import load_airports, load_airways, load_edges, load_firs, parse_corner

FIRS = load_firs()

# AIP Republic of Korea ENR 3.3 (AIRAC of 16 JUN 2021): fixes that stand on the limit, and some that do not.
ON_THE_LIMIT = {
    "ANDOL": (37 + 39 / 60 + 58 / 3600, 133.0),
    "AGAVO": (37 + 10 / 60 + 10 / 3600, 123 + 59 / 60 + 53 / 3600),
}
INSIDE = {"SABET": (37 + 38 / 60 + 29 / 3600, 132 + 40 / 60 + 19 / 3600), "RILRO": (37.17583, 124.24500)}


@pytest.mark.parametrize("name", ON_THE_LIMIT)
def test_fixes_of_the_aip_stand_on_the_limit(name):
    """The Korean AIP's fixes at its FIR's limit are within 0.25 km of it, and no side is named."""
    lat, lon = ON_THE_LIMIT[name]
    margins = FIRS.margins("RKRR", [lon], [lat])
    assert abs(margins.km[0]) < 0.25
    assert {r.fir.id: r.relation for r in FIRS.relations(lon, lat)}["RKRR"] == "too close to call"


@pytest.mark.parametrize("name", INSIDE)
def test_fixes_inside(name):
    """Fixes that the Korean AIP serves from Incheon and Daegu lie inside, by a line that was read."""
    lat, lon = INSIDE[name]
    first = FIRS.relations(lon, lat)[0]
    assert (first.fir.id, first.relation, first.basis) == ("RKRR", "inside", "read")


# Location indicators (ICAO Doc 7910) name the FIR by their first letters; the exceptions stand in the notes.
LETTERS = {"RK": "RKRR", "RJ": "RJJJ", "RO": "RJJJ", "ZK": "ZKKP", "ZY": "ZYSH", "RP": "RPHI", "RC": "RCAA"}
ELSEWHERE = {"ROYN", "RORH", "RCFG", "RCMT", "ZYLS"}


@pytest.mark.parametrize("letters", LETTERS)
def test_airports_lie_in_the_fir_that_their_indicator_names(letters):
    """Every airport of the region lies in the FIR of its letters, but for five that are known not to."""
    table = load_airports()
    mine = np.array([code[:2] == letters and code not in ELSEWHERE for code in table.icao])
    assert mine.sum() >= 4
    assert FIRS.inside(LETTERS[letters], table.lon_deg[mine], table.lat_deg[mine]).all()


def test_regions_do_not_overlap():
    """Valid polygons; no two regions share more than slivers where one line was typed for both."""
    shapes = {fir.id: FIRS.geometry(fir.id) for fir in FIRS}
    assert all(shapely.is_valid(shape) for shape in shapes.values())
    names = list(shapes)
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            assert shapely.intersection(shapes[one], shapes[other]).area < 0.02, (one, other)


def test_the_antimeridian_is_no_edge():
    """Oakland's oceanic region holds both sides of 180 degrees, and the distance to it crosses that meridian."""
    assert FIRS.inside("KZAK", [179.9, -179.9, 180.0, -170.0], [30.0, 30.0, 30.0, 30.0]).all()
    east, west = (FIRS.margins("KZAK", [lon], [30.0]).km[0] for lon in (179.999, -179.999))
    assert east == pytest.approx(west, abs=0.5)
    assert east < -1000


def test_a_margin_is_a_geodesic():
    """A point 20 km east of the meridian 124 E is 20 km inside the Incheon FIR, within the sagitta of 2 km."""
    lat = np.radians(35.0)
    km_per_degree = 6378.137 / np.sqrt(1 - 0.00669438 * np.sin(lat) ** 2) * np.cos(lat) * np.pi / 180
    margin = FIRS.margins("RKRR", [124.0 + 20 / km_per_degree], [35.0]).km[0]
    assert margin == pytest.approx(-20.0, abs=0.05)


def test_where_no_region_is_drawn_none_is_stated():
    """Far away nothing is said, since not all regions of the world are there."""
    assert FIRS.relations(0.0, 0.0) == []


def test_every_line_carries_its_source():
    """Each typed line says whether it was read, second-hand or from knowledge, and how far it may be off."""
    edges = [edge for mine in load_edges().values() for edge in mine]
    assert {edge.basis for edge in edges} == set(airspace.BASES)
    for edge in edges:
        assert edge.source
        assert edge.error_km >= (1 if edge.basis == "read" else 5)
        assert edge.basis == "read" or "to be checked" in edge.source or "drawn land" in edge.source


def test_a_common_line_is_one_line():
    """The corners that Incheon and Fukuoka share are the same; shapes stand on a lattice of a metre."""
    lat, lon = np.array([33.5, 36.0, 38.3]), np.array([128.2, 131.0, 133.3])
    one, other = FIRS.margins("RKRR", lon, lat), FIRS.margins("RJJJ", lon, lat)
    assert one.km == pytest.approx(-other.km, abs=2e-3)


@pytest.mark.parametrize(
    ("text", "degrees"), [("3838N", 38 + 38 / 60), ("1763400W", -(176 + 34 / 60)), ("0500S", -5.0)]
)
def test_corners_are_read_as_an_aip_writes_them(text, degrees):
    """Degrees, minutes and at times seconds, with the side behind."""
    assert parse_corner(text) == pytest.approx(degrees)


@pytest.mark.parametrize("text", ["38N", "3838", "N3838", "38383N", ""])
def test_other_corners_are_refused(text):
    """Nothing else is taken for a corner."""
    with pytest.raises(InputError, match="DDMM"):
        parse_corner(text)


def test_places_off_the_earth_are_refused():
    """Latitude 91 and NaN are no places, and an unknown region has near names."""
    with pytest.raises(InputError, match="latitude"):
        FIRS.inside("RJJJ", [140.0], [91.0])
    with pytest.raises(InputError):
        FIRS.margins("RJJJ", [np.nan], [35.0])
    with pytest.raises(UnknownNameError, match="RJJJ"):
        FIRS["RJJ"]


def test_without_a_package_there_are_no_airways(monkeypatch):
    """None is shipped; the message says what to install."""
    monkeypatch.setattr(airspace, "_folder_of", lambda _: None)
    with pytest.raises(NoEvidenceError, match="pip install"):
        load_airways()


POINTS = """X1 001 ALPHA 40.000000 130.000000
X1 002 BRAVO 40.500000 132.000000
X1 003 FAROF -10.000000 -60.000000
X2 001 ALPHA 40.000000 130.000000
broken line
"""


def test_airways_are_read_from_a_list_of_points(monkeypatch, tmp_path: Path):
    """Neighbouring points of a route make a leg; what would join two continents does not, nor a single point."""
    (tmp_path / "data/navdata").mkdir(parents=True)
    (tmp_path / "data/navdata/earth_awy.dat").write_text(POINTS)
    monkeypatch.setattr(airspace, "_folder_of", lambda package: tmp_path if package == "traffic" else None)
    airways = load_airways()
    assert airways.route == ("X1",)
    assert airways.start.tolist() == [[130.0, 40.0]]
    assert airways.end.tolist() == [[132.0, 40.5]]
    assert "undated" in airways.source


def test_airways_are_read_from_a_table_of_legs(monkeypatch, tmp_path: Path):
    """A parquet table with a leg a row; one that is no such table is said to be unreadable."""
    import pyarrow as pa
    from pyarrow import parquet

    (tmp_path / "data").mkdir()
    columns = {"awid": ["Y1"], "awfromlon": [130.0], "awfromlat": [40.0], "awtolon": [131.0], "awtolat": [41.0]}
    parquet.write_table(pa.table(columns), tmp_path / "data/airway.parquet")
    monkeypatch.setattr(airspace, "_folder_of", lambda package: tmp_path if "minisky" in package else None)
    assert load_airways().end.tolist() == [[131.0, 41.0]]
    airspace._read_airways.cache_clear()
    (tmp_path / "data/airway.parquet").write_bytes(b"no table")
    with pytest.raises(NoEvidenceError, match="cannot be read"):
        load_airways()
