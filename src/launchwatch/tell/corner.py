"""A flight's posterior by pairs: six quantities, their distributions and those of each two, px.

On the diagonal each quantity's histogram, with its median, its 90 % interval and what offices said of it; below
it every pair, with the smallest areas that hold 50 % and 90 % of the flights.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from contourpy import LineType, contour_generator
from scipy.ndimage import gaussian_filter

from launchwatch.bayes.sampling import weighted_quantile
from launchwatch.facts import Fit, FlightSamples
from launchwatch.flight.classes import energy_range_m
from launchwatch.tell.attribution import SIGNS
from launchwatch.tell.drawing import (
    Floats,
    Tick,
    number,
    polyline,
    tick_step,
    ticks,
)
from launchwatch.tell.fits import is_figure, say_office
from launchwatch.tell.wording import say_figure, say_number

SIZE_PX = 960.0
_LEFT, _TOP, _BOTTOM, _RIGHT = 62.0, 40.0, 62.0, 10.0
_GAP = 10.0
_BINS, _CELLS = 40, 56
_SMOOTH_CELLS = 1.6  # a kernel of a thirtieth of the shown width: wide enough for a thousand flights
_SHARES = (0.9, 0.5)
_ENDS = (0.002, 0.998)
_LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
_TURN_DEG = 360.0


@dataclass(frozen=True)
class Quantity:
    """One quantity of the flights: its name, unit, and values (n,)."""

    name: str
    unit: str
    attribute: str | None
    values: Floats


@dataclass(frozen=True)
class Said:
    """What an office said of a quantity: its letter, colour, place (px) and what the mark stands for."""

    letter: str
    colour: int
    x: float
    y: float
    title: str


@dataclass(frozen=True)
class Panel:
    """One panel: its corner and what is drawn in it; `areas` hold 90 % and 50 %, or one histogram."""

    x: float
    y: float
    areas: tuple[str, ...]
    middle: float | None = None
    low: float | None = None
    high: float | None = None
    said: tuple[Said, ...] = ()

    @property
    def diagonal(self) -> bool:
        """Return whether the panel is of one quantity alone."""
        return self.middle is not None


@dataclass(frozen=True)
class Axis:
    """One quantity's ticks: across, below its column at `x`, and up, left of its row at `y`."""

    name: str
    title: str
    x: float
    y: float
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]


@dataclass(frozen=True)
class Corner:
    """Everything to print of a corner plot."""

    size: float
    side: float
    bottom: float
    panels: tuple[Panel, ...]
    axes: tuple[Axis, ...]
    told: str


def quantities_of(samples: FlightSamples) -> list[Quantity]:
    """Return the quantities of a corner plot; azimuths run without a jump about their mean.

    Burnout is none where a cruise flight is possible: its place takes the mean speed along the path.
    """
    sin, cos = (float(samples.weight @ f(samples.azimuth_rad)) for f in (np.sin, np.cos))
    middle = np.arctan2(sin, cos)
    azimuth = np.degrees(middle) % _TURN_DEG + np.degrees(np.angle(np.exp(1j * (samples.azimuth_rad - middle))))
    energy = energy_range_m(samples.burnout_speed_m_s, samples.burnout_height_m)
    powered = [
        Quantity("Burnout speed", "km/s", None, samples.burnout_speed_m_s / 1e3),
        Quantity("Range at minimum energy", "km", None, energy / 1e3),
    ]
    level = Quantity("Mean speed", "m/s", None, samples.range_m / samples.flight_time_s)
    return [
        Quantity("Range", "km", "range_km", samples.range_m / 1e3),
        Quantity("Apogee", "km", "apogee_km", samples.apogee_m / 1e3),
        Quantity("Flight time", "min", "flight_time_min", samples.flight_time_s / 60),
        Quantity("Azimuth", "°", None, azimuth),
        *(powered if np.isfinite(energy).all() else [level]),
    ]


def draw_corner(samples: FlightSamples, fits: Sequence[Fit], letters: Mapping[str, str]) -> Corner:
    """Return the corner plot of a flight's samples, with the figures that offices gave."""
    quantities = quantities_of(samples)
    side = (SIZE_PX - _LEFT - _RIGHT - _GAP * (len(quantities) - 1)) / len(quantities)
    scales = [_Scale(one.values, samples.weight, side) for one in quantities]
    panels = []
    for row, scale in enumerate(scales):
        y = round(_TOP + row * (side + _GAP), 1)
        for column in range(row):
            x = round(_LEFT + column * (side + _GAP), 1)
            areas = _areas(scales[column], scale, samples.weight)
            panels.append(Panel(x, y, areas))
        x = round(_LEFT + row * (side + _GAP), 1)
        panels.append(_marginal(quantities[row], scale, x, y, fits, letters))
    axes = [_axis(one, scale, k, side) for k, (one, scale) in enumerate(zip(quantities, scales, strict=True))]
    return Corner(
        size=SIZE_PX,
        side=round(side, 1),
        bottom=round(_TOP + len(quantities) * (side + _GAP) - _GAP, 1),
        panels=tuple(panels),
        axes=tuple(axes),
        told="; ".join(_told(one, samples.weight) for one in quantities),
    )


class _Scale:
    """A quantity's shown span and its pixels within a panel. State: the samples and their weights."""

    def __init__(self, values: Floats, weight: Floats, side: float) -> None:
        self.values, self.weight, self.side = values, weight, side
        low, high = weighted_quantile(values, weight, _ENDS)
        pad = 0.08 * (high - low) or max(abs(high), 1.0) * 0.01
        self.low, self.high = low - pad, high + pad

    def px(self, value: float) -> float:
        return (value - self.low) / (self.high - self.low) * self.side

    @cached_property
    def summary(self) -> tuple[float, float, float]:
        low, middle, high = weighted_quantile(self.values, self.weight, (0.05, 0.5, 0.95))
        return low, middle, high

    @property
    def ticks(self) -> list[float]:
        return ticks(self.low, self.high, tick_step(self.high - self.low, 4))


def _areas(across: _Scale, up: _Scale, weight: Floats) -> tuple[str, ...]:
    """Return the outlines of the smallest areas that hold 90 % and 50 % of the flights."""
    side = across.side
    span = [(across.low, across.high), (up.low, up.high)]
    counts, _, _ = np.histogram2d(across.values, up.values, bins=_CELLS, range=span, weights=weight)
    density = np.pad(gaussian_filter(counts.T, _SMOOTH_CELLS, mode="nearest"), 1)
    levels = _levels(density)
    ends = (np.arange(_CELLS + 2) - 0.5) / _CELLS * side
    x, y = ends.clip(0, side), side - ends.clip(0, side)
    made = contour_generator(x, y, density, line_type=LineType.Separate)
    return tuple("".join(polyline(np.asarray(line)[:-1], closed=True) for line in made.lines(v)) for v in levels)


def _levels(density: Floats) -> list[float]:
    ranked = np.sort(density, axis=None)[::-1]
    held = np.cumsum(ranked) / max(float(ranked.sum()), 1e-300)
    return [float(ranked[min(int(np.searchsorted(held, share)), len(ranked) - 1)]) for share in _SHARES]


def _marginal(
    quantity: Quantity, scale: _Scale, x: float, y: float, fits: Sequence[Fit], letters: Mapping[str, str]
) -> Panel:
    side = scale.side
    counts, edges = np.histogram(scale.values, bins=_BINS, range=(scale.low, scale.high), weights=scale.weight)
    heights = side - counts / max(float(counts.max()), 1e-300) * (side - 16)
    at = [scale.px(float(edge)) for edge in edges]
    steps = [(at[0], side)]
    for k, height in enumerate(heights):
        steps += [(at[k], float(height)), (at[k + 1], float(height))]
    low, middle, high = (round(scale.px(v), 1) for v in scale.summary)
    outline = polyline(np.array([*steps, (at[-1], side)]), closed=True)
    return Panel(x, y, (outline,), middle, low, high, tuple(_said(quantity, scale, fits, letters)))


def _said(quantity: Quantity, scale: _Scale, fits: Sequence[Fit], letters: Mapping[str, str]) -> list[Said]:
    """Return the marks of figures that offices gave; one outside the span stands at its edge with an arrow."""
    found: list[Said] = []
    order = list(letters)
    for fit in fits:
        if fit.said.attribute != quantity.attribute or not is_figure(fit):
            continue
        value = fit.said.middle
        at = min(max(scale.px(value), 0.0), scale.side)
        arrow = "→" if value > scale.high else "←" if value < scale.low else ""
        office = say_office(fit.said)
        taken = sum(abs(one.x - at) < 14 for one in found)
        sign = SIGNS[fit.consistency.verdict]
        title = f"{letters[office]} {office}: {say_figure(value)} {quantity.unit}, {fit.consistency.verdict}"
        text = f"{letters[office]}{sign}{arrow}"
        found.append(Said(text, order.index(office) % 8, round(at, 1), 11.0 + 12.0 * taken, title))
    return found


def _axis(quantity: Quantity, scale: _Scale, k: int, side: float) -> Axis:
    marks = [(value, f"{value:,.6g}") for value in scale.ticks]
    gap = "" if quantity.unit == "°" else " "
    return Axis(
        name=quantity.name,
        title=f"{quantity.name},{gap or ' '}{quantity.unit}",
        x=round(_LEFT + k * (side + _GAP), 1),
        y=round(_TOP + k * (side + _GAP), 1),
        across=tuple(Tick(round(scale.px(value), 1), text) for value, text in marks),
        up=tuple(Tick(round(side - scale.px(value), 1), text) for value, text in marks),
    )


def _told(quantity: Quantity, weight: Floats) -> str:
    low, middle, high = weighted_quantile(quantity.values, weight, (0.05, 0.5, 0.95))
    return f"{quantity.name} {say_number(middle)} {quantity.unit} ({say_number(low)} to {say_number(high)})"


def quantile_rows(samples: FlightSamples) -> list[tuple[str, tuple[str, ...]]]:
    """Return each quantity's 5, 25, 50, 75 and 95 % points, in words."""
    rows = []
    for one in quantities_of(samples):
        points = weighted_quantile(one.values, samples.weight, _LEVELS)
        rows.append((f"{one.name}, {one.unit}", tuple(say_number(v) for v in points)))
    return rows


def correlation_rows(samples: FlightSamples) -> tuple[list[str], list[tuple[str, tuple[str, ...]]]]:
    """Return the quantities' names, and a row of their correlations for each."""
    quantities = quantities_of(samples)
    table = np.array([one.values for one in quantities])
    middle = table @ samples.weight
    spread = (table - middle[:, None]) * np.sqrt(samples.weight)
    covariance = spread @ spread.T
    sigma = np.sqrt(np.maximum(np.diag(covariance), 1e-300))
    rho = covariance / np.outer(sigma, sigma)
    names = [one.name for one in quantities]
    return names, [(name, tuple(say_correlation(v) for v in row)) for name, row in zip(names, rho, strict=True)]


def say_correlation(value: float) -> str:
    """Return a correlation with two decimals and a true minus."""
    return f"{value:+.2f}".replace("-", "−") if abs(value) >= 0.005 else number(0.0)
