"""Compiling before the clock runs: a first run's minutes of compilation are no part of a drill."""

import numpy as np
from msgspec.structs import replace

from launchwatch.assess.protected import protected
from launchwatch.assess.reach import reach_of
from launchwatch.estimate.track.tracking import track_plots
from launchwatch.facts import PlotBlock, Provenance, TrackedState
from launchwatch.simulate.scenario import packaged_scenario, parse_scenario
from launchwatch.simulate.sensing import simulate_plots

SCENARIO = "first-minute"
"""A minute of radars and an infrared sensor goes through every kernel that a node uses."""


def warm_up() -> None:
    """Track a minute and lay out its reach: what the processes of a node then load is compiled."""
    scenario = parse_scenario(packaged_scenario(SCENARIO)[0])
    made = Provenance(author="launchwatch run.drill", created_utc=scenario.start_utc)
    plots = simulate_plots(scenario, np.random.default_rng(scenario.seed))
    blocks = [
        PlotBlock(id=plot.id, evidence="warming", sensor=plot.sensor, time_utc=plot.time_utc, plots=(plot,),
                  provenance=made)
        for plot in plots
    ]  # fmt: skip
    flights = track_plots(scenario.sensors, blocks, rng=np.random.default_rng(0), provenance=made, updates="last")
    for number, flight in enumerate(flights):
        update = replace(flight.track.updates[-1])
        state = TrackedState(id="warming", run="warming", track=number, status="confirmed", update=update, provenance=made)
        reach_of(state, protected(("KOR",)), made)
