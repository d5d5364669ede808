"""Reach of one state: closed forms, an independent library's membership, and what one position can say."""

import math
import sys
import time

import msgspec
import numpy as np
import pytest
import shapely

from launchwatch.assess import falls
from launchwatch.assess.falls import FALLS
from launchwatch.assess.protected import protected
from launchwatch.assess.reach import is_falling, reach_of
from launchwatch.basis.errors import UnknownNameError
from launchwatch.basis.instants import format_instant
from launchwatch.facts import (
    PROSPECT_LEVELS,
    Ellipse,
    ImpactPrediction,
    Interval,
    PathSupport,
    Prospect,
    Provenance,
    TrackedState,
    TrackUpdate,
    Verdict,
)
from launchwatch.geo.ellipsoid import ecef_from_geodetic
from launchwatch.geo.frames import east_north_up
from launchwatch.geo.phrases import districts
from launchwatch.geo.zones import load_zones, read_shape

BEGIN_S = 1_800_000_000.0
MADE = Provenance(author="launchwatch 0 test", created_utc="2027-01-15T08:00:00Z")
STATES = ("JPN", "KOR")
TINY_KM = 0.2
AKITA = (39.72, 140.10)
NAGANO = (36.65, 138.18)


@pytest.fixture(scope="module")
def ground():
    return protected(STATES)


def fall(lat, lon, *, major_km=TINY_KM, minor_km=None, azimuth=0.0, probability=1.0, in_s=100.0, **changed):
    fields = {
        "lat_deg": lat, "lon_deg": lon, "time_utc": format_instant(BEGIN_S + in_s),
        "ellipse_95": Ellipse(semi_major_km=major_km, semi_minor_km=minor_km or major_km, azimuth_deg=azimuth),
        "assumes": "glide", "probability": probability,
        "remaining_s": Interval(median=in_s, p05=in_s - 3.0, p95=in_s + 3.0),
    }  # fmt: skip
    return ImpactPrediction(**(fields | changed))


def state(
    impact, *, lat=39.0, lon=134.0, height_m=80e3, velocity=(0.0, 0.0, -500.0), says="ballistic", burning=0.0,
    prospect=None,
):  # fmt: skip
    """Return a state at a place over the Sea of Japan, its velocity east, north, up (m/s)."""
    y, x = math.radians(lat), math.radians(lon)
    place = ecef_from_geodetic(np.array([y]), np.array([x]), np.array([height_m]))[0]
    speed = np.array(velocity) @ east_north_up(y, x)
    verdict = Verdict(
        says=says, reasons=(), burning=burning, energy_height_km=Interval(median=100, p05=99, p95=101),
        perigee_km=Interval(median=-5e3, p05=-5e3, p95=-5e3), apogee_km=Interval(median=90, p05=89, p95=91),
    )  # fmt: skip
    update = TrackUpdate(
        time_utc=format_instant(BEGIN_S), position_ecef_m=tuple(place.tolist()),
        velocity_ecef_m_s=tuple(speed.tolist()), covariance=tuple(np.eye(6).ravel().tolist()), modes={}, class_={},
        verdict=verdict, impact=impact, prospect=prospect, existence=1.0, plots=9,
    )  # fmt: skip
    return TrackedState(id="s", run="run", track=1, status="confirmed", update=update, provenance=MADE)


def by_role(reach, role):
    return {place.id: place for place in reach.places if place.role == role}


def test_a_tiny_ellipse_inside_a_district_is_there_for_sure(ground):
    """All of a 200 m ellipse in Akita city falls on Akita, on land of Japan, none at sea."""
    reach = reach_of(state(fall(*AKITA)), ground, MADE)
    assert reach.territory == 1.0
    assert reach.sea == 0.0
    akita = by_role(reach, "district")["district:JPN:Akita"]
    assert akita.probability == 1.0
    assert akita.names == {"en": "Akita", "ja": "秋田県", "ko": "아키타현"}
    assert reach.sea_name is None


def test_neighbours_are_told_since_the_area_moves(ground):
    """With a likely district its neighbours are told, at the probability that is their own."""
    told = by_role(reach_of(state(fall(*AKITA)), ground, MADE), "district")
    assert {"district:JPN:Aomori", "district:JPN:Iwate", "district:JPN:Yamagata"} <= set(told)
    assert told["district:JPN:Iwate"].probability < 0.5
    assert "district:JPN:Tokyo" not in told


def test_the_high_sea_reaches_nobody_on_land(ground):
    """A fall in the middle of the Sea of Japan: no district, but NAVAREA, FIR, a coastal state's waters."""
    reach = reach_of(state(fall(40.0, 135.0, major_km=5.0)), ground, MADE)
    assert reach.territory == 0.0
    assert reach.sea == 1.0
    assert reach.public_rings == ()
    assert not by_role(reach, "district")
    assert reach.sea_name == "Sea of Japan (East Sea)"
    assert by_role(reach, "NAVAREA")["NAVAREA XI"].probability == 1.0
    assert by_role(reach, "FIR")
    assert "JPN" in by_role(reach, "coastal state")


def test_territorial_sea_belongs_to_the_nearest_district(ground):
    """Ten kilometres off Noto the territorial sea is Ishikawa's share; beyond 12 miles there is none."""
    reach = reach_of(state(fall(37.3, 136.55, major_km=1.0)), ground, MADE)
    assert reach.territory == 1.0
    assert reach.sea == 0.0
    assert by_role(reach, "district")["district:JPN:Ishikawa"].probability == 1.0
    assert by_role(reach, "territorial sea")["territorial_sea:JPN"].state == "JPN"


def test_half_an_ellipse_over_a_straight_limit_is_half(ground):
    """An ellipse centred on a limit lies on both sides in the proportion that the normal distribution has.

    The limit is taken where it is straight for far more than the ellipse: found by asking the margin.
    """
    zones = load_zones()
    lon = np.linspace(138.6, 139.8, 2401)
    lat = np.full(lon.shape, 40.1)
    inside = zones.inside("territorial_sea:JPN", lon, lat) | zones.inside("land:JPN", lon, lat)
    edge = int(np.argmax(inside))
    reach = reach_of(state(fall(40.1, float(lon[edge]), major_km=1.5)), ground, MADE)
    assert reach.territory == pytest.approx(0.5, abs=0.04)


def test_the_fixed_points_have_the_normal_distributions_shares():
    """Beyond 1 sigma lies 0.1587 of the points, in the ellipse 0.95: to a tenth of the lowest threshold."""
    from launchwatch.assess.falls import _FALL_POINTS

    assert np.mean(_FALL_POINTS[:, 0] > 1.0) == pytest.approx(0.1587, abs=0.005)
    assert np.mean(np.hypot(*_FALL_POINTS.T) < math.sqrt(5.991464547)) == pytest.approx(0.95, abs=1.5 / FALLS)
    assert np.cov(_FALL_POINTS.T) == pytest.approx(np.eye(2), abs=0.02)


def test_hypotheses_add_up_with_their_probabilities(ground):
    """0.3 of a fall on Nagano and 0.6 at sea: territory 0.3, sea 0.6; 0.1 never comes down."""
    sea = fall(40.0, 135.0, probability=0.6, alternatives=(fall(*NAGANO, probability=0.3),))
    reach = reach_of(state(sea), ground, MADE)
    assert reach.territory == pytest.approx(0.3)
    assert reach.sea == pytest.approx(0.6)
    assert by_role(reach, "district")["district:JPN:Nagano"].probability == pytest.approx(0.3)


def test_membership_agrees_with_shapely(ground):
    """100,000 points about Japan and Korea: territory, districts and FIRs as shapely says, none differs (T19)."""
    rng = np.random.default_rng(3)
    lon, lat = rng.uniform(124, 147, 100_000), rng.uniform(30, 46, 100_000)
    zones, held = load_zones(), ground.zones.holding(lon, lat)
    own = np.zeros(lon.size, dtype=bool)
    own[held.points[ground.territory[held.areas]]] = True
    names = [f"{kind}:{state}" for kind in ("land", "territorial_sea") for state in STATES]
    expected = np.logical_or.reduce([shapely.contains_xy(zones.geometry(name), lon, lat) for name in names])
    assert np.array_equal(own, expected)
    numbers = ground.districts_at(lon, lat, own)
    assert np.array_equal(numbers >= 0, own)
    inside = [
        shapely.contains_xy(read_shape("districts_natural_earth", one.id), lon, lat) for one in ground.districts
    ]  # thinned borders overlap by some hundred metres: there either is right
    holds = np.array(inside)
    anywhere = holds.any(axis=0) & own
    assert holds[numbers[anywhere], np.flatnonzero(anywhere)].all()


def test_districts_are_all_there_with_three_names(ground):
    """Japan has 47 first-level districts and South Korea 17, each with an English, Japanese and Korean name."""
    count = {state: sum(one.state == state for one in ground.districts) for state in STATES}
    assert count == {"JPN": 47, "KOR": 17}
    for one in ground.districts:
        assert tuple(one.names.values()) == districts()[one.id]
        assert all(one.names.values())


def test_over_and_past_rest_on_its_own_position(ground):
    """Above Nagano it is over; beyond the Pacific coast, having been over, it is past; without that, never."""
    ahead = fall(34.0, 150.0, major_km=5.0)
    over = reach_of(state(ahead, lat=NAGANO[0], lon=NAGANO[1]), ground, MADE)
    assert over.over_now
    assert not over.past
    beyond = state(ahead, lat=35.0, lon=146.0)
    assert reach_of(beyond, ground, MADE, before=over).past
    assert not reach_of(beyond, ground, MADE).past
    before = reach_of(state(ahead, lat=39.0, lon=134.0), ground, MADE)
    assert before.over == 1.0
    assert not reach_of(beyond, ground, MADE, before=before).past


def test_the_way_to_a_fall_beyond_passes_over(ground):
    """From the Sea of Japan to the Pacific east of Honshu: it passes over for sure and falls on nobody."""
    reach = reach_of(state(fall(38.5, 146.0, major_km=5.0), lat=39.0, lon=134.0), ground, MADE)
    assert reach.over == 1.0
    assert reach.territory == 0.0
    told = by_role(reach, "district")
    assert {"district:JPN:Yamagata", "district:JPN:Miyagi"} & set(told)
    assert reach.public_rings


def test_a_disputed_place_is_told_by_all_its_names_and_is_no_territory(ground):
    """The Liancourt Rocks: no public area rests on them, both names stand in the place."""
    reach = reach_of(state(fall(37.2425, 131.8647)), ground, MADE)
    assert reach.territory == 0.0
    (place,) = (p for p in reach.places if "liancourt" in p.id and p.probability > 0.5)
    assert "Takeshima" in place.names["en"]
    assert "Dokdo" in place.names["en"]
    assert place.state is None


def test_falling_is_coming_down_with_nothing_left_to_change_it():
    """Descending with a ballistic verdict and no motor; not while it climbs, burns, or may glide."""
    assert is_falling(state(None).update)
    assert not is_falling(state(None, velocity=(0.0, 0.0, 100.0)).update)
    assert not is_falling(state(None, burning=0.5).update)
    assert not is_falling(state(None, says="not yet").update)


def test_without_a_predicted_fall_nothing_is_reached(ground):
    """A state without an impact says only where it is."""
    reach = reach_of(state(None), ground, MADE)
    assert (reach.territory, reach.over, reach.sea, reach.places, reach.fall_rings) == (0.0, 0.0, 0.0, (), ())


def test_times_hold_the_fall(ground):
    """A district's earliest and latest times hold the 95 % interval of the fall, in whole seconds outward."""
    akita = by_role(reach_of(state(fall(*AKITA)), ground, MADE), "district")["district:JPN:Akita"]
    assert akita.earliest_utc <= format_instant(BEGIN_S + 100.0 - 3.0 * 1.96 / 1.645)
    assert akita.latest_utc >= format_instant(BEGIN_S + 100.0 + 3.0 * 1.96 / 1.645)


def test_an_ellipse_across_the_antimeridian_is_cut(ground):
    """Rings stay within -180 to 180 degrees and are closed."""
    reach = reach_of(state(fall(40.0, 179.9, major_km=100.0)), ground, MADE)
    assert len(reach.fall_rings) == 2
    for ring in reach.fall_rings:
        assert ring[0] == ring[-1]
        assert all(-180 <= lon <= 180 for lon, _ in ring)


def test_the_same_state_reaches_the_same(ground):
    """Nothing is random: the fact is equal, id and all."""
    one = state(fall(38.0, 139.0, major_km=60.0))
    assert reach_of(one, ground, MADE) == reach_of(msgspec.structs.replace(one), ground, MADE)


def test_a_state_unknown_is_refused():
    """A code that no land has is an error that names what there is."""
    with pytest.raises(UnknownNameError):
        protected(("XYZ",))


def test_who_protects_nobody_tells_ships_and_aircraft():
    """A node that protects no state alerts no public; a fall into the sea still has its waters and airspace."""
    found = reach_of(state(fall(40.0, 135.0, major_km=5.0)), protected(()), MADE)
    assert (found.territory, found.over) == (0.0, 0.0)
    assert found.sea == pytest.approx(1.0)
    assert {"NAVAREA", "FIR"} <= {place.role for place in found.places}
    assert reach_of(state(fall(*AKITA)), protected(()), MADE).territory == 0.0


def test_a_state_carried_on_under_thrust_reaches_what_the_one_before_did(ground):
    """Five seconds after its newest plot a burning object reaches no more land than when it was last seen."""
    seen = PathSupport(
        sensor="a", owner="a", path="p", host="h", plots=9, recent=3, last_utc=format_instant(BEGIN_S - 5.0)
    )
    before = reach_of(state(fall(40.0, 135.0)), ground, MADE)
    late = state(fall(*AKITA), burning=0.9)
    late = msgspec.structs.replace(late, update=msgspec.structs.replace(late.update, support=(seen,)))
    assert reach_of(late, ground, MADE, before).territory == 0.0
    coasts = msgspec.structs.replace(late.update.verdict, burning=0.01)
    late = msgspec.structs.replace(late, update=msgspec.structs.replace(late.update, verdict=coasts))
    assert reach_of(late, ground, MADE, before).territory == 1.0


def test_the_cost_of_a_reach_is_printed(ground, capsys):
    """What one reach costs, told and not judged here: the bar (10 ms, p99) is the benchmark's."""
    one = state(fall(38.0, 139.0, major_km=60.0, alternatives=(fall(39.0, 138.0, probability=0.3),)))
    took = []
    for _ in range(50):
        begun = time.perf_counter()
        reach_of(one, ground, MADE)
        took.append(1e3 * (time.perf_counter() - begun))
    with capsys.disabled():
        sys.stdout.write(f" reach: {np.median(took):.1f} ms ")


def eastward(nearest_km, farthest_km, probability=1.0):
    """Return a prospect due east whose distances are even between two."""
    spread = np.array(PROSPECT_LEVELS)
    return Prospect(
        probability=probability, azimuth_deg=90.0, azimuth_sigma_deg=0.01,
        range_km=tuple((nearest_km + spread * (farthest_km - nearest_km)).tolist()),
        remaining_s=tuple((200.0 + 400.0 * spread).tolist()),
    )  # fmt: skip


def test_a_prospect_beyond_the_land_passes_over_it(ground):
    """From 39 N 134 E eastward, falls 1,500 to 2,000 km away lie in the Pacific, and every way crosses Honshu."""
    reach = reach_of(state(None, prospect=eastward(1_500.0, 2_000.0), burning=1.0), ground, MADE)
    assert (reach.over, reach.territory, reach.reached, reach.sea, reach.forecast) == (1.0, 0.0, 1.0, 1.0, 1.0)


def test_a_prospect_reaches_with_the_share_of_its_distances(ground):
    """Falls even over 0 to 1,000 km reach with the share beyond the line where the great circle meets the sea."""
    far = np.arange(0.0, 1_000e3, 500.0) / 6_371_008.8
    lat0 = math.radians(39.0)
    lat = np.arcsin(math.sin(lat0) * np.cos(far))
    lon = math.radians(134.0) + np.arctan2(
        np.sin(far) * math.cos(lat0), np.cos(far) - math.sin(lat0) * np.sin(lat)
    )
    own, _ = ground.territory_at(np.degrees(lon), np.degrees(lat))
    expected = 1.0 - float(np.argmax(own)) / len(far)
    reach = reach_of(state(None, prospect=eastward(0.0, 1_000.0), burning=1.0), ground, MADE)
    assert reach.reached == pytest.approx(expected, abs=0.02)
    assert reach.territory + reach.over > reach.reached > max(reach.territory, reach.over)


def test_a_motor_that_stops_now_is_not_counted_beside_its_prospect(ground):
    """The ellipse of `thrust ends now` lies in Akita, the prospect in the Pacific: nothing falls on territory."""
    stops = fall(*AKITA, assumes="thrust ends now")
    reach = reach_of(state(stops, prospect=eastward(1_500.0, 2_000.0), burning=1.0), ground, MADE)
    assert reach.territory == 0.0


def test_a_prospect_s_stretch_is_its_area(ground):
    """The ring runs along the course from the 2.5 % to the 97.5 % distance, 12.5 and 487.5 km here."""
    reach = reach_of(state(None, prospect=eastward(0.0, 500.0), burning=1.0), ground, MADE)
    (ring,) = reach.fall_rings
    degree_km = 111.2 * math.cos(math.radians(39.0))
    lon = [corner[0] for corner in ring]
    assert (min(lon), max(lon)) == pytest.approx((134.0 + 12.5 / degree_km, 134.0 + 487.5 / degree_km), abs=0.05)


def test_a_state_carried_on_after_its_motor_rests_on_the_forecast_before(ground):
    """What a burning object might reach stays a forecast while no plot says otherwise, though it coasts."""
    before = reach_of(state(None, prospect=eastward(300.0, 2_000.0), burning=1.0), ground, MADE)
    assert before.reached > 0.9
    seen = PathSupport(
        sensor="a", owner="a", path="p", host="h", plots=9, recent=3, last_utc=format_instant(BEGIN_S - 10.0)
    )
    late = state(fall(30.0, 160.0, assumes="ballistic"), burning=0.01)
    late = msgspec.structs.replace(late, update=msgspec.structs.replace(late.update, support=(seen,)))
    reach = reach_of(late, ground, MADE, before)
    assert (reach.reached, reach.forecast) == (before.reached, before.forecast) == (before.reached, 1.0)


@pytest.mark.parametrize("sigma_deg", [1.0, 20.0, 60.0, 80.0, 120.0])
def test_a_prospect_s_stretch_holds_its_falls(ground, sigma_deg):
    """However little is known of the course, at least 90 % of the falls lie inside (95 % each way: 0.95^2)."""
    ahead = msgspec.structs.replace(eastward(100.0, 900.0), azimuth_sigma_deg=sigma_deg)
    lat, lon = math.radians(39.0), math.radians(134.0)
    fallen = falls._prospect_falls(ahead, lat, lon, BEGIN_S)
    rings = reach_of(state(None, prospect=ahead, burning=1.0), ground, MADE).fall_rings
    held = shapely.contains_xy(
        shapely.union_all([shapely.Polygon(ring) for ring in rings]), fallen.lon, fallen.lat
    )
    assert held.mean() >= 0.9 - 2.0 / FALLS
    assert all(shapely.is_ccw(shapely.LinearRing(ring)) for ring in rings)
