"""Events for tests of what is told: assessed from the packaged scenario and from claims alone, once a session."""

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from launchwatch.run.commands import assess_evidence, simulate_scenario
from launchwatch.run.context import Settings

AS_OF = "2025-11-07T09:00:00Z"


@cache
def simulated():
    return simulate_scenario("taegwan-2025-11-07", Path(mkdtemp()))


@cache
def tracked_event():
    """Return the event of the packaged recording and reports together."""
    made = simulated()
    return assess_evidence(
        [made.recording, *made.reports], as_of_utc=AS_OF, settings=Settings(particles=1000)
    ).events[0]


@cache
def claimed_event():
    """Return the event of the packaged reports alone."""
    return assess_evidence(simulated().reports, as_of_utc=AS_OF, settings=Settings(particles=1000)).events[0]
