"""Tracks against known truth: reads the truth, asks for the bound, scores; joins `estimate` and `simulate`."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.errors import InputError, NoEvidenceError
from launchwatch.estimate.track import Updates
from launchwatch.estimate.track.bound import bound_along, true_row
from launchwatch.estimate.track.motion import BOOST
from launchwatch.estimate.track.ordering import looks_from_blocks
from launchwatch.estimate.track.sensors import Look, sensor_model
from launchwatch.facts import PlotBlock, Provenance, Scores, Sensor, Track, TruthState
from launchwatch.feeds.files import open_file
from launchwatch.geo.ellipsoid import geodetic_from_ecef
from launchwatch.geo.sight import look as sight
from launchwatch.run.intake import decode_file, load_sites
from launchwatch.simulate.scoring import CUTOFF_M, ErrorBound, TruthPath, score_tracks
from launchwatch.simulate.sensing import covers, hidden

Array = NDArray[np.float64]

_CLOUD_TOP_M = 10_000.0  # as scenarios and the tracker have it: below, no satellite sees a motor


def truth_of(path: Path, as_of_utc: str, provenance: Provenance) -> tuple[TruthState, ...]:
    """Return the truth lines of another file than the recording; NoEvidenceError where it holds none."""
    found = open_file(path)
    if isinstance(found, InputError):
        raise found
    decoded = decode_file(
        found, load_sites(None), as_of_utc=as_of_utc, evidence=found.origin, provenance=provenance
    )
    return some_truth(decoded.truth, found.origin)


def some_truth(states: tuple[TruthState, ...], origin: str) -> tuple[TruthState, ...]:
    """Return truth states if there are any."""
    if not states:
        allowed = 'lines {"type":"truth",...}, as `launchwatch simulate` writes them'
        raise NoEvidenceError("no known truth to score against", given=origin, allowed=allowed)
    return states


def score(
    tracks: Sequence[Track],
    truth: Sequence[TruthPath],
    sensors: Iterable[Sensor],
    blocks: Sequence[PlotBlock],
    *,
    cutoff_m: float = CUTOFF_M,
) -> Scores:
    """Return the score of tracks, with all their updates, and the bound that those sensors' looks allow."""
    known = list(sensors)
    looks = looks_from_blocks([sensor_model(sensor) for sensor in known], blocks)
    by_id = {sensor.id: sensor for sensor in known}
    bounds = {path.name: _bound(path, looks, by_id) for path in truth}
    return score_tracks(tracks, truth, cutoff_m=cutoff_m, bounds=bounds)


def thinned(track: Track, updates: Updates) -> Track:
    """Return a track with only some of its updates: all, the last, or every n-th and the last."""
    if updates == "all":
        return track
    kept = track.updates[-1:] if updates == "last" else (*track.updates[: -1 : max(updates, 1)], track.updates[-1])
    return msgspec.structs.replace(track, updates=kept)


def _bound(path: TruthPath, looks: Sequence[Look], sensors: dict[str, Sensor]) -> ErrorBound:
    within = [one for one in looks if path.times_s[0] <= one.time_s <= path.times_s[-1]]
    times = np.array([one.time_s for one in within])
    states, accelerations = path.at(times), path.acceleration(times)
    sees = np.array([
        _sees(sensors[one.sensor.id], one, state, acceleration)
        for one, state, acceleration in zip(within, states, accelerations, strict=True)
    ], dtype=bool)  # fmt: skip
    return ErrorBound(times, bound_along(within, sees, states, accelerations))


def _sees(sensor: Sensor, look: Look, state: Array, acceleration: Array) -> bool:
    """Return whether a look covers an object in a true state: in a radar's volume, or a motor above the clouds."""
    place = look.sensor.position_at(look.time_s)
    if not look.sensor.infrared:
        distance, azimuth, elevation, _ = sight(state, place, look.sensor.enu)
        return covers(sensor, distance, azimuth, elevation)
    burns = true_row(state, acceleration)[0] == BOOST
    high = geodetic_from_ecef(state[None, :3])[0, 2] > _CLOUD_TOP_M
    return bool(burns and high and not hidden(place, state[:3]))
