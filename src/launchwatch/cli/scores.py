"""How scores are printed by `launchwatch track --truth`."""

from typing import Any

SIDE_BY_SIDE = 3
"""Objects that stand as columns beside one another; more become rows with the main figures."""


def print_scores(scores: Any) -> None:
    """Print the score object by object, then of all together."""
    from rich.table import Table
    from rich.text import Text

    from launchwatch.basis.errors import printable
    from launchwatch.cli.common import table_console

    console = table_console()
    table = Table(title="tracks against truth", title_justify="left")
    names = [Text(printable(one.object)) for one in scores.objects]
    if len(names) <= SIDE_BY_SIDE:
        table.add_column("object")
        for name in names:
            table.add_column(name, justify="right")
        for label, cell in _ROWS:
            table.add_row(label, *(Text(printable(cell(one))) for one in scores.objects))
    else:
        for label in ("object", *(short for short, _ in _SHORT)):
            table.add_column(label, justify="left" if label == "object" else "right")
        for name, one in zip(names, scores.objects, strict=True):
            table.add_row(name, *(cell(one) for _, cell in _SHORT))
    console.print(table)
    for line in _overall(scores):
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def _of(value: float | None, unit: str = "", digits: int = 4) -> str:
    return "-" if value is None else f"{value:.{digits}g}{unit}"


def _share(share: Any) -> str:
    if share.share is None:
        return "-"
    return f"{100 * share.share:.0f} % of {share.of} ({100 * share.low:.0f}-{100 * share.high:.0f})"


def _point(point: Any) -> str:
    if point is None:
        return "-"
    late = "" if point.time_error_s is None else f", {point.time_error_s:+.1f} s"
    return f"{point.error_km:.3g} km{late}, {'in' if point.inside_95 else 'OUT'}"


_ROWS: tuple[tuple[str, Any], ...] = (
    ("class", lambda one: one.class_),
    ("tracks on it", lambda one: str(len(one.tracks))),
    ("updates", lambda one: str(one.updates)),
    ("position error, rms", lambda one: _of(one.position_rmse_m, " m")),
    ("  over the bound", lambda one: _of(one.position_over_bound, "", 3)),
    ("velocity error, rms", lambda one: _of(one.velocity_rmse_m_s, " m/s")),
    ("  over the bound", lambda one: _of(one.velocity_over_bound, "", 3)),
    ("NEES / 6", lambda one: _of(one.nees and one.nees.mean_over_degrees_of_freedom, "", 3)),
    ("  within its 95 % band", lambda one: _share(one.nees.inside_band) if one.nees else "-"),
    ("NIS / its size", lambda one: _of(one.nis and one.nis.mean_over_degrees_of_freedom, "", 3)),
    ("  within its 95 % band", lambda one: _share(one.nis.inside_band) if one.nis else "-"),
    ("longest segment", lambda one: f"{one.longest_segment_s:.0f} s ({100 * one.longest_segment:.0f} %)"),
    ("launch (95 % ellipse)", lambda one: _point(one.launch)),
    ("impact (95 % ellipse)", lambda one: _point(one.impact)),
    ("likeliest impact's ellipse right", lambda one: _share(one.impact_predictions)),
    ("any hypothesis's ellipse right", lambda one: _share(one.impact_in_any)),
)


_SHORT: tuple[tuple[str, Any], ...] = (
    ("updates", lambda one: str(one.updates)),
    ("error, m", lambda one: _of(one.position_rmse_m)),
    ("/ bound", lambda one: _of(one.position_over_bound, "", 3)),
    ("NEES/6", lambda one: _of(one.nees and one.nees.mean_over_degrees_of_freedom, "", 3)),
    ("longest, s", lambda one: f"{one.longest_segment_s:.0f}"),
    ("launch", lambda one: _point(one.launch)),
    ("impact", lambda one: _point(one.impact)),
)


def _overall(scores: Any) -> list[str]:
    sets, siap = scores.overall.sets, scores.overall.siap
    errors = (
        f"GOSPA {sets.gospa_rms_m:.0f} m, OSPA {sets.ospa_rms_m:.0f} m (rms over time, cutoff "
        f"{sets.cutoff_m / 1e3:g} km, order {sets.order:g}); on average {sets.missed_mean:.2f} missed, "
        f"{sets.false_mean:.2f} false"
    )
    continuity = (
        f"completeness {_of(siap.completeness, '', 3)}, ambiguity {_of(siap.ambiguity, '', 3)}, spuriousness "
        f"{_of(siap.spuriousness, '', 3)}, track number changes {_of(siap.number_changes_per_s, '/s', 3)}, "
        f"longest segments {_of(siap.longest_segment, '', 3)}"
    )
    false = (f"false track {name}: never within the cutoff of an object" for name in scores.false_tracks)
    return [errors, continuity, *false]
