"""Marks on paper: canvases, path texts and label boxes of a drawing. Pixels, x to the right, y down.

Every coordinate is rounded to a tenth of a pixel, so that equal events give equal bytes.
"""

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Box = tuple[float, float, float, float]

LINE_HEIGHT = 1.22
"""Distance of text lines in units of the text's size."""

_LATIN_EM, _WIDE_EM = 0.56, 1.0  # mean advance of system sans-serif letters, and of ideographs and Hangul


@dataclass(frozen=True)
class Tick:
    """A tick of an axis: its place, px, and its text."""

    at: float
    text: str


@dataclass(frozen=True)
class Canvas:
    """A drawing's size and the size of its text, px; `name` tells for which screens it is made."""

    name: str
    width: float
    height: float
    text_px: float


@dataclass(frozen=True)
class Label:
    """Lines of text at a place; `anchor` is SVG's start, middle or end, `y` the first base line."""

    x: float
    y: float
    anchor: str
    lines: tuple[str, ...]
    kind: str


def number(value: float) -> str:
    """Return a coordinate with at most one decimal."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def polyline(points: Floats, *, closed: bool = False) -> str:
    """Return the path text of points, shape (n, 2), without repeated ones; empty for fewer than two."""
    pairs = [f"{number(x)},{number(y)}" for x, y in points]
    kept = [pair for i, pair in enumerate(pairs) if i == 0 or pair != pairs[i - 1]]
    if len(kept) < 2:
        return ""
    return f"M{'L'.join(kept)}{'Z' * closed}"


def text_width(text: str, text_px: float) -> float:
    """Return about how wide a line of text runs, px."""
    ems = sum(_WIDE_EM if unicodedata.east_asian_width(letter) in "WF" else _LATIN_EM for letter in text)
    return ems * text_px


def fitted(text: str, room_px: float, text_px: float) -> str:
    """Return a text, cut with an ellipsis where it would run wider than the room."""
    if text_width(text, text_px) <= room_px:
        return text
    kept = len(text)
    while kept and text_width(text[:kept], text_px) > room_px - text_px:
        kept -= 1
    return f"{text[:kept].rstrip()}…"


def label_box(
    x: float,
    y: float,
    anchor: str,
    lines: Sequence[str],
    text_px: float,
    measure: Callable[[str, float], float] = text_width,
) -> Box:
    """Return the box (left, top, right, bottom) of lines whose first base line is at `y`."""
    width = max(measure(line, text_px) for line in lines)
    left = x - {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor] * width
    top = y - 0.8 * text_px
    return left, top, left + width, top + text_px * (1 + LINE_HEIGHT * (len(lines) - 1))


def overlap(one: Box, other: Box, gap: float = 3.0) -> bool:
    """Tell whether two boxes come nearer than `gap`."""
    return not (
        one[2] + gap <= other[0]
        or other[2] + gap <= one[0]
        or one[3] + gap <= other[1]
        or other[3] + gap <= one[1]
    )


@dataclass
class Board:
    """Takes labels greedily: the first candidate that stays in the frame and covers nothing taken.

    State: the boxes taken so far; one drawing at a time. `measure` tells how wide a text of a size runs.
    """

    frame: Box
    text_px: float
    taken: list[Box] = field(default_factory=list)
    measure: Callable[[str, float], float] = text_width

    def box(self, x: float, y: float, anchor: str, lines: Sequence[str], text_px: float) -> Box:
        """Return the box of lines as this board's font runs."""
        return label_box(x, y, anchor, lines, text_px, self.measure)

    def block(self, boxes: Iterable[Box]) -> None:
        """Keep boxes free of labels."""
        self.taken.extend(boxes)

    def fits(self, box: Box) -> bool:
        """Tell whether a box stays in the frame and covers nothing taken."""
        left, top, right, bottom = self.frame
        inside = box[0] >= left and box[1] >= top and box[2] <= right and box[3] <= bottom
        return inside and not any(overlap(box, other) for other in self.taken)

    def place(
        self, candidates: Iterable[tuple[float, float, str]], lines: Sequence[str], kind: str, scale: float = 1.0
    ) -> Label | None:
        """Return the label at the first candidate (x, y of first base line, anchor) that fits, or None."""
        for x, y, anchor in candidates:
            box = self.box(x, y, anchor, lines, scale * self.text_px)
            if self.fits(box):
                self.taken.append(box)
                return Label(round(x, 1), round(y, 1), anchor, tuple(lines), kind)
        return None


def around(x: float, y: float, lines: int, text_px: float, gap: float = 9.0) -> list[tuple[float, float, str]]:
    """Return places for a label about a point: right, left, below, above, then the diagonals."""
    rise = text_px * (0.35 - LINE_HEIGHT * (lines - 1) / 2)
    below, above = y + gap + 0.8 * text_px, y - gap - LINE_HEIGHT * text_px * (lines - 1)
    return [
        (x + gap, y + rise, "start"),
        (x - gap, y + rise, "end"),
        (x, below, "middle"),
        (x, above, "middle"),
        (x + gap, above + 4, "start"),
        (x + gap, below - 4, "start"),
        (x - gap, above + 4, "end"),
        (x - gap, below - 4, "end"),
        (x, below + 2.2 * text_px, "middle"),
        (x, above - 2.2 * text_px, "middle"),
    ]


def tick_step(span: float, wanted: int) -> float:
    """Return the round step (1, 2, 2.5 or 5 times a power of ten) that cuts a span into about `wanted` pieces."""
    rough = span / max(wanted, 1)
    power = 10.0 ** np.floor(np.log10(rough))
    return float(next(m * power for m in (1.0, 2.0, 2.5, 5.0, 10.0) if m * power >= rough * 0.999))


def ticks(low: float, high: float, step: float) -> list[float]:
    """Return the multiples of a step within [low, high]."""
    first, last = int(np.ceil(low / step - 1e-9)), int(np.floor(high / step + 1e-9))
    return [i * step for i in range(first, last + 1)]


def letter(number: int) -> str:
    """Return the letter of a speaker by number from 0: A to Z, then AA to ZZ and so on."""
    before = "" if number < 26 else letter(number // 26 - 1)
    return before + chr(ord("A") + number % 26)
