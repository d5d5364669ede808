"""What is said of one step of an alert, in every form that its audience takes."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from launchwatch.basis.errors import InputError
from launchwatch.basis.ids import content_id, sha256_hex
from launchwatch.basis.instants import parse_instant
from launchwatch.facts import AlertStep, Audience, Bulletin, Provenance
from launchwatch.tell.cap_alert import cap_of, headline_of
from launchwatch.tell.cell import cell_texts
from launchwatch.tell.navarea import navarea_texts
from launchwatch.tell.notam import notam_texts
from launchwatch.tell.phrases import LANGUAGES, fill, joined, lines_of, texts
from launchwatch.tell.said import DamageAnswers, Issuer, addressed, slots_of, territory
from launchwatch.tell.standing import framed, unreal_words

_UNSAYABLE = re.compile(r"[\s,<&]")


class Said(NamedTuple):
    """One text: its form, language and content."""

    form: str
    language: str
    content: str


class _Asked(NamedTuple):
    """What the forms are made of."""

    step: AlertStep
    issuer: Issuer
    languages: tuple[str, ...]
    before: tuple[AlertStep, ...]
    damage: DamageAnswers | None


def bulletins_of(
    step: AlertStep,
    issuer: Issuer,
    provenance: Provenance,
    *,
    languages: Sequence[str] = LANGUAGES,
    before: Sequence[AlertStep] = (),
    damage: DamageAnswers | None = None,
) -> tuple[Bulletin, ...]:
    """Return every text of a step for its audience; `before` are the earlier steps that it references.

    Forms: public `cap` (unsigned, canonical XML, all languages in one), `cell-short`, `cell-long`, `speech`; ships
    `navarea`, `coastguard`; aircraft `notam`; press `statement`. The bytes follow from the arguments alone. Raises
    InputError where anything that must be said is unknown: no text has an empty place.
    """
    asked = _Asked(step, issuer, tuple(languages), tuple(before), damage)
    _check(asked)
    return tuple(
        _bulletin(step, said, provenance, number) for number, said in enumerate(_FORMS[step.audience](asked))
    )


SAME_FLIGHT_S = 5400.0
"""An alert takes up what another told only where that was decided within the longest flight before: two tracks of
one object that became one. Areas of a past drill or of yesterday are never taken up."""


def _may_refer(step: AlertStep, one: AlertStep) -> bool:
    """Return whether a step may refer to another: of its standing, and of its alert or one that became it."""
    if one.status != step.status:
        return False
    before_s = parse_instant(step.decided_utc) - parse_instant(one.decided_utc)
    return one.alert == step.alert or 0.0 <= before_s <= SAME_FLIGHT_S


def _check(asked: _Asked) -> None:
    step = asked.step
    if not asked.languages or len(set(asked.languages)) < len(asked.languages):
        raise InputError("languages of the texts", given=asked.languages, allowed=", ".join(LANGUAGES))
    for language in asked.languages:
        texts(language)
    if not 0 <= step.probability <= 1:
        raise InputError("probability of a step", given=step.probability, allowed="0 to 1")
    named = {one.id: one for one in asked.before}
    missing = [name for name in step.references if name not in named]
    if missing:
        raise InputError("a step refers to one that is not given", given=missing, allowed=", ".join(sorted(named)))
    strange = [one.id for one in asked.before if not _may_refer(step, one)]
    if strange:
        raise InputError("a step refers to another alert or standing", given=strange, allowed=step.status)
    for name in (step.id, step.alert, asked.issuer.sender):
        if not name or _UNSAYABLE.search(name):
            raise InputError("no name for a message", given=name, allowed="no spaces, commas, < or &")
    if step.status == "actual" and unreal_words(asked.issuer.name):
        raise InputError(
            "the issuer's name says that it is not real", given=asked.issuer.name, try_="another name"
        )


def _bulletin(step: AlertStep, said: Said, provenance: Provenance, number: int) -> Bulletin:
    digest = sha256_hex(said.content.encode())
    return Bulletin(
        id=content_id("bulletin", step.id, said.form, said.language, str(number), digest),
        event=step.alert,
        event_version=step.number,
        stage=step.stage,
        status=step.status,
        audience=step.audience,
        form=said.form,
        language=said.language,
        content=said.content,
        references=step.references,
        provenance=provenance,
        alert=step.alert,
        step=step.id,
        digest=digest,
    )


def _public(asked: _Asked) -> list[Said]:
    step, issuer, languages, before, damage = asked
    cap = cap_of(step, issuer, languages=languages, before=before, damage=damage)
    said = [Said("cap", "mul" if len(languages) > 1 else languages[0], cap.decode())]
    places = territory(addressed(step, before)[0])
    for language in languages:
        slots = slots_of(step, issuer, language, before=before, damage=damage)
        short, long = cell_texts(step.stage, slots, places, step.status, language)
        known = texts(language).public[step.stage]
        headline = fill(known.headline, slots)
        spoken = (headline, *lines_of(known.description, slots), *lines_of(known.instruction, slots), slots.issuer)
        plain = framed("\n".join(spoken), step.status, language)
        said += [
            Said("cell-short", language, short),
            Said("cell-long", language, long),
            Said("speech", language, plain),
        ]
    return said


def _ships(asked: _Asked) -> list[Said]:
    step, issuer, languages, before, damage = asked
    said = [Said("navarea", "en", text) for _, text in navarea_texts(step, issuer, before, damage)]
    for language in languages:
        slots = slots_of(step, issuer, language, before=before, damage=damage)
        lines = (*lines_of(texts(language).ships[step.stage].lines, slots), slots.issuer)
        said.append(Said("coastguard", language, framed("\n".join(lines), step.status, language) + "\n"))
    return said


def _aircraft(asked: _Asked) -> list[Said]:
    return [Said("notam", "en", text) for _, text in notam_texts(asked.step, asked.issuer, asked.before)]


def _press(asked: _Asked) -> list[Said]:
    step, issuer, languages, before, damage = asked
    said = []
    for language in languages:
        slots = slots_of(step, issuer, language, before=before, damage=damage)
        known = texts(language).press
        body = joined(lines_of(known[step.stage].lines, slots), language)
        closing = lines_of(known["closing"].lines, slots)
        text = "\n".join((known[step.stage].title, "", body, *closing, slots.issuer))
        said.append(Said("statement", language, framed(text, step.status, language) + "\n"))
    return said


_FORMS: dict[Audience, Callable[[_Asked], list[Said]]] = {
    "public": _public,
    "ships": _ships,
    "aircraft": _aircraft,
    "press": _press,
}

__all__ = ["LANGUAGES", "DamageAnswers", "Issuer", "Said", "bulletins_of", "headline_of"]
