"""Texts to readings, for tests."""

from launchwatch.facts import Provenance, Reading, Report
from launchwatch.observe.read import read_report

PROVENANCE = Provenance(author="test", created_utc="2025-01-01T00:00:00Z")


def read_text(text: str, published: str | None, language: str | None) -> Reading:
    """Return the reading of a text, published and in a language where they are given."""
    report = Report(
        id="r",
        evidence="e",
        origin="r.txt",
        text=text,
        language=language,
        published=published,
        provenance=PROVENANCE,
    )
    return read_report(report, provenance=PROVENANCE)
