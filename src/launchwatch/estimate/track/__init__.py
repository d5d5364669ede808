"""Plots to tracks."""

from launchwatch.estimate.track.tracking import TrackedFlight, track_plots

__all__ = ["TrackedFlight", "track_plots"]
