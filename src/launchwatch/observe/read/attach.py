"""From what was told to claims: single speakers, no repeats, places in the raw text, ids."""

from dataclasses import replace
from typing import NamedTuple

from launchwatch.basis.ids import content_id
from launchwatch.facts import Claim, Finder, Report
from launchwatch.observe.read import offices
from launchwatch.observe.read.pieces import Find, Sentence
from launchwatch.observe.read.text import Plain


class Told(NamedTuple):
    """A find with who said it, who relays it and which launch it is about."""

    find: Find
    sentence: Sentence
    sources: tuple[str, ...]
    via: str | None
    about: str

    @property
    def order(self) -> tuple[int, str, int]:
        """Return what sorts finds by their place in the text."""
        return self.sentence.start + self.find.start, self.find.attribute, self.find.end


def claims(
    report: Report, plain: Plain, told: list[Told], *, found_by: tuple[Finder, ...] = ("rules",)
) -> tuple[Claim, ...]:
    """Return the claims of a report in the order of its text.

    Joint speakers make one claim each; a speaker's repeats of one value are one claim.
    """
    seen: set[tuple[object, ...]] = set()
    made = []
    for one in sorted(_without_echoes(_zoned(told)), key=lambda one: one.order):
        for source in one.sources or ("outlet",):
            key = (one.find.attribute, one.find.value, one.find.polarity, source, one.about, one.find.item)
            if key not in seen:
                seen.add(key)
                made.append(_claim(report, plain, one, source, found_by))
    return tuple(made)


def _zoned(told: list[Told]) -> list[Told]:
    """Say whose zone: the one named, or the speaker's own country's, or the one named last."""
    zone: str | None = None
    zoned = []
    for one in told:
        if one.find.attribute != "eez":
            zoned.append(one)
            continue
        owner = one.find.unit or _coastal(one.sources) or zone
        zone = owner or zone
        zoned.append(one._replace(find=replace(one.find, unit=owner)))
    return zoned


def _coastal(sources: tuple[str, ...]) -> str | None:
    """Return Japan if one of its offices speaks: it is the one that tells of its zone without naming it."""
    return "Japan" if any(offices.country_of_source(source) == "Japan" for source in sources) else None


def _without_echoes(told: list[Told]) -> list[Told]:
    """Drop what a heading says where the body says it too: a heading is no further statement."""
    body = {one.find.attribute for one in told if not one.sentence.heading}
    return [one for one in told if not (one.sentence.heading and one.find.attribute in body)]


def _claim(report: Report, plain: Plain, one: Told, source: str, found_by: tuple[Finder, ...]) -> Claim:
    find = one.find
    start, end = _span(plain, one)
    identity = (
        find.attribute,
        repr(find.value),
        source,
        one.about,
        str(find.item),
        f"{start}:{end}",
        find.polarity,
        *(() if "rules" in found_by else found_by),  # the rules' ids stay what they are without a model
    )
    return Claim(
        id=content_id("claim", report.id, *identity),
        report=report.id,
        attribute=find.attribute,
        value=find.value,
        unit=find.unit,
        qualifier=find.qualifier,  # type: ignore[arg-type]
        hedge=find.hedge,
        condition=find.condition,
        polarity=find.polarity,  # type: ignore[arg-type]
        source=source,
        via=one.via,
        about=one.about,  # type: ignore[arg-type]
        item=find.item,
        span=(start, end),
        quote=report.text[start:end],
        rule=find.rule,
        found_by=found_by,
    )


def _span(plain: Plain, one: Told) -> tuple[int, int]:
    """Return the place of a find in the raw text, without white space at its sides."""
    stated = one.sentence.text[one.find.start : one.find.end]
    left = one.sentence.start + one.find.start + len(stated) - len(stated.lstrip())
    return plain.span(left, left + len(stated.strip()))
