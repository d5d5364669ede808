"""One step of an alert as a CAP 1.2 message: an info block for each language, one area, canonical bytes.

The bytes are Canonical XML 1.1 without a declaration, so that what is signed, sent and read back is what was
approved.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from lxml import etree
from lxml.etree import _Element as Element

from launchwatch.basis.errors import InputError
from launchwatch.basis.instants import moment, parse_instant
from launchwatch.facts import AlertStep, Place
from launchwatch.facts.warning import Ring
from launchwatch.geo.rings import split_rings
from launchwatch.tell.cap import NAMESPACE
from launchwatch.tell.cap_rules import LANGUAGE_TAGS, MOST_HEADLINE, check_alert
from launchwatch.tell.cap_stages import PROFILE, STAGES, certainty_of
from launchwatch.tell.districts import GEOCODE, code_of
from launchwatch.tell.phrases import Slots, fill, joined, lines_of, texts
from launchwatch.tell.said import (
    DamageAnswers,
    Issuer,
    addressed,
    list_names,
    name_of,
    short_areas,
    slots_of,
    territory,
    with_area,
)
from launchwatch.tell.standing import STATUS, framed, framed_short, mark_of
from launchwatch.tell.wording import shown

_DECIMALS = 4  # 11 m; the area is districts and ellipses of kilometres


def cap_reference(step: AlertStep, issuer: Issuer) -> str:
    """Return `sender,identifier,sent`, by which CAP names the message of a step."""
    return f"{issuer.sender},{step.id},{_stamp(step.decided_utc)}"


def cap_of(
    step: AlertStep,
    issuer: Issuer,
    *,
    languages: Sequence[str],
    before: Sequence[AlertStep] = (),
    damage: DamageAnswers | None = None,
) -> bytes:
    """Return the unsigned message of a step for the public.

    Raises InputError where a rule is broken: no area, no district, no reference of an end, an empty text.
    """
    places, rings = addressed(step, before)
    named = territory(places)
    if not named or not rings:
        raise InputError(
            "a public alert lacks its area", given=f"{len(named)} districts, {len(rings)} rings",
            allowed="one of each or more", try_="the area of the impact, written anew",
        )  # fmt: skip
    alert = etree.Element(_tag("alert"), nsmap={None: NAMESPACE})
    _add_header(alert, step, issuer, before)
    for language in languages:
        slots = slots_of(step, issuer, language, before=before, damage=damage)
        info = _info(alert, step, slots, named, language)
        _add_area(info, named, rings, language)
    data: bytes = etree.tostring(alert, method="c14n")
    problems = check_alert(data)
    if problems:
        raise InputError(f"the CAP message breaks its rules: {'; '.join(problems)}")
    return data


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _text(parent: Element, name: str, text: str) -> None:
    etree.SubElement(parent, _tag(name)).text = shown(text)


def _stamp(instant_utc: str) -> str:
    when: datetime = moment(float(int(parse_instant(instant_utc))))
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S-00:00")


def _add_header(alert: Element, step: AlertStep, issuer: Issuer, before: Sequence[AlertStep]) -> None:
    values = STAGES[step.stage]
    referenced = _referenced(step, before)
    if values.ends and not referenced:
        raise InputError("an end refers to nothing", given=step.id, allowed="the steps that it cancels")
    _text(alert, "identifier", step.id)
    _text(alert, "sender", issuer.sender)
    _text(alert, "sent", _stamp(step.decided_utc))
    _text(alert, "status", STATUS[step.status])
    _text(alert, "msgType", "Cancel" if values.ends else ("Update" if referenced else "Alert"))
    _text(alert, "scope", "Public")
    _text(alert, "code", PROFILE)
    mark = mark_of(step.status, "en")
    note = [*([f"{mark.short}: {mark.says}"] if mark else []), *([values.ends] if values.ends else [])]
    if note:
        _text(alert, "note", " ".join(note))
    if referenced:
        _text(alert, "references", " ".join(cap_reference(one, issuer) for one in referenced))
    _text(alert, "incidents", step.alert)


def _referenced(step: AlertStep, before: Sequence[AlertStep]) -> list[AlertStep]:
    known = {one.id: one for one in before}
    missing = [name for name in step.references if name not in known]
    if missing:
        raise InputError("a step refers to one that is not given", given=missing, allowed=", ".join(sorted(known)))
    return [known[name] for name in step.references]


def _info(alert: Element, step: AlertStep, slots: Slots, named: Sequence[Place], language: str) -> Element:
    values, words, said = STAGES[step.stage], texts(language).words, texts(language).public[step.stage]
    info = etree.SubElement(alert, _tag("info"))
    _text(info, "language", LANGUAGE_TAGS[language])
    _text(info, "category", "Security")
    _text(info, "event", framed_short(words.event, step.status, language))
    for response in values.responses:
        _text(info, "responseType", response)
    _text(info, "urgency", values.urgency)
    _text(info, "severity", values.severity)
    _text(info, "certainty", certainty_of(step.stage, step.probability))
    _text(info, "effective", _stamp(step.decided_utc))
    _text(info, "expires", _stamp(step.expires_utc))
    _text(info, "senderName", slots.issuer)
    _text(info, "headline", headline_of(step, slots, named, language))
    for name, lines in (("description", said.description), ("instruction", said.instruction)):
        paragraph = joined(lines_of(lines, slots), language)
        _text(info, name, framed(paragraph, step.status, language, between=" "))
    _parameter(info, "stage", step.stage)
    _parameter(info, "probability", f"{step.probability:.4f}")
    return info


def headline_of(step: AlertStep, slots: Slots, named: Sequence[Place], language: str) -> str:
    """Return a headline of at most 160 characters (CAP 1.2, element headline), its area as full as fits."""
    template = texts(language).public[step.stage].headline
    for area in short_areas(named, language):
        text = framed_short(fill(template, with_area(slots, area)), step.status, language)
        if len(text) <= MOST_HEADLINE:
            return text
    raise InputError("no headline fits", given=template, allowed=f"{MOST_HEADLINE} characters")


def _parameter(info: Element, name: str, value: str) -> None:
    parameter = etree.SubElement(info, _tag("parameter"))
    _text(parameter, "valueName", name)
    _text(parameter, "value", value)


def _add_area(info: Element, named: Sequence[Place], rings: Sequence[Ring], language: str) -> None:
    area = etree.SubElement(info, _tag("area"))
    _text(area, "areaDesc", list_names([name_of(place, language) for place in named], language) or "")
    for ring in rings:
        for part in split_rings(*zip(*ring, strict=True)):
            if text := _polygon(part):
                _text(area, "polygon", text)
    for code in dict.fromkeys(code for place in named if (code := code_of(place))):
        geocode = etree.SubElement(area, _tag("geocode"))
        _text(geocode, "valueName", GEOCODE)
        _text(geocode, "value", code)


def _polygon(ring: Ring) -> str | None:
    """Return a closed ring as CAP writes it, latitude first, or None for one that rounding leaves nothing of."""
    rounded = [(round(lat, _DECIMALS) + 0.0, round(lon, _DECIMALS) + 0.0) for lon, lat in ring]
    points = [point for i, point in enumerate(rounded) if i == 0 or point != rounded[i - 1]]
    return " ".join(f"{lat:.4f},{lon:.4f}" for lat, lon in points) if len(points) > 3 else None


__all__ = ["cap_of", "cap_reference", "headline_of"]
