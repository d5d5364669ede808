"""Distances, waters and borders to areas, points to words and back, against geodesics and known places."""

import csv
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from launchwatch.basis.errors import InputError
from launchwatch.geo.coordinates import read_position
from launchwatch.geo.describe import describe_point, rounded_km
from launchwatch.geo.outlines import holds, outline, share_before
from launchwatch.geo.places import PlaceArea, resolve_place, sample_area
from launchwatch.geo.zones import load_zones

GEOD = Geod(ellps="WGS84")
CATALOG = Path(__file__).parents[4] / "shared" / "catalog"
OGA = (39.90, 139.77)


def place(phrase: str, country: str | None = None) -> PlaceArea:
    area = resolve_place(phrase, country=country)
    assert area is not None, phrase
    return area


@pytest.mark.parametrize(
    "phrase",
    [
        "about 300 km from the Oga Peninsula",
        "男鹿半島から約300キロ",
        "오가반도에서 약 300km 떨어진 지점",
    ],
)
def test_a_distance_alone_is_a_ring(phrase: str):
    """Every direction holds the point at that distance, and neither the middle nor twice the distance is in."""
    area = place(phrase)
    for azimuth in range(0, 360, 30):
        lon, lat, _ = GEOD.fwd(OGA[1], OGA[0], azimuth, 300e3)
        assert holds(area, lat, lon)
        lon, lat, _ = GEOD.fwd(OGA[1], OGA[0], azimuth, 600e3)
        assert not holds(area, lat, lon)
    assert not holds(area, *OGA)


def test_a_ring_in_a_named_sea_is_cut_to_it():
    lat, lon = np.degrees(
        sample_area(place("in the Sea of Japan, 300 km from Oga Peninsula"), 500, np.random.default_rng(1))
    )
    assert (lon < 141.5).mean() > 0.98  # the Pacific side is left out
    assert lat.size == 500


def test_within_a_distance_is_all_of_it():
    area = place("within 100 km of Okushiri Island")
    assert holds(area, 42.15, 139.48)
    assert holds(area, *GEOD.fwd(139.48, 42.15, 200, 90e3)[1::-1])
    assert not holds(area, *GEOD.fwd(139.48, 42.15, 200, 200e3)[1::-1])


def test_two_distances_leave_where_their_rings_meet():
    """The two points 300 km from Oki and 500 km from Sado; not the rest of either ring."""
    area = place("300 km from Oki islands, 500 km from Sado")
    far = [GEOD.inv(133.285, 36.244, lon, lat)[2] / 1000 for lat, lon in _draws(area)]
    farther = [GEOD.inv(138.395, 38.036, lon, lat)[2] / 1000 for lat, lon in _draws(area)]
    assert np.mean(far) == pytest.approx(300, abs=30)
    assert np.mean(farther) == pytest.approx(500, abs=40)


def _draws(area: PlaceArea) -> list[tuple[float, float]]:
    lat, lon = sample_area(area, 400, np.random.default_rng(2))
    return list(zip(np.degrees(lat), np.degrees(lon), strict=True))


def test_a_time_of_day_is_no_distance():
    assert place("at 7:16 a.m. 2,200 km east of Cape Erimo").name == "2200 km east of Cape Erimo"


@pytest.mark.parametrize(
    ("phrase", "name"),
    [
        ("奥尻島の西方約250キロ", "250 km west of Okushiri Island"),
        ("오쿠시리섬 서쪽 약 250km", "250 km west of Okushiri Island"),
        ("150 km west of the Oshima Peninsula", "150 km west of the Oshima Peninsula"),
        ("渡島半島の西約150キロ", "150 km west of the Oshima Peninsula"),
        ("200 km west of Oshima", "200 km west of Oshima-Oshima"),
        ("長崎県・福江島の北東約70キロ", "70 km northeast of Fukue Island"),
        ("慶尚北道・鬱陵島の南約150キロ", "150 km south of Ulleungdo"),
        ("250 to about 300 km west of Sado", "250-300 km west of Sado"),
        ("200~250km west of Sado", "200-250 km west of Sado"),
        ("開城(ケソン)", "Kaesong"),
        ("平壌(ピョンヤン)国際空港", "Pyongyang International Airport"),
    ],
)
def test_a_distance_is_from_the_place_that_stands_beside_it(phrase: str, name: str):
    assert place(phrase).name == name


@pytest.mark.parametrize(
    "phrase",
    [
        "waters between the Korean Peninsula and Japan",
        "朝鮮半島と日本の間の海域",
        "한반도와 일본 사이 해역",
    ],
)
def test_waters_between_two_shores(phrase: str):
    area = place(phrase)
    for inside in ((38.0, 133.0), (34.6, 129.2), (40.5, 134.5)):
        assert holds(area, *inside)
    for outside in ((36.0, 123.5), (33.0, 142.0), (47.0, 150.0), (28.0, 126.5)):  # Yellow Sea, Pacific, Okhotsk
        assert not holds(area, *outside)


def test_east_of_the_peninsula_is_measured_from_its_coast():
    """400 km east of the peninsula is neither on it nor across Japan."""
    lat, lon = np.degrees(
        sample_area(place("about 400 km east of the Korean Peninsula"), 500, np.random.default_rng(3))
    )
    assert (lon > 131).all()
    assert load_zones().inside("land:KOR", lon, lat).mean() < 0.01
    assert (lon < 139).mean() > 0.95


@pytest.mark.parametrize(
    ("phrase", "country", "inside", "outside"),
    [
        ("near the Indian border", "Pakistan", (31.5, 74.0), (26.0, 63.0)),
        ("near Iran's border with Iraq", None, (33.5, 46.5), (30.0, 58.0)),
        ("near the border with China", "North Korea", (41.0, 126.3), (38.0, 125.5)),
    ],
)
def test_borders_of_any_two_neighbours(phrase, country, inside, outside):
    area = place(phrase, country)
    assert holds(area, *inside)
    assert not holds(area, *outside)


def test_no_border_of_states_that_have_none():
    assert resolve_place("near the Japanese border", country="Pakistan") is None


def test_the_demarcation_line_is_between_the_koreas():
    area = place("near the military demarcation line")
    assert holds(area, 37.956, 126.677)  # Panmunjom
    assert not holds(area, 39.03, 125.75)


@pytest.mark.parametrize(
    ("text", "lat", "lon"),
    [
        ("27.23 N 75.88 W", 27.23, -75.88),
        ("40-30N, 135-10E", 40.5, 135 + 1 / 6),
        ("北緯41度30分、東経134度20分", 41.5, 134 + 1 / 3),
        ("북위 41도 30분, 동경 134도 20분", 41.5, 134 + 1 / 3),
        ("33.9°S 151.2°E", -33.9, 151.2),
    ],
)
def test_figures_are_positions(text, lat, lon):
    position = read_position(text)
    assert position is not None
    assert (position.lat_deg, position.lon_deg) == pytest.approx((lat, lon), abs=1e-9)
    assert place(text).centre_deg == pytest.approx((lon, lat))


@pytest.mark.parametrize("text", ["91 N 10 E", "10 N 181 E", "10 N 20 E and 11 N 21 E", "3 north", ""])
def test_what_is_no_one_position_is_none(text):
    assert read_position(text) is None


@pytest.mark.parametrize(
    ("lat", "lon", "english", "japanese", "korean"),
    [
        (
            42.15, 136.45,
            "in the Sea of Japan (East Sea), about 250 km west of Okushiri Island, Hokkaido",
            "日本海(東海)、北海道・奥尻島の西約250キロ",
            "동해(일본해), 홋카이도 오쿠시리섬 서쪽 약 250km 해상",
        ),
        (
            40.30, 125.10,
            "in North Pyongan, North Korea, about 10 km northwest of Taegwan",
            "北朝鮮・平安北道、大館の北西約10キロ",
            "북한 평안북도, 대관 북서쪽 약 10km",
        ),
        (
            36.00, 123.50,
            "in the Yellow Sea (West Sea), about 250 km south-southwest of Baengnyeongdo, Incheon",
            "黄海(西海)、仁川・白翎島の南南西約250キロ",
            "서해(황해), 인천 백령도 남남서쪽 약 250km 해상",
        ),
    ],
)  # fmt: skip
def test_a_point_is_described_as_an_official_would(lat, lon, english, japanese, korean):
    words = describe_point(lat, lon)
    assert words.text == {"en": english, "ja": japanese, "ko": korean}
    assert words.sea is None or "(" in words.sea["en"]


@pytest.mark.parametrize(
    ("lat", "lon", "district", "state"),
    [
        (35.68, 139.75, "Tokyo", "Japan"),
        (39.72, 140.10, "Akita", "Japan"),
        (37.57, 126.98, "Seoul", "South Korea"),
        (43.82, 125.32, "Jilin", "China"),
        (40.97, 126.59, "Chagang", "North Korea"),
        (43.80, 131.95, "Primorye", "Russia"),
    ],
)
def test_land_is_told_with_district_and_state(lat, lon, district, state):
    words = describe_point(lat, lon)
    assert words.district is not None
    assert words.state is not None
    assert (words.district["en"], words.state["en"]) == (district, state)


def test_disputed_land_has_all_its_names_and_no_owner():
    zone = next(zone for zone in load_zones() if zone.id == "land:disputed:southern_kurils")
    point = load_zones().geometry(zone.id).representative_point()
    words = describe_point(point.y, point.x)
    assert words.state is not None
    assert all(name in words.state["en"] for name in zone.names)
    assert words.district is None


@pytest.mark.parametrize(
    ("km", "said"), [(0.4, 1), (7.4, 7), (14.9, 10), (96, 100), (149, 150), (226, 250), (1180, 1200)]
)
def test_distances_are_rounded_as_officials_do(km, said):
    assert rounded_km(km) == said


@pytest.mark.parametrize(("lat", "lon"), [(91, 10), (0, 361), (float("nan"), 0)])
def test_no_words_for_no_place(lat, lon):
    with pytest.raises(InputError):
        describe_point(lat, lon)


@settings(max_examples=40, deadline=None)
@given(st.floats(30, 46), st.floats(122, 150))
def test_a_point_comes_back_from_its_words(lat: float, lon: float):
    """In each language the area of the words holds the point that they describe."""
    for text in describe_point(lat, lon).text.values():
        assert holds(place(text), lat, lon), text


@pytest.mark.parametrize("phrase", ["250 km west of Okushiri Island", "300 km from Oga Peninsula", "Taegwan"])
def test_an_outline_holds_its_share(phrase: str):
    """Of 4,000 draws 95 % lie inside, within 4 standard errors and 1 % for the grid."""
    area = place(phrase)
    polygons = shapely.union_all([shapely.Polygon(rings[0], rings[1:]) for rings in outline(area)])
    lat, lon = sample_area(area, 4000, np.random.default_rng(11))
    inside = shapely.contains_xy(polygons, np.degrees(lon), np.degrees(lat))
    assert inside.mean() == pytest.approx(0.95, abs=0.01 + 4 * np.sqrt(0.95 * 0.05 / 4000))
    before = [share_before(area, *np.degrees((a, o))) for a, o in zip(lat[:300], lon[:300], strict=True)]
    assert np.mean(before) == pytest.approx(0.5, abs=0.07)


def test_no_outline_of_no_share():
    with pytest.raises(InputError):
        outline(place("Taegwan"), 1.0)


@pytest.mark.skipif(not CATALOG.exists(), reason="the catalogue is not beside this checkout")
def test_catalogued_sites_are_found_by_their_names():
    """Every row's main name in Latin letters leads to within 5 km of a row of that name."""
    with (CATALOG / "sites.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    lost = []
    for row in rows:
        area = resolve_place(row["name"], country="PRK")
        lon, lat = area.centre_deg if area else (0.0, 0.0)
        same = [other for other in rows if other["name"].split(" (")[0] == row["name"].split(" (")[0]]
        if min(GEOD.inv(lon, lat, float(one["lon"]), float(one["lat"]))[2] for one in same) > 5000:
            lost.append(row["name"])
    assert set(lost) <= {"Hwadae (town)"}, lost
