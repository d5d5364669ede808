"""A track's posterior over the whole flight: launch fitted, apogee tracked, impact flown from the last plot.

Given the plots, launch, apogee and impact are drawn independently: minutes of plots lie between them, and the
correlation that is left is far below their own uncertainty.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.compiled import kernel
from launchwatch.estimate.track.impact import (
    BALLISTIC,
    PULL_UP,
    STEERING,
    body_row,
    fall,
    hypothesis_probabilities,
)
from launchwatch.estimate.track.launch import LaunchFit
from launchwatch.estimate.track.motion import BOOST, COAST, DRAG, GLIDE, LIFT, SIZE
from launchwatch.estimate.track.tracker import History, TrackState
from launchwatch.facts import FlightSamples
from launchwatch.flight.classes import class_by_energy
from launchwatch.flight.environment import EARTH
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
    return next((h for h in reversed(track.history) if h.measurement is not None), track.history[-1])


def draw_fall(state: History, n: int, rng: np.random.Generator) -> FallSamples:
    """Return n draws of the impact from a track's state; those that never fall are drawn again from the rest."""
    shares = hypothesis_probabilities(state.mode_mean, state.probability)
    which = rng.choice(len(shares), size=n, p=shares / shares.sum())
    x = np.empty((n, SIZE))
    for hypothesis in range(len(shares)):
        chosen = which == hypothesis
        mode = _MODE_OF[hypothesis]
        x[chosen] = rng.multivariate_normal(
            state.mode_mean[mode], state.mode_covariance[mode], size=int(chosen.sum()), method="eigh"
        )
    steering = STEERING[:, 0] + rng.normal(size=(n, len(STEERING))) * STEERING[:, 1]
    out = np.empty((n, OUTCOMES))
    _fall_all(x, steering, which, EARTH.as_array(), out)
    down = np.flatnonzero(out[:, STATUS] == IMPACT)
    if len(down) == 0:
        raise ValueError("no draw of the track's state comes down")
    index = np.where(out[:, STATUS] == IMPACT, np.arange(n), rng.choice(down, size=n))
    place = geodetic_from_ecef(np.ascontiguousarray(out[index, IMPACT_STATE : IMPACT_STATE + 3]))
    return FallSamples(place[:, :2], out[index, IMPACT_TIME], out[index, MAX_HEIGHT], which[index] >= PULL_UP)


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


def glided(track: TrackState) -> float:
    """Return the probability that the object lifted: the greatest mean glide probability over ten seconds."""
    times = np.array([h.time_s for h in track.history])
    glide = np.array([h.probability[GLIDE] for h in track.history])
    means = [
        glide[(times >= t) & (times <= t + _GLIDE_WINDOW_S)].mean()
        for t in times
        if t + _GLIDE_WINDOW_S <= times[-1]
    ]
    return float(max(means, default=glide[-1]))


def draw_flight(track: TrackState, fit: LaunchFit, rng: np.random.Generator) -> FlightSamples:
    """Return the flight's posterior, one equally weighted sample for each of the launch fit's draws."""
    n = len(fit.launch)
    state = last_measured(track)
    rest = draw_fall(state, n, rng)
    apogee = np.maximum(_tracked_apogee(track, n, rng), rest.highest_m)
    impact_lat, impact_lon = rest.impact[:, 0], rest.impact[:, 1]
    launch_lat, launch_lon = fit.launch[:, 0], fit.launch[:, 1]
    range_m, azimuth = distance_and_azimuth(launch_lat, launch_lon, impact_lat, impact_lon)
    lifted = rest.lifts | (rng.random(n) < glided(track))
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


def _tracked_apogee(track: TrackState, n: int, rng: np.random.Generator) -> Array:
    """Return draws of the greatest height among the track's measured states."""
    measured = [h for h in track.history if h.measurement is not None]
    heights = geodetic_from_ecef(np.array([h.mean[:3] for h in measured]))[:, 2]
    top = measured[int(np.argmax(heights))]
    up = top.mean[:3] / np.linalg.norm(top.mean[:3])
    sigma = float(np.sqrt(up @ top.covariance[:3, :3] @ up))
    return np.asarray(heights.max() + rng.normal(0, sigma, n))
