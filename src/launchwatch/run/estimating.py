"""The job of `launchwatch estimate`: a reading document's claims to flights, launch by launch."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from launchwatch.basis.errors import InputError, NoEvidenceError
from launchwatch.estimate.fuse.posterior import Posterior, from_claims
from launchwatch.estimate.fuse.sorting import clues_of
from launchwatch.facts import Claim, Flight, Membership
from launchwatch.run.assessing import Progress, flight_fact, silent
from launchwatch.run.context import Context, Settings, new_context


@dataclass(frozen=True)
class LaunchEstimate:
    """The flights of one launch of a reading, and the `reason` why there is none of it or of one of its objects.

    `launch` is its id in the reading, None where the reading sorts none; `claims` counts those about this launch
    that the rules found, `reports` the reports that tell of it. `posteriors` are the flights' own, in their order,
    `said` the claims and `members` the reports that they are from.
    """

    launch: str | None
    country: str | None
    date: str | None
    claims: int
    reports: int
    flights: tuple[Flight, ...]
    reason: str | None = None
    posteriors: tuple[Posterior, ...] = ()
    said: tuple[Claim, ...] = ()
    members: tuple[Membership, ...] = ()


@dataclass(frozen=True)
class Estimates:
    """What `estimate_launches` found: each launch, and the reports that no launch took."""

    launches: list[LaunchEstimate]
    left: list[str]

    @property
    def flights(self) -> list[Flight]:
        """Return the flights of all launches."""
        return [flight for launch in self.launches for flight in launch.flights]


def estimate_launches(
    reading: bytes,
    *,
    country: str | None = None,
    particles: int = 4000,
    seed: int = 0,
    progress: Progress = silent,
) -> Estimates:
    """Return the flights that a reading document's claims describe (see `read`), launch by launch.

    A document without `launches` is taken to be about one. `country` is the launching state where the reading
    tells none. Claims that a model alone found are left out: they may be a second speaker of a figure that is
    counted already.

    Raises InputError for what is no reading, NoEvidenceError where its claims describe no ballistic flight.
    """
    document = _decoded(reading)
    context = new_context(Settings(particles=particles), seed=seed)
    launches = _launches(document, country)
    done = []
    for number, (launch, claims) in enumerate(launches):
        progress("estimating", number, len(launches))
        done.append(_estimate(launch, claims, context, alone=len(launches) == 1))
    if not any(one.flights for one in done):
        told = "; ".join(f"{one.launch}: {one.reason}" for one in done) or "it tells of no launch"
        raise NoEvidenceError(f"no flight can be estimated from this reading: {told}")
    left = [one.id or one.report for one in document.reports if document.launches is not None and not one.launch]
    return Estimates(done, [name or "a report without an id" for name in left])


def estimate_reading(
    reading: bytes,
    *,
    country: str | None = None,
    particles: int = 4000,
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
    outlet: str | None = None
    published: str | None = None
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


def _launches(document: _Document, country: str | None) -> list[tuple[_Launch, list[_Report]]]:
    """Return each launch with its reports; all reports as one launch where the document sorts none."""
    if document.launches is None:
        told = next((report.country for report in document.reports if report.country), None)
        claims = [claim for report in document.reports for claim in _by_rules(report)]
        date = clues_of("reading", None, claims).dated
        return [(_Launch(country=country or told, date=date), document.reports)]
    found = []
    for launch in document.launches:
        launch.country = launch.country or country
        members = set(launch.reports)
        found.append((launch, [report for report in document.reports if report.report in members]))
    return found


def _by_rules(report: _Report) -> list[Claim]:
    return [claim for claim in report.claims if "rules" in claim.found_by]


def _estimate(launch: _Launch, reports: Sequence[_Report], context: Context, *, alone: bool) -> LaunchEstimate:
    """Return one launch's estimate; of several launches one that has none does not end the others."""
    claims = [claim for report in reports for claim in _by_rules(report)]
    counted = sum(claim.about == "main" for claim in claims)
    flights: list[Flight] = []
    posteriors: list[Posterior] = []
    reasons: list[str] = []
    items = sorted({claim.item for claim in claims if claim.item is not None}) or [1]
    for item in items:
        try:
            posterior = from_claims(
                [claim for claim in claims if claim.item in (None, item)],
                country=launch.country,
                date=launch.date,
                rng=context.rng("claims", launch.date or "undated", str(item)),
                particles=context.settings.particles,
            )
        except ValueError as error:  # NoEvidenceError, or numbers that fail: the other launches go on
            if alone and len(items) == 1:
                raise
            reasons.append(str(error) if len(items) == 1 else f"object {item}: {error}")
        else:
            flights.append(flight_fact(posterior, item, context))
            posteriors.append(posterior)
    return LaunchEstimate(
        launch.id,
        launch.country,
        launch.date,
        counted,
        len(reports),
        tuple(flights),
        "; ".join(reasons) or None,
        tuple(posteriors),
        tuple(claims),
        tuple(_member(report) for report in reports),
    )


def _member(report: _Report) -> Membership:
    name = report.id or "a report without an id"
    return Membership(
        id=report.report or name,
        origin=name,
        outlet=report.outlet,
        published=report.published,
        url=report.url,
        probability=1.0,
        reason="the reading's own sorting",
    )
