"""Plots to tracks."""

from launchwatch.estimate.track.tracking import (
    TrackedFlight,
    Updates,
    finish,
    finish_briefly,
    path_points,
    state_now,
    track_plots,
)

__all__ = ["TrackedFlight", "Updates", "finish", "finish_briefly", "path_points", "state_now", "track_plots"]
