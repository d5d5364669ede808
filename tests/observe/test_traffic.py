"""Positions of ships and aircraft: every form read, nothing usable lost, every refusal with its reason."""

import csv
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyais.encode import encode_dict

from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.facts import Provenance
from launchwatch.observe.asked import decode_answers
from launchwatch.observe.traffic import decode_traffic

WHO = Provenance(author="test", created_utc="2025-11-07T09:00:00Z")
NOW = parse_instant("2025-11-07T03:42:00Z")
KNOT, FOOT = 1852 / 3600, 0.3048


def decode(content):
    content = content if isinstance(content, bytes) else content.encode()
    return decode_traffic(content, evidence="e", provenance=WHO, as_of_s=NOW + 3600)


def one(content):
    found = decode(content)
    (position,) = found.positions
    assert not found.rejections
    return position


def readsb(*aircraft, now=NOW):
    return json.dumps({"now": now, "messages": 1, "aircraft": list(aircraft)})


PLANE = {
    "hex": "840001", "type": "adsb_icao", "flight": "TST101  ", "lat": 40.1, "lon": 134.2, "seen_pos": 2.5,
    "alt_geom": 35000, "alt_baro": 34500, "gs": 450.0, "track": 91.5, "geom_rate": -640, "nac_p": 9,
}  # fmt: skip


def tagged(sentence, seconds):
    head = f"s:rx,c:{int(seconds)}"
    check = 0
    for byte in head.encode():
        check ^= byte
    return f"\\{head}*{check:02X}\\{sentence}"


def ship(mmsi=431000001, lat=40.2, lon=134.3, speed=12.5, course=275.0, second=40, **more):
    fields = {"type": 1, "mmsi": mmsi, "lat": lat, "lon": lon, "speed": speed, "course": course, "accuracy": 1}
    return encode_dict({**fields, "second": second, **more}, talker_id="AI", sentence_type="VDM")


def test_readsb_json_in_si_units():
    """Knots, feet and feet a minute become SI; the position's own age is taken off the file's clock."""
    found = one(readsb(PLANE))
    assert found.identity == "840001"
    assert found.name == "TST101"
    assert found.time_utc == format_instant(NOW - 2.5)
    assert found.speed_m_s == pytest.approx(450 * KNOT)
    assert found.height_m == pytest.approx(35000 * FOOT)
    assert found.vertical_rate_m_s == pytest.approx(-640 * FOOT / 60)
    assert found.sigma_m == pytest.approx(30 / 2.4477)
    assert (found.source, found.barometric, found.doubt) == ("ADS-B", False, None)


def test_readsb_last_position_is_aged():
    """An aircraft whose position is an hour old is kept with the time at which it held."""
    old = {"hex": "840002", "lastPosition": {"lat": 41.0, "lon": 135.0, "seen_pos": 3600.0}}
    found = one(readsb(old))
    assert found.time_utc == format_instant(NOW - 3600)
    assert found.speed_m_s is None


def test_heard_without_position_is_counted_once():
    """Aircraft that sent no position are one rejection with their number."""
    found = decode(readsb(PLANE, {"hex": "840003"}, {"hex": "840004"}))
    (rejection,) = found.rejections
    assert rejection.count == 2
    assert "no position" in rejection.reason
    assert len(list(found.positions)) == 1


def test_trace_and_state_vectors_of_the_network():
    """A trace's rows count from its own time; OpenSky's lists are in SI already."""
    trace = {"icao": "840001", "timestamp": NOW - 60, "trace": [[0, 40.0, 134.0, 35000, 450, 90, 0, 0],
             [30, 40.0, 134.1, "ground", None, None, 0, None]]}  # fmt: skip
    first, second = decode(json.dumps(trace)).positions
    assert (first.time_utc, second.time_utc) == (format_instant(NOW - 60), format_instant(NOW - 30))
    assert second.on_ground
    row = ["840001", "TST1 ", "Japan", NOW - 5, NOW, 134.2, 40.1, 10000, False, 231.5, 91, 0, None, 10500, None]
    found = one(json.dumps({"time": NOW, "states": [[*row, False, 0]]}))
    assert (found.speed_m_s, found.height_m) == (231.5, 10500)


OPENSKY = "time,icao24,lat,lon,velocity,heading,vertrate,callsign,onground,baroaltitude,geoaltitude,lastposupdate"
TRAFFIC = "timestamp,icao24,callsign,latitude,longitude,groundspeed,track,altitude"
PLACE = "Latitude,Longitude"
OWN = "kind;identity;time_utc;lat_deg;lon_deg;speed_m_s;course_deg"
TABLES = {
    "OpenSky": (f"{OPENSKY}\n{NOW},840001,40.1,134.2,231.5,91.5,0,TST1,False,10000,10500,{NOW - 3}\n", 231.5),
    "traffic": (f"{TRAFFIC}\n2025-11-07 03:41:57+00:00,840001,TST1,40.1,134.2,450,91.5,35000\n", 450 * KNOT),
    "MarineCadastre": (
        "MMSI,BaseDateTime,LAT,LON,SOG,COG,VesselName\n431000001,2025-11-07T03:41:57,40.1,134.2,12.5,275,MARU\n",
        12.5 * KNOT,
    ),
    "Denmark": (
        f"# Timestamp,MMSI,{PLACE},SOG,COG,Name\n07/11/2025 03:41:57,431000001,40.1,134.2,12.5,275,MARU\n",
        12.5 * KNOT,
    ),
    "own": (f"{OWN}\nship;431000001;2025-11-07T03:41:57Z;40.1;134.2;6.5;275\n", 6.5),
}


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_tables_are_told_by_their_columns(name, form):
    """Each family of tables, as text and as Parquet, gives the same position in SI units."""
    text, speed = TABLES[name]
    content = text
    if form == "parquet":
        rows = list(csv.DictReader(io.StringIO(text), delimiter=";" if ";" in text else ","))
        plain = [{k: _number(v) for k, v in row.items()} for row in rows]
        sink = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(plain), sink)
        content = sink.getvalue()
    found = one(content)
    assert (found.lat_deg, found.lon_deg) == (40.1, 134.2)
    assert found.time_utc == format_instant(NOW - 3)
    assert found.speed_m_s == pytest.approx(speed)


def _number(text):
    try:
        return float(text) if not text.startswith(("84", "43")) else text
    except ValueError:
        return text


def test_ais_sentences_with_tag_blocks():
    """The report's own second dates its position; the name comes from another message, of two sentences."""
    name = encode_dict(
        {"type": 5, "mmsi": 431000001, "shipname": "TEST MARU", "callsign": "T1"},
        talker_id="AI", sentence_type="VDM", seq_id=3,
    )  # fmt: skip
    assert len(name) == 2
    lines = [tagged(ship()[0], NOW - 15), *name]
    found = one("\n".join(lines))
    assert found.identity == "431000001"
    assert found.name == "TEST MARU"
    assert found.time_utc == format_instant(NOW - 20)  # second 40 before 03:41:45
    assert (found.lat_deg, found.lon_deg) == pytest.approx((40.2, 134.3), abs=1e-5)
    assert found.speed_m_s == pytest.approx(12.5 * KNOT)
    assert found.sigma_m == 10.0


def test_ais_clock_from_a_base_station_or_before_the_sentence():
    """Without tag blocks a base station's time or a time written before the sentence dates reports; else none."""
    (report,) = ship(second=60)
    base = {"type": 4, "mmsi": 4310001, "year": 2025, "month": 11, "day": 7, "hour": 3, "minute": 41, "second": 30}
    (station,) = encode_dict({**base, "lat": 35.0, "lon": 139.0}, talker_id="AI", sentence_type="VDM")
    assert one(f"{station}\n{report}").time_utc == format_instant(NOW - 30)
    assert one(f"2025-11-07T03:41:30Z {report}").time_utc == format_instant(NOW - 30)
    assert one(f"{int(NOW - 30)},{report}").time_utc == format_instant(NOW - 30)
    (rejection,) = decode(report).rejections
    assert rejection.reason.startswith("no time")


def cut(sentence, length):
    """Return a sentence with fewer characters of payload, and the checksum that fits."""
    parts = sentence[1:].rsplit("*", 1)[0].split(",")
    parts[5], parts[6] = parts[5][:length], "0"
    body = ",".join(parts)
    check = 0
    for byte in body.encode():
        check ^= byte
    return f"!{body}*{check:02X}"


def test_reports_cut_short_are_refused_and_the_rest_kept():
    """A payload of any length under a right checksum gives a position or a reason, and the next ship is kept."""
    (whole,) = ship()
    lines = [tagged(cut(whole, length), NOW) for length in range(1, 28)]
    found = decode("\n".join([*lines, tagged(ship(431000002)[0], NOW)]))
    assert "431000002" in {p.identity for p in found.positions}
    assert any("cut short" in r.reason for r in found.rejections)


def test_broken_checksums_are_refused_and_the_rest_kept():
    """Wrong checksums of sentence and tag block, a missing part and noise are refused, each by its reason."""
    good, bad = tagged(ship()[0], NOW), tagged(ship(431000002)[0], NOW)
    half = encode_dict(
        {"type": 5, "mmsi": 431000004, "shipname": "X"}, talker_id="AI", sentence_type="VDM", seq_id=4
    )
    lines = [
        good,
        bad[:-2] + ("00" if bad[-2:] != "00" else "11"),
        bad.replace("c:17", "c:16", 1),
        half[0],
        "!AIVDM,x",
    ]
    found = decode("\n".join(lines))
    assert [p.identity for p in found.positions] == ["431000001"]
    reasons = " | ".join(r.reason for r in found.rejections)
    for part in ("wrong checksum", "tag block with a wrong checksum", "parts of a message are missing", "no AIS"):
        assert part in reasons
    assert {r.line for r in found.rejections} == {None, 2, 3, 5}


BAD_PLACES = [
    ({"lat": 91.0, "lon": 134.0}, "out of range"),
    ({"lat": 134.0, "lon": 40.0}, "swapped"),
    ({"lat": 0.0, "lon": 0.0}, "without a fix"),
    ({"lat": 24_060_000.0, "lon": 80_520_000.0}, "unit"),
    ({"lat": "x"}, "no number"),
    ({"hex": "84zz01"}, "no ICAO address"),
    ({"seen_pos": -7200.0}, "future"),
]


@pytest.mark.parametrize(("change", "reason"), BAD_PLACES, ids=[reason for _, reason in BAD_PLACES])
def test_impossible_positions_are_refused(change, reason):
    """What cannot be a position is refused with its reason, and the aircraft beside it kept."""
    found = decode(readsb({**PLANE, **change}, {**PLANE, "hex": "840009"}))
    assert [p.identity for p in found.positions] == ["840009"]
    (rejection,) = found.rejections
    assert reason in rejection.reason


def test_a_ship_at_91_degrees_north():
    """AIS's own value for no position is refused as that."""
    found = decode(tagged(ship(lat=91, lon=181)[0], NOW))
    (rejection,) = found.rejections
    assert "AIS sends 91 N 181 E where none is available" in rejection.reason
    assert not list(found.positions)


def test_absurd_speeds_and_heights_are_marked_and_the_place_kept():
    """A speed in knots given as m/s, a height in feet given as metres: kept without them, and told."""
    head = "kind,identity,time_utc,lat_deg,lon_deg,speed_m_s,height_m"
    found = one(f"{head}\naircraft,840001,2025-11-07T03:41:57Z,40.1,134.2,480,36000\n")
    assert found.speed_m_s is None
    assert found.height_m is None
    assert "knots?" in found.doubt
    assert "feet?" in found.doubt
    found = one(f"{head}\nship,431000001,2025-11-07T03:41:57Z,40.1,134.2,90,\n")
    assert found.speed_m_s is None
    assert "km/h?" in found.doubt or "knots?" in found.doubt


def test_times_in_milliseconds_are_refused_with_what_was_meant():
    """Unix milliseconds are named as such."""
    found = decode(f"icao24,lat,lon,velocity,time\n840001,40.1,134.2,230,{NOW * 1000:.0f}\n")
    (rejection,) = found.rejections
    assert "milliseconds" in rejection.try_


def test_one_identity_of_two_craft_is_told_apart():
    """An address heard 900 km apart within a minute is two aircraft: both are kept and marked."""
    rows = [(0, 40.0, 134.0), (10, 40.0, 134.03), (10, 40.0, 134.03), (20, 33.0, 129.0), (30, 40.0, 134.09)]
    lines = [f"{NOW + t},840001,{lat},{lon},230" for t, lat, lon in rows]
    found = decode("\n".join(["time,icao24,lat,lon,velocity", *lines]))
    assert [p.identity for p in found.positions] == ["840001"] * 3 + ["840001#2"]
    assert all("used by 2 craft" in p.doubt for p in found.positions)
    assert [r.reason for r in found.rejections] == ["duplicate position"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"a,b\n1,2\n",
        b"{}",
        b"[]",
        b'{"aircraft": 3}',
        b"PAR1xx",
        b"\xff\xfe",
        b'{"aircraft": [], "x": 1}',
    ],
)
def test_what_is_no_traffic_is_one_rejection(content):
    """A file of something else is refused whole, with what would do."""
    found = decode(content)
    assert not found.blocks
    assert len(found.rejections) == 1


def test_raw_mode_s_is_named():
    """Raw frames are refused with the programs that decode them."""
    (rejection,) = decode("*8D40621D58C382D690C8AC2863A7;\n*8D40621D58C386435CC412692AD6;\n").rejections
    assert "readsb" in rejection.try_


ASKED = "who,asked_utc,answered_utc,answer,text\n"


def answers(text):
    return decode_answers((ASKED + text).encode(), evidence="e", provenance=WHO, as_of_s=NOW + 3600)


def test_answers_are_taken_as_recorded():
    """Answered and unanswered rows are kept with their times in UTC."""
    found = answers(
        "Coast guard,2025-11-07T12:50:00+09:00,2025-11-07T13:10:00+09:00,No damage,none so far\n"
        "Area control,2025-11-07T03:50:00Z,,,\n"
    )
    first, second = found.answers
    assert not found.rejections
    assert (first.answer, first.answered_utc) == ("no damage", "2025-11-07T04:10:00.000000Z")
    assert (second.answer, second.answered_utc) == (None, None)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("A,2025-11-07T03:50:00Z,,no damage,", "needs its time"),
        ("A,2025-11-07T03:50:00Z,2025-11-07T04:00:00Z,fine,", "unknown answer"),
        ("A,2025-11-07T03:50:00Z,2025-11-07T03:00:00Z,no damage,", "before it was asked"),
        ("A,2025-11-07T03:50:00Z,2025-11-08T03:00:00Z,no damage,", "future"),
        ("A,2025-11-07T03:50:00,,,", "no time zone"),
        (",2025-11-07T03:50:00Z,,,", "missing"),
    ],
)
def test_answers_that_cannot_be_are_refused(row, reason):
    """A row that contradicts itself is refused with its line."""
    found = answers(row + "\n")
    assert not found.answers
    (rejection,) = found.rejections
    assert reason in rejection.reason
    assert rejection.line == 2
