"""Recordings to tracks: the front of this room."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.instants import format_instant
from launchwatch.basis.rounding import significant
from launchwatch.bayes.sampling import ellipse_axes
from launchwatch.estimate.summary import ellipse, point_estimate, time_interval
from launchwatch.estimate.track import ordering, verdict
from launchwatch.estimate.track.boosts import Plot
from launchwatch.estimate.track.burning import prospect_of
from launchwatch.estimate.track.history import History, Support, Supports, stacked
from launchwatch.estimate.track.impact import HYPOTHESES, Impact, predict_impacts
from launchwatch.estimate.track.launch import (
    LaunchFit,
    Launching,
    LaunchPoint,
    fit_launch,
    follow_launch,
    launch_over_time,
    typical_row,
)
from launchwatch.estimate.track.motion import MODES
from launchwatch.estimate.track.past import past_of, unfolded
from launchwatch.estimate.track.posterior import draw_fall, draw_flight, fall_path, last_measured
from launchwatch.estimate.track.residuals import innovation_squared
from launchwatch.estimate.track.sensors import sensor_model
from launchwatch.estimate.track.tracker import Line, TrackerState, TrackState
from launchwatch.facts import (
    FlightSamples,
    ImpactPrediction,
    Interval,
    PathPoint,
    PathSupport,
    PlotBlock,
    PointEstimate,
    Provenance,
    Sensor,
    TimeInterval,
    Track,
    TrackUpdate,
    Verdict,
)
from launchwatch.facts.warning import MOST_RECENT
from launchwatch.flight.classes import CLASSES, RANGE_LIMITS_M
from launchwatch.flight.propagation import fly_path
from launchwatch.geo.ellipsoid import geodetic_from_ecef
from launchwatch.geo.frames import east_north_up
from launchwatch.geo.geodesic import distance_and_azimuth

SAMPLES = 4000
Updates = Literal["all", "last"] | int


@dataclass(frozen=True)
class TrackedFlight:
    """A track and what it says of the whole flight; `samples` is None where too little of it was seen.

    `path` runs from the fitted launch over the tracked states to the likeliest impact; its times count from
    `start_s`. `last` is the state at the last plot.
    """

    track: Track
    samples: FlightSamples | None
    path: tuple[PathPoint, ...]
    start_s: float
    last: History


def track_plots(
    sensors: Iterable[Sensor],
    blocks: Sequence[PlotBlock],
    *,
    rng: np.random.Generator,
    provenance: Provenance,
    updates: Updates = "all",
    progress: Callable[[int, int], None] | None = None,
) -> list[TrackedFlight]:
    """Return the confirmed tracks of a recording's plots, each with its posterior.

    `updates` says how many of a track's states to report: all, the last, or every n-th. `progress` is told looks
    done and looks in all.
    """
    state = ordering.start()
    for sensor in sensors:
        ordering.meet(state, sensor_model(sensor))
    for block in blocks:
        ordering.take(state, block.sensor, ordering.timed_plots(block))
    done = ordering.close(state, progress)
    return [finish(state.tracker, track, rng=rng, provenance=provenance, updates=updates) for track in done.ended]


def finish(
    state: TrackerState,
    track: TrackState,
    *,
    rng: np.random.Generator,
    provenance: Provenance,
    updates: Updates,
) -> TrackedFlight:
    """Return a track that is over, or all that there is of it, with its posterior.

    Its randomness depends on `rng`'s seed and the track's number alone, not on which tracks were finished before.
    """
    rng = _stream(rng, track.number)
    fit = fit_launch(state, track, SAMPLES, rng)
    samples = draw_flight(track, fit, rng) if fit is not None else None
    launches = launch_over_time(state, track) if updates != "last" else []
    fact = _fact(track, fit, samples, launches, rng, provenance, updates)
    return TrackedFlight(fact, samples, _path(track, fit), _start(track, fit), last_measured(track))


def finish_briefly(track: TrackState, provenance: Provenance) -> Track:
    """Return a track that is over without launch, fall and posterior, which cost most of a second to estimate."""
    return _fact(track, None, None, [], None, provenance, "last")


def _stream(rng: np.random.Generator, number: int) -> np.random.Generator:
    seeds = rng.bit_generator.seed_seq
    if not isinstance(seeds, np.random.SeedSequence):
        raise TypeError("a generator without a seed sequence cannot be divided among tracks")
    return np.random.default_rng(np.random.SeedSequence(seeds.entropy, spawn_key=(*seeds.spawn_key, number)))


def state_now(
    track: TrackState, history: Sequence[History], *, launching: Launching, infrared: Sequence[Line]
) -> TrackUpdate:
    """Return a confirmed track's state after the newest of a `history` that it had, with its launch as known then.

    `launching` is what was known of its launch before, `infrared` are plots that no track explained then. Reads
    nothing that changes while the track goes on, but for the track's judgement, which is its own.
    """
    launch = follow_launch(launching, history, infrared)
    track.judgement = verdict.judge_newest(track.judgement, history, stacked)
    return _update(history[-1], track.judgement.last, launch, early=launching.early)


_PATH_STEP_S = 5.0


def _path(track: TrackState, fit: LaunchFit | None) -> tuple[PathPoint, ...]:
    """Return places (t, lat, lon, height) about 5 s apart: fitted boost, tracked states, likeliest fall."""
    last = last_measured(track)
    measured = [h for h in track.history if h.measured]
    start = _start(track, fit)
    pieces: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
    if fit is not None:
        until = measured[0].time_s - start
        times = np.arange(0.0, max(until, 0.1), _PATH_STEP_S)
        boosted, _ = fly_path(typical_row(fit), times, tolerance_m=10.0)
        pieces.append((times, boosted[:, :3]))
    thinned = [measured[0]]
    for h in measured[1:]:
        if h.time_s - thinned[-1].time_s >= _PATH_STEP_S:
            thinned.append(h)
    pieces.append((np.array([h.time_s - start for h in thinned]), np.array([h.mean[:3] for h in thinned])))
    fallen = fall_path(last, _PATH_STEP_S)
    if fallen is not None:
        pieces.append((last.time_s - start + fallen[0], fallen[1]))
    return tuple(point for times, places in pieces for point in path_points(times, places))


def _start(track: TrackState, fit: LaunchFit | None) -> float:
    """Return the time of lift-off, or of the first plot where no launch was fitted."""
    if fit is not None:
        return float(np.median(fit.launch[:, 2]))
    return next(h.time_s for h in track.history if h.measured)


def path_points(times_s: NDArray[np.float64], positions: NDArray[np.float64]) -> list[PathPoint]:
    """Return drawn points of earth-fixed positions (n, 3), m, at times after lift-off; NaN is left out."""
    kept = np.isfinite(positions).all(axis=1)
    places = geodetic_from_ecef(np.ascontiguousarray(positions[kept]))
    return [
        PathPoint(
            time_s=round(float(t), 1),
            lat_deg=round(math.degrees(lat), 5),
            lon_deg=round(math.degrees(lon), 5),
            height_km=round(max(float(height), 0.0) / 1e3, 3),
        )
        for t, (lat, lon, height) in zip(times_s[kept], places, strict=True)
    ]


def _fact(
    track: TrackState,
    fit: LaunchFit | None,
    samples: FlightSamples | None,
    launches: list[tuple[float, LaunchPoint]],
    rng: np.random.Generator | None,
    provenance: Provenance,
    updates: Updates,
) -> Track:
    past, kept = past_of(track.history), unfolded(track.history)
    last = last_measured(track)
    kept = kept[: kept.index(last) + 1]
    judged = verdict.judge_history(kept, stacked, None if past is None else past.memory.copy())
    class_ = _class_of(judged[-1], samples)
    taken = track.taken()
    return Track(
        id=taken.ids.id("track"),
        status=track.status,
        first_utc=format_instant(track.history[0].time_s),
        last_utc=format_instant(last.time_s),
        class_=class_,
        launch=_launch_point(fit),
        heading_deg=_heading(fit, last),
        impact=None if rng is None or stays_up(class_) else _impact_point(last, samples, rng),
        updates=tuple(
            _update(kept[at], judged[at], _launch_by(launches, kept[at].time_s), falls=rng is not None)
            for at in _select(len(kept), updates)
        ),
        plots_used=taken.plots,
        sensors=tuple(sorted(taken.sensors)),
        provenance=provenance,
    )


def _select(count: int, updates: Updates) -> Iterable[int]:
    """Return which of so many states are told, the last always."""
    if updates == "all":
        return range(count)
    if updates == "last":
        return (count - 1,)
    return (*range(0, count - 1, max(updates, 1)), count - 1)


def _class_of(judged: NDArray[np.float64], samples: FlightSamples | None) -> dict[str, float]:
    """Return the classes' probabilities: the last verdict's, its missiles shared as the flight's samples say.

    What lifts and flies less than 1,000 km is quasi-ballistic by definition, not a glider.
    """
    chance = dict(zip(verdict.KINDS, judged[: verdict.KINDS_COUNT], strict=True))
    if samples is not None:
        counts = np.zeros(len(CLASSES))
        np.add.at(counts, samples.class_index, samples.weight)
        glides = chance["glide"] * float(samples.weight[samples.range_m >= RANGE_LIMITS_M[0]].sum())
        missile = sum(chance[name] for name in CLASSES) + chance["glide"] - glides
        chance |= {name: missile * count for name, count in zip(CLASSES, counts, strict=True)}
        chance["glide"] = glides
    return _rounded(chance)


def stays_up(class_: Mapping[str, float]) -> bool:
    """Return whether an object is surely an aircraft or a satellite, by its classes' probabilities.

    As surely as a verdict must be to be named: of such an object no fall is told, and it founds no event.
    """
    return class_["aircraft"] + class_["satellite"] > verdict.NAMED


def _rounded(chance: dict[str, float]) -> dict[str, float]:
    return {name: round(float(share), 4) for name, share in chance.items()}


def _launch_point(fit: LaunchFit | None) -> PointEstimate | None:
    if fit is None:
        return None
    weight = np.full(len(fit.launch), 1 / len(fit.launch))
    return point_estimate(fit.launch[:, 0], fit.launch[:, 1], weight, time_interval(fit.launch[:, 2], weight))


def _heading(fit: LaunchFit | None, last: History) -> float | None:
    """Return the azimuth (degrees) from the fitted launch to the last measured state."""
    if fit is None:
        return None
    there = geodetic_from_ecef(last.mean[None, :3])[0]
    _, azimuth = distance_and_azimuth(fit.launch[:, 0].mean(), fit.launch[:, 1].mean(), there[0], there[1])
    return round(math.degrees(float(azimuth)), 2)


def _impact_point(last: History, samples: FlightSamples | None, rng: np.random.Generator) -> PointEstimate | None:
    if samples is not None:
        times = time_interval(samples.launch_time_s + samples.flight_time_s, samples.weight)
        return point_estimate(samples.impact_lat_rad, samples.impact_lon_rad, samples.weight, times)
    rest = draw_fall(last, SAMPLES, rng)
    if rest is None:
        return None
    weight = np.full(SAMPLES, 1 / SAMPLES)
    return point_estimate(
        rest.impact[:, 0], rest.impact[:, 1], weight, time_interval(last.time_s + rest.in_s, weight)
    )


def _launch_by(launches: list[tuple[float, LaunchPoint]], time_s: float) -> LaunchPoint | None:
    """Return the launch as it was known at a Unix time."""
    known = [launch for fitted_s, launch in launches if fitted_s <= time_s]
    return known[-1] if known else None


def _launched(launch: LaunchPoint) -> PointEstimate:
    late = 1.645 * math.sqrt(max(float(launch.covariance[2, 2]), 0.0))
    first, middle, last = (format_instant(round(launch.time_s + off, 1)) for off in (-late, 0.0, late))
    return PointEstimate(
        lat_deg=round(math.degrees(launch.lat_rad), 5),
        lon_deg=round(math.degrees(launch.lon_rad), 5),
        ellipse_95=ellipse(*ellipse_axes(launch.covariance[:2, :2])),
        time_utc=TimeInterval(median=middle, p05=first, p95=last),
    )


def _heading_then(h: History, launch: LaunchPoint | None) -> float:
    """Return the azimuth (degrees) of an object from its launch, or of its velocity."""
    lat, lon, _ = geodetic_from_ecef(h.mean[None, :3])[0]
    if launch is not None:
        return round(math.degrees(float(distance_and_azimuth(launch.lat_rad, launch.lon_rad, lat, lon)[1])), 2)
    east, north, _ = east_north_up(lat, lon) @ h.mean[3:6]
    return round(math.degrees(math.atan2(east, north)) % 360, 2)


def _update(
    h: History, judged: NDArray[np.float64], launch: LaunchPoint | None, *, falls: bool = True,
    early: Sequence[Plot] = (),
) -> TrackUpdate:  # fmt: skip
    x, y, z, vx, vy, vz = (significant(float(v), 10) for v in h.mean[:6])
    class_ = _rounded(dict(zip(verdict.KINDS, judged[: verdict.KINDS_COUNT], strict=True)))
    falls = falls and not stays_up(class_)
    impacts = predict_impacts(h.mode_mean, h.mode_covariance, h.probability) if falls else []
    nis = innovation_squared(h)
    return TrackUpdate(
        time_utc=format_instant(h.time_s),
        position_ecef_m=(x, y, z),
        velocity_ecef_m_s=(vx, vy, vz),
        covariance=tuple(significant(float(v), 6) for v in h.covariance[:6, :6].ravel()),
        modes={name: round(float(p), 4) for name, p in zip(MODES, h.probability, strict=True)},
        class_=class_,
        verdict=_verdict(judged),
        launch=_launched(launch) if launch is not None else None,
        heading_deg=_heading_then(h, launch),
        impact=_prediction(impacts, h.time_s) if impacts else None,
        prospect=prospect_of(h.mode_mean, h.mode_covariance, h.probability) if falls else None,
        existence=round(h.existence, 6),
        plots=h.plots,
        nis=significant(nis[0], 6) if nis else None,
        measured=nis[1] if nis else None,
        support=tuple(_support(one, h.time_s) for _, one in sorted(_with_early(h.supports, early).items())),
    )


def _with_early(supports: Supports, early: Sequence[Plot]) -> Supports:
    """Return a track's supports with infrared plots that lie on its boost before it began; no misses are known."""
    joined = dict(supports)
    for plot in sorted(early, key=lambda plot: -plot.time_s):
        known = joined.get(plot.sensor.id) or Support(plot.sensor, 0, 0, plot.time_s, ())
        joined[plot.sensor.id] = known._replace(
            plots=known.plots + 1,
            looks=known.looks + 1,
            first_s=min(known.first_s, plot.time_s),
            times=known.times if len(known.times) >= MOST_RECENT else (plot.time_s, *known.times),
        )
    return joined


def _support(one: Support, now_s: float) -> PathSupport:
    late = now_s - max(3.0 * one.sensor.scan_s, _RECENT_S)
    return PathSupport(
        sensor=one.sensor.id,
        owner=one.sensor.owner,
        path=one.sensor.path,
        host=one.sensor.host,
        plots=one.plots,
        recent=int(sum(time_s > late for time_s in one.times)),
        last_utc=format_instant(one.times[-1]),
        first_utc=format_instant(one.first_s),
        looks=one.looks,
        repeated=one.repeated,
    )


_RECENT_S = 30.0  # three scans of the slowest radars that watch for missiles


def _verdict(judged: NDArray[np.float64]) -> Verdict:
    return Verdict(
        says=verdict.VERDICTS[int(judged[verdict.VERDICT])],
        reasons=verdict.reasons(judged),
        burning=round(float(judged[verdict.BURNING]), 4),
        energy_height_km=_interval(judged, verdict.AT_ENERGY_HEIGHT, verdict.SIGMA_ENERGY_HEIGHT),
        perigee_km=_interval(judged, verdict.AT_PERIGEE, verdict.SIGMA_PERIGEE),
        apogee_km=_interval(judged, verdict.AT_APOGEE, verdict.SIGMA_APOGEE),
    )


def _interval(judged: NDArray[np.float64], at: int, sigma: int) -> Interval:
    middle, off = float(judged[at]) / 1e3, 1.645 * float(judged[sigma]) / 1e3
    return Interval.rounded(middle - off, middle, middle + off)


def _prediction(impacts: list[Impact], now_s: float) -> ImpactPrediction:
    first, *others = impacts
    late = 1.645 * first.sigma_s
    return ImpactPrediction(
        lat_deg=round(math.degrees(first.lat_rad), 5),
        lon_deg=round(math.degrees(first.lon_rad), 5),
        time_utc=format_instant(round(now_s + first.in_s, 1)),
        ellipse_95=ellipse(*first.axes),
        assumes=HYPOTHESES[first.hypothesis],
        probability=round(first.probability, 4),
        remaining_s=Interval.rounded(max(first.in_s - late, 0.0), first.in_s, first.in_s + late),
        alternatives=tuple(_prediction([other], now_s) for other in others),
    )
