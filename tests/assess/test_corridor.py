"""Debris corridors of states that fall, against the closed forms of free fall, and wherever on earth they are."""

import math

import msgspec
import numpy as np
import pytest
import shapely
from pyproj import Geod

from launchwatch.assess.corridor import BREAK_UP_M_S, _fall, _rims, corridors, debris_corridor
from launchwatch.facts import Ellipse, ImpactPrediction, TrackUpdate
from launchwatch.geo.ellipsoid import ecef_from_geodetic, geodetic_from_ecef
from launchwatch.geo.frames import east_north_up
from launchwatch.geo.rings import from_plane

GEOD = Geod(ellps="WGS84")
HEIGHT_M = 100e3
SPEED_M_S = 2000.0


def falling(lat=40.0, lon=131.0, azimuth=90.0, *, sigma_m=1000.0, speed=SPEED_M_S, seconds=0):
    """Return an update of an object at 100 km that flies level, with a covariance of `sigma_m` on every side."""
    phi, lam, heading = math.radians(lat), math.radians(lon), math.radians(azimuth)
    place = ecef_from_geodetic(np.array([phi]), np.array([lam]), np.array([HEIGHT_M]))[0]
    east, north, _ = east_north_up(phi, lam)
    velocity = speed * (math.sin(heading) * east + math.cos(heading) * north)
    in_s, down = _fall(np.concatenate([place, velocity]), 5000.0)
    there = np.degrees(geodetic_from_ecef(down[None])[0])
    impact = ImpactPrediction(
        lat_deg=there[0], lon_deg=there[1], time_utc=f"2025-01-01T00:0{int(in_s // 60)}:{in_s % 60:09.6f}Z",
        ellipse_95=Ellipse(semi_major_km=4.0, semi_minor_km=2.0, azimuth_deg=azimuth % 180), assumes="ballistic",
        probability=1.0,
    )  # fmt: skip
    covariance = np.diag([sigma_m**2] * 3 + [1.0] * 3)
    return TrackUpdate(
        time_utc=f"2025-01-01T00:00:{seconds:02d}.000000Z", position_ecef_m=tuple(place),
        velocity_ecef_m_s=tuple(velocity), covariance=tuple(covariance.ravel()), modes={}, class_={},
        impact=impact, existence=1.0, plots=9,
    )  # fmt: skip


def shape_of(rings):
    return shapely.union_all([shapely.Polygon(ring) for ring in rings])


def area_km2(rings):
    return sum(abs(GEOD.polygon_area_perimeter(*zip(*ring, strict=True))[0]) for ring in rings) / 1e6


def test_it_holds_the_way_and_the_fall():
    """The place below now, the predicted fall and its whole ellipse lie in the corridor; times are in order."""
    update = falling()
    area = debris_corridor(update, track="t")
    whole = shape_of(area.corridor)
    assert whole.geom_type == "Polygon"
    assert whole.contains(shapely.Point(131.0, 40.0))
    assert whole.contains(shapely.Point(update.impact.lon_deg, update.impact.lat_deg))
    assert whole.buffer(0.005).contains(shape_of(area.fall))
    assert area.time_utc < area.falls_utc <= area.debris_until_utc
    assert area.track == "t"


def test_the_width_below_is_that_of_the_state():
    """A sigma of 1 km at 100 km height is 1.96 x R / (R + h) km to each side on the ground now."""
    area = debris_corridor(falling())
    assert area.half_width_km[0] == pytest.approx(1.96 * 6378 / 6478, rel=0.01)
    # 1 m/s of sigma for two and a half minutes adds little to 1 km: sqrt(1 + 0.15^2).
    assert area.half_width_km[1] == pytest.approx(1.96 * math.hypot(1.0, 0.15), rel=0.05)


def test_what_is_thrown_aside_widens_it():
    """Without drag a piece thrown aside at v lands v t off: so wide is the corridor, and half the ellipse."""
    update = falling()
    seconds = float(update.impact.time_utc[17:26]) + 60 * int(update.impact.time_utc[14:16])
    inertial_m_s = SPEED_M_S + 463.8 * math.cos(math.radians(40.0))
    free = math.sqrt(
        2 * HEIGHT_M / (9.5 - inertial_m_s**2 / 6_470e3)
    )  # a fall over a round earth; air adds a tenth
    assert free < seconds < 1.15 * free
    area = debris_corridor(update)
    whole = shape_of(area.corridor)
    north = (whole.bounds[3] - update.impact.lat_deg) * 111.0
    south = (update.impact.lat_deg - whole.bounds[1]) * 111.0
    aside = BREAK_UP_M_S * seconds / 1e3
    assert 0.9 * aside < (north + south) / 2 < aside + 2.0 + 3.0


def test_high_drag_falls_short():
    """What stops in the air falls before the whole object: the corridor's far end is the drag-free fall's."""
    update = falling()
    area = debris_corridor(update)
    _, drag_free = _fall(np.array([*update.position_ecef_m, *update.velocity_ecef_m_s]), 1e7)
    lat, lon, _ = np.degrees(geodetic_from_ecef(drag_free[None])[0])
    whole = shape_of(area.corridor)
    assert whole.contains(shapely.Point(lon, lat))
    _, sheet = _fall(np.array([*update.position_ecef_m, *update.velocity_ecef_m_s]), 20.0)
    short = np.degrees(geodetic_from_ecef(sheet[None])[0])
    assert short[1] < lon - 0.3
    assert whole.contains(shapely.Point(short[1], short[0]))


@pytest.mark.parametrize(("lon", "rings"), [(131.0, 1), (178.0, 2), (-179.5, 1)])
def test_the_antimeridian_changes_nothing(lon, rings):
    """The same flight anywhere on a parallel has the same area; behind 180 degrees it goes on at -180."""
    area = debris_corridor(falling(lon=lon))
    assert len(area.corridor) == rings
    assert area_km2(area.corridor) == pytest.approx(area_km2(debris_corridor(falling()).corridor), rel=2e-3)
    for ring in (*area.corridor, *area.fall):
        assert all(-180 <= x <= 180 for x, _ in ring)


def test_over_the_pole():
    """A flight over the pole has a corridor that holds it, and as much ground as another to the north."""
    area = debris_corridor(falling(lat=88.5, lon=100.0, azimuth=0.0))
    assert any(y == 90.0 for ring in area.corridor for _, y in ring)
    assert all(shapely.Polygon(ring).is_valid for ring in area.corridor)
    assert not shapely.Point(100.0, 80.0).within(shape_of(area.corridor))


def test_steered_falls_are_reached():
    """Where it may glide, the strip to that fall's ellipse is in the corridor too."""
    update = falling()
    glide = ImpactPrediction(
        lat_deg=42.0, lon_deg=138.0, time_utc=update.impact.time_utc, assumes="glide", probability=0.3,
        ellipse_95=Ellipse(semi_major_km=30.0, semi_minor_km=10.0, azimuth_deg=60.0),
    )  # fmt: skip
    both = msgspec.structs.replace(update, impact=msgspec.structs.replace(update.impact, alternatives=(glide,)))
    whole = shape_of(debris_corridor(both).corridor)
    assert whole.contains(shapely.Point(138.0, 42.0))
    assert whole.contains(shapely.Point(134.5, 41.05))
    assert not shape_of(debris_corridor(update).corridor).contains(shapely.Point(138.0, 42.0))


def test_each_holds_until_the_next():
    """Areas of a track follow one another; updates without a fall are passed over."""
    updates = [falling(seconds=s) for s in (0, 10, 20)]
    updates[1] = msgspec.structs.replace(updates[1], impact=None)
    found = corridors(updates)
    assert [area.time_utc[17:19] for area in found] == ["00", "20"]
    assert found[0].until_utc == found[1].time_utc
    assert found[1].until_utc is None


def test_what_does_not_fall_has_none():
    """Orbital speed, no prediction or no covariance: no area, and no error."""
    update = falling()
    fast = tuple(8.2 / 2.0 * v for v in update.velocity_ecef_m_s)
    assert debris_corridor(msgspec.structs.replace(update, velocity_ecef_m_s=fast)) is None
    assert debris_corridor(msgspec.structs.replace(update, covariance=None)) is None
    assert debris_corridor(msgspec.structs.replace(update, impact=None)) is None


def test_ellipses_far_from_the_middle_are_as_wide_on_the_ground():
    """A circle of 20 km radius 5,000 km from the plane's middle is one on the ellipsoid, to half a per cent."""
    place = np.radians([[40.0, -170.0]])
    turn = np.linspace(0, 2 * np.pi, 32, endpoint=False)
    plane = _rims(place, 20 * np.column_stack([np.cos(turn), np.sin(turn)]), np.array([40.0, 130.0]))
    lat, lon = from_plane(plane[:, 0], plane[:, 1], 40.0, 130.0)
    away = Geod(ellps="WGS84").inv(np.full(32, -170.0), np.full(32, 40.0), lon, lat)[2]
    assert away == pytest.approx(np.full(32, 20e3), rel=0.005)
