"""Random launches for drills: a site, a direction, a range and a height, and a boost that reaches them."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from launchwatch.basis.errors import NotConvergedError
from launchwatch.basis.instants import format_instant
from launchwatch.facts import Sensor
from launchwatch.flight.classes import CLASSES, class_by_range, minimum_energy_apogee_m
from launchwatch.flight.propagation import APOGEE_HEIGHT, IMPACT_STATE, IMPACT_TIME, fly_path
from launchwatch.geo.ellipsoid import geodetic_from_ecef
from launchwatch.geo.geodesic import distance_and_azimuth
from launchwatch.simulate.scenario import Body, Boost, Launch, Scenario

Array = NDArray[np.float64]

SITES = ((39.20, 125.67), (39.41, 127.41), (40.38, 125.28), (39.94, 124.62), (40.85, 129.66))
"""Places (degrees) from which launches were reported: Sunan, Wonsan, Kusong, Sinuiju's south, Musudan-ri."""

AZIMUTHS_DEG = (40.0, 110.0)
RANGES_M = (400e3, 4000e3)
_BOUNDS = ((5.0, 8.0), (89.0, 70.0))  # least and most of the pitch, degrees, and the push, m/s^2
_WITHIN_M = 2e3  # of the range and height that were drawn: far below what a drill could tell
_TRIES = 20
_BEFORE_S, _AFTER_S = 30.0, 30.0


def random_scenario(rng: np.random.Generator, sensors: tuple[Sensor, ...], start_s: float) -> Scenario:
    """Return one random launch at `start_s` + 30 s (Unix time) that `sensors` watch.

    Site and direction even, range even in its logarithm, height 0.7 to 2.5 times that of least energy.
    """
    for _ in range(_TRIES):
        launch, flight_s = _random_launch(rng, start_s + _BEFORE_S)
        if launch is not None:
            return Scenario(
                name="random",
                title=f"A random launch (drill): {launch.class_}",
                note="A drill: launch, boost and sensors are drawn at random or invented.",
                start_utc=format_instant(start_s),
                duration_s=flight_s + _BEFORE_S + _AFTER_S,
                seed=int(rng.integers(2**31)),
                launches=(launch,),
                sensors=sensors,
            )
    raise NotConvergedError("no boost reaches any of the ranges drawn")


def _random_launch(rng: np.random.Generator, time_s: float) -> tuple[Launch | None, float]:
    lat, lon = SITES[rng.integers(len(SITES))]
    azimuth = rng.uniform(*AZIMUTHS_DEG)
    range_m = math.exp(rng.uniform(*np.log(RANGES_M)))
    apogee_m = float(minimum_energy_apogee_m(np.array([range_m]))[0]) * rng.uniform(0.7, 2.5)
    burn_s = float(np.interp(range_m, (400e3, 4000e3), (55.0, 120.0)))

    def launch(pitch_deg: float, push_m_s2: float) -> Launch:
        return Launch(
            object="missile-1",
            class_=CLASSES[class_by_range(range_m)],
            time_utc=format_instant(time_s),
            lat_deg=lat,
            lon_deg=lon,
            height_m=50.0,
            azimuth_deg=azimuth,
            boost=Boost(
                pitch_deg=pitch_deg,
                burn_times_s=(burn_s,),
                accelerations_m_s2=(push_m_s2,),
                propellant_fractions=(0.82,),
            ),
            body=Body(ballistic_coefficient_kg_m2=8000.0),
        )

    def missed(x: Array) -> Array:
        reached = _range_and_apogee(launch(*x))
        return (reached[:2] - (range_m, apogee_m)) / _WITHIN_M

    fitted = least_squares(missed, (45.0, 20.0), bounds=_BOUNDS, diff_step=np.full(2, 1e-3))
    found = launch(*fitted.x.round(3).tolist())
    reached = _range_and_apogee(found)
    good = bool(np.all(np.abs(fitted.fun) < 1.0)) and math.isfinite(reached[2])
    return (found if good else None), float(reached[2])


def _range_and_apogee(launch: Launch) -> Array:
    """Return range, apogee (m) and time of flight (s); a launch that never falls has ranges far off."""
    _, outcome = fly_path(launch.parameters().as_row(), np.empty(0))
    if not math.isfinite(outcome[IMPACT_TIME]):
        return np.array([4e7, 1e7, math.inf])
    lat, lon, _ = geodetic_from_ecef(outcome[IMPACT_STATE : IMPACT_STATE + 3][None, :])[0]
    range_m, _ = distance_and_azimuth(math.radians(launch.lat_deg), math.radians(launch.lon_deg), lat, lon)
    return np.array([float(range_m), outcome[APOGEE_HEIGHT], outcome[IMPACT_TIME]])
