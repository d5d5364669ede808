"""Paints a plate with matplotlib: SVG, PNG and PDF; the same plate gives the same bytes with the same matplotlib.

Colours are Okabe and Ito's, each with a dash or shape of its own. Text is DejaVu Sans, which comes with
matplotlib; an SVG keeps its text as text and names Verdana, of the same widths, and Arial, which is narrower, for
machines without it, so that nothing comes to overlap. Every text stands out from its ground by 4.5 to 1 or more
(WCAG 2.2, 1.4.3).
"""

import html
import re
from collections.abc import Callable
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from launchwatch.basis.errors import InputError
from launchwatch.tell.charts import BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION
from launchwatch.tell.drawing import LINE_HEIGHT, Label
from launchwatch.tell.plate import Entry, Plate

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

FORMS = ("svg", "png", "pdf")
DPI = 300
_DPIS = (50, 1200)
_FONT = "DejaVu Sans"
_FAMILY = "'DejaVu Sans', Verdana, Arial, sans-serif"

LIGHT = {
    "page": "#ffffff", "sea": "#eef4f8", "land": "#e2dccd", "ink": "#1a1a1a", "faint": "#474747",
    "frame": "#333333",
    "coast": "#77746a", "border": "#aaa493", "graticule": "#c3ced6", "hatch": "#9aa4aa", "sea name": "#23566f",
    "zone name": "#6b2f58", "country": "#4c473a", "status": "#9d2c00", "area name": "#8f3000",
    "path": BLUE, "launch": GREEN, "fall": VERMILION,
    "zone": PURPLE, "claim0": ORANGE, "claim1": "#000000", "claim2": SKY, "disputed": PURPLE, "joint": "#8c7a00",
}  # fmt: skip
DARK = {
    "page": "#14171b", "sea": "#1a222a", "land": "#33352f", "ink": "#f2f2f2", "faint": "#c9ccd0",
    "frame": "#c9ccd0",
    "coast": "#8f9288", "border": "#5d6058", "graticule": "#34424d", "hatch": "#5c6870", "sea name": "#9cc9e0",
    "zone name": "#e6b6d3", "country": "#d2cdbd", "status": "#ff9a66", "area name": "#ffab80",
    "path": SKY, "launch": "#2bc394",
    "fall": "#ff7a2e", "zone": PURPLE, "claim0": ORANGE, "claim1": "#ffffff", "claim2": BLUE, "disputed": PURPLE,
    "joint": "#d8c531",
}  # fmt: skip
"""Inks by use. In the dark two of the palette's are lighter tones of the same hue."""

_LINES: dict[str, tuple[str, float, Any]] = {
    "border": ("border", 0.45, "-"),
    "graticule": ("graticule", 0.4, "-"),
    "territorial": ("zone", 0.45, "-"),
    "eez": ("zone", 0.9, (0, (4, 2))),
    "disputed": ("disputed", 0.9, (0, (5, 1.5, 1, 1.5))),
    "joint": ("joint", 0.9, (0, (1.5, 1.5))),
    "claim0": ("claim0", 1.3, (0, (6, 1.5))),
    "claim1": ("claim1", 1.1, (0, (3, 1.2, 1, 1.2))),
    "claim2": ("claim2", 1.3, (0, (1, 1))),
    "sample": ("path", 0.5, "-"),
    "path": ("path", 1.7, "-"),
}
_AREAS: dict[str, tuple[str, float, float, Any]] = {
    "launch": ("launch", 0.25, 0.8, "-"),
    "fall": ("fall", 0.16, 1.0, "-"),
    "half": ("fall", 0.35, 0.5, "-"),
    "other": ("fall", 0.0, 0.8, (0, (1, 1.2))),
}
_ALPHA = {"sample": 0.35}
LABELS: dict[str, tuple[str, float, str, str]] = {
    "title": ("ink", 1.55, "bold", "normal"),
    "subtitle": ("faint", 1.0, "normal", "normal"),
    "caption": ("ink", 0.92, "normal", "normal"),
    "credit": ("faint", 0.81, "normal", "normal"),
    "degree": ("faint", 0.85, "normal", "normal"),
    "inner degree": ("faint", 0.85, "normal", "normal"),
    "mark": ("ink", 1.05, "normal", "normal"),
    "claim": ("ink", 0.95, "normal", "normal"),
    "area": ("area name", 0.85, "normal", "normal"),
    "feature": ("ink", 0.85, "normal", "normal"),
    "sea": ("sea name", 1.05, "normal", "italic"),
    "zone": ("zone name", 0.8, "normal", "normal"),
    "country": ("country", 0.95, "normal", "normal"),
}
"""Ink, size in units of the plate's text, weight and slope of each kind of text."""

_ORDER = ("sea", "uncovered", "land", "border", "graticule", "territorial", "eez", "joint", "disputed", "sample",
          "other", "launch", "fall", "half", "claim0", "claim1", "claim2", "path")  # fmt: skip
_SETTINGS: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": [_FONT],
    "svg.fonttype": "none",
    "svg.hashsalt": "launchwatch",
    "pdf.fonttype": 42,
    "path.simplify": False,
    "text.hinting": "no_hinting",
    "lines.scale_dashes": True,
    "hatch.linewidth": 0.4,
}


def text_measure() -> Callable[[str, float], float]:
    """Return how wide a text of a size runs in the font that is printed, in points."""
    font = _font()

    @lru_cache(maxsize=10_000)
    def width(text: str) -> float:
        font.set_text(shown_in_font(text), flags=_no_hinting())
        return float(font.get_width_height()[0]) / 64

    return lambda text, size: _AIR * width(text) * size / _FONT_SIZE


_FONT_SIZE = 100.0
_AIR = 1.02  # renderers round each letter's advance in their own way


@lru_cache(maxsize=1)
def _font() -> Any:  # noqa: ANN401
    from matplotlib.font_manager import FontProperties, findfont, get_font

    font = get_font(findfont(FontProperties(family=_FONT)))
    font.set_size(_FONT_SIZE, 72)
    return font


def _no_hinting() -> Any:  # noqa: ANN401
    from matplotlib.ft2font import LoadFlags

    return LoadFlags.NO_HINTING


def shown_in_font(text: str) -> str:
    """Return a text with "[…]" for each run of letters that the printed font lacks, such as Kanji and Hangul.

    Rows of boxes would look like a fault of the reader's; the file's own description keeps the letters.
    """
    font = _font()
    has = [letter.isspace() or bool(font.get_char_index(ord(letter))) for letter in text]
    shown = [
        letter if known else "[…]" if at == 0 or has[at - 1] else ""
        for at, (letter, known) in enumerate(zip(text, has, strict=True))
    ]
    return "".join(shown)


def lacks_letters(plate: Plate) -> bool:
    """Return whether a plate's words have letters that the printed font lacks."""
    labels = (*plate.heading, *plate.labels, *plate.caption)
    return any(shown_in_font(line) != line for label in labels for line in label.lines)


def print_plate(plate: Plate, form: str, *, dark: bool = False, dpi: int = DPI) -> bytes:
    """Return a plate as `svg`, `png` or `pdf`; `dpi` counts for PNG alone."""
    if form not in FORMS:
        raise InputError("no such form of a map", given=form, allowed=", ".join(FORMS))
    if not _DPIS[0] <= dpi <= _DPIS[1]:
        raise InputError("no such resolution", given=dpi, allowed=f"{_DPIS[0]} to {_DPIS[1]} dots an inch")
    from matplotlib import rc_context

    with rc_context(_SETTINGS):
        return _printed(plate, form, DARK if dark else LIGHT, dpi)


def _printed(plate: Plate, form: str, inks: dict[str, str], dpi: int) -> bytes:
    from matplotlib.figure import Figure

    # Whole pixels, so that the picture has the size that was asked for.
    scale = dpi if form == "png" else 72
    size = [round(side / 72 * dpi) / dpi if form == "png" else side / 72 for side in (plate.width, plate.height)]
    figure = Figure(figsize=(size[0], size[1]), dpi=scale, facecolor=inks["page"])
    _Painter(plate, inks, figure, halo=form != "svg").paint()
    made = BytesIO()
    if form == "svg":
        about = {"Title": plate.title, "Date": None, "Creator": "launchwatch", "Rights": plate.sources}
        figure.savefig(made, format="svg", metadata=about, facecolor=inks["page"])
        return _for_readers(made.getvalue(), plate, inks)
    if form == "png":
        about = {
            "Title": plate.title, "Description": plate.told, "Software": "launchwatch", "Copyright": plate.sources,
            "Source": plate.projection.definition,
        }  # fmt: skip
        figure.savefig(made, format="png", dpi=dpi, metadata=about, facecolor=inks["page"])
        return made.getvalue()
    about = {
        "Title": plate.title,
        "Subject": plate.told,
        "Creator": "launchwatch",
        "Producer": None,
        "CreationDate": None,
    }
    figure.savefig(made, format="pdf", metadata=about, facecolor=inks["page"])
    return made.getvalue()


class _Painter:
    """Paints one plate onto one figure; axes count points, down from the upper left. State: count of halos."""

    def __init__(self, plate: Plate, inks: dict[str, str], figure: Any, *, halo: bool) -> None:  # noqa: ANN401
        self.plate, self.inks, self.halo = plate, inks, halo
        self.halos = 0
        self.sheet = self._axes(figure, (0, 0, plate.width, plate.height))
        self.map = self._axes(figure, plate.map_box)

    def _axes(self, figure: Any, box: tuple[float, float, float, float]) -> Any:  # noqa: ANN401
        left, top, right, bottom = box
        wide, high = self.plate.width, self.plate.height
        axes = figure.add_axes((left / wide, 1 - bottom / high, (right - left) / wide, (bottom - top) / high))
        axes.set_axis_off()
        axes.set_xlim(0, right - left)
        axes.set_ylim(bottom - top, 0)
        return axes

    def paint(self) -> None:
        drawn = sorted(self.plate.shapes, key=lambda shape: _ORDER.index(shape.kind))
        for order, one in enumerate(drawn):
            if not one.shape.is_empty:
                self._shape(self.map, one.kind, one.shape, order)
        for sign in self.plate.signs:
            self._sign(self.map, sign.kind, sign.x, sign.y)
        self._bar()
        self._north()
        self._status()
        self._frame()
        for label in self.plate.labels:
            self._text(self.map, label, halo="land" if label.kind == "country" else "sea")
        for label in (*self.plate.heading, *self.plate.caption, *self.plate.degrees):
            self._text(self.sheet, label)
        for entry in self.plate.legend:
            self._entry(entry)

    def _shape(self, axes: Any, kind: str, shape: "BaseGeometry", order: int) -> None:  # noqa: ANN401
        if kind in ("sea", "land"):
            edge = (self.inks["coast"], 0.5) if kind == "land" else ("none", 0.0)
            self._patch(axes, shape, facecolor=self.inks[kind], edgecolor=edge[0], linewidth=edge[1], zorder=order)
        elif kind == "uncovered":
            self._patch(axes, shape, facecolor=self.inks["sea"], edgecolor=self.inks["hatch"], linewidth=0,
                        hatch="////", zorder=order)  # fmt: skip
        elif kind in _AREAS:
            ink, filled, wide, dash = _AREAS[kind]
            # Fill and edge apart: one alpha for both would fade the edge.
            self._patch(axes, shape, facecolor=self.inks[ink], alpha=filled, linewidth=0, zorder=order)
            self._patch(axes, shape, facecolor="none", edgecolor=self.inks[ink], linewidth=wide, linestyle=dash,
                        zorder=order + 0.5)  # fmt: skip
        else:
            ink, wide, dash = _LINES[kind]
            self._patch(axes, shape, facecolor="none", edgecolor=self.inks[ink], linewidth=wide, linestyle=dash,
                        alpha=_ALPHA.get(kind, 1.0), zorder=order, capstyle="round" if dash == "-" else "butt",
                        joinstyle="round")  # fmt: skip

    def _patch(self, axes: Any, shape: "BaseGeometry", **style: Any) -> None:  # noqa: ANN401
        from matplotlib.patches import PathPatch

        path = _path(shape)
        if path is not None:
            axes.add_artist(PathPatch(path, **style))  # a patch proper would be measured, curve by curve

    def _sign(self, axes: Any, kind: str, x: float, y: float) -> None:  # noqa: ANN401
        from matplotlib.lines import Line2D

        ground = self.inks["sea"]
        forms: dict[str, tuple[str, float, str, str, float]] = {
            "launch": ("^", 7.0, self.inks["launch"], ground, 0.8),
            "feature": ("s", 3.0, "none", self.inks["ink"], 0.7),
        }
        if kind == "fall":
            for wide, ink in ((3.4, ground), (1.7, self.inks["fall"])):
                axes.add_line(
                    Line2D([x], [y], marker="x", markersize=6.5, markeredgewidth=wide, color=ink, zorder=60)
                )
            return
        marker, size, face, edge, wide = forms[kind]
        axes.add_line(
            Line2D(
                [x],
                [y],
                marker=marker,
                markersize=size,
                markerfacecolor=face,
                markeredgecolor=edge,
                markeredgewidth=wide,
                linestyle="none",
                zorder=60,
            )
        )

    def _bar(self) -> None:
        from matplotlib.patches import Rectangle

        bar, ink = self.plate.bar, self.inks["ink"]
        for part in range(4):
            fill = ink if part % 2 == 0 else self.inks["page"]
            quarter = bar.length / 4
            self.map.add_patch(Rectangle((bar.x + part * quarter, bar.y), quarter, 3.0, facecolor=fill,
                                         edgecolor=ink, linewidth=0.5, zorder=70))  # fmt: skip
        label = Label(bar.x + bar.length / 2, bar.y - 3.0, "middle", (bar.text,), "degree")
        self._text(self.map, label, halo="sea")

    def _north(self) -> None:
        if self.plate.north is None:
            return
        from matplotlib.patches import Polygon

        x, y = self.plate.north
        arrow = [(x, y), (x + 4, y + 13), (x, y + 10), (x - 4, y + 13)]
        self.map.add_patch(Polygon(arrow, facecolor=self.inks["ink"], edgecolor="none", zorder=70))
        self._text(self.map, Label(x, y + 14 + self.plate.text_pt, "middle", ("N",), "mark"), halo="sea")

    def _status(self) -> None:
        size = 1.1 * self.plate.text_pt
        self.map.text(
            self.plate.view.canvas.width - 5, 5, self.plate.status, ha="right", va="top", fontsize=size,
            weight="bold", color=self.inks["status"], zorder=80, parse_math=False,
            bbox={"facecolor": self.inks["page"], "edgecolor": self.inks["status"], "linewidth": 0.8, "pad": 2.2},
        )  # fmt: skip

    def _frame(self) -> None:
        from matplotlib.patches import Rectangle

        width, height = self.plate.view.canvas.width, self.plate.view.canvas.height
        self.map.add_patch(Rectangle((0, 0), width, height, facecolor="none", edgecolor=self.inks["frame"],
                                     linewidth=0.8, zorder=90, clip_on=False))  # fmt: skip

    def _text(self, axes: Any, label: Label, halo: str = "") -> None:  # noqa: ANN401
        from matplotlib.patheffects import withStroke

        ink, scale, weight, slope = LABELS[label.kind]
        size = scale * self.plate.text_pt
        align = {"start": "left", "middle": "center", "end": "right"}[label.anchor]
        for number, line in enumerate(label.lines):
            y = label.y + number * LINE_HEIGHT * size
            text = axes.text(
                label.x, y, shown_in_font(line), ha=align, va="baseline", fontsize=size, weight=weight,
                style=slope, color=self.inks[ink], zorder=75, parse_math=False, clip_on=False,
            )  # fmt: skip
            if halo and self.halo:
                text.set_path_effects([withStroke(linewidth=1.8, foreground=self.inks[halo], alpha=0.85)])
            elif halo:
                self.halos += 1
                text.set_gid(f"halo-{halo}-{self.halos}")

    def _entry(self, entry: Entry) -> None:
        size = self.plate.text_pt * LABELS["caption"][1]
        middle = entry.y - 0.35 * size
        if entry.form == "sign":
            self._sign(self.sheet, entry.kind, entry.x + 9, middle)
        elif entry.form == "area":
            swatch = shapely.box(entry.x + 1, middle - 3, entry.x + 17, middle + 3)
            self._shape(self.sheet, entry.kind, swatch if entry.kind == "uncovered" else _oval(swatch), 50)
        else:
            line = shapely.linestrings([(entry.x, middle), (entry.x + 18, middle)])
            self._shape(self.sheet, entry.kind, line, 50)
        self._text(self.sheet, Label(entry.x + 21, entry.y, "start", (entry.text,), "caption"))


def _oval(box: "BaseGeometry") -> "BaseGeometry":
    left, top, right, bottom = box.bounds
    turn = np.linspace(0, 2 * np.pi, 48)
    x, y = (
        (left + right) / 2 + (right - left) / 2 * np.cos(turn),
        (top + bottom) / 2 + (bottom - top) / 2 * np.sin(turn),
    )
    return shapely.polygons(np.column_stack((x, y)))


def _path(shape: "BaseGeometry") -> Any:  # noqa: ANN401
    """Return lines and polygons as one matplotlib path, or None where there is nothing to draw."""
    from matplotlib.path import Path

    parts = [part for one in shapely.get_parts(shape) for part in shapely.get_parts(one)]
    points, codes = [], []
    for part in parts:
        closed = part.geom_type == "Polygon"
        for ring in shapely.get_rings(part) if closed else [part] if part.geom_type == "LineString" else []:
            xy = shapely.get_coordinates(ring)
            if len(xy) < 2:
                continue
            code = np.full(len(xy), Path.LINETO, dtype=np.uint8)
            code[0] = Path.MOVETO
            if closed:
                code[-1] = Path.CLOSEPOLY
            points.append(xy)
            codes.append(code)
    return Path(np.round(np.concatenate(points), 2), np.concatenate(codes)) if points else None


def _for_readers(svg: bytes, plate: Plate, inks: dict[str, str]) -> bytes:
    """Return an SVG with title and description that screen readers find, font families, and text on halos."""
    text = svg.decode()
    text = re.sub(r"\s*<title>.*?</title>", "", text, count=1, flags=re.DOTALL)
    halos = "".join(
        f'g[id^="halo-{ground}"] text{{paint-order:stroke;stroke:{inks[ground]};stroke-width:1.8px;'
        "stroke-linejoin:round;stroke-opacity:.85}"
        for ground in ("sea", "land")
    )
    named = (
        f'<title id="title">{html.escape(plate.title)}</title><desc id="told">{html.escape(plate.told)}</desc>'
        f"<style>{halos}</style>"
    )
    head, mark, body = text.partition("<svg")
    attributes, _, body = body.partition(">")
    body = re.sub(r"font(-family)?: ?([^;\"]*)'DejaVu Sans'[^;\"]*", _with_family, body)
    text = f'{head}{mark}{attributes} role="img" aria-labelledby="title told">{named}{body}'
    return re.sub(r"<(?:path|use|g|rect|text)\b[^>]*>", _shortened, text).encode()


def _shortened(match: re.Match[str]) -> str:
    """Return a tag with hundredths of a point: finer than is printed, and half the bytes."""
    return re.sub(r"(?<![\w#.])(-?\d+\.\d\d)\d+", r"\1", match[0])


def _with_family(match: re.Match[str]) -> str:
    return f"font{match[1] or ''}: {match[2]}{_FAMILY}"
