"""launchwatch: evidence about a missile launch in, one event record out.

    import launchwatch
    done = launchwatch.assess_evidence(["report.txt", "recording.ndjson"], "found")
    done.events[0].objects[0].range_km

The jobs of the command line are functions here: `assess_evidence`, `assess_from_log`, `read`, `track`,
`watch`, `estimate_launches`, `estimate_reading`, `zones_at`, `simulate_scenario`, `scenarios`, with
`Settings` for a run's choices. They are imported when first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from launchwatch.run.commands import (
        assess_evidence,
        assess_from_log,
        scenarios,
        simulate_scenario,
        track,
        write_plots,
        zones_at,
    )
    from launchwatch.run.context import Settings
    from launchwatch.run.estimating import estimate_launches, estimate_reading
    from launchwatch.run.exposing import exposure
    from launchwatch.run.reading import read
    from launchwatch.run.watching import watch

__all__ = [
    "Settings",
    "assess_evidence",
    "assess_from_log",
    "estimate_launches",
    "estimate_reading",
    "exposure",
    "read",
    "scenarios",
    "simulate_scenario",
    "track",
    "watch",
    "write_plots",
    "zones_at",
]


_MODULES = {
    "Settings": "context",
    "estimate_launches": "estimating",
    "estimate_reading": "estimating",
    "exposure": "exposing",
    "read": "reading",
    "watch": "watching",
}


def __getattr__(name: str) -> object:
    """Import a public name on first use, so that `import launchwatch` stays fast."""
    if name not in __all__:
        raise AttributeError(f"module 'launchwatch' has no attribute {name!r}")
    module = _MODULES.get(name, "commands")
    return getattr(import_module(f"launchwatch.run.{module}"), name)
