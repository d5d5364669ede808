"""Scenarios for exercises: moved to another time, and their recordings parted by whose sensors they are."""

from collections.abc import Iterator, Sequence

import numpy as np
from msgspec.structs import replace

from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.facts import Sensor, TruthState, recording_line
from launchwatch.simulate.scenario import Scenario
from launchwatch.simulate.sensing import simulate_plots, simulate_truth

NOBODY = "nobody"
"""The owner of a sensor that names none."""


def moved(scenario: Scenario, start_s: float) -> Scenario:
    """Return a scenario that begins at another time (Unix, s): every launch is moved with it."""
    by_s = start_s - parse_instant(scenario.start_utc)
    launches = tuple(
        replace(one, time_utc=format_instant(parse_instant(one.time_utc) + by_s)) for one in scenario.launches
    )
    return replace(scenario, start_utc=format_instant(start_s), launches=launches)


def owner_of(sensor: Sensor) -> str:
    """Return whose a sensor is."""
    return sensor.owner or NOBODY


def recordings_by_owner(scenario: Scenario, seed: int | None = None) -> dict[str, list[bytes]]:
    """Return the lines of each owner's recording, sensors first, then plots in order of time; without truth.

    All owners' sensors draw as in `simulate_recording`: parting a scenario changes no plot.
    """
    rng = np.random.default_rng(scenario.seed if seed is None else seed)
    owners = {sensor.id: owner_of(sensor) for sensor in scenario.sensors}
    lines: dict[str, list[bytes]] = {owner: [] for owner in owners.values()}
    for sensor in scenario.sensors:
        lines[owner_of(sensor)].append(recording_line(sensor))
    for plot in simulate_plots(scenario, rng):
        lines[owners[plot.sensor]].append(recording_line(plot))
    return lines


def truths(scenario: Scenario) -> Iterator[tuple[str, Sequence[TruthState]]]:
    """Yield each object with its true states in order of time, from lift-off to the fall."""
    states: dict[str, list[TruthState]] = {launch.object: [] for launch in scenario.launches}
    for state in simulate_truth(scenario):
        states[state.object].append(state)
    yield from states.items()
