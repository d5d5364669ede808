"""Place phrases against known places, in three languages; and areas against their own arithmetic."""

import csv
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

import launchwatch.geo.places as places_module
from launchwatch.basis.errors import InputError
from launchwatch.geo.places import PlaceArea, log_density_area, resolve_place, sample_area
from launchwatch.geo.zones import load_zones

GEOD = Geod(ellps="WGS84")
TAEGWAN = (125.20, 40.21)  # lon, lat; the county of the launch of 7 November 2025
DATA = Path(places_module.__file__).parent / "data"


def place(phrase: str, country: str | None = None) -> PlaceArea:
    area = resolve_place(phrase, country=country)
    assert area is not None, phrase
    return area


def km_between(a: tuple[float, float], b: tuple[float, float]) -> float:
    return GEOD.inv(*a, *b)[2] / 1000


def spread(area: PlaceArea) -> tuple[np.ndarray, np.ndarray]:
    lat, lon = sample_area(area, 4000, np.random.default_rng(5))
    return np.degrees(lon), np.degrees(lat)


def density(area: PlaceArea, lon: float, lat: float) -> float:
    return float(log_density_area(area, np.radians([lat]), np.radians([lon]))[0])


@pytest.mark.parametrize(
    "phrase",
    [
        "Taegwan, North Pyongan Province",
        "the Taekwan area of North Pyongan Province",
        "Taegwan County",
        "T'aegwan",
        "평안북도 대관 일대",
        "대관",
        "平安北道大館付近",
    ],
)
def test_one_county_by_all_its_names(phrase: str):
    area = place(phrase)
    assert km_between(area.centre_deg, TAEGWAN) < 5
    assert 15 <= area.sigma_m / 1000 <= 22  # a county is a circle of 14 km; 'near' adds 15


@pytest.mark.parametrize(
    ("phrase", "lat", "lon", "km"),
    [
        ("Pyongyang International Airport", 39.20, 125.67, 3),  # ICAO ZKPY
        ("an area around Pyongyang's Sunan Airport", 39.20, 125.67, 3),
        ("순안", 39.20, 125.67, 5),
        ("the Sohae Satellite Launching Station in Cholsan County", 39.66, 124.705, 2),
        ("Dongchang-ri, North Pyongan Province", 39.66, 124.705, 2),
        ("Tongch'ang-ni", 39.66, 124.705, 2),
        ("동창리", 39.66, 124.705, 2),
        ("東倉里", 39.66, 124.705, 2),
        ("서해위성발사장", 39.66, 124.705, 2),
        ("Kanggye in Jagang Province, near the border with China", 40.97, 126.59, 5),
        ("Mupyong-ri, Chagang", 40.61, 126.43, 2),
        ("Sinp’o", 40.03, 128.19, 5),
        ("Gusong", 39.98, 125.25, 8),
        ("Kusŏng-si", 39.98, 125.25, 8),
        ("Sariwon, North Hwanghae", 38.51, 125.76, 5),
        ("황해북도 중화 일대", 38.87, 125.93, 12),
        ("元山付近", 39.15, 127.44, 5),
        ("Musudan-ri", 40.85, 129.67, 3),
        ("Pyongyang", 39.03, 125.75, 25),  # the whole municipality, whose middle lies east of the city
        ("平壌", 39.03, 125.75, 25),
        ("Seoul", 37.57, 126.98, 5),
    ],
)
def test_sites_and_towns_are_where_they_are(phrase: str, lat: float, lon: float, km: float):
    assert km_between(place(phrase).centre_deg, (lon, lat)) < km


@pytest.mark.parametrize(
    "phrase",
    [
        "Wonsan on North Korea's east coast",
        "Wonsan, in the south of the country",
        "the eastern port city of Wonsan",
    ],
)
def test_words_about_something_else_leave_a_town_alone(phrase: str):
    np.testing.assert_array_equal(place(phrase).centre_deg, place("Wonsan").centre_deg)


@pytest.mark.parametrize(
    "phrase",
    [
        "waters off Sinpo",
        "off the city of Sinpo",
        "off the coast of Sinpo",
        "off the east coast of Sinpo",
        "함경남도 신포 앞바다",
        "新浦沖",
    ],
)
def test_off_a_port_is_the_sea_before_it(phrase: str):
    lon, lat = spread(place(phrase))
    assert load_zones().inside("land:PRK", lon, lat).mean() < 0.2
    assert km_between((float(lon.mean()), float(lat.mean())), (128.19, 40.03)) < 60


@pytest.mark.parametrize("phrase", ["Hwanghae province", "황해도"])
def test_an_old_province_is_the_union_of_its_parts(phrase: str):
    area = place(phrase)
    for town in ((125.76, 38.51), (125.71, 38.04)):  # Sariwon in the north, Haeju in the south
        assert density(area, *town) > density(area, *TAEGWAN) + 10


@pytest.mark.parametrize(
    "phrase",
    [
        "a northwestern area of North Korea near the Chinese border",
        "an area in North Korea's northwest region near the Chinese border",
    ],
)
def test_the_northwest_near_the_border_holds_taegwan_and_not_pyongyang(phrase: str):
    area = place(phrase)
    for inside in (TAEGWAN, (124.40, 40.10), (126.59, 40.97)):  # Sinuiju, Kanggye
        assert density(area, *inside) > np.log(1 / 200e9) - 2  # within e^2 of even over 200,000 km2
    for outside in ((125.75, 39.03), (129.67, 40.85)):  # Pyongyang, Musudan
        assert density(area, *outside) < density(area, *TAEGWAN) - 10


@pytest.mark.parametrize("phrase", ["the northwest region", "북서부 지역", "北西部"])
def test_a_part_without_a_country_needs_one(phrase: str):
    assert resolve_place(phrase) is None
    area = place(phrase, "PRK")
    assert density(area, *TAEGWAN) > density(area, 127.44, 39.15) + 10  # Wonsan is in the south-east


@pytest.mark.parametrize("phrase", ["from inland North Korea", "북한 내륙", "北朝鮮内陸部"])
def test_inland_keeps_off_the_coast(phrase: str):
    area = place(phrase)
    assert density(area, *TAEGWAN) > density(area, 124.71, 39.66) + 2  # Sohae stands on the shore
    lon, lat = spread(area)
    assert load_zones().inside("land:PRK", lon, lat).mean() > 0.9  # the kernel's 9 km blur the border


@pytest.mark.parametrize("phrase", ["from North Korea's west coast", "북한 서해안"])
def test_the_west_coast_is_a_strip_of_land(phrase: str):
    lon, lat = spread(place(phrase))
    assert lon.max() < 127.3
    assert (
        load_zones().inside("land:PRK", lon, lat).mean() > 0.6
    )  # the other side of the shore is the kernel's blur


@pytest.mark.parametrize(
    ("phrase", "country", "city"),
    [
        ("near the capital", "North Korea", "Pyongyang"),
        ("수도 인근", "North Korea", "Pyongyang"),
        ("首都付近", "PRK", "Pyongyang"),
        ("near the South Korean capital", "North Korea", "Seoul"),
    ],
)
def test_the_capital_is_the_city_that_it_is(phrase: str, country: str, city: str):
    """'The capital' without its name is that of the state named, or of the one that the report is about."""
    area, named = resolve_place(phrase, country=country), resolve_place(f"near {city}", country=country)
    assert area is not None
    assert named is not None
    assert (area.lon_deg == named.lon_deg).all()
    assert area.sigma_m == named.sigma_m


def test_a_capital_of_nobody_is_nowhere():
    """'The capital' alone, or of a state whose places are not known, has no area."""
    assert resolve_place("near the capital") is None
    assert resolve_place("near the capital", country="China") is None


@pytest.mark.parametrize("phrase", ["around Pyongyang", "near the capital, Pyongyang", "平壌付近", "평양 인근"])
def test_around_the_capital_is_wider_than_the_capital(phrase: str):
    area = place(phrase)
    assert place("Pyongyang").radius_km + 5 < area.radius_km < 60
    assert density(area, 125.75, 39.03) > density(area, *TAEGWAN) + 10


@pytest.mark.parametrize("phrase", ["north of Pyongyang", "a place north of Pyongyang", "평양 북쪽"])
def test_north_of_the_capital_is_north_of_it(phrase: str):
    lon, lat = spread(place(phrase))
    assert 20 < km_between((float(lon.mean()), float(lat.mean())), place("Pyongyang").centre_deg) < 80
    assert (lat > place("Pyongyang").centre_deg[1]).mean() > 0.9


@pytest.mark.parametrize(
    ("phrase", "country"),
    [
        ("off its east coast", "PRK"),
        ("off its eastern coast", "North Korea"),
        ("towards the sea off its east coast", "북한"),
        ("off North Korea's east coast", None),
        ("toward waters east of the peninsula", None),
        ("朝鮮半島の東", None),
        ("한반도 동쪽 해상", None),
    ],
)
def test_off_the_east_coast_is_the_sea_on_that_side(phrase: str, country: str | None):
    area = place(phrase, country)
    lon, lat = spread(area)
    assert (lon > 127).mean() > 0.95  # the Korea Strait begins at 126.4 E
    zones = load_zones()
    assert not (zones.inside("land:PRK", lon, lat) | zones.inside("land:JPN", lon, lat)).mean() > 0.1
    assert density(area, 133.4, 40.6) > density(area, 123.5, 36.0) + 10  # where one fell, and the Yellow Sea
    assert density(area, 133.4, 40.6) > density(area, 145.0, 38.0) + 10  # the Pacific behind Japan


def test_its_coast_without_a_country_is_not_guessed():
    assert resolve_place("off its east coast") is None
    assert resolve_place("near the Chinese border") is None


def test_near_a_coast_is_both_of_its_sides():
    lon, lat = spread(place("near the east coast of the Korean Peninsula"))
    zones = load_zones()
    dry = (zones.inside("land:PRK", lon, lat) | zones.inside("land:KOR", lon, lat)).mean()
    assert 0.25 < dry < 0.75


@pytest.mark.parametrize(
    ("phrase", "key"),
    [
        ("into the Sea of Japan (East Sea)", "Sea of Japan (East Sea)"),
        ("East Sea / Sea of Japan", "Sea of Japan (East Sea)"),
        ("동해상으로", "Sea of Japan (East Sea)"),
        ("日本海へ", "Sea of Japan (East Sea)"),
        ("the Sea of Japan outside Japan's exclusive economic zone", "Sea of Japan (East Sea)"),
        ("toward the Yellow Sea", "Yellow Sea (West Sea)"),
        ("서해", "Yellow Sea (West Sea)"),
    ],
)
def test_a_sea_is_printed_with_both_names(phrase: str, key: str):
    area = place(phrase)
    assert area.name == key
    assert area.kind == "sea"


@pytest.mark.parametrize(
    ("phrase", "lat", "lon", "azimuth", "km"),
    [
        ("some 250 km northwest of Okushiri Island, Hokkaido", 42.15, 139.48, 315, 250),
        ("奥尻島の北西約250キロ", 42.15, 139.48, 315, 250),
        ("오쿠시리섬 북서쪽 약 250km", 42.15, 139.48, 315, 250),
        ("200 kilometers west of Oshima island", 41.51, 139.36, 270, 200),
        ("about 350 km north of Dogo Island", 36.25, 133.28, 0, 350),
        ("155 miles west of Sado", 38.04, 138.39, 270, 249.4),
        ("130 nautical miles north-northwest of Hegura-jima", 37.85, 136.92, 337.5, 240.8),
    ],
)
def test_a_distance_and_a_direction_lead_to_the_place(phrase: str, lat, lon, azimuth, km):
    area = place(phrase)
    east, north, _ = GEOD.fwd(lon, lat, azimuth, 1000 * km)
    assert km_between(area.centre_deg, (east, north)) < 0.05 * km + 3  # the sector's mean lies inside its arc
    assert 25 < area.radius_km < 0.4 * km


def test_a_wider_rose_makes_a_narrower_sector():
    coarse, fine = place("300 km northwest of Sado"), place("300 km north-northwest of Sado")
    assert fine.radius_km < coarse.radius_km


@pytest.mark.parametrize(
    "phrase", ["", "!!!", "the sea", "ocean", "Nowhereville", "in the sea outside Japan's economic waters",
               "300 km west", "flew 300 km from Wonsan", "Kim visited", "somewhere", "知らない町", "x" * 10_000]
)  # fmt: skip
def test_what_is_not_known_is_none(phrase: str):
    assert resolve_place(phrase) is None


def test_an_unknown_town_in_a_known_province_is_the_province():
    assert place("Nowhereville, North Pyongan Province").name == "North Pyongan"


def test_one_name_of_two_far_places_is_not_guessed():
    assert resolve_place("Hwasong") is None  # a county of North Hamgyong and a city south of Seoul
    assert km_between(place("Hwasong", "PRK").centre_deg, (129.49, 41.26)) < 10


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60), st.sampled_from([None, "PRK", "nowhere"]))
def test_no_text_raises(phrase: str, country: str | None):
    resolve_place(phrase, country=country)


JUMBLE = """250 km miles north northwestern of off near east coast inland border its Chinese Pyongyang Okushiri
North Korea Province 동해 북서쪽 평안북도 일대 付近 日本海 東 , ( )"""


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(JUMBLE.split()), max_size=8))
def test_no_jumble_of_known_words_raises(pieces: list[str]):
    resolve_place(" ".join(pieces), country="PRK")


def test_every_shipped_place_is_found_by_its_own_name():
    """Or is, by design, refused as one name of places far apart."""
    with (DATA / "places.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) > 200
    lost = []
    for row in rows:
        assert row["source_url"]
        area = resolve_place(row["name"], country=row["country"])
        if area is None or km_between(area.centre_deg, (float(row["lon_deg"]), float(row["lat_deg"]))) > 60:
            lost.append(row["name"])
    assert len(lost) <= 0.03 * len(rows), lost


@given(st.sampled_from(["Taegwan", "Kusŏng", "Sinp’o", "Wŏnsan", "Kanggye"]), st.booleans(), st.booleans())
def test_marks_capitals_and_suffixes_do_not_matter(name: str, decompose: bool, shout: bool):
    spelled = unicodedata.normalize("NFD" if decompose else "NFC", name.upper() if shout else name)
    assert km_between(place(f"{spelled}-si").centre_deg, place(name).centre_deg) < 1


def test_draws_follow_the_density():
    """Mean log density of draws equals minus the entropy, computed on a grid: 4 standard errors of 4,000 draws."""
    area = place("Taegwan")
    lat, lon = sample_area(area, 4000, np.random.default_rng(7))
    entropy = 1 + np.log(2 * np.pi * area.sigma_m**2)  # of one round Gaussian
    assert log_density_area(area, lat, lon).mean() == pytest.approx(-entropy, abs=4 / np.sqrt(4000))


@pytest.mark.parametrize(
    ("phrase", "country"), [("Taegwan", None), ("Hwanghae province", None), ("off its east coast", "PRK")]
)
def test_a_density_integrates_to_one(phrase: str, country: str | None):
    """Sum over cells of a third of the kernel, out to 6 kernels: the rest is under 1e-6."""
    area = place(phrase, country)
    step = area.sigma_m / 3 / 111_195
    pad = 6 * area.sigma_m / 80_000
    lon = np.arange(area.lon_deg.min() - pad, area.lon_deg.max() + pad, step)
    lat = np.arange(area.lat_deg.min() - pad, area.lat_deg.max() + pad, step)
    x, y = (np.radians(a.ravel()) for a in np.meshgrid(lon, lat))
    a, e2 = 6_378_137.0, 6.69437999014e-3
    w2 = 1 - e2 * np.sin(y) ** 2
    cell = np.radians(step) ** 2 * a**2 * (1 - e2) * np.cos(y) / w2**2
    assert (np.exp(log_density_area(area, y, x)) * cell).sum() == pytest.approx(1, abs=2e-3)


def test_the_same_seed_gives_the_same_draws():
    area = place("around Pyongyang")
    first, second = (sample_area(area, 10, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_no_density_at_no_place():
    with pytest.raises(InputError):
        log_density_area(place("Taegwan"), np.array([np.nan]), np.array([2.0]))


def test_an_area_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        place("Taegwan").weights[0] = 2.0


@pytest.mark.parametrize(
    ("phrase", "name"),
    [
        ("around Pyongyang", "near Pyongyang"),
        ("平壌付近", "near Pyongyang"),
        ("평양 인근", "near Pyongyang"),
        ("평양 일대", "Pyongyang"),
        ("평양 북쪽", "north of Pyongyang"),
        ("平安北道の北部", "the north of North Pyongan"),
        ("a northwestern area", "the northwest of North Korea"),
        ("its east coast", "the east coast of North Korea"),
        ("off its east coast", "off the east coast of North Korea"),
        ("near the Chinese border", "near North Korea's border with China"),
        ("자강도 내륙", "inland Chagang"),
        ("Jagang Province", "Chagang"),
        ("Pyongsong", "Pyongsong"),
        ("新浦沖", "off Sinpo Shipyard"),
        ("奥尻島の西約250キロの日本海", "250 km west of Okushiri Island"),
        ("about 250 to 300 km north-northwest of Sado", "250-300 km north-northwest of Sado"),
        ("朝鮮半島東の日本海", "the east of the Sea of Japan (East Sea)"),
    ],
)
def test_a_name_is_english_and_reads_on_after_launched_from(phrase: str, name: str):
    """Whatever the language of a phrase, its area has an English name without the report's own grammar."""
    assert place(phrase, "North Korea").name == name


@pytest.mark.parametrize(
    ("phrase", "lat", "lon", "azimuth", "km"),
    [
        ("about 250 km west of Aomori", 40.8, 140.7, 270, 250),
        ("about 250 km west of Aomori Prefecture", 40.8, 140.7, 270, 250),
        ("青森県の西約250キロ", 40.8, 140.7, 270, 250),
        ("아오모리현에서 서쪽으로 약 250km 떨어진 해상", 40.8, 140.7, 270, 250),
        ("150 km west of Okushiri Island", 42.15, 139.48, 270, 150),
        ("오쿠시리섬 서쪽 약 150km 해상", 42.15, 139.48, 270, 150),
        ("北海道・奥尻島の北西約250キロ", 42.15, 139.48, 315, 250),
        ("石川県能登半島の西約300キロ", 37.3, 136.95, 270, 300),
    ],
)
def test_distances_are_measured_from_prefectures_and_their_islands(phrase: str, lat, lon, azimuth, km):
    """A prefecture measures from its towns' middle, and steps back where a smaller place stands beside it."""
    area = place(phrase)
    east, north, _ = GEOD.fwd(lon, lat, azimuth, 1000 * km)
    assert km_between(area.centre_deg, (east, north)) < 0.1 * km
    assert area.polygon


def test_a_distance_from_a_country_is_a_wide_area():
    """'3,000 km east of Japan' lies in the open Pacific, hundreds of kilometres wide."""
    area = place("about 3,000 km east of Japan")
    assert km_between(area.centre_deg, (173, 37)) < 500
    assert area.radius_km > 500


@pytest.mark.parametrize(
    ("phrase", "inside", "outside"),
    [
        ("Iran", (51.4, 35.7), (44.4, 33.3)),  # Tehran, Baghdad
        ("Pakistan", (73.1, 33.6), (77.2, 28.6)),  # Islamabad, New Delhi
        ("India", (77.2, 28.6), (73.1, 33.6)),
        ("Russia", (37.6, 55.8), (30.5, 50.5)),  # Moscow, Kyiv
        ("China", (87.6, 43.8), (106.9, 47.9)),  # Urumqi, Ulaanbaatar
        ("Israel", (34.9, 31.9), (36.3, 33.5)),  # Lod, Damascus
        ("Yemen", (44.2, 15.4), (46.7, 24.7)),  # Sanaa, Riyadh
        ("the United States", (-104.9, 39.7), (-106.1, 28.6)),  # Denver, Chihuahua
        ("France", (2.4, 48.9), (-52.8, 5.2)),  # Paris, Kourou
        ("イラン", (51.4, 35.7), (44.4, 33.3)),
        ("파키스탄", (73.1, 33.6), (77.2, 28.6)),
    ],
)
def test_a_whole_country_is_an_area(phrase, inside, outside):
    """Whoever launched, there is a prior area: its land, coarse outside the window of the zones."""
    area = place(phrase)
    assert density(area, *inside) - density(area, *outside) > 2


def test_russia_is_one_area_across_the_date_line():
    """Chukotka lies beyond 180 degrees and the middle of the land in Siberia."""
    area = place("Russia")
    assert 60 < area.centre_deg[0] < 120
    assert density(area, 182.0, 66.5) - density(area, 2.4, 48.9) > 5


def test_parts_and_coasts_of_a_coarse_country():
    """The south of Iran lies south of its middle, and its south coast on the sea, not on its land borders."""
    assert place("southern Iran").centre_deg[1] < place("Iran").centre_deg[1]
    coast = place("its south coast", country="Iran")
    assert density(coast, 56.3, 27.1) > density(coast, 60.9, 29.5) + 5  # Bandar Abbas, Zahedan


@pytest.mark.parametrize(
    "phrase", ["the Indian Ocean", "インド洋", "인도양", "インドネシア", "the South China Sea"]
)
def test_a_sea_that_bears_a_countrys_name_is_no_country(phrase):
    """What is not known stays unknown."""
    assert resolve_place(phrase) is None
