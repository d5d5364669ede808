"""Who said what: claims by matter and by office, with verdict, words and where they stand; links made safe."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import get_args
from urllib.parse import urlsplit

from launchwatch.basis.likelihood import say_likelihood
from launchwatch.facts import Attribute, Claim, ClaimAssessment, ContextEvent, Event, Membership
from launchwatch.facts.speakers import OUTLET, office_of
from launchwatch.tell.values import TITLES, say_value
from launchwatch.tell.wording import say_day

SIGNS = {"consistent": "✓", "strained": "△", "inconsistent": "✕", "untestable": "○"}
"""A sign beside each verdict's word: shape tells what colour would."""

REPORT_VOICE = "The reports’ own voice"

_DATE_UNITS = {"weekday": "dated by the weekday", "day-only": "dated by the day of the month"}


@dataclass(frozen=True)
class Quote:
    """The words of one claim and where they stand; `url` is None unless it is plain http or https."""

    claim: str
    text: str
    language: str | None
    outlet: str
    url: str | None
    manner: str


@dataclass(frozen=True)
class Said:
    """One value that an office gave, with its verdict and all quotes of it."""

    value: str
    verdict: str
    sign: str
    reason: str
    p_value: str
    quotes: tuple[Quote, ...]


@dataclass(frozen=True)
class Matter:
    """One row: a matter, and what each office said of it."""

    title: str
    cells: tuple[tuple[Said, ...], ...]


@dataclass(frozen=True)
class Attribution:
    """Offices by matters; `earlier` lists what was said of earlier launches."""

    offices: tuple[str, ...]
    matters: tuple[Matter, ...]
    earlier: tuple[tuple[str, str, Said], ...]


def attribute_claims(event: Event) -> Attribution:
    """Return who said what of this launch and of earlier ones."""
    outlets = {member.id: member for member in event.reports}
    main = [a for a in event.claims if a.claim.about == "main"]
    offices = tuple(
        sorted(dict.fromkeys(_office(a.claim) for a in main), key=lambda office: office == REPORT_VOICE)
    )
    matters = []
    for attribute in get_args(Attribute):
        own = [a for a in main if a.claim.attribute == attribute]
        cells = tuple(_cell([a for a in own if _office(a.claim) == office], outlets) for office in offices)
        if own:
            matters.append(Matter(TITLES[attribute], cells))
    earlier = tuple(
        (TITLES[a.claim.attribute], _office(a.claim), _cell([a], outlets)[0])
        for a in event.claims
        if a.claim.about == "previous"
    )
    return Attribution(offices, tuple(matters), earlier)


def _office(claim: Claim) -> str:
    return REPORT_VOICE if claim.source == OUTLET else office_of(claim.source)


def _cell(claims: Sequence[ClaimAssessment], outlets: dict[str, Membership]) -> tuple[Said, ...]:
    """Return the distinct values among one office's claims on one matter, in order of telling."""
    groups: dict[tuple[str, str, str], list[ClaimAssessment]] = {}
    for assessed in claims:
        verdict = assessed.consistency
        groups.setdefault((say_value(assessed.claim), verdict.verdict, verdict.reason), []).append(assessed)
    return tuple(_said(value, group, outlets) for (value, _, _), group in groups.items())


def _said(value: str, group: Sequence[ClaimAssessment], outlets: dict[str, Membership]) -> Said:
    verdict = group[0].consistency
    p = verdict.p_value
    return Said(
        value=value,
        verdict=verdict.verdict,
        sign=SIGNS[verdict.verdict],
        reason=verdict.reason,
        p_value="" if p is None else say_p(p),
        quotes=tuple(_quote(assessed.claim, outlets) for assessed in group),
    )


def say_p(p_value: float) -> str:
    """Return a p-value with two figures, bounded where figures would feign more."""
    if p_value < 0.001:
        return "p < 0.001"
    return "p > 0.99" if p_value > 0.99 else f"p = {p_value:.2g}"


def _quote(claim: Claim, outlets: dict[str, Membership]) -> Quote:
    member = outlets.get(claim.report)
    return Quote(
        claim=claim.id,
        text=claim.quote.strip(),
        language=language_of(claim.quote),
        outlet=claim.report if member is None else member.outlet or member.origin,
        url=safe_url(member.url) if member else None,
        manner="; ".join(_manner(claim)),
    )


def _manner(claim: Claim) -> Iterable[str]:
    """Yield how a claim was put: by whom, through whom, with which hedge and condition."""
    if claim.source not in (OUTLET, office_of(claim.source)):
        yield f"speaker: {claim.source}"
    if claim.via:
        yield f"via {claim.via}"
    if claim.hedge:
        yield f"hedged “{claim.hedge}”"
    if claim.attribute == "event_date" and claim.unit in _DATE_UNITS:
        yield _DATE_UNITS[claim.unit]
    if claim.condition:
        yield f"on condition: {claim.condition}"


def safe_url(url: str | None) -> str | None:
    """Return a link that may stand on the page: plain http or https with a host; else None."""
    if url is None or re.search(r"[\s\x00-\x1f\x7f]", url):
        return None
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return None
    return url if known else None


def language_of(text: str) -> str | None:
    """Return `ko` or `ja` of a text in Hangul or kana, for glyphs and voices; None for all others."""
    if re.search(r"[\uac00-\ud7a3\u1100-\u11ff]", text):
        return "ko"
    return "ja" if re.search(r"[\u3040-\u30ff]", text) else None


@dataclass(frozen=True)
class Source:
    """One report or recording of the event."""

    id: str
    name: str
    language: str | None
    published: str
    origin: str
    url: str | None
    plain_url: str
    probability: str
    reason: str


def sources(members: Sequence[Membership]) -> list[Source]:
    """Return reports or recordings with the probability and reason of their belonging here."""
    return [
        Source(
            id=member.id,
            name=member.outlet or member.origin,
            language=language_of(member.outlet or ""),
            published=say_day(member.published) if member.published else "undated",
            origin=member.origin,
            url=safe_url(member.url),
            plain_url=member.url or "",
            probability=say_likelihood(min(max(member.probability, 0.0), 1.0)),
            reason=member.reason,
        )
        for member in members
    ]


@dataclass(frozen=True)
class Sentence:
    """One sentence of the statement and what it rests on: names, and the claim that each leads to."""

    text: str
    basis: tuple[tuple[str, str | None], ...]


def statement_sentences(event: Event) -> list[Sentence]:
    """Return the statement's sentences, the ids that each rests on told by office."""
    if event.statement is None:
        return []
    claims = {a.claim.id: a.claim for a in event.claims}
    basis = event.statement.basis or ((),) * len(event.statement.sentences)
    pairs = zip(event.statement.sentences, basis, strict=False)
    return [Sentence(text, tuple(_told(ids, claims, event))) for text, ids in pairs]


def _told(ids: Sequence[str], claims: dict[str, Claim], event: Event) -> Iterable[tuple[str, str | None]]:
    counts: dict[str, list[str]] = {}
    members = {member.id for member in (*event.reports, *event.recordings)}
    for id_ in ids:
        if id_ in claims:
            counts.setdefault(_office(claims[id_]), []).append(id_)
        elif id_ not in members:
            counts.setdefault("track" if id_.startswith("track") else id_, []).append("")
    for name, found in counts.items():
        yield f"{name} ×{len(found)}" if len(found) > 1 else name, found[0] or None


@dataclass(frozen=True)
class ContextRow:
    """Something reported around the launch."""

    kind: str
    date: str
    actors: str
    quote: str
    language: str | None


def context_rows(context: Sequence[ContextEvent]) -> list[ContextRow]:
    """Return context events, repeated words once."""
    distinct = {(c.kind, c.quote.strip()): c for c in context}
    return [
        ContextRow(
            kind=c.kind.replace("_", " "),
            date=say_day(c.date) if c.date else "",
            actors=", ".join(c.actors),
            quote=quote,
            language=language_of(quote),
        )
        for (_, quote), c in distinct.items()
    ]
