"""Histories: known failures of warning systems as scripts of facts, with what must be told instead.

A history is a TOML file: invented flights laid over published times and places, the paths that saw them, what
people did, and the steps expected of the warning chain. The flights are parabolas over a sphere, true to some
kilometres: what is tested is who is told what and when, not how something flies.
"""

import math
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from typing import Literal

import msgspec
import numpy as np

from launchwatch.basis.constants import MEAN_RADIUS_M
from launchwatch.basis.errors import InputError, UnknownNameError
from launchwatch.basis.ids import content_id
from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.facts import (
    Audience,
    Ellipse,
    HumanStatement,
    ImpactPrediction,
    Interval,
    PathSupport,
    Provenance,
    Stage,
    Standing,
    TrackedState,
    TrackMerger,
    TrackUpdate,
    Value,
    Verdict,
)
from launchwatch.geo.ellipsoid import ecef_from_geodetic
from launchwatch.geo.geodesic import destination, distance_and_azimuth

GRAVITY_M_S2 = 9.5
"""Mean over the heights of such flights; what the curvature of the earth takes off is subtracted for each."""

_STEP_S = 0.5
_AUTHOR = "launchwatch simulate.histories"


class Seer(Value, frozen=True, kw_only=True):
    """One sensor that sees a flight from so long after lift-off, and what it shares with others."""

    id: str
    owner: str
    path: str
    host: str
    from_s: float


class Guess(Value, frozen=True, kw_only=True):
    """Where a flight was held to fall from `from_s` after lift-off on, until guesses of a later `from_s`."""

    from_s: float
    fall: tuple[float, float]
    flight_s: float
    ellipse_km: float
    probability: float
    assumes: str = "thrust ends now"


class HistoryFlight(Value, frozen=True, kw_only=True):
    """One object: where it rose and would come down (latitude, longitude), when it was seen (s after lift-off).

    After `burn_s`, where no guess says otherwise, its fall is known to within 5 km.
    """

    track: int
    launch: tuple[float, float]
    launch_utc: str
    fall: tuple[float, float]
    fall_utc: str
    burn_s: float
    seen: tuple[tuple[float, float], ...]
    every_s: float = 2.0
    sensors: tuple[Seer, ...]
    guesses: tuple[Guess, ...] = ()
    class_: dict[str, float] = msgspec.field(name="class", default_factory=lambda: {"MRBM": 1.0})


class Act(Value, frozen=True, kw_only=True):
    """What people or machines did: a signed word on a track's alert, a merger, or what lost every area."""

    at_utc: str
    act: Literal["statement", "merger", "area lost", "area found"]
    kind: Literal["launch", "no launch", "issued in error", "no longer possible"] = "issued in error"
    track: int | None = None
    into: int | None = None
    status: Standing | None = None
    reason: str = ""


class Expected(Value, frozen=True, kw_only=True):
    """One step that must come: no step may come beside those of a history.

    `places` are the ids of the districts (public), sea areas or regions told of; `fall_utc` the time of fall told.
    """

    audience: Audience
    stage: Stage
    at_utc: str
    release: Literal["two keys", "one key", "nothing"]
    places: tuple[str, ...] = ()
    fall_utc: str | None = None
    references: int = 0


class History(Value, frozen=True, kw_only=True):
    """One history: what happened (`note`, with `sources`), what went wrong (`failure`), and what must be told.

    `keys_after_s`: people let out every step so long after it was decided, as far as keys are asked for.
    `release_threshold`: that of the node which warns, where it is not the default.
    """

    name: str
    title: str
    note: str
    failure: str
    sources: tuple[str, ...]
    status: Standing = "actual"
    protects: tuple[str, ...]
    until_utc: str
    keys_after_s: float = 20.0
    release_threshold: float | None = None
    flights: tuple[HistoryFlight, ...] = ()
    acts: tuple[Act, ...] = ()
    expected: tuple[Expected, ...] = ()


def histories() -> list[str]:
    """Return the names of the histories that come with launchwatch."""
    folder = files("launchwatch.simulate") / "histories"
    return sorted(item.name.removesuffix(".toml") for item in folder.iterdir() if item.name.endswith(".toml"))


def load_history(name: str) -> History:
    """Return a history by its name; raises UnknownNameError for one that is not there."""
    known = histories()
    if name not in known:
        raise UnknownNameError("history", name, known)
    return parse_history(
        (files("launchwatch.simulate") / "histories" / f"{name}.toml").read_text(encoding="utf-8")
    )


def parse_history(text: str) -> History:
    """Return the history in a TOML text; InputError says what is wrong with it."""
    try:
        return msgspec.convert(tomllib.loads(text), History)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise InputError(f"history does not fit: {error}") from None


def facts_of(history: History) -> Iterator[TrackedState | TrackMerger]:
    """Yield what a tracker would tell of a history, in the order of time."""
    told: list[tuple[float, TrackedState | TrackMerger]] = []
    for flight in history.flights:
        told += _states(history, flight)
    for act in history.acts:
        if act.act == "merger" and act.track is not None and act.into is not None:
            told.append((parse_instant(act.at_utc), _merger(history, act, act.track, act.into)))
    yield from (fact for _, fact in sorted(told, key=lambda item: item[0]))


def statement_of(history: History, act: Act, alert: str | None) -> HumanStatement:
    """Return an act as a person's statement on an alert; keys and signature are the caller's."""
    return HumanStatement(
        id=content_id("statement", history.name, act.at_utc, act.kind, str(alert)),
        kind=act.kind,
        alert=alert,
        track=act.track if alert is None else None,
        time_utc=act.at_utc,
        key="",
        signature="",
        reason=act.reason,
        status=act.status or history.status,
    )


def _merger(history: History, act: Act, track: int, into: int) -> TrackMerger:
    return TrackMerger(
        id=content_id("merger", history.name, act.at_utc),
        run=history.name,
        track=track,
        into=into,
        time_utc=act.at_utc,
        provenance=Provenance(author=_AUTHOR, created_utc=act.at_utc),
    )


def _states(history: History, flight: HistoryFlight) -> list[tuple[float, TrackedState]]:
    launch_s = parse_instant(flight.launch_utc)
    found = []
    for begin_s, end_s in flight.seen:
        for after_s in np.arange(begin_s, end_s + 0.01, flight.every_s).tolist():
            seers = [seer for seer in flight.sensors if seer.from_s <= after_s]
            if seers:
                found.append((launch_s + after_s, _state(history, flight, launch_s, after_s, seers)))
    return found


def _state(
    history: History, flight: HistoryFlight, launch_s: float, after_s: float, seers: list[Seer]
) -> TrackedState:
    now_utc = format_instant(launch_s + after_s)
    position, velocity = _motion(flight, after_s)
    update = TrackUpdate(
        time_utc=now_utc,
        position_ecef_m=position,
        velocity_ecef_m_s=velocity,
        modes={},
        class_=flight.class_,
        verdict=_verdict(burns=after_s < flight.burn_s),
        impact=_impact(flight, launch_s, after_s),
        existence=1.0,
        plots=sum(_plots(seer, flight, after_s) for seer in seers),
        support=tuple(_support(seer, flight, launch_s, after_s) for seer in seers),
    )
    return TrackedState(
        id=content_id("state", history.name, str(flight.track), now_utc),
        run=history.name,
        track=flight.track,
        status="confirmed",
        update=update,
        provenance=Provenance(author=_AUTHOR, created_utc=now_utc),
    )


def _plots(seer: Seer, flight: HistoryFlight, after_s: float) -> int:
    return 1 + int((after_s - seer.from_s) / flight.every_s)


def _support(seer: Seer, flight: HistoryFlight, launch_s: float, after_s: float) -> PathSupport:
    plots = _plots(seer, flight, after_s)
    return PathSupport(
        sensor=seer.id,
        owner=seer.owner,
        path=seer.path,
        host=seer.host,
        plots=plots,
        recent=min(plots, 8),
        last_utc=format_instant(launch_s + after_s),
        first_utc=format_instant(launch_s + seer.from_s),
        looks=plots,
    )


def _verdict(*, burns: bool) -> Verdict:
    return Verdict(
        says="not yet" if burns else "ballistic",
        reasons=(),
        burning=0.9 if burns else 0.0,
        energy_height_km=Interval(median=150.0, p05=100.0, p95=200.0),
        perigee_km=Interval(median=-5500.0, p05=-5800.0, p95=-5200.0),
        apogee_km=Interval(median=200.0, p05=150.0, p95=250.0),
    )


def _motion(
    flight: HistoryFlight, after_s: float
) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Return earth-fixed position (m) and velocity (m/s) on the flight's parabola."""
    before, after = (_place(flight, after_s + off) for off in (-_STEP_S, _STEP_S))
    x, y, z = _place(flight, after_s).tolist()
    vx, vy, vz = ((after - before) / (2 * _STEP_S)).tolist()
    return (x, y, z), (vx, vy, vz)


def _place(flight: HistoryFlight, after_s: float) -> np.ndarray:
    (lat, lon), (to_lat, to_lon) = (tuple(math.radians(d) for d in end) for end in (flight.launch, flight.fall))
    way_m, azimuth = distance_and_azimuth(lat, lon, to_lat, to_lon)
    whole_s = parse_instant(flight.fall_utc) - parse_instant(flight.launch_utc)
    share = after_s / whole_s
    here_lat, here_lon = destination(lat, lon, azimuth, way_m * share)
    pull = GRAVITY_M_S2 - (float(way_m) / whole_s) ** 2 / MEAN_RADIUS_M
    height_m = 0.5 * pull * after_s * (whole_s - after_s)
    return ecef_from_geodetic(here_lat.reshape(1), here_lon.reshape(1), np.array([height_m]))[0]


def _impact(flight: HistoryFlight, launch_s: float, after_s: float) -> ImpactPrediction:
    stands = max((guess.from_s for guess in flight.guesses if guess.from_s <= after_s), default=None)
    guesses = [guess for guess in flight.guesses if guess.from_s == stands] or [_known_fall(flight)]
    first, *rest = [_prediction(guess, launch_s, after_s) for guess in guesses]
    return msgspec.structs.replace(first, alternatives=tuple(rest))


def _known_fall(flight: HistoryFlight) -> Guess:
    whole_s = parse_instant(flight.fall_utc) - parse_instant(flight.launch_utc)
    return Guess(
        from_s=0.0, fall=flight.fall, flight_s=whole_s, ellipse_km=5.0, probability=0.98, assumes="ballistic"
    )


def _prediction(guess: Guess, launch_s: float, after_s: float) -> ImpactPrediction:
    left_s = max(guess.flight_s - after_s, 0.0)
    return ImpactPrediction(
        lat_deg=guess.fall[0],
        lon_deg=guess.fall[1],
        time_utc=format_instant(launch_s + guess.flight_s),
        ellipse_95=Ellipse(semi_major_km=guess.ellipse_km, semi_minor_km=guess.ellipse_km / 2, azimuth_deg=90.0),
        assumes=guess.assumes,
        probability=guess.probability,
        remaining_s=Interval(median=left_s, p05=max(left_s - 5.0, 0.0), p95=left_s + 5.0),
    )
