"""The append-only evidence log."""

from launchwatch.keep.log import EvidenceLog, Row, Verified

__all__ = ["EvidenceLog", "Row", "Verified"]
