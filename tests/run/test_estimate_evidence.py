"""Estimates from claims entered by hand, beside readings, in order of publication, and from bad figures."""

import io
import json

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from launchwatch.basis.errors import NoEvidenceError
from launchwatch.cli.main import main
from launchwatch.run.estimating import estimate_launches
from launchwatch.run.reading import read
from launchwatch.tell.samples import encode_samples

HEAD = "attribute,value,unit,source,country,date\n"
NORTH = "North Korea fired a ballistic missile on Friday, and it flew about 700 km, South Korea's military said."
LATER = "North Korea fired a ballistic missile on Friday; it rose to about 50 km, Japan's defence ministry said."


def entered(*rows, whose="North Korea,2025-11-07"):
    return ("t.csv", (HEAD + "".join(f"{row},{whose}\n" for row in rows)).encode())


def estimated(*rows, particles=400):
    (launch,) = estimate_launches(entered=[entered(*rows)], particles=particles).launches
    return launch


def verdicts(launch):
    return {(one.claim.attribute, one.claim.quote): one.consistency for one in launch.judged}


@pytest.fixture
def document(tmp_path):
    files = []
    for number, (text, published) in enumerate(((NORTH, "2025-11-07T04:00:00Z"), (LATER, "2025-11-07T09:00:00Z"))):
        files.append(tmp_path / f"{number}.json")
        files[-1].write_text(json.dumps({"text": text, "published": published}))
    return json.dumps(read(files).document).encode()


def test_entered_claims_alone_are_a_launch():
    """Claims entered by hand make a flight, and the outcome says that a person made them."""
    done = estimate_launches(entered=[entered("range_km,435 miles,,ROK JCS", "apogee_km,x,,")], particles=300)
    (launch,) = done.launches
    assert (launch.launch, launch.claims, launch.reports) == ("2025-11-07-north-korea", 1, 0)
    assert launch.flights[0].range_km.median == pytest.approx(700, rel=0.1)
    assert done.entered.status == "entered"
    assert [(one.line, one.what) for one in done.rejections] == [(3, "t.csv")]


def test_entered_claims_join_their_launch(document):
    """Beside a reading they go to the launch of their date; another date is a launch of its own."""
    own = entered("flight_time_min,12,,Japan MOD")
    other = entered("range_km,350,,Japan MOD", whose="North Korea,2025-10-24")
    done = estimate_launches(document, entered=[own, other], particles=300)
    assert [one.date for one in done.launches] == ["2025-11-07", "2025-10-24"]
    first, second = done.launches
    assert [one.claim.rule for one in first.judged].count("entered") == 1
    assert second.flights[0].range_km.median == pytest.approx(350, rel=0.1)
    lost = estimate_launches(document, entered=[own, other, entered("apogee_km,50,,", whose=",")], particles=300)
    assert "more than one launch" in lost.rejections[0].reason


def test_history_goes_from_oldest_to_newest(document):
    """After each time of publication there is a belief; the last is the whole's own posterior."""
    done = estimate_launches(
        document, entered=[entered("eez,outside,Japan,Japan MOD")], particles=300, history=True
    )
    (launch,) = done.launches
    assert [one.published and one.published[:13] for one in launch.history] == [
        "2025-11-07T04", "2025-11-07T09", None
    ]  # fmt: skip
    assert [one.added for one in launch.history] == [("0",), ("1",), ("entered by hand",)]
    first, second, last = launch.history
    assert first.claims < second.claims < last.claims == launch.claims
    assert second.apogee_km.p95 < first.apogee_km.p95
    assert last.range_km == launch.flights[0].range_km
    assert 0 <= last.inside_japan <= 1


def test_samples_are_the_posterior():
    """The Parquet table holds every sample, units in names, weights that sum to 1."""
    launch = estimated("range_km,700,,ROK JCS", "launch_time,12:35 KST,,ROK JCS")
    (one,) = launch.objects
    table = pq.read_table(io.BytesIO(encode_samples([(launch.launch, 1, one.posterior.samples)])))
    assert table.num_rows == len(one.posterior.samples)
    assert sum(table["weight"].to_pylist()) == pytest.approx(1)
    assert set(table["launch"].to_pylist()) == {"2025-11-07-north-korea"}
    assert table["launch_time_utc"][0].as_py().date().isoformat() == "2025-11-07"
    assert sorted(table["range_km"].to_pylist())[table.num_rows // 2] == pytest.approx(700, rel=0.05)


def test_the_summary_answers_everything():
    """Class, trajectory, energy, zones and earlier neighbours stand beside each flight."""
    launch = estimated("range_km,933,,ROK JCS", "apogee_km,2802,,ROK JCS", "direction,ENE,,ROK JCS")
    (one,) = launch.objects
    assert one.flight.trajectory["lofted"] > 0.9
    assert one.flight.minimum_energy_range_km.median > 4000
    assert "eez:JPN" in {zone.zone for zone in one.zones}
    assert len(one.neighbours) == 10
    assert [near.distance for near in one.neighbours] == sorted(near.distance for near in one.neighbours)
    assert all(near.flight.date < "2025-11-07" for near in one.neighbours)


@pytest.mark.parametrize(
    "row", ["range_km,40000,,KCNA", "apogee_km,225000000,,KCNA", "flight_time_min,-12,,Japan MOD"]
)
def test_an_impossible_figure_is_kept_and_not_weighed(row):
    """It has a verdict with its reason, and the flight is what the rest says; alone it is no evidence."""
    plain = estimated("range_km,>450,,ROK JCS")
    launch = estimated("range_km,>450,,ROK JCS", row)
    (verdict,) = [one for one in verdicts(launch).values() if one.verdict == "inconsistent"]
    assert "impossible, and not weighed" in verdict.reason
    assert launch.flights[0].apogee_km == plain.flights[0].apogee_km
    assert launch.flights[0].range_km == plain.flights[0].range_km
    with pytest.raises(NoEvidenceError, match="impossible figures"):
        estimated(row)


def test_a_landing_before_the_launch_tells_no_flight_time():
    """Clocks that contradict each other are kept; they tell no flight time, and the launch keeps its own."""
    launch = estimated("range_km,700,,ROK JCS", "launch_time,12:35 KST,,JCS", "landing_time,12:05 KST,,JCS")
    verdict = verdicts(launch)["landing_time", "12:05 KST"]
    assert verdict.verdict == "inconsistent"
    assert "minutes too early" in verdict.reason
    assert launch.flights[0].flight_time_s.p05 > 200
    assert launch.flights[0].launch.time_utc.median.startswith("2025-11-07T03:3")


def test_contradictory_figures_leave_both_open():
    """Of 200 and 5,000 km the posterior keeps both, not one between that nobody told."""
    launch = estimated("range_km,200,,ROK JCS", "range_km,5000,,Japan MOD")
    value = launch.flights[0].range_km
    assert value.p05 < 250
    assert value.p95 > 4500
    shares = sum(mode.share for mode in launch.flights[0].range_modes)
    assert shares > 0.8


def test_an_absurd_apogee_leaves_a_broad_posterior():
    """2 km for an intermediate-range missile: either may be wrong, and nothing is sure."""
    launch = estimated("apogee_km,2,,ROK JCS", "missile_class,IRBM,,ROK JCS")
    (flight,) = launch.flights
    assert flight.apogee_km.p95 > 20 * flight.apogee_km.p05
    assert max(flight.class_.values()) < 0.8


def test_one_claim_is_a_broad_posterior_and_none_a_refusal():
    """A class alone spans thousands of kilometres; a name alone tells of no flight."""
    value = estimated("missile_class,IRBM,,ROK JCS").flights[0].range_km
    assert value.p95 > 10 * value.p05
    with pytest.raises(NoEvidenceError, match="no claim tells how far"):
        estimated("missile_name,Hwasong-11,,KCNA")


def test_the_command_joins_all(document, tmp_path):
    """Reading, claims, history and samples go together; the output names what was refused."""
    reading, claims, samples = tmp_path / "r.json", tmp_path / "c.csv", tmp_path / "s.parquet"
    reading.write_bytes(document)
    claims.write_bytes(entered("eez,outside,Japan,Japan MOD", "apogee_km,-,,")[1])
    call = ["estimate", str(reading), "--claims", str(claims), "--history", "--samples", str(samples)]
    result = CliRunner().invoke(main, [*call, "--particles", "200", "--json"])
    assert result.exit_code == 3
    found = json.loads(result.stdout)
    assert found["entered"]["provenance"]["status"] == "entered"
    assert [one["line"] for one in found["rejected"]] == [3]
    assert len(found["launches"][0]["history"]) == 3
    assert {"zones", "neighbours", "trajectory", "launch_id"} <= set(found["flights"][0])
    assert samples.exists()
    told = CliRunner().invoke(main, [*call, "--particles", "200"]).stdout
    for words in ("what was believed", "nearest earlier flights", "trajectory:", "minimum_energy", "impact:"):
        assert words in told


@pytest.mark.parametrize(
    "call",
    [
        [],
        ["--given", "range_km"],
        ["--table", "T"],
        ["--table", "T", "--given", "a", "--predict", "b", "--history"],
    ],
)
def test_calls_that_ignore_an_option_are_wrong(call, tmp_path):
    """Nothing to estimate from, and options that would be ignored, are wrong calls."""
    path = tmp_path / "t.csv"
    path.write_text("id\n")
    assert (
        CliRunner().invoke(main, ["estimate", *(str(path) if one == "T" else one for one in call)]).exit_code == 2
    )
