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
MOVING = {
    "type": "sensor", "id": "I1", "kind": "infrared", "sigma_los_rad": 2e-5, "scan_s": 5.0,
    "ephemeris": [["2025-11-07T03:35:00Z", 7e6, 0.0, 0.0], ["2025-11-07T03:36:00Z", 7e6, 4e5, 0.0]],
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
    ({**RADAR, "id": "R2", "max_range_m": 0.0}, "max_range_m out of range"),
    ({**RADAR, "id": "R2", "max_range_m": -5.0}, "max_range_m out of range"),
    ({**RADAR, "id": "R2", "azimuth_span_deg": [10.0, 10.0]}, "azimuth_span_deg spans nothing"),
    ({**RADAR, "id": "R2", "azimuth_span_deg": [360.0, 0.0]}, "azimuth_span_deg spans nothing"),
    ({**RADAR, "id": "R2", "horizon_deg": 5.0, "max_elevation_deg": 5.0}, "not above horizon_deg"),
    ({**RADAR, "id": "R2", "horizon_deg": 90.5}, "horizon_deg out of range"),
    ({**RADAR, "id": "R2", "sigma_range_rate_m_s": 0.0}, "sigma_range_rate_m_s out of range"),
    ({**RADAR, "id": "R2", "sigma_range_rate_m_s": -1.0}, "sigma_range_rate_m_s out of range"),
    ({**MOVING, "id": "I2", "ephemeris": []}, "ephemeris too short"),
    ({**MOVING, "id": "I2", "ephemeris": MOVING["ephemeris"][:1]}, "ephemeris too short"),
    ({**MOVING, "id": "I2", "ephemeris": MOVING["ephemeris"][::-1]}, "do not ascend"),
    ({**MOVING, "id": "I2", "ephemeris": [["soon", 7e6, 0.0, 0.0], ["later", 7e6, 0.0, 0.0]]}, "instant cannot"),
    ({**MOVING, "id": "I2", "ephemeris": [[t, 1.0, 2.0, 3.0] for t, *_ in MOVING["ephemeris"]]}, "inside the"),
    (b"[" * 60_000, "no JSON object"),
    ({**RADAR, "id": "R\x0b2"}, "unprintable"),
    ({**RADAR, "id": "R2", "owner": "K\u202eR"}, "unprintable"),
    (plot(id="p\n1"), "unprintable"),
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


YEAR_AHEAD = "2026-11-07T03:35:08Z"


def kept(found):
    return [p.id for block in found.blocks for p in block.plots]


def test_one_wrong_future_date_costs_one_plot():
    """A plot a year ahead is refused by its own reason, and all that came after it stays."""
    found = decode(RADAR, *(plot(i, 2.0 * i) for i in range(4)), plot(9, time_utc=YEAR_AHEAD), plot(5, 10.0))
    assert kept(found) == ["p0", "p1", "p2", "p3", "p5"]
    (rejection,) = found.rejections
    assert (rejection.what, rejection.line) == ("plot p9", 6)
    assert "no later plot of the sensor bears it out" in rejection.reason


@pytest.mark.parametrize("wrong", [YEAR_AHEAD, "2024-11-07T03:35:08Z"])
def test_a_wrong_first_date_costs_one_plot(wrong):
    """The first plot's date is not believed against all others of its sensor."""
    found = decode(RADAR, plot(9, time_utc=wrong), *(plot(i, 2.0 * i) for i in range(3)))
    assert kept(found) == ["p0", "p1", "p2"]
    assert [r.what for r in found.rejections] == ["plot p9"]


def test_a_clock_minutes_ahead_costs_no_other_plot():
    """A plot five minutes ahead does not make all that follow it late."""
    ahead = plot(9, time_utc="2025-11-07T03:40:04Z")
    found = decode(RADAR, plot(1, 0.0), plot(2, 2.0), ahead, *(plot(i, 2.0 * i) for i in range(3, 8)))
    assert kept(found) == ["p1", "p2", "p3", "p4", "p5", "p6", "p7", "p9"]
    assert found.rejections == ()


def test_two_wrong_dates_in_one_scan_cost_two_plots():
    """Two plots that share a wrong date do not outvote a longer watch that goes on after them."""
    wrong = [plot(i, time_utc=YEAR_AHEAD) for i in (8, 9)]
    found = decode(RADAR, plot(1, 0.0), plot(2, 2.0), *wrong, plot(3, 4.0), plot(4, 6.0))
    assert kept(found) == ["p1", "p2", "p3", "p4"]
    assert [r.what for r in found.rejections] == ["plot p8", "plot p9"]


def test_a_silence_that_is_borne_out_stays():
    """A sensor that comes back after an hour with two plots or more keeps both watches."""
    later = [plot(i, time_utc=f"2025-11-07T04:35:0{i}Z") for i in (3, 5)]
    assert kept(decode(RADAR, plot(1, 0.0), plot(2, 2.0), *later)) == ["p1", "p2", "p3", "p5"]


def test_a_slow_sensor_s_scans_are_no_jumps():
    """Scans 15 minutes apart are a sensor's own rhythm where its scan period says so."""
    slow = {**RADAR, "scan_s": 900.0}
    times = [plot(i, time_utc=f"2025-11-07T03:{i:02d}:00Z") for i in (0, 15, 30, 45)]
    assert kept(decode(slow, *times)) == ["p0", "p15", "p30", "p45"]


def test_a_sensor_s_only_plot_stays_whatever_the_others_clocks():
    """Lateness is judged sensor by sensor: one that lags by an hour loses nothing, an only plot stays."""
    other = {**RADAR, "id": "R2"}
    lagging = [plot(i, i, sensor="R2", time_utc=f"2025-11-07T02:35:0{i}Z") for i in (6, 7)]
    found = decode(RADAR, other, plot(1, 0.0), plot(2, 2.0), *lagging)
    assert sorted(kept(found)) == ["p1", "p2", "p6", "p7"]
    alone = decode(RADAR, other, plot(1, 0.0), plot(2, 2.0), plot(3, sensor="R2", time_utc=YEAR_AHEAD))
    assert sorted(kept(alone)) == ["p1", "p2", "p3"]
    assert alone.rejections == ()


def test_refused_plot_may_come_again():
    """A plot refused for its date may come again with the right one: it is no duplicate."""
    found = decode(RADAR, plot(1, 0.0), plot(2, time_utc=YEAR_AHEAD), plot(2, 2.0))
    assert kept(found) == ["p1", "p2"]


def test_thousands_of_late_plots_are_counted():
    """Refusals that differ only in their particulars count as alike."""
    found = decode(RADAR, *(plot(i, 50.0) for i in range(600)), *(plot(i, 1.0) for i in range(600, 1100)))
    assert len(found.rejections) == MOST_ALIKE + 1
    assert f"({500 - MOST_ALIKE} more lines)" in found.rejections[-1].reason


def test_a_moving_sensor_s_plots_lie_within_its_ephemeris():
    """A plot outside the ephemeris is refused with the times that it covers; one at its last row stays."""
    line = {"sensor": "I1", "los_ecef": [1.0, 0.0, 0.0], "range_m": None}
    found = decode(MOVING, plot(1, 59.0, **line), plot(2, time_utc="2025-11-07T03:36:01Z", **line))
    assert kept(found) == ["p1"]
    assert "outside the sensor's ephemeris" in found.rejections[0].reason
    assert "03:36:00" in found.rejections[0].allowed


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
