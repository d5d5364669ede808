"""Ships and aircraft against a fall area: who was inside, heading in or near, by closed forms; whom to tell."""

import math

import numpy as np
import pytest
from pyproj import Geod
from scipy.stats import ncx2

from launchwatch.assess.fallarea import FallArea
from launchwatch.assess.recipients import Area, known_areas, recipients
from launchwatch.assess.seaways import lanes_across, ports_near
from launchwatch.assess.traffic import AGED_S, DANGER_KM, MOTION, OLDEST_S, assess_kind, fleet_of
from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.bayes.encounters import growth
from launchwatch.facts import TrafficPosition
from launchwatch.geo.airspace import load_firs
from launchwatch.geo.navareas import NAVAREAS
from launchwatch.geo.seaways import Lanes, Ports, load_ports
from launchwatch.geo.zones import load_zones

FALL_S = parse_instant("2025-11-07T03:42:40Z")
GEOD = Geod(ellps="WGS84")
LAT, LON = 40.0, 134.0


def fall(*, sigma_km=(20.0, 5.0), n=2000, lat=LAT, lon=LON, timed=True):
    """Return an ellipse that lies east and west, all falling at one moment."""
    rng = np.random.default_rng(1)
    east, north = rng.normal(size=(2, n)) * np.array(sigma_km)[:, None] * 1000
    lons, lats, _ = GEOD.fwd(
        np.full(n, lon), np.full(n, lat), np.degrees(np.arctan2(east, north)), np.hypot(east, north)
    )
    time = np.full(n, FALL_S if timed else np.nan)
    return FallArea(np.asarray(lons), np.asarray(lats), time, np.full(n, 1 / n))


def position(kind="ship", identity="431000001", azimuth=0.0, km=0.0, age_s=0.0, **more):
    lon, lat, _ = GEOD.fwd(LON, LAT, azimuth, km * 1000)
    fields = {"sigma_m": 50.0, "source": "test", "speed_m_s": 0.0, "course_deg": 0.0, **more}
    return TrafficPosition(
        kind=kind, identity=identity, time_utc=format_instant(FALL_S - age_s), lat_deg=lat, lon_deg=lon, **fields
    )


def test_a_ship_in_the_middle_by_closed_form():
    """The probability to be within the danger radius of an isotropic impact is the noncentral chi-square's."""
    found = assess_kind("ship", [position(km=3.0)], fall(sigma_km=(4.0, 4.0)))
    (ship,) = found.craft
    want = ncx2.cdf((DANGER_KM["ship"] / 4.0) ** 2, 2, (3.0 / 4.0) ** 2)
    assert ship.relation == "inside"
    assert ship.probability == pytest.approx(want, abs=0.01)  # the sampling error of 2,000 samples
    assert ship.inside_95 == 1.0
    assert found.probability == pytest.approx(ship.probability, abs=1e-3)
    assert found.inside == 1


def test_reckoned_to_the_fall():
    """A ship ten minutes before the fall is put where its course and speed carry it."""
    moving = position(km=-0.0, azimuth=0.0, age_s=600.0, speed_m_s=8.0, course_deg=90.0)
    found = assess_kind("ship", [moving], fall())
    (ship,) = found.craft
    lon, lat, _ = GEOD.fwd(LON, LAT, 90.0, 4800.0)
    assert GEOD.inv(ship.lon_deg, ship.lat_deg, lon, lat)[2] < 20
    assert ship.age_s == 600.0


def test_heading_in_outside_and_near():
    """An aircraft that flies at the area enters at its edge; one that flies away is told by its distance alone."""
    reach = math.sqrt(5.991) * 5.0
    towards = position("aircraft", "840001", 0.0, 100.0, speed_m_s=200.0, course_deg=180.0)
    away = position("aircraft", "840002", 0.0, 60.0, speed_m_s=200.0, course_deg=0.0)
    slow = position("aircraft", "840003", 180.0, 390.0, speed_m_s=100.0, course_deg=0.0)
    found = assess_kind("aircraft", [towards, away, slow], fall())
    by_name = {craft.identity: craft for craft in found.craft}
    entering = by_name["840001"]
    assert entering.relation == "heading into it"
    assert parse_instant(entering.enters_utc) - FALL_S == pytest.approx((100 - reach) * 1000 / 200, abs=12)
    assert entering.closest_km < 1.5
    assert by_name["840002"].relation == "near miss"
    assert by_name["840002"].distance_km.median == pytest.approx(60, abs=6)
    assert by_name["840003"].relation == "near miss"  # it would take more than the horizon
    assert (found.heading, found.inside) == (1, 0)


def test_an_hour_old_position_is_aged_and_believed_the_less():
    """Probability and ellipse widen with age; the doubt tells age and error; beyond half a day nothing is said."""
    fresh, old = position("aircraft", "840001"), position("aircraft", "840001", age_s=3600.0)
    sure = assess_kind("aircraft", [fresh], fall(sigma_km=(1.0, 1.0)))
    aged = assess_kind("aircraft", [old], fall(sigma_km=(1.0, 1.0)))
    assert sure.craft[0].probability > 0.99
    assert aged.craft[0].probability < 0.01
    assert (sure.aged, aged.aged) == (0, 1)
    assert "aged" in aged.craft[0].doubt
    motion = MOTION["aircraft"]
    want = math.sqrt(growth(3600.0, 50.0, motion.velocity_m_s, motion.spread_m_s, motion.memory_s)) / 1000
    assert aged.craft[0].sigma_km == pytest.approx(want, abs=0.01)
    assert AGED_S["aircraft"] < 3600
    assert assess_kind("aircraft", [position("aircraft", "840001", age_s=OLDEST_S + 60)], fall()) is None


def test_positions_on_both_sides_of_the_fall_are_weighed():
    """Between two positions a craft is known better than from either, and lies between both reckonings."""
    before = position(azimuth=270.0, km=6.0, age_s=1200.0, speed_m_s=5.0, course_deg=90.0)
    after = position(azimuth=90.0, km=7.0, age_s=-1200.0, speed_m_s=5.0, course_deg=90.0)
    alone = [fleet_of("ship", [one], FALL_S) for one in (before, after)]
    both = fleet_of("ship", [after, before], FALL_S)
    assert len(both) == 1
    at = assess_kind("ship", [before, after], fall()).craft[0]
    assert at.sigma_km < min(assess_kind("ship", [one], fall()).craft[0].sigma_km for one in (before, after))
    assert GEOD.inv(at.lon_deg, at.lat_deg, LON, LAT)[2] == pytest.approx(500, abs=50)
    assert all(len(one) == 1 for one in alone)


def test_without_course_or_speed_a_craft_may_be_anywhere_it_can_reach():
    """Nothing is reckoned from a velocity that nobody stated, and the error says so."""
    blind = position("aircraft", "840001", age_s=120.0, speed_m_s=None, course_deg=None)
    found = assess_kind("aircraft", [blind], fall())
    assert found.craft[0].sigma_km > 15
    assert GEOD.inv(found.craft[0].lon_deg, found.craft[0].lat_deg, LON, LAT)[2] < 20


def test_nothing_known_is_none():
    """Without positions of a kind there is no finding about it."""
    assert assess_kind("aircraft", [position()], fall()) is None


def test_ellipse_holds_95_percent_of_the_samples():
    """The share of samples in the ellipse is 95 % within its sampling error, by the whitened plane."""
    area = fall()
    flat = (area.plane(area.points) - area.moments[0]) @ area.whitening.T
    assert np.mean((flat**2).sum(axis=1) <= 1) == pytest.approx(0.95, abs=0.015)
    assert np.hypot(*area.plane(area.points).T).max() < 100_000


def test_plane_distances_are_geodesics():
    """Lengths from the middle of the area are PROJ's within 0.4 %."""
    area = fall(sigma_km=(0.01, 0.01))
    lon, lat, _ = GEOD.fwd(np.full(36, LON), np.full(36, LAT), np.arange(0, 360, 10.0), np.full(36, 3e5))
    other = FallArea(np.asarray(lon), np.asarray(lat), np.zeros(36), np.full(36, 1 / 36))
    assert np.hypot(*area.plane(other.points).T) == pytest.approx(np.full(36, 3e5), rel=4e-3)


def test_those_to_be_told_by_probability_and_arrival():
    """An area that half the samples lie in has half the probability, and their times; one far off is not told."""
    area = fall()
    east = Area("FIR", "EAST", (), lambda lon, _: lon > LON, "test")
    none = Area("FIR", "NORTH", (), lambda _, lat: lat > 60, "test")
    edge = Area("FIR", "EDGE", (), lambda _, lat: lat > LAT + 2.3 * 5 / 111.0, "test")
    found = {one.name: one for one in recipients(area, [east, none, edge])}
    assert set(found) == {"EAST", "EDGE"}
    assert found["EAST"].probability == pytest.approx(0.5, abs=0.03)
    assert found["EAST"].earliest_utc == format_instant(FALL_S)
    assert found["EDGE"].within_95


def test_known_recipients_off_the_korean_coast():
    """Off Hamgyong the NAVAREA, North Korea and its provinces are told; without a time there are no arrivals."""
    area = fall(lat=40.1, lon=128.2, sigma_km=(30.0, 30.0), timed=False)
    found = recipients(area, known_areas(load_zones(), load_firs(), area))
    names = {(one.role, one.name) for one in found}
    assert ("NAVAREA", "NAVAREA XI") in names
    assert ("coastal state", "North Korea") in names
    assert ("district", "South Hamgyong") in names
    assert all(one.earliest_utc is None for one in found)


def test_recipients_over_the_antimeridian():
    """An area of fall on both sides of 180 E lies in both NAVAREAs."""
    area = fall(lat=20.0, lon=180.0, sigma_km=(50.0, 50.0))
    found = {one.name: one.probability for one in recipients(area, known_areas(load_zones(), load_firs(), area))}
    assert found["NAVAREA XI"] == pytest.approx(0.5, abs=0.05)
    assert found["NAVAREA XII"] == pytest.approx(0.5, abs=0.05)


def told(area):
    return {(one.role, one.name): one for one in recipients(area, known_areas(load_zones(), load_firs(), area))}


def test_districts_of_the_neighbours_are_told():
    """A fall on the land border of two prefectures tells both, by their shares; one that the ellipse meets too."""
    found = told(fall(lat=43.0, lon=142.5, sigma_km=(5.0, 5.0)))
    assert found["district", "Hokkaido"].probability == 1.0
    assert found["district", "Hokkaido"].names == ("北海道", "홋카이도", "JPN")
    assert found["FIR", "Fukuoka FIR (RJJJ)"].probability == 1.0
    near = told(fall(lat=37.9, lon=128.95, sigma_km=(8.0, 8.0)))  # off Gangneung, whose coast is 10 km west
    assert "Gangwon" in {name for role, name in near if role == "district"}
    assert ("FIR", "Incheon FIR (RKRR)") in near


def test_an_island_between_the_points_of_a_wide_ellipse_is_told():
    """Jeju lies in an ellipse of 400 km; no sample need fall on it for it to be told."""
    found = told(fall(lat=32.0, lon=125.0, sigma_km=(160.0, 160.0), n=50))
    assert found["district", "Jeju"].within_95


def test_a_fir_is_reached_within_its_lines_error():
    """Beyond a region's line by less than the line's error it is told, with no probability."""
    firs = load_firs()
    lon = 134.0
    lats = np.arange(36.0, 46.0, 0.02)
    margins = firs.margins("RJJJ", np.full(len(lats), lon), lats)
    outside = np.flatnonzero((margins.km > 0) & (margins.km < 0.8 * margins.error_km))
    area = fall(lat=float(lats[outside[-1]]), lon=lon, sigma_km=(0.05, 0.05))
    found = told(area)["FIR", "Fukuoka FIR (RJJJ)"]
    assert found.probability == 0.0
    assert found.within_95
    assert "to be checked" in found.basis


def test_ports_by_distance_from_the_ellipse():
    """A port's distance is the geodesic one from the middle less the ellipse's radius, on a circle."""
    area = fall(sigma_km=(4.0, 4.0))
    lons, lats, _ = GEOD.fwd([LON] * 3, [LAT] * 3, [0.0, 90.0, 200.0], [60_000.0, 5_000.0, 300_000.0])
    names = ("NORTH", "INSIDE", "FAR")
    ports = Ports(names, names, ("",) * 3, ("Small",) * 3, np.asarray(lons), np.asarray(lats))
    found, count = ports_near(area, ports)
    radius = 4.0 * math.sqrt(5.991)
    assert [port.name for port in found] == ["INSIDE", "NORTH"]
    assert count == 2
    assert found[0].distance_km == 0.0
    assert found[1].distance_km == pytest.approx(60 - radius, abs=0.7)  # the samples' own spread, 5 % of it
    assert found[1].locode is None


def test_ports_of_the_world_are_near_over_the_antimeridian():
    """Suva's port is found from a fall across 180 E."""
    found, _ = ports_near(fall(lat=-17.0, lon=-179.9, sigma_km=(70.0, 70.0)), load_ports())
    assert {"Fiji"} == {port.listed_under for port in found}


def test_lanes_by_the_chord_through_the_ellipse():
    """A lane along a parallel through the middle lies inside for a diameter; one past it is not told."""
    area = fall(sigma_km=(10.0, 10.0))
    through = np.array([[LON - 3, LAT], [LON + 3, LAT]])
    past = np.array([[LON - 3, LAT + 1], [LON + 3, LAT + 1]])
    over = np.array([[LON + 360, LAT - 1], [LON + 360, LAT + 1]])
    (one, two) = lanes_across(area, Lanes("test", ("a", "b", "c"), (through, past, over)))
    assert {one.passage, two.passage} == {"a", "c"}
    for lane in (one, two):
        assert lane.inside_km == pytest.approx(20 * math.sqrt(5.991), rel=0.05)
    assert {one.start, two.start} == {(LON - 3, LAT), (LON, LAT - 1)}


@pytest.mark.parametrize(
    ("lat", "lon", "names"),
    [
        (40.0, 134.0, {"NAVAREA XI"}),  # the Sea of Japan
        (44.0, 137.0, {"NAVAREA XI", "NAVAREA XIII"}),  # either: the limit there is not sure
        (50.0, 150.0, {"NAVAREA XIII"}),
        (30.0, -170.0, {"NAVAREA XII"}),
        (-30.0, 100.0, set()),
    ],
)
def test_navareas_hold_well_known_seas(lat, lon, names):
    """Seas whose area nobody doubts lie in it."""
    held = {area.name for area in NAVAREAS if area.contains(np.array([lon]), np.array([lat]))[0]}
    assert held == names
