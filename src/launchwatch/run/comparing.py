"""Own, partners' and common assessments of one object, put side by side as they come (`assess.partners`)."""

import math
from dataclasses import dataclass, field
from typing import Any

import msgspec

from launchwatch.assess.partners import compare, same_object, view_of
from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.facts import (
    CommonState,
    Comparison,
    PartnerFact,
    PartnerView,
    PointEstimate,
    Provenance,
    TrackedState,
)
from launchwatch.facts.flight import Ellipse, TimeInterval
from launchwatch.facts.shared import shared_decoder
from launchwatch.geo.surface import surface_ecef

EVERY_S = 5.0
"""Seconds of data between two comparisons of one track that say the same: people read them, and differences that
begin or end are told at once."""

FORGOTTEN_S = 120.0
"""A view so old is compared no more: its track is over, or its party away."""

_LONGEST_S = 86_400.0  # no flight that is warned of takes a day: an interval that is longer says nothing
_MOST_VIEWS = 1000  # of one party, and own tracks compared: 64 flights and their fragments, ten times over


@dataclass
class Comparing:
    """The newest view of every track of other parties, and what was said of own ones last. Not thread-safe."""

    others: dict[str, dict[str, PartnerView]] = field(default_factory=dict)
    told: dict[int, tuple[str, frozenset[Any]]] = field(default_factory=dict)

    def take(self, fact: object, provenance: Provenance) -> list[Comparison]:
        """Take a state; return the comparisons that say something new."""
        if isinstance(fact, CommonState):
            self._note("common", str(fact.track), view_of("common", fact.id, fact.update))
        elif isinstance(fact, PartnerFact) and fact.kind == "state":
            view = partner_view(fact)
            if view is not None:
                self._note(fact.partner, fact.subject, view)
        elif isinstance(fact, TrackedState):
            mine = view_of("own", fact.id, fact.update)
            found = self._compared(fact.run, fact.track, mine, provenance)
            return [found] if found is not None else []
        return []

    def _note(self, owner: str, subject: str, view: PartnerView) -> None:
        views = self.others.setdefault(owner, {})
        views.pop(subject, None)
        views[subject] = view
        while len(views) > _MOST_VIEWS:
            del views[next(iter(views))]

    def _compared(self, run: str, track: int, mine: PartnerView, provenance: Provenance) -> Comparison | None:
        now = parse_instant(mine.as_of_utc)
        matched = [view for views in self.others.values() if (view := _nearest(mine, views, now)) is not None]
        if not matched:
            return None
        found = compare(run, track, mine.as_of_utc, [mine, *matched], provenance)
        saying = frozenset((one.quantity, one.first, one.second, one.differ) for one in found.differences)
        last, said = self.told.get(track, ("", frozenset()))
        if saying == said and last and now - parse_instant(last) < EVERY_S:
            return None
        self.told.pop(track, None)
        self.told[track] = mine.as_of_utc, saying
        if len(self.told) > _MOST_VIEWS:
            del self.told[next(iter(self.told))]
        return found


def _nearest(mine: PartnerView, views: dict[str, PartnerView], now_s: float) -> PartnerView | None:
    """Return the view of one party that is of the same object, the nearest of several."""
    best, least = None, math.inf
    for view in views.values():
        if abs(parse_instant(view.as_of_utc) - now_s) <= FORGOTTEN_S:
            apart = same_object(mine, view)
            if apart is not None and apart < least:
                best, least = view, apart
    return best


def partner_view(fact: PartnerFact) -> PartnerView | None:
    """Return what a partner's shared state says; None where it says nothing that can be compared."""
    try:
        shared = shared_decoder("state").decode(fact.body.encode())
    except (msgspec.MsgspecError, UnicodeError):
        return None  # it was checked when it came: only a log that another version wrote holds such a thing
    update = shared.update
    if update is None or update.time_utc is None:
        return None
    return PartnerView(
        owner=fact.partner,
        ref=fact.id,
        as_of_utc=update.time_utc,
        position_ecef_m=_position(update),
        velocity_ecef_m_s=update.velocity_ecef_m_s,
        launch=_point(update.launch),
        fall=_point(update.impact),
        assumes=getattr(update.impact, "assumes", None),
        class_=dict(getattr(update, "class_", None) or getattr(update, "class", None) or {}),
    )


def _position(update: Any) -> tuple[float, float, float] | None:  # noqa: ANN401 - built from the allow-lists
    if update.position_ecef_m is not None:
        x, y, z = update.position_ecef_m
        return x, y, z
    place = getattr(update, "place", None)
    if place is None:
        return None
    import numpy as np

    lat, lon = np.radians([place.lat_deg]), np.radians([place.lon_deg])
    ground = surface_ecef(lat, lon)[0]
    up = np.array([np.cos(lat[0]) * np.cos(lon[0]), np.cos(lat[0]) * np.sin(lon[0]), np.sin(lat[0])])
    x, y, z = (float(v) for v in ground + up * place.height_km * 1e3)
    return x, y, z


def _point(shared: Any) -> PointEstimate | None:  # noqa: ANN401 - built from the allow-lists
    """Return a shared launch or fall as a point; None where place or ellipse were withheld."""
    if shared is None or shared.lat_deg is None or shared.lon_deg is None or shared.ellipse_95 is None:
        return None
    region, when = shared.ellipse_95, shared.time_utc
    if isinstance(when, str):
        left = getattr(shared, "remaining_s", None)
        when = _around(when, (left.p95 - left.p05) / 2) if left is not None else None
    return PointEstimate(
        lat_deg=shared.lat_deg,
        lon_deg=shared.lon_deg,
        ellipse_95=msgspec.convert(msgspec.to_builtins(region), Ellipse),
        time_utc=msgspec.convert(msgspec.to_builtins(when), TimeInterval) if when is not None else None,
    )


def _around(when: str, late_s: float) -> TimeInterval | None:
    """Return the interval of so many seconds (half) around an instant, None where nothing can take so long."""
    if abs(late_s) > _LONGEST_S:
        return None
    at = parse_instant(when)
    return TimeInterval(median=when, p05=format_instant(at - late_s), p95=format_instant(at + late_s))
