"""Draws from the prior of flights, by class: the figures of docs/concepts/estimating.md and the table beside them.

    python builders/prior_plots.py

writes docs/img/prior-apogee.svg, prior-time.svg, prior-burnout.svg and prior.csv.
"""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter

from launchwatch.estimate.fuse.posterior import flown
from launchwatch.estimate.fuse.prior import PRIORS, draw_latents, to_rows
from launchwatch.flight.propagation import BURNOUT_TIME, IMPACT, STATUS, fly_batch
from launchwatch.tell.charts import BLUE, GREEN, ORANGE, PURPLE, VERMILION, chart_svg

FOLDER = Path(__file__).parents[1] / "docs" / "img"
DRAWS = 12_000
"""Of each class: the middle of a distribution is then known to some per cent of its width."""

SEED = 5
CENTRE_RAD = (0.7, 2.2)  # where on earth matters little: the rotation moves ranges by some per cent
_STYLES = ((VERMILION, "-"), (BLUE, "--"), (GREEN, "-."), (PURPLE, ":"), (ORANGE, (0, (5, 1, 1, 1, 1, 1))))
_LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
_CELLS, _SMOOTH = 60, 3.0


@dataclass(frozen=True)
class Drawn:
    """One class's flights that came down with their motors burnt out: values by quantity, and their share."""

    name: str
    share: float
    values: dict[str, np.ndarray]


def draw_prior() -> list[Drawn]:
    """Return flights drawn from the prior, class by class."""
    found = []
    for k, name in enumerate(PRIORS):
        shares = np.zeros(len(PRIORS))
        shares[k] = 1.0
        x, group = draw_latents(DRAWS, np.random.default_rng([SEED, k]), shares)
        rows = to_rows(x, group, CENTRE_RAD)
        outcomes = fly_batch(rows, tolerance_m=30.0)
        fell = (outcomes[:, STATUS] == IMPACT) & np.isfinite(outcomes[:, BURNOUT_TIME])
        samples = flown(rows[fell], outcomes[fell])
        values = {
            "range_km": samples.range_m / 1e3,
            "apogee_km": samples.apogee_m / 1e3,
            "flight_time_min": samples.flight_time_s / 60,
            "burnout_speed_km_s": samples.burnout_speed_m_s / 1e3,
            "burnout_angle_deg": np.degrees(samples.burnout_angle_rad),
        }
        found.append(Drawn(name, float(fell.mean()), values))
    return found


def to_csv(classes):
    """Return the table: share of draws that come down, and five points of each quantity, a row a class each."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["class", "quantity", "come_down", *(f"p{100 * level:02.0f}" for level in _LEVELS)])
    for one in classes:
        for name, values in one.values.items():
            points = np.quantile(values, _LEVELS)
            writer.writerow([one.name, name, f"{one.share:.3f}", *(f"{v:.4g}" for v in points)])
    return text.getvalue()


@dataclass(frozen=True)
class Plot:
    """One figure: its quantities with their labels, and whether each axis is logarithmic, with its ends."""

    file: str
    title: str
    across: str
    up: str
    labels: tuple[str, str]
    ends: tuple[tuple[float, float], tuple[float, float]]
    log: tuple[bool, bool]


PLOTS = (
    Plot("prior-apogee.svg", "Drawn from the prior: apogee over range", "range_km", "apogee_km",
         ("range, km", "apogee, km"), ((10, 20_000), (5, 20_000)), (True, True)),
    Plot("prior-time.svg", "Drawn from the prior: flight time over range", "range_km", "flight_time_min",
         ("range, km", "flight time, min"), ((10, 20_000), (1, 200)), (True, True)),
    Plot("prior-burnout.svg", "Drawn from the prior: burnout speed and angle", "burnout_speed_km_s",
         "burnout_angle_deg", ("burnout speed, km/s", "burnout angle, degrees"), ((0, 9), (0, 90)),
         (False, False)),
)  # fmt: skip


def plot_svg(plot, classes):
    """Return a figure: the smallest areas that hold 50 % (thick) and 90 % of each class's flights."""
    told = "; ".join(
        f"{one.name}: median {np.median(one.values[plot.across]):.3g} across, "
        f"{np.median(one.values[plot.up]):.3g} up"
        for one in classes
    )
    return chart_svg(
        lambda figure, what: _fill(figure, plot, what), classes, plot.title, f"{plot.labels}: {told}."
    )


def _fill(figure, plot, classes):
    axes = figure.subplots()
    forward = [np.log10 if log else np.asarray for log in plot.log]
    spans = [tuple(float(f(end)) for end in ends) for f, ends in zip(forward, plot.ends, strict=True)]
    centres = [np.linspace(low, high, 2 * _CELLS + 1)[1::2] for low, high in spans]
    x, y = (10**c if log else c for c, log in zip(centres, plot.log, strict=True))
    for one, (colour, style) in zip(classes, _STYLES, strict=True):
        values = [f(one.values[name]) for f, name in zip(forward, (plot.across, plot.up), strict=True)]
        counts, _, _ = np.histogram2d(*values, bins=_CELLS, range=spans)
        density = gaussian_filter(counts.T, _SMOOTH)
        ranked = np.sort(density, axis=None)[::-1]
        held = np.cumsum(ranked) / ranked.sum()
        levels = [float(ranked[np.searchsorted(held, share)]) for share in (0.9, 0.5)]
        axes.contour(x, y, density, levels=levels, colors=[colour], linestyles=[style], linewidths=[1.0, 2.2])
        axes.plot([], [], color=colour, linestyle=style, linewidth=2.2, label=one.name)
    for log, scale in zip(plot.log, (axes.set_xscale, axes.set_yscale), strict=True):
        if log:
            scale("log")
    axes.set_xlim(*plot.ends[0])
    axes.set_ylim(*plot.ends[1])
    axes.set_xlabel(plot.labels[0])
    axes.set_ylabel(plot.labels[1])
    figure.legend(loc="outside lower center", ncols=5, fontsize=9, frameon=False)


def main():
    """Write figures and table."""
    classes = draw_prior()
    (FOLDER / "prior.csv").write_text(to_csv(classes), encoding="utf-8")
    for plot in PLOTS:
        (FOLDER / plot.file).write_bytes(plot_svg(plot, classes))


if __name__ == "__main__":
    main()
