"""Estimates as one self-contained page: who fits, map, height profile, joint distributions, and every number.

Each drawing has a text alternative and a table behind it. As on the event's page, every value is escaped and the
content security policy lets nothing run or load but the page's own style and script.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from launchwatch.facts import Event, Fit, Flight, FlightSamples
from launchwatch.geo.zones import Zones
from launchwatch.tell import figures
from launchwatch.tell.attribution import language_of, safe_url
from launchwatch.tell.corner import correlation_rows, draw_corner, quantile_rows
from launchwatch.tell.drawing import Canvas, number
from launchwatch.tell.fitchart import draw_fits, told_fits
from launchwatch.tell.fits import explain, fit_row, office_letters
from launchwatch.tell.mapsheet import MapSheet, draw_maps, leading_paths
from launchwatch.tell.milestones import course_of
from launchwatch.tell.page import environment, palettes, policy, template_text
from launchwatch.tell.profile import draw_profile
from launchwatch.tell.wording import say_number

_MAPS = (Canvas("wide", 960, 560, 13), Canvas("narrow", 420, 470, 12))
_PROFILES = ((Canvas("wide", 960, 0, 12.5), 230.0), (Canvas("narrow", 420, 0, 12), 190.0))
_FITS = (Canvas("wide", 960, 0, 12.5), Canvas("narrow", 420, 0, 12))
_IMPACTS = 250
"""Impacts drawn on the map: enough to show an area's shape, few enough to stay points."""
_HEIGHT_ROWS = 12


@dataclass(frozen=True)
class Shown:
    """One launch to show: its event record with the preferred flights, their samples and fits, item by item."""

    event: Event
    samples: tuple[FlightSamples, ...]
    fits: tuple[tuple[Fit, ...], ...]


def to_estimate_page(launches: Sequence[Shown], zones: Zones) -> bytes:
    """Return the page, UTF-8 HTML; the same bytes for the same estimates."""
    style, script = _style(), template_text("page.js")
    html = environment().get_template("estimate.html").render(
        policy=policy(style, script),
        style=style,
        script=script,
        title=launches[0].event.title if len(launches) == 1 else f"{len(launches)} launches, estimated",
        launches=[_launch(f"l{k}", one, zones) for k, one in enumerate(launches, start=1)],
        playback={"paths": ()},
        likelihood=figures.likelihood_rows(),
    )  # fmt: skip
    return html.encode(errors="replace")


@cache
def _style() -> str:
    return palettes() + template_text("page.css") + template_text("estimate.css")


def _launch(anchor: str, shown: Shown, zones: Zones) -> dict[str, Any]:
    """Return all that the template prints of one launch."""
    event = shown.event
    leading = leading_paths(event)
    maps = draw_maps(event, zones, _MAPS)
    return {
        "anchor": anchor,
        "event": event,
        "heads": figures.key_figures(event),
        "maps": maps,
        "impacts": {sheet.canvas.name: _impacts(sheet, shown.samples) for sheet in maps},
        "summary": figures.map_summary(event),
        "profiles": [p for canvas, px in _PROFILES if (p := draw_profile(event, leading, canvas, px))],
        "heights": _height_rows(event),
        "estimates": figures.estimates_tables(event),
        "zone_rows": figures.zone_rows(event),
        "drawn_zones": figures.drawn_zone_rows(maps[0].zones_drawn) if maps else [],
        "place_rows": figures.place_rows(event),
        "path_tables": figures.path_tables(event, leading),
        "objects": [
            _object(f"{anchor}o{flight.item}", flight, samples, fits, event)
            for flight, samples, fits in zip(event.objects, shown.samples, shown.fits, strict=True)
        ],
    }


def _object(
    anchor: str, flight: Flight, samples: FlightSamples, fits: Sequence[Fit], event: Event
) -> dict[str, Any]:
    letters = office_letters(fits)
    names, correlations = correlation_rows(samples)
    sources = {member.id: member for member in event.reports}
    origins = {member.id: member.outlet or member.origin for member in event.reports}
    return {
        "anchor": anchor,
        "item": flight.item,
        "letters": list(letters.items()),
        "charts": [chart for canvas in _FITS if (chart := draw_fits(fits, letters, canvas))],
        "told": told_fits(fits),
        "weighed": [_fit(fit, letters, sources, origins) for fit in fits if fit.prediction is not None],
        "others": [_fit(fit, letters, sources, origins) for fit in fits if fit.prediction is None],
        "corner": draw_corner(samples, fits, letters),
        "quantiles": quantile_rows(samples),
        "names": names,
        "correlations": correlations,
    }


def _fit(fit: Fit, letters: dict[str, str], sources: dict[str, Any], origins: dict[str, str]) -> dict[str, Any]:
    row = fit_row(fit)
    quotes = []
    for claim in fit.claims:
        member = sources.get(claim.report)
        quotes.append(
            {
                "text": " ".join(claim.quote.split()),
                "language": language_of(claim.quote),
                "outlet": origins.get(claim.report, claim.report),
                "url": safe_url(member.url) if member else None,
            }
        )
    reasons = [
        (title, text) for title, text in explain(fit, origins) if title not in ("claim", "verdict", "words")
    ]
    return {"row": row, "letter": letters.get(row.office, ""), "quotes": quotes, "reasons": reasons}


def _impacts(sheet: MapSheet, samples: Sequence[FlightSamples]) -> str:
    """Return impacts as one path of points, drawn evenly from each object's posterior."""
    points = []
    for one in samples:
        at = np.searchsorted(np.cumsum(one.weight), (np.arange(_IMPACTS) + 0.5) / _IMPACTS).clip(max=len(one) - 1)
        pixels = sheet.view.to_pixels(np.degrees(one.impact_lon_rad[at]), np.degrees(one.impact_lat_rad[at]))
        points += [f"M{number(x)},{number(y)}h0" for x, y in pixels if np.isfinite(x) and np.isfinite(y)]
    return "".join(points)


def _height_rows(event: Event) -> list[tuple[str, str, str, str]]:
    """Return at even distances the median and 90 % of the sampled paths' heights, and how many still fly."""
    courses = [course_of(path) for path in event.paths if path.kind == "sample" and len(path.points) > 1]
    if not courses:
        return []
    ends = np.array([course.distance_km[-1] for course in courses])
    rows = []
    for distance in np.linspace(0.0, float(ends.max()), _HEIGHT_ROWS + 1)[1:-1]:
        up = [np.interp(distance, c.distance_km, c.height_km) for c in courses if c.distance_km[-1] >= distance]
        low, middle, high = np.quantile(up, (0.05, 0.5, 0.95))
        spread = f"{say_number(float(low))} to {say_number(float(high))} km"
        flying = f"{len(up)} of {len(courses)}"
        rows.append((f"{distance:.0f} km", f"{say_number(float(middle))} km", spread, flying))
    return rows
