"""The benchmark's scores: each kind of error by an example; agreement with the scorer beside the repository."""

import json
import subprocess
import sys

import msgspec
import pytest
from benchmarks import claim_scores

from launchwatch.facts import Provenance
from launchwatch.observe.read import read_report
from launchwatch.observe.reports import decode_report

PROVENANCE = Provenance(author="test", created_utc="2025-01-01T00:00:00Z")
TEXT = "It flew 700 km from the Sinpo area of South Hamgyong, Japan's ministry said."
FLOWN = {"attribute": "range_km", "value": 700, "source": "Japan MOD", "about": "main", "quote": "700 km"}
PLACE = {
    "attribute": "launch_area",
    "value": "the Sinpo area of South Hamgyong",
    "source": "Japan MOD",
    "about": "main",
    "quote": "the Sinpo area of South Hamgyong",
}


def read(want, **changes):
    """Return the claim that was read for an annotated one, with what was read otherwise."""
    quote = changes.get("quote", want["quote"])
    start = TEXT.index(quote)
    return {**want, "span": [start, start + len(quote)], **changes}


def scored(wanted, claims):
    report = {"text": TEXT, "language": "en", "published": "2025-11-08", "claims": wanted}
    return claim_scores.score([("one", report, claims, [])])


CASES = [
    ([FLOWN], [read(FLOWN)], []),
    ([FLOWN], [read(FLOWN, source="South Korea JCS")], ["wrong speaker"]),
    ([FLOWN], [read(FLOWN, source="outlet")], ["speaker lost"]),
    ([{**FLOWN, "source": "outlet"}], [read(FLOWN)], ["speaker invented"]),
    ([FLOWN], [read(FLOWN, about="previous")], ["wrong launch"]),
    ([FLOWN], [read(FLOWN, polarity="denied")], ["wrong polarity"]),
    ([FLOWN], [read(FLOWN, value=70)], ["wrong value"]),
    ([FLOWN], [], ["missed"]),
    ([FLOWN], [read(FLOWN, value=20, quote="from the")], ["invented one", "missed one"]),
    ([FLOWN, {**FLOWN, "source": "South Korea JCS"}], [read(FLOWN)], ["one speaker of two"]),
    ([FLOWN], [read(FLOWN), read(FLOWN, source="South Korea JCS")], ["repeated"]),
    ([], [read(FLOWN)], ["invented"]),
    ([{**FLOWN, "hedge": "likely"}], [read(FLOWN)], ["hedge missed"]),
    ([PLACE], [read(PLACE, value="Sinpo", quote="Sinpo")], ["other extent"]),
    ([{**FLOWN, "optional": True}], [], []),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "claims", "kinds"), CASES)
def test_each_error_has_one_kind(wanted, claims, kinds):
    """A claim that is read wrongly, not at all or too often counts once, under the kind of its error."""
    errors = scored(wanted, claims)["errors"]
    assert sorted(errors) == kinds
    assert all(rows["en"] for rows in errors.values())


def test_rates_are_those_of_the_counts():
    """A speaker lost costs the full score alone; a claim invented costs precision, one missed recall."""
    found = scored([FLOWN, PLACE], [read(FLOWN, source="outlet"), read(FLOWN, value=3, quote="flew")])
    rates = found["scores"]["en"]["all"]
    assert rates["value"] == {"precision": 0.5, "recall": 0.5, "f1": 0.5}
    assert rates["full"]["f1"] == 0.0
    assert found["scores"]["en"]["launch_area"]["missed"] == 1


def test_scores_agree_with_the_scorer_beside_the_repository(tmp_path, shared):
    """Counts and rates are those of the scorer that came with the annotated reports, to the last digit."""
    rows, readings = [], []
    for path in sorted((shared / "reports").glob("*.json")):
        report = decode_report(path.read_bytes(), origin=path.name, evidence=path.stem, provenance=PROVENANCE)
        reading = msgspec.to_builtins(read_report(report, provenance=PROVENANCE))
        readings.append(reading)
        rows.append((path.stem, json.loads(path.read_text()), reading["claims"], reading["context"]))
    predicted = tmp_path / "predicted.json"
    predicted.write_text(json.dumps({"reports": readings}))
    scorer = shared / "tools" / "score_claims.py"
    command = [sys.executable, str(scorer), str(shared / "reports"), str(predicted), "--json"]
    theirs = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    ours = claim_scores.score(rows)
    columns = {"all": theirs["total"], **theirs["by_attribute"]}
    assert set(ours["scores"]["all"]) == set(columns)
    for name, rates in columns.items():
        one = ours["scores"]["all"][name]
        value = one["value"]["precision"], one["value"]["recall"], one["value"]["f1"], one["full"]["f1"]
        assert value == (rates["precision"], rates["recall"], rates["f1_value"], rates["f1_full"]), name
        assert (one["found"] + one["missed"], one["extra"]) == (rates["gold"], rates["extra"]), name
