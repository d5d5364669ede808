"""Charts of a score: error against bound, consistency, modes, and errors of the set; SVG and PNG bytes.

Colours are Okabe and Ito's, which all kinds of colour vision tell apart, each with a line style of its own. An SVG
takes its ink and ground from the reader's dark or light setting, keeps its text as text, and carries a title and a
description; a PNG is on white. Equal scores give equal bytes with the same matplotlib.
"""

import html
import math
import re
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.instants import parse_instant
from launchwatch.facts import ObjectScore, Scores, SetScore

Array = NDArray[np.float64]

BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9"
"""Okabe & Ito, "Color Universal Design", 2008, without the yellow, which white swallows."""

_INK = "#010203"  # stands for the reader's own ink until the SVG is finished
_INCHES, _DPI = (8.0, 4.5), 120
_LONG = re.compile(r"(?<![\w#.>-])(-?\d+\.\d\d)\d+(?![^<>]*</)")  # hundredths of a point are drawn; texts stay
_STYLES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
_READER = (
    "<style>svg{color:#222;background:#fff}"
    "@media (prefers-color-scheme:dark){svg{color:#ddd;background:#16181c}}</style>"
)
_SETTINGS: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.size": 11,
    "svg.fonttype": "none",
    "svg.hashsalt": "launchwatch",
}


def charts(scores: Scores) -> dict[str, bytes]:
    """Return the files of a score by name: per tracked object errors, NEES and modes; GOSPA and OSPA of all."""
    from matplotlib import rc_context

    with rc_context(_SETTINGS):
        return _charts(scores)


def chart_svg(draw: Callable[[Any, Any], None], what: Any, title: str, told: str) -> bytes:  # noqa: ANN401
    """Return one chart as SVG: `draw(figure, what)` fills the figure, `told` says what it shows."""
    from matplotlib import rc_context

    with rc_context(_SETTINGS):
        return _svg(draw, what, title, told)


def _charts(scores: Scores) -> dict[str, bytes]:
    made: dict[str, bytes] = {}
    for number, one in enumerate(scores.objects, start=1):
        if one.updates:
            name = f"{number:02d}-{re.sub(r'[^A-Za-z0-9._-]+', '-', one.object).strip('.-') or 'object'}"
            made |= _both(f"{name}-errors", _errors, one, f"{one.object}: error and bound", _told_errors(one))
            made |= _both(f"{name}-nees", _nees, one, f"{one.object}: consistency", _told_nees(one))
            made |= _both(f"{name}-modes", _modes, one, f"{one.object}: modes of motion", _told_modes(one))
    sets = scores.overall.sets
    return made | _both("gospa", _sets, sets, "All objects: GOSPA and OSPA", _told_sets(sets))


def _both(
    name: str, draw: Callable[[Any, Any], None], what: ObjectScore | SetScore, title: str, told: str
) -> dict[str, bytes]:
    """Return one chart as `name.svg` and `name.png`."""
    painted = BytesIO()
    about = {"Title": title, "Description": told, "Software": "launchwatch"}
    _draw(draw, what, title, "#222222").savefig(painted, format="png", dpi=_DPI, metadata=about, facecolor="white")
    return {f"{name}.svg": _svg(draw, what, title, told), f"{name}.png": painted.getvalue()}


def _svg(draw: Callable[[Any, Any], None], what: Any, title: str, told: str) -> bytes:  # noqa: ANN401
    drawn = BytesIO()
    about = {"Title": title, "Date": None, "Creator": "launchwatch"}
    _draw(draw, what, title, _INK).savefig(drawn, format="svg", metadata=about, transparent=True)
    return _for_readers(drawn.getvalue(), title, told)


def _draw(draw: Callable[[Any, Any], None], what: Any, title: str, ink: str) -> Any:  # noqa: ANN401
    """Return a figure with its text and frames in one ink."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=_INCHES, layout="constrained")
    draw(figure, what)
    figure.suptitle(title, fontsize=12, color=ink, parse_math=False)
    for axes in figure.axes:
        _ink(axes, ink)
    for text in (text for legend in figure.legends for text in legend.get_texts()):
        text.set(color=ink, parse_math=False)
    return figure


def _ink(axes: Any, ink: str) -> None:  # noqa: ANN401
    axes.set_facecolor("none")
    axes.tick_params(which="both", colors=ink)
    axes.grid(visible=True, color=ink, alpha=0.2, linewidth=0.6)
    for part in (axes.xaxis.label, axes.yaxis.label):
        part.set_color(ink)
    for spine in axes.spines.values():
        spine.set_edgecolor(ink)


def _legend(figure: Any, *axes: Any) -> None:  # noqa: ANN401
    """Put one legend below the panels, where it covers no mark."""
    drawn = [one.get_legend_handles_labels() for one in axes]
    handles, labels = ([item for pair in drawn for item in pair[part]] for part in (0, 1))
    figure.legend(
        handles, labels, loc="outside lower center", ncols=min(len(labels), 5), fontsize=8, frameon=False
    )


def _for_readers(svg: bytes, title: str, told: str) -> bytes:
    """Return an SVG with a title and description that screen readers find, and the reader's ink and ground."""
    text = svg.decode()
    text = re.sub(r"\s*<title>.*?</title>", "", text, count=1, flags=re.DOTALL)
    named = f'<title id="title">{html.escape(title)}</title><desc id="told">{html.escape(told)}</desc>{_READER}'
    head, mark, body = text.partition("<svg")
    attributes, _, body = body.partition(">")
    text = f'{head}{mark}{attributes} role="img" aria-labelledby="title told">{named}{body}'
    return _LONG.sub(r"\1", text).replace(_INK, "currentColor").encode()


def _since(times_utc: Sequence[str], start_utc: str) -> Array:
    start = parse_instant(start_utc)
    return np.array([parse_instant(time) - start for time in times_utc])


def _numbers(values: Sequence[float | None]) -> Array:
    return np.array([math.nan if value is None else value for value in values])


def _errors(figure: Any, one: ObjectScore) -> None:  # noqa: ANN401
    course = one.course
    times = _since(course.time_utc, one.first_utc)
    columns = (
        ("position, m", course.position_error_m, course.position_sigma_m, course.position_bound_m),
        ("velocity, m/s", course.velocity_error_m_s, course.velocity_sigma_m_s, course.velocity_bound_m_s),
    )
    upper, lower = figure.subplots(2, 1, sharex=True)
    for axes, (label, error, sigma, bound) in zip((upper, lower), columns, strict=True):
        own = np.array(sigma)
        axes.plot(times, error, ".", color=VERMILION, markersize=3, label="error")
        axes.plot(times, own, "-", color=BLUE, linewidth=1.4, label="the track's own 1 sigma")
        axes.plot(times, 3 * own, ":", color=SKY, linewidth=1.4, label="3 sigma")
        axes.plot(times, _numbers(bound), "--", color=GREEN, linewidth=1.4, label="root of the bound (PCRLB)")
        axes.set_yscale("log")
        axes.set_ylabel(label)
    _legend(figure, upper)
    lower.set_xlabel("time after the first true state, s")


def _nees(figure: Any, one: ObjectScore) -> None:  # noqa: ANN401
    if one.nees is None:
        return
    upper, lower = figure.subplots(2, 1, sharex=True)
    times = _since(one.course.time_utc, one.first_utc)
    low, high = one.nees.band_95
    upper.axhspan(low, high, color=SKY, alpha=0.3, linewidth=0, label="95 % of a consistent filter's")
    upper.axhline(one.nees.degrees_of_freedom, color=BLUE, linestyle="--", label="expected mean")
    upper.plot(times, one.course.nees, ".", color=VERMILION, markersize=4, label="state (NEES)")
    upper.set_ylabel(f"NEES, {one.nees.degrees_of_freedom} numbers")
    lower.axhline(1.0, color=BLUE, linestyle="--")
    lower.plot(times, _numbers(one.course.nis) / _numbers(one.course.measured), "x", color=GREEN, markersize=4,
               label="plot (NIS, over the numbers that it measured)")  # fmt: skip
    lower.set_ylabel("NIS / numbers")
    lower.set_xlabel("time after the first true state, s")
    for axes in (upper, lower):
        axes.set_yscale("log")
    _legend(figure, upper, lower)


def _modes(figure: Any, one: ObjectScore) -> None:  # noqa: ANN401
    axes = figure.subplots()
    times = _since(one.course.time_utc, one.first_utc)
    colours = (VERMILION, BLUE, GREEN, ORANGE, PURPLE, SKY)
    for number, (name, share) in enumerate(one.course.modes.items()):
        style = _STYLES[number % len(_STYLES)]
        axes.plot(times, share, color=colours[number % len(colours)], linestyle=style, linewidth=1.5, label=name)
    axes.set_ylim(-0.02, 1.02)
    axes.set_ylabel("probability of the mode")
    axes.set_xlabel("time after the first true state, s")
    _legend(figure, axes)


def _sets(figure: Any, sets: SetScore) -> None:  # noqa: ANN401
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
    times = _since(sets.time_utc, sets.time_utc[0])
    upper.plot(times, sets.gospa_m, "-", color=BLUE, linewidth=1.5, label=f"GOSPA, c = {sets.cutoff_m / 1e3:g} km")
    upper.plot(times, sets.ospa_m, "--", color=ORANGE, linewidth=1.2, label="OSPA")
    upper.plot(times, sets.localisation_m, ":", color=GREEN, linewidth=1.8, label="localisation part of GOSPA")
    upper.set_ylabel("m")
    upper.set_yscale("symlog", linthresh=10)
    lower.step(times, sets.missed, "-", where="post", color=VERMILION, label="missed objects")
    lower.step(times, sets.false, "--", where="post", color=PURPLE, label="false tracks")
    lower.set_ylim(bottom=-0.1)
    lower.yaxis.get_major_locator().set_params(integer=True)
    lower.set_ylabel("count")
    lower.set_xlabel("time after the first true state, s")
    _legend(figure, upper, lower)


def _told_errors(one: ObjectScore) -> str:
    text = f"{one.updates} updates: position error {one.position_rmse_m:.4g} m rms, velocity {_rate(one)}"
    if one.position_over_bound is None:
        return f"{text}; no bound."
    return f"{text}; {one.position_over_bound:.2f} and {one.velocity_over_bound:.2f} times the bound."


def _rate(one: ObjectScore) -> str:
    return f"{one.velocity_rmse_m_s:.4g} m/s rms"


def _told_nees(one: ObjectScore) -> str:
    if one.nees is None:
        return "no update"
    inside = one.nees.inside_band
    low, high = one.nees.band_95
    plots = "" if one.nis is None else f" Of the plots: {one.nis.mean_over_degrees_of_freedom:.2f} times."
    return (
        f"Mean {one.nees.mean_over_degrees_of_freedom:.2f} times the degrees of freedom; {inside.inside} of "
        f"{inside.of} updates lie in the 95 % band from {low:.3g} to {high:.3g}.{plots}"
    )


def _told_modes(one: ObjectScore) -> str:
    spans: list[tuple[str, float]] = []
    names = list(one.course.modes)
    likeliest = np.array([one.course.modes[name] for name in names]).argmax(axis=0)
    for time, mode in zip(_since(one.course.time_utc, one.first_utc), likeliest, strict=True):
        if not spans or spans[-1][0] != names[mode]:
            spans.append((names[mode], float(time)))
    told = ", ".join(f"{name} from {time:.0f} s" for name, time in spans[:8])
    return f"Likeliest mode: {told}{' and more changes' if len(spans) > 8 else ''}."


def _told_sets(sets: SetScore) -> str:
    return (
        f"Root mean square over time: GOSPA {sets.gospa_rms_m:.4g} m, OSPA {sets.ospa_rms_m:.4g} m; on average "
        f"{sets.missed_mean:.2f} objects missed and {sets.false_mean:.2f} tracks false."
    )
