"""ASTERIX: stated values come back, other decoders agree, and nothing that is sent ends by an exception."""

import logging
import math

import dpkt
import pyobelix
import pytest
from hypothesis import given
from hypothesis import strategies as st

from launchwatch.basis.errors import InputError
from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.facts import Provenance
from launchwatch.observe.asterix import (
    MOST_WAITING,
    SIGMA_RANGE_M,
    Datagram,
    decode_asterix,
    read_sites,
    time_on_day,
)
from tests.observe.asterix_samples import RADAR, block, service, target

WHO = Provenance(author="test", created_utc="2016-05-05T00:00:00Z")
MIDNIGHT = parse_instant("2016-05-05T00:00:00Z")
SITES = read_sites(b"""
[[site]]
sac = 25
sic = 7
id = "hill"
lat_deg = 43.5
lon_deg = 16.4
height_m = 780
scan_s = 5
""")
NM = 1852.0
FOOT = 0.3048


def decode(*payloads, sites=SITES, received=MIDNIGHT + 3601.0, reference=MIDNIGHT + 3601.0):
    datagrams = [p if isinstance(p, (Datagram, InputError)) else Datagram(received, p) for p in payloads]
    return decode_asterix(datagrams, sites, reference_s=reference, evidence="e", provenance=WHO)


def plots(found):
    return [p for block in found.blocks for p in block.plots]


@pytest.mark.parametrize("rho_nm", [1 / 256 * 70, 12.25, 255.99609375])
@pytest.mark.parametrize("theta_deg", [0.0, 90.0, 360 * 65535 / 65536])
@pytest.mark.parametrize("level", [None, -5.0, 0.25, 660.0])
def test_a_target_report_s_values_come_back(rho_nm, theta_deg, level):
    """Range, azimuth, height and time of a report are those that went into its bits."""
    found = decode(target(rho_nm, theta_deg, 3600.5, level))
    (plot,) = plots(found)
    assert found.rejections == ()
    assert plot.range_m == pytest.approx(rho_nm * NM, abs=1e-3)
    assert plot.azimuth_deg == pytest.approx(theta_deg, abs=1e-6)
    assert plot.time_utc == "2016-05-05T01:00:00.500000Z"
    assert plot.received_utc == "2016-05-05T01:00:01.000000Z"
    assert plot.barometric_height_m == (None if level is None else pytest.approx(level * 100 * FOOT, abs=0.01))
    assert (plot.sensor, plot.elevation_deg) == ("hill", None)


def test_heights_that_the_radar_doubts_are_left_out():
    """A flight level that was not validated, or garbled, is no height."""
    found = decode(target(50, unsure=1), target(60, garbled=1), target(70))
    assert sorted((p.barometric_height_m is None for p in plots(found)), key=bool) == [False, True, True]


def test_a_radar_that_states_its_place_needs_no_table():
    """I034/120 and I034/041 make a sensor; reports that came before wait for it."""
    found = decode(target(), service(turn_s=4.9453125, place=(780, 43.5, -16.4)), target(120), sites={})
    (sensor,) = found.sensors
    assert sensor.id == "25/7"
    assert sensor.lat_deg == pytest.approx(43.5, abs=180 / 2**24)
    assert sensor.lon_deg == pytest.approx(-16.4, abs=180 / 2**24)
    assert (sensor.height_m, sensor.scan_s, sensor.kind) == (780.0, 4.9453125, "surveillance")
    assert sensor.sigma_range_m == SIGMA_RANGE_M
    assert len(plots(found)) == 2


def test_a_table_stands_against_the_radar_s_own_word():
    """A place in I034/120 far from the table's is recorded once, with the distance, and the table stands."""
    wrong = service(place=(780, 43.6, 16.4))
    found = decode(wrong, wrong, target())
    assert found.sensors[0].lat_deg == 43.5
    (rejection,) = found.rejections
    assert "disagrees: 11.11 km" in rejection.reason


def test_unknown_radars_are_counted_once_each():
    """Reports of a radar without a place are one rejection with their number."""
    found = decode(*[target(50 + k, radar=(9, 9)) for k in range(20)], target(radar=(9, 8)), target())
    assert [r.reason.split(" of ")[0] for r in found.rejections] == [
        "unknown radar: 20 target reports", "unknown radar: 1 target reports",
    ]  # fmt: skip
    assert len(plots(found)) == 1


def test_waiting_reports_are_bounded():
    """A radar that never says where it is keeps no more than its share of memory, and all are counted."""
    many = MOST_WAITING + 10
    found = decode(*[target(50 + k % 100, radar=(9, 9), time_s=k / 128) for k in range(many)])
    assert f"unknown radar: {many} target reports" in found.rejections[0].reason


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (target(typ=0), "no detection"),
        (target(sim=1), "simulated target report"),
        (target(rab=1), "field monitor"),
        (target(test=1), "test target"),
        (target(extended=1), "beyond 256 NM"),
        (target(time_s=86400.0), "time of day out of range"),
        (target(without=(0x10,)), "without a measured position"),
        (target(without=(0x40,)), "without a time"),
        (target(without=(0x80,)), "without the radar's codes"),
        (target(rho_nm=0), "range_m out of range"),
        (target(rho_nm=0.2), "blind zone"),
        (target(level=2000.0), "barometric_height_m out of range"),
        (target()[:-1], "data block cut short"),
        (target()[:2], "data block cut short"),
        (b"\x30\x00\x03", "data block cut short"),
        (block(48, b"\xff\xff\xff"), "CAT048 record cannot be decoded"),
        (block(62, b"\x80\x01\x02"), "category 62 is not read"),
        (service(place=(780, 100.0, 0.0), radar=(1, 1)), "position in I034/120 cannot be"),
        (InputError("packet too long", given=5), "packet too long"),
    ],
)
def test_what_is_no_plot_is_refused_with_its_reason(payload, reason):
    """Each record that is no detection of an object, or is damaged, is recorded; the good ones around it stay."""
    found = decode(target(50), payload, target(70))
    assert len(plots(found)) == 2
    (rejection,) = found.rejections
    assert reason in rejection.reason


def test_many_reports_in_one_datagram_with_wrong_clocks():
    """Reports of one datagram whose clocks contradict one another are judged one by one (found by fuzzing)."""
    mixed = b"".join(target(50 + k, time_s=s) for k, s in enumerate([9e3, 10.0, 9e3, 20.0, 8e4, 30.0, 9.1e3]))
    found = decode(target(40), mixed, received=MIDNIGHT + 80_000.0)
    assert len(plots(found)) + len(found.rejections) == 8
    assert {r.line for r in found.rejections} <= {1, 2}


def test_the_same_report_over_two_networks_is_one_plot():
    """Radars send over two networks: the second copy is a duplicate."""
    found = decode(target(), target())
    assert len(plots(found)) == 1
    assert "duplicate" in found.rejections[0].reason


def test_records_before_a_broken_one_in_its_block_stay():
    """A data block whose second record is cut short gives its first."""
    whole = target()[3:]
    found = decode(block(48, whole + whole[:5]))
    assert len(plots(found)) == 1
    assert "cannot be decoded" in found.rejections[0].reason


@pytest.mark.parametrize(
    ("time_of_day", "received", "wanted"),
    [
        (86399.5, "2016-05-05T00:00:01Z", "2016-05-04T23:59:59.500000Z"),
        (0.5, "2016-05-04T23:59:59.9Z", "2016-05-05T00:00:00.500000Z"),
        (10.0, "2016-05-05T00:00:10.1Z", "2016-05-05T00:00:10.000000Z"),
        (7200.0, "2016-05-05T00:59:00Z", "2016-05-04T02:00:00.000000Z"),
        (43200.0, "2016-05-05T11:00:00Z", "2016-05-05T12:00:00.000000Z"),
        (43201.0, "2016-05-05T11:00:00Z", "2016-05-04T12:00:01.000000Z"),
    ],
)
def test_times_of_day_are_put_on_the_day_of_receipt(time_of_day, received, wanted):
    """Round midnight the day is the sender's; a radar's clock is never more than an hour ahead."""
    assert format_instant(time_on_day(time_of_day, parse_instant(received))) == wanted


@given(st.floats(0, 86399.99), st.floats(1.4e9, 1.9e9))
def test_a_time_of_day_keeps_its_seconds(time_of_day, received):
    """Whatever the receipt, the instant has the time of day and lies in the day that ends an hour later."""
    time = time_on_day(time_of_day, received)
    assert math.isclose(time % 86400, time_of_day, abs_tol=1e-6) or math.isclose(time_of_day, 86400, abs_tol=1e-6)
    assert received + 3600 - 86400 < time <= received + 3600


def test_files_without_receipt_run_through_midnight():
    """Without times of receipt the first day is the last before the reference; the clock goes on from there."""
    seconds = [86390.0, 86395.0, 0.0, 5.0]
    blocks = [Datagram(None, target(50 + k, time_s=s)) for k, s in enumerate(seconds)]
    found = decode(*blocks, reference=MIDNIGHT + 3600 * 9)
    assert [p.time_utc[5:19] for p in plots(found)] == [
        "05-04T23:59:50", "05-04T23:59:55", "05-05T00:00:00", "05-05T00:00:05",
    ]  # fmt: skip
    assert all(p.received_utc is None for p in plots(found))


def test_a_receiver_s_slow_clock_costs_no_plot():
    """Receipts before the radar's time are dropped and told once; the plots stay."""
    found = decode(target(50), target(60), received=MIDNIGHT + 3599.0)
    assert [p.received_utc for p in plots(found)] == [None, None]
    (rejection,) = found.rejections
    assert "clock of receipt behind the radar's: by 1.000 s" in rejection.reason


GOOD_SITE = "[[site]]\nsac = 1\nsic = 2\nlat_deg = 3\nlon_deg = 4\nheight_m = 5\n"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "names no site"),
        (b"\xff\xfe", "cannot be read"),
        (b"[[site]]\nsac = 1", "missing required field `sic`"),
        (GOOD_SITE.replace("= 3", "= 93").encode(), "site 1 of sites.toml: lat_deg out of range"),
        (GOOD_SITE.replace("sac = 1", "sac = 300").encode(), "SAC, SIC: 0 to 255"),
        ((GOOD_SITE * 2).encode(), "two sites of sites.toml have one code; given '1/2'"),
        ((GOOD_SITE + "colour = 1").encode(), "unknown field `colour`"),
        (b'{"site": 3}', "names no site"),
        (b"[" * 9999, "cannot be read"),
    ],
)
def test_bad_tables_of_sites_are_wrong_calls(content, reason):
    """A table that cannot be used is an error that says which entry and why."""
    with pytest.raises(InputError, match=reason.replace("[", r"\[")):
        read_sites(content, "sites.toml")


def test_json_tables_say_the_same():
    """A table in JSON, as a list or under `site`, is the same table."""
    row = b'{"sac": 1, "sic": 2, "lat_deg": 3, "lon_deg": 4, "height_m": 5}'
    assert read_sites(b"[%s]" % row) == read_sites(b'{"site": [%s]}' % row) == read_sites(GOOD_SITE.encode())


def by_pyobelix(payloads):
    """Return (SAC, SIC, time of day, range, azimuth, flight level) of every CAT048 report, by another decoder."""
    logging.getLogger("pyobelix").setLevel(logging.CRITICAL)
    return [
        (r["sac"], r["sic"], r["time_of_day"], r["rho"] * NM, r["theta"], r.get("flight_level"))
        for payload in payloads
        for r in pyobelix.iter_records(payload)
        if r.cat == 48 and "rho" in r
    ]


@given(st.floats(0.3, 255.9), st.floats(0, 359.99), st.integers(0, 86399 * 128), st.integers(-40, 5000))
def test_another_decoder_agrees(rho, theta, ticks, quarters):
    """On any report libasterix, the bits as specified and pyobelix say the same."""
    payload = target(rho, theta, ticks / 128, quarters / 4)
    ((sac, sic, time, range_m, azimuth, level),) = by_pyobelix([payload])
    found = decode(payload, received=MIDNIGHT + ticks / 128 + 0.5)
    (plot,) = plots(found)
    assert (sac, sic) == RADAR
    assert parse_instant(plot.time_utc) - MIDNIGHT == pytest.approx(time, abs=1e-6)
    assert plot.range_m == pytest.approx(range_m, abs=1e-3)
    assert plot.azimuth_deg == pytest.approx(azimuth, abs=1e-6)
    assert plot.barometric_height_m == pytest.approx(level * 100 * FOOT, abs=0.01)


@pytest.fixture(scope="module")
def capture(shared):
    """Return the datagrams of a real capture of six civil radars, which lies beside the checkout."""
    path = shared / "recordings" / "asterix" / "cat_034_048.pcap"
    if not path.is_file():
        pytest.skip("no ASTERIX capture beside this checkout")
    with path.open("rb") as handle:
        return [
            Datagram(time, bytes(dpkt.ethernet.Ethernet(packet).data.data.data))
            for time, packet in dpkt.pcap.Reader(handle)
        ]


def test_a_real_capture_agrees_with_another_decoder(capture):
    """Of 100 packets every position, time and height is the one that pyobelix finds, radar by radar."""
    wanted = by_pyobelix([d.payload for d in capture])
    codes = sorted({(sac, sic) for sac, sic, *_ in wanted})
    row = "[[site]]\nsac={}\nsic={}\nlat_deg=43\nlon_deg=16\nheight_m=9\nscan_s=5\nid='{}-{}'\n"
    sites = read_sites("".join(row.format(*code, *code) for code in codes).encode())
    found = decode(*capture, sites=sites)
    ours = {
        (p.sensor, round(parse_instant(p.time_utc) % 86400 * 128), round(p.range_m), round(p.azimuth_deg, 3),
         None if p.barometric_height_m is None else round(p.barometric_height_m / FOOT / 25)) for p in plots(found)
    }  # fmt: skip
    theirs = {
        (
            f"{sac}-{sic}",
            round(time * 128),
            round(range_m),
            round(azimuth, 3),
            level if level is None else level * 4,
        )
        for sac, sic, time, range_m, azimuth, level in wanted
    }
    assert len(codes) == 7
    assert len(theirs) > 60
    assert ours == theirs
    assert {r.reason.partition(":")[0] for r in found.rejections} <= {
        "duplicate", "target report without a measured position (I048/040)", "position in I034/120 disagrees",
    }  # fmt: skip


def test_a_real_radar_states_its_place(capture):
    """One radar of the capture sends its position: its reports, each sent over two networks, need no table."""
    found = decode(*capture, sites={})
    (sensor,) = found.sensors
    assert (round(sensor.lat_deg, 3), round(sensor.lon_deg, 3), sensor.scan_s) == (43.571, 16.406, 4.9453125)
    reports = {report for report in by_pyobelix([d.payload for d in capture]) if report[:2] == (25, 12)}
    assert len(plots(found)) == len(reports) == 19
    assert len([r for r in found.rejections if "unknown radar" in r.reason]) == 6


PIECES = st.lists(
    st.binary(max_size=40)
    | st.binary(max_size=40).map(lambda body: block(48, body))
    | st.binary(max_size=40).map(lambda body: block(34, body))
    | st.sampled_from([target(), service(turn_s=5, place=(0, 0, 0)), target()[:9]]),
    max_size=6,
)


@given(PIECES)
def test_any_datagrams_end_cleanly(pieces):
    """Whatever the bytes, plots or rejections come out and nothing raises."""
    found = decode(b"".join(pieces), *pieces)
    assert found.sensors or found.rejections or not any(pieces) or len(found.blocks) == 0
