"""Wiring, settings, clock and seed; live and replay share one path."""
