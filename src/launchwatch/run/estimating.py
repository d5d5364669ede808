"""The job of `launchwatch estimate`: a reading's claims and those entered by hand to flights, launch by launch."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec

from launchwatch.assess.neighbours import Neighbour, neighbours
from launchwatch.assess.zones import assess_zones, known_share
from launchwatch.basis.errors import InputError, NoEvidenceError
from launchwatch.basis.ids import content_id, sha256_hex
from launchwatch.estimate.fuse.leaving_out import Rests
from launchwatch.estimate.fuse.likelihood import in_waters_of
from launchwatch.estimate.fuse.posterior import PARTICLES, Posterior, from_claims
from launchwatch.estimate.fuse.sorting import clues_of
from launchwatch.estimate.summary import interval
from launchwatch.facts import (
    Claim,
    ClaimAssessment,
    ClaimPrediction,
    Flight,
    Interval,
    Membership,
    Provenance,
    Rejection,
    ZoneAssessment,
)
from launchwatch.geo.zones import load_zones
from launchwatch.observe.entered import Entry, read_entered
from launchwatch.run.assessing import Progress, flight_fact, judge_claims, silent
from launchwatch.run.context import Context, Settings, new_context
from launchwatch.run.texts import rejection_of


@dataclass(frozen=True)
class ObjectEstimate:
    """One object's flight with the posterior behind it, the zones it may have come down in, and its neighbours.

    `predictions` are what the rest predicts for each claim that was weighed, from the `rests` of the posterior;
    `zones_known` is the probability that it came down where zones are known at all.
    """

    flight: Flight
    posterior: Posterior
    rests: Rests
    predictions: tuple[ClaimPrediction, ...]
    zones: tuple[ZoneAssessment, ...]
    zones_known: float
    neighbours: tuple[Neighbour, ...]


@dataclass(frozen=True)
class Belief:
    """What was believed of one object once all that had been published by a time had come.

    `published` is when, None for what states no time (told last); `added` are the reports that came then; `claims`
    counts all so far. Intervals are None, with the `reason`, where no flight could be estimated yet.
    """

    item: int
    published: str | None
    added: tuple[str, ...]
    claims: int
    range_km: Interval | None = None
    apogee_km: Interval | None = None
    flight_time_s: Interval | None = None
    inside_japan: float | None = None
    converged: bool | None = None
    reason: str | None = None


@dataclass(frozen=True)
class LaunchEstimate:
    """The flights of one launch of a reading, and the `reason` why there is none of it or of one of its objects.

    `launch` is its id in the reading, None where the reading sorts none; `claims` counts those about this launch
    that the rules found or a person entered, `reports` the reports that tell of it. `judged` holds every claim
    with its verdict, `history` what was believed as reports came, where it was asked for; `members` are its
    reports.
    """

    launch: str | None
    country: str | None
    date: str | None
    claims: int
    reports: int
    objects: tuple[ObjectEstimate, ...]
    reason: str | None = None
    judged: tuple[ClaimAssessment, ...] = ()
    history: tuple[Belief, ...] = ()
    members: tuple[Membership, ...] = ()

    @property
    def flights(self) -> tuple[Flight, ...]:
        """Return the flights of its objects."""
        return tuple(one.flight for one in self.objects)


@dataclass(frozen=True)
class Estimates:
    """What `estimate_launches` found: each launch, the reports that no launch took, and what a person entered."""

    launches: list[LaunchEstimate]
    left: list[str]
    entries: list[Entry] = field(default_factory=list)
    entered: Provenance | None = None
    rejections: list[Rejection] = field(default_factory=list)

    @property
    def flights(self) -> list[Flight]:
        """Return the flights of all launches."""
        return [flight for launch in self.launches for flight in launch.flights]


def estimate_launches(
    reading: bytes | None = None,
    *,
    entered: Sequence[tuple[str, bytes]] = (),
    country: str | None = None,
    particles: int = PARTICLES,
    seed: int = 0,
    history: bool = False,
    progress: Progress = silent,
) -> Estimates:
    """Return the flights that a reading document's claims and those entered by hand describe, launch by launch.

    `reading` is what `read` makes; a document without `launches` is taken to be about one. `entered` are tables of
    claims (see `observe.entered`), each with its name: a row goes to the launch of its date and country, and where
    there is one launch, to that. `country` is the launching state where nothing else tells it. Claims that a model
    alone found are left out: they may be a second speaker of a figure that is counted already. With `history` each
    launch is estimated again after each time of publication.

    Raises InputError for what is no reading or table, NoEvidenceError where the claims describe no ballistic
    flight.
    """
    context = new_context(Settings(particles=particles), seed=seed)
    launches, left = _of_reading(reading, country) if reading is not None else ([], [])
    entries, rejections = _take_entered(entered, context)
    rejections += [_refusal(context, line, error) for line, error in _sort_entries(entries, launches, country)]
    done = []
    for number, launch in enumerate(launches):
        progress("estimating", number, len(launches))
        alone = len(launches) == 1 and not rejections
        done.append(_estimate(launch, context, alone=alone, history=history))
    if not any(one.flights for one in done):
        told = "; ".join(f"{one.launch or 'the launch'}: {one.reason}" for one in done) or "it tells of no launch"
        refused = f"; {len(rejections)} rows refused, first: {rejections[0].reason}" if rejections else ""
        what = "this reading" if not entered else "these claims"
        raise NoEvidenceError(f"no flight can be estimated from {what}: {told}{refused}")
    taken = [entry for launch in launches for _, entry in launch.entries]
    by_hand = _provenance(context, [name for name, _ in entered]) if entered else None
    return Estimates(done, left, taken, by_hand, rejections)


def _provenance(context: Context, tables: Sequence[str]) -> Provenance:
    """Return who made entered claims: a person, in the tables named; this run only took them in."""
    return Provenance(author=f"a person, in {', '.join(tables)}", created_utc=context.as_of_utc, status="entered")


def estimate_reading(
    reading: bytes,
    *,
    country: str | None = None,
    particles: int = PARTICLES,
    seed: int = 0,
    progress: Progress = silent,
) -> list[Flight]:
    """Return the flights of all launches of a reading document, one for each object (see `estimate_launches`)."""
    return estimate_launches(reading, country=country, particles=particles, seed=seed, progress=progress).flights


class _Report(msgspec.Struct):
    claims: list[Claim]
    country: str | None = None
    id: str | None = None
    report: str | None = None
    launch: str | None = None
    published: str | None = None
    outlet: str | None = None
    url: str | None = None


class _Launch(msgspec.Struct):
    id: str | None = None
    country: str | None = None
    date: str | None = None
    reports: list[str] = []


class _Document(msgspec.Struct):
    reports: list[_Report]
    launches: list[_Launch] | None = None


def _decoded(reading: bytes) -> _Document:
    try:
        return msgspec.json.decode(reading, type=_Document)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        if _is_lines(reading):
            raise InputError(
                "this is what `read --json-lines` prints", try_="launchwatch read FILE --json"
            ) from None
        raise InputError(f"this is no reading: {error}", try_="launchwatch read FILE --json") from None


def _is_lines(reading: bytes) -> bool:
    try:
        first = msgspec.json.decode(reading.lstrip().partition(b"\n")[0])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return isinstance(first, dict) and "claims" in first and "reports" not in first


@dataclass
class _Gathered:
    """One launch in the making: whose and when, its reports, and the entered claims, each with its table."""

    id: str | None
    country: str | None
    date: str | None
    reports: list[_Report] = field(default_factory=list)
    entries: list[tuple[str, Entry]] = field(default_factory=list)

    @property
    def claims(self) -> list[Claim]:
        """Return all claims that are weighed, the reports' first."""
        read = [claim for report in self.reports for claim in _by_rules(report)]
        return [*read, *(entry.claim for _, entry in self.entries)]


def _of_reading(reading: bytes, country: str | None) -> tuple[list[_Gathered], list[str]]:
    """Return each launch with its reports, all reports as one where the document sorts none, and what is left."""
    document = _decoded(reading)
    if document.launches is None:
        told = next((report.country for report in document.reports if report.country), None)
        claims = [claim for report in document.reports for claim in _by_rules(report)]
        return [_Gathered(None, country or told, clues_of("reading", None, claims).dated, document.reports)], []
    found = []
    for launch in document.launches:
        members = set(launch.reports)
        reports = [report for report in document.reports if report.report in members]
        found.append(_Gathered(launch.id, launch.country or country, launch.date, reports))
    left = [_name(one) for one in document.reports if not one.launch]
    return found, left


def _name(report: _Report) -> str:
    return report.id or report.report or "a report without an id"


Entered = tuple[str, Entry]


def _take_entered(tables: Sequence[tuple[str, bytes]], context: Context) -> tuple[list[Entered], list[Rejection]]:
    """Return the entries of tables with the table's name, and what of them is refused."""
    entries, rejections = [], []
    for name, data in tables:
        evidence = content_id("evidence", sha256_hex(data))
        for line, one in read_entered(data, evidence=evidence):
            if isinstance(one, Entry):
                entries.append((name, one))
            else:
                rejections.append(_refusal(context, (name, evidence, line), one))
    return entries, rejections


def _refusal(context: Context, where: tuple[str, str, int], error: InputError) -> Rejection:
    name, evidence, line = where
    made = rejection_of(context, evidence, f"{name}:{line}", error)
    return msgspec.structs.replace(made, what=name, line=line)


def _sort_entries(
    entries: Sequence[Entered], launches: list[_Gathered], country: str | None
) -> Iterator[tuple[tuple[str, str, int], InputError]]:
    """Give entered claims to their launches, those that are dated first, and yield the ones that fit none."""
    dated = [one for one in entries if one[1].date is not None]
    for name, entry in [*dated, *(one for one in entries if one[1].date is None)]:
        fit = [launch for launch in launches if _fits(entry, launch)]
        if not fit and (entry.date is not None or not launches):
            whose = entry.country or country
            fit = [_Gathered(_key(entry.date, whose), whose, entry.date)]
            launches += fit
        if len(fit) != 1:
            yield (name, entry.claim.report, entry.line), _unplaced(entry, fit or launches)
            continue
        fit[0].country = fit[0].country or entry.country
        fit[0].entries.append((name, entry))
    for launch in launches:
        if launch.date is None and launch.entries:
            launch.date = clues_of("entered", None, [entry.claim for _, entry in launch.entries]).dated
            launch.id = launch.id if launch.reports else _key(launch.date, launch.country)


def _fits(entry: Entry, launch: _Gathered) -> bool:
    if entry.date is not None and launch.date is not None and entry.date != launch.date:
        return False
    if entry.date is not None and launch.date is None and not launch.reports:
        return False
    told = entry.country is not None and launch.country is not None
    return not told or str(entry.country).casefold() == str(launch.country).casefold()


def _unplaced(entry: Entry, launches: Sequence[_Gathered]) -> InputError:
    allowed = "; ".join(f"{one.date or 'undated'}, {one.country or 'a state not told'}" for one in launches[:6])
    given = ", ".join(told for told in (entry.date, entry.country) if told) or "neither date nor country"
    return InputError(
        "it fits more than one launch or none", given=given, allowed=allowed, try_="the columns date and country"
    )


def _key(date: str | None, country: str | None) -> str:
    return f"{date or 'undated'}-{re.sub(r'[^a-z]+', '-', (country or 'unknown').casefold())}"


def _by_rules(report: _Report) -> list[Claim]:
    return [claim for claim in report.claims if claim.found_by != ("model",)]


def _estimate(launch: _Gathered, context: Context, *, alone: bool, history: bool) -> LaunchEstimate:
    """Return one launch's estimate; of several launches one that has none does not end the others."""
    claims = launch.claims
    counted = sum(claim.about == "main" for claim in claims)
    objects: list[ObjectEstimate] = []
    reasons: list[str] = []
    items = _items(claims)
    for item in items:
        try:
            objects.append(_object(_posterior(launch, claims, item, context), launch, item, context))
        except (ValueError, ArithmeticError) as error:  # NoEvidenceError, or numbers that fail: the others go on
            if alone and len(items) == 1:
                raise
            reasons.append(str(error) if len(items) == 1 else f"object {item}: {error}")
    return LaunchEstimate(
        launch.id,
        launch.country,
        launch.date,
        counted,
        len(launch.reports),
        tuple(objects),
        "; ".join(reasons) or None,
        tuple(_judged(claims, objects)),
        tuple(_history(launch, items, context)) if history else (),
        tuple(map(_member, launch.reports)),
    )


def _judged(claims: Sequence[Claim], objects: Sequence[ObjectEstimate]) -> list[ClaimAssessment]:
    predictions = [prediction for one in objects for prediction in one.predictions]
    contradicting = {id_: apart for one in objects for id_, apart in one.posterior.timing.contradicting.items()}
    return judge_claims(claims, predictions, contradicting)


def _member(report: _Report) -> Membership:
    return Membership(
        id=report.report or _name(report),
        origin=_name(report),
        outlet=report.outlet,
        published=report.published,
        url=report.url,
        probability=1.0,
        reason="the reading's own sorting",
    )


def _items(claims: Sequence[Claim]) -> list[int]:
    return sorted({claim.item for claim in claims if claim.item is not None}) or [1]


def _posterior(launch: _Gathered, claims: Sequence[Claim], item: int, context: Context) -> Posterior:
    return from_claims(
        [claim for claim in claims if claim.item in (None, item)],
        country=launch.country,
        date=launch.date,
        rng=context.rng("claims", launch.date or "undated", str(item)),
        particles=context.settings.particles,
    )


_MOST_PARTICLES_AGAIN = 1000


def _object(posterior: Posterior, launch: _Gathered, item: int, context: Context) -> ObjectEstimate:
    flight, zones = flight_fact(posterior, item, context), load_zones()

    def estimate(left_out: list[Claim]) -> Posterior:
        return from_claims(
            [claim for claim in launch.claims if claim.item in (None, item) and claim not in left_out],
            country=launch.country,
            date=launch.date,
            rng=context.rng("without", launch.date or "undated", str(item), *(claim.id for claim in left_out)),
            particles=min(context.settings.particles, _MOST_PARTICLES_AGAIN),
            cruise=posterior.may_cruise,
            retries=0,  # too few flights that fit leave the claim untestable, which is told
        )

    rests = Rests(posterior, estimate)
    return ObjectEstimate(
        flight,
        posterior,
        rests,
        tuple(rests.predictions()),
        tuple(assess_zones(posterior.samples, zones, item=item)),
        round(known_share(posterior.samples, zones), 4),
        # Published flights are ballistic: what likely never burnt out has no neighbour.
        tuple(neighbours(flight, before=launch.date)) if flight.burnout is not None else (),
    )


def _history(launch: _Gathered, items: Sequence[int], context: Context) -> Iterator[Belief]:
    """Yield what was believed of each object after each time of publication; the same draws as the whole's."""
    so_far: list[Claim] = []
    for published, added, claims in _steps(launch):
        so_far += claims
        for item in items:
            told = sum(claim.about == "main" and claim.item in (None, item) for claim in so_far)
            try:
                posterior = _posterior(launch, so_far, item, context)
            except ValueError as error:
                yield Belief(item, published, added, told, reason=str(error))
                continue
            samples = posterior.samples
            inside = in_waters_of("JPN", samples.impact_lat_rad, samples.impact_lon_rad)
            yield Belief(
                item,
                published,
                added,
                told,
                interval(samples.range_m, samples.weight, 1e-3),
                interval(samples.apogee_m, samples.weight, 1e-3),
                interval(samples.flight_time_s, samples.weight),
                round(float(samples.weight @ inside), 4),
                posterior.diagnostics.converged,
            )


def _steps(launch: _Gathered) -> Iterator[tuple[str | None, tuple[str, ...], list[Claim]]]:
    """Yield times of publication, oldest first, with the reports and claims of each; what has none comes last."""
    times: dict[float, list[_Report]] = {}
    untimed = []
    for report in launch.reports:
        known = _published_s(report.published)
        if known is None:
            untimed.append(report)
        else:
            times.setdefault(known, []).append(report)
    for _, reports in sorted(times.items()):
        yield reports[0].published, tuple(map(_name, reports)), [c for one in reports for c in _by_rules(one)]
    entered = [entry.claim for _, entry in launch.entries]
    if untimed or entered:
        names = tuple(map(_name, untimed)) + (("entered by hand",) if entered else ())
        yield None, names, [*(c for one in untimed for c in _by_rules(one)), *entered]


def _published_s(stated: str | None) -> float | None:
    """Return when a report was out, UTC where it names no zone: of a day alone, its end."""
    if not stated:
        return None
    try:
        when = datetime.fromisoformat(stated)
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        return (when + timedelta(days=1) if len(stated) <= 10 else when).timestamp()
    except (ValueError, OverflowError):
        return None
