"""Validation: annotated reports beside the repository, scored by their own scorer.

The annotations were made by others. Only `text`, `outlet`, `published`, `url` and `language` of a file reach the
reader. Without the folder `shared` beside the repository these tests are skipped.
"""

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from launchwatch.facts import Provenance
from launchwatch.observe.read import read_report
from launchwatch.observe.reports import decode_report
from tests.conftest import SHARED

pytestmark = pytest.mark.skipif(
    not (SHARED / "reports").is_dir(), reason="no folder 'shared' with annotated reports beside the repository"
)
PROVENANCE = Provenance(author="test", created_utc="2025-01-01T00:00:00Z")
EVERY_KIND_IN_SEEDS = {
    "visit",
    "summit",
    "sanctions",
    "statement",
    "carrier_arrival",
    "missile_test",
    "meeting",
    "invitation",
}


def readings(pattern: str) -> dict[Path, dict]:
    found = {}
    for path in sorted((SHARED / "reports").glob(pattern)):
        report = decode_report(path.read_bytes(), origin=path.name, evidence=path.stem, provenance=PROVENANCE)
        found[path] = msgspec.to_builtins(read_report(report, provenance=PROVENANCE))
    return found


def scored(folder: Path, pattern: str) -> tuple[dict, str]:
    """Return the scorer's summary for some reports and its list of errors."""
    gold = folder / "gold"
    gold.mkdir()
    found = readings(pattern)
    for path in found:
        (gold / path.name).write_bytes(path.read_bytes())
    predicted = folder / "predicted.json"
    predicted.write_text(json.dumps({"schema": "test", "reports": list(found.values())}), encoding="utf-8")
    command = [sys.executable, str(SHARED / "tools" / "score_claims.py"), str(gold), str(predicted)]
    output = subprocess.run([*command, "--json"], capture_output=True, text=True, check=True).stdout
    errors = subprocess.run([*command, "--errors"], capture_output=True, text=True, check=True).stdout
    return json.loads(output)["total"], errors


def test_the_two_originals_are_read_completely(tmp_path):
    """Every required claim of the originals is found with its speaker; no span is bad; context is found."""
    total, errors = scored(tmp_path, "seed-*.json")
    assert total["reports"] == 2, "both originals must be there"
    assert (total["recall"], total["speaker"], total["bad_spans"]) == (1.0, 1.0, 0), errors
    found, annotated = total["context"].split("/")
    assert found == annotated, errors


def test_every_kind_of_context_is_found_in_the_originals():
    """Each kind of event that the originals tell is found in them."""
    kinds = {event["kind"] for reading in readings("seed-*.json").values() for event in reading["context"]}
    assert kinds >= EVERY_KIND_IN_SEEDS


def test_a_weekday_without_a_publication_date_stays_a_weekday():
    """The originals carry no date: their 'Friday' is not turned into a day."""
    for path, reading in readings("seed-*.json").items():
        days = {claim["value"] for claim in reading["claims"] if claim["attribute"] == "event_date"}
        assert days == {"Friday"}, path.name


def test_the_whole_set_is_read_well(tmp_path):
    """Over all annotated reports value F1 is at least 0.90, full F1 at least 0.85, and no span is bad."""
    total, errors = scored(tmp_path, "*.json")
    assert total["absent"] == 0
    assert total["bad_spans"] == 0
    assert total["f1_value"] >= 0.90, errors
    assert total["f1_full"] >= 0.85, errors
