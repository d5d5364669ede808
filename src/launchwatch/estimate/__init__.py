"""Plots to tracks; tracks and claims to flights and events."""
