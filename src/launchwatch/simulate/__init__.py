"""Known truth to plots, and scoring of estimates against truth."""

from launchwatch.simulate.scenario import Scenario, packaged_scenario, packaged_scenarios, parse_scenario
from launchwatch.simulate.sensing import simulate_recording

__all__ = ["Scenario", "packaged_scenario", "packaged_scenarios", "parse_scenario", "simulate_recording"]
