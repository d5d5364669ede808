"""The tracker: looks in, tracks out; `start() -> State`, `step(state, look) -> Info`.

Each track is an interacting-multiple-model filter (boost, coast, glide) with probabilistic data association and an
existence probability, which begins low with a pair of plots, confirms the track when it grows and ends it when it
shrinks. Tracks of one object begun by different radars are merged, and a track that lost its object in a violent
manoeuvre is joined to the one that finds it again.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from launchwatch.bayes.association import exist
from launchwatch.bayes.mixture import moments
from launchwatch.estimate.track.filtering import infrared_update, predict_modes, radar_update, same_look
from launchwatch.estimate.track.initiation import pair_track
from launchwatch.estimate.track.sensors import RANGE_RATE_SPAN_M_S, Look, SensorModel
from launchwatch.flight.environment import EARTH
from launchwatch.geo.ellipsoid import geodetic_from_ecef
from launchwatch.geo.sight import look as sight

Array = NDArray[np.float64]

BORN = 0.05
"""Existence probability of a fresh pair: most pairs of stray plots are no object."""

CONFIRMED = 0.99
CONFIRMING_PLOTS = 5
DELETED = 0.01
LOST_S = 40.0
"""A track without a plot for longer is closed: by then a coasting error of 10 m/s^2 has become 8 km."""

CLAIMED = 0.5
"""A plot that belongs to a track with at least this probability starts no track of its own."""

_WITH_RATE = 4  # columns of a radar plot that carries a range rate
_PAIR_SCANS = 2.5  # a pair may skip one scan
_MOST_TENTATIVE = 200
_STITCH_S = 90.0  # a track that begins within this time of another's last plot may be its continuation
_SAME_OBJECT = 30.0  # squared Mahalanobis distance of two tracks' states (6 dimensions) below which they are one


@dataclass
class History:
    """What a track was after one look: moments (10,), (10, 10), every mode, and the plots' share in it."""

    time_s: float
    mean: Array
    covariance: Array
    mode_mean: Array
    mode_covariance: Array
    probability: Array
    existence: float
    plots: int
    best_plot: str | None
    best_probability: float
    measurement: Array | None
    sensor: SensorModel


@dataclass
class TrackState:
    """One track's memory: modes' means (3, 10), covariances (3, 10, 10), probabilities (3,); not thread-safe."""

    number: int
    time_s: float
    mean: Array
    covariance: Array
    probability: Array
    existence: float
    last_plot_s: float
    plots: int = 2
    status: str = "tentative"
    history: list[History] = field(default_factory=list)

    @property
    def live(self) -> bool:
        """Return whether looks still update it."""
        return self.status in ("tentative", "confirmed")


@dataclass
class TrackerState:
    """All tracks, and per radar the recent plots that none explains; not thread-safe."""

    tracks: list[TrackState] = field(default_factory=list)
    loose: dict[str, list[tuple[float, Array, str]]] = field(default_factory=dict)
    infrared: list[tuple[float, Array, SensorModel, str]] = field(default_factory=list)
    started: int = 0

    @property
    def confirmed(self) -> list[TrackState]:
        """Return the tracks that were ever confirmed, oldest first."""
        return [track for track in self.tracks if track.status in ("confirmed", "ended")]


_ENV = EARTH.as_array()


def start() -> TrackerState:
    """Return a tracker that has seen nothing."""
    return TrackerState()


def step(state: TrackerState, look: Look) -> None:
    """Apply one look: update every live track with it, then begin tracks from what is left."""
    claimed = np.zeros(len(look.ids))
    for track in state.tracks:
        if track.live:
            claimed = np.maximum(claimed, _update(track, look))
    if look.sensor.infrared:
        free = (i for i, share in enumerate(claimed) if share < CLAIMED)
        state.infrared.extend((look.times[i], look.measurements[i], look.sensor, look.ids[i]) for i in free)
    else:
        _begin(state, look, claimed)
    _merge(state)
    _stitch(state)
    _forget_dead(state)


def _update(track: TrackState, look: Look) -> Array:
    """Update one track; return each plot's probability of being its target (k,)."""
    sensor = look.sensor
    position = sensor.position_at(look.time_s)
    chosen, time_s = _choose(track, look, position)
    predict_modes(track.mean, track.covariance, track.probability, time_s - track.time_s, _ENV)
    track.time_s = time_s
    plots = np.ascontiguousarray(look.measurements[chosen])
    beta = np.empty(len(plots) + 1)
    pd = sensor.detection_probability
    if sensor.infrared:
        ratio = infrared_update(
            track.mean, track.covariance, track.probability, plots, position, sensor.noise, pd, sensor.clutter,
            _ENV, beta,
        )  # fmt: skip
    else:
        clutter = sensor.clutter
        if plots.shape[1] == _WITH_RATE and np.isnan(plots[:, -1]).any():
            # A look is compared in what all its plots measured.
            plots, clutter = np.ascontiguousarray(plots[:, :-1]), clutter * RANGE_RATE_SPAN_M_S
        ratio = radar_update(
            track.mean, track.covariance, track.probability, plots, position, sensor.enu, sensor.noise,
            sensor.limits, pd, clutter, beta,
        )  # fmt: skip
    track.existence = exist(track.existence, ratio)
    claimed = np.zeros(len(look.ids))
    claimed[chosen] = beta[:-1]
    _remember(track, look, claimed)
    _judge(track)
    return claimed * track.existence


def _choose(track: TrackState, look: Look, position: Array) -> tuple[NDArray[np.bool_], float]:
    """Return the plots of the look that share the track's time of passing the beam, and that time."""
    if look.sensor.infrared or len(look.ids) == 0:
        return np.ones(len(look.ids), dtype=bool), look.time_s
    aim = sight(track.mean[np.argmax(track.probability)][:6], position, look.sensor.enu)
    chosen = same_look(look.measurements, look.times, aim)
    return chosen, float(look.times[chosen][0])


def _remember(track: TrackState, look: Look, claimed: Array) -> None:
    best = int(np.argmax(claimed)) if len(claimed) else -1
    share = float(claimed[best]) if best >= 0 else 0.0
    if share >= CLAIMED:
        track.plots += 1
        track.last_plot_s = track.time_s
    mean, covariance = moments(track.mean, track.covariance, track.probability)
    track.history.append(
        History(
            time_s=track.time_s,
            mean=mean,
            covariance=covariance,
            mode_mean=track.mean.copy(),
            mode_covariance=track.covariance.copy(),
            probability=track.probability.copy(),
            existence=track.existence,
            plots=track.plots,
            best_plot=look.ids[best] if share >= CLAIMED else None,
            best_probability=share,
            measurement=look.measurements[best].copy() if share >= CLAIMED else None,
            sensor=look.sensor,
        )
    )


def _judge(track: TrackState) -> None:
    height = geodetic_from_ecef(track.mean[np.argmax(track.probability)][None, :3])[0, 2]
    if track.status == "tentative" and track.existence > CONFIRMED and track.plots >= CONFIRMING_PLOTS:
        track.status = "confirmed"
    over = height < 0 or track.time_s - track.last_plot_s > LOST_S or track.existence < DELETED
    if over or not np.isfinite(track.mean).all():
        track.status = "ended" if track.status == "confirmed" else "deleted"


def _begin(state: TrackerState, look: Look, claimed: Array) -> None:
    """Pair this look's unexplained plots with earlier ones of the same radar."""
    free = [i for i in range(len(look.ids)) if claimed[i] < CLAIMED]
    oldest = look.time_s - _PAIR_SCANS * look.sensor.scan_s
    loose = [item for item in state.loose.get(look.sensor.id, []) if item[0] >= oldest]
    for i in free:
        for time_s, measurement, _ in loose:
            if look.times[i] - time_s < 0.5 * look.sensor.scan_s:
                continue
            begun = pair_track(measurement, time_s, look.measurements[i], look.times[i], look.sensor)
            if begun is not None and sum(track.live for track in state.tracks) < _MOST_TENTATIVE:
                state.started += 1
                when = float(look.times[i])
                track = TrackState(state.started, when, *begun, existence=BORN, last_plot_s=when)
                state.tracks.append(track)
    loose.extend((float(look.times[i]), look.measurements[i].copy(), look.ids[i]) for i in free)
    state.loose[look.sensor.id] = loose


def _merge(state: TrackerState) -> None:
    """End the younger of two live tracks that are statistically the same object at the same time."""
    live = [track for track in state.tracks if track.live and track.history]
    for i, older in enumerate(live):
        for younger in live[i + 1 :]:
            if younger.live and older.live and _same(older, younger):
                worse = younger if older.existence >= 0.5 * younger.existence else older
                worse.status = "merged"


def _same(a: TrackState, b: TrackState) -> bool:
    if abs(a.time_s - b.time_s) > 1e-3:
        return False
    x, p = moments(a.mean, a.covariance, a.probability)
    y, q = moments(b.mean, b.covariance, b.probability)
    apart = (x - y)[:6]
    if np.linalg.norm(apart[:3]) > 50e3:
        return False
    return bool(apart @ np.linalg.solve((p + q)[:6, :6], apart) < _SAME_OBJECT)


def _stitch(state: TrackerState) -> None:
    """Join a newly confirmed track to one that lost its object shortly before: one object, one track."""
    for younger in [track for track in state.tracks if track.status == "confirmed"]:
        for older in state.tracks:
            if older is not younger and older.status in ("confirmed", "ended") and _continues(older, younger):
                last = older.last_plot_s
                younger.history = [h for h in older.history if h.time_s <= last] + younger.history
                younger.plots += older.plots
                younger.number = older.number
                older.status = "merged"
                break


def _continues(older: TrackState, younger: TrackState) -> bool:
    """Return whether a younger track can be what an older one lost: as far on, and as it was heading."""
    before = next(h for h in reversed(older.history) if h.time_s <= older.last_plot_s)
    after = younger.history[0]
    gap = after.time_s - before.time_s
    if not 0 < gap < _STITCH_S or older.last_plot_s > after.time_s:
        return False
    moved = after.mean[:3] - before.mean[:3]
    velocity = 0.5 * (before.mean[3:6] + after.mean[3:6])
    off = np.linalg.norm(moved - gap * velocity)
    return bool(off < 0.3 * gap * np.linalg.norm(velocity) + 10e3)


def _forget_dead(state: TrackerState) -> None:
    state.tracks = [track for track in state.tracks if track.status not in ("deleted", "merged")]
