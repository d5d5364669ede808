"""A point in words as an official would say it, in English, Japanese, Korean: the way back from `resolve_place`.

The nearest notable place, a rounded distance, one of sixteen directions; the sea with both its names, or on land
the first-level district and the state. Disputed land that is a zone of its own (docs/concepts/zones) is told with
all its names and no owner; other land as the source of the coasts draws it. Degrees, WGS84.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np

from launchwatch.basis.errors import InputError
from launchwatch.geo.gazetteer import PlaceRow, place_rows, plain, with_article
from launchwatch.geo.geodesic import distance_and_azimuth
from launchwatch.geo.phrases import CompassPoint, words
from launchwatch.geo.phrases import districts as district_names
from launchwatch.geo.zones import load_zones, read_shape, sea_name, shape_names

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

Language = Literal["en", "ja", "ko"]

FARTHEST_KM = 3000.0
"""Beyond this no place is near enough to say a direction from."""

AT_KM = 3.0
"""Nearer than this a point is said to be at a place."""

CLAIMANT_KM = 500.0
"""Beyond this a claimant's place tells nothing of a disputed island; not all of every state's are known here."""

DISTRICT_KM = 60.0
"""Districts are drawn without small islands; one of the same state so near is the island's."""

_PRK_TOWNS = frozenset(
    ("Pyongyang", "Wonsan", "Hamhung", "Chongjin", "Sinpo", "Rason", "Nampo", "Sinuiju", "Kaesong", "Haeju",
     "Kimchaek", "Kanggye", "Hyesan", "Sariwon")
)  # fmt: skip
"""Towns of North Korea that distances at sea or in other states may be told from; on its land all are."""

SEAS = {
    "Sea of Japan (East Sea)": ("日本海(東海)", "동해(일본해)"),
    "Yellow Sea (West Sea)": ("黄海(西海)", "서해(황해)"),
    "Pacific Ocean": ("太平洋", "태평양"),
    "East China Sea": ("東シナ海", "동중국해"),
    "South China Sea": ("南シナ海", "남중국해"),
    "Sea of Okhotsk": ("オホーツク海", "오호츠크해"),
    "Philippine Sea": ("フィリピン海", "필리핀해"),
    "Korea Strait (Tsushima Strait)": ("対馬海峡(朝鮮海峡)", "대한해협(쓰시마해협)"),
    "Tsugaru Strait": ("津軽海峡", "쓰가루해협"),
    "La Pérouse Strait (Soya Strait)": ("宗谷海峡", "소야해협"),
    "Tatar Strait": ("間宮海峡", "타타르해협"),
    "Bohai Sea": ("渤海", "보하이해"),
    "Seto Inland Sea": ("瀬戸内海", "세토내해"),
    "Taiwan Strait": ("台湾海峡", "대만해협"),
    "Bering Sea": ("ベーリング海", "베링해"),
}
"""Japanese and Korean names of seas; both names where there are two."""

_SHORT_NAMES = {
    "Seoul": ("ソウル", "서울"),
    "Kimchaek": ("金策", "김책"),
    "Rason": ("羅先", "라선"),
}


@dataclass(frozen=True)
class PointWords:
    """A point in words: `text` by language, and what it is made of.

    `place` is the notable place's name, `distance_km` the distance from it, `said_km` as it is said, `direction`
    the English name of the direction from it (None at the place); `sea` or else `district` and `state` tell where
    it is. Each of the names is by language. `anchor` is the place's latitude and longitude.
    """

    text: dict[Language, str]
    place: dict[Language, str] | None
    distance_km: float | None
    said_km: float | None
    direction: str | None
    sea: dict[Language, str] | None
    district: dict[Language, str] | None
    state: dict[Language, str] | None
    anchor: tuple[float, float] | None = None


def describe_point(lat_deg: float, lon_deg: float) -> PointWords:
    """Return a point in words, in three languages; `resolve_place` reads each of them back."""
    if not (-90 <= lat_deg <= 90 and -180 <= lon_deg <= 360):
        raise InputError(
            "no place on earth", given=(lat_deg, lon_deg), allowed="latitudes -90 to 90, longitudes -180 to 360",
            try_="latitude first, then longitude",
        )  # fmt: skip
    lon_deg = (lon_deg + 180) % 360 - 180
    land = _land(lat_deg, lon_deg)
    sea = None if land else _sea(lat_deg, lon_deg)
    disputed = land is not None and land["ja"] == land["en"]
    district = _district(lat_deg, lon_deg, 0.0) if land and not disputed else None
    near = _nearest(lat_deg, lon_deg, land)
    where = sea or land
    if near is None:
        texts: dict[Language, str] = {
            language: _joined(language, where, None, district, f"{lat_deg:.2f}, {lon_deg:.2f}")
            for language in ("en", "ja", "ko")
        }
        return PointWords(texts, None, None, None, None, sea, district, land)
    row, km, azimuth = near
    place = names_of(row)
    english, point = _direction(azimuth)
    said = rounded_km(km)
    at = km < AT_KM
    home = None if land else _district(row.lat_deg, row.lon_deg, DISTRICT_KM, row.country)
    texts = {
        "en": _english(place["en"], said, english, home, at=at),
        "ja": _japanese(place["ja"], said, point, home, at=at),
        "ko": _korean(place["ko"], said, point, home, at=at, wet=sea is not None),
    }
    if at and district and district["en"] == place["en"]:
        texts = dict.fromkeys(texts, "")
    texts = {language: _joined(language, where, sea, district, text) for language, text in texts.items()}
    direction = None if at else english.replace(" ", "-")
    anchor = (row.lat_deg, row.lon_deg)
    return PointWords(texts, place, km, 0.0 if at else said, direction, sea, district, land, anchor)


def nearest_of(state: str, lat_deg: float, lon_deg: float) -> str | None:
    """Return the notable place of a state (ISO code) nearest to a point, in English; None where none is near."""
    rows = tuple(row for row in _notable(on_prk=False) if row.country == state)
    found = _nearest_among(rows, lat_deg, lon_deg) if rows else None
    if found is None or found[1] > CLAIMANT_KM:
        return None
    row, km, azimuth = found
    return _english(names_of(row)["en"], rounded_km(km), _direction(azimuth)[0], None, at=km < AT_KM)


def rounded_km(km: float) -> float:
    """Return a distance as officials round it: to 1 km under 10, to 10 under 150, to 50 beyond."""
    step = next(step for limit, step in ((10.0, 1.0), (150.0, 10.0), (np.inf, 50.0)) if km < limit)
    return float(max(1.0, step * np.floor(km / step + 0.5)))


def _english(place: str, km: float, english: str, home: dict[Language, str] | None, *, at: bool) -> str:
    named = with_article(place) + (f", {home['en']}" if home and home["en"] != place else "")
    return f"at {named}" if at else f"about {km:,.0f} km {english.replace(' ', '-')} of {named}"


def _japanese(place: str, km: float, point: CompassPoint, home: dict[Language, str] | None, *, at: bool) -> str:
    named = f"{home['ja']}・{place}" if home and home["ja"] != place else place
    return f"{named}付近" if at else f"{named}の{point.japanese}約{km:.0f}キロ"


def _korean(
    place: str, km: float, point: CompassPoint, home: dict[Language, str] | None, *, at: bool, wet: bool
) -> str:
    named = f"{home['ko']} {place}" if home and home["ko"] != place else place
    text = f"{named} 인근" if at else f"{named} {point.korean[0]}쪽 약 {km:.0f}km"
    return f"{text} 해상" if wet else text


def _joined(
    language: Language,
    where: dict[Language, str] | None,
    sea: dict[Language, str] | None,
    district: dict[Language, str] | None,
    text: str,
) -> str:
    """Return the sea, or the district and state, with the rest of a description."""
    if where is None:
        return text
    if language == "en":
        inside = f"the {where['en']}" if sea else ", ".join(part["en"] for part in (district, where) if part)
        return f"in {inside}, {text}".rstrip(", ")
    if language == "ja":
        return f"{'・'.join(part['ja'] for part in (where, district) if part)}、{text}".rstrip("、")
    return f"{' '.join(part['ko'] for part in (where, district) if part)}, {text}".rstrip(", ")


def _direction(azimuth_deg: float) -> tuple[str, CompassPoint]:
    """Return the English words and the point of the rose of sixteen nearest to an azimuth."""
    return min(
        words().compass.items(), key=lambda item: abs((item[1].azimuth_deg - azimuth_deg + 180) % 360 - 180)
    )


def _nearest(
    lat_deg: float, lon_deg: float, land: dict[Language, str] | None
) -> tuple[PlaceRow, float, float] | None:
    """Return the nearest notable place, the distance from it in km and the azimuth there in degrees."""
    at_home = land is not None and land["en"] == "North Korea"
    return _nearest_among(_notable(on_prk=at_home), lat_deg, lon_deg)


def _nearest_among(
    rows: tuple[PlaceRow, ...], lat_deg: float, lon_deg: float
) -> tuple[PlaceRow, float, float] | None:
    lats, lons = (np.radians([getattr(row, name) for row in rows]) for name in ("lat_deg", "lon_deg"))
    distance, azimuth = distance_and_azimuth(lats, lons, np.radians(lat_deg), np.radians(lon_deg))
    best = int(np.argmin(distance))
    km = float(distance[best]) / 1000
    return None if km > FARTHEST_KM else (rows[best], km, float(np.degrees(azimuth[best])))


@lru_cache(maxsize=2)
def _notable(*, on_prk: bool) -> tuple[PlaceRow, ...]:
    """Return the places that an official would measure from, each named in three languages."""
    rows = [
        row for row in place_rows() if row.kind in {"island", "cape", "city"} or _is_prk_town(row, on_prk=on_prk)
    ]
    return tuple(row for row in rows if _in_all_scripts(row))


def _is_prk_town(row: PlaceRow, *, on_prk: bool) -> bool:
    return row.country == "PRK" and row.kind == "county" and (on_prk or _english_name(row) in _PRK_TOWNS)


def _in_all_scripts(row: PlaceRow) -> bool:
    return bool(_named(row, _is_han) or _named(row, _is_kana)) and bool(_named(row, _is_hangul))


@lru_cache(maxsize=1024)
def names_of(row: PlaceRow) -> dict[Language, str]:
    """Return a place's name in English, Japanese and Korean; the English one where there is no other."""
    english = _english_name(row)
    if english in _SHORT_NAMES:
        japanese, korean = _SHORT_NAMES[english]
    else:
        japanese = _named(row, _is_han) or _named(row, _is_kana) or english
        korean = _named(row, _is_hangul) or english
    return {"en": english, "ja": japanese, "ko": korean}


def _english_name(row: PlaceRow) -> str:
    name = plain(row.name).removesuffix(" County")
    stem, _, suffix = name.rpartition("-")
    return stem if stem and suffix in words().place_suffixes else name


def _named(row: PlaceRow, is_script: Callable[[str], bool]) -> str:
    """Return the name in a script: as typed for islands and capes, else the shortest, 'city' left off."""
    names = [name for name in (*row.names, *row.aliases) if is_script(name)]
    if not names:
        return ""
    return names[0] if row.kind in {"island", "cape"} else min((_CITY.sub("", name) for name in names), key=len)


_CITY = re.compile(r"(?<=..)(?:[广廣広]域市|特[別别]市|市|郡|시|군)$")


def _is_han(name: str) -> bool:
    """Tell whether a name is in characters that Japanese is written in: simplified ones are not."""
    try:
        name.encode("shift_jis")
    except UnicodeEncodeError:
        return False
    return all("\u4e00" <= c <= "\u9fff" or c in "々ノヶ" for c in name)


def _is_kana(name: str) -> bool:
    return all("\u30a0" <= c <= "\u30ff" or "\u4e00" <= c <= "\u9fff" for c in name)


def _is_hangul(name: str) -> bool:
    return all("\uac00" <= c <= "\ud7a3" for c in name)


def _sea(lat_deg: float, lon_deg: float) -> dict[Language, str] | None:
    name = sea_name(lon_deg, lat_deg)
    if name is None:
        return None
    sea = name.rpartition(", ")[2]
    japanese, korean = SEAS.get(sea, (sea, sea))
    return {"en": sea, "ja": japanese, "ko": korean}


def _land(lat_deg: float, lon_deg: float) -> dict[Language, str] | None:
    """Return the state whose land holds a point, or a disputed feature's names; None at sea."""
    for zone in load_zones().select(kind="land"):
        west, south, east, north = zone.bounds
        if (
            west <= lon_deg <= east
            and south <= lat_deg <= north
            and load_zones().inside(zone.id, lon_deg, lat_deg)
        ):
            if ":disputed:" in zone.id:
                names = " / ".join(zone.names)
                return {"en": names, "ja": names, "ko": names}
            return _state(zone.states[0], zone.names[0])
    return _coarse_land(lat_deg, lon_deg)


def _coarse_land(lat_deg: float, lon_deg: float) -> dict[Language, str] | None:
    """Return the state outside the window of the zones whose coarse land holds a point."""
    import shapely

    west, south, east, north = load_zones().window
    if west < lon_deg < east and south < lat_deg < north:
        return None
    for code, names in words().country_names.items():
        if f"country:{code}" in shape_names("countries_natural_earth"):
            shape = read_shape("countries_natural_earth", f"country:{code}")
            if any(shapely.contains_xy(shape, lon, lat_deg) for lon in (lon_deg, lon_deg + 360)):
                return _state(code, names[0])
    return None


def _state(code: str, english: str) -> dict[Language, str]:
    names = words().countries.get(code, ())
    korean = next(iter(_of_script(names, _is_hangul)), english)
    japanese = next(iter(_of_script(names, _is_kana)), english)
    article = "the " if english.startswith(("United", "Philippines")) else ""
    return {"en": article + english, "ja": japanese, "ko": korean}


def _of_script(names: tuple[str, ...], is_script: Callable[[str], bool]) -> list[str]:
    return [name for name in names if is_script(name)]


@lru_cache(maxsize=1)
def _districts() -> dict[str, tuple[dict[Language, str], "BaseGeometry"]]:
    found: dict[str, tuple[dict[Language, str], BaseGeometry]] = {}
    for key, (english, japanese, korean) in district_names().items():
        archive = "regions_natural_earth" if key.startswith("province:") else "districts_natural_earth"
        if key in shape_names(archive):
            found[key] = {"en": english, "ja": japanese, "ko": korean}, read_shape(archive, key)
    return found


@lru_cache(maxsize=512)
def _district(lat_deg: float, lon_deg: float, reach_km: float, country: str = "") -> dict[Language, str] | None:
    """Return the first-level district at a point, or the nearest within a reach; of a state if one is given."""
    import shapely

    point = shapely.Point(lon_deg, lat_deg)
    prefix = {"": ("",), "PRK": ("province:",)}.get(country, (f"district:{country}:",))
    apart = {key: shape.distance(point) for key, (_, shape) in _districts().items() if key.startswith(prefix)}
    if not apart:
        return None
    key = min(apart, key=lambda key: apart[key])
    near = apart[key] <= max(reach_km / 111.0, 0.02)
    return _districts()[key][0] if near else None
