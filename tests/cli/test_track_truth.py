"""`launchwatch track --truth`: scores on the terminal and in JSON, charts, and clear refusals."""

import json
import re

import pytest
from click.testing import CliRunner

from launchwatch.cli.main import main
from launchwatch.facts import KINDS, Scores
from tests.tell.scenes import simulated


@pytest.fixture(scope="module")
def call():
    runner = CliRunner()

    def run(*args, **kwargs):
        return runner.invoke(main, [str(arg) for arg in args], **kwargs)

    return run


@pytest.fixture(scope="module")
def recording():
    return simulated().recording


@pytest.fixture(scope="module")
def split(recording, tmp_path_factory):
    """Return the recording's plots without its truth, the truth alone, and the first 90 s of the plots."""
    folder = tmp_path_factory.mktemp("split")
    lines = recording.read_text().splitlines(keepends=True)
    blind, truth = folder / "blind.ndjson", folder / "truth.ndjson"
    blind.write_text("".join(line for line in lines if '"type":"truth"' not in line))
    truth.write_text("".join(line for line in lines if '"type":"truth"' in line))
    short = folder / "short.ndjson"
    short.write_text("".join(line for line in lines if not re.search("T03:(36:[345]|3[7-9]|4)", line)))
    return blind, truth, short


@pytest.fixture(scope="module")
def scored(call, split, tmp_path_factory):
    """Return the JSON of a blind recording scored against the truth of another file, and its charts' folder."""
    blind, truth, _ = split
    folder = tmp_path_factory.mktemp("charts")
    result = call("track", blind, "--truth", truth, "--plots", folder, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout), folder


def test_scores_in_json(scored):
    """One object, one track, most of its flight tracked; the tracks printed are still only the last update."""
    document, _ = scored
    (one,) = document["scores"]["objects"]
    assert one["object"] == "missile-1"
    assert one["tracks"] == [document["tracks"][0]["id"]]
    assert len(document["tracks"][0]["updates"]) == 1
    assert one["updates"] == len(one["course"]["time_utc"]) > 100
    assert one["longest_segment"] > 0.5
    assert document["scores"]["overall"]["siap"]["completeness"] > 0.5
    assert document["scores"]["false_tracks"] == []


def test_track_is_near_its_bound(scored):
    """Where a mode is clear the track's own sigma is the bound's; nowhere is it far below it."""
    course = scored[0]["scores"]["objects"][0]["course"]
    pairs = zip(course["position_sigma_m"], course["position_bound_m"], strict=True)
    ratios = sorted(sigma / bound for sigma, bound in pairs)
    assert 0.9 < ratios[len(ratios) // 2] < 1.5
    assert ratios[len(ratios) // 20] > 0.7


def test_scores_fit_their_schema(scored, call):
    """What is printed is a `scores` fact, of which `launchwatch schema` prints the schema."""
    import jsonschema
    import msgspec

    schema = json.loads(call("schema", "scores").stdout)
    jsonschema.validate(scored[0]["scores"], schema)
    assert KINDS["scores"] is Scores
    msgspec.convert(scored[0]["scores"], Scores)


def test_charts_are_written(scored):
    """--plots writes every chart as SVG and PNG and names them in the JSON."""
    document, folder = scored
    assert sorted(document["plots"]) == sorted(str(path) for path in folder.iterdir())
    assert len(document["plots"]) == 8


def test_scores_on_the_terminal(call, split):
    """The recording's own truth gives a table with launch and impact, and the figures of the set."""
    result = call("track", split[2], "--truth")
    assert result.exit_code == 0
    for text in ("missile-1", "over the bound", "NEES / 6", "launch (95 % ellipse)", "GOSPA", "completeness"):
        assert text in result.output


def test_without_truth_there_is_nothing_to_score(call, split):
    """A recording without truth lines ends with status 1 and says which lines are missing."""
    result = call("track", split[0], "--truth")
    assert result.exit_code == 1
    assert "no known truth to score against; given 'blind.ndjson'" in result.stderr
    assert '{"type":"truth",...}' in result.stderr
    assert result.stdout == ""


def test_plots_ask_for_truth(call, split, tmp_path):
    """--plots alone scores too, so that a recording without truth is refused and no folder is made."""
    result = call("track", split[0], "--plots", tmp_path / "charts")
    assert result.exit_code == 1
    assert not (tmp_path / "charts").exists()


def test_truth_file_that_is_not_there(call, recording, tmp_path):
    """A missing truth file is named."""
    result = call("track", recording, "--truth", tmp_path / "none.ndjson")
    assert result.exit_code == 1
    assert "none.ndjson" in result.stderr


def test_truth_of_another_day(call, split, tmp_path):
    """Truth of another day than the plots is refused, with both times."""
    _, truth, short = split
    other = tmp_path / "other.ndjson"
    other.write_text(truth.read_text().replace("2025-11-07", "2025-11-08"))
    result = call("track", short, "--truth", other)
    assert result.exit_code == 1
    assert "truth of another time than the recording's tracks; given '2025-11-08" in result.stderr


def test_broken_truth_is_refused(call, split, tmp_path):
    """A truth that is a single state, or has no instant, is refused by name, not traced back."""
    _, truth, short = split
    first = truth.read_text().splitlines()[0]
    for text, message in ((first, "truth of missile-1 is a single state"),
                          (first.replace("2025-11-07T03", "someday"), "instant cannot be read")):  # fmt: skip
        broken = tmp_path / "broken.ndjson"
        broken.write_text(text + "\n")
        result = call("track", short, "--truth", broken)
        assert result.exit_code == 1
        assert message in result.stderr


def test_truth_of_objects_that_nobody_saw(call, split, tmp_path):
    """An object without any plot is missed throughout, and told as such."""
    _, truth, short = split
    both = tmp_path / "both.ndjson"
    ghost = (
        truth.read_text().replace("missile-1", "[red]ghost").replace('"position_ecef_m":[-', '"position_ecef_m":[')
    )
    both.write_text(truth.read_text() + ghost)
    result = call("track", short, "--truth", both)
    assert result.exit_code == 0
    assert "[red]ghost" in result.output


def test_cutoff_must_be_above_nothing(call, recording):
    """A cutoff of 0 km is a wrong call."""
    assert call("track", recording, "--truth", "--cutoff-km", "0").exit_code == 2
