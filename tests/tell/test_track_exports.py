"""Tracks for displays and maps: what is written comes back as it was or was refused, and never wraps."""

import ast
import json
import math
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import takproto
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from msgspec.structs import replace

import launchwatch
from launchwatch.basis.errors import InputError
from launchwatch.basis.instants import parse_instant
from launchwatch.facts import FieldLabels, Interval, Label, Track, TrackUpdate, Verdict
from launchwatch.geo.frames import east_north_up
from launchwatch.tell import movingfeatures
from launchwatch.tell.cot import AIR, MISSILE, UNKNOWN_M, cot_event, cot_protobuf, tracks_cot
from launchwatch.tell.geodetic import geodetic
from launchwatch.tell.movingfeatures import tracks_geojson, tracks_mfjson
from launchwatch.tell.sharing import view_for
from tests.tell.release_cases import ecef
from tests.tell.track_samples import WHO, state

ROOT = Path(launchwatch.__file__).parent


def update(lat, lon, height_m, enu=(0.0, 0.0, 0.0), second=0, sigma=(100.0, 50.0, 30.0)):
    axes = east_north_up(math.radians(lat), math.radians(lon))
    position = axes.T @ np.diag(np.square(sigma)) @ axes
    covariance = np.zeros((6, 6))
    covariance[:3, :3], covariance[3:, 3:] = position, np.eye(3)
    return TrackUpdate(
        time_utc=f"2025-11-07T03:35:{second:02d}.250000Z", position_ecef_m=tuple(ecef(lat, lon, height_m)),
        velocity_ecef_m_s=tuple(map(float, axes.T @ np.array(enu))),
        covariance=tuple(map(float, covariance.ravel())), modes={}, class_={}, existence=0.9, plots=3,
    )  # fmt: skip


def track(*updates):
    return Track(
        id="track-1", status="confirmed", first_utc=updates[0].time_utc, last_utc=updates[-1].time_utc,
        class_={"SRBM": 1.0}, launch=None, heading_deg=None, impact=None, updates=updates, plots_used=3,
        sensors=("R1",), provenance=WHO,
    )  # fmt: skip


STATES = st.builds(
    lambda lat, lon, height, speed, course, slope: (
        update(lat, lon, height, (
            speed * math.cos(slope) * math.sin(course), speed * math.cos(slope) * math.cos(course),
            speed * math.sin(slope),
        )),
        (lat, lon, height, speed, course, slope),
    ),
    st.floats(-89.9, 89.9), st.floats(-180, 180), st.floats(0, 7e6), st.floats(0, 12e3), st.floats(0, 6.28),
    st.floats(-1.5, 1.5),
)  # fmt: skip


def angle_apart(one, other):
    return abs((one - other + 180.0) % 360.0 - 180.0)


@settings(max_examples=300, deadline=None)
@given(STATES)
def test_cot_comes_back(drawn):
    """T17: any state up to 7,000 km and 12 km/s comes back from TAK's protocol buffers to the last digit."""
    one, (lat, lon, height, speed, course, slope) = drawn
    event = cot_event(one, uid="u", callsign="c", status="exercise")
    for encoded in (event, cot_protobuf(event)):
        read = takproto.parse_proto(bytearray(encoded)).cotEvent
        assert math.isclose(read.lat, lat, abs_tol=1e-8)
        assert angle_apart(read.lon, lon) * math.cos(math.radians(lat)) < 1e-7
        assert math.isclose(read.hae, height, abs_tol=0.01)
        assert math.isclose(read.detail.track.speed, speed, abs_tol=1e-3)
        if speed * math.cos(slope) > 1.0:
            assert angle_apart(read.detail.track.course, math.degrees(course)) < 1e-3
        assert (round(read.ce), round(read.le)) == (100, 30)
        assert read.sendTime == int(1000 * parse_instant(one.time_utc))


@settings(max_examples=300, deadline=None)
@given(STATES)
def test_map_formats_come_back(drawn):
    """T17: MF-JSON and GeoJSON hold any such state in degrees and metres, a shared view its own numbers."""
    one, (lat, lon, height, speed, _, _) = drawn
    moving = json.loads(tracks_mfjson([track(one)], "exercise"))["features"][0]
    points = json.loads(tracks_geojson([track(one)], "exercise"))["features"][0]["geometry"]["coordinates"]
    for x, y, z in (*moving["temporalGeometry"]["coordinates"], *points):
        assert math.isclose(y, lat, abs_tol=1e-8)
        assert angle_apart(x, lon) * math.cos(math.radians(lat)) < 1e-7
        assert math.isclose(z, height, abs_tol=0.01)
    assert math.isclose(moving["temporalProperties"][0]["speed"]["values"][0], speed, abs_tol=1e-3)
    open_ = FieldLabels.all(Label.of("KR", "JP"))
    shown = view_for("JP", "state", replace(state(), update=one), open_, "full")["update"]
    assert tuple(shown["position_ecef_m"]) == one.position_ecef_m
    assert tuple(shown["velocity_ecef_m_s"]) == one.velocity_ecef_m_s


@pytest.mark.parametrize(
    "bad",
    [
        update(10, 20, 6e7),
        update(10, 20, -5e4),
        update(10, 20, 1e5, (0.0, 13e3, 0.0)),
        replace(update(10, 20, 1e5), position_ecef_m=(math.nan, 0.0, 0.0)),
        replace(update(10, 20, 1e5), velocity_ecef_m_s=(math.inf, 0.0, 0.0)),
    ],
    ids=["too high", "too low", "too fast", "no position", "no velocity"],
)
def test_what_cannot_be_told_is_refused(bad):
    """Beyond its range each exporter refuses, with what is allowed."""
    for writer in (tracks_cot, tracks_mfjson, tracks_geojson):
        with pytest.raises(InputError):
            writer([track(bad)], "exercise")


def verdict(says):
    one = Interval(median=1.0, p05=0.0, p95=2.0)
    return Verdict(says=says, reasons=(), burning=0.0, energy_height_km=one, perigee_km=one, apogee_km=one)


@pytest.mark.parametrize(
    ("says", "kind"), [("not yet", AIR), ("ballistic", MISSILE), ("not ballistic", AIR), (None, AIR)]
)
def test_a_missile_only_once_it_is_decided(says, kind):
    """The type is that of a missile where the verdict says so, else an unknown air track; never friend or foe."""
    one = replace(update(39, 130, 1e5), verdict=verdict(says) if says else None)
    event = etree.fromstring(cot_event(one, uid="u", callsign="c", status="actual"))
    assert event.get("type") == kind
    assert kind.startswith("a-u-")


def test_a_drill_is_marked():
    """An exercise says so in callsign, operation and remarks; a live event does not; a draft is refused."""
    drill = etree.fromstring(cot_event(update(39, 130, 1e5), uid="u", callsign="track-1", status="exercise"))
    live = etree.fromstring(cot_event(update(39, 130, 1e5), uid="u", callsign="track-1", status="actual"))
    said = [(e.get("opex"), e.find("detail/contact").get("callsign")) for e in (drill, live)]
    assert said == [("e-launchwatch", "EXERCISE track-1"), ("o-launchwatch", "track-1")]
    assert drill.findtext("detail/remarks").startswith("EXERCISE")
    with pytest.raises(InputError, match="draft"):
        cot_event(update(39, 130, 1e5), uid="u", callsign="c", status="draft")


def test_events_go_stale_soon():
    """A position is shown for 15 s, and an unknown error as unknown."""
    one = replace(update(39, 130, 1e5), covariance=None)
    event = etree.fromstring(cot_event(one, uid="u", callsign="c", status="actual"))
    start, stale = (datetime.fromisoformat(event.get(name)).astimezone(UTC) for name in ("start", "stale"))
    assert (stale - start).total_seconds() == 15.0
    assert float(event.find("point").get("ce")) == UNKNOWN_M


def test_the_error_is_the_major_axis():
    """`ce` is one sigma along the major horizontal axis, whatever its azimuth: never smaller than the truth."""
    one = update(39, 130, 1e5, sigma=(30.0, 400.0, 70.0))
    at = geodetic(one)
    assert (at.horizontal_m, at.vertical_m) == (pytest.approx(400.0), pytest.approx(70.0))


def test_a_track_over_the_antimeridian_is_cut():
    """A path from 179 E to 179 W is two pieces in both map formats: no line round the earth."""
    one = track(*(update(40, lon, 1e5, second=i) for i, lon in enumerate((178.0, 179.5, -179.5, -178.0))))
    moving = json.loads(tracks_mfjson([one], "exercise"))["features"][0]["temporalGeometry"]
    assert moving["type"] == "MovingGeometryCollection"
    assert [len(prism["datetimes"]) for prism in moving["prisms"]] == [2, 2]
    line = json.loads(tracks_geojson([one], "exercise"))["features"][0]["geometry"]
    assert (line["type"], len(line["coordinates"])) == ("MultiLineString", 2)


def test_mfjson_has_what_the_standard_asks():
    """19-045r3: a moving feature has a temporal geometry with as many instants, in order, as places."""
    one = track(*(update(40, 130 + i, 1e5, second=i) for i in range(4)))
    document = json.loads(tracks_mfjson([one], "exercise"))
    assert document["crs"]["properties"]["name"].endswith("CRS84h")
    feature = document["features"][0]
    geometry, properties = feature["temporalGeometry"], feature["temporalProperties"][0]
    assert (feature["type"], geometry["type"], geometry["interpolation"]) == ("Feature", "MovingPoint", "Linear")
    assert geometry["datetimes"] == sorted(geometry["datetimes"])
    assert len(geometry["coordinates"]) == len(geometry["datetimes"]) == len(properties["speed"]["values"]) == 4


def _imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


def test_nothing_writes_asterix():
    """ASTERIX wraps above 62 km, so nothing writes it: one module knows the library, and that one only reads."""
    users = [path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.py") if "asterix" in _imports(path)]
    assert users == ["observe/asterix.py"]
    calls = {
        node.attr for node in ast.walk(ast.parse((ROOT / users[0]).read_text())) if isinstance(node, ast.Attribute)
    }
    assert not calls & {"create", "unparse"}
    assert set(movingfeatures.WRITERS) == {".mfjson", ".geojson", ".json", ".cot"}
    for writer in movingfeatures.WRITERS.values():
        written = writer([track(update(39, 130, 6e5))], "exercise")
        assert written.lstrip()[:1] in (b"{", b"<")
