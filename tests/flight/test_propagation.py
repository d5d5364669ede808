"""Flights against SciPy's DOP853, the two-body solution, and themselves."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from launchwatch.basis.constants import WGS84_MU_M3_S2
from launchwatch.basis.errors import InputError
from launchwatch.flight import propagation as fp
from launchwatch.flight.environment import Environment
from launchwatch.flight.parameters import PathParameters
from tests.flight.reference import Reference

TAEGWAN = {"launch_lat_rad": math.radians(40.21), "launch_lon_rad": math.radians(125.20)}
QUASI_BALLISTIC = PathParameters(
    **TAEGWAN,
    azimuth_rad=math.radians(84.2),
    vertical_time_s=2.0,
    pitch_rad=math.radians(18.2),
    burn_times_s=(65.0,),
    accelerations_m_s2=(33.1,),
    propellant_fractions=(0.68,),
    ballistic_coefficient_kg_m2=9000.0,
    lift_to_drag=2.5,
    pull_up_height_m=36e3,
    max_lift_m_s2=60.0,
    glide_end_speed_m_s=900.0,
)
LOFTED = PathParameters(
    **TAEGWAN,
    azimuth_rad=math.radians(70),
    vertical_time_s=10.0,
    pitch_time_s=60.0,
    pitch_rad=math.radians(83),
    burn_times_s=(120.0, 100.0, 70.0),
    accelerations_m_s2=(16.0, 17.3, 24.6),
    propellant_fractions=(0.76, 0.76, 0.76),
    ballistic_coefficient_kg_m2=8000.0,
)


def impact(outcome):
    return outcome[fp.IMPACT_TIME], outcome[fp.IMPACT_STATE : fp.IMPACT_STATE + 6]


@pytest.mark.parametrize(
    ("parameters", "limit_m", "apogee_km"),
    [(QUASI_BALLISTIC, 1.0, (49, 51)), (LOFTED, 20.0, (7650, 7750))],
    ids=["quasi-ballistic 700 km", "lofted 7,700 km apogee"],
)
def test_impact_agrees_with_dop853(parameters, limit_m, apogee_km):
    """Impact, apogee and burnout differ from an independent DOP853 flight by less than the stated metres."""
    found = Reference(parameters).fly()
    outcome = fp.fly_batch(parameters.as_row()[None])[0]
    assert apogee_km[0] <= outcome[fp.APOGEE_HEIGHT] / 1e3 <= apogee_km[1]
    for name, t, at in (
        ("burnout", fp.BURNOUT_TIME, fp.BURNOUT_STATE),
        ("apogee", fp.APOGEE_TIME, fp.APOGEE_STATE),
        ("impact", fp.IMPACT_TIME, fp.IMPACT_STATE),
    ):
        off = np.linalg.norm(outcome[at : at + 3] - found[name][1][:3])
        assert off < limit_m, name
        assert abs(outcome[t] - found[name][0]) < limit_m / 1000, name  # everything flies faster than 1 km/s


def test_free_flight_matches_two_body_ellipse():
    """Without air, rotation and J2 the flight from burnout to impact is Kepler's: closed-form range and time."""
    radius = 6_371_000.0
    still = Environment(j2=0.0, rotation_rad_s=0.0, air="none", semi_major_m=radius, flattening=0.0)
    shot = PathParameters(
        launch_lat_rad=0.0,
        launch_lon_rad=0.0,
        azimuth_rad=math.pi / 2,
        pitch_rad=math.radians(40),
        burn_times_s=(60.0,),
        accelerations_m_s2=(40.0,),
        propellant_fractions=(0.75,),
        ballistic_coefficient_kg_m2=1e4,
    )
    outcome = fp.fly_batch(shot.as_row()[None], environment=still)[0]
    start = outcome[fp.BURNOUT_STATE : fp.BURNOUT_STATE + 6]
    r, v = start[:3], start[3:]
    r0, speed2 = np.linalg.norm(r), v @ v
    # Vallado (2013), section 2.2: ellipse from one state; Kepler's equation from anomaly at the ground.
    semi_major = 1 / (2 / r0 - speed2 / WGS84_MU_M3_S2)
    momentum = np.linalg.norm(np.cross(r, v))
    eccentricity = math.sqrt(1 - momentum**2 / (WGS84_MU_M3_S2 * semi_major))
    apogee_m = semi_major * (1 + eccentricity) - radius

    def anomaly(distance):
        return math.acos((1 - distance / semi_major) / eccentricity)

    def time_to_apogee(distance):
        e = anomaly(distance)
        return (math.pi - e + eccentricity * math.sin(e)) * math.sqrt(semi_major**3 / WGS84_MU_M3_S2)

    def angle_to_apogee(distance):
        e = anomaly(distance)
        return math.pi - 2 * math.atan(math.sqrt((1 + eccentricity) / (1 - eccentricity)) * math.tan(e / 2))

    time, at = impact(outcome)
    assert outcome[fp.APOGEE_HEIGHT] == pytest.approx(apogee_m, abs=0.05)  # 5 cm: step error over 60 steps
    assert time - outcome[fp.BURNOUT_TIME] == pytest.approx(
        time_to_apogee(r0) + time_to_apogee(radius), abs=1e-4  # 0.1 ms: a third of a metre of flight
    )  # fmt: skip
    swept = math.acos(np.clip(r @ at[:3] / (r0 * radius), -1, 1))
    assert swept * radius == pytest.approx((angle_to_apogee(r0) + angle_to_apogee(radius)) * radius, abs=0.2)


def test_energy_is_conserved_in_free_flight():
    """With J2 and rotation the Jacobi integral stays within 1e-10 of itself along a drag-free coast."""
    env = Environment(air="none")
    path, _ = fp.fly_path(LOFTED.as_row(), np.linspace(300, 4000, 20), environment=env)
    r = np.linalg.norm(path[:, :3], axis=1)
    z = path[:, 2]
    j2 = env.j2 * (env.semi_major_m / r) ** 2 * (1.5 * (z / r) ** 2 - 0.5)
    spin = 0.5 * env.rotation_rad_s**2 * (path[:, 0] ** 2 + path[:, 1] ** 2)
    jacobi = 0.5 * (path[:, 3:] ** 2).sum(axis=1) - env.mu_m3_s2 / r * (1 - j2) - spin
    assert np.ptp(jacobi) < 1e-10 * abs(jacobi[0])


def test_path_ends_agree_with_outcome():
    """A path sampled at the outcome's own event times passes through the outcome's states."""
    outcome = fp.fly_batch(QUASI_BALLISTIC.as_row()[None])[0]
    times = outcome[[fp.BURNOUT_TIME, fp.APOGEE_TIME]]
    path, again = fp.fly_path(QUASI_BALLISTIC.as_row(), times)
    assert path[0] == pytest.approx(
        outcome[fp.BURNOUT_STATE : fp.BURNOUT_STATE + 6], abs=1e-2
    )  # 1 cm: other steps
    assert path[1] == pytest.approx(outcome[fp.APOGEE_STATE : fp.APOGEE_STATE + 6], abs=1e-2)
    assert again[fp.IMPACT_TIME] == pytest.approx(outcome[fp.IMPACT_TIME], abs=1e-5)


def test_threads_do_not_change_a_bit():
    """One thread and two give the same bytes."""
    rows = np.repeat(QUASI_BALLISTIC.as_row()[None], 300, axis=0)
    rows[:, 3] += np.linspace(0, 0.1, 300)
    one, two = (fp.fly_batch(rows, threads=n, tolerance_m=1.0) for n in (1, 2))
    assert one.tobytes() == two.tobytes()


def test_pull_up_extends_the_range():
    """The same boost flies farther with lift than without, and apogee does not notice."""
    row = QUASI_BALLISTIC.as_row()
    plain = row.copy()
    plain[17] = 0.0
    lifted, ballistic = fp.fly_batch(np.stack([row, plain]))
    assert lifted[fp.APOGEE_HEIGHT] == pytest.approx(ballistic[fp.APOGEE_HEIGHT], abs=1e-2)
    assert lifted[fp.IMPACT_TIME] > ballistic[fp.IMPACT_TIME] + 60
    assert math.isnan(ballistic[fp.PULL_UP_TIME])
    assert lifted[fp.APOGEE_TIME] < lifted[fp.PULL_UP_TIME] < lifted[fp.IMPACT_TIME]


@settings(max_examples=60, deadline=None)
@given(
    lat=st.floats(-1.5, 1.5),
    azimuth=st.floats(0, 6.28),
    pitch=st.floats(0.1, 1.57),
    acceleration=st.floats(2, 100),
    fraction=st.floats(0.05, 0.9),
    burn=st.floats(1, 200),
    beta=st.floats(20, 1e5),
    lift=st.floats(0, 4),
)
def test_every_flight_ends_in_order(lat, azimuth, pitch, acceleration, fraction, burn, beta, lift):
    """Whatever the parameters, a flight ends with a status, and its events are in order."""
    p = PathParameters(
        launch_lat_rad=lat,
        launch_lon_rad=1.0,
        azimuth_rad=azimuth,
        pitch_rad=pitch,
        burn_times_s=(burn,),
        accelerations_m_s2=(acceleration,),
        propellant_fractions=(fraction,),
        ballistic_coefficient_kg_m2=beta,
        lift_to_drag=lift,
        pull_up_height_m=35e3,
    )
    outcome = fp.fly_batch(p.as_row()[None], tolerance_m=1.0)[0]
    assert outcome[fp.STATUS] in (fp.IMPACT, fp.STILL_FLYING, fp.NEVER_ROSE)
    assert outcome[fp.STATUS] != fp.NEVER_ROSE or acceleration < 10  # thrust below weight
    if outcome[fp.STATUS] == fp.IMPACT and not math.isnan(outcome[fp.APOGEE_TIME]):
        assert outcome[fp.APOGEE_TIME] <= outcome[fp.IMPACT_TIME]
        assert outcome[fp.MAX_HEIGHT] >= outcome[fp.APOGEE_HEIGHT] - 1.0


@pytest.mark.parametrize(
    "change",
    [
        {"ballistic_coefficient_kg_m2": 0.0},
        {"propellant_fractions": (1.0,)},
        {"burn_times_s": (1.0, 2.0)},
        {"azimuth_rad": math.nan},
    ],
)
def test_impossible_parameters_are_refused(change):
    """Parameters that no flight can have are refused with what is allowed."""
    good = {
        **TAEGWAN, "azimuth_rad": 1.0, "pitch_rad": 1.0, "burn_times_s": (60.0,), "accelerations_m_s2": (30.0,),
        "propellant_fractions": (0.7,), "ballistic_coefficient_kg_m2": 5e3,
    }  # fmt: skip
    with pytest.raises(InputError):
        PathParameters(**{**good, **change})


def test_coasting_from_a_state_on_the_path_meets_the_same_impact():
    """A body released from its own burnout or mid-glide state falls where the whole flight fell."""
    row = QUASI_BALLISTIC.as_row()
    whole = fp.fly_batch(row[None])[0]
    env = Environment().as_array()
    for start in (whole[fp.BURNOUT_TIME], whole[fp.APOGEE_TIME] + 20, whole[fp.PULL_UP_TIME] + 30):
        state = fp.fly_path(row, np.array([start]))[0][0]
        out = np.empty(fp.OUTCOMES)
        fp.coast(state, row, env, 0.0, 1e-3, 1e4, np.empty(0), np.empty((0, 6)), out)
        assert out[fp.IMPACT_TIME] + start == pytest.approx(whole[fp.IMPACT_TIME], abs=1e-3)  # half a metre
        assert np.linalg.norm(impact(out)[1][:3] - impact(whole)[1][:3]) < 1.0
