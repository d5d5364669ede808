"""Evidence to events: read, track, sort, estimate, assess, tell, in one path for live and replay."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
import numpy as np

from launchwatch.assess.airspace import assess_airspace, fall_part, path_parts
from launchwatch.assess.consistency import clocks_contradict, judge, not_weighed
from launchwatch.assess.corridor import corridors, debris_corridor
from launchwatch.assess.disagreements import disagree, find_disagreements
from launchwatch.assess.falling import describe_fall, is_pointed
from launchwatch.assess.overflight import assess_overflight
from launchwatch.assess.zones import assess_zones, known_share
from launchwatch.basis.errors import NoEvidenceError
from launchwatch.basis.ids import content_id
from launchwatch.basis.instants import KOREA, moment, parse_instant
from launchwatch.estimate.fuse.leaving_out import Estimator, predict_claims, speaker_views
from launchwatch.estimate.fuse.likelihood import in_waters_of
from launchwatch.estimate.fuse.posterior import Posterior, from_claims, launch_prior, track_alone, upon_track
from launchwatch.estimate.fuse.sorting import Group, Joined
from launchwatch.estimate.paths import sampled_paths, tracked_paths, whole_paths
from launchwatch.estimate.summary import summarize
from launchwatch.estimate.track import TrackedFlight, stays_up, track_plots
from launchwatch.facts import (
    AirspaceTouch,
    Claim,
    ClaimAssessment,
    ClaimPrediction,
    Disagreement,
    Event,
    EvidenceRef,
    Exposure,
    Flight,
    FlightSamples,
    Membership,
    Overflight,
    Path,
    PathSamples,
    Reading,
    Report,
    TimedArea,
    Track,
    TrackUpdate,
    TrafficExposure,
    ZoneAssessment,
)
from launchwatch.geo.airspace import Airways, load_airports, load_airways, load_firs
from launchwatch.geo.seaways import Lanes
from launchwatch.geo.zones import Zones, load_zones
from launchwatch.observe.read import read_report
from launchwatch.run.context import Context
from launchwatch.run.exposing import NOT_ASKED, expose, find_lanes
from launchwatch.run.intake import Append, Intake
from launchwatch.run.launches import copies_of, sort_launches
from launchwatch.run.scenes import SAME_LAUNCH_S, scenes_of
from launchwatch.tell.statement import compose_statement, event_title
from launchwatch.tell.traffic import exposure_rows
from launchwatch.tell.wording import in_korean_time, say_day

EVENT_SCHEMA = "launchwatch/event/1"

Progress = Callable[[str, int, int], None]


def silent(_step: str, _done: int, _total: int) -> None:
    """Tell nobody of progress."""


@dataclass(frozen=True)
class Assessed:
    """The events of a run, and the reports that joined none, each with its reason."""

    events: list[Event]
    unassigned: list[Joined]


@dataclass
class _Launch:
    """One launch in the making: its group of reports, its tracks, the evidence of both."""

    group: Group
    tracked: list[TrackedFlight] = field(default_factory=list)
    recordings: list[str] = field(default_factory=list)


def assess_intake(intake: Intake, context: Context, append: Append, progress: Progress = silent) -> Assessed:
    """Return the events in decoded evidence, appending every step's facts as they are made.

    Raises NoEvidenceError where nothing usable came in.
    """
    if not intake.usable:
        reasons = "; ".join(f"{r.what}: {r.reason}" for r in intake.rejections[:3])
        raise NoEvidenceError("nothing usable among the evidence", given=reasons or "no files")
    readings = read_reports(intake.reports, context, append, progress)
    launches = _tracked_launches(intake, context, append, progress)
    groups, unassigned = _sort(intake.reports, readings, launches)
    events = []
    for done, group in enumerate(groups, start=1):
        progress("estimating and assessing", done - 1, len(groups))
        launch = next((item for item in launches if item.group is group), _Launch(group))
        events.append(_assess_launch(launch, intake, readings, context, append))
    progress("estimating and assessing", len(groups), len(groups))
    return Assessed(events, unassigned)


def read_reports(
    reports: Sequence[Report], context: Context, append: Append, progress: Progress = silent
) -> dict[str, Reading]:
    """Return the reading of every report, by the report's id."""
    readings = {}
    for done, report in enumerate(reports, start=1):
        reading = read_report(report, provenance=context.provenance("observe.read", (report.id,)))
        readings[report.id] = reading
        append([reading])
        progress("reading", done, len(reports))
    return readings


def _tracked_launches(intake: Intake, context: Context, append: Append, progress: Progress) -> list[_Launch]:
    """Return the launches that recordings show: tracks that rose within minutes of one another.

    Recordings of the same minutes are tracked together, since a launch seen by two sensors is one launch. Tracks
    of what is surely an aircraft or a satellite are logged and found no event.
    """
    launches: list[_Launch] = []
    for scene in scenes_of(intake):
        tracked = track_plots(
            scene.sensors,
            scene.blocks,
            rng=context.rng("track", *scene.recordings),
            provenance=context.provenance("estimate.track", scene.recordings),
            progress=lambda done, total: progress("tracking", done, total),
        )
        append([flight.track for flight in tracked])
        for flight in tracked:
            if not stays_up(flight.track.class_):
                _add_track(launches, flight, scene.recordings)
    return launches


def _add_track(launches: list[_Launch], flight: TrackedFlight, recordings: Sequence[str]) -> None:
    when = _track_time(flight.track)
    same = next((it for it in launches if abs(when - _track_time(it.tracked[0].track)) < SAME_LAUNCH_S), None)
    if same is None:
        same = _Launch(Group(None, _civil_day(flight.track)))
        launches.append(same)
    same.tracked.append(flight)
    same.recordings += [recording for recording in recordings if recording not in same.recordings]


def _civil_day(track: Track) -> str:
    """Return the day of a track's launch: in Korea's and Japan's civil time near them, in UTC elsewhere."""
    when = moment(_track_time(track))
    launch = track.launch
    far = launch is not None and not in_korean_time(launch.lat_deg, launch.lon_deg)
    return (when if far else when.astimezone(KOREA)).date().isoformat()


def _track_time(track: Track) -> float:
    launch = track.launch
    return parse_instant(launch.time_utc.median if launch and launch.time_utc else track.first_utc)


def _sort(
    reports: Sequence[Report], readings: dict[str, Reading], launches: list[_Launch]
) -> tuple[list[Group], list[Joined]]:
    """Return groups of reports; those of tracked launches stay the launches' own objects."""
    read = [(report, readings[report.id]) for report in reports]
    return sort_launches(read, copies_of(reports), [launch.group for launch in launches])


def _assess_launch(
    launch: _Launch, intake: Intake, readings: dict[str, Reading], context: Context, append: Append
) -> Event:
    posteriors, reason = _estimate(launch, context)
    flights = {basis: [flight_fact(p, item, context) for item, p in group] for basis, group in posteriors.items()}
    append([flight for group in flights.values() for flight in group])
    event = _event(launch, intake, readings, posteriors, flights, reason, context)
    append([event])
    return event


Posteriors = dict[str, list[tuple[int, Posterior]]]
_PREFERRED = ("claims and track", "track", "claims")


def _estimate(launch: _Launch, context: Context) -> tuple[Posteriors, str | None]:
    """Return the posteriors by basis, each with its object's number, and why there is none from claims."""
    group = launch.group
    name = group.date or "undated"
    found: Posteriors = {}
    claims = group.claims
    usable = [t for t in launch.tracked if t.samples is not None]
    for number, flight in enumerate(usable, start=1):
        assert flight.samples is not None
        found.setdefault("track", []).append((number, track_alone(flight.samples, flight.track.id)))
        own = [c for c in claims if c.item in (None, number)]
        if own and (len(usable) == 1 or any(c.item == number for c in own)):
            both = upon_track(flight.samples, flight.track.id, own, country=group.country, date=group.date)
            found.setdefault("claims and track", []).append((number, both))
    reason = None
    for number in sorted({c.item for c in claims if c.item is not None}) or ([1] if claims else []):
        own = [c for c in claims if c.item in (None, number)]
        try:
            posterior = from_claims(
                own,
                country=group.country,
                date=group.date,
                rng=context.rng("claims", name, str(number)),
                particles=context.settings.particles,
            )
            found.setdefault("claims", []).append((number, posterior))
        except NoEvidenceError as error:
            reason = str(error)
        except ValueError as error:  # one object's numbers fail: the record says so, and the other events go on
            reason = f"the estimate failed: {error}"
    if not found and reason is None:
        reason = "no report tells of a flight and no track shows enough of one"
    return found, reason


def flight_fact(posterior: Posterior, item: int, context: Context) -> Flight:
    """Return the flight fact of one object's posterior."""
    return summarize(
        posterior.samples,
        basis=posterior.basis,
        item=item,
        informed_by=posterior.informed_by,
        trace=posterior.trace,
        diagnostics=posterior.diagnostics,
        provenance=context.provenance("estimate.fuse", posterior.informed_by),
    )


def _event(
    launch: _Launch,
    intake: Intake,
    readings: dict[str, Reading],
    posteriors: Posteriors,
    flights: dict[str, list[Flight]],
    reason: str | None,
    context: Context,
) -> Event:
    group, zones = launch.group, load_zones()
    best = next((basis for basis in _PREFERRED if basis in flights), None)
    preferred = flights[best] if best else []
    chosen = posteriors[best] if best else []
    assessed = _zones_of(chosen, zones)
    traffic = _traffic(chosen, preferred, intake, zones, find_lanes(wanted=context.settings.lanes))
    reports = _members(launch, intake)
    evidence = _evidence_of(launch, intake)
    place = _place(group, preferred)
    airways, airways_told = find_airways() if context.settings.airways else (None, NOT_ASKED)
    below = [_below(number, posterior, launch, zones, airways) for number, posterior in chosen]
    event = Event(
        schema=EVENT_SCHEMA,
        id=content_id("event", group.date or "undated", group.country or "", *(e.sha256 for e in evidence)),
        version=1,
        status=context.settings.status,
        as_of_utc=context.as_of_utc,
        title=event_title(group.date, place),
        date=group.date,
        date_basis=_date_basis(launch),
        objects=tuple(preferred),
        estimates=tuple(f for basis in _PREFERRED if basis != best for f in flights.get(basis, [])),
        zone_probability={basis: _zone_probabilities(group_, zones) for basis, group_ in posteriors.items()},
        no_estimate_reason=None if preferred else reason,
        zones_known=_known(chosen, zones),
        zones=tuple(assessed),
        exposure=tuple(_exposure(assessed, traffic, intake, context)),
        claims=tuple(_judged(group, chosen, context)),
        disagreements=tuple(_disagreements(chosen, launch, zones, context)),
        context=tuple(c for m in group.members for c in readings[m.clues.id].context),
        reports=tuple(reports),
        recordings=tuple(_recordings(launch, intake)),
        tracks=tuple(flight.track.id for flight in launch.tracked),
        paths=tuple(_paths(chosen, launch)),
        evidence=tuple(evidence),
        rejected=tuple(r.id for r in intake.rejections if r.evidence in {e.id for e in evidence}),
        seed=context.seed,
        provenance=context.provenance("run.assessing", tuple(f.id for f in preferred)),
        areas=tuple(area for flight in launch.tracked for area in timed_areas(flight.track, MOST_AREAS)),
        overflights=tuple(one for passed, _ in below for one in passed),
        airspace=tuple(one for _, touched in below for one in touched),
        airways=airways_told if chosen else None,
        traffic=traffic,
        falls=tuple(
            words
            for (_, p), f in zip(chosen, preferred, strict=True)
            if is_pointed(f)
            for words in describe_fall(f, p.samples)
        ),
        answers=tuple(intake.answers),
    )
    return msgspec.structs.replace(event, statement=compose_statement(event, place))


def _place(group: Group, flights: Sequence[Flight]) -> str | None:
    """Return the launch area in words: the one that the estimate started from, or the launch's coordinates."""
    if group.claims:
        try:
            area, claimed = launch_prior(group.claims, group.country)
        except NoEvidenceError:
            return None
        within = group.country and group.country not in area.name
        return f"{area.name}, {group.country}" if claimed and within else area.name
    if group.country or not flights:
        return group.country
    launch = flights[0].launch
    north, east = ("N" if launch.lat_deg >= 0 else "S"), ("E" if launch.lon_deg >= 0 else "W")
    return f"{abs(launch.lat_deg):.2f} {north}, {abs(launch.lon_deg):.2f} {east}"


def _date_basis(launch: _Launch) -> str:
    if launch.tracked:
        return "the tracks' own times"
    if launch.group.date:
        return "stated or resolved in the reports"
    said = [say_day(when) for when in sorted({m.clues.when for m in launch.group.members if m.clues.when})]
    return (
        f"unresolved: the reports say {', '.join(said)} and give no date"
        if said
        else "unresolved: no report dates it"
    )


def _zones_of(chosen: Sequence[tuple[int, Posterior]], zones: Zones) -> list[ZoneAssessment]:
    """Return the assessment of every object's impact, object by object."""
    return [a for number, posterior in chosen for a in assess_zones(posterior.samples, zones, item=number)]


MOST_AREAS = 20
"""Instants of a track for which an event holds where it might fall: every few seconds of a short flight."""


def timed_areas(track: Track, most: int | None = None) -> list[TimedArea]:
    """Return where a track's object and its debris might fall, as known at its updates or at `most` of them."""
    if stays_up(track.class_):
        return []
    known = [update for update in track.updates if update.impact is not None]
    if most is not None and len(known) > most:
        known = [known[i] for i in np.unique(np.linspace(0, len(known) - 1, most).round().astype(int))]
    return corridors(known, track=track.id)


def area_of(update: TrackUpdate) -> TimedArea | None:
    """Return where an object and its debris may fall as known at one update; None where no fall is predicted."""
    return debris_corridor(update)


def find_airways() -> tuple[Airways | None, str]:
    """Return the airways of an installed package, and which, or why there are none."""
    try:
        airways = load_airways()
    except NoEvidenceError as error:
        return None, str(error)
    return airways, airways.source


def _below(
    number: int, posterior: Posterior, launch: _Launch, zones: Zones, airways: Airways | None
) -> tuple[list[Overflight], list[AirspaceTouch]]:  # fmt: skip
    """Return what one object's flight passes over and what airspace its fall and path touch."""
    samples = posterior.samples
    paths, start_s = _whole_paths(posterior, launch)
    parts = [fall_part(samples)]
    if paths is None:
        passed: list[Overflight] = []
    else:
        passed = assess_overflight(paths, zones, item=number, start_s=start_s)
        parts += path_parts(paths)
    touched = assess_airspace(parts, load_firs(), load_airports(), airways, item=number, start_s=start_s)
    return passed, touched


def _whole_paths(posterior: Posterior, launch: _Launch) -> tuple[PathSamples | None, float | None]:
    """Return draws of an object's whole path, and the instant of its lift-off where the launch is dated."""
    tracked = next((t for t in launch.tracked if t.track.id in posterior.informed_by), None)
    if tracked is not None:
        return tracked_paths(tracked), tracked.start_s
    times = posterior.samples.launch_time_s
    start_s = float(np.median(times)) if np.isfinite(times).all() else None
    return whole_paths(posterior.samples), start_s


def _zone_probabilities(group: Sequence[tuple[int, Posterior]], zones: Zones) -> dict[str, float]:
    """Return the probability that any of the objects came down in each of Japan's zones."""
    return {
        zone: round(
            1 - math.prod(1 - float(p.samples.weight @ _inside(zones, zone, p.samples)) for _, p in group), 4
        )
        for zone in ("eez:JPN", "territorial_sea:JPN", "land:JPN")
    }


def _known(chosen: Sequence[tuple[int, Posterior]], zones: Zones) -> float | None:
    """Return the least share of any object's impacts that lies where zones are known; None without an impact."""
    return round(min(known_share(p.samples, zones) for _, p in chosen), 4) if chosen else None


def _inside(zones: Zones, zone: str, samples: FlightSamples) -> np.ndarray:
    return zones.inside(zone, np.degrees(samples.impact_lon_rad), np.degrees(samples.impact_lat_rad))


def _traffic(
    chosen: Sequence[tuple[int, Posterior]],
    flights: Sequence[Flight],
    intake: Intake,
    zones: Zones,
    lanes: tuple[Lanes | None, str],
) -> tuple[TrafficExposure, ...]:
    """Return what each object's fall meant for ships and aircraft; nothing of one whose direction is not known."""
    positions = intake.positions
    return tuple(
        expose(posterior.samples, positions, zones, item=number, lanes=lanes)
        for (number, posterior), flight in zip(chosen, flights, strict=True)
        if is_pointed(flight)
    )


def _exposure(
    assessed: Sequence[ZoneAssessment],
    traffic: Sequence[TrafficExposure],
    intake: Intake,
    context: Context,
) -> list[Exposure]:
    land = [zone for zone in assessed if zone.kind == "land"]
    found = [
        Exposure(
            kind="land",
            description=" / ".join(zone.names),
            probability=zone.probability,
            as_of_utc=context.as_of_utc,
        )
        for zone in land
    ]
    return [*found, *exposure_rows(traffic, intake.answers, context.as_of_utc)]


def judge_claims(
    claims: Sequence[Claim], predictions: Iterable[ClaimPrediction], contradicting: Mapping[str, float]
) -> list[ClaimAssessment]:
    """Return every claim with its verdict, in the order given.

    `predictions` are of one launch's objects; `contradicting` holds the ids of clocks between which no flight
    fits, each with how far landing is after launch, s: where nothing else predicts them they are judged by it.
    """
    predicted: dict[str, ClaimPrediction] = {}
    for prediction in predictions:
        predicted.setdefault(prediction.claim.id, prediction)
    judged = []
    for claim in claims:
        known = predicted.get(claim.id)
        if claim.id in contradicting and (known is None or not known.tells):
            verdict = clocks_contradict(contradicting[claim.id])
        else:
            verdict = judge(known) if known else not_weighed(claim)
        observation = known.observation if known else f"{claim.attribute}/{claim.source}"
        judged.append(ClaimAssessment(claim=claim, observation=observation, consistency=verdict))
    return judged


def _judged(group: Group, chosen: Sequence[tuple[int, Posterior]], context: Context) -> list[ClaimAssessment]:
    predictions = [
        prediction
        for number, posterior in chosen
        for prediction in predict_claims(posterior, _without(group, number, posterior, context))
    ]
    contradicting = {id_: apart for _, one in chosen for id_, apart in one.timing.contradicting.items()}
    return judge_claims(group.claims, predictions, contradicting)


def _without(group: Group, number: int, posterior: Posterior, context: Context) -> Estimator | None:
    """Return what estimates one object's flight again with claims left out; None where a track outweighs them."""
    if posterior.basis != "claims":
        return None

    def estimate(left_out: list[Claim]) -> Posterior:
        return from_claims(
            [c for c in group.claims if c.item in (None, number) and c not in left_out],
            country=group.country,
            date=group.date,
            rng=context.rng("view", group.date or "undated", *(c.id for c in left_out)),
            particles=max(context.settings.particles // 2, 200),
            cruise=posterior.may_cruise,
            retries=0,  # a view is compared by medians, and told with its interval
        )

    return estimate


def _disagreements(
    chosen: Sequence[tuple[int, Posterior]], launch: _Launch, zones: Zones, context: Context
) -> list[Disagreement]:
    if not chosen:
        return []
    number, posterior = chosen[0]
    group, name = launch.group, launch.group.date or "undated"
    estimator = _without(group, number, posterior, context)
    views = speaker_views(posterior, context.rng("views", name), disagree, estimator)
    tracks = [flight.track for flight in launch.tracked]
    paths = [path for path in _paths([], launch) if path.kind == "track"]
    others = [c for c in group.claims if c.item not in (None, number)]
    return find_disagreements(views, zones, tracks, paths, _waters, others)


def _waters(state: str, samples: FlightSamples) -> float:
    return float(samples.weight @ in_waters_of(state, samples.impact_lat_rad, samples.impact_lon_rad))


def _members(launch: _Launch, intake: Intake) -> list[Membership]:
    by_id = {report.id: report for report in intake.reports}
    return [
        Membership(
            id=member.clues.id,
            origin=by_id[member.clues.id].origin,
            outlet=by_id[member.clues.id].outlet,
            published=by_id[member.clues.id].published,
            url=by_id[member.clues.id].url,
            probability=member.probability,
            reason=member.reason,
        )
        for member in launch.group.members
    ]


def _recordings(launch: _Launch, intake: Intake) -> list[Membership]:
    return [
        Membership(
            id=id_, origin=intake.evidence_of(id_).origin, probability=1.0, reason="its tracks are this launch's"
        )
        for id_ in launch.recordings
    ]


def _evidence_of(launch: _Launch, intake: Intake) -> list[EvidenceRef]:
    by_id = {report.id: report for report in intake.reports}
    ids = [*launch.recordings, *(by_id[m.clues.id].evidence for m in launch.group.members)]
    ids += [e.id for e in intake.evidence if e.kind in ("traffic", "answers")]
    found = (intake.evidence_of(id_) for id_ in dict.fromkeys(ids))
    return [EvidenceRef(id=e.id, kind=e.kind, origin=e.origin, sha256=e.sha256) for e in found]


def _paths(chosen: Sequence[tuple[int, Posterior]], launch: _Launch) -> list[Path]:
    paths = [Path(kind="track", basis="track", points=t.path) for t in launch.tracked if len(t.path) > 1]
    for _, posterior in chosen:
        if posterior.samples.path_parameters.shape[1]:
            paths += sampled_paths(posterior.samples)
    return paths
