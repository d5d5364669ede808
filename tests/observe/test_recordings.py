"""Recordings: every bad line becomes a rejection with its reason, and the rest goes on."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launchwatch.facts import Provenance
from launchwatch.observe.recordings import LATE_S, MOST_ALIKE, decode_recording

WHO = Provenance(author="test", created_utc="2025-11-07T03:35:00Z")
RADAR = {
    "type": "sensor", "id": "R1", "kind": "radar", "lat_deg": 38.0, "lon_deg": 128.4, "height_m": 300.0,
    "sigma_range_m": 30.0, "sigma_azimuth_deg": 0.1, "sigma_elevation_deg": 0.1, "scan_s": 2.0,
}  # fmt: skip
INFRARED = {
    "type": "sensor", "id": "I1", "kind": "infrared", "position_ecef_m": [-1.8e7, 3.8e7, 0.0],
    "sigma_los_rad": 2e-5, "scan_s": 5.0,
}  # fmt: skip


def plot(number=1, second=0.0, **changes):
    fields = {
        "type": "plot", "id": f"p{number}", "sensor": "R1", "time_utc": f"2025-11-07T03:35:{second:09.6f}Z",
        "range_m": 4e5, "azimuth_deg": 300.0, "elevation_deg": 5.0,
    }  # fmt: skip
    return {**fields, **changes}


def decode(*lines):
    data = [line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n" for line in lines]
    return decode_recording(data, evidence="e", provenance=WHO)


BAD = [
    (plot(sensor="R9"), "unknown sensor"),
    (plot(range_m=-4e5), "range_m out of range"),
    (plot(range_m=0.0), "range_m out of range"),
    (plot(range_m=9e9), "range_m out of range"),
    (plot(azimuth_deg=400.0), "azimuth_deg out of range"),
    (plot(elevation_deg=-91.0), "elevation_deg out of range"),
    (plot(range_m=None), "a radar plot needs"),
    (plot(time_utc="2025-11-07T03:35:00"), "no time zone"),
    (plot(time_utc="noon"), "instant cannot be read"),
    (plot(range_rate_m_s=3.0), "without sigma_range_rate_m_s"),
    (plot(range_m="400 km"), "Expected `float"),
    (plot(surprise=1), "unknown field"),
    (
        b'{"type":"plot","id":"p1","sensor":"R1","time_utc":"2025-11-07T03:35:00Z","range_m":NaN}\n',
        "no JSON object",
    ),
    (b'{"type":"plot","id":"p1","sen', "no JSON object"),
    (b"\xff\xfe\x00garbage\n", "no JSON object"),
    (b"[1,2,3]\n", "unknown type of line"),
    ({"type": "aim"}, "unknown type of line"),
    (b'{"type":"plot","x":"' + b"y" * 70_000 + b'"}\n', "line too long"),
    ({**RADAR, "id": "R2", "sigma_range_m": None}, "a radar needs sigma_range_m"),
    ({**RADAR, "id": "R2", "lat_deg": 138.0}, "lat_deg out of range"),
    ({**RADAR, "id": "R2", "scan_s": 0.0}, "scan period"),
    ({**RADAR, "id": "R2", "detection_probability": 1.5}, "detection probability"),
    ({**RADAR, "height_m": 5.0}, "described differently"),
    ({**INFRARED, "id": "I2", "position_ecef_m": [1.0, 2.0, 3.0]}, "inside the earth"),
    (plot(sensor="I1", los_ecef=[1.0, 1.0, 0.0]), "no unit vector"),
    (plot(sensor="I1"), "needs los_ecef"),
]


@pytest.mark.parametrize(("line", "reason"), BAD, ids=[reason for _, reason in BAD])
def test_bad_lines_are_rejected_with_their_reason(line, reason):
    """One bad line among good ones is rejected with line number and reason; the good plots stay."""
    found = decode(RADAR, INFRARED, plot(10, 0.0), line, plot(11, 2.0))
    assert [p.id for block in found.blocks for p in block.plots] == ["p10", "p11"]
    (rejection,) = found.rejections
    assert reason in rejection.reason
    assert rejection.line == 4


def test_time_going_backwards():
    """A plot a little late is put in its place; one beyond the lag is rejected with how late it was."""
    late = LATE_S - 1
    found = decode(RADAR, plot(1, 40.0), plot(2, 40.0 - late), plot(3, 40.0 - LATE_S - 2))
    assert [p.id for block in found.blocks for p in block.plots] == ["p2", "p1"]
    assert "time goes backwards: 32.0 s" in found.rejections[0].reason


def test_duplicates_are_taken_once():
    """The second plot with an id is rejected; it does not count twice."""
    found = decode(RADAR, plot(1), plot(1))
    assert sum(len(block.plots) for block in found.blocks) == 1
    assert "duplicate" in found.rejections[0].reason


def test_blocks_are_scans():
    """Plots of one scan period of one sensor make one block, in order of time."""
    found = decode(RADAR, *(plot(i, 0.5 * i) for i in range(9)))
    assert [len(block.plots) for block in found.blocks] == [4, 4, 1]
    assert [block.time_utc[17:21] for block in found.blocks] == ["00.0", "02.0", "04.0"]


def test_many_alike_are_counted():
    """A thousand lines refused for one reason make a hundred and one rejections, the last with the count."""
    found = decode(RADAR, *[b"garbage\n"] * 1000)
    assert len(found.rejections) == MOST_ALIKE + 1
    assert "(900 more lines)" in found.rejections[-1].reason


def test_empty_recording_is_empty():
    """Nothing in, nothing out, no error."""
    found = decode(b"\n", b"   \n")
    assert (found.sensors, found.blocks, found.rejections) == ((), (), ())


LINES = st.lists(
    st.binary(max_size=80)
    | st.sampled_from([json.dumps(RADAR).encode(), json.dumps(plot()).encode()])
    | st.dictionaries(st.sampled_from(["type", "id", "sensor", "time_utc", "range_m"]), st.text(max_size=8)).map(
        lambda d: json.dumps({"type": "plot", **d}).encode()
    ),
    max_size=8,
)


@given(LINES)
def test_any_lines_end_cleanly(lines):
    """Whatever the bytes, every line is taken or rejected, and nothing raises."""
    found = decode_recording(lines, evidence="e", provenance=WHO)
    taken = len(found.sensors) + sum(len(block.plots) for block in found.blocks) + len(found.truth)
    repeated = sum(1 for line in lines if line == json.dumps(RADAR).encode())
    assert taken + len(found.rejections) + max(repeated - 1, 0) >= sum(1 for line in lines if line.strip())
