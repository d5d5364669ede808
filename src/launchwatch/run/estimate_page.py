"""The page of `launchwatch estimate`: each launch as an event record made from claims alone, with its samples."""

from collections.abc import Sequence
from pathlib import Path

from launchwatch.basis.errors import NoEvidenceError
from launchwatch.basis.ids import content_id
from launchwatch.channels.files import write_file
from launchwatch.estimate.fuse.posterior import launch_prior
from launchwatch.estimate.paths import sampled_paths
from launchwatch.facts import Event, Fit, Provenance
from launchwatch.geo.zones import load_zones
from launchwatch.run.assessing import EVENT_SCHEMA
from launchwatch.run.estimating import Estimates, LaunchEstimate
from launchwatch.tell.estimates import Shown, to_estimate_page
from launchwatch.tell.statement import event_title


def estimate_page(done: Estimates, fits: Sequence[Sequence[Sequence[Fit]]]) -> bytes:
    """Return the page of estimates, with how every word fits (see `run.fitting.fits_of`)."""
    shown = [_shown(one, fitted) for one, fitted in zip(done.launches, fits, strict=True)]
    return to_estimate_page(shown, load_zones())


def write_estimate_page(done: Estimates, fits: Sequence[Sequence[Sequence[Fit]]], file: Path | str) -> Path:
    """Write the page of estimates."""
    return write_file(Path(file), estimate_page(done, fits))


def _shown(one: LaunchEstimate, fits: Sequence[Sequence[Fit]]) -> Shown:
    samples = tuple(found.posterior.samples for found in one.objects)
    return Shown(_event(one), samples, tuple(tuple(fitted) for fitted in fits))


def _event(one: LaunchEstimate) -> Event:
    provenance = one.flights[0].provenance if one.flights else Provenance(author="launchwatch", created_utc="")
    return Event(
        schema=EVENT_SCHEMA,
        id=content_id("event", one.launch or "", *(flight.id for flight in one.flights)),
        version=1,
        status="actual",
        as_of_utc=provenance.created_utc,
        title=event_title(one.date, _place(one)),
        date=one.date,
        date_basis="stated or resolved in the reports",
        objects=one.flights,
        estimates=(),
        zone_probability={},
        no_estimate_reason=one.reason,
        zones_known=min((found.zones_known for found in one.objects), default=None),
        zones=tuple(zone for found in one.objects for zone in found.zones),
        exposure=(),
        claims=one.judged,
        disagreements=(),
        reports=one.members,
        paths=tuple(path for found in one.objects for path in sampled_paths(found.posterior.samples)),
        evidence=(),
        provenance=provenance,
    )


def _place(one: LaunchEstimate) -> str | None:
    try:
        area, claimed = launch_prior([judged.claim for judged in one.judged], one.country)
    except NoEvidenceError:
        return None
    within = one.country and one.country not in area.name
    return f"{area.name}, {one.country}" if claimed and within else area.name
