"""The append-only evidence log, on SQLite or PostgreSQL, and what is kept with it."""

from launchwatch.keep.filing import subject_of
from launchwatch.keep.heads import HeadSigner, check_head
from launchwatch.keep.log import EvidenceLog
from launchwatch.keep.opening import open_log
from launchwatch.keep.store import ChainedLog, EvidenceStore, Row, Verified

__all__ = [
    "ChainedLog",
    "EvidenceLog",
    "EvidenceStore",
    "HeadSigner",
    "Row",
    "Verified",
    "check_head",
    "open_log",
    "subject_of",
]
