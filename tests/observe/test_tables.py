"""Parquet recordings: the same facts as NDJSON, and no end by an exception on malformed tables."""

import io
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from launchwatch.facts import Plot, Provenance, Sensor, TruthState, recording_line
from launchwatch.observe.recordings import decode_recording
from launchwatch.observe.tables import decode_table, encode_table
from launchwatch.simulate import packaged_scenario, parse_scenario, simulate_recording

WHO = Provenance(author="test", created_utc="2025-11-07T03:35:00Z")
RADAR = Sensor(
    id="R1", kind="radar", lat_deg=38.0, lon_deg=128.4, height_m=300.0, sigma_range_m=30.0, sigma_azimuth_deg=0.1,
    sigma_elevation_deg=0.1, scan_s=2.0, azimuth_span_deg=(270.0, 90.0), refraction="standard",
)  # fmt: skip
MOVING = Sensor(
    id="I1", kind="infrared", sigma_los_rad=2e-5, scan_s=5.0,
    ephemeris=(("2025-11-07T03:35:00Z", 7e6, 0.0, 0.0), ("2025-11-07T03:36:00Z", 7e6, 4e5, 0.0)),
)  # fmt: skip


def plot(number, **fields):
    made = {
        "id": f"p{number}", "sensor": "R1", "time_utc": f"2025-11-07T03:35:{2 * number:09.6f}Z",
        "range_m": 4e5 + number, "azimuth_deg": 300.0, "elevation_deg": 5.0,
    }  # fmt: skip
    return Plot(**{**made, **fields})


def rows(matrix):
    return tuple(tuple(row) for row in np.asarray(matrix).tolist())


EVERYTHING = [
    RADAR, MOVING,
    TruthState(
        object="a", time_utc="2025-11-07T03:35:00Z", position_ecef_m=(7e6, 0.0, 0.0),
        velocity_ecef_m_s=(1.0, 2.0, 3.0), class_="SRBM",
    ),
    plot(1), plot(2, covariance=rows(np.diag([900.0, 0.01, 0.01])), snr_db=12.5),
    plot(3, sensor="I1", range_m=None, azimuth_deg=None, elevation_deg=None, los_ecef=(1.0, 0.0, 0.0)),
]  # fmt: skip


def both(facts):
    """Decode facts through a table and through lines."""
    table = decode_table(io.BytesIO(encode_table(facts)), evidence="e", provenance=WHO)
    return table, decode_recording(map(recording_line, facts), evidence="e", provenance=WHO)


def test_tables_hold_what_lines_hold():
    """Sensors, truth and plots of every kind come out of a table exactly as out of lines."""
    table, lines = both(EVERYTHING)
    assert table == lines
    assert (len(table.sensors), len(table.truth), len(table.blocks)) == (2, 1, 3)
    assert table.rejections == ()


def test_a_simulated_recording_comes_back():
    """A packaged scenario's recording is the same through a table, in order and in every bit."""
    text, _ = packaged_scenario("taegwan-2025-11-07")
    lines = list(simulate_recording(parse_scenario(text)))
    wanted = decode_recording(lines, evidence="e", provenance=WHO)
    facts = [*wanted.sensors, *wanted.truth, *(p for block in wanted.blocks for p in block.plots)]
    assert both(facts)[0].blocks == wanted.blocks


def test_bad_rows_are_refused_by_number():
    """A bad row is refused with its number and the same reason as a bad line."""
    facts = [RADAR, plot(1), plot(2, sensor="R9"), plot(3, range_m=float("nan")), plot(4)]
    table, _ = both(facts)
    assert [(r.line, r.reason) for r in table.rejections] == [(3, "unknown sensor"), (4, "range_m out of range")]


def written(columns):
    handle = io.BytesIO()
    pq.write_table(pa.table(columns), handle)
    return decode_table(io.BytesIO(handle.getvalue()), evidence="e", provenance=WHO)


HEAD = json.loads(recording_line(RADAR))


def with_head(**columns):
    """Return columns of one sensor row followed by one plot row."""
    base = {
        "type": pa.array(["sensor", "plot"]), "id": pa.array(["R1", "p1"]), "sensor": pa.array([None, "R1"]),
        "time_utc": pa.array([None, "2025-11-07T03:35:02Z"]), "range_m": pa.array([None, 4e5]),
        "azimuth_deg": pa.array([None, 300.0]), "elevation_deg": pa.array([None, 5.0]),
    }  # fmt: skip
    for name, value in HEAD.items():
        base.setdefault(name, pa.array([value, None]))
    return {**base, **columns}


def test_whole_numbers_timestamps_and_dictionaries_are_read():
    """Tables of other programs: whole numbers, UTC timestamps, 32-bit floats and dictionary texts."""
    micro = 1_762_486_502_500_000
    found = written(with_head(
        time_utc=pa.array([None, micro], pa.timestamp("us", "UTC")), range_m=pa.array([None, 400_000]),
        elevation_deg=pa.array([None, 5.0], pa.float32()), id=pa.array(["R1", "p1"]).dictionary_encode(),
    ))  # fmt: skip
    assert found.rejections == ()
    (p,) = found.blocks[0].plots
    assert (p.time_utc, p.range_m, p.elevation_deg) == ("2025-11-07T03:35:02.500000Z", 400_000.0, 5.0)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"range_m": pa.array([None, "400 km"])}, "Expected `float"),
        ({"time_utc": pa.array([None, 5], pa.timestamp("us"))}, "no time zone"),
        ({"time_utc": pa.array([None, None], pa.string())}, "missing required field `time_utc`"),
        ({"surprise": pa.array([None, 1.0])}, "unknown field `surprise`"),
        ({"los_ecef": pa.array([None, [1.0]])}, "Expected `array` of length 3"),
        ({"type": pa.array(["sensor", "aim"])}, "unknown type of line"),
        ({"elevation_deg": pa.array([None, float("inf")])}, "elevation_deg out of range"),
    ],
)
def test_wrong_columns_cost_their_rows(changes, reason):
    """A column of a wrong type or name costs the rows that use it."""
    found = written(with_head(**changes))
    (rejection,) = found.rejections
    assert reason in rejection.reason
    assert rejection.line == 2
    assert len(found.sensors) == 1


def test_no_table_is_one_rejection():
    """What is no Parquet, or no recording, is one rejection that says so."""
    for content in (b"", b"PAR1", b"PAR1" + b"\x00" * 100 + b"PAR1", b"words"):
        found = decode_table(io.BytesIO(content), evidence="e", provenance=WHO)
        assert "Parquet table cannot be read" in found.rejections[0].reason
    assert "column type is missing" in written({"a": pa.array([1])}).rejections[0].reason


GOOD = encode_table(EVERYTHING)


@settings(max_examples=300)
@given(
    st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), max_size=6), st.integers(0, len(GOOD))
)
def test_damaged_tables_end_cleanly(changes, end):
    """Bytes changed and cut anywhere: rows come out or rejections, never an exception."""
    content = bytearray(GOOD)
    for at, value in changes:
        content[at] = value
    found = decode_table(io.BytesIO(bytes(content[: end or None])), evidence="e", provenance=WHO)
    assert len(found.sensors) <= 2  # a count of rows changed to none leaves none
