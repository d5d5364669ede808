"""Plots to tracks."""

from launchwatch.estimate.track.tracking import (
    TrackedFlight,
    Updates,
    finish,
    finish_briefly,
    path_points,
    state_now,
    stays_up,
    track_plots,
)

__all__ = [
    "TrackedFlight",
    "Updates",
    "finish",
    "finish_briefly",
    "path_points",
    "state_now",
    "stays_up",
    "track_plots",
]
