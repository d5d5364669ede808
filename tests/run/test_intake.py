"""Recordings in every form reach one intake: NDJSON, Parquet, ASTERIX, captures; the sample is what it says."""

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from launchwatch.basis.errors import InputError
from launchwatch.estimate.track import track_plots
from launchwatch.feeds.files import open_file
from launchwatch.run.commands import simulate_scenario
from launchwatch.run.context import Settings, new_context
from launchwatch.run.intake import decode_file, load_sites, take_in

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "examples" / "asterix"
AS_OF = "2025-11-08T09:00:00Z"


def decoded(path, sites=None):
    context = new_context(Settings(), as_of_utc=AS_OF)
    provenance = context.provenance("test")
    return decode_file(open_file(path), load_sites(sites), as_of_utc=AS_OF, evidence="e", provenance=provenance)


def test_the_sample_capture():
    """Two radars of the shipped capture, one of them known by the table only, through midnight without a loss."""
    found = decoded(SAMPLE / "two-radars.pcap", SAMPLE / "sites.toml")
    assert found.rejections == ()
    assert [(sensor.id, sensor.scan_s) for sensor in found.sensors] == [("south-east", 5.0), ("0/1", 4.0)]
    plots = [plot for block in found.blocks for plot in block.plots]
    assert len(plots) == 320
    assert {plot.time_utc[:10] for plot in plots} == {"2025-11-07", "2025-11-08"}
    assert {block.sensor for block in found.blocks} == {"0/1", "south-east"}


def test_the_sample_without_its_table():
    """Without the table the radar that does not state its place is refused once, the other stays."""
    found = decoded(SAMPLE / "two-radars.pcap")
    (rejection,) = found.rejections
    assert "target reports of SAC 0, SIC 2 have no position" in rejection.reason
    assert "--sites" in rejection.try_
    assert [sensor.id for sensor in found.sensors] == ["0/1"]


def test_the_sample_is_of_aircraft():
    """Tracked to the end, all that the two radars saw are aircraft in level flight, and none was launched."""
    found = decoded(SAMPLE / "two-radars.ast", SAMPLE / "sites.toml")
    rng, who = np.random.default_rng(0), new_context(Settings(), as_of_utc=AS_OF).provenance("test")
    tracks = [one.track for one in track_plots(found.sensors, found.blocks, rng=rng, provenance=who)]
    assert len(tracks) >= 6
    for track in tracks:
        assert track.class_["aircraft"] > 0.9
        assert track.launch is None
        assert track.impact is None or sum(track.updates[-1].modes[name] for name in ("level", "cruise")) < 0.98
        assert np.median([update.modes["level"] for update in track.updates]) > 0.9


def test_the_sample_is_what_its_builder_makes(tmp_path):
    """The builder writes the committed bytes."""
    before = {path.name: path.read_bytes() for path in SAMPLE.iterdir()}
    subprocess.run([sys.executable, ROOT / "builders" / "asterix_sample.py"], check=True, cwd=tmp_path)
    assert {path.name: path.read_bytes() for path in SAMPLE.iterdir()} == before


def test_raw_blocks_take_the_day_before_as_of():
    """The same blocks without times of receipt give the same plots, on the last days before the run's clock."""
    raw, capture = (decoded(SAMPLE / f"two-radars.{form}", SAMPLE / "sites.toml") for form in ("ast", "pcap"))
    ids = [[plot.id for block in found.blocks for plot in block.plots] for found in (raw, capture)]
    assert ids[0] == ids[1]
    assert raw.blocks[0].plots[0].received_utc is None


def test_parquet_and_lines_are_one_recording(tmp_path):
    """A simulated recording is the same in both forms, down to the blocks."""
    made = [simulate_scenario("taegwan-2025-11-07", tmp_path, form=form) for form in ("ndjson", "parquet")]
    assert [one.recording.suffix for one in made] == [".ndjson", ".parquet"]
    lines, table = (decoded(one.recording) for one in made)
    assert lines == table
    assert sum(len(block.plots) for block in lines.blocks) == made[1].plots


def test_a_folder_of_every_form(tmp_path):
    """Captures and tables in a folder are found and logged with their sensors, blocks and rejections."""
    made = simulate_scenario("taegwan-2025-11-07", tmp_path / "simulated", form="parquet")
    (tmp_path / "air.pcap").write_bytes((SAMPLE / "two-radars.pcap").read_bytes())
    context = new_context(Settings(), as_of_utc=AS_OF)
    facts = []
    intake = take_in([tmp_path], context, facts.extend, load_sites(SAMPLE / "sites.toml"))
    recordings = {e.origin: e for e in intake.evidence if e.kind == "recording"}
    assert set(recordings) == {"air.pcap", "recording.parquet"}
    assert recordings["recording.parquet"].sha256 == hashlib.sha256(made.recording.read_bytes()).hexdigest()
    assert all(intake.blocks[e.id] for e in recordings.values())
    assert not [r for r in intake.rejections if r.evidence in {e.id for e in recordings.values()}]


@pytest.mark.parametrize(("content", "reason"), [(b"sac = 1", "names no site"), (None, "cannot be read")])
def test_a_bad_table_of_sites_ends_the_run(tmp_path, content, reason):
    """A table of sites is an argument, not evidence: what is wrong with it is an error."""
    path = tmp_path / "sites.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=reason):
        load_sites(path)
