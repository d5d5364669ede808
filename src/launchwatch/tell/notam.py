"""NOTAM texts (ICAO Annex 15, Doc 8126, Doc 10066): one for each flight information region that a step names.

    (X4821/25 NOTAMN                                     number, type N, R or C and the one that it ends
    Q) RJJJ/QWMLW/IV/BO/W/000/999/3905N13830E045         region, code, traffic, purpose, scope, levels, circle
    A) RJJJ B) 2511070336 C) 2511070406                  from and until (UTC); a cancellation has no C
    E) text                                              F) and G) lower and upper limit

QWMLW is 'missile, gun or rocket firing will take place', QWMCN its cancellation. There is no item D: the object
falls once, within B to C. The NOTAM office gives its own number; the one here is provisional.
"""

import math
from collections.abc import Sequence

from launchwatch.basis.errors import InputError
from launchwatch.basis.instants import minute_of
from launchwatch.facts import AlertStep
from launchwatch.facts.warning import Ring
from launchwatch.geo.rings import from_plane, to_plane
from launchwatch.tell.navarea import corners_of
from launchwatch.tell.said import FALLEN, Issuer, addressed, is_remote
from launchwatch.tell.telex import (
    capitals,
    marked,
    provisional_number,
    say_group,
    say_likelihood_telex,
)

_KM_PER_NM = 1.852
_MOST_NM = 999
_CANCELS = frozenset(("no_longer_possible", "issued_in_error"))


def notam_texts(step: AlertStep, issuer: Issuer, before: Sequence[AlertStep] = ()) -> tuple[tuple[str, str], ...]:
    """Return (region, text) for each region that a step names, and a cancellation where it left one out.

    The first text of a region is NOTAMN, any later NOTAMR, an end NOTAMC. A region of the newest referenced step
    that this step no longer names is cancelled.
    """
    earlier = sorted((one for one in before if one.id in step.references), key=lambda one: one.number)
    places, rings = addressed(step, before)
    named = [place.id for place in places if place.role == "FIR"]
    left = [fir for fir in (_regions(earlier[-1]) if earlier else []) if fir not in named]
    if not named and not left:
        raise InputError("a NOTAM lacks its flight information region", given=step.id, allowed="one FIR or more")
    found = []
    for fir in [*named, *left]:
        last = next((one for one in reversed(earlier) if fir in _regions(one)), None)
        cancels = step.stage in _CANCELS or fir in left
        area = rings if rings or last is None else last.rings
        found.append((fir, _text(step, issuer, fir, area, last, cancels=cancels, left=fir in left)))
    return tuple(found)


def _regions(step: AlertStep) -> list[str]:
    return [place.id for place in step.places if place.role == "FIR"]


def _text(
    step: AlertStep,
    issuer: Issuer,
    fir: str,
    rings: Sequence[Ring],
    last: AlertStep | None,
    *,
    cancels: bool,
    left: bool,
) -> str:
    if cancels and last is None:
        raise InputError("a NOTAM cancels nothing", given=fir, allowed="a region that an earlier step named")
    number = f"{issuer.series}{provisional_number(step, fir)}"
    kind = "C" if cancels else ("N" if last is None else "R")
    reference = "" if last is None else f" {issuer.series}{provisional_number(last, fir)}"
    code = "QWMCN" if cancels else "QWMLW"
    begins = f"{minute_of(step.decided_utc):%y%m%d%H%M}"
    ends = "" if cancels else f" C) {minute_of(step.expires_utc):%y%m%d%H%M}"
    body = "\n".join(marked(_body(step, fir, rings, cancels=cancels, left=left), step.status))
    tail = "" if cancels else "\nF) SFC G) UNL"
    return (
        f"({number} NOTAM{kind}{reference}\n"
        f"Q) {fir}/{code}/IV/BO/W/000/999/{circle_about(rings)}\n"
        f"A) {fir} B) {begins}{ends}\n"
        f"E) {body}{tail})\n"
    )


def circle_about(rings: Sequence[Ring]) -> str:
    """Return `3905N13830E045`: centre in whole minutes and radius in whole nautical miles of a circle about rings.

    The radius is rounded up, and holds the ring after the centre was rounded; 999 is the most that a NOTAM can
    say.
    """
    points = [point for ring in rings for point in ring]
    if not points:
        raise InputError("a NOTAM lacks its area", given=0, allowed="one ring or more")
    import shapely

    lat0, lon0 = points[0][1], points[0][0]
    x, y = to_plane([lat for _, lat in points], [lon for lon, _ in points], lat0, lon0)
    circle = shapely.minimum_bounding_circle(shapely.MultiPoint(list(zip(x, y, strict=True))))
    lat, lon = from_plane([circle.centroid.x], [circle.centroid.y], lat0, lon0)
    lat_min, lon_min = round(float(lat[0]) * 60), round(((float(lon[0]) + 180) % 360 - 180) * 60)
    cx, cy = to_plane([lat_min / 60], [lon_min / 60], lat0, lon0)
    radius_km = max(math.hypot(px - cx[0], py - cy[0]) for px, py in zip(x, y, strict=True))
    radius = min(_MOST_NM, math.ceil(radius_km / _KM_PER_NM))
    north, east = abs(lat_min), abs(lon_min)
    return (
        f"{north // 60:02d}{north % 60:02d}{'NS'[lat_min < 0]}"
        f"{east // 60:03d}{east % 60:02d}{'EW'[lon_min < 0]}{radius:03d}"
    )


def _body(step: AlertStep, fir: str, rings: Sequence[Ring], *, cancels: bool, left: bool) -> list[str]:
    reference = f"REF {capitals(step.alert)} STEP {step.number}."
    if left:
        return ["AREA NO LONGER EXPECTED TO BE AFFECTED.", reference]
    if cancels:
        return [_why_cancelled(step), reference]
    return [*_event(step), *_areas(rings), *_likelihood(step, fir), reference]


def _likelihood(step: AlertStep, fir: str) -> list[str]:
    """Return how likely the region is to be affected, of what is still to come."""
    if step.stage not in {"launch", "fall_predicted", "information"}:
        return []
    found = next(place.probability for place in step.places if (place.role, place.id) == ("FIR", fir))
    return [f"ASSESSED LIKELIHOOD THAT {fir} IS AFFECTED: {say_likelihood_telex(found)}."]


def _why_cancelled(step: AlertStep) -> str:
    if step.stage == "issued_in_error":
        return "WARNING WAS ISSUED IN ERROR."
    return "FALL OF OBJECT NO LONGER ASSESSED POSSIBLE." if is_remote(step.probability) else "WARNING CANCELLED."


def _event(step: AlertStep) -> list[str]:
    launched = f" LAUNCHED {say_group(step.launch_utc)}" if step.launch_utc else ""
    if step.stage in FALLEN:
        fallen = _at(step.fall_utc, "fall_utc", past=True)
        return [f"OBJECT{launched} ASSESSED TO HAVE FALLEN {fallen}. DEBRIS MAY STILL FALL."]
    if step.stage == "passed":
        passed = _at(step.passed_utc, "passed_utc", past=True)
        return [f"OBJECT{launched} ASSESSED TO HAVE PASSED {passed}. DEBRIS MAY STILL FALL."]
    if step.stage == "fall_predicted":
        falls = _at(step.fall_utc, "fall_utc")
        return [f"POSSIBLE BALLISTIC MISSILE{launched}, ESTIMATED TO FALL {falls}."]
    return [f"POSSIBLE BALLISTIC MISSILE{launched}. OBJECT OR DEBRIS MAY FALL."]


def _at(instant_utc: str | None, name: str, *, past: bool = False) -> str:
    if instant_utc is None:
        raise InputError(f"a text lacks its {name}", given=name, try_="state it, or another stage")
    return say_group(instant_utc, past=past)


def _areas(rings: Sequence[Ring]) -> list[str]:
    return [f"AREA {' '.join(_position(lat, lon) for lon, lat in _closed(corners_of(ring)))}." for ring in rings]


def _closed(corners: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    return (*corners, corners[0])


def _position(lat_deg: float, lon_deg: float) -> str:
    """Return `385100N1205906E`: degrees, minutes, seconds without marks (Doc 8126, appendix on coordinates)."""
    lon_deg = (lon_deg + 180) % 360 - 180
    lat, lon = round(abs(lat_deg) * 3600), round(abs(lon_deg) * 3600)
    return (
        f"{lat // 3600:02d}{lat // 60 % 60:02d}{lat % 60:02d}{'NS'[lat_deg < 0]}"
        f"{lon // 3600:03d}{lon // 60 % 60:02d}{lon % 60:02d}{'EW'[lon_deg < 0]}"
    )
