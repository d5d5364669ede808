"""An event's map to print: everything on one sheet, laid out in points of 1/72 inch; `printing` paints it.

The same event, zones and size give the same plate. No text covers another, a path or a mark: labels that find no
room are left out, except that the legend and the caption, below the map, say everything that matters again.
"""

import math
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import shapely

from launchwatch.basis.errors import InputError
from launchwatch.basis.likelihood import format_probability
from launchwatch.facts import Ellipse, Event, Path
from launchwatch.geo.geodesic import destination, distance_and_azimuth
from launchwatch.geo.zones import Zone, Zones
from launchwatch.tell.drawing import Board, Box, Canvas, Floats, Label, around, number, tick_step
from launchwatch.tell.figures import say_place
from launchwatch.tell.ground import Ground
from launchwatch.tell.mapsheet import (
    degree_step,
    event_marks,
    event_places,
    is_disputed,
    label_inside,
    leading_paths,
    mark_words,
    multiples,
    parted_name,
    say_east,
    say_north,
)
from launchwatch.tell.mapview import MapView, frame_view
from launchwatch.tell.plate_claims import claimed_ranges
from launchwatch.tell.plate_places import about_ends, along_outline
from launchwatch.tell.plate_words import Measure, in_latin, place_of_impact, when_and_whence, wrapped, zone_words
from launchwatch.tell.projections import Projection, about_pole, choose_projection, tears_at_poles
from launchwatch.tell.shapes import FallArea, fall_areas, ring_about
from launchwatch.tell.wording import (
    say_number,
)

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

POINTS_PER_MM = 72 / 25.4
SMALLEST_MM, LARGEST_MM = 80.0, 1200.0

_MARGIN = 9.0
_HALF_TO_95 = math.sqrt(math.log(2) / math.log(20))  # of a normal spread in the plane: chi-square of 2 degrees
_STEP_KM = 25.0
_TERRITORIAL_M_PER_POINT = 5_000.0  # 12 nautical miles are then 4 points wide: below that two lines look like one
_FEATURES_M_PER_POINT = 14_000.0
_MOST_ZONES = 4
_POLE_DEG = 88.0


@dataclass(frozen=True)
class Drawn:
    """One shape on the map, in points from the map's upper left; `kind` is its style."""

    kind: str
    shape: "BaseGeometry"


@dataclass(frozen=True)
class Sign:
    """A mark on the map: a triangle (launch), a cross (impact), a square (disputed feature)."""

    kind: str
    x: float
    y: float


@dataclass(frozen=True)
class Entry:
    """One entry of the legend, at its place on the sheet; `form` is line, area or sign."""

    kind: str
    form: str
    text: str
    x: float
    y: float


@dataclass(frozen=True)
class Bar:
    """The scale bar: `length` points at x, y on the map stand for `text`."""

    x: float
    y: float
    length: float
    text: str


@dataclass(frozen=True)
class Plate:
    """Everything to print; lengths in points, texts on the sheet by their first base line."""

    width: float
    height: float
    text_pt: float
    map_box: Box
    view: MapView
    projection: Projection
    shapes: tuple[Drawn, ...]
    signs: tuple[Sign, ...]
    labels: tuple[Label, ...]
    degrees: tuple[Label, ...]
    bar: Bar
    north: tuple[float, float] | None
    heading: tuple[Label, ...]
    status: str
    legend: tuple[Entry, ...]
    caption: tuple[Label, ...]
    title: str
    told: str
    sources: str


def make_plate(
    event: Event,
    zones: Zones,
    measure: Measure,
    *,
    size_mm: tuple[float, float] = (180.0, 160.0),
    territorial: bool | None = None,
) -> Plate:
    """Return an event's map; `measure` tells how wide a text of a size runs, in points.

    `territorial` draws or leaves out territorial seas; None draws them where the scale parts them from the coast.
    Raises InputError for an event without a place, and for a sheet of no such size.
    """
    for side in size_mm:
        if not SMALLEST_MM <= side <= LARGEST_MM:
            raise InputError(
                "no such size of a map", given=size_mm, allowed=f"{SMALLEST_MM:g} to {LARGEST_MM:g} mm a side"
            )
    places = event_places(event)
    if not places:
        raise InputError(
            "the event has no place to draw",
            given=event.id,
            allowed="an event with a flight or a path",
            try_="its statement, which tells why nothing was estimated",
        )
    return _Making(event, zones, measure, size_mm, territorial, places).plate()


class _Making:
    """One plate in the making. State: what was laid out so far; used once."""

    def __init__(
        self,
        event: Event,
        zones: Zones,
        measure: Measure,
        size_mm: tuple[float, float],
        territorial: bool | None,
        places: list[tuple[float, float]],
    ) -> None:
        self.event, self.zones, self.measure = event, zones, measure
        self.width, self.height = (side * POINTS_PER_MM for side in size_mm)
        self.text_pt = round(min(max(self.width / 72, 5.5), 9.0), 2)
        self.claims = list(claimed_ranges(event))
        places = [*places, *((x, y) for claim in self.claims for x, y in claim.arc)]
        lon, lat = np.array(places).T
        self.projection = choose_projection(lon, lat, _ends(event))
        self.heading = self._heading()
        left, right = 3.4 * self.text_pt + _MARGIN, self.width - _MARGIN
        top = self.heading[-1].y + 0.9 * self.text_pt
        # What is in view tells how deep the legend is, and its depth what is in view: first guessed from boxes.
        self._view_within((left, top, right, self.height - _MARGIN - 12 * self.text_pt), lon, lat, territorial)
        guessed = {zone_style(zone) for zone in self.ground.may_show()} | {path.kind for path in event.paths}
        if not self.ground.uncovered.is_empty:
            guessed.add("uncovered")
        deep = self._below(
            guessed | {"fall", "half", "launch", "path"} | ({"other"} if event.estimates else set())
        )
        self._view_within((left, top, right, self.height - deep), lon, lat, territorial)
        self.shapes = tuple(self._shapes())
        self._below({drawn.kind for drawn in self.shapes if not drawn.shape.is_empty})

    def _view_within(self, box: Box, lon: Floats, lat: Floats, territorial: bool | None) -> None:
        left, top, right, bottom = self.map_box = box
        if bottom - top < 0.25 * self.height:
            least = (self.height - (bottom - top)) / 0.75 / POINTS_PER_MM
            raise InputError(
                "title and legend leave no room for a map on this sheet",
                given=f"{self.width / POINTS_PER_MM:.0f} by {self.height / POINTS_PER_MM:.0f} mm",
                allowed=f"for this event and width a height of {math.ceil(least)} mm or more",
                try_="that height, or a wider sheet, on which they take fewer lines",
            )
        canvas = Canvas("sheet", right - left, bottom - top, self.text_pt)
        p = self.projection
        self.view = frame_view(lon, lat, canvas, p.lon_deg, p.lat_deg, p.definition)
        fine = self.view.m_per_px <= _TERRITORIAL_M_PER_POINT if territorial is None else territorial
        self.ground = Ground(self.zones, self.view, territorial=fine)
        if tears_at_poles(p) and abs(p.lat_deg) + math.degrees(self.ground.cap.radius_rad) > _POLE_DEG:
            self.projection = about_pole(p.lon_deg, p.lat_deg)
            self._view_within(box, lon, lat, territorial)

    def plate(self) -> Plate:
        bar = _scale_bar(self.view)
        board = Board(
            (3, 3, self.view.canvas.width - 3, self.view.canvas.height - 3), self.text_pt, [], self.measure
        )
        signs = self._signs()
        status = self.event.status.upper()
        north = self._north()
        board.block(self._obstacles(signs, bar, status, north))
        labels = [label for label in self._labels(board, signs) if label]
        told = self._told()
        return Plate(
            width=self.width,
            height=self.height,
            text_pt=self.text_pt,
            map_box=self.map_box,
            view=self.view,
            projection=self.projection,
            shapes=self.shapes,
            signs=tuple(signs),
            labels=tuple(labels),
            degrees=tuple(self._degrees()),
            bar=bar,
            north=north,
            heading=self.heading,
            status=status,
            legend=self.legend,
            caption=self.caption,
            title=f"Map: {self.event.title}",
            told=told,
            sources=self._sources(),
        )

    def _heading(self) -> tuple[Label, ...]:
        size, room = self.text_pt, self.width - 2 * _MARGIN
        y = _MARGIN + 1.5 * size
        title = [*wrapped(self.event.title, room / 1.1, 1.55 * size, self.measure)]
        made = []
        for line in title:
            made.append(Label(_MARGIN, y, "start", (line,), "title"))
            y += 1.9 * size
        for line in wrapped(when_and_whence(self.event), room, size, self.measure):
            made.append(Label(_MARGIN, y, "start", (line,), "subtitle"))
            y += 1.35 * size
        return tuple(made)

    def _shapes(self) -> Iterable[Drawn]:
        ground = self.ground
        yield Drawn("sea", ground.earth)
        yield Drawn("land", ground.land)
        yield Drawn("uncovered", ground.uncovered)
        yield Drawn("border", ground.borders)
        yield from (Drawn("graticule", line) for _, line, _ in self._graticule)
        for zone, line in ground.zone_lines():
            yield Drawn(zone_style(zone), line)
        yield from self._areas()
        for number_, claim in enumerate(self.claims):
            yield Drawn(f"claim{number_ % 3}", ground.line(np.array(claim.arc)))
        for path in self.event.paths:
            if len(path.points) > 1:
                yield Drawn("sample" if path.kind == "sample" else "path", ground.line(_dense(path)))

    def _areas(self) -> Iterable[Drawn]:
        for flight in self.event.estimates:
            for area in fall_areas(flight):
                yield Drawn("other", self._ellipse(area, 1.0))
        for flight in self.event.objects:
            yield Drawn("launch", self._ellipse(FallArea("launch", 1.0, flight.launch), 1.0))
            for area in fall_areas(flight):
                yield Drawn("fall", self._ellipse(area, 1.0))
                yield Drawn("half", self._ellipse(area, _HALF_TO_95))

    def _ellipse(self, area: FallArea, share: float) -> "BaseGeometry":
        e = area.point.ellipse_95
        axes = Ellipse(
            semi_major_km=share * e.semi_major_km, semi_minor_km=share * e.semi_minor_km, azimuth_deg=e.azimuth_deg
        )
        return self.ground.ring(np.array(ring_about(area.point.lat_deg, area.point.lon_deg, axes)))

    @cached_property
    def _graticule(self) -> list[tuple[str, "BaseGeometry", bool]]:
        """Return name and line of each meridian and parallel in view, and whether it is a meridian."""
        lon, lat = self.view.degrees_in_view()
        offset = (lon - self.view.lon_deg + 180) % 360 - 180
        pole = np.ptp(offset) > 300
        step = degree_step(max(float(np.ptp(lat)), 0.5))
        wide = 30.0 if pole else degree_step(max(float(np.ptp(offset)) * 0.8, 0.5))
        low, high = max(lat.min() - 2, -90.0 if not pole else -85.0), min(lat.max() + 2, 85.0 if pole else 90.0)
        along = np.linspace(low, high, max(2, math.ceil((high - low) / 0.25)))
        west, east = (-180.0, 179.9) if pole else (offset.min() - 2, offset.max() + 2)
        lines = []
        for meridian in multiples(self.view.lon_deg + west, self.view.lon_deg + east, wide):
            wrapped = (meridian + 180) % 360 - 180
            lines.append((say_east(meridian), np.column_stack((np.full(len(along), wrapped), along)), True))
        around_ = self.view.lon_deg + np.linspace(west, east + 0.1, max(2, math.ceil((east - west) / 0.25)))
        for parallel in multiples(lat.min(), lat.max(), step):
            if abs(parallel) < 89:
                line = np.column_stack(((around_ + 180) % 360 - 180, np.full(len(around_), parallel)))
                lines.append((say_north(parallel), line, False))
        drawn = [(name, self.ground.line(line), meridian) for name, line, meridian in lines]
        return [one for one in drawn if not one[1].is_empty]

    def _degrees(self) -> Iterable[Label]:
        """Yield each line's degrees outside the frame, where it leaves it: meridians below, parallels left."""
        left, top, right, bottom = self.map_box
        width, height = right - left, bottom - top
        board = Board((0, 0, self.width, self.height), 0.85 * self.text_pt, [], self.measure)
        for name, line, meridian in self._graticule:
            size = 0.85 * self.text_pt
            below = [
                (left + x, bottom + 1.3 * size, "middle")
                for x in _crossings(line, ((0, height), (width, height)), 0)
            ]
            beside = [(left - 3, top + y + 0.35 * size, "end") for y in _crossings(line, ((0, 0), (0, height)), 1)]
            if not below and not beside:
                continue
            label = board.place(below if (below and meridian) or not beside else beside, (name,), "degree")
            if label:
                yield label

    def _inner_degrees(self, board: Board) -> Iterable[Label | None]:
        """Yield the degrees of lines that no edge names, such as parallels about a pole, on the map itself."""
        named = {label.lines[0] for label in self._degrees()}
        for name, line, _ in self._graticule:
            if name not in named:
                points = shapely.get_coordinates(shapely.segmentize(line, 20.0))
                places = [
                    (float(x), float(y) + 0.3 * self.text_pt, "middle")
                    for x, y in points[:: max(1, len(points) // 40)]
                ]
                yield board.place(places, (name,), "inner degree", 0.85)

    def _signs(self) -> list[Sign]:
        signs = [Sign(mark.kind, mark.x, mark.y) for mark in event_marks(self.event, self.view)]
        if self.view.m_per_px <= _FEATURES_M_PER_POINT:
            signs += [Sign("feature", x, y) for _, x, y in self.ground.disputed_features()]
        return signs

    def _obstacles(
        self, signs: Sequence[Sign], bar: Bar, status: str, north: tuple[float, float] | None
    ) -> Iterable[Box]:
        size, width = self.text_pt, self.view.canvas.width
        yield bar.x - 5, bar.y - 1.7 * size, bar.x + bar.length + 5, bar.y + 5
        yield width - 1.25 * self.measure(status, 1.1 * size) - 14, 0, width, 2.2 * size
        if north:
            yield north[0] - 8, north[1] - 5, north[0] + 8, north[1] + 34
        for sign in signs:
            yield sign.x - 4, sign.y - 4, sign.x + 4, sign.y + 4
        lines = [drawn.shape for drawn in self.shapes if drawn.kind in ("path", "claim0", "claim1", "claim2")]
        for line in lines:
            for x, y in shapely.get_coordinates(shapely.segmentize(line, 4.0)):
                yield x - 2, y - 2, x + 2, y + 2

    def _labels(self, board: Board, signs: Sequence[Sign]) -> Iterable[Label | None]:
        ground = self.ground
        for mark in event_marks(self.event, self.view):
            words = mark_words(mark, self.event)
            near = [
                at for gap in (7.5, 11.0, 17.0) for at in around(mark.x, mark.y, len(words), self.text_pt, gap)
            ]
            yield board.place(near, words, "mark", 1.05)
        for claim, shape in zip(self.claims, self._arcs(), strict=True):
            yield board.place(about_ends(shape, self.text_pt), (claim.text,), "claim", 0.95)
        yield from self._shares(board)
        if any(sign.kind == "feature" for sign in signs):
            for zone, x, y in ground.disputed_features():
                lines = _in_both(zone)
                yield board.place(around(x, y, len(lines), 0.85 * self.text_pt, 7.5), lines, "feature", 0.85)
        for name, shape in ground.seas:
            yield label_inside(board, shape, parted_name(name), "sea", 0.9, 1.05)
        named = [zone for zone in ground.zones_in_view if zone.kind != "territorial_sea"]
        for zone in sorted(named, key=lambda z: (not is_disputed(z), -ground.waters[z.id].area, z.id)):
            inside = shapely.intersection(ground.waters[zone.id], ground.frame)
            yield label_inside(board, inside, zone_words(zone), "zone", 0.85, 0.8)
        for id_, shape in sorted(ground.lands.items(), key=lambda item: (-item[1].area, item[0])):
            if ":disputed:" not in id_:
                inside = shapely.intersection(shape, ground.frame)
                yield label_inside(board, inside, in_latin(self.zones[id_].names[:1]), "country", 0.8, 0.95)
        yield from self._inner_degrees(board)

    def _shares(self, board: Board) -> Iterable[Label | None]:
        """Yield what each further area is: whose estimate, and its share where there are several."""
        for flight in (*self.event.objects, *self.event.estimates):
            preferred = flight in self.event.objects
            for area in fall_areas(flight):
                share = "" if area.share >= 1 else f" {format_probability(area.share)}"
                if share or not preferred:
                    text = f"{'95 % area' if preferred else f'{flight.basis} alone'}{':' * bool(share)}{share}"
                    outline = shapely.intersection(self._ellipse(area, 1.0).boundary, self.ground.frame)
                    yield board.place(along_outline(outline, self.text_pt), (text,), "area", 0.85)

    def _arcs(self) -> list["BaseGeometry"]:
        return [drawn.shape for drawn in self.shapes if drawn.kind.startswith("claim")]

    def _north(self) -> tuple[float, float] | None:
        """Return where a north arrow stands, or None where north is not up all over the frame within 2 degrees."""
        width, height = self.view.canvas.width, self.view.canvas.height
        corners = np.array([(0, 0), (width, 0), (0, height), (width, height)], dtype=np.float64)
        lon, lat = self.view.to_degrees(corners)
        if not np.isfinite(lon).all() or np.abs(lat).max() > 89:
            return None
        step = self.view.to_pixels(lon, lat + 0.01) - corners
        off = np.degrees(np.arctan2(step[:, 0], -step[:, 1]))
        return (14.0, 10.0) if np.abs(off).max() <= 2.0 else None

    def _below(self, kinds: Container[str]) -> float:
        """Lay legend and caption out below the map; return how deep they are with the degrees above."""
        size, room = 0.92 * self.text_pt, self.width - 2 * _MARGIN
        entries, x, y = [], _MARGIN, 0.0
        for kind, form, text in self._legend_items(kinds):
            wide = 21 + self.measure(text, size) + 10
            if x > _MARGIN and x + wide > self.width - _MARGIN + 10:
                x, y = _MARGIN, y + 1.5 * size
            entries.append(Entry(kind, form, text, x, y))
            x += wide
        y += 2.0 * size
        lines = []
        for kind, text in (
            *(("caption", t) for t in self._findings()),
            ("credit", self._made()),
            ("credit", self._sources()),
        ):
            small = size if kind == "caption" else 0.88 * size
            for line in wrapped(text, room, small, self.measure):
                lines.append(Label(_MARGIN, y, "start", (line,), kind))
                y += 1.32 * small
            y += 0.15 * size
        deep = _MARGIN + y + 3.0 * self.text_pt - 1.2 * size
        start = self.map_box[3] + 3.4 * self.text_pt
        self.legend = tuple(Entry(e.kind, e.form, e.text, round(e.x, 2), round(start + e.y, 2)) for e in entries)
        self.caption = tuple(
            Label(_MARGIN, round(start + one.y, 2), "start", one.lines, one.kind) for one in lines
        )
        return deep

    def _legend_items(self, kinds: Container[str]) -> Iterable[tuple[str, str, str]]:
        several = any(flight.range_modes for flight in self.event.objects)
        leading = leading_paths(self.event)
        path = "track (ground path)" if leading and leading[0].kind == "track" else "median path over ground"
        of = "each possible impact" if several else "impact"
        known: tuple[tuple[str, str, str], ...] = (
            ("launch", "sign", "launch, with its 95 % area" if self.event.objects else "first seen"),
            ("fall", "sign", "impact" if self.event.objects else "last seen"),
            ("path", "line", path),
            ("sample", "line", "sampled paths: their spread is the uncertainty"),
            ("fall", "area", f"95 % area of {of}"),
            ("half", "area", "50 % area, if normal"),
            ("other", "area", "95 % area, other estimates"),
        )
        for kind, form, text in known:
            if kind in kinds or (form == "sign" and kind in ("launch", "fall")):
                yield kind, form, text
        for number_, claim in enumerate(self.claims):
            yield f"claim{number_ % 3}", "line", f"range as {claim.who} gave it"
        for kind, text in (
            ("eez", "economic zone (computed)"),
            ("territorial", "territorial sea (computed)"),
            ("disputed", "zone in dispute"),
            ("joint", "joint or provisional area"),
            ("uncovered", "land and zones not known here"),
        ):
            if kind in kinds:
                yield kind, "area" if kind == "uncovered" else "line", text

    def _findings(self) -> Iterable[str]:
        for flight in self.event.objects:
            which = f"Object {flight.item}: " if len(self.event.objects) > 1 else ""
            e = flight.impact.ellipse_95
            yield (
                f"{which}{'range' if which else 'Range'} {say_number(flight.range_km.median)} km (90 % "
                f"interval {say_number(flight.range_km.p05)} to {say_number(flight.range_km.p95)}), apogee "
                f"{say_number(flight.apogee_km.median)} km; impact near {place_of_impact(flight)}, 95 % area "
                f"{2 * e.semi_major_km:.3g} by {2 * e.semi_minor_km:.3g} km; estimated from {flight.basis}."
            )
            zones = sorted((z for z in self.event.zones if z.item == flight.item), key=lambda z: -z.probability)
            held = [z for z in zones if z.probability >= 0.005][:_MOST_ZONES]
            asked = [z for z in self.event.zones if z.item == flight.item and z.kind == "eez" and z not in held][
                :1
            ]
            if held or asked:
                said = [f"{z.called}: {format_probability(z.probability)}" for z in (*held, *asked)]
                yield f"{which}Impact in {'; '.join(said)} (lines computed, not legal)."
        if not self.event.objects and self.event.no_estimate_reason:
            yield f"No flight was estimated: {self.event.no_estimate_reason}."

    def _made(self) -> str:
        p = self.projection
        where = say_place(p.lat_deg, p.lon_deg, 1)
        first = f"{p.name[0].upper()}{p.name[1:]}"
        return (
            f"Projection: {first} about {where} ({p.reason}); WGS84; the scale bar is true at the "
            f"centre of the map. {self.event.id}, version {self.event.version}, by {self.event.provenance.author}."
        )

    def _sources(self) -> str:
        official = sorted(
            {
                source
                for zone in self.ground.may_show()
                if (source := getattr(zone, "source", "computed")) != "computed"
            }
        )
        also = f" Official polygons: {', '.join(official)}." if official else ""
        return (
            "Land and seas: Natural Earth, public domain. Zones and territorial seas: contains information from "
            f"OpenStreetMap, © OpenStreetMap contributors, available under the ODbL.{also} Zones are computed, "
            "not legal boundaries; a name or line takes no position on sovereignty."
        )

    def _told(self) -> str:
        disputed = sorted({" / ".join(zone.names) for zone, _, _ in self.ground.disputed_features()})
        named = f" Disputed: {'; '.join(disputed)}." if disputed else ""
        claims = " ".join(f"{claim.text}." for claim in self.claims)
        seas = [name for name, _ in self.ground.seas[:6]]
        sea = f" Seas: {', '.join(seas)}." if seas else ""
        return (
            " ".join(
                (f"{self.event.status.upper()}. {when_and_whence(self.event)}", *self._findings(), claims)
            ).strip()
            + f"{sea}{named} {self._made()}"
        )


def _ends(event: Event) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Return launch and impact (lon, lat) of the only flight, or of the only path, where it has one end."""
    if len(event.objects) == 1 and not event.objects[0].range_modes:
        flight = event.objects[0]
        return (flight.launch.lon_deg, flight.launch.lat_deg), (flight.impact.lon_deg, flight.impact.lat_deg)
    paths = leading_paths(event)
    if not event.objects and len(paths) == 1:
        first, last = paths[0].points[0], paths[0].points[-1]
        return (first.lon_deg, first.lat_deg), (last.lon_deg, last.lat_deg)
    return None


def _dense(path: Path) -> Floats:
    """Return a path's ground track, lon/lat degrees, with geodesic points between those far apart."""
    lon, lat = np.array([(p.lon_deg, p.lat_deg) for p in path.points]).T
    lam, phi = np.radians(lon), np.radians(lat)
    step, azimuth = distance_and_azimuth(phi[:-1], lam[:-1], phi[1:], lam[1:])
    made = []
    for i in range(len(step)):
        share = np.arange(math.ceil(max(step[i], 1.0) / 1000 / _STEP_KM)) / math.ceil(
            max(step[i], 1.0) / 1000 / _STEP_KM
        )
        lats, lons = destination(phi[i], lam[i], azimuth[i], share * step[i])
        made.append(np.column_stack((np.degrees(lons), np.degrees(lats))))
    return np.concatenate([*made, [[lon[-1], lat[-1]]]])


def zone_style(zone: Zone) -> str:
    """Return the style of a zone's line."""
    if zone.kind in ("joint_area", "provisional_area"):
        return "joint"
    if is_disputed(zone):
        return "disputed"
    return "territorial" if zone.kind == "territorial_sea" else "eez"


def _in_both(zone: Zone) -> tuple[str, ...]:
    return in_latin(zone.names)[:4]


def _crossings(
    line: "BaseGeometry", edge: tuple[tuple[float, float], tuple[float, float]], axis: int
) -> list[float]:
    cut = shapely.get_coordinates(shapely.intersection(line, shapely.linestrings(edge)))
    return sorted(float(value) for value in cut[:, axis])


def _scale_bar(view: MapView) -> Bar:
    """Return a bar of a round length, about a fifth of the map, true at the map's own middle along its width."""
    width, height = view.canvas.width, view.canvas.height
    km = tick_step(_km_across(view, width / 5), 1)
    length = width / 5
    for _ in range(20):
        length *= km / _km_across(view, length)
    return Bar(
        round(width - length - 12, 2),
        round(height - 11, 2),
        length,
        f"{km:,.0f} km" if km >= 1 else f"{number(km)} km",
    )


def _km_across(view: MapView, length: float) -> float:
    x, y = view.canvas.width / 2, view.canvas.height / 2
    lon, lat = (np.radians(a) for a in view.to_degrees(np.array([(x - length / 2, y), (x + length / 2, y)])))
    distance, _ = distance_and_azimuth(lat[0], lon[0], lat[1], lon[1])
    return float(distance) / 1000
