"""Paths to draw from a posterior's samples: the one in the middle, and a fan that shows the spread."""

import numpy as np

from launchwatch.bayes.sampling import systematic_resample
from launchwatch.estimate.track import TrackedFlight, path_points
from launchwatch.estimate.track.posterior import draw_rest
from launchwatch.facts import FlightSamples, Path, PathPoint, PathSamples
from launchwatch.flight.classes import CRUISE
from launchwatch.flight.cruise import places_at
from launchwatch.flight.paths import path_of
from launchwatch.flight.propagation import IMPACT_STATE, IMPACT_TIME, fly_path
from launchwatch.geo.ellipsoid import ecef_from_geodetic, geodetic_from_ecef

_DRAWN_SAMPLES = 40
_PATH_STEP_S = 5.0


def sampled_paths(samples: FlightSamples) -> list[Path]:
    """Return the sample nearest to all medians, and forty drawn evenly from the posterior."""
    columns = np.column_stack(
        [
            np.log(samples.range_m),
            np.log(np.maximum(samples.apogee_m, 1.0)),
            samples.impact_lat_rad,
            samples.impact_lon_rad,
        ]
    )
    off = np.abs((columns - np.median(columns, axis=0)) / (columns.std(axis=0) + 1e-12)).sum(axis=1)
    # Samples at even steps of the range's distribution: the fan shows the posterior's spread, the same each time.
    order = np.argsort(samples.range_m, kind="stable")
    levels = (np.arange(_DRAWN_SAMPLES) + 0.5) / _DRAWN_SAMPLES
    even = order[np.minimum(np.searchsorted(np.cumsum(samples.weight[order]), levels), len(order) - 1)]
    median = Path(kind="median", basis="claims", points=_flown(samples, int(np.argmin(off))))
    return [
        median,
        *(Path(kind="sample", basis="claims", points=_flown(samples, int(i))) for i in np.unique(even)),
    ]


def _flown(samples: FlightSamples, i: int) -> tuple[PathPoint, ...]:
    end_s, cruising = float(samples.flight_time_s[i]), bool(samples.class_index[i] == CRUISE)
    return tuple(path_points(*path_of(samples.path_parameters[i], end_s, _PATH_STEP_S, cruising=cruising)))


PATHS = 200
"""Paths drawn to tell what lies below: a probability then carries 3.5 % of sampling error at most."""

STEP_S = 4.0
_MOST_TIMES = 1500  # of a cruise flight, which may last hours: it moves 2 km from one to the next


def whole_paths(samples: FlightSamples, n: int = PATHS) -> PathSamples | None:
    """Return n whole paths drawn evenly from a posterior of claims; None where they cannot be flown again."""
    if not samples.path_parameters.shape[1]:
        return None
    # A fixed offset in place of a random number: the paths are then the same for the same samples.
    pick = systematic_resample(samples.weight, n, np.random.default_rng(0))
    longest = float(samples.flight_time_s[pick].max())
    step = max(STEP_S, longest / _MOST_TIMES)
    times = np.arange(0.0, longest + 2 * step, step)
    places = np.full((n, len(times), 3), np.nan)
    for i, index in enumerate(pick):
        row = samples.path_parameters[index]
        if samples.class_index[index] == CRUISE:
            end_s = float(samples.flight_time_s[index])
            flown = times < end_s
            places[i, flown] = places_at(row, times[flown])
            places[i, flown.sum()] = places_at(row, np.array([end_s]))[0]
            continue
        states, outcome = fly_path(row, times, tolerance_m=30.0)
        places[i] = states[:, :3]
        _put_impact(places[i], times, outcome)
    return on_grid(times, places)


def tracked_paths(flight: TrackedFlight, n: int = PATHS) -> PathSamples | None:
    """Return n whole paths of a tracked object: the way seen, and draws of the rest; None if none falls."""
    drawn = draw_rest(flight.last, n, np.random.default_rng(0), STEP_S)
    if drawn is None:
        return None
    now, rest, _ = drawn
    seen_s = flight.last.time_s - flight.start_s
    seen = [point for point in flight.path if point.time_s < seen_s]
    lat, lon, height = np.array([(p.lat_deg, p.lon_deg, p.height_km) for p in seen]).reshape(-1, 3).T
    before = ecef_from_geodetic(np.radians(lat), np.radians(lon), 1e3 * height)
    past_s = np.array([p.time_s for p in seen])
    kept = past_s < seen_s - 0.5 * STEP_S
    times = np.append(past_s[kept], seen_s + now)
    places = np.concatenate([np.broadcast_to(before[kept], (len(rest), kept.sum(), 3)), rest], axis=1)
    return on_grid(times, np.ascontiguousarray(places))


def _put_impact(places: np.ndarray, times: np.ndarray, outcome: np.ndarray) -> None:
    """Put the place of impact, in place, where the first time after it stands: at most a step late."""
    after = int(np.searchsorted(times, outcome[IMPACT_TIME]))
    if after < len(times):
        places[after] = outcome[IMPACT_STATE : IMPACT_STATE + 3]


def on_grid(times: np.ndarray, places: np.ndarray) -> PathSamples:
    """Return equally weighted paths of earth-fixed places (n, k, 3), m, NaN after impact."""
    n, k, _ = places.shape
    known = np.isfinite(places).all(axis=2)
    geodetic = np.full((n * k, 3), np.nan)
    geodetic[known.ravel()] = geodetic_from_ecef(np.ascontiguousarray(places[known]))
    lat, lon, height = np.moveaxis(geodetic.reshape(n, k, 3), 2, 0)
    for i in range(n):
        lon[i, known[i]] = np.unwrap(lon[i, known[i]])
    return PathSamples(times, lat, lon, height, np.full(n, 1 / n))
