"""Populations of what a radar may see: launches of every kind, and what is no launch, drawn at random.

Each draw is a known truth at 1 Hz with its phases. Missiles fly in the flight core; space launches in the same
forces with explicit guidance into a circular orbit; satellites on paths under gravity with J2; cruise missiles and
aircraft on kinematic paths of straight legs, turns, climbs and descents. The distributions are stated here and are
broad on purpose: they stand for what flies, not for any type.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.compiled import kernel
from launchwatch.basis.constants import MEAN_RADIUS_M, WGS84_MU_M3_S2, WGS84_ROTATION_RAD_S
from launchwatch.flight import parameters as prm
from launchwatch.flight.environment import EARTH, FLATTENING, MU, RADIUS, ROTATION
from launchwatch.flight.forces import air_density, earth_fixed
from launchwatch.flight.orbit import PERIGEE, elements
from launchwatch.flight.propagation import (
    APOGEE_HEIGHT,
    BURNOUT_TIME,
    IMPACT,
    IMPACT_STATE,
    IMPACT_TIME,
    OUTCOMES,
    PULL_UP_TIME,
    STATUS,
    coast,
    fly_batch,
    fly_path,
)
from launchwatch.geo.ellipsoid import ecef_from_geodetic, geodetic_from_ecef, height_and_up
from launchwatch.geo.frames import east_north_up
from launchwatch.geo.geodesic import distance_and_azimuth

Array = NDArray[np.float64]

BOOSTING, COASTING, LIFTING, CRUISING, LEVEL = range(5)
SHAPES = ("lofted", "normal", "depressed")


@dataclass(frozen=True, kw_only=True)
class Truth:
    """One object's path: seconds (n,), earth-fixed states (n, 6), phases (n,), what it is.

    `range_m`, `apogee_m` and `burnout_s` (the end of the last burn) are NaN where they mean nothing.
    """

    kind: str
    shape: str = ""
    time_s: Array
    state: Array
    phase: NDArray[np.int64]
    range_m: float = math.nan
    apogee_m: float = math.nan
    burnout_s: float = math.nan


Start = tuple[float, float, float]
"""Latitude, longitude and azimuth (rad) of a launch."""


def _boost_row(
    delta_v: float, pitch: float, rng: np.random.Generator, stages: int, start: Start | None = None
) -> Array:
    """Return parameters of a boost with random thrust, exhaust speed and place; `delta_v` m/s without losses.

    A `start` stands in for the place and azimuth drawn, and changes no other draw.
    """
    row = np.zeros(prm.COUNT)
    row[prm.LAT], row[prm.LON] = math.asin(rng.uniform(-0.8, 0.8)), rng.uniform(-math.pi, math.pi)
    row[prm.AZIMUTH], row[prm.PITCH] = rng.uniform(0, 2 * math.pi), pitch
    if start is not None:
        row[prm.LAT], row[prm.LON], row[prm.AZIMUTH] = start
    row[prm.VERTICAL_TIME], row[prm.PITCH_TIME] = rng.uniform(2, 6), rng.uniform(15, 40)
    for i in range(stages):
        at = prm.STAGE_WIDTH * i
        row[prm.ACCELERATION_1 + at] = rng.uniform(14.0, 30.0)
        row[prm.PROPELLANT_1 + at] = rng.uniform(2_300.0, 2_800.0)  # exhaust speed until `_with_speed`
    row[prm.BALLISTIC_COEFFICIENT] = math.exp(rng.normal(math.log(5_000.0), 0.5))
    row[prm.MAX_LIFT] = 150.0
    return _with_speed(row, row, delta_v)


def _with_speed(row: Array, exhaust: Array, delta_v: float) -> Array:
    """Return a copy whose stages share `delta_v`; `exhaust` holds exhaust speeds in place of propellant."""
    out = row.copy()
    ignited = [i for i in range(prm.STAGES) if exhaust[prm.ACCELERATION_1 + prm.STAGE_WIDTH * i] > 0]
    for i in ignited:
        at = prm.STAGE_WIDTH * i
        speed = exhaust[prm.PROPELLANT_1 + at]
        share = 1 - math.exp(-delta_v / len(ignited) / speed)
        out[prm.PROPELLANT_1 + at] = share
        out[prm.BURN_TIME_1 + at] = speed * share / row[prm.ACCELERATION_1 + at]
    return out


def _exhaust(row: Array) -> Array:
    """Return a copy that holds exhaust speeds in place of propellant fractions."""
    out = row.copy()
    for i in range(prm.STAGES):
        at = prm.STAGE_WIDTH * i
        if row[prm.BURN_TIME_1 + at] > 0:
            out[prm.PROPELLANT_1 + at] = (
                row[prm.ACCELERATION_1 + at] * row[prm.BURN_TIME_1 + at] / row[prm.PROPELLANT_1 + at]
            )
    return out


def _range_of(row: Array, outcome: Array) -> float:
    there = geodetic_from_ecef(np.ascontiguousarray(outcome[None, IMPACT_STATE : IMPACT_STATE + 3]))[0]
    return float(distance_and_azimuth(row[prm.LAT], row[prm.LON], there[0], there[1])[0])


def ballistic(rng: np.random.Generator, range_m: float, shape: str, start: Start | None = None) -> Truth | None:
    """Return a ballistic flight of a range (m), lofted, normal or depressed; None where the draw cannot reach it.

    The thrust's final elevation lies about 47 degrees less a quarter of the range angle, two degrees above the
    minimum-energy path over a sphere: by -3 to 6 degrees, or 15 to 30 above it, or 8 to 15 below.
    """
    pitch = math.radians(47.0) - range_m / MEAN_RADIUS_M / 4
    pitch += math.radians(
        {"lofted": rng.uniform(15, 30), "normal": rng.uniform(-3, 6), "depressed": rng.uniform(-15, -8)}[shape]
    )
    pitch = min(max(pitch, math.radians(14.0)), math.radians(82.0))
    stages = 1 if range_m < 1_500e3 else 2 if range_m < 6_000e3 else 3
    row = _exhaust(_boost_row(1_000.0, pitch, rng, stages, start))
    low, high = 400.0, 11_000.0
    for _ in range(24):
        middle = 0.5 * (low + high)
        outcome = fly_batch(_with_speed(row, row, middle)[None], tolerance_m=100.0, threads=1)[0]
        far = outcome[STATUS] != IMPACT or _range_of(row, outcome) > range_m
        low, high = (low, middle) if far else (middle, high)
    made = _with_speed(row, row, low)
    return _flown("ballistic", shape, made, range_m)


def _flown(kind: str, shape: str, row: Array, range_m: float | None) -> Truth | None:
    outcome = fly_batch(row[None], tolerance_m=1.0, threads=1)[0]
    if outcome[STATUS] != IMPACT:
        return None
    reached = _range_of(row, outcome)
    if range_m is not None and abs(reached - range_m) > 0.05 * range_m:
        return None
    times = np.arange(0.0, outcome[IMPACT_TIME], 1.0)
    states, _ = fly_path(row, times, tolerance_m=0.1)
    phase = np.where(times < outcome[BURNOUT_TIME], BOOSTING, COASTING)
    if np.isfinite(outcome[PULL_UP_TIME]):
        phase[times >= outcome[PULL_UP_TIME]] = LIFTING
    return Truth(
        kind=kind,
        shape=shape,
        time_s=times,
        state=states,
        phase=phase,
        range_m=reached,
        apogee_m=float(outcome[APOGEE_HEIGHT]),
        burnout_s=float(outcome[BURNOUT_TIME]),
    )


def any_ballistic(rng: np.random.Generator) -> Truth:
    """Return a ballistic flight, log-uniform in range from 80 to 12,000 km, of any shape."""
    while True:
        found = ballistic(rng, math.exp(rng.uniform(math.log(80e3), math.log(12e6))), SHAPES[rng.integers(3)])
        if found is not None:
            return found


def quasi_ballistic(rng: np.random.Generator, start: Start | None = None) -> Truth:
    """Return a flight of 150 to 1,000 km that stays below 95 km and pulls up between 20 and 40 km."""
    while True:
        row = _boost_row(rng.uniform(1_300, 3_700), math.radians(rng.uniform(18, 42)), rng, 1, start)
        row[prm.LIFT_TO_DRAG], row[prm.PULL_UP_HEIGHT] = rng.uniform(1.2, 3.0), rng.uniform(20e3, 40e3)
        row[prm.GLIDE_ANGLE], row[prm.GLIDE_END_SPEED] = rng.uniform(-0.1, 0.05), rng.uniform(500, 1_100)
        found = _flown("quasi-ballistic", "", row, None)
        if found and 150e3 < found.range_m < 1_000e3 and 20e3 < found.apogee_m < 95e3:
            return found


def glider(rng: np.random.Generator, start: Start | None = None) -> Truth:
    """Return a boost-glide flight above 1,000 km: below 140 km at the top, gliding from 40 to 60 km."""
    while True:
        row = _boost_row(rng.uniform(3_800, 7_500), math.radians(rng.uniform(14, 30)), rng, 2, start)
        row[prm.LIFT_TO_DRAG], row[prm.PULL_UP_HEIGHT] = rng.uniform(2.0, 3.5), rng.uniform(40e3, 60e3)
        row[prm.GLIDE_ANGLE], row[prm.GLIDE_END_SPEED] = rng.uniform(-0.015, 0.0), rng.uniform(800, 1_500)
        row[prm.BALLISTIC_COEFFICIENT] = rng.uniform(3_000, 8_000)
        found = _flown("glide", "", row, None)
        gliding = (found.phase == LIFTING).sum() if found else 0
        if found and found.range_m > 1_000e3 and found.apogee_m < 140e3 and gliding > 100:
            return found


def satellite(rng: np.random.Generator) -> Truth:
    """Return 15 minutes of an orbit with its perigee between 180 and 1,600 km, mostly of small eccentricity."""
    perigee = MEAN_RADIUS_M + 180e3 * math.exp(rng.uniform(0, math.log(9.0)))
    eccentricity = rng.uniform(0, 0.02) if rng.random() < 0.85 else rng.uniform(0.02, 0.7)
    parameter = perigee * (1 + eccentricity)
    anomaly = rng.uniform(-math.pi, math.pi) * (1.0 if eccentricity < 0.1 else 0.25)
    radius = parameter / (1 + eccentricity * math.cos(anomaly))
    out = rng.normal(size=3)
    out /= np.linalg.norm(out)
    side = np.cross(out, rng.normal(size=3))
    side /= np.linalg.norm(side)
    speed = math.sqrt(WGS84_MU_M3_S2 / parameter)
    velocity = speed * (eccentricity * math.sin(anomaly) * out + (1 + eccentricity * math.cos(anomaly)) * side)
    velocity -= np.cross([0, 0, WGS84_ROTATION_RAD_S], radius * out)
    times, path = np.arange(0.0, 900.0), np.empty((900, 6))
    row = np.zeros(prm.COUNT)
    row[prm.BALLISTIC_COEFFICIENT] = 100.0
    coast(
        np.concatenate([radius * out, velocity]), row, EARTH.as_array(), 0.0, 1.0, 901.0, times, path,
        np.empty(OUTCOMES),
    )  # fmt: skip
    return Truth(kind="satellite", time_s=times, state=path, phase=np.full(900, COASTING))


@kernel
def _ascend(start: Array, axis: Array, plan: Array, env: Array, path: Array, phase: NDArray[np.int64]) -> int:
    """Fly a space launch at 1 Hz into `path` (n, 6), `phase` (n,); return how many rows were filled.

    `plan`: vertical time (s), pitch rate (rad/s), first stage's acceleration (m/s^2), burn time (s) and propellant
    fraction, gap (s), second stage's acceleration, burn time and propellant fraction, target radius (m), tilt
    (rad) from which the first stage turns with gravity; the second is guided explicitly: the upward acceleration
    brings height and climb to the target's within the time left to circular speed.
    """
    y = start.copy()
    k = np.empty((4, 6))
    first_end, second_start = plan[3], plan[3] + plan[5]
    second_end = second_start + plan[7]
    done = False
    for n in range(path.shape[0]):
        t = float(n)
        path[n] = y
        phase[n] = 0
        if done or first_end <= t < second_start or t >= second_end:
            phase[n] = 1
        for _ in range(4):
            z = y.copy()
            for s in range(4):
                if s > 0:
                    w = 0.125 if s < 3 else 0.25
                    for i in range(6):
                        z[i] = y[i] + w * k[s - 1, i]
                at = t + (0.0 if s == 0 else 0.125 if s < 3 else 0.25)
                ax, ay, az = earth_fixed(z[0], z[1], z[2], z[3], z[4], env)
                height, ux, uy, uz = height_and_up(z[0], z[1], z[2], env[RADIUS], env[FLATTENING])
                up = np.array([ux, uy, uz])
                v = z[3:6].copy()
                speed = max(math.sqrt(v @ v), 1e-6)
                drag = 0.5 * air_density(height, env) * speed / 8000.0
                thrust = np.zeros(3)
                if not done and at < first_end:
                    size = plan[2] / (1.0 - plan[4] * at / plan[3])
                    tilt = plan[1] * max(at - plan[0], 0.0)
                    direction = v / speed
                    if tilt < plan[10]:
                        direction = math.cos(tilt) * up + math.sin(tilt) * axis
                    thrust = size * direction
                elif not done and second_start <= at < second_end:
                    size = plan[6] / (1.0 - plan[8] * (at - second_start) / plan[7])
                    spin = np.array([-env[ROTATION] * z[1], env[ROTATION] * z[0], 0.0])
                    inertial = v + spin
                    climb = inertial @ up
                    flat = inertial - climb * up
                    across = math.sqrt(flat @ flat)
                    radius = math.sqrt(z[0] * z[0] + z[1] * z[1] + z[2] * z[2])
                    circular = math.sqrt(env[MU] / plan[9])
                    if across >= circular:
                        done = True
                    left = max((circular - across) / size, 8.0)
                    short = plan[9] - radius
                    wanted = 6.0 * (short - climb * left) / (left * left) + 2.0 * climb / left
                    wanted += env[MU] / (radius * radius) - across * across / radius
                    sine = min(max(wanted / size, -0.7), 0.9)
                    thrust = size * (sine * up + math.sqrt(1.0 - sine * sine) * flat / across)
                k[s, 0:3] = v
                k[s, 3] = ax + thrust[0] - drag * v[0]
                k[s, 4] = ay + thrust[1] - drag * v[1]
                k[s, 5] = az + thrust[2] - drag * v[2]
            for i in range(6):
                y[i] += 0.25 / 6.0 * (k[0, i] + 2.0 * k[1, i] + 2.0 * k[2, i] + k[3, i])
            t += 0.25
        height = height_and_up(y[0], y[1], y[2], env[RADIUS], env[FLATTENING])[0]
        if height < 0.0:
            return n
    return path.shape[0]


def space_launch(rng: np.random.Generator) -> Truth:
    """Return a two-stage launch into a circular orbit of 180 to 600 km and five minutes after it."""
    env = EARTH.as_array()
    while True:
        lat, lon = math.asin(rng.uniform(-0.7, 0.7)), rng.uniform(-math.pi, math.pi)
        enu = east_north_up(lat, lon)
        azimuth = rng.uniform(math.radians(20), math.radians(200))
        axis = math.sin(azimuth) * enu[0] + math.cos(azimuth) * enu[1]
        exhaust = rng.uniform(2_700, 3_100), rng.uniform(3_200, 4_300)
        share, first, second = rng.uniform(0.68, 0.80), rng.uniform(12, 19), rng.uniform(6.5, 13)
        upper = rng.uniform(0.80, 0.92)
        plan = np.array(
            [
                rng.uniform(6, 12),
                rng.uniform(0.006, 0.018),
                first,
                exhaust[0] * share / first,
                share,
                rng.uniform(1, 12),
                second,
                exhaust[1] * upper / second,
                upper,
                MEAN_RADIUS_M + rng.uniform(180e3, 600e3),
                rng.uniform(0.08, 0.4),
            ]
        )
        start = np.concatenate(
            [ecef_from_geodetic(np.array([lat]), np.array([lon]), np.array([50.0]))[0], np.zeros(3)]
        )
        path, phase = np.empty((1_400, 6)), np.empty(1_400, dtype=np.int64)
        n = int(_ascend(start, axis, plan, env, path, phase))
        burnt = np.flatnonzero(phase[:n] == BOOSTING)
        if n < 300 or not len(burnt):
            continue
        off = int(burnt[-1]) + 1
        if off + 60 < n and elements(path[off], env)[PERIGEE] > 120e3:
            n = min(n, off + 300)
            return Truth(
                kind="space launch", time_s=np.arange(float(n)), state=path[:n], phase=phase[:n], burnout_s=off
            )


def _wander(
    rng: np.random.Generator, speed: float, height: float, *, climb: Callable[[], float],
    turn: Callable[[], float], floor: float, ceiling: float, seconds: int,
) -> Array:  # fmt: skip
    """Return states (n, 6) at 1 Hz of legs of 20 to 180 s, each with its own climb (m/s) and turn (rad/s)."""
    lat, lon, course = (
        math.asin(rng.uniform(-0.9, 0.9)),
        rng.uniform(-math.pi, math.pi),
        rng.uniform(0, 2 * math.pi),
    )
    out = np.empty((seconds, 6))
    left, rate, rise = 0.0, 0.0, 0.0
    for i in range(seconds):
        if left <= 0:
            left, rate, rise = rng.uniform(20, 180), turn(), climb()
        left -= 1
        if not floor < height + rise < ceiling:
            rise = 0.0
        course += rate
        height += rise
        flat = math.sqrt(max(speed * speed - rise * rise, 1.0))
        lat += flat * math.cos(course) / MEAN_RADIUS_M
        lon += flat * math.sin(course) / MEAN_RADIUS_M / max(math.cos(lat), 0.05)
        out[i, :3] = ecef_from_geodetic(np.array([lat]), np.array([lon]), np.array([height]))[0]
        enu = east_north_up(lat, lon)
        out[i, 3:] = flat * math.sin(course) * enu[0] + flat * math.cos(course) * enu[1] + rise * enu[2]
    return out


def cruise(rng: np.random.Generator) -> Truth:
    """Return ten minutes of a cruise missile: low and subsonic, or (one in five) supersonic up to 20 km."""
    fast = rng.random() < 0.2
    speed = rng.uniform(500, 1_050) if fast else rng.uniform(180, 290)
    height = rng.uniform(50, 18_000) if fast else math.exp(rng.uniform(math.log(40), math.log(1_500)))
    states = _wander(
        rng, speed, height,
        climb=lambda: float(rng.normal(0, 4)) if rng.random() < 0.5 else 0.0,
        turn=lambda: float(rng.normal(0, 0.01)) if rng.random() < 0.3 else 0.0,
        floor=30.0, ceiling=20e3, seconds=600,
    )  # fmt: skip
    return Truth(kind="cruise", time_s=np.arange(600.0), state=states, phase=np.full(600, CRUISING))


def aircraft(rng: np.random.Generator) -> Truth:
    """Return ten minutes of an aircraft: airliners, light ones and (one in five) fast jets, climbing, turning."""
    what = rng.random()
    if what < 0.6:
        speed, height, rise, bend = rng.uniform(120, 265), rng.uniform(500, 12_500), 10.0, 0.02
    elif what < 0.8:
        speed, height, rise, bend = rng.uniform(25, 110), rng.uniform(150, 5_000), 4.0, 0.04
    else:
        speed, height, rise, bend = rng.uniform(200, 620), rng.uniform(300, 17_000), 60.0, 0.1
    states = _wander(
        rng, speed, height,
        climb=lambda: float(rng.normal(0, rise)) if rng.random() < 0.5 else 0.0,
        turn=lambda: float(rng.normal(0, bend)) if rng.random() < 0.4 else 0.0,
        floor=100.0, ceiling=19e3, seconds=600,
    )  # fmt: skip
    return Truth(kind="aircraft", time_s=np.arange(600.0), state=states, phase=np.full(600, LEVEL))


POPULATIONS: dict[str, Callable[[np.random.Generator], Truth]] = {
    "ballistic": any_ballistic,
    "quasi-ballistic": quasi_ballistic,
    "glide": glider,
    "cruise": cruise,
    "aircraft": aircraft,
    "satellite": satellite,
    "space launch": space_launch,
}
