"""Warnings to ships: the text asked of a NAVAREA coordinator.

As the Joint IMO/IHO/WMO Manual on Maritime Safety Information (MSC.1/Circ.1310) wants them: positions as
DD-MM.mmN DDD-MM.mmE, areas clockwise from their north-west corner, and a line by which the warning ends. The
coordinator gives its own number; the one here is provisional (`telex.provisional_number`).
"""

import math
from collections.abc import Iterable, Sequence

from launchwatch.basis.errors import InputError
from launchwatch.facts import AlertStep, Place
from launchwatch.facts.warning import Ring
from launchwatch.tell.said import FALLEN, DamageAnswers, Issuer, addressed, is_remote
from launchwatch.tell.telex import capitals, marked, provisional_number, say_group, say_likelihood_telex

MOST_CORNERS = 8
"""A ring of more corners is told by the four of the smallest rectangle about it: it is read out and plotted."""

_MARGIN_KM = 0.2  # positions are rounded to 0.01 minute, 18 m; nothing of the ring may be left outside


def say_position(lat_deg: float, lon_deg: float) -> str:
    """Return `38-46.58N 120-59.10E`: leading zeros, three-figure longitude, the same precision in both."""
    lon_deg = (lon_deg + 180) % 360 - 180
    lat, lon = _minutes(lat_deg), _minutes(lon_deg)
    return f"{lat[0]:02d}-{lat[1]:05.2f}{'NS'[lat_deg < 0]} {lon[0]:03d}-{lon[1]:05.2f}{'EW'[lon_deg < 0]}"


def _minutes(value_deg: float) -> tuple[int, float]:
    hundredths = round(abs(value_deg) * 6000)
    return hundredths // 6000, hundredths % 6000 / 100


def corners_of(ring: Ring) -> tuple[tuple[float, float], ...]:
    """Return the corners (lon, lat) that tell a ring, clockwise from the north-west one, not closed.

    A ring of few corners is told as it is, any other by the smallest rectangle that holds it with 200 m to spare.
    """
    corners = list(dict.fromkeys(ring))
    if len(corners) < 3:
        raise InputError("no area", given=ring, allowed="three corners or more")
    if len(corners) > MOST_CORNERS:
        corners = _rectangle(corners)
    return _clockwise_from_north_west(corners)


def _rectangle(corners: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the smallest rectangle about a ring on a Mercator chart, where 'lines joining' are ruled straight."""
    import shapely

    centre = _middle([lon for lon, _ in corners])
    flat = [(math.radians((lon - centre + 180) % 360 - 180), _northing(lat)) for lon, lat in corners]
    scale = max(1 / math.cos(math.radians(min(abs(lat), _FARTHEST_DEG))) for _, lat in corners)
    around = shapely.MultiPoint(flat).buffer(_MARGIN_KM / _EARTH_KM * scale).minimum_rotated_rectangle
    return [
        (centre + math.degrees(x), math.degrees(math.atan(math.sinh(y))))
        for x, y in shapely.get_coordinates(around)[:-1]
    ]


_EARTH_KM = 6371.0
_FARTHEST_DEG = 85.0  # a Mercator chart does not reach the poles


def _northing(lat_deg: float) -> float:
    return math.asinh(math.tan(math.radians(max(-_FARTHEST_DEG, min(_FARTHEST_DEG, lat_deg)))))


def _middle(lon_deg: list[float]) -> float:
    first = lon_deg[0]
    apart = [(lon - first + 180) % 360 - 180 for lon in lon_deg]
    return first + (min(apart) + max(apart)) / 2


def _clockwise_from_north_west(corners: list[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    first = corners[0][0]
    flat = [((lon - first + 180) % 360 - 180, lat) for lon, lat in corners]
    twice = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(flat, [*flat[1:], flat[0]], strict=True))
    order = list(range(len(corners))) if twice < 0 else list(range(len(corners)))[::-1]
    west, north = min(x for x, _ in flat), max(y for _, y in flat)
    start = min(
        range(len(order)), key=lambda i: (flat[order[i]][0] - west) ** 2 + (flat[order[i]][1] - north) ** 2
    )
    return tuple(corners[i] for i in order[start:] + order[:start])


def say_area(ring: Ring) -> str:
    """Return `IN AREA BOUNDED BY LINES JOINING ...` with the ring's corners."""
    *first, last = (say_position(lat, lon) for lon, lat in corners_of(ring))
    return f"IN AREA BOUNDED BY LINES JOINING {', '.join(first)} AND {last}"


def navarea_texts(
    step: AlertStep, issuer: Issuer, before: Sequence[AlertStep] = (), damage: DamageAnswers | None = None
) -> tuple[tuple[str, str], ...]:
    """Return (area, text) for each NAVAREA that a step names; one without an area's name where it names none.

    An area that the step before named and this one does not is told that, and its warning is cancelled.
    """
    places, rings = addressed(step, before)
    earlier = sorted((one for one in before if one.id in step.references), key=lambda one: one.number)
    areas = _headings(places)
    left = [area for area in (_headings(earlier[-1].places) if earlier else []) if area not in areas]
    found = []
    for area in (*areas, *left):
        told = [one for one in earlier if area in _headings(one.places)]
        says = [_LEFT] if area in left else [*_SAID[step.stage](step, rings), *_damage(damage)]
        found.append((area, _text(step, issuer, area, told, says)))
    return tuple(found)


_LEFT = "AREA NO LONGER EXPECTED TO BE AFFECTED."


def _headings(places: Iterable[Place]) -> list[str]:
    return [_heading(place) for place in places if place.role == "NAVAREA"] or ["NAVIGATIONAL WARNING"]


def _heading(place: Place) -> str:
    name = capitals(place.names.get("en") or place.id)
    return name if name.startswith("NAVAREA") else f"NAVAREA {name}"


def _text(
    step: AlertStep,
    issuer: Issuer,
    area: str,
    earlier: Sequence[AlertStep],
    says: Sequence[str],
) -> str:
    cancelled = [f"CANCEL {area} {provisional_number(one, area)}." for one in earlier]
    said = [*cancelled, *says, *_ending(step)]
    numbered = [f"{number}. {line}" for number, line in enumerate(said, start=1)]
    head = [f"{area} {provisional_number(step, area)}"]
    if step.sea_name:
        head.append(capitals(step.sea_name) + ".")
    tail = f"REQUESTED BY {capitals(issuer.name)}. REFERENCE {capitals(step.alert)} STEP {step.number}."
    return "\n".join(marked([*head, *numbered, tail], step.status)) + "\n"


def _areas(rings: Sequence[Ring]) -> str:
    if not rings:
        raise InputError("a warning to ships lacks its area", given=0, allowed="one ring or more")
    if len(rings) == 1:
        return say_area(rings[0])
    return " OR ".join(f"{chr(65 + i % 26)}) {say_area(ring)}" for i, ring in enumerate(rings))


_AVOID = "VESSELS REQUESTED TO KEEP CLEAR, NOT TO APPROACH FALLEN OBJECTS AND TO REPORT SIGHTINGS TO COAST GUARD."


def _launched(step: AlertStep) -> str:
    when = f" AT ABOUT {say_group(step.launch_utc)}" if step.launch_utc else ""
    known = step.launch_lat_deg is not None and step.launch_lon_deg is not None
    where = f" FROM {say_position(step.launch_lat_deg or 0.0, step.launch_lon_deg or 0.0)}" if known else ""
    return f"LAUNCH OF POSSIBLE BALLISTIC MISSILE REPORTED{when}{where}."


def _fall_moment(step: AlertStep) -> str:
    if step.fall_utc is None:
        raise InputError("a text lacks its fall_utc", given=step.stage, try_="state it, or another stage")
    return say_group(step.fall_utc, past=step.stage in FALLEN)


def _say_launch(step: AlertStep, rings: Sequence[Ring]) -> list[str]:
    return [_launched(step), f"OBJECT MAY FALL {_areas(rings)}.{_likely_at_sea(step)}", _AVOID]


def _likely_at_sea(step: AlertStep) -> str:
    return f" ASSESSED LIKELIHOOD OF FALL AT SEA: {say_likelihood_telex(step.probability)}."


def _say_predicted(step: AlertStep, rings: Sequence[Ring]) -> list[str]:
    fall = f"OBJECT ESTIMATED TO FALL AT ABOUT {_fall_moment(step)} {_areas(rings)}."
    return [
        _launched(step),
        f"{fall} ASSESSED LIKELIHOOD OF FALL AT SEA: {say_likelihood_telex(step.probability)}.",
        _AVOID,
    ]


def _say_fallen(step: AlertStep, rings: Sequence[Ring]) -> list[str]:
    fall = f"OBJECT REPORTED FALLEN AT ABOUT {_fall_moment(step)} {_areas(rings)}."
    return [fall + (_likely_at_sea(step) if step.stage == "fell_at_sea" else ""), _AVOID]


def _say_passed(step: AlertStep, _: Sequence[Ring]) -> list[str]:
    if step.passed_utc is None:
        raise InputError("a text lacks its passed_utc", given=step.stage, try_="state it, or another stage")
    return [f"OBJECT REPORTED TO HAVE PASSED AT ABOUT {say_group(step.passed_utc, past=True)}.", _AVOID]


def _say_lifted(step: AlertStep, _: Sequence[Ring]) -> list[str]:
    remote = "FALL IN THE AREA NO LONGER ASSESSED POSSIBLE. " if is_remote(step.probability) else ""
    return [f"{remote}VESSELS NEED NO LONGER KEEP CLEAR."]


def _say_error(_: AlertStep, __: Sequence[Ring]) -> list[str]:
    return ["WARNING WAS ISSUED IN ERROR. VESSELS NEED TAKE NO ACTION."]


def _say_information(step: AlertStep, _: Sequence[Ring]) -> list[str]:
    return [_launched(step), "FOR INFORMATION. FURTHER WARNINGS MAY FOLLOW."]


_SAID = {
    "launch": _say_launch,
    "fall_predicted": _say_predicted,
    "passed": _say_passed,
    "fell_at_sea": _say_fallen,
    "fell_inside": _say_fallen,
    "no_longer_possible": _say_lifted,
    "issued_in_error": _say_error,
    "information": _say_information,
}


def _damage(damage: DamageAnswers | None) -> list[str]:
    if damage is None:
        return []
    asked = ", ".join(capitals(one["en"]) for one in damage.asked)
    return [f"NO REPORTS OF DAMAGE RECEIVED AS OF {say_group(damage.as_of_utc)}. ASKED: {asked}."]


def _ending(step: AlertStep) -> list[str]:
    """Return the line by which a warning ends itself; a cancellation ends as soon as it is read."""
    return [f"CANCEL THIS WARNING {say_group(step.expires_utc)}."]
