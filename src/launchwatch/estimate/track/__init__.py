"""Plots to tracks."""

from launchwatch.estimate.track.tracking import TrackedFlight, Updates, path_points, track_plots

__all__ = ["TrackedFlight", "Updates", "path_points", "track_plots"]
