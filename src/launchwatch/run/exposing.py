"""Traffic and answers in, exposure out: within `assess`, and for an event record that is already there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from msgspec.structs import replace

from launchwatch.assess.fallarea import MOST_SAMPLES, FallArea
from launchwatch.assess.recipients import Area, known_areas, recipients
from launchwatch.assess.seaways import PORTS_KM, lanes_across, ports_near
from launchwatch.assess.traffic import KINDS, OLDEST_S, assess_kind, too_old
from launchwatch.basis.errors import InputError, NoEvidenceError
from launchwatch.basis.ids import content_id
from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.facts import (
    Answer,
    Ellipse,
    Event,
    Evidence,
    Flight,
    FlightSamples,
    PointEstimate,
    Rejection,
    TrafficBlock,
    TrafficExposure,
    TrafficPosition,
    decode_fact,
)
from launchwatch.feeds.files import EvidenceFile, open_file
from launchwatch.geo.airspace import load_firs
from launchwatch.geo.geodesic import destination
from launchwatch.geo.seaways import Lanes, load_lanes, load_ports
from launchwatch.geo.zones import Zones, load_zones
from launchwatch.observe.asked import decode_answers
from launchwatch.observe.traffic import TRAFFIC_BYTES, decode_traffic
from launchwatch.run.context import Context, Settings, new_context
from launchwatch.run.rejected import refused
from launchwatch.run.texts import rejection_of
from launchwatch.tell.traffic import answer_sentences, traffic_sentences

EXPOSURE_SCHEMA = "launchwatch/exposure/1"
NOT_ASKED = "not looked up"  # so that an event does not depend on what is installed, unless that was asked
EVENT_BYTES = 500_000_000
_MOSTLY = 0.995
_SIGMAS_OF_90 = 3.2897
_SIGMAS_OF_ELLIPSE = 2.4477


@dataclass(frozen=True)
class TrafficIn:
    """What files of traffic and answers held: evidence facts, positions by block, answers, refusals."""

    evidence: list[Evidence]
    blocks: list[TrafficBlock]
    answers: list[Answer]
    rejections: list[Rejection]

    @property
    def positions(self) -> list[TrafficPosition]:
        """Return all positions."""
        return [position for block in self.blocks for position in block.positions]


def take_traffic(traffic: Iterable[Path | str], answers: Iterable[Path | str], context: Context) -> TrafficIn:
    """Return what files of positions and of answers hold; what cannot be read becomes a rejection."""
    taken = TrafficIn([], [], [], [])
    seen: set[str] = set()
    for kind, paths in (("traffic", traffic), ("answers", answers)):
        for path in paths:
            found = open_file(Path(path))
            if isinstance(found, InputError):
                taken.rejections.append(rejection_of(context, "", str(found.given), found))
            elif found.sha256 in seen:
                error = InputError("the same content came twice", given=found.origin)
                taken.rejections.append(rejection_of(context, found.sha256, found.origin, error))
            else:
                seen.add(found.sha256)
                _take(found, kind, context, taken)
    return taken


def _take(found: EvidenceFile, kind: str, context: Context, taken: TrafficIn) -> None:
    evidence = Evidence(
        id=content_id("evidence", found.sha256),
        kind="traffic" if kind == "traffic" else "answers",
        origin=found.origin,
        sha256=found.sha256,
        size_bytes=found.size_bytes,
        received_utc=context.as_of_utc,
        provenance=context.provenance("feeds.files"),
    )
    taken.evidence.append(evidence)
    content, as_of_s = found.read(TRAFFIC_BYTES), parse_instant(context.as_of_utc)
    if kind == "traffic":
        provenance = context.provenance("observe.traffic", (evidence.id,))
        read = decode_traffic(content, evidence=evidence.id, provenance=provenance, as_of_s=as_of_s)
        taken.blocks.extend(read.blocks)
        taken.rejections.extend(read.rejections)
    else:
        provenance = context.provenance("observe.asked", (evidence.id,))
        asked = decode_answers(content, evidence=evidence.id, provenance=provenance, as_of_s=as_of_s)
        taken.answers.extend(asked.answers)
        taken.rejections.extend(asked.rejections)


def expose(
    samples: FlightSamples | FallArea,
    positions: Sequence[TrafficPosition],
    zones: Zones,
    *,
    item: int = 1,
    danger_km: float | None = None,
    areas: Iterable[Area] = (),
    lanes: tuple[Lanes | None, str] = (None, NOT_ASKED),
    notes: Iterable[str] = (),
) -> TrafficExposure:
    """Return what one object's fall meant for ships and aircraft, who must be told, and ports and lanes there.

    `areas` are further ones that somebody answers for, beside those that are known here;
    `lanes` shipping lanes and where they are from, or why there are none.
    """
    fall = samples if isinstance(samples, FallArea) else FallArea.of(samples)
    told = [*notes]
    known = float(fall.weight @ zones.covered(fall.lon_deg, fall.lat_deg))
    if known < _MOSTLY:
        told.append(f"{1 - known:.0%} of the fall area lies where coastal states and districts are not known here")
    found = recipients(fall, [*areas, *known_areas(zones, load_firs(), fall)])
    drawn = sum(one.probability for one in found if one.role == "FIR")
    if drawn < _MOSTLY:
        told.append(
            f"{1 - drawn:.0%} of the fall area lies in no flight information region drawn here: FIR not stated"
        )
    ports, near = ports_near(fall, load_ports())
    still = TrafficExposure(
        item=item, recipients=found, notes=tuple(told), ports=ports, ports_near=near, ports_within_km=PORTS_KM,
        lanes=lanes_across(fall, lanes[0]) if lanes[0] else (), lanes_source=lanes[1],
    )  # fmt: skip
    if fall.timed:
        told += _left_out(positions, float(fall.weight @ fall.time_s))
        still = replace(still, notes=tuple(told))
    else:
        reason = "the time of the fall is not known" if positions else None
        return replace(still, not_assessed=reason)
    kinds = [one for kind in KINDS if (one := assess_kind(kind, positions, fall, danger_km=danger_km))]
    reason = None
    if positions and not kinds:
        reason = "no position given is within half a day of the fall"
    middle = format_instant(round(float(fall.weight @ fall.time_s)))
    return replace(still, fall_utc=middle, kinds=tuple(kinds), not_assessed=reason)


def _left_out(positions: Sequence[TrafficPosition], fall_s: float) -> list[str]:
    return [
        f"{count} {'aircraft' if kind == 'aircraft' else 'ship' + 's' * (count > 1)} left out: no position within "
        f"{OLDEST_S / 3600:.0f} h of the fall"
        for kind, count in too_old(positions, fall_s).items()
    ]


def find_lanes(*, wanted: bool) -> tuple[Lanes | None, str]:
    """Return the shipping lanes of an installed package, and which, or why there are none."""
    if not wanted:
        return None, NOT_ASKED
    try:
        lanes = load_lanes()
    except NoEvidenceError as error:
        return None, str(error)
    return lanes, lanes.source


def fall_area_of(flight: Flight) -> FallArea:
    """Return the fall area that a flight's published figures describe.

    Two thousand draws of the ellipses of its separate groups, with the time of the impact's own interval: what
    the posterior knows beyond them, such as that the farther fell the later, is lost.
    """
    groups = [(mode.share, mode.impact) for mode in flight.range_modes] or [(1.0, flight.impact)]
    rng = np.random.default_rng(0)
    shares = np.array([share for share, _ in groups])
    counts = np.diff(np.round(np.concatenate(([0.0], np.cumsum(shares / shares.sum()))) * MOST_SAMPLES)).astype(
        int
    )
    drawn = [_draw(point, count, rng) for (_, point), count in zip(groups, counts, strict=True)]
    lat, lon = (np.concatenate(part) for part in zip(*drawn, strict=True))
    time = flight.impact.time_utc
    when = np.full(len(lat), np.nan)
    if time is not None:
        low, middle, high = (parse_instant(text) for text in (time.p05, time.median, time.p95))
        when = middle + rng.normal(size=len(lat)) * max(high - low, 0.0) / _SIGMAS_OF_90
    return FallArea(lon, lat, when, np.full(len(lat), 1 / len(lat)))


def _draw(point: PointEstimate, count: int, rng: np.random.Generator) -> tuple[Any, Any]:
    ellipse: Ellipse = point.ellipse_95
    axes = np.array([ellipse.semi_major_km, ellipse.semi_minor_km]) * 1000 / _SIGMAS_OF_ELLIPSE
    along, across = (rng.normal(size=(count, 2)) * axes).T
    azimuth = np.radians(ellipse.azimuth_deg) + np.arctan2(across, along)
    lat, lon = destination(np.radians(point.lat_deg), np.radians(point.lon_deg), azimuth, np.hypot(along, across))
    return np.degrees(lat), np.degrees(lon)


@dataclass(frozen=True)
class Exposed:
    """What `launchwatch exposure` found: for each object, with answers, sentences and refusals."""

    event: Event
    objects: tuple[TrafficExposure, ...]
    answers: tuple[Answer, ...]
    sentences: tuple[str, ...]
    rejections: list[Rejection]


def exposure(
    event: Path | str,
    *,
    traffic: Iterable[Path | str] = (),
    answers: Iterable[Path | str] = (),
    danger_km: float | None = None,
    lanes: bool = False,
    as_of_utc: str | None = None,
) -> Exposed:
    """Return the exposure of ships and aircraft to a recorded event; the path `-` is standard input.

    Raises InputError for what is no event record or has no estimated fall, NoEvidenceError where nothing of the
    traffic can be used.
    """
    if danger_km is not None and not 0.01 <= danger_km <= 1000:
        raise InputError("danger radius", given=danger_km, allowed="0.01 to 1000 km")
    record = read_event(event)
    context = new_context(Settings(), as_of_utc=as_of_utc)
    taken = take_traffic(traffic, answers, context)
    positions = taken.positions
    if not positions and not taken.answers:
        reasons = "; ".join(f"{r.what}: {r.reason}" for r in taken.rejections[:3])
        raise NoEvidenceError("nothing usable among traffic and answers", given=reasons or "no files")
    zones, found, seaways = load_zones(), [], find_lanes(wanted=lanes)
    note = "the fall area is drawn from the record's ellipses: place and time are taken as independent"
    for flight in record.objects:
        fall = fall_area_of(flight)
        one = expose(fall, positions, zones, item=flight.item, danger_km=danger_km, lanes=seaways, notes=(note,))
        found.append(one)
    if not found:
        reason = record.no_estimate_reason or "it estimates no flight"
        raise InputError("the event has no fall area", given=reason, allowed="an event with objects")
    told = _with(record, tuple(found), tuple(taken.answers))
    sentences = [text for text, _ in (*traffic_sentences(told), *answer_sentences(taken.answers))]
    old = dict.fromkeys(note for one in found for note in one.notes if "left out" in note)
    sentences += [f"{note[:1].upper()}{note[1:]}." for note in old]
    return Exposed(record, tuple(found), tuple(taken.answers), tuple(sentences), taken.rejections)


def _with(event: Event, traffic: tuple[TrafficExposure, ...], answers: tuple[Answer, ...]) -> Event:
    return replace(event, traffic=traffic, answers=answers)


def read_event(path: Path | str) -> Event:
    """Return the event of an event.json. Raises InputError."""
    found = open_file(Path(path))
    if isinstance(found, InputError):
        raise found
    content = found.read(EVENT_BYTES)
    if len(content) > EVENT_BYTES:
        raise InputError("event record too large", given=found.size_bytes, allowed=f"at most {EVENT_BYTES} bytes")
    event = decode_fact("event", content)
    assert isinstance(event, Event)
    return event


def exposure_document(done: Exposed) -> dict[str, Any]:
    """Return an exposure for programs: what `exposure --json` prints."""
    return {
        "schema": EXPOSURE_SCHEMA,
        "event": done.event.id,
        "version": done.event.version,
        "objects": done.objects,
        "answers": done.answers,
        "sentences": done.sentences,
        "rejected": refused(done.rejections),
    }
