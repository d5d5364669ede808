import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from urllib.parse import unquote

import msgspec
import numpy as np
import pytest

from launchwatch.basis.errors import InputError
from launchwatch.basis.likelihood import likelihood_word
from launchwatch.facts import CraftExposure, Event, Interval, KindExposure, LaneCrossing, PortNearby
from launchwatch.geo.zones import load_zones
from launchwatch.observe.pages import read_page
from launchwatch.tell.attribution import attribute_claims, language_of, safe_url
from launchwatch.tell.drawing import Canvas, label_box, overlap
from launchwatch.tell.figures import key_figures, likelihood_rows
from launchwatch.tell.mapsheet import MapSheet, draw_maps
from launchwatch.tell.mapview import fit_view
from launchwatch.tell.milestones import claimed_times, course_of, pull_up_s
from launchwatch.tell.page import to_page
from launchwatch.tell.values import say_value
from launchwatch.tell.wording import shown
from tests.browser.events import (
    HOSTILE,
    arc,
    assessed,
    claimed_event,
    flightless_event,
    hostile_event,
    tracked_event,
)
from tests.tell import scenes

WIDE = Canvas("wide", 960, 640, 13)


class Page(HTMLParser):
    """The page's elements with their attributes, its visible text, and the content of style and script."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.raw: dict[str, list[str]] = {"script": [], "style": []}
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self._open.append(tag)
        if tag in self.raw:
            self.raw[tag].append("")

    def handle_endtag(self, tag):
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data):
        if self._open and self._open[-1] in self.raw:
            self.raw[self._open[-1]][-1] += data
        else:
            self.text += data

    def all(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]


def test_the_page_is_no_evidence():
    """A page that was written is refused as a report, with the reason."""
    with pytest.raises(InputError, match="page was made by launchwatch"):
        read_page(to_page(tracked_event(), load_zones()))


def page_of(event: Event) -> Page:
    return Page(to_page(event, load_zones()).decode())


def sheet_of(event: Event) -> MapSheet:
    return draw_maps(event, load_zones(), [WIDE])[0]


@pytest.fixture(scope="module")
def tracked() -> Page:
    return page_of(tracked_event())


def test_same_event_same_bytes():
    """Nothing but the event decides the page."""
    assert to_page(tracked_event(), load_zones()) == to_page(tracked_event(), load_zones())


@pytest.mark.parametrize("make", [tracked_event, claimed_event, flightless_event, hostile_event])
def test_page_loads_nothing(make):
    """No element fetches, embeds or posts; links are fragments, or plain http(s) for a reader to follow."""
    page = page_of(make())
    assert not {name for name, _ in page.elements} & {"img", "iframe", "object", "embed", "form", "base", "video"}
    for name, attrs in page.elements:
        assert "src" not in attrs
        assert "style" not in attrs, "the policy forbids style attributes"
        assert not [attribute for attribute in attrs if attribute.startswith("on")]
        href = attrs.get("href") or "#"
        assert href.startswith("#") or (name, href) == ("link", "data:,") or re.match(r"https?://", href)
    css = page.raw["style"][0]
    assert "@import" not in css
    assert set(re.findall(r"url\(([^)]*)\)", css)) == {"#hatch-wide", "#hatch-narrow"}


def test_policy_allows_only_the_page_itself(tracked):
    """The content security policy holds the digests of the one style and the one script."""
    policy = next(a["content"] for a in tracked.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    style, script = tracked.raw["style"][0], tracked.raw["script"][-1]
    for kind, text in (("style", style), ("script", script)):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy


def test_the_head_of_a_salvo_names_its_object():
    """With two objects the head's figures say that they are the first one's."""
    one = tracked_event().objects[0]
    event = msgspec.structs.replace(tracked_event(), objects=(one, msgspec.structs.replace(one, item=2)))
    assert key_figures(event)[0].name == "Object 1 of 2: class"
    assert key_figures(tracked_event())[0].name == "Class"


def test_hostile_texts_stay_texts():
    """Markup, scripts, templates and addresses in any field are printed, not obeyed."""
    page = page_of(hostile_event())
    kinds = [attrs.get("type") for attrs in page.all("script")]
    assert kinds == ["application/json", None]
    assert page.text.count(shown(HOSTILE)) > 25
    links = [attrs["href"] for attrs in page.all("a") if attrs["href"].startswith("http")]
    assert set(links) == {'https://example.org/"><script>alert(5)</script>'}
    assert "javascript:alert(4)" in page.text, "a refused address is printed as text"
    assert json.loads(page.raw["script"][0])["paths"]


def test_ids_are_unique_and_links_lead_somewhere(tracked):
    """Every fragment link has one target."""
    ids = [attrs["id"] for _, attrs in tracked.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    fragments = {unquote(a["href"][1:]) for a in tracked.all("a") if a["href"].startswith("#")}
    assert fragments <= set(ids)


def test_every_claim_is_on_the_page(tracked):
    """Each claim's words stand under its own anchor, its verdict as a word beside its sign."""
    event = tracked_event()
    anchors = {attrs.get("id") for attrs in tracked.all("blockquote")}
    assert anchors == {a.claim.id for a in event.claims}
    for item in event.claims:
        assert f"“{item.claim.quote}”" in tracked.text
        assert item.consistency.verdict in tracked.text
    for sign in "✓△✕○":
        assert sign in tracked.text


@pytest.mark.parametrize("status", ["exercise", "test", "actual"])
def test_status_is_told_in_words(status):
    """The status stands in the banner, on both maps and in the footer; a drill also in the title."""
    page = page_of(msgspec.structs.replace(tracked_event(), status=status))
    assert page.text.count(status.upper()) >= 4
    html = to_page(msgspec.structs.replace(tracked_event(), status=status), load_zones()).decode()
    assert (f"<title>[{status.upper()}]" in html) == (status != "actual")


def test_event_without_flight_has_no_drawing():
    """Without a flight the page says so and keeps its tables."""
    page = page_of(flightless_event())
    assert "No flight was estimated" in page.text
    assert "No map" in page.text
    assert not [a for a in page.all("svg") if a.get("role") == "img"]
    assert "about 700 km, stated in miles" in page.text


def test_empty_event_renders():
    """An event with neither claims nor reports nor statement still makes a page."""
    bare = flightless_event(claims=(), reports=(), context=(), statement=None, evidence=())
    page = page_of(bare)
    assert "No statement about this launch was found" in page.text
    assert "No report belongs to this event" in page.text


def test_a_track_without_estimate_is_drawn():
    """A path alone, too short for an estimate, still shows where it was seen."""
    page = page_of(flightless_event(paths=(arc("track", "track", range_km=120.0),)))
    assert "First seen" in page.text
    assert "first seen" in page.text


@pytest.mark.parametrize(
    ("origin", "azimuth_deg"), [((35.0, 52.0), 90.0), ((60.0, -30.0), 10.0), ((-20.0, -179.0), 270.0)]
)
def test_a_flight_anywhere_has_its_land_and_zones(origin, azimuth_deg):
    """Land and zones of the whole world are known: Iran, Iceland, Fiji and Tonga."""
    event = claimed_event(origin, azimuth_deg, zones=())
    sheet = sheet_of(event)
    assert sheet.land
    assert sheet.zones
    assert not sheet.uncovered
    assert "not covered" not in page_of(event).text


def test_antimeridian_is_no_seam():
    """A path across 180 degrees is one short line on the map."""
    sheet = sheet_of(claimed_event((40.0, 177.0), 90.0))
    numbers = np.array([[float(v) for v in pair.split(",")] for pair in re.split("[ML]", sheet.paths[0].d)[1:]])
    assert len(numbers) > 1
    assert np.hypot(*np.diff(numbers, axis=0).T).max() < 960
    assert (numbers >= 0).all()
    assert numbers[:, 0].max() < 960


def test_polar_view_renders():
    """A flight over the pole has a map."""
    sheet = sheet_of(claimed_event((86.0, 100.0), 0.0, zones=()))
    assert sheet.paths
    assert sheet.graticule


def test_view_holds_what_is_drawn():
    """Pixels and degrees are inverses, and every place lies in the frame."""
    lon, lat = np.array([120.0, 141.0, 133.0]), np.array([35.0, 45.0, 41.0])
    view = fit_view(lon, lat, WIDE)
    pixels = view.to_pixels(lon, lat)
    assert (pixels > 0).all()
    assert (pixels < [960, 640]).all()
    back_lon, back_lat = view.to_degrees(pixels)
    assert back_lon == pytest.approx(lon, abs=1e-6)
    assert back_lat == pytest.approx(lat, abs=1e-6)


def test_map_shows_zones_and_names():
    """Land, limits of three styles, and seas with both names."""
    sheet = sheet_of(tracked_event())
    assert len(sheet.land) > 2000
    assert {line.kind for line in sheet.zones} == {"territorial", "eez", "disputed"}
    texts = {" ".join(label.lines) for label in sheet.labels}
    assert "Sea of Japan (East Sea)" in texts
    assert any("Japan · 日本" in text for text in texts)
    assert {"Launch", "Impact"} <= texts
    assert "40° N" in texts


def test_labels_keep_apart():
    """No label covers another."""
    scale = {"sea": 1.1, "country": 0.9, "zone": 0.85, "zone disputed": 0.85, "degree": 0.85}
    for event in (tracked_event(), claimed_event()):
        boxes = [
            label_box(label.x, label.y, label.anchor, label.lines, 13 * scale.get(label.kind, 0.9))
            for label in sheet_of(event).labels
        ]
        assert len(boxes) > 12
        assert not [1 for i, box in enumerate(boxes) for other in boxes[:i] if overlap(box, other, gap=0)]


def test_shared_limits_are_drawn_once():
    """A limit between two zones is one line: few pieces of any two zones' lines run side by side."""
    import shapely

    lines = []
    for zone in sheet_of(tracked_event()).zones:
        parts = [part for part in zone.d.split("M") if part]
        points = [[tuple(map(float, p.split(","))) for p in part.rstrip("Z").split("L")] for part in parts]
        lines.append(shapely.union_all([shapely.LineString(p) for p in points if len(p) > 1]))
    for i, line in enumerate(lines):
        for other in lines[:i]:
            near = shapely.intersection(line, shapely.buffer(other, 1.5))
            assert near.length < 12, "more than a crossing or a meeting of ends"


def test_playback_matches_the_drawing(tracked):
    """The marker starts on the launch point of every drawing and follows the path's own points."""
    data = json.loads(tracked.raw["script"][0])
    course = course_of(tracked_event().paths[0])
    assert data["end_s"] == course.time_s[-1]
    assert data["paths"][0]["height"] == pytest.approx(course.height_km, abs=0.006)
    assert set(data["map"]) == set(data["profile"]) == set(data["timeline"]) == {"wide", "narrow"}
    sheet = sheet_of(tracked_event())
    launch = next(mark for mark in sheet.marks if mark.kind == "launch")
    x, y = (axis[0] for axis in data["map"]["wide"][0])
    assert (x, y) == pytest.approx((launch.x, launch.y), abs=0.2)


def test_page_stays_small(tracked):
    """A page can be mailed: under 1 MB."""
    assert len(to_page(claimed_event(), load_zones())) < 1_000_000
    assert len(tracked.text) > 3000


def test_pull_up_is_seen_only_where_a_descent_levels_off():
    """A parabola has none; a descent that levels off in mid-air has one where it was steepest."""
    course = course_of(arc("track", "track"))
    assert pull_up_s(course) is None
    height = course.height_km.copy()
    height[30:38] = height[29]
    levelled = type(course)(course.time_s, course.lat_deg, course.lon_deg, height, course.distance_km)
    assert pull_up_s(levelled) == course.time_s[28]


def test_claimed_clock_times_take_the_nearest_day():
    """12:35 in Korea is 30 s after a launch at 03:34:30 UTC; an unknown zone has no place on the axis."""
    extra = assessed(20, "launch_time", "22:35", "US military", "untestable", unit="EST")
    event = msgspec.structs.replace(tracked_event(), claims=(*tracked_event().claims, extra))
    korean, american = claimed_times(event)
    assert korean.at_s == pytest.approx(30.0)
    assert american.at_s is None


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "seed 004.txt",
        "javascript:alert(1)",
        " javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "//example.org",
        "https:///nohost",
        "https://[bad",
        "file:///etc/passwd",
        "https://example.org/a b",
    ],
)
def test_unsafe_addresses_are_no_links(url):
    """Only http and https with a host become links."""
    assert safe_url(url) is None


def test_safe_addresses_are_kept_whole():
    """A plain address is linked as it was given."""
    assert safe_url("https://example.org/a?b=1&c=2#d") == "https://example.org/a?b=1&c=2#d"


def test_claims_stand_by_matter_and_office():
    """Rows follow the attributes' order; deputies share their office's column, the outlet's voice comes last."""
    said = attribute_claims(tracked_event())
    assert said.offices == ("South Korea JCS", "Japan MOD", "Japan government", "The reports’ own voice")
    titles = [matter.title for matter in said.matters]
    assert titles.index("Range") < titles.index("Apogee") < titles.index("Economic zone")
    shared = next(matter for matter in said.matters if matter.title == "Shared with")
    assert shared.cells[0][0].value == "denied: Japan, US"
    assert [row[0] for row in said.earlier] == ["How many"]


@pytest.mark.parametrize(
    ("attribute", "value", "more", "text"),
    [
        ("range_km", 700.0651, {"qualifier": "about", "unit": "mi"}, "about 700 km, stated in miles"),
        ("apogee_km", (40.0, 50.5), {"qualifier": "range"}, "40 to 50.5 km"),
        ("speed_mach", 6.0, {"qualifier": "at_least"}, "at least Mach 6"),
        ("eez", "outside", {"unit": "Japan"}, "outside Japan’s EEZ"),
        ("preparations_detected", True, {}, "yes"),
        ("damage", "none", {"polarity": "denied"}, "denied: none"),
        ("range_km", 300.0, {"item": 2}, "object 2: 300 km"),
        ("launch_time", "03:35", {"unit": "UTC"}, "03:35 UTC"),
    ],
)
def test_claim_values_in_words(attribute, value, more, text):
    """Values carry qualifier, unit, denial and object."""
    assert say_value(assessed(1, attribute, value, "Japan MOD", "untestable", **more).claim) == text


def test_languages_are_marked():
    """Hangul and kana are told from the rest."""
    assert (language_of("약 700km"), language_of("約450キロ"), language_of("about 700 km")) == ("ko", "ja", None)


def test_likelihood_table_follows_the_scale():
    """Each row's bounds give its own word, and the rows join."""
    rows = likelihood_rows()
    assert rows[0][1] == 0
    assert rows[-1][2] == 100
    for (word, low, high), following in zip(rows, [*rows[1:], None], strict=True):
        assert likelihood_word(low / 100) == likelihood_word((high - 0.1) / 100) == word
        assert following is None or following[1] == high


def test_what_lay_below_is_told():
    """The section tells the fall in words, whom to tell, territories and airspace; every table scrolls."""
    event = scenes.tracked_event()
    html = to_page(event, load_zones()).decode()
    section = html[html.index('id="exposure"') : html.index('id="words"')]
    text = Page(section).text
    assert event.falls[0].text["ja"] in text
    for one in event.traffic[0].recipients:
        assert one.name in text
    for one in event.overflights:
        assert one.names[0] in text
    for one in event.airspace:
        assert f"({one.id})" in text
    assert section.count("<table") == section.count('class="scroll')
    assert '<a href="#exposure">' in html


def test_ports_lanes_and_craft_have_tables():
    """Ports, lanes, craft and answers of an event stand in their own tables, escaped; without them none does."""
    event = scenes.tracked_event()
    bare = to_page(event, load_zones()).decode()
    port = PortNearby(name="<b>Port", listed_under="X", lat_deg=40.0, lon_deg=134.0, distance_km=0.0)
    lane = LaneCrossing(passage="strait", start=(130.0, 40.0), end=(136.0, 41.0), inside_km=12.3)
    near = Interval(median=3.0, p05=1.0, p95=5.0)
    craft = CraftExposure(
        kind="ship", identity="431000001", relation="heading into it", probability=0.02, inside_95=0.4,
        distance_km=near, closest_km=1.0, closest_utc="2025-11-07T03:43:00Z", enters_utc="2025-11-07T03:44:00Z",
        lat_deg=40.0, lon_deg=134.0, age_s=-90.0, sigma_km=0.3, source="test", doubt="an old one",
    )  # fmt: skip
    kind = KindExposure(
        kind="ship", known=1, aged=1, danger_km=1.852, probability=0.02, expected=0.02, inside=0, heading=1,
        craft=(craft,),
    )  # fmt: skip
    told = msgspec.structs.replace(
        event.traffic[0], ports=(port,), ports_near=1, lanes=(lane,), lanes_source="test network", kinds=(kind,)
    )
    html = to_page(msgspec.structs.replace(event, traffic=(told,)), load_zones()).decode()
    assert "&lt;b&gt;Port" in html
    text = Page(html).text
    for words in ("MMSI 431000001", "1.5 min after the fall", "strait", "test network", "an old one"):
        assert words in text
        assert words not in Page(bare).text
