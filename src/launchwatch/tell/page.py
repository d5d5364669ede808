"""The event as one self-contained page: inline style, script and drawings, and no request to anywhere.

Texts of reports are strangers' words. Every value goes through Jinja's escaping, links are plain http or https,
and the content security policy lets nothing run or load but the page's own style and script, by their hashes.
"""

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from launchwatch.basis.likelihood import say_likelihood
from launchwatch.facts import Event
from launchwatch.geo.zones import Zones
from launchwatch.tell import attribution, explanations, figures
from launchwatch.tell.drawing import Canvas
from launchwatch.tell.exposed import exposed_tables
from launchwatch.tell.mapsheet import MapSheet, draw_maps, leading_paths, path_pixels
from launchwatch.tell.milestones import claimed_times, course_of, milestones, start_s
from launchwatch.tell.profile import Profile, draw_profile
from launchwatch.tell.timeline import Timeline, draw_timeline
from launchwatch.tell.wording import shown

if TYPE_CHECKING:
    from jinja2 import Environment

# Two drawings of everything: text that is scaled down to a phone's width could not be read.
_MAPS = (Canvas("wide", 960, 640, 13), Canvas("narrow", 420, 470, 12))
_PROFILES = ((Canvas("wide", 960, 0, 12.5), 190.0), (Canvas("narrow", 420, 0, 12), 170.0))
_TIMELINES = (Canvas("wide", 960, 0, 12.5), Canvas("narrow", 420, 0, 12))

BANNERS = {
    "exercise": ("EXERCISE", "Marked as an exercise: nobody has released it, and nobody is asked to act on it."),
    "test": ("TEST", "A test of the system: nobody is asked to act on it."),
    "actual": (
        "ACTUAL",
        "Made by software from public evidence. It is no official warning; nobody has released it.",
    ),
}


def to_page(event: Event, zones: Zones) -> bytes:
    """Return the page, UTF-8 HTML; the same bytes for the same event."""
    style, script = _style(), template_text("page.js")
    leading = leading_paths(event)
    maps = draw_maps(event, zones, _MAPS)
    profiles = [p for canvas, height in _PROFILES if (p := draw_profile(event, leading, canvas, height))]
    timelines = [t for canvas in _TIMELINES if (t := draw_timeline(event, leading, canvas))]
    moments = milestones(event, leading)
    html = environment().get_template("page.html").render(
        event=event,
        banner=BANNERS[event.status],
        style=style,
        script=script,
        policy=policy(style, script),
        maps=maps,
        profiles=profiles,
        timelines=timelines,
        playback=_playback(event, maps, profiles, timelines),
        sentences=attribution.statement_sentences(event),
        said=attribution.attribute_claims(event),
        reports=attribution.sources(event.reports),
        recordings=attribution.sources(event.recordings),
        context_rows=attribution.context_rows(event.context),
        disputes=explanations.disputes(event),
        summary=figures.map_summary(event),
        keys=figures.key_figures(event),
        estimates=figures.estimates_tables(event),
        zone_rows=figures.zone_rows(event),
        exposed=exposed_tables(event),
        drawn_zones=figures.drawn_zone_rows(maps[0].zones_drawn) if maps else [],
        place_rows=figures.place_rows(event),
        path_tables=figures.path_tables(event, leading),
        moment_rows=figures.moment_rows(event, moments),
        claimed_times=claimed_times(event),
        likelihood=figures.likelihood_rows(),
    )  # fmt: skip
    return html.encode(errors="replace")


@cache
def environment() -> "Environment":
    """Return the maker of pages: every value is escaped, and nothing undefined passes."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        loader=FunctionLoader(template_text),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=lambda value: shown(value) if type(value) is str else value,
    )
    environment.filters["instant"] = figures.say_instant
    environment.filters["likelihood"] = say_likelihood
    environment.globals.update(bar_px=explanations.BAR_PX, scale_px=explanations.SCALE_PX)
    environment.globals.update(whisker_px=figures.WHISKER_PX)
    return environment


@cache
def template_text(name: str) -> str:
    """Return a file of the templates."""
    return (files("launchwatch.tell") / "templates" / name).read_text(encoding="utf-8")


@cache
def _style() -> str:
    return palettes() + template_text("page.css")


def palettes() -> str:
    """Return the light palette, and the dark one for screens that ask for it or are told to.

    Paper stays light, so the dark palette is for screens only.
    """
    light, dark = (template_text(name) for name in ("light.css", "dark.css"))
    return (
        f":root{{\n{light}}}\n"
        f"@media screen and (prefers-color-scheme: dark){{\n:root:not([data-theme=light]){{\n{dark}}}\n}}\n"
        f"@media screen{{\n:root[data-theme=dark]{{\n{dark}}}\n}}\n"
    )


def policy(style: str, script: str) -> str:
    """Return the content security policy: nothing but this style and this script."""
    return (
        f"default-src 'none'; style-src {_source(style)}; script-src {_source(script)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _playback(
    event: Event, maps: list[MapSheet], profiles: list[Profile], timelines: list[Timeline]
) -> dict[str, Any] | None:
    """Return what the slider moves: paths in time, and how they lie on every drawing; None without a path."""
    leading = leading_paths(event)
    if not leading or not maps:
        return None
    courses = [course_of(path) for path in leading]
    return {
        "start_s": start_s(event),
        "end_s": max(float(course.time_s[-1]) for course in courses),
        "paths": [
            {
                "time": _rounded(course.time_s, 1),
                "lat": _rounded(course.lat_deg, 3),
                "lon": _rounded(course.lon_deg, 3),
                "height": _rounded(course.height_km, 2),
                "distance": _rounded(course.distance_km, 1),
            }
            for course in courses
        ],
        "map": {
            sheet.canvas.name: [
                [_rounded(axis, 1) for axis in path_pixels(path, sheet.view).T] for path in leading
            ]
            for sheet in maps
        },
        "profile": {p.canvas.name: [p.left, p.across, p.ground, p.up] for p in profiles},
        "timeline": {t.canvas.name: [t.left, t.first_s, t.across] for t in timelines},
    }


def _rounded(values: np.ndarray, decimals: int) -> list[float]:
    return [round(float(value), decimals) for value in values]
