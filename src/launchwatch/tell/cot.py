"""Cursor-on-Target events of tracks for TAK displays: XML, and TAK's protocol buffers.

Version 2.0 as in MITRE's Event.xsd (public release): `ce` and `le` are one sigma in metres, `hae` metres above the
WGS84 ellipsoid. There is no room for a covariance; who needs one takes the CloudEvent. The affiliation is always
unknown: whose it is, no radar tells.
"""

from collections.abc import Sequence

from lxml import etree

from launchwatch.basis.errors import InputError
from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.facts import Standing, Track, TrackUpdate
from launchwatch.tell.geodetic import geodetic

UNKNOWN_M = 9_999_999.0
"""What `ce` and `le` say where nothing is known."""

STALE_S = 15.0
"""A position is not shown for longer than this: at 3 km/s the object is 45 km away by then."""

MISSILE, AIR = "a-u-A-W-M", "a-u-A"
"""Air track, unknown affiliation: a missile in flight, and what is not decided."""

_DECIDED = frozenset(("ballistic", "ballistic unless it burns again"))
_OPERATION: dict[Standing, str] = {"actual": "o-launchwatch", "exercise": "e-launchwatch", "test": "s-launchwatch"}
_BANNER: dict[Standing, str] = {"actual": "", "exercise": "EXERCISE ", "test": "TEST "}


def cot_type(update: TrackUpdate) -> str:
    """Return the event type: a missile only once the verdict on its motion says so."""
    return MISSILE if update.verdict is not None and update.verdict.says in _DECIDED else AIR


def cot_event(
    update: TrackUpdate, *, uid: str, callsign: str, status: Standing, stale_s: float = STALE_S
) -> bytes:
    """Return one state of a track as an event, UTF-8 XML; InputError where it cannot be told.

    `uid` stays the same for one object. What is not `actual` is marked in the callsign, in `opex` and in words.
    """
    if status not in _OPERATION:
        raise InputError("a draft is not shown", given=status, allowed=", ".join(_OPERATION))
    at = geodetic(update)
    time_s = parse_instant(update.time_utc)
    event = etree.Element(
        "event", version="2.0", uid=uid, type=cot_type(update), how="m-f", opex=_OPERATION[status],
        time=format_instant(time_s), start=format_instant(time_s), stale=format_instant(time_s + stale_s),
    )  # fmt: skip
    etree.SubElement(
        event, "point", lat=f"{at.lat_deg:.8f}", lon=f"{at.lon_deg:.8f}", hae=f"{at.height_m:.2f}",
        ce=_error(at.horizontal_m), le=_error(at.vertical_m),
    )  # fmt: skip
    detail = etree.SubElement(event, "detail")
    etree.SubElement(detail, "contact", callsign=f"{_BANNER[status]}{callsign}")
    etree.SubElement(
        detail, "track", speed=f"{at.speed_m_s:.3f}", course=f"{at.course_deg:.4f}", slope=f"{at.slope_deg:.4f}"
    )
    words = etree.SubElement(detail, "remarks")
    words.text = f"{_BANNER[status]}estimate of a track"
    return etree.tostring(event, xml_declaration=True, encoding="UTF-8")


def _error(sigma_m: float | None) -> str:
    return f"{UNKNOWN_M:.1f}" if sigma_m is None or sigma_m >= UNKNOWN_M else f"{sigma_m:.1f}"


def cot_protobuf(event: bytes) -> bytes:
    """Return an event as TAK protocol version 1 for a stream; needs takproto (extra `node`)."""
    try:
        import takproto
    except ImportError:
        raise InputError("takproto is not installed", try_="pip install 'launchwatch[node]'") from None
    return bytes(takproto.xml2proto(event, takproto.TAKProtoVer.STREAM))


def tracks_cot(tracks: Sequence[Track], status: Standing) -> bytes:
    """Return every state of the tracks as events, one a line, each a document of its own."""
    lines = [
        cot_event(update, uid=f"launchwatch.{track.id}", callsign=track.id, status=status)
        for track in tracks
        for update in track.updates
    ]
    return b"".join(line.replace(b"\n", b"") + b"\n" for line in lines)
