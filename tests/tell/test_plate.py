"""Maps to print: the right projection, true distances, no tear, both names, and the same bytes each time."""

import re
from dataclasses import replace
from functools import cache
from io import BytesIO

import msgspec
import numpy as np
import pytest
import shapely
from lxml import etree
from PIL import Image
from pyproj import Geod

from launchwatch.basis.errors import InputError
from launchwatch.geo.zones import load_zones
from launchwatch.tell.drawing import LINE_HEIGHT, label_box, overlap
from launchwatch.tell.horizon import Cap, own_edges
from launchwatch.tell.plate import POINTS_PER_MM, make_plate
from launchwatch.tell.printing import DARK, LABELS, LIGHT, lacks_letters, print_plate, shown_in_font, text_measure
from launchwatch.tell.projections import choose_projection
from tests.tell import invented

SVG = "{http://www.w3.org/2000/svg}"
GEOD = Geod(ellps="WGS84")
EVENTS = {
    "regional": invented.regional,
    "over Japan": lambda: invented.event(
        40.6, 126.4, 75.0, 4600.0, figures=(("South Korea", 4500.0), ("Japan", 4600.0))
    ),
    "antimeridian": lambda: invented.event(57.0, 158.0, 130.0, 4200.0),
    "long": lambda: invented.event(39.7, 124.7, 10.0, 12500.0),
    "equator": lambda: invented.event(-1.0, 136.0, 85.0, 1500.0),
    "polar": lambda: invented.event(69.5, 33.0, 20.0, 1800.0),
    "south": lambda: invented.event(-30.0, 136.0, 200.0, 700.0),
}


@cache
def plate(name, **options):
    return make_plate(EVENTS[name](), load_zones(), text_measure(), **options)


@cache
def printed(name, form, **options):
    return print_plate(plate(name), form, **options)


def test_letters_that_the_font_lacks_are_one_mark_and_told():
    """Kanji and Hangul stand as one "[…]" a run, not as rows of boxes; a plate that has any says so."""
    assert shown_in_font("Okushiri (奥尻島), 북한 동해안: 한글") == "Okushiri ([…]), […] […]: […]"
    latin = plate("regional")
    assert not lacks_letters(latin)
    first = replace(latin.caption[0], lines=("東京",))
    assert lacks_letters(replace(latin, caption=(first, *latin.caption[1:])))


def shapes(one, kind):
    return [drawn.shape for drawn in one.shapes if drawn.kind == kind]


@pytest.mark.parametrize(
    ("name", "projection"),
    [
        ("regional", "Lambert conformal conic"),
        ("over Japan", "azimuthal equidistant"),
        ("antimeridian", "Lambert conformal conic"),
        ("long", "azimuthal equidistant"),
        ("equator", "Mercator"),
        ("polar", "stereographic"),
        ("south", "Lambert conformal conic"),
    ],
)
def test_projection_suits_the_event(name, projection):
    """Long flights, a pole, the equator and middle latitudes have a projection each, and the sheet says why."""
    one = plate(name)
    assert one.projection.name == projection
    assert one.projection.reason in one.told
    assert one.projection.reason in " ".join(line for label in one.caption for line in label.lines)


@pytest.mark.parametrize("name", EVENTS)
def test_view_returns_to_degrees(name):
    """Pixels to degrees and back is within a millionth of a point."""
    view = plate(name).view
    lon, lat = view.degrees_in_view()
    there = view.to_pixels(lon, lat)
    again = view.to_pixels(*view.to_degrees(there))
    assert np.abs(again - there).max() < 1e-6


def test_equidistant_map_is_true_from_its_middle():
    """On the azimuthal map, points from the middle are as far and in the direction that Karney's geodesics say."""
    view = plate("long").view
    middle = view.to_pixels([view.lon_deg], [view.lat_deg])[0]
    for azimuth in (0.0, 77.0, 190.0, 275.0):
        for km in (100.0, 3000.0, 6000.0):
            lon, lat, _ = GEOD.fwd(view.lon_deg, view.lat_deg, azimuth, km * 1e3)
            x, y = view.to_pixels([lon], [lat])[0] - middle
            assert np.hypot(x, y) * view.m_per_px == pytest.approx(km * 1e3, abs=1.0)
            assert np.degrees(np.arctan2(x, -y)) % 360 == pytest.approx(azimuth, abs=1e-6)


def test_conic_is_conformal_and_true_on_its_parallels():
    """Along a standard parallel a kilometre is a kilometre, and a small square stays square."""
    view = plate("regional").view
    parallel = float(re.search(r"lat_1=([\d.]+)", plate("regional").projection.definition)[1])
    a, b = view.to_pixels([130.0, 130.01], [parallel, parallel])
    metres = GEOD.inv(130.0, parallel, 130.01, parallel)[2]
    assert np.hypot(*(b - a)) * view.m_per_px == pytest.approx(metres, rel=1e-5)
    lon, lat, _ = GEOD.fwd([131.0] * 2, [41.0] * 2, [0.0, 90.0], [100.0] * 2)
    north, east = view.to_pixels(lon, lat) - view.to_pixels([131.0], [41.0])
    assert np.hypot(*north) == pytest.approx(np.hypot(*east), rel=1e-4)
    assert float(north @ east) == pytest.approx(0.0, abs=1e-3 * np.hypot(*north) ** 2)


@pytest.mark.parametrize("name", EVENTS)
def test_scale_bar_is_true_at_the_centre(name):
    """The bar, laid over the map's middle, is as long as its text says by Karney's geodesic, within a metre."""
    one = plate(name)
    x, y = one.view.canvas.width / 2, one.view.canvas.height / 2
    lon, lat = one.view.to_degrees(np.array([(x - one.bar.length / 2, y), (x + one.bar.length / 2, y)]))
    km = float(one.bar.text.removesuffix(" km").replace(",", ""))
    assert GEOD.inv(lon[0], lat[0], lon[1], lat[1])[2] == pytest.approx(km * 1e3, abs=1.0)


@pytest.mark.parametrize("name", EVENTS)
def test_path_is_one_line_from_launch_to_impact(name):
    """No path is torn, at the antimeridian or anywhere: one piece, no leap, its length that of the flight."""
    one = plate(name)
    (line,) = shapes(one, "path")
    (line,) = shapely.get_parts(line)
    launch, impact = (next(s for s in one.signs if s.kind == kind) for kind in ("launch", "fall"))
    points = shapely.get_coordinates(line)
    assert np.hypot(*(points[0] - (launch.x, launch.y))) < 0.2
    assert np.hypot(*(points[-1] - (impact.x, impact.y))) < 0.2
    km = EVENTS[name]().objects[0].range_km.median
    assert line.length * one.view.m_per_px / 1e3 == pytest.approx(km, rel=0.02)


def test_ellipse_over_the_antimeridian_is_whole():
    """A fall area across 180 degrees is one area of the size that its axes give: pi a b."""
    event = invented.event(40.6, 126.4, 75.0, 4600.0, major_km=160.0, minor_km=60.0)
    impact = event.objects[0].impact
    assert abs(impact.lon_deg) > 179
    one = make_plate(event, load_zones(), text_measure())
    (area,) = shapes(one, "fall")
    assert area.geom_type == "Polygon"
    assert area.area * (one.view.m_per_px / 1e3) ** 2 == pytest.approx(np.pi * 160 * 60, rel=0.03)
    (half,) = shapes(one, "half")
    assert half.area / area.area == pytest.approx(np.log(2) / np.log(20), rel=0.01)


@pytest.mark.parametrize(
    "middle", [(180.0, 50.0, 60.0), (0.0, 90.0, 40.0), (129.0, 38.0, 15.0), (-70.0, -20.0, 165.0)]
)
def test_cap_keeps_what_lies_inside(middle):
    """An area in the cap holds the points that it holds in degrees, over poles and seams."""
    lon, lat, radius = middle
    cap = Cap(lon, lat, np.radians(radius))
    rng = np.random.default_rng(3)
    plane = rng.uniform(-1, 1, (4000, 2)) * cap.radius_rad
    plane = plane[np.hypot(*plane.T) < 0.95 * cap.radius_rad]
    degrees = cap.to_degrees(plane)
    assert np.abs(cap.to_plane(degrees) - plane).max() < 1e-12
    polygons = {
        "across 180": shapely.multipolygons([shapely.box(160, 30, 180, 70), shapely.box(-180, 30, -150, 70)]),
        "a pole": shapely.multipolygons([shapely.box(-180, 60, 180, 90)]),
        "all but a hole": shapely.multipolygons([shapely.box(-180, -90, 180, 90) - shapely.box(100, 20, 150, 60)]),
        "far side": shapely.multipolygons([shapely.box(-60, -60, 20, 10)]),
    }
    for name, shape in polygons.items():
        drawn = cap.area(shape)
        seen = shapely.contains_xy(drawn, plane[:, 0], plane[:, 1])
        really = shapely.contains_xy(shape, degrees[:, 0], degrees[:, 1])
        # An edge of half a degree is as good as straight in both planes.
        off = plane[seen != really]
        assert all(shapely.distance(shapely.points(off), drawn.boundary) < 2e-3), (name, len(off))


def test_seam_is_no_limit():
    """The halves of an area that data part at the antimeridian join, and no line is drawn there."""
    halves = shapely.multipolygons([shapely.box(170, 40, 180, 50), shapely.box(-180, 40, -170, 50)])
    joined = Cap(180.0, 45.0, 0.5).area(halves)
    assert joined.geom_type == "Polygon"
    for edge in own_edges(halves, (-180, -90, 180, 90)):
        on_seam = np.abs(edge[:, 0]) == 180
        assert not np.any(on_seam[:-1] & on_seam[1:])


def test_both_names_stand_on_the_map():
    """The Sea of Japan (East Sea) and the Liancourt Rocks carry every name, drawn and described."""
    one = plate("over Japan")
    lines = [label.lines for label in one.labels]
    assert ("Sea of Japan", "(East Sea)") in [label.lines for label in plate("regional").labels]
    assert ("Liancourt Rocks", "Takeshima", "Dokdo") in lines
    assert ("Southern Kurils", "Northern Territories") in lines
    for name in ("Sea of Japan (East Sea)", "Takeshima (竹島)", "Dokdo (독도)"):
        assert name in one.told


def test_what_is_said_is_drawn():
    """Claimed ranges, zone probability, status and sources stand on the sheet; zones are told computed."""
    one = plate("regional")
    words = " ".join(line for label in (*one.labels, *one.caption) for line in label.lines)
    for text in ("South Korea: 900 km", "Japan: 800 km", "Launch", "Impact", "62 %", "computed, not legal", "ODbL",
                 "Natural Earth", "EEZ (computed)"):  # fmt: skip
        assert text in words
    assert one.status == "EXERCISE"
    (arc,) = shapes(one, "claim1")
    lon, lat = one.view.to_degrees(shapely.get_coordinates(arc))
    launch = invented.regional().objects[0].launch
    km = GEOD.inv(np.full(len(lon), launch.lon_deg), np.full(len(lon), launch.lat_deg), lon, lat)[2] / 1e3
    assert km == pytest.approx(800.0, abs=0.2)


@pytest.mark.parametrize("name", EVENTS)
def test_no_text_covers_another(name):
    """Labels on the map, and lines of heading, legend and caption, keep apart and stay on the sheet."""
    one, measure = plate(name), text_measure()

    def box(label):
        return label_box(label.x, label.y, label.anchor, label.lines, LABELS[label.kind][1] * one.text_pt, measure)

    on_map = [box(label) for label in one.labels]
    below = [box(label) for label in (*one.heading, *one.caption, *one.degrees)]
    below += [label_box(e.x + 21, e.y, "start", (e.text,), 0.92 * one.text_pt, measure) for e in one.legend]
    for boxes in (on_map, below):
        for i, first in enumerate(boxes):
            assert not any(overlap(first, other, 0.0) for other in boxes[:i])
    assert all(b[0] >= 0 and b[1] >= 0 and b[2] <= one.view.canvas.width for b in on_map)
    assert all(b[0] >= 0 and b[2] <= one.width and b[3] <= one.height for b in below)
    assert LINE_HEIGHT > 1


def test_same_event_same_bytes():
    """Made twice, every form is the same, byte for byte, and holds no date."""
    for form in ("svg", "png", "pdf"):
        again = print_plate(make_plate(EVENTS["regional"](), load_zones(), text_measure()), form, dpi=100)
        assert again == printed("regional", form, dpi=100)
    assert b"CreationDate" not in printed("regional", "pdf", dpi=100)
    assert b"dc:date" not in printed("regional", "svg", dpi=100)


def test_size_is_as_declared():
    """PNG pixels are size times resolution, and the SVG's points are the millimetres asked for."""
    one = make_plate(EVENTS["equator"](), load_zones(), text_measure(), size_mm=(150.0, 130.0))
    picture = Image.open(BytesIO(print_plate(one, "png", dpi=200)))
    assert picture.size == (round(150 / 25.4 * 200), round(130 / 25.4 * 200))
    assert picture.info["dpi"] == pytest.approx((200, 200), abs=0.05)
    root = etree.fromstring(print_plate(one, "svg"))
    assert float(root.get("width").removesuffix("pt")) == pytest.approx(150 * POINTS_PER_MM, abs=0.01)
    assert float(root.get("height").removesuffix("pt")) == pytest.approx(130 * POINTS_PER_MM, abs=0.01)


def test_pictures_describe_themselves():
    """SVG title and desc, and PNG text, say what the map shows, its projection and its sources."""
    one = plate("regional")
    root = etree.fromstring(printed("regional", "svg", dpi=100))
    ids = {element.get("id"): element.text for element in root}
    assert [ids[name] for name in root.get("aria-labelledby").split()] == [one.title, one.told]
    info = Image.open(BytesIO(printed("regional", "png", dpi=100))).info
    assert (info["Title"], info["Description"]) == (one.title, one.told)
    assert "OpenStreetMap" in info["Copyright"]
    assert "+proj=lcc" in info["Source"]


def luminance(colour):
    """Return the relative luminance of WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("inks", [LIGHT, DARK], ids=["light", "dark"])
def test_text_stands_out(inks):
    """Every kind of text has a contrast of 4.5 or more with page, sea and land; black on white would be 21."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    for ink, *_ in (*LABELS.values(), ("status",)):
        for ground in ("page", "sea", "land"):
            assert contrast(inks[ink], inks[ground]) >= 4.5, (ink, ground)


def test_dark_map_is_dark():
    """The dark sheet's ground is dark, and its text the dark theme's."""
    picture = Image.open(BytesIO(printed("regional", "png", dpi=60, dark=True))).convert("RGB")
    assert max(picture.getpixel((2, 2))) < 40
    fills = set(re.findall(r"fill: (#[0-9a-f]{6})", printed("regional", "svg", dark=True).decode()))
    assert DARK["ink"] in fills
    assert LIGHT["ink"] not in fills


def test_letters_that_no_font_has_do_no_harm():
    """A title in Hangul, with signs of markup and mathematics, is drawn, and kept in the description's title."""
    event = msgspec.structs.replace(EVENTS["equator"](), title="발사 $x^2$ <b> & \\frac")
    one = make_plate(event, load_zones(), text_measure())
    root = etree.fromstring(print_plate(one, "svg"))
    assert root[0].text == "Map: 발사 $x^2$ <b> & \\frac"
    assert print_plate(one, "png", dpi=60)


def test_event_without_a_place_is_refused():
    """Nothing to draw is an error that says so, as are sizes and forms that no map has."""
    nothing = msgspec.structs.replace(EVENTS["equator"](), objects=(), paths=())
    with pytest.raises(InputError, match="no place to draw"):
        make_plate(nothing, load_zones(), text_measure())
    for size in ((10.0, 100.0), (180.0, 5000.0), (float("nan"), 100.0)):
        with pytest.raises(InputError, match="80 to 1200 mm"):
            make_plate(EVENTS["equator"](), load_zones(), text_measure(), size_mm=size)
    wordy = msgspec.structs.replace(EVENTS["equator"](), title="launch " * 300)
    with pytest.raises(InputError, match="no room"):
        make_plate(wordy, load_zones(), text_measure())
    with pytest.raises(InputError, match="svg, png, pdf"):
        print_plate(plate("equator"), "gif")


def test_track_alone_makes_a_map():
    """Where nothing was estimated, the track is drawn from the first to the last point seen."""
    event = EVENTS["regional"]()
    track = msgspec.structs.replace(event.paths[0], kind="track")
    one = make_plate(msgspec.structs.replace(event, objects=(), paths=(track,)), load_zones(), text_measure())
    assert {("First seen",), ("Last seen",)} <= {label.lines for label in one.labels}


def test_territorial_seas_where_they_show():
    """A regional map draws territorial seas, a map of an ocean does not, and either can be asked for."""
    assert shapes(plate("regional"), "territorial")
    assert not shapes(plate("over Japan"), "territorial")
    assert not shapes(plate("regional", territorial=False), "territorial")


def test_sheet_that_reaches_a_pole_is_not_conic():
    """A tall sheet whose frame takes in the pole is stereographic, though the flight is in middle latitudes."""
    tall = {"size_mm": (80.0, 400.0)}
    event = invented.event(55.0, 100.0, 90.0, 1600.0)
    assert make_plate(event, load_zones(), text_measure()).projection.name == "Lambert conformal conic"
    one = make_plate(event, load_zones(), text_measure(), **tall)
    assert one.projection.name == "stereographic"
    assert shapes(one, "sea")[0].area == pytest.approx(one.view.canvas.width * one.view.canvas.height, rel=0.1)


def test_near_the_pole_the_projection_changes():
    """From 74 degrees on, and for 4,500 km, the choice is another; ends put the centre halfway."""
    lon, lat = np.array([30.0, 34.0]), np.array([73.0, 74.5])
    assert choose_projection(lon, lat).name == "stereographic"
    assert choose_projection(lon, lat - 10).name == "Lambert conformal conic"
    chosen = choose_projection(np.array([0.0, 90.0]), np.array([0.0, 0.0]), ((0.0, 0.0), (90.0, 0.0)))
    assert (chosen.lon_deg, chosen.lat_deg) == (45.0, 0.0)
