"""A track's posterior over the whole flight: launch fitted, apogee tracked, impact flown from the last plot.

Launch, apogee and impact are drawn independently. They share the first plots, whose weight in the last state is
small after minutes of others; what that neglects shows in the measured coverage of the range (docs/accuracy).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from launchwatch.basis.compiled import kernel
from launchwatch.bayes.sampling import draw_normal
from launchwatch.estimate.track.history import History
from launchwatch.estimate.track.impact import (
    BALLISTIC,
    GLIDING,
    LEAST,
    PULL_UP,
    STEERING,
    body_row,
    fall,
    hypothesis_probabilities,
)
from launchwatch.estimate.track.launch import LaunchFit
from launchwatch.estimate.track.motion import BOOST, COAST, DRAG, GLIDE, GLIDE_END, LIFT, SIZE
from launchwatch.estimate.track.tracker import TrackState
from launchwatch.facts import FlightSamples
from launchwatch.flight.classes import class_by_energy
from launchwatch.flight.environment import EARTH
from launchwatch.flight.forces import air_density
from launchwatch.flight.propagation import (
    IMPACT,
    IMPACT_STATE,
    IMPACT_TIME,
    MAX_HEIGHT,
    OUTCOMES,
    STATUS,
    coast,
)
from launchwatch.geo.ellipsoid import geodetic_from_ecef
from launchwatch.geo.geodesic import distance_and_azimuth

Array = NDArray[np.float64]

_MODE_OF = np.array([BOOST, COAST, COAST, GLIDE])
_END_SPEED = 2  # column of steering
_GLIDE_WINDOW_S = 10.0


@dataclass(frozen=True)
class FallSamples:
    """Draws of the rest of a flight: impact latitude and longitude (n, 2) rad, seconds, greatest height, lift."""

    impact: Array
    in_s: Array
    highest_m: Array
    lifts: NDArray[np.bool_]


def last_measured(track: TrackState) -> History:
    """Return the track's state at its last own plot: what came after is mere prediction."""
    return next((h for h in reversed(track.history) if h.measured), track.history[-1])


def draw_fall(state: History, n: int, rng: np.random.Generator) -> FallSamples | None:
    """Return n draws of the impact from a track's state; those that never fall are drawn again from the rest.

    None where no draw comes down: the object is in orbit, or leaves; or flies on by an engine.
    """
    drawn = _draw_states(state, n, rng)
    if drawn is None:
        return None
    x, steering, which = drawn
    out = np.empty((n, OUTCOMES))
    _fall_all(x, steering, which, EARTH.as_array(), out)
    down = np.flatnonzero(out[:, STATUS] == IMPACT)
    if len(down) == 0:
        return None
    index = np.where(out[:, STATUS] == IMPACT, np.arange(n), rng.choice(down, size=n))
    place = geodetic_from_ecef(np.ascontiguousarray(out[index, IMPACT_STATE : IMPACT_STATE + 3]))
    return FallSamples(place[:, :2], out[index, IMPACT_TIME], out[index, MAX_HEIGHT], which[index] >= PULL_UP)


def _draw_states(
    state: History, n: int, rng: np.random.Generator
) -> tuple[Array, Array, NDArray[np.int64]] | None:  # fmt: skip
    """Return n states (n, `SIZE`), their steering and hypotheses; None for what an engine holds up."""
    shares = hypothesis_probabilities(state.mode_mean, state.probability)
    if shares.sum() < LEAST:
        return None
    which = rng.choice(len(shares), size=n, p=shares / shares.sum())
    x = np.empty((n, SIZE))
    for hypothesis in range(len(shares)):
        chosen = which == hypothesis
        mode = _MODE_OF[hypothesis]
        x[chosen] = draw_normal(state.mode_mean[mode], state.mode_covariance[mode], int(chosen.sum()), rng)
    steering = STEERING[:, 0] + rng.normal(size=(n, len(STEERING))) * STEERING[:, 1]
    steering[:, _END_SPEED] = _end_speeds(x, which, rng)
    return x, steering, which


def draw_rest(
    state: History, n: int, rng: np.random.Generator, step_s: float
) -> tuple[Array, Array, Array] | None:
    """Return draws of the rest of a flight: times from now (k,), places (m, k, 3) in ECEF, seconds to fall (m,).

    Places are NaN after the impact, which stands at the first time after it. None where no draw comes down.
    """
    drawn = _draw_states(state, n, rng)
    if drawn is None:
        return None
    x, steering, which = drawn
    env, out = EARTH.as_array(), np.empty((n, OUTCOMES))
    _fall_all(x, steering, which, env, out)
    down = np.flatnonzero(out[:, STATUS] == IMPACT)
    if len(down) == 0:
        return None
    falls = out[down, IMPACT_TIME]
    times = np.arange(0.0, float(falls.max()) + 2 * step_s, step_s)
    places = np.full((len(down), len(times), 3), np.nan)
    path, flight = np.empty((len(times), 6)), np.empty(OUTCOMES)
    for at, index in enumerate(down):
        row = body_row(x[index, DRAG], x[index, LIFT], steering[index], max(int(which[index]), BALLISTIC))
        coast(x[index, :6], row, env, 0.0, 10.0, float(falls[at]) + 1.0, times, path, flight)
        flown = times < falls[at]
        places[at, flown] = path[flown, :3]
        places[at, np.searchsorted(times, falls[at])] = out[index, IMPACT_STATE : IMPACT_STATE + 3]
    return times, places, falls


def _end_speeds(x: Array, which: NDArray[np.int64], rng: np.random.Generator) -> Array:
    """Return speeds (n,) at which lift will end: from the prior, and for a body that glides yet, below its own."""
    speed = np.linalg.norm(x[:, 3:6], axis=1)
    yet = np.where(which == GLIDING, ndtr((speed - GLIDE_END[0]) / GLIDE_END[1]), 1.0)
    drawn = ndtri(np.clip(rng.random(len(x)) * yet, 1e-9, 1 - 1e-9))
    return np.asarray(GLIDE_END[0] + GLIDE_END[1] * drawn)


def fall_path(state: History, step_s: float) -> tuple[Array, Array] | None:
    """Return times from now (k,) and earth-fixed places (k, 3) of the likeliest rest of the flight, or None."""
    shares = hypothesis_probabilities(state.mode_mean, state.probability)
    hypothesis = int(np.argmax(shares))
    x = state.mode_mean[_MODE_OF[hypothesis]]
    row = body_row(x[DRAG], x[LIFT], STEERING[:, 0], max(hypothesis, BALLISTIC))
    env, out = EARTH.as_array(), np.empty(OUTCOMES)
    fall(x[:6], row, env, out)
    if out[STATUS] != IMPACT:
        return None
    times = np.append(np.arange(step_s, out[IMPACT_TIME], step_s), out[IMPACT_TIME])
    path = np.empty((len(times), 6))
    coast(x[:6], row, env, 0.0, 10.0, float(out[IMPACT_TIME]) + 1.0, times, path, out)
    path[-1, :3] = out[IMPACT_STATE : IMPACT_STATE + 3]
    return times, path[:, :3]


@kernel
def _fall_all(x: Array, steering: Array, which: NDArray[np.int64], env: Array, out: Array) -> None:
    for i in range(x.shape[0]):
        hypothesis = max(which[i], BALLISTIC)
        fall(x[i, :6], body_row(x[i, DRAG], x[i, LIFT], steering[i], hypothesis), env, out[i])


_LIFTING_AIR_M_S2 = 2.0
"""Acceleration of a body with C A / m of 1e-4 m^2/kg: thinner air tells a glide from a fall too slowly."""


def glided(track: TrackState) -> float:
    """Return the probability that the object lifted: the greatest mean glide probability over ten seconds.

    Only states that sink through air that could bear them count; 0 where none was seen.
    """
    env = EARTH.as_array()
    seen = [h for h in track.history if h.measurement is not None and _climb(h.mean) < 0]
    heights = geodetic_from_ecef(np.array([h.mean[:3] for h in seen]).reshape(-1, 3))[:, 2]
    bearing = [
        h
        for h, height in zip(seen, heights, strict=True)
        if 0.5e-4 * air_density(height, env) * float(h.mean[3:6] @ h.mean[3:6]) > _LIFTING_AIR_M_S2
    ]
    times = np.array([h.time_s for h in bearing])
    glide = np.array([h.probability[GLIDE] for h in bearing])
    means = [glide[(times >= t) & (times <= t + _GLIDE_WINDOW_S)].mean() for t in times]
    return float(max(means, default=0.0))


def draw_flight(track: TrackState, fit: LaunchFit, rng: np.random.Generator) -> FlightSamples | None:
    """Return the flight's posterior, one equally weighted sample for each of the launch fit's draws.

    None where the object does not come down.
    """
    n = len(fit.launch)
    state = last_measured(track)
    rest = draw_fall(state, n, rng)
    if rest is None:
        return None
    apogee = rest.highest_m if _climb(state.mean) > 0 else _tracked_apogee(track, n, rng)
    impact_lat, impact_lon = rest.impact[:, 0], rest.impact[:, 1]
    launch_lat, launch_lon = fit.launch[:, 0], fit.launch[:, 1]
    range_m, azimuth = distance_and_azimuth(launch_lat, launch_lon, impact_lat, impact_lon)
    will = float(rest.lifts.mean())  # one lifting body, so that having lifted and yet lifting are one event
    lifted = rest.lifts | (rng.random(n) * (1 - will) < glided(track) - will)
    return FlightSamples(
        launch_lat_rad=launch_lat,
        launch_lon_rad=launch_lon,
        launch_time_s=fit.launch[:, 2],
        azimuth_rad=azimuth,
        burnout_time_s=fit.burnout[:, 0],
        burnout_speed_m_s=fit.burnout[:, 1],
        burnout_angle_rad=fit.burnout[:, 2],
        burnout_height_m=fit.burnout[:, 3],
        apogee_m=apogee,
        range_m=range_m,
        flight_time_s=state.time_s + rest.in_s - fit.launch[:, 2],
        impact_lat_rad=impact_lat,
        impact_lon_rad=impact_lon,
        class_index=class_by_energy(fit.burnout[:, 1], fit.burnout[:, 3], lifted),
        weight=np.full(n, 1 / n),
        path_parameters=np.empty((n, 0)),
    )


def _climb(state: Array) -> float:
    """Return the rate of climb (m/s) of an earth-fixed state, over a spherical earth."""
    return float(state[:3] @ state[3:6] / np.linalg.norm(state[:3]))


def _tracked_apogee(track: TrackState, n: int, rng: np.random.Generator) -> Array:
    """Return draws of the apogee (m), flown from the measured state that is nearest to it.

    A state past the apogee is flown back, its velocity reversed: within seconds of the apogee of a missile the
    drag that this turns round changes the height by less than a metre.
    """
    measured = [h for h in track.history if h.measurement is not None]
    heights = geodetic_from_ecef(np.array([h.mean[:3] for h in measured]))[:, 2]
    top = measured[int(np.argmax(heights))]
    x = draw_normal(top.mean, top.covariance, n, rng)
    if _climb(top.mean) < 0:
        x[:, 3:6] *= -1
    out = np.empty((n, OUTCOMES))
    _fall_all(x, np.tile(STEERING[:, 0], (n, 1)), np.full(n, BALLISTIC), EARTH.as_array(), out)
    return out[:, MAX_HEIGHT]
