"""A reading document to flights: launch by launch, each with its own country and date."""

import json

import pytest
from click.testing import CliRunner

from launchwatch.basis.errors import InputError, NoEvidenceError
from launchwatch.cli.main import main
from launchwatch.run.estimating import estimate_launches
from launchwatch.run.reading import read

NORTH = "North Korea fired a ballistic missile on Friday, and it flew about 700 km, South Korea's military said."
SHORT = "North Korea fired a ballistic missile on Friday, and it flew about 350 km, Japan's defence ministry said."
NONE = "The weather was fine."


@pytest.fixture
def document(tmp_path):
    def made(*told):
        files = []
        for number, (text, published) in enumerate(told):
            files.append(tmp_path / f"{number}.json")
            files[-1].write_text(json.dumps({"text": text, "published": published}))
        return read(files).document

    return made


def encoded(document):
    return json.dumps(document).encode()


def test_launches_are_estimated_apart(document):
    """Launches of two days are two flights, each from its own claims; a report of none is named."""
    done = estimate_launches(
        encoded(document((NORTH, "2025-11-07"), (SHORT, "2025-10-24"), (NONE, "2025-11-07"))), particles=200
    )
    first, second = done.launches
    assert (first.launch, first.date) == ("2025-10-24-north-korea", "2025-10-24")
    assert (second.country, second.date, second.reports) == ("North Korea", "2025-11-07", 1)
    assert second.claims >= 3
    assert [len(one.flights) for one in done.launches] == [1, 1]
    near, far = (one.flights[0] for one in done.launches)
    assert not set(far.informed_by) & set(near.informed_by)
    assert near.range_km.p95 < 600 < far.range_km.p95
    assert done.left == ["2"]


def test_one_launch_without_a_flight_leaves_the_others(document):
    """A launch that tells of no flight is named with its reason, and the other is estimated."""
    told = document(
        (NORTH, "2025-11-07"),
        ("North Korea fired a ballistic missile on Friday, Seoul's military said.", "2025-10-24"),
    )
    first, second = estimate_launches(encoded(told), particles=200).launches
    assert "how far" in first.reason
    assert not first.flights
    assert (second.reason, len(second.flights)) == (None, 1)
    result = CliRunner().invoke(main, ["estimate", "-", "--particles", "200"], input=json.dumps(told))
    assert result.exit_code == 3
    assert "2025-11-07-north-korea: launch by North Korea, 2025-11-07; " in result.stdout
    assert "not estimated: no claim tells how far" in result.stdout


def test_a_document_without_launches_is_one(document):
    """What sorts no launches goes on as one launch, with the first country told."""
    told = document((NORTH, "2025-11-07"), (NORTH.replace("700", "710"), "2025-11-08"))
    del told["launches"]
    (one,) = estimate_launches(encoded(told), particles=200).launches
    assert (one.launch, one.country, one.date, one.reports) == (None, "North Korea", "2025-11-07", 2)


def test_each_flight_names_its_launch_in_json(document):
    """`--json` has launches with their counts, and each flight says which it is of."""
    told = document((NORTH, "2025-11-07"), (SHORT, "2025-10-24"), (NONE, "2025-11-07"))
    result = CliRunner().invoke(main, ["estimate", "-", "--particles", "200", "--json"], input=json.dumps(told))
    found = json.loads(result.stdout)
    assert [flight["launch_id"] for flight in found["flights"]] == [launch["id"] for launch in found["launches"]]
    assert found["unassigned"] == ["2"]
    assert {launch["reports"] for launch in found["launches"]} == {1}


def test_lines_are_told_from_a_document(document):
    """The output of `--json-lines` is refused with what to give instead."""
    rows = document((NORTH, "2025-11-07"), (SHORT, "2025-10-24"))["reports"]
    for lines in (rows, rows[:1]):
        with pytest.raises(InputError, match=r"read --json-lines.*try launchwatch read FILE --json"):
            estimate_launches("\n".join(json.dumps(row) for row in lines).encode())


def test_no_launch_is_no_flight(document):
    """A reading that tells of no launch says so."""
    with pytest.raises(NoEvidenceError, match="no launch"):
        estimate_launches(encoded(document((NONE, None))))


def test_a_direction_that_nobody_knows_is_unknown(document):
    """Where all directions are open the table gives no median of them."""
    result = CliRunner().invoke(
        main, ["estimate", "-", "--particles", "800"], input=json.dumps(document((NORTH, "2025-11-07")))
    )
    (row,) = [line for line in result.stdout.splitlines() if "azimuth_deg" in line]
    assert "unknown" in row
