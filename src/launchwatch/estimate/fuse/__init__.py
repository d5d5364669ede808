"""Claims and tracks to one posterior per flight, and reports to events."""
