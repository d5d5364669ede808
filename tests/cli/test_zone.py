"""`launchwatch zone`: tables of places, GeoJSON out, official polygons in."""

import json

import numpy as np
import pytest
import shapely
from click.testing import CliRunner, Result
from pyproj import Transformer

from launchwatch.cli.main import main
from launchwatch.geo.zones import load_zones

POINTS = """id,lat,lon,datum
Yamato Bank,39.3,135.0,
swapped,135.0,39.3,
no number,forty,135,
Rhodes,36.2,28.1,ED50
old datum,39.3,135.0,Tokyo
nowhere,39.3,135.0,Paris 1807
Fiji,-18.0,179.9999,
far,38.0,-150.0,
too far,38.0,361,
,0,0,
"""


@pytest.fixture
def call(tmp_path, monkeypatch):
    """Return a function that runs the command with a data folder of its own."""
    monkeypatch.setenv("LAUNCHWATCH_DATA", str(tmp_path / "own"))

    def run(*args: object) -> Result:
        return CliRunner().invoke(main, [str(arg) for arg in args], catch_exceptions=False)

    return run


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "points.csv"
    path.write_text(POINTS, encoding="utf-8")
    return path


def test_a_table_is_answered_row_by_row_and_bad_rows_are_told(call, table):
    result = call("zone", "--points", table, "--json")
    assert result.exit_code == 3, "done, but something was refused"
    document = json.loads(result.stdout)
    answered = {point["id"]: point for point in document["points"]}
    assert list(answered) == ["Yamato Bank", "Rhodes", "old datum", "Fiji", "far", None]
    yamato = answered["Yamato Bank"]
    assert yamato["relations"][0]["zone"] == "eez:JPN"
    assert yamato["sea"] == "Sea of Japan (East Sea)"
    assert "computed, not legal" in yamato["relations"][0]["wording"]
    assert answered["far"]["relations"] == []
    assert [(row["line"], row["reason"]) for row in document["rejected"]] == [
        (3, "latitude is no place on earth"),
        (4, "lat is no number"),
        (7, "an unknown datum"),
        (10, "longitude is no place on earth"),
    ]
    assert "swapped" in document["rejected"][0]["try"]


def test_the_table_tells_what_single_places_tell(call, table):
    document = json.loads(call("zone", "--points", table, "--json").stdout)
    for point in document["points"]:
        if point["id"] not in {"Rhodes", "old datum"}:
            alone = json.loads(call("zone", point["lat_deg"], point["lon_deg"], "--json").stdout)
            zones = [(r["zone"], round(r["margin_km"], 1)) for r in point["relations"]]
            assert zones == [(r["zone"], round(r["margin_km"], 1)) for r in alone["relations"]]


def test_another_datum_is_moved_to_wgs84(call, table):
    """Tokyo datum, EPSG:4301: about 400 m off in Japan."""
    document = json.loads(call("zone", "--points", table, "--json").stdout)
    moved = next(point for point in document["points"] if point["id"] == "old datum")
    east, north = Transformer.from_crs("EPSG:4301", "EPSG:4326", always_xy=True).transform(135.0, 39.3)
    assert (moved["lon_deg"], moved["lat_deg"]) == pytest.approx((east, north), abs=1e-6)
    assert moved["lat_deg"] != pytest.approx(39.3, abs=0.001)


def test_a_table_without_places_is_refused(call, tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("name,height\na,3\n")
    result = call("zone", "--points", path)
    assert result.exit_code == 1
    assert "lacks the columns" in result.output


def test_nothing_usable_ends_with_status_1(call, tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("lat,lon\n95,3\n")
    assert call("zone", "--points", path, "--json").exit_code == 1


def test_a_place_and_a_table_together_are_a_wrong_call(call, table):
    assert call("zone", "39.3", "135", "--points", table).exit_code == 2
    assert call("zone", "39.3").exit_code == 2


def test_export_is_valid_geojson_of_the_zone(call):
    document = json.loads(call("zone", "export", "--state", "JPN", "--kind", "eez").stdout)
    assert document["type"] == "FeatureCollection"
    assert "OpenStreetMap" in document["attribution"]
    ids = {feature["id"] for feature in document["features"]}
    assert {"eez:JPN", "eez:disputed:senkaku", "eez:disputed:liancourt"} <= ids
    (japan,) = [feature for feature in document["features"] if feature["id"] == "eez:JPN"]
    shape = shapely.from_geojson(json.dumps(japan["geometry"]))
    assert shape.is_valid
    assert shapely.equals(shape, load_zones().geometry("eez:JPN"))
    assert all(shapely.is_ccw(part.exterior) for part in shape.geoms), "RFC 7946, 3.1.6"


def test_the_undisputed_part_leaves_out_what_others_claim_or_share(call):
    whole = load_zones().geometry("eez:JPN")
    document = json.loads(call("zone", "export", "--state", "jpn", "--kind", "eez", "--undisputed").stdout)
    (japan,) = document["features"]
    shape = shapely.from_geojson(json.dumps(japan["geometry"]))
    assert whole.area - shape.area > 5  # square degrees
    for area in ("eez:disputed:liancourt", "joint_area:JPN-KOR:1974", "provisional_area:CHN-JPN:1997"):
        assert shapely.intersection(shape, load_zones().geometry(area)).area < 1e-6


def test_all_kinds_come_with_the_agreed_lines(call):
    document = json.loads(call("zone", "export", "--state", "PRK").stdout)
    lines = [f for f in document["features"] if f["geometry"]["type"] == "LineString"]
    assert {line["id"] for line in lines} >= {"line:PRK-RUS:1986", "line:KOR-PRK:NLL-west"}
    assert all(line["properties"]["read"] for line in lines)


@pytest.mark.parametrize("asked", [("--state", "XXX"), ("--state", "JPN", "--kind", "airspace")])
def test_unknown_states_and_kinds_get_the_known_ones(call, asked):
    result = call("zone", "export", *asked)
    assert result.exit_code == 1
    assert "unknown" in result.output


def write_polygons(path, rows, crs="EPSG:4326", layer="eez_v12"):
    pyogrio = pytest.importorskip("pyogrio")
    shapes = np.array([None if row[-1] is None else shapely.to_wkb(row[-1]) for row in rows], dtype=object)
    names = ["GEONAME", "POL_TYPE", "SOVEREIGN1", "ISO_SOV1", "ISO_SOV2"]
    columns = [np.array(values, dtype=object) for values in zip(*(row[:-1] for row in rows), strict=True)]
    driver = "GPKG" if path.suffix == ".gpkg" else "ESRI Shapefile"
    extra = {"layer": layer} if path.suffix == ".gpkg" else {}
    pyogrio.raw.write(path, shapes, columns, names, geometry_type="Unknown" if extra else "Polygon", crs=crs,
                      driver=driver, **extra)  # fmt: skip


BOWTIE = shapely.Polygon([(10, 10), (12, 12), (12, 10), (10, 12)])
AROUND = shapely.box(178, -20, 182, -16)


@pytest.mark.parametrize("name", ["official.gpkg", "eez.shp"])
def test_official_polygons_are_preferred_and_every_answer_tells_which_was_used(call, tmp_path, name):
    path = tmp_path / name
    own = shapely.box(134, 38, 136, 40)
    write_polygons(path, [("Japanese Exclusive Economic Zone", "200NM", "Japan", "JPN", None, own)])
    before = json.loads(call("zone", "39.3", "135.0", "--json").stdout)["relations"][0]
    assert before["source"] == "computed"
    done = call("zone", "import", path, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["zones"] == ["eez:JPN"]
    after = json.loads(call("zone", "39.3", "135.0", "--json").stdout)["relations"][0]
    assert after["zone"] == "eez:JPN"
    assert name in after["source"]
    assert "official polygon" in after["wording"]
    assert "computed" not in after["wording"]
    # The nearest edge of the box is the northern one, 0.7 degrees or 77.7 km away.
    assert after["margin_km"] == pytest.approx(-77.7, abs=0.2)
    held = load_zones().holding([135.0, 139.0], [39.3, 33.0])
    assert [load_zones().ids[n] for n in held.of(0)] == ["eez:JPN"]
    assert "eez:JPN" not in {load_zones().ids[n] for n in held.of(1)}, "the computed zone no longer speaks"


def test_odd_polygons_are_put_right_or_told(call, tmp_path):
    """Self-crossing and over the antimeridian: usable. Empty, beyond the poles, of no state: refused."""
    path = tmp_path / "odd.gpkg"
    write_polygons(path, [
        ("crossing itself", "200NM", "A", "AAA", None, BOWTIE),
        ("over the antimeridian", "200NM", "B", "BBB", None, AROUND),
        ("empty", "200NM", "C", "CCC", None, shapely.Polygon()),
        ("none", "200NM", "C", "CCC", None, None),
        ("swapped", "200NM", "D", "DDD", None, shapely.box(38, 134, 40, 136)),
        ("nobody's", "200NM", None, None, None, shapely.box(0, 0, 1, 1)),
        ("both claim", "Overlapping claim", "E", "EEE", "FFF", shapely.box(1, 1, 2, 2)),
    ])  # fmt: skip
    done = call("zone", "import", path, "--json")
    assert done.exit_code == 3
    document = json.loads(done.stdout)
    assert [row["name"] for row in document["rejected"]] == ["empty", "none", "swapped", "nobody's"]
    assert "swapped" in document["rejected"][2]["reason"]
    zones = load_zones()
    assert zones.geometry("eez:AAA").area == pytest.approx(2.0)
    assert zones.inside("eez:BBB", [179.0, -179.0, 181.0, 0.0], [-18.0] * 4).tolist() == [True, True, True, False]
    claimed = next(zone for zone in zones if zone.states == ("EEE", "FFF"))
    assert claimed.status == "overlapping claim"


def test_another_datum_and_projection_are_brought_to_wgs84(call, tmp_path):
    path = tmp_path / "mercator.gpkg"
    to_metres = Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True)
    shape = shapely.transform(shapely.box(134, 38, 136, 40), lambda c: np.column_stack(to_metres.transform(*c.T)))
    write_polygons(path, [("Japan", "200NM", "Japan", "JPN", None, shape)], crs="EPSG:3857")
    assert call("zone", "import", path).exit_code == 0
    assert load_zones()["eez:JPN"].bounds == pytest.approx((134, 38, 136, 40), abs=1e-4)


def test_a_file_without_a_datum_is_refused(call, tmp_path):
    path = tmp_path / "eez.shp"
    write_polygons(path, [("Japan", "200NM", "Japan", "JPN", None, shapely.box(134, 38, 136, 40))])
    path.with_suffix(".prj").unlink()
    result = call("zone", "import", path)
    assert result.exit_code == 1
    assert "datum" in result.output


def test_what_is_no_map_is_refused(call, tmp_path):
    pytest.importorskip("pyogrio")
    path = tmp_path / "x.gpkg"
    path.write_text("no database")
    result = call("zone", "import", path)
    assert result.exit_code == 1
    assert "GeoPackage" in result.output
    assert not (tmp_path / "own").exists()
