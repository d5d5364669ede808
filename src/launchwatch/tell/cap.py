"""Common Alerting Protocol 1.2 (OASIS, 1 July 2010): the event as an exercise message.

Built with lxml and checked against the OASIS schema, and against rules that the schema does not hold: closed
polygons within the earth's coordinates, times with their offset, expiry after sending. No message of status Actual
is made here: release by two people stands between an event and the public.
"""

from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files

from lxml import etree
from lxml.etree import _Element as Element

from launchwatch.basis.errors import InputError
from launchwatch.basis.instants import moment, parse_instant
from launchwatch.facts import Event, Flight
from launchwatch.tell.shapes import ellipse_rings, fall_areas, held_share
from launchwatch.tell.wording import shown

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
SENDER = "launchwatch@localhost"
_VALID = timedelta(hours=1)
_WORTH_TELLING = 0.05
_LIKELY = 0.5  # CAP 1.2, section 3.2.2: Likely is p above about 50 %


def to_cap(event: Event) -> bytes | None:
    """Return the event's CAP message, status Exercise, or None where no flight was estimated.

    The stage is 'fell': an object that came down at sea, outside land and territorial waters, is past and minor;
    where either holds it with 5 % or more, or nobody knows whose the place is, it is severe. Raises InputError if
    the message breaks a rule.
    """
    if not event.objects:
        return None
    alert = etree.Element("alert", nsmap={None: NAMESPACE})
    sent = moment(parse_instant(event.as_of_utc)).replace(microsecond=0)
    _text(alert, "identifier", f"{event.id}.{event.version}")
    _text(alert, "sender", SENDER)
    _text(alert, "sent", _stamp(sent))
    _text(alert, "status", "Exercise")
    _text(alert, "msgType", "Alert")
    _text(alert, "scope", "Public")
    _text(alert, "note", "Exercise. Made by software from public evidence; released by nobody.")
    _add_info(alert, event, sent)
    # Serialised and parsed again, since the schema's namespace binds on parsing.
    data: bytes = etree.tostring(alert, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    problems = check_cap(data)
    if problems:
        raise InputError(f"the CAP message breaks its rules: {'; '.join(problems)}")
    return data


def _stamp(when: datetime) -> str:
    # CAP 1.2, section 3.3.2: universal time is written -00:00, never Z or +00:00.
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S-00:00")


def _text(parent: Element, tag: str, text: str) -> Element:
    child = etree.SubElement(parent, tag)
    child.text = shown(text)
    return child


def _add_info(alert: Element, event: Event, sent: datetime) -> None:
    inhabited = max(
        (held_share(event, one.item, ("land", "territorial_sea")) for one in event.objects), default=0.0
    )
    unknown = 1 - (event.zones_known or 0.0)
    info = etree.SubElement(alert, "info")
    _text(info, "language", "en-US")
    _text(info, "category", "Security")
    _text(info, "event", "Missile launch (exercise)")
    _text(info, "responseType", "Monitor" if max(inhabited, unknown) < _WORTH_TELLING else "Avoid")
    _text(info, "urgency", "Past")
    _text(info, "severity", "Minor" if max(inhabited, unknown) < _WORTH_TELLING else "Severe")
    _text(info, "certainty", "Likely" if _certain(event) > _LIKELY else "Possible")
    _text(info, "effective", _stamp(sent))
    _text(info, "expires", _stamp(sent + _VALID))
    _text(info, "senderName", "launchwatch (exercise)")
    _text(info, "headline", f"EXERCISE: {event.title}")
    _text(info, "description", "EXERCISE. " + " ".join(event.statement.sentences if event.statement else ()))
    _text(info, "instruction", "This is an exercise. No action is needed.")
    _parameter(info, "probability-land-or-territorial-sea", f"{inhabited:.4f}")
    _parameter(info, "probability-where-zones-are-unknown", f"{unknown:.4f}")
    for zone in event.zones:
        if zone.zone == "eez:JPN" or (zone.kind == "eez" and zone.probability >= _WORTH_TELLING):
            name = f"probability-inside-{zone.zone.replace(':', '-')}"
            _parameter(
                info, name if len(event.objects) == 1 else f"{name}-object-{zone.item}", f"{zone.probability:.4f}"
            )
    for flight in event.objects:
        _add_areas(info, flight)


def _certain(event: Event) -> float:
    return max(flight.diagnostics.converged and fall_areas(flight)[0].share for flight in event.objects)


def _parameter(info: Element, name: str, value: str) -> None:
    parameter = etree.SubElement(info, "parameter")
    _text(parameter, "valueName", name)
    _text(parameter, "value", value)


def _add_areas(info: Element, flight: Flight) -> None:
    for fall in fall_areas(flight):
        area = etree.SubElement(info, "area")
        _text(area, "areaDesc", f"Object {flight.item}: {fall.name} of {fall.share:.0%} of the estimate")
        for ring in ellipse_rings(fall.point):
            _text(area, "polygon", " ".join(f"{lat:.5f},{lon:.5f}" for lon, lat in ring))


@cache
def schema() -> etree.XMLSchema:
    """Return the OASIS schema of CAP 1.2, read once."""
    text = (files("launchwatch.tell") / "data" / "CAP-v1.2.xsd").read_bytes()
    return etree.XMLSchema(etree.fromstring(text))


def check_cap(data: bytes) -> list[str]:
    """Return what is wrong with a CAP message: by the OASIS schema, then by rules that it does not hold."""
    try:
        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        return [f"no XML: {error}"]
    if not schema().validate(root):
        return [str(error.message) for error in schema().error_log]
    return [*_check_polygons(root), *_check_times(root)]


def _find(root: Element, tag: str) -> list[str]:
    return [node.text or "" for node in root.iter(f"{{{NAMESPACE}}}{tag}")]


def _check_polygons(root: Element) -> list[str]:
    problems = []
    for text in _find(root, "polygon"):
        pairs = [pair.split(",") for pair in text.split()]
        points = [(float(lat), float(lon)) for lat, lon in pairs]
        if len(points) < 4 or points[0] != points[-1]:
            problems.append("a polygon is not closed")
        if any(not (-90 <= lat <= 90 and -180 <= lon <= 180) for lat, lon in points):
            problems.append("a polygon leaves the earth")
    return problems


def _check_times(root: Element) -> list[str]:
    times = [text for tag in ("sent", "effective", "onset", "expires") for text in _find(root, tag)]
    problems = [f"universal time is written -00:00, given {text}" for text in times if not _offset_is_told(text)]
    sent = datetime.fromisoformat(_find(root, "sent")[0])
    return problems + [
        "it expires before it is sent" for text in _find(root, "expires") if datetime.fromisoformat(text) <= sent
    ]


def _offset_is_told(text: str) -> bool:
    return not text.endswith(("Z", "+00:00"))
