"""What lies below a path, against closed forms: a great circle over a box, a parabola below a height."""

import numpy as np
import pytest

from launchwatch.assess.airspace import assess_airspace, fall_part, path_parts
from launchwatch.assess.overflight import assess_overflight
from launchwatch.facts import FlightSamples, PathSamples
from launchwatch.geo.airspace import Airports, Airways, load_airports, load_firs
from launchwatch.geo.zones import Zone, load_zones

SECONDS_PER_DEGREE = 20.0
TOP_KM = 300.0


def equator_paths(start_deg, *, degrees=20.0, lat_deg=(0.0,), step_s=4.0):
    """Return paths along a parallel (the equator: a great circle) at even speed, with a parabola of heights."""
    flight_s = degrees * SECONDS_PER_DEGREE
    time = np.arange(0, flight_s + 1e-9, step_s)
    share = time / flight_s
    n = len(lat_deg)
    lon = np.radians(start_deg + time / SECONDS_PER_DEGREE)
    height = 4e3 * TOP_KM * share * (1 - share)
    lat = np.radians(np.asarray(lat_deg))[:, None] * np.ones_like(time)
    return PathSamples(time, lat, np.tile(lon, (n, 1)), np.tile(height, (n, 1)), np.full(n, 1 / n))


def height_km(lon_from_start, degrees=20.0):
    share = lon_from_start / degrees
    return 4 * TOP_KM * share * (1 - share)


class Boxes:
    """Zones that are boxes of west, south, east, north, with a line that is off by 10 km."""

    def __init__(self, **boxes):
        self.boxes = {name.replace("__", ":"): box for name, box in boxes.items()}

    def __iter__(self):
        return (self[name] for name in self.boxes)

    def __getitem__(self, name):
        return Zone(
            id=name, kind=name.partition(":")[0], states=("XXX",), names=("Box", "箱"), basis="drawn",
            status="no dispute recorded", overlay=False, line_error_km=10.0, line_error_exceptions=(), note="",
            bounds=self.boxes[name], complete=True, vertices=4,
        )  # fmt: skip

    def inside(self, name, lon, lat):
        west, south, east, north = self.boxes[name]
        return (lon > west) & (lon < east) & (lat > south) & (lat < north)

    def covered(self, lon, lat):
        return np.isfinite(lon + lat)

    def margin_km(self, name, lon, lat):
        west, south, east, north = self.boxes[name]
        return 111.2 * np.max([west - lon, lon - east, south - lat, lat - north], axis=0)

    def sides(self, name, lon, lat):
        margin, error = np.asarray(self.margin_km(name, lon, lat)), self[name].line_error_km
        return margin < -error, margin < error


def test_a_great_circle_over_a_box():
    """Along the equator a box from 5 to 8 degrees is passed from 100 to 160 s, at the parabola's heights there."""
    (land,) = [
        o
        for o in assess_overflight(equator_paths(0.0), Boxes(land__AAA=(5.0, -1.0, 8.0, 1.0)), start_s=0.0)
        if o.kind == "land"
    ]
    assert land.probability == 1.0
    assert land.from_s.median == pytest.approx(5 * SECONDS_PER_DEGREE, abs=0.51)
    assert land.until_s.median == pytest.approx(8 * SECONDS_PER_DEGREE, abs=0.51)
    assert land.lowest_km.median == pytest.approx(height_km(5.0), abs=2.5)
    assert land.highest_km.median == pytest.approx(height_km(8.0), abs=2.5)
    assert land.from_utc.startswith("1970-01-01T00:01:")
    assert "computed, not legal" in land.wording


def test_over_the_antimeridian():
    """From 175 east to 195 a box behind 180 degrees is passed where it is."""
    (land,) = [
        o
        for o in assess_overflight(equator_paths(175.0), Boxes(land__AAA=(-179.0, -1.0, -176.0, 1.0)))
        if o.kind == "land"
    ]
    assert land.from_s.median == pytest.approx(6 * SECONDS_PER_DEGREE, abs=0.51)
    assert land.until_s.median == pytest.approx(9 * SECONDS_PER_DEGREE, abs=0.51)
    assert land.from_utc is None


def test_territory_is_land_and_territorial_sea():
    """The sea before and behind the land widens the territory, and not the land."""
    boxes = Boxes(land__AAA=(5.0, -1.0, 8.0, 1.0), territorial_sea__AAA=(4.0, -1.0, 9.0, 1.0))
    found = {o.kind: o for o in assess_overflight(equator_paths(0.0), boxes)}
    assert found["territory"].from_s.median == pytest.approx(80, abs=0.51)
    assert found["territory"].until_s.median == pytest.approx(180, abs=0.51)
    assert found["land"].from_s.median == pytest.approx(100, abs=0.51)


def test_probability_is_the_share_of_paths():
    """Of ten paths three pass over a box that ends at 0.25 degrees; the line's error says how many may."""
    paths = equator_paths(0.0, lat_deg=np.arange(10) / 10)
    land = next(o for o in assess_overflight(paths, Boxes(land__AAA=(5.0, -1.0, 8.0, 0.25))) if o.kind == "land")
    assert land.probability == pytest.approx(0.3)
    # 10 km are 0.09 degrees: the paths at 0.1 and below are in for certain, that at 0.3 perhaps.
    assert land.probability_low == pytest.approx(0.2)
    assert land.probability_high == pytest.approx(0.4)


def test_from_lift_off_on_and_to_the_ground():
    """A box round the launch is left only; one round the impact is entered only."""
    boxes = Boxes(land__AAA=(-1.0, -1.0, 2.0, 1.0), land__BBB=(18.0, -1.0, 25.0, 1.0))
    found = {o.area: o for o in assess_overflight(equator_paths(0.0), boxes) if o.kind == "land"}
    assert found["AAA"].from_s.median == 0.0
    assert found["AAA"].until_s.median == pytest.approx(40, abs=0.51)
    assert found["BBB"].until_s.median == 400.0
    assert found["BBB"].lowest_km.median == pytest.approx(0.0, abs=0.1)


def test_a_path_over_japan():
    """A path from North Korea's coast over Tsugaru passes over Japan's territory at the height it has there."""
    time = np.arange(0, 1201, 4.0)
    lon = np.radians(128.0 + 30 * time / 1200)
    lat = np.full_like(lon, np.radians(41.3))
    height = 4e3 * 700 * (time / 1200) * (1 - time / 1200)
    paths = PathSamples(time, lat[None], lon[None], height[None], np.ones(1))
    found = {(o.area, o.kind): o for o in assess_overflight(paths, load_zones())}
    japan = found["JPN", "territory"]
    assert japan.probability == 1.0
    west, east = (128.0 + 30 * t.median / 1200 for t in (japan.from_s, japan.until_s))
    assert 138 < west < 140.5  # the sea off Matsumae (140.1 E)
    assert 141 < east < 142.5  # and off Shimokita (141.5 E)
    assert 600 < japan.lowest_km.median < 700


def test_disputed_features_keep_all_their_names():
    """Over Liancourt Rocks the feature is told by all its names, and as nobody's territory alone."""
    lon = np.radians(np.linspace(131.0, 133.0, 101))
    lat = np.full_like(lon, np.radians(37.242))
    paths = PathSamples(np.arange(101.0), lat[None], lon[None], np.full((1, 101), 2e5), np.ones(1))
    told = [o for o in assess_overflight(paths, load_zones()) if o.area == "disputed:liancourt"]
    assert told
    for one in told:
        assert {"JPN", "KOR"} <= set(one.states)
        assert "Takeshima" in one.wording
        assert "Dokdo" in one.wording


def test_a_parabola_below_a_height():
    """A parabola of top H is below c for T/2 (1 - sqrt(1 - c/H)) on the way up, and as long on the way down."""
    paths = equator_paths(0.0)
    flight_s = 400.0
    below_s = flight_s / 2 * (1 - np.sqrt(1 - 20.0 / TOP_KM))
    climb, descent = path_parts(paths, 20.0)
    assert (climb.name, descent.name) == ("climb", "descent")
    assert climb.time_s.min() == 0.0
    assert climb.time_s.max() == pytest.approx(below_s, abs=1.0)
    assert descent.time_s.min() == pytest.approx(flight_s - below_s, abs=1.0)
    assert descent.time_s.max() == flight_s


def fallen(lon_deg, lat_deg):
    """Return samples that fall at places, equally weighted, at 600 s."""
    n = len(lon_deg)
    columns = dict.fromkeys(
        ("launch_lat_rad", "launch_lon_rad", "launch_time_s", "azimuth_rad", "burnout_time_s", "burnout_speed_m_s",
         "burnout_angle_rad", "burnout_height_m", "apogee_m", "range_m"), np.zeros(n)
    )  # fmt: skip
    return FlightSamples(
        **columns, flight_time_s=np.full(n, 600.0), impact_lat_rad=np.radians(lat_deg),
        impact_lon_rad=np.radians(lon_deg), class_index=np.zeros(n, dtype=np.int64), weight=np.full(n, 1 / n),
        path_parameters=np.zeros((n, 0)),
    )  # fmt: skip


NO_AIRPORTS = Airports((), (), (), (), np.zeros(0), np.zeros(0))


def test_a_fall_in_two_regions():
    """Three quarters of the falls lie 50 km inside Incheon's line, a quarter outside it: 75 %, and so said."""
    lon = np.array([132.4] * 30 + [133.6] * 10)  # either side of 133 E
    found = {
        a.id: a
        for a in assess_airspace([fall_part(fallen(lon, np.full(40, 37.7)))], load_firs(), NO_AIRPORTS, None)
    }
    assert found["RKRR"].probability == pytest.approx(0.75)
    assert found["RKRR"].probability_low == pytest.approx(0.75)
    assert found["RKRR"].relation == "inside"
    assert found["RJJJ"].probability == pytest.approx(0.25)
    assert found["RKRR"].from_s.median == 600.0
    assert found["RKRR"].basis == "read"


def test_within_the_error_of_the_line_no_side_is_named():
    """A fall 20 km from a line that may be 60 km off is too close to call, with what the line is known from."""
    lon, lat = np.array([135.0]), np.array([39.5])
    km = load_firs().margins("RJJJ", lon, lat).km[0]
    assert abs(km) < 60
    found = {
        a.id: a
        for a in assess_airspace(
            [fall_part(fallen(np.repeat(lon, 20), np.repeat(lat, 20)))], load_firs(), NO_AIRPORTS, None
        )
    }
    for fir in ("RJJJ", "ZKKP"):
        assert found[fir].relation == "too close to call"
        assert (found[fir].probability_low, found[fir].probability_high) == (0.0, 1.0)
        assert "to be checked" in found[fir].wording


def test_airways_within_ten_miles():
    """An airway 10 km from all falls is touched, one 30 km off is not, whichever way its legs run."""
    lon, lat = np.full(20, 131.0), np.full(20, 36.0)
    north = 111.0
    start = np.array([[132.0, 36 + 10 / north], [130.0, 36 + 30 / north]])
    end = np.array([[130.0, 36 + 10 / north], [132.0, 36 + 30 / north]])
    airways = Airways("made up", ("NEAR", "FAR"), start, end)
    found = [
        a
        for a in assess_airspace([fall_part(fallen(lon, lat))], load_firs(), NO_AIRPORTS, airways)
        if a.kind == "airway"
    ]
    assert [a.id for a in found] == ["NEAR"]
    assert found[0].probability == 1.0
    assert found[0].source == "made up"


def test_airports_at_which_it_falls():
    """A fall 15 km off Incheon's reference point is at that airport, and at no other."""
    lon, lat = np.full(10, 126.44 - 15 / 88.4), np.full(10, 37.463)
    found = [
        a
        for a in assess_airspace([fall_part(fallen(lon, lat))], load_firs(), load_airports(), None)
        if a.kind == "airport"
    ]
    assert [a.id for a in found] == ["RKSI"]


def test_nothing_near_is_nothing_told():
    """In the middle of the Indian Ocean no region, airway or airport is touched."""
    assert (
        assess_airspace(
            [fall_part(fallen(np.full(5, 80.0), np.full(5, -30.0)))], load_firs(), load_airports(), None
        )
        == []
    )
