"""What leaves the house: CAP, GeoJSON, KML, CZML and the statement, against their own standards."""

import json
import math
import re
from itertools import pairwise

import msgspec
import pytest
import shapely
from lxml import etree

from launchwatch.facts import Ellipse, PointEstimate
from launchwatch.geo.zones import load_zones
from launchwatch.tell.cap import NAMESPACE, check_cap, to_cap
from launchwatch.tell.czml import to_czml
from launchwatch.tell.fallareas import WRITERS
from launchwatch.tell.geojson import to_geojson
from launchwatch.tell.kml import to_kml
from launchwatch.tell.shapes import ellipse_rings
from launchwatch.tell.statement import statement_text
from tests.tell.scenes import claimed_event, tracked_event

EVENTS = pytest.mark.parametrize("event", [tracked_event, claimed_event], ids=["tracked", "claimed"])


@EVENTS
def test_cap_passes_schema_and_rules(event):
    """The message is valid CAP 1.2 and marked Exercise in status, headline and text."""
    data = to_cap(event())
    assert check_cap(data) == []
    root = etree.fromstring(data)
    found = {tag: root.findtext(f".//{{{NAMESPACE}}}{tag}") for tag in ("status", "headline", "description")}
    assert found["status"] == "Exercise"
    assert found["headline"].startswith("EXERCISE")
    assert found["description"].startswith("EXERCISE")


BROKEN = [
    (b"<status>Exercise</status>", b"<status>Real</status>", "Real"),
    (b"-00:00</sent>", b"Z</sent>", "sent"),
    (b"-00:00</expires>", b"+00:00</expires>", "universal time is written -00:00"),
    (b"<msgType>Alert</msgType>", b"", "msgType"),
    (b"<expires>2025-11-07T10", b"<expires>2025-11-07T08", "expires before it is sent"),
    (b"</alert>", b"", "no XML"),
]


@pytest.mark.parametrize(("old", "new", "reason"), BROKEN, ids=[reason for *_, reason in BROKEN])
def test_broken_cap_is_refused(old, new, reason):
    """Each broken message is refused with what is wrong; the rules on times are not in the schema."""
    data = to_cap(tracked_event())
    assert old in data
    assert any(reason in problem for problem in check_cap(data.replace(old, new, 1)))


def test_unclosed_and_unearthly_polygons_are_refused():
    """Polygons that the schema lets pass are caught: not closed, or beyond the earth's coordinates."""
    text = to_cap(tracked_event()).decode()
    polygon = re.search("<polygon>(.*?)</polygon>", text)[1]
    opened = text.replace(polygon, " ".join(polygon.split()[:-1]), 1).encode()
    beyond = text.replace(polygon, polygon.replace(",13", ",53"), 1).encode()
    assert "a polygon is not closed" in check_cap(opened)
    assert "a polygon leaves the earth" in check_cap(beyond)


def test_no_flight_no_cap():
    """Without an estimated flight no alert message is made."""
    assert to_cap(msgspec.structs.replace(tracked_event(), objects=())) is None


@EVENTS
def test_geojson_geometries_are_valid(event):
    """Every geometry is valid, on the earth, and exterior rings run counter-clockwise (RFC 7946, 3.1.6)."""
    document = json.loads(to_geojson(event(), load_zones()))
    assert document["event"]["status"] == "exercise"
    kinds = set()
    for feature in document["features"]:
        shape = shapely.from_geojson(json.dumps(feature["geometry"]))
        kinds.add(shape.geom_type)
        west, south, east, north = shape.bounds
        assert -180 <= west <= east <= 180
        assert -90 <= south <= north <= 90
        if shape.geom_type.endswith("Polygon"):
            assert shape.is_valid
            assert all(part.exterior.is_ccw for part in shapely.get_parts(shape))
    assert kinds == {"LineString", "Point", "Polygon", "MultiPolygon", "MultiLineString"}


def test_areas_carry_the_times_that_they_hold():
    """Each instant has a corridor and a fall; one holds until the next, in all three forms."""
    event = tracked_event()
    assert 2 <= len(event.areas) <= 20
    for before, after in pairwise(event.areas):
        assert before.until_utc == after.time_utc
    assert event.areas[-1].until_utc is None
    features = json.loads(to_geojson(event, load_zones()))["features"]
    timed = [f["properties"] for f in features if f["properties"]["name"] == "debris corridor"]
    assert [p["time_utc"] for p in timed] == [area.time_utc for area in event.areas]
    assert to_kml(event, load_zones()).count(b"<TimeSpan>") == 2 * len(event.areas)
    packets = json.loads(to_czml(event, load_zones()))
    assert sum("availability" in packet for packet in packets) >= 2 * len(event.areas)


@pytest.mark.parametrize("suffix", WRITERS)
def test_areas_are_written_by_themselves(suffix):
    """A file of areas alone is whole in each form, and so is one of none."""
    for areas in (tracked_event().areas, ()):
        data = WRITERS[suffix](areas)
        document = etree.fromstring(data) if suffix == ".kml" else json.loads(data)
        assert document is not None


@EVENTS
def test_kml_is_valid(event):
    """The document passes OGC's KML 2.2 schema (as pykml carries it)."""
    schemas = pytest.importorskip("pykml").__path__[0] + "/schemas/ogckml22.xsd"
    text = etree.parse(schemas)
    for node in text.iter("{http://www.w3.org/2001/XMLSchema}import"):  # Atom and xAL parts are not used here
        node.getparent().remove(node)
    for node in text.xpath("//*[starts-with(@ref, 'atom:') or starts-with(@ref, 'xal:')]"):
        node.getparent().remove(node)
    schema = etree.XMLSchema(text)
    schema.assertValid(etree.fromstring(to_kml(event(), load_zones())))


@EVENTS
def test_czml_paths_run_in_time(event):
    """The first packet is the document; path samples are quadruples with rising times and the right height."""
    packets = json.loads(to_czml(event(), load_zones()))
    assert packets[0]["id"] == "document"
    assert "EXERCISE" in packets[0]["name"]
    assert len({packet["id"] for packet in packets}) == len(packets)
    paths = [packet for packet in packets if packet["id"].startswith("path-")]
    for packet in paths:
        flat = packet["position"]["cartographicDegrees"]
        assert len(flat) % 4 == 0
        assert flat[::4] == sorted(flat[::4])
        assert 40e3 < max(flat[3::4]) < 90e3
    assert paths


def test_ellipses_stop_at_the_antimeridian():
    """An ellipse about 179.9 E is two closed rings, counter-clockwise, each on its own side (RFC 7946, 3.1.9)."""
    ellipse = Ellipse(semi_major_km=60.0, semi_minor_km=30.0, azimuth_deg=70.0)
    rings = ellipse_rings(PointEstimate(lat_deg=40.0, lon_deg=179.9, ellipse_95=ellipse))
    assert len(rings) == 2
    for ring in rings:
        lon = [x for x, _ in ring]
        assert ring[0] == ring[-1]
        assert max(lon) - min(lon) < 2
        assert shapely.LinearRing(ring).is_ccw
    area = sum(shapely.Polygon(ring).area for ring in rings)
    whole = math.pi * 60 * 30 / (111.2**2 * math.cos(math.radians(40)))
    assert area == pytest.approx(whole, rel=0.01)  # 111.2 km a degree on a sphere


def test_statement_of_the_tracked_event():
    """The statement tells who said what, keeps both ranges, and names the zone with word and number."""
    event = tracked_event()
    text = statement_text(event)
    assert text.startswith("*** EXERCISE")
    assert "at about 12:35 KST (03:35 UTC) on 7 November 2025" in text
    assert "South Korea gave a range of 700 km, Japan 450 km; both are kept" in text
    assert "almost certain (>99 %) outside Japan's exclusive economic zone" in text
    assert "South Korea JCS said that preparations had been detected beforehand." in text
    assert "Sensors detected and tracked one object" in text
    assert "5 reports and 1 sensor recording" in text


@EVENTS
def test_likelihood_words_stand_beside_numbers(event):
    """Wherever a likelihood word is used, its number follows in brackets."""
    for sentence in event().statement.sentences:
        for match in re.finditer(r"(?:almost|very|roughly|un)?\s?(?:certain|likely|even chance)\b", sentence):
            if "ICD 203" not in sentence and "“" not in sentence:
                assert re.match(r" \([<>]?\d+ %", sentence[match.end() :]), sentence


@EVENTS
def test_every_sentence_names_its_basis(event):
    """Each sentence carries the ids that it rests on, and each id is known to the event."""
    made = event()
    known = {a.claim.id for a in made.claims} | set(made.tracks)
    known |= {m.id for m in (*made.reports, *made.recordings)}
    assert len(made.statement.basis) == len(made.statement.sentences)
    for sentence, ids in zip(made.statement.sentences, made.statement.basis, strict=True):
        assert set(ids) <= known
        if re.search(r"\d", sentence):
            assert ids, sentence


@EVENTS
def test_events_tell_what_lies_below(event):
    """The launch's own territory is there from lift-off, its region on the way up; airways were not asked for."""
    made = event()
    own = next(one for one in made.overflights if one.area == "PRK")
    assert own.from_s.median == 0.0
    assert own.probability > 0.9
    climb = [one for one in made.airspace if one.part == "climb" and one.kind == "FIR"]
    assert climb[0].id == "ZKKP"
    assert made.airways == "not looked up"
    assert "passed over the territory of North Korea" not in statement_text(made)
