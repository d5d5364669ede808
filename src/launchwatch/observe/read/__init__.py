"""The reader: reports to attributed, normalised, anchored claims."""

from launchwatch.observe.read.engine import read_report

__all__ = ["read_report"]
