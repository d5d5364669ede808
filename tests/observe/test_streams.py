"""Feeds of lines: what is decoded depends on the bytes, not on where they were cut; bad bytes end nothing."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launchwatch.facts import Provenance, canonical_bytes
from launchwatch.observe.collecting import Collector, Refused
from launchwatch.observe.recordings import LONGEST_LINE, decode_line, decode_recording, take_row
from launchwatch.observe.streams import EARLY_S, LineStream
from tests.observe import test_bad_input as bad_input
from tests.observe.test_recordings import RADAR, WHO, plot

LINE = st.one_of(
    st.just(RADAR),
    st.integers(1, 5).map(lambda n: plot(n, float(n))),
    st.just(plot(7, 7.0, range_m=-1.0)),
    st.just(plot(8, 8.0, sensor="R9")),
    st.just({"type": "aim"}),
).map(lambda value: json.dumps(value, separators=(",", ":")).encode())
PIECES = st.lists(
    st.one_of(
        LINE, LINE, st.binary(max_size=40), st.just(b'{"type":"plot",}'), st.just(b"x" * (LONGEST_LINE + 9))
    ),
    max_size=12,
)


def heard(pieces):
    """Return sensors, plots and refusals of a feed in pieces."""
    stream = LineStream("e", WHO)
    found = [stream.feed(piece) for piece in pieces] + [stream.end()]
    return (
        [canonical_bytes(sensor) for one in found for sensor in one.sensors],
        [(time, canonical_bytes(kept)) for one in found for time, kept in one.plots],
        [canonical_bytes(rejection) for one in found for rejection in one.rejections],
    )


@given(PIECES, st.lists(st.integers(0, 2000), max_size=8), st.sampled_from([b"\n", b"\r\n"]), st.booleans())
def test_any_cut_gives_the_same_facts(lines, cuts, end, whole):
    """Bytes cut anywhere give the same sensors, plots and refusals, in the same order, as in one piece."""
    data = end.join(lines) + (end if whole else b"")
    at = sorted(cut % (len(data) + 1) for cut in cuts)
    pieces = [data[a:b] for a, b in zip([0, *at], [*at, len(data)], strict=True)]
    assert heard(pieces) == heard([data])


@given(PIECES)
def test_a_stream_takes_what_a_recording_takes(lines):
    """Line by line the same is kept and refused as from a file, but for duplicates, which are found later on."""
    data = b"\n".join(lines) + b"\n"
    _, plots, rejections = heard([data])
    found = decode_recording(
        [line[: LONGEST_LINE + 1] for line in data.split(b"\n")], evidence="e", provenance=WHO
    )
    kept = {canonical_bytes(p) for block in found.blocks for p in block.plots}
    assert {fact for _, fact in plots} == kept
    stated = [canonical_bytes(r) for r in found.rejections if "duplicate" not in r.reason]
    assert sorted(rejections) == sorted(stated)


def test_lines_of_plots_decode_together_as_alone():
    """Two objects on one line, or one object on two, are refused as they are line by line."""
    good = json.dumps(plot(1, 1.0), separators=(",", ":"))
    joined = f"{good},{good}\n".encode()
    sensor = json.dumps(RADAR).encode() + b"\n"
    _, plots, rejections = heard([sensor, joined, good[:40].encode() + b"\n" + good[40:].encode() + b"\n"])
    assert plots == []
    assert len(rejections) == 3


def test_a_plot_from_after_its_receipt_is_refused():
    """A clock that runs ahead of the receiver's shows at once; without a receipt nothing is said of it."""
    stream = LineStream("e", Provenance(author="test", created_utc="2025-11-07T03:35:00Z"))
    time = 1_762_486_500.0
    stream.feed(json.dumps(RADAR).encode() + b"\n")
    lines = [json.dumps(plot(n, float(n))).encode() + b"\n" for n in range(4)]
    assert len(stream.feed(lines[0], time).plots) == 1
    found = stream.feed(lines[1], time - EARLY_S)
    assert found.plots == []
    assert len(stream.feed(lines[2], None).plots) == 1
    (rejection,) = [*found.rejections, *stream.end().rejections]
    assert "after its receipt: by 61.0 s" in rejection.reason


@pytest.mark.parametrize("count", [150])
def test_refusals_alike_are_counted(count):
    """A feed of garbage makes a hundred refusals and, at its end, the count of the others."""
    _, _, rejections = heard([b"garbage\n"] * count)
    assert len(rejections) == 101
    assert b"(50 more lines)" in rejections[-1]


ODD = st.fixed_dictionaries(
    {},
    optional={
        "range_m": st.sampled_from([None, -1.0, 0.5, 999.0, 1e5, 6e7]),
        "azimuth_deg": st.sampled_from([None, -181.0, -180.0, 360.0, 361.0]),
        "elevation_deg": st.sampled_from([None, -91.0, -2.0, 0.0, 0.5, 90.0, 91.0]),
        "range_rate_m_s": st.sampled_from([None, 100.0, 1e6]),
        "barometric_height_m": st.sampled_from([None, 1e3, 1e6]),
        "received_utc": st.sampled_from([None, "2025-11-07T03:00:00Z", "2030-01-01T00:00:00Z", "late"]),
        "time_utc": st.sampled_from(["2025-11-07T03:35:00Z", "2025-11-07T03:35:00", "soon"]),
        "covariance": st.sampled_from([None, [[1.0]], [[1e4, 0, 0], [0, 0.01, 0], [0, 0, 0.01]]]),
        "id": st.sampled_from(["a", "b\u00fc", "c\u001b"]),
        "snr_db": st.sampled_from([None, 13.0]),
    },
)


@given(st.lists(ODD, min_size=2, max_size=8))
def test_plots_checked_together_are_judged_as_each_alone(odd):
    """Whatever is out of bounds, plots decoded in one piece are kept and refused as those that come one by one."""
    lines = [json.dumps(plot(n, 1.0) | fields, separators=(",", ":")).encode() for n, fields in enumerate(odd)]
    data = b"\n".join(lines) + b"\n"
    head = json.dumps(RADAR, separators=(",", ":")).encode() + b"\n"
    alone = Collector("e", WHO)
    take_row(alone, 1, decode_line(head))
    for number, line in enumerate(lines, start=2):
        try:
            take_row(alone, number, decode_line(line))
        except Refused as refused:
            alone.note(number, refused)
    _, plots, rejections = heard([head, data])
    kept = [(time, canonical_bytes(one)) for time, _, one in alone.plots["R1"]]
    distinct = {fact for _, fact in kept}
    assert {fact for _, fact in plots} == distinct
    stated = [canonical_bytes(r) for r in alone.rejections if "duplicate" not in r.reason]
    assert rejections == stated


@pytest.mark.parametrize("size", [100, 3000, 10**6])
def test_a_radar_in_radians_is_refused_while_it_feeds(size):
    """Of 40 plots in radians at most 24 go on before the radar is found out, however the feed is cut."""
    sensor, plots = bad_input.RADAR, bad_input.radians(bad_input.track())
    data = b"".join(json.dumps(one).encode() + b"\n" for one in (sensor, *plots))
    stream = LineStream("e", WHO)
    found = [stream.feed(data[at : at + size]) for at in range(0, len(data), size)] + [stream.end()]
    assert sum(len(one.plots) for one in found) <= 24
    first, rest = [rejection for one in found for rejection in one.rejections]
    assert "did you mean degrees" in first.reason
    assert stream.refused == first.count + rest.count == len(plots) - sum(len(one.plots) for one in found)
