"""Rules of CAP 1.2, and of alerts of this issuer, that the OASIS schema does not hold.

A message that breaks one is not sent and not acted on. The rules are stricter than CAP: every text is there in
every language, ends and begins with its mark unless it is real, names action and place; values fit the stage
that is told; the area is told in polygons that fit the districts. Order: form, schema, header, each info block,
blocks against each other, areas (`cap_areas`), then time and history where they are given.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from lxml import etree
from lxml.etree import _Element as Element

from launchwatch.basis.instants import moment, parse_instant
from launchwatch.tell.approved import is_approved
from launchwatch.tell.cap import NAMESPACE, schema
from launchwatch.tell.cap_areas import check_area
from launchwatch.tell.cap_stages import (
    ISSUED_IN_ERROR,
    NO_LONGER_POSSIBLE,
    PROFILE,
    STAGES,
    certainty_of,
)
from launchwatch.tell.standing import STATUS, lacks_mark, unreal_words

LANGUAGE_TAGS = {"en": "en-US", "ja": "ja-JP", "ko": "ko-KR"}
MOST_HEADLINE = 160  # CAP 1.2, section 3.2.2: some devices show no more
MOST_BYTES = 200_000  # three languages, 47 districts and 1,000 corners take 60,000
MOST_TEXT = 6_000
LONGEST_LIFE = timedelta(hours=24)
STALE_AFTER = timedelta(hours=1)  # a flight ends within 40 minutes; what is older is a replay
CLOCK_TOLERANCE = timedelta(seconds=60)  # a sender's clock may be ahead by so much

_CODES = (NO_LONGER_POSSIBLE, ISSUED_IN_ERROR)
_NAME = re.compile(r"[^\s,<&]{1,200}")
_PLAIN_NAME = re.compile(r"[!-~]{1,200}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[-+][0-9]{2}:[0-9]{2}")
_SCRIPT = {"ja-JP": re.compile("[぀-ヿ]"), "ko-KR": re.compile("[가-힣]"), "en-US": re.compile("[A-Za-z]{3}")}
_FOREIGN = {"en-US": re.compile("[぀-ヿ一-鿿가-힣]"), "ja-JP": re.compile("[가-힣]"), "ko-KR": re.compile("[぀-ヿ]")}
_UNFILLED = re.compile(r"[{}\ufffd]|\b(?:None|null|NULL|nan|NaN|TODO|TBD|undefined|[Ll]orem ipsum)\b|%s")
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
_HEADER = frozenset(
    (
        "identifier",
        "sender",
        "sent",
        "status",
        "msgType",
        "scope",
        "code",
        "note",
        "references",
        "incidents",
        "info",
    )
)
_INFO = frozenset(
    ("language", "category", "event", "responseType", "urgency", "severity", "certainty", "effective", "onset",
     "expires", "senderName", "headline", "description", "instruction", "web", "contact", "parameter", "area")
)  # fmt: skip
_SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"
_SAID = ("headline", "description", "instruction")


@dataclass(frozen=True)
class Header:
    """The header of a message that keeps the schema."""

    identifier: str
    sender: str
    sent: str
    status: str
    kind: str
    references: tuple[str, ...]
    incident: str

    @property
    def name(self) -> str:
        """Return `sender,identifier,sent`, by which later messages refer to this one."""
        return f"{self.sender},{self.identifier},{self.sent}"


def check_alert(data: bytes, *, now_utc: str | None = None, history: Iterable[bytes] = ()) -> list[str]:
    """Return what is wrong with a CAP message, by the schema and beyond it; [] if nothing is.

    With `now_utc` stale and future messages are refused; with the earlier messages, duplicates, updates of what is
    cancelled and references to what was never sent.
    """
    parsed = parse_alert(data)
    if isinstance(parsed, list):
        return parsed
    problems = [*_check_header(parsed), *_check_infos(parsed)]
    if not problems and now_utc is not None:
        problems += _check_now(parsed, now_utc)
    if not problems:
        problems += _check_history(parsed, history)
    return problems


def parse_alert(data: bytes) -> Element | list[str]:
    """Return the root of a message that has the form and keeps the schema, or what is wrong with it.

    No document type, entity, comment or processing instruction is let in: none is needed, and each has been a way
    to say one thing to one reader and another to the next.
    """
    if len(data) > MOST_BYTES:
        return [f"larger than {MOST_BYTES} bytes"]
    form = _check_form(data)
    if form:
        return form
    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        return [f"no XML: {error}"]
    if root.tag != f"{{{NAMESPACE}}}alert":
        return [f"no CAP 1.2 alert: {root.tag}"]
    if not schema().validate(root):
        return [str(error.message) for error in schema().error_log]
    return root


def _check_form(data: bytes) -> list[str]:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return ["not UTF-8"]
    if text.startswith("\ufeff"):
        return ["a byte order mark is not let in"]
    if "<!" in text:
        return ["a document type, entity, comment or CDATA is not let in"]
    body = re.sub(r"\A<\?xml [^>]*\?>", "", text)
    if "<?" in body:
        return ["a processing instruction is not let in"]
    declared = re.match(r"<\?xml [^>]*encoding=[\"']([^\"']+)", text)
    return ["not UTF-8"] if declared and declared[1].upper() != "UTF-8" else []


def header_of(root: Element) -> Header:
    """Return the header of a parsed message."""
    first = {name: _first(root, name) for name in ("identifier", "sender", "sent", "status", "msgType")}
    return Header(
        first["identifier"], first["sender"], first["sent"], first["status"], first["msgType"],
        tuple(_first(root, "references").split()), _first(root, "incidents"),
    )  # fmt: skip


def _children(node: Element, name: str) -> list[Element]:
    return node.findall(f"{{{NAMESPACE}}}{name}")


def _first(node: Element, name: str) -> str:
    return node.findtext(f"{{{NAMESPACE}}}{name}") or ""


def _all(node: Element, name: str) -> list[str]:
    return [child.text or "" for child in _children(node, name)]


def _names(node: Element) -> list[str]:
    return [str(etree.QName(child).localname) for child in node if child.tag != _SIGNATURE]


def _check_header(root: Element) -> Iterator[str]:
    header = header_of(root)
    for name in sorted(set(_names(root)) - _HEADER):
        yield f"{name} is not used in these alerts"
    for name, value in (("identifier", header.identifier), ("sender", header.sender)):
        if not (_NAME.fullmatch(value) and _PLAIN_NAME.fullmatch(value)):
            yield f"{name} is empty, too long or has spaces, commas, < or &"
    yield from _check_time("sent", header.sent)
    if header.status not in STATUS.values():
        yield f"status {header.status} is of no alert"
    if header.kind not in {"Alert", "Update", "Cancel"}:
        yield f"msgType {header.kind} is not for the public"
    yield from _check_scope(root)
    if _all(root, "code") != [PROFILE]:
        yield f"code is not {PROFILE}"
    yield from _check_references(header)
    yield from _check_note(root, header)
    if not _NAME.fullmatch(header.incident):
        yield "incidents does not name one alert"


def _check_scope(root: Element) -> Iterator[str]:
    scope = _first(root, "scope")
    if scope == "Private" and not _first(root, "addresses").strip():
        yield "scope Private without addresses"
    elif scope == "Restricted" and not _first(root, "restriction").strip():
        yield "scope Restricted without restriction"
    if scope != "Public":
        yield f"scope {scope} is not for the public"


def _check_references(header: Header) -> Iterator[str]:
    if header.kind in {"Update", "Cancel"} and not header.references:
        yield f"{header.kind} without references"
    if header.kind == "Alert" and header.references:
        yield "Alert with references"
    if len(set(header.references)) < len(header.references):
        yield "a reference twice"
    for reference in header.references:
        parts = reference.split(",")
        if len(parts) != 3 or not all(parts) or _time_problem(parts[2]):
            yield f"reference is not sender,identifier,sent: {reference}"
            continue
        if parts[0] != header.sender:
            yield "a reference to another sender's message"
        if parts[1] == header.identifier:
            yield "a reference to itself"
        if not _time_problem(header.sent) and _when(parts[2]) > _when(header.sent):
            yield "a reference to a later message"


def _check_note(root: Element, header: Header) -> Iterator[str]:
    note = _first(root, "note")
    reasons = [code for code in _CODES if code in note.split()]
    if header.kind == "Cancel" and len(reasons) != 1:
        yield f"Cancel without its reason in note: {' or '.join(_CODES)}"
    if header.kind != "Cancel" and reasons:
        yield f"{header.kind} with the reason of a Cancel"
    if header.status == "Actual" and (unreal_words(note)):
        yield f"Actual with the words of an exercise in note: {', '.join(unreal_words(note))}"
    if header.status not in {"Actual", "System"} and not unreal_words(note):
        yield f"status {header.status} without its mark in note"


def _time_problem(text: str) -> str | None:
    if not _TIME.fullmatch(text):
        return "not of the form YYYY-MM-DDThh:mm:ss-00:00"
    if text.endswith("+00:00"):
        return "universal time is written -00:00"
    try:
        parse_instant(text)
    except ValueError:
        return "no time"
    return None if abs(_offset(text)) <= timedelta(hours=14) else "an offset that no place has"


def _offset(text: str) -> timedelta:
    return datetime.fromisoformat(text).utcoffset() or timedelta()


def _when(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _check_time(name: str, text: str) -> Iterator[str]:
    problem = _time_problem(text)
    if problem:
        yield f"{name}: {problem}: {text}"


def _check_infos(root: Element) -> Iterator[str]:
    header, infos = header_of(root), _children(root, "info")
    if not infos:
        yield "no info block"
    languages = [_first(info, "language") for info in infos]
    if len(set(languages)) < len(languages):
        yield "a language twice"
    for info in infos:
        yield from _check_info(info, header)
    yield from _check_agreement(infos)


def _check_info(info: Element, header: Header) -> Iterator[str]:
    for name in sorted(set(_names(info)) - _INFO):
        yield f"{name} is not used in these alerts"
    if _all(info, "category") != ["Security"]:
        yield "category is not Security alone"
    for name in ("event", "senderName", *_SAID):
        if not _first(info, name).strip():
            yield f"{name} is missing or empty"
    yield from _check_times(info, header)
    yield from _check_stage(info, header)
    yield from _check_words(info, header)
    yield from _check_web(info)
    areas = _children(info, "area")
    if len(areas) != 1:
        yield "not one area"
    for area in areas:
        yield from check_area(area)
        place = _first(area, "areaDesc").strip()
        if place and place not in _first(info, "instruction"):
            yield "the instruction does not name the area"


def _check_times(info: Element, header: Header) -> Iterator[str]:
    for name in ("effective", "expires"):
        if len(_all(info, name)) != 1:
            yield f"{name} is missing"
    times = {name: _first(info, name) for name in ("effective", "onset", "expires") if _first(info, name)}
    for name, text in times.items():
        yield from _check_time(name, text)
    if any(_time_problem(text) for text in (header.sent, *times.values())):
        return
    sent, expires = _when(header.sent), _when(times.get("expires", header.sent))
    if "expires" in times and expires <= sent:
        yield "it expires before it is sent"
    if expires > sent + LONGEST_LIFE:
        yield "it lives longer than 24 hours"
    for name in ("effective", "onset"):
        if name in times and not sent - LONGEST_LIFE <= _when(times[name]) <= expires:
            yield f"{name} is not between sent and expires"
    if "effective" in times and _when(times["effective"]) != sent:
        yield "effective is not when it is sent"


def _check_stage(info: Element, header: Header) -> Iterator[str]:
    names = [_first(one, "valueName") for one in _children(info, "parameter")]
    values = dict(zip(names, [_first(one, "value") for one in _children(info, "parameter")], strict=True))
    if len(values) < len(names):
        yield "a parameter twice"
    for name in sorted(set(names) - {"stage", "probability"}):
        yield f"unknown parameter {name}"
    stage, probability = values.get("stage"), _probability(values.get("probability"))
    if stage not in STAGES:
        yield f"unknown stage {stage}"
        return
    if probability is None:
        yield "no probability between 0 and 1"
        return
    wanted = STAGES[stage]
    given = [_first(info, name) for name in ("urgency", "severity", "certainty")]
    if given != [wanted.urgency, wanted.severity, certainty_of(stage, probability)]:
        yield f"urgency, severity, certainty do not fit stage {stage}: {', '.join(given)}"
    if tuple(_all(info, "responseType")) != wanted.responses:
        yield f"responseType does not fit stage {stage}"
    if (header.kind == "Cancel") != bool(wanted.ends):
        yield f"msgType {header.kind} does not fit stage {stage}"
    elif wanted.ends and wanted.ends not in (info.getparent().findtext(f"{{{NAMESPACE}}}note") or "").split():
        yield f"note does not fit stage {stage}"


def _probability(text: str | None) -> float | None:
    if text is None or not re.fullmatch(r"[01]\.[0-9]{4}", text):
        return None
    return float(text) if float(text) <= 1 else None


def _check_words(info: Element, header: Header) -> Iterator[str]:
    language = _first(info, "language")
    if language not in LANGUAGE_TAGS.values() or len(_all(info, "language")) != 1:
        yield f"language is missing or unknown: {language}"
        return
    short = next(name for name, tag in LANGUAGE_TAGS.items() if tag == language)
    if len(_first(info, "headline")) > MOST_HEADLINE:
        yield f"headline is longer than {MOST_HEADLINE} characters"
    if len(_first(info, "event")) > MOST_HEADLINE or len(_first(info, "senderName")) > MOST_HEADLINE:
        yield f"event or senderName is longer than {MOST_HEADLINE} characters"
    for name in ("event", *_SAID):
        yield from _check_said(name, _first(info, name), language)
    yield from _check_marks(info, header.status, short)
    yield from _check_approved(info, header.status, short)
    everything = " ".join("".join(map(str, node.itertext())) for node in info)
    if _UNFILLED.search(everything):
        yield "a slot is not filled"
    if _UNSEEN.search(everything):
        yield "characters that are not seen"
    if header.status == "Actual" and (found := unreal_words(everything)):
        yield f"Actual with the words of an exercise: {', '.join(dict.fromkeys(found))}"


def _check_said(name: str, text: str, language: str) -> Iterator[str]:
    if text.strip() and not _SCRIPT[language].search(text):
        yield f"{name} is not in {language}"
    if name in _SAID and _FOREIGN[language].search(text):
        yield f"{name} has another language than {language}"
    if text != text.strip():
        yield f"{name} begins or ends with a space"
    if len(text) > MOST_TEXT:
        yield f"{name} is longer than {MOST_TEXT} characters"


def _check_marks(info: Element, status: str, language: str) -> Iterator[str]:
    standing = next((name for name, word in STATUS.items() if word == status), None)
    if standing is None:
        return
    for name in ("event", *_SAID):
        if lacks_mark(_first(info, name), standing, language):
            yield f"{name} lacks the mark of {status} at its beginning or end"


def _check_approved(info: Element, status: str, language: str) -> Iterator[str]:
    standing = next((name for name, word in STATUS.items() if word == status), None)
    stage = _stage_of(info)
    if standing is None or stage not in STAGES:
        return
    for name in ("event", *_SAID):
        if not is_approved(_first(info, name), name, stage, standing, language):
            yield f"{name} is not made of the approved sentences of stage {stage}"


def _stage_of(info: Element) -> str:
    named = {_first(one, "valueName"): _first(one, "value") for one in _children(info, "parameter")}
    return named.get("stage", "")


def _check_web(info: Element) -> Iterator[str]:
    for web in _all(info, "web"):
        if not re.fullmatch(r"https://[^\s<>\"]{4,300}", web):
            yield "web is no https address"


def _check_agreement(infos: list[Element]) -> Iterator[str]:
    """Yield what info blocks of one message disagree in: languages differ in words alone."""
    for name in ("category", "responseType", "urgency", "severity", "certainty", "effective", "onset", "expires"):
        if len({tuple(_all(info, name)) for info in infos}) > 1:
            yield f"info blocks disagree in {name}"
    for name, inner in (("parameter", ("valueName", "value")), ("area", ("polygon", "circle"))):
        if (
            len({tuple(tuple(_all(one, tag)) for one in _children(info, name) for tag in inner) for info in infos})
            > 1
        ):
            yield f"info blocks disagree in {name}"
    codes = {_codes(info) for info in infos}
    if len(codes) > 1:
        yield "info blocks disagree in geocode"


def _codes(info: Element) -> tuple[str, ...]:
    return tuple(_first(one, "value") for area in _children(info, "area") for one in _children(area, "geocode"))


def _check_now(root: Element, now_utc: str) -> Iterator[str]:
    now, sent = moment(parse_instant(now_utc)), _when(header_of(root).sent)
    if sent > now + CLOCK_TOLERANCE:
        yield "sent in the future"
    if sent < now - STALE_AFTER:
        yield "stale: sent more than an hour ago"
    if any(_when(_first(info, "expires")) <= now for info in _children(root, "info")):
        yield "stale: it has expired"


def _check_history(root: Element, history: Iterable[bytes]) -> Iterator[str]:
    header = header_of(root)
    earlier = [header_of(one) for data in history if not isinstance(one := parse_alert(data), list)]
    if not earlier:
        return
    named = {one.name: one for one in earlier}
    if any((one.sender, one.identifier) == (header.sender, header.identifier) for one in earlier):
        yield "duplicate identifier"
    for reference in header.references:
        if reference not in named:
            yield f"a reference to a message that was not sent: {reference}"
        elif named[reference].status != header.status:
            yield "a reference to a message of another status"
        elif named[reference].incident != header.incident:
            yield "a reference to another alert's message"
    same = [one for one in earlier if one.incident == header.incident]
    if any(one.kind == "Cancel" for one in same):
        yield f"{header.kind} after Cancel"
    if header.kind == "Alert" and same:
        yield "a second Alert for one incident"
    if any(_when(one.sent) > _when(header.sent) for one in same):
        yield "sent before an earlier message of its alert"
