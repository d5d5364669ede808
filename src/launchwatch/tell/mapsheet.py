"""The event's map as shapes to print: land, zone lines, graticule, paths, ellipses and labels, px.

Land and zones are known in one window of the earth only; the rest of a view is given as `uncovered`, so that an
empty sea is not taken for a known one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from launchwatch.basis.likelihood import format_probability
from launchwatch.facts import Event, Flight, Path
from launchwatch.geo.zones import Zone, Zones, load_seas
from launchwatch.tell.drawing import (
    LINE_HEIGHT,
    Board,
    Canvas,
    Floats,
    Label,
    around,
    number,
    polyline,
    tick_step,
)
from launchwatch.tell.mapview import Bounds, MapView, fit_view
from launchwatch.tell.shapes import FallArea, ellipse_ring, fall_areas

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

_SIMPLER_PX = 0.45  # below half a pixel a coast loses nothing that a screen shows
_SAME_LINE_PX = 2.2  # neighbours' limits are one line, drawn once, though their vertices differ
_EDGE_PX = 3.0


@dataclass(frozen=True)
class Line:
    """A drawn line or area: its path text, its kind (the style) and what it is in words."""

    kind: str
    title: str
    d: str


@dataclass(frozen=True)
class Mark:
    """A drawn point."""

    kind: str
    title: str
    x: float
    y: float


@dataclass(frozen=True)
class ScaleBar:
    """A bar of `length` px for `text`, starting at x, y."""

    x: float
    y: float
    length: float
    text: str


@dataclass(frozen=True)
class MapSheet:
    """Everything to print of one map on one canvas."""

    canvas: Canvas
    view: MapView
    land: str
    borders: str
    uncovered: str
    graticule: tuple[str, ...]
    zones: tuple[Line, ...]
    fan: tuple[str, ...]
    paths: tuple[Line, ...]
    areas: tuple[Line, ...]
    marks: tuple[Mark, ...]
    labels: tuple[Label, ...]
    scale: ScaleBar
    zones_drawn: tuple[Zone, ...]


def leading_paths(event: Event) -> list[Path]:
    """Return the paths that a marker follows: the tracks, or the medians where nothing was tracked."""
    paths = [path for path in event.paths if len(path.points) > 1]
    return [p for p in paths if p.kind == "track"] or [p for p in paths if p.kind == "median"]


def draw_maps(event: Event, zones: Zones, canvases: Sequence[Canvas]) -> list[MapSheet]:
    """Return the map of an event on every canvas, or nothing where it has no place to show."""
    places = event_places(event)
    if not places:
        return []
    lon, lat = np.array(places).T
    views = [fit_view(lon, lat, canvas) for canvas in canvases]
    ground = _Ground(zones, [view.bounds_within(zones.window) for view in views])
    return [_draw(event, view, ground) for view in views]


def _draw(event: Event, view: MapView, ground: "_Ground") -> MapSheet:
    canvas = view.canvas
    base = _Base(view, ground)
    board = Board((_EDGE_PX, _EDGE_PX, canvas.width - _EDGE_PX, canvas.height - _EDGE_PX), canvas.text_px)
    graticule, degrees = _graticule(view)
    scale = _scale_bar(view)
    board.block(_obstacles(event, view, scale))
    labels = [label for label in degrees if _takes(board, label, 0.85)]
    labels += _event_labels(event, view, board)
    labels += base.sea_labels(board)
    labels += base.zone_labels(board)
    labels += base.land_labels(board)
    fan, paths = _path_lines(event, view)
    return MapSheet(
        canvas=canvas,
        view=view,
        land=_rings_text(base.land),
        borders=_lines_text(base.borders),
        uncovered=_rings_text(base.uncovered),
        graticule=tuple(graticule),
        zones=tuple(base.zone_lines()),
        fan=fan,
        paths=paths,
        areas=tuple(_areas(event, view)),
        marks=tuple(event_marks(event, view)),
        labels=tuple(labels),
        scale=scale,
        zones_drawn=base.zones_in_view,
    )


def event_places(event: Event) -> list[tuple[float, float]]:
    """Return longitude and latitude of everything that the frame must hold."""
    places = [(p.lon_deg, p.lat_deg) for path in event.paths for p in path.points]
    for flight in event.objects:
        places += ellipse_ring(flight.launch)
        for area in fall_areas(flight):
            places += ellipse_ring(area.point)
    for flight in event.estimates:
        places += [(area.point.lon_deg, area.point.lat_deg) for area in fall_areas(flight)]
    return places


class _Ground:
    """Land, borders and zones within the bounds of all views of one event, lon/lat degrees.

    State: filled once on making; `bounds` is None where no view shows any of the covered window.
    """

    def __init__(self, zones: Zones, views: Sequence[Bounds | None]) -> None:
        known = [bounds for bounds in views if bounds is not None]
        self.zones = zones
        self.bounds: Bounds | None = None
        if known:
            west, south, east, north = zip(*known, strict=True)
            self.bounds = (min(west), min(south), max(east), max(north))
        self.lands = self._clipped(zones.select(kind="land"))
        self.waters = self._clipped(zone for zone in zones if zone.kind in {"territorial_sea", "eez"})
        self.land, self.borders = self._joined()

    def _clipped(self, zones: Iterable[Zone]) -> dict[str, "BaseGeometry"]:
        """Return the zones within the bounds, those that reach them."""
        if self.bounds is None:
            return {}
        box = shapely.box(*self.bounds)
        met = {zone.id for zone in self.zones.touching(self.bounds)}
        near = [zone for zone in zones if zone.id in met]
        shapes = {zone.id: shapely.intersection(self.zones.geometry(zone.id), box) for zone in near}
        return {id_: shape for id_, shape in shapes.items() if not shape.is_empty}

    def _joined(self) -> tuple["BaseGeometry", "BaseGeometry"]:
        """Return all land as one, and the borders within it."""
        if not self.lands:
            return shapely.Polygon(), shapely.LineString()
        shapes = list(self.lands.values())
        together = shapely.union_all(shapes)
        edges = shapely.union_all([shape.boundary for shape in shapes])
        return together, shapely.line_merge(shapely.difference(edges, together.boundary))


class _Base:
    """What lies under an event: land and zones within a view, in pixels.

    State: filled once on making; each zone line is drawn once, by the first zone that has it.
    """

    def __init__(self, view: MapView, ground: _Ground) -> None:
        self._view, self._ground, self._zones = view, ground, ground.zones
        self._frame = shapely.box(-4, -4, view.canvas.width + 4, view.canvas.height + 4)
        self.land = shapely.make_valid(self._in_frame(ground.land))
        self.borders = self._in_frame(ground.borders)
        covered = shapely.box(*ground.bounds) if ground.bounds else shapely.Polygon()
        self.uncovered = self._frame.difference(self._project(covered))
        self._lands = {id_: self._in_frame(shape, 2.0) for id_, shape in ground.lands.items()}
        self._shapes = {id_: self._in_frame(shape) for id_, shape in ground.waters.items()}
        self.zones_in_view = tuple(z for z in self._zones if z.id in self._shapes and self._shapes[z.id].area > 1)

    def _project(self, shape: "BaseGeometry") -> "BaseGeometry":
        fine = shapely.segmentize(shape, 0.5)
        return shapely.make_valid(shapely.transform(fine, lambda c: self._view.to_pixels(c[:, 0], c[:, 1])))

    def _in_frame(self, shape: "BaseGeometry", simpler_px: float = _SIMPLER_PX) -> "BaseGeometry":
        """Return a shape in pixels, cut to the frame and simplified to what the screen shows."""
        simple = shapely.simplify(self._project(shape), simpler_px)
        return shapely.intersection(shapely.make_valid(simple), self._frame)

    def zone_lines(self) -> Iterable[Line]:
        """Yield every limit in view: territorial seas, then disputed zones, then the others."""
        drawn = [
            shapely.buffer(self.land, _SAME_LINE_PX, quad_segs=2),
            shapely.buffer(self._frame.exterior, 2.0),
        ]
        order = sorted(
            self.zones_in_view, key=lambda zone: (zone.kind != "territorial_sea", not is_disputed(zone))
        )
        for zone in order:
            edge = without(self._shapes[zone.id].boundary, drawn)
            merged = shapely.simplify(shapely.line_merge(edge) if "Multi" in edge.geom_type else edge, _SIMPLER_PX)
            text = _lines_text(merged, shortest=2.0)
            if text:
                yield Line(_zone_style(zone), zone.label, text)
            drawn.append(shapely.buffer(merged, _SAME_LINE_PX, quad_segs=2))

    def sea_labels(self, board: Board) -> list[Label]:
        """Return the names of the seas that have room for theirs, large seas first."""
        bounds = self._ground.bounds
        if bounds is None:
            return []
        box = shapely.box(*bounds)
        near = {name: sea for name, sea in load_seas().items() if _touch(sea.bounds, bounds)}
        shown = {name: self._in_frame(shapely.intersection(sea, box), 1.0) for name, sea in near.items()}
        large = sorted(shown.items(), key=lambda item: (-item[1].area, item[0]))
        named = [(parted_name(name), shape) for name, shape in large if shape.area > 0]
        return [label for lines, shape in named if (label := label_inside(board, shape, lines, "sea", 0.9, 1.1))]

    def zone_labels(self, board: Board) -> list[Label]:
        """Return the names of the computed zones with room for them, disputed ones first."""
        named = [zone for zone in self.zones_in_view if zone.kind == "eez"]
        order = sorted(named, key=lambda z: (not is_disputed(z), -self._shapes[z.id].area, z.id))
        labels = []
        for zone in order:
            what = "zone in dispute (computed)" if is_disputed(zone) else "EEZ (computed)"
            kind = "zone disputed" if is_disputed(zone) else "zone"
            lines = (*_name_lines(zone), what)
            labels.append(label_inside(board, self._shapes[zone.id], lines, kind, 0.8, 0.85))
        return [label for label in labels if label]

    def land_labels(self, board: Board) -> list[Label]:
        """Return the names of states whose land has room for them."""
        large = sorted(self._lands.items(), key=lambda item: (-item[1].area, item[0]))
        named = [(self._zones[id_].names[:2], shape) for id_, shape in large]
        return [
            label for lines, shape in named if (label := label_inside(board, shape, lines, "country", 0.75, 0.9))
        ]


def without(edge: "BaseGeometry", drawn: Iterable["BaseGeometry"]) -> "BaseGeometry":
    """Return a line without the parts that lie in areas; each area is cut to the line's box first, for speed."""
    for area in drawn:
        if edge.is_empty:
            break
        west, south, east, north = edge.bounds
        near = shapely.clip_by_rect(area, west - 1, south - 1, east + 1, north + 1)
        if not near.is_empty:
            edge = shapely.difference(edge, shapely.make_valid(near))
    return edge


def _touch(one: Bounds, other: Bounds) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def is_disputed(zone: Zone) -> bool:
    """Tell whether states claim the same zone."""
    return zone.status == "overlapping claim"


def _zone_style(zone: Zone) -> str:
    if is_disputed(zone):
        return "disputed"
    return "territorial" if zone.kind == "territorial_sea" else "eez"


def parted_name(name: str) -> tuple[str, ...]:
    """Return a sea's name on lines: `Sea of Japan` over `(East Sea)`."""
    return tuple(name.replace(", ", ",\n").replace(" (", "\n(").split("\n"))


def _name_lines(zone: Zone) -> tuple[str, ...]:
    if is_disputed(zone):
        return zone.names
    return (" · ".join(zone.names[:2]),)


def label_inside(
    board: Board, shape: "BaseGeometry", lines: tuple[str, ...], kind: str, held: float, scale: float
) -> Label | None:
    """Return a label within an area, as far from its edge as may be; `held` is the least share within."""
    if shape.is_empty or shape.area < 400:
        return None
    left, top, right, bottom = shape.bounds
    across, down = np.meshgrid(np.arange(left + 6, right, 14), np.arange(top + 6, bottom, 10))
    points = shapely.points(across.ravel(), down.ravel())
    points = points[shapely.contains(shape, points)]
    depth = shapely.distance(points, shape.boundary)
    text_px = scale * board.text_px
    drop = text_px * LINE_HEIGHT * (len(lines) - 1) / 2
    for i in np.argsort(-depth, kind="stable"):
        x, y = float(points[i].x), float(points[i].y) - drop + 0.3 * text_px
        box = shapely.box(*board.box(x, y, "middle", lines, text_px))
        if shapely.intersection(shape, box).area < held * box.area:
            continue
        label = board.place([(x, y, "middle")], lines, kind, scale)
        if label:
            return label
    return None


def _rings_text(shape: "BaseGeometry") -> str:
    """Return all rings of an area as one path text."""
    parts = [p for p in shapely.get_parts(shapely.get_parts(shape)) if p.geom_type == "Polygon" and p.area > 0.5]
    return "".join(polyline(shapely.get_coordinates(r)[:-1], closed=True) for r in shapely.get_rings(parts))


def _lines_text(shape: "BaseGeometry", shortest: float = 0.0) -> str:
    parts = [p for p in shapely.get_parts(shape) if p.geom_type == "LineString" and p.length > shortest]
    return "".join(polyline(shapely.get_coordinates(part)) for part in parts)


def _path_lines(event: Event, view: MapView) -> tuple[tuple[str, ...], tuple[Line, ...]]:
    """Return the sampled paths, and the tracks and medians with their names."""
    fan, paths = [], []
    for path in event.paths:
        text = polyline(_simplified(path_pixels(path, view)))
        if text and path.kind == "sample":
            fan.append(text)
        elif text:
            paths.append(Line(path.kind, f"{path.kind} path, from {path.basis}", text))
    return tuple(fan), tuple(paths)


def path_pixels(path: Path, view: MapView) -> Floats:
    """Return a path's points, px, shape (n, 2)."""
    return view.to_pixels([p.lon_deg for p in path.points], [p.lat_deg for p in path.points])


def _simplified(pixels: Floats) -> Floats:
    known = pixels[np.isfinite(pixels).all(axis=1)]
    if len(known) < 2:
        return known
    return shapely.get_coordinates(shapely.simplify(shapely.LineString(known), 0.2))


def _areas(event: Event, view: MapView) -> Iterable[Line]:
    """Yield 95 % ellipses: those of the other estimates first, so that the preferred lie on top."""
    for flight in event.estimates:
        for area in fall_areas(flight):
            yield Line("other", f"{flight_name(flight)}: {describe_area(area)}", _ring(area, view))
    for flight in event.objects:
        launch = FallArea("launch, 95 % ellipse", 1.0, flight.launch)
        yield Line("launch", f"{flight_name(flight)}: launch, 95 % ellipse", _ring(launch, view))
        for area in fall_areas(flight):
            yield Line("fall", f"{flight_name(flight)}: {describe_area(area)}", _ring(area, view))


def flight_name(flight: Flight) -> str:
    """Return which object and whose estimate a flight is."""
    return f"object {flight.item}, from {flight.basis}"


def describe_area(area: FallArea) -> str:
    """Return a fall area in words, with its share where there are several."""
    return area.name if area.share >= 1 else f"{area.name}, share {format_probability(area.share)}"


def _ring(area: FallArea, view: MapView) -> str:
    ring = np.array(ellipse_ring(area.point))
    pixels = view.to_pixels(ring[:, 0], ring[:, 1])
    return polyline(pixels[np.isfinite(pixels).all(axis=1)][:-1], closed=True)


def event_marks(event: Event, view: MapView) -> Iterable[Mark]:
    """Yield launch and impacts of each object, or the ends of the tracks where nothing was estimated."""
    for flight in event.objects:
        yield _mark("launch", f"{flight_name(flight)}: launch", flight.launch.lon_deg, flight.launch.lat_deg, view)
        for area in fall_areas(flight):
            name = area.name.split(",")[0]
            yield _mark("fall", f"{flight_name(flight)}: {name}", area.point.lon_deg, area.point.lat_deg, view)
    if not event.objects:
        for path in leading_paths(event):
            first, last = path.points[0], path.points[-1]
            yield _mark("launch", "first point of the track", first.lon_deg, first.lat_deg, view)
            yield _mark("fall", "last point of the track", last.lon_deg, last.lat_deg, view)


def _mark(kind: str, title: str, lon: float, lat: float, view: MapView) -> Mark:
    x, y = view.to_pixels([lon], [lat])[0]
    return Mark(kind, title, round(float(x), 1), round(float(y), 1))


def _obstacles(event: Event, view: MapView, scale: ScaleBar) -> Iterable[tuple[float, float, float, float]]:
    """Yield boxes that no label may cover: main paths, marks, scale bar, the status in the corner."""
    size = view.canvas.text_px
    yield scale.x - 6, scale.y - 1.6 * size, scale.x + scale.length + 6, scale.y + 8
    yield view.canvas.width - 9.5 * size, 0, view.canvas.width, 2.4 * size
    for path in leading_paths(event):
        for x, y in path_pixels(path, view):
            if np.isfinite(x):
                yield x - 3, y - 3, x + 3, y + 3
    for mark in event_marks(event, view):
        yield mark.x - 6, mark.y - 6, mark.x + 6, mark.y + 6


def _event_labels(event: Event, view: MapView, board: Board) -> list[Label]:
    labels = []
    for mark in event_marks(event, view):
        lines = mark_words(mark, event)
        labels.append(board.place(around(mark.x, mark.y, len(lines), board.text_px), lines, f"mark {mark.kind}"))
    for flight in (*event.objects, *event.estimates):
        labels += [_share_label(flight, area, event, view, board) for area in fall_areas(flight)]
    return [label for label in labels if label]


def mark_words(mark: Mark, event: Event) -> tuple[str, ...]:
    """Return what is written beside a mark."""
    if not event.objects:
        return ("Last seen" if mark.kind == "fall" else "First seen",)
    several = len(event.objects) > 1
    which = f" {mark.title.split(',')[0].split()[-1]}" if several else ""
    return (f"Launch{which}" if mark.kind == "launch" else f"Impact{which}",)


def _share_label(flight: Flight, area: FallArea, event: Event, view: MapView, board: Board) -> Label | None:
    """Return the label on an ellipse's edge: which estimate it is of, and its share."""
    preferred = flight in event.objects
    share = "" if area.share >= 1 else f" {format_probability(area.share)}"
    if preferred and not share:
        return None
    ring = np.array(ellipse_ring(area.point))
    pixels = view.to_pixels(ring[:, 0], ring[:, 1])
    pixels = pixels[np.isfinite(pixels).all(axis=1)]
    if not len(pixels):
        return None
    text = (f"{'95 % area' if preferred else f'{flight.basis} alone'}{':' * bool(share)}{share}",)
    ends = [
        pixels[f(pixels[:, axis])] for axis, f in ((1, np.argmin), (1, np.argmax), (0, np.argmax), (0, np.argmin))
    ]
    candidates = [
        (float(ends[0][0]), float(ends[0][1]) - 5, "middle"),
        (float(ends[1][0]), float(ends[1][1]) + board.text_px + 2, "middle"),
        (float(ends[2][0]) + 6, float(ends[2][1]), "start"),
        (float(ends[3][0]) - 6, float(ends[3][1]), "end"),
    ]
    return board.place(candidates, text, "mark fall" if preferred else "mark other", 0.9)


def _graticule(view: MapView) -> tuple[list[str], list[Label]]:
    """Return the lines of the graticule and their degrees at the lower and left edge."""
    lon, lat = view.degrees_in_view()
    offset = (lon - view.lon_deg + 180) % 360 - 180
    step = degree_step(max(float(np.ptp(lat)), 0.5))
    wide = degree_step(max(float(np.ptp(offset)) * 0.8, 0.5))
    lines: list[str] = []
    labels: list[Label] = []
    along = np.linspace(max(lat.min() - 2, -90), min(lat.max() + 2, 90), 121)
    for meridian in multiples(view.lon_deg + offset.min(), view.lon_deg + offset.max(), wide):
        text, label = _degree_line(view, np.full(121, meridian), along, say_east(meridian), meridians=True)
        lines.append(text)
        labels += label
    across = np.linspace(view.lon_deg + offset.min() - 4, view.lon_deg + offset.max() + 4, 181)
    for parallel in multiples(lat.min(), lat.max(), step):
        text, label = _degree_line(view, across, np.full(181, parallel), say_north(parallel), meridians=False)
        lines.append(text)
        labels += label
    return [line for line in lines if line], labels


def degree_step(span: float) -> float:
    """Return the round step, in degrees, of a graticule over a span."""
    return next((s for s in (0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0) if span / s <= 7), 45.0)


def multiples(low: float, high: float, step: float) -> list[float]:
    """Return the multiples of a step within [low, high]."""
    first, last = int(np.ceil(low / step)), int(np.floor(high / step))
    return [i * step for i in range(first, last + 1)]


def _degree_line(
    view: MapView, lon: Floats, lat: Floats, name: str, *, meridians: bool
) -> tuple[str, list[Label]]:
    pixels = view.to_pixels(lon, lat)
    pixels = pixels[np.isfinite(pixels).all(axis=1)]
    if len(pixels) < 2:
        return "", []
    width, height = view.canvas.width, view.canvas.height
    line = shapely.intersection(shapely.LineString(pixels), shapely.box(0, 0, width, height))
    text = _lines_text(shapely.simplify(line, 0.2))
    edge = shapely.LineString([(0, height), (width, height)] if meridians else [(0, 0), (0, height)])
    cut = shapely.get_coordinates(shapely.intersection(line, shapely.buffer(edge, 0.01)))
    if not len(cut):
        return text, []
    x, y = cut[0]
    if meridians:
        return text, [Label(round(float(x), 1), height - 7, "middle", (name,), "degree")]
    return text, [Label(7.0, round(float(y) - 4, 1), "start", (name,), "degree")]


def _takes(board: Board, label: Label, scale: float) -> bool:
    return board.place([(label.x, label.y, label.anchor)], label.lines, label.kind, scale) is not None


def say_east(lon: float) -> str:
    """Return a longitude in words, `135° E`."""
    lon = (lon + 180) % 360 - 180
    side = "" if lon in (0, -180) else " E" if lon > 0 else " W"
    return f"{number(abs(lon))}°{side}"


def say_north(lat: float) -> str:
    """Return a latitude in words, `40° N`."""
    side = "" if lat == 0 else " N" if lat > 0 else " S"
    return f"{number(abs(lat))}°{side}"


def _scale_bar(view: MapView) -> ScaleBar:
    """Return a bar of a round length, about a sixth of the frame; true at the projection's centre."""
    km_per_px = view.m_per_px / 1000
    km = tick_step(view.canvas.width * km_per_px, 6)
    length = km / km_per_px
    rise = 2.9 * view.canvas.text_px
    return ScaleBar(
        round(view.canvas.width - length - 16, 1),
        round(view.canvas.height - rise, 1),
        round(length, 1),
        f"{number(km)} km",
    )
