"""The slots of one step in one language: names, instants, likelihoods as they are said."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from launchwatch.basis.likelihood import format_probability, likelihood_word, say_likelihood
from launchwatch.facts import AlertStep, Place
from launchwatch.facts.bulletin import LIFTING
from launchwatch.facts.warning import Ring
from launchwatch.geo.describe import SEAS, describe_point
from launchwatch.tell.civiltime import STATE_NAMES, CivilTime, civil_time, say_clock_of, say_moment_of
from launchwatch.tell.phrases import LANGUAGES, Slots, clause, texts
from launchwatch.tell.wording import say_list


@dataclass(frozen=True)
class Issuer:
    """Who speaks: `name` as printed, `sender` as CAP wants it (no spaces, commas, < or &).

    `names` are the name by language where it has others; `protects` the ISO 3166 alpha-3 codes of the states whose
    civil time is told; `series` the letter of the NOTAM series that is asked for.
    """

    name: str
    sender: str
    names: tuple[tuple[str, str], ...] = ()
    protects: tuple[str, ...] = ()
    series: str = "X"


@dataclass(frozen=True)
class DamageAnswers:
    """That no damage was reported up to an instant, and which offices were asked (names by language)."""

    as_of_utc: str
    asked: tuple[dict[str, str], ...]


FALLEN = frozenset(("fell_at_sea", "fell_inside"))
"""Stages that tell a fall as past: its minute is rounded down, lest what happened seem yet to come."""

LIKELIHOOD_WORDS = {
    "almost no chance": ("ほとんどない", "거의 없음"),
    "very unlikely": ("非常に低い", "매우 낮음"),
    "unlikely": ("低い", "낮음"),
    "roughly even chance": ("五分五分", "반반"),
    "likely": ("高い", "높음"),
    "very likely": ("非常に高い", "매우 높음"),
    "almost certain": ("ほぼ確実", "거의 확실함"),
}
"""ICD 203 terms in Japanese and Korean, as they follow 'likelihood:'."""


def say_likelihood_in(probability: float, language: str) -> str:
    """Return word and number of a probability, the word that of the printed number: `低い(30 %)`."""
    if language == "en":
        return say_likelihood(probability)
    printed = round(100 * probability) / 100 if 0.01 <= probability <= 0.99 else probability
    word = LIKELIHOOD_WORDS[likelihood_word(printed)][0 if language == "ja" else 1]
    number = format_probability(probability)
    return f"{word}（{number}）" if language == "ja" else f"{word}({number})"


def addressed(step: AlertStep, before: Sequence[AlertStep]) -> tuple[tuple[Place, ...], tuple[Ring, ...]]:
    """Return the places and rings that a step's bulletins go to.

    They are the step's own; an end goes also to those of the steps that it references, for whoever was alarmed
    must hear the end, and an area that was never alarmed is not added to an alarm.
    """
    sources = [step, *(one for one in before if step.stage in LIFTING and one.id in step.references)]
    places = {(place.role, place.id): place for one in reversed(sources) for place in one.places}
    rings = dict.fromkeys(ring for one in sources for ring in one.rings)
    return tuple(places[key] for key in sorted(places)), tuple(rings)


def territory(places: Iterable[Place]) -> tuple[Place, ...]:
    """Return the districts among places; the territorial seas where there are none."""
    kept = tuple(places)
    districts = tuple(place for place in kept if place.role == "district")
    return districts or tuple(place for place in kept if place.role == "territorial sea")


def name_of(place: Place, language: str) -> str:
    """Return a place's name in a language, the English one where it has no other."""
    return clause(place.names.get(language) or place.names.get("en") or place.id)


def list_names(names: Sequence[str], language: str) -> str | None:
    """Return names as a list of the language; None of none."""
    if not names:
        return None
    return say_list(names) if language == "en" else ("、" if language == "ja" else ", ").join(names)


def short_areas(places: Sequence[Place], language: str) -> list[str]:
    """Return ways to name an area, the fullest first: all, the first and how many more, states, 'this area'."""
    names = [name_of(place, language) for place in places]
    words = texts(language).words
    ways = [list_names(names, language)] if names else []
    for kept in range(min(len(names) - 1, 6), 0, -1):
        first = ("、" if language == "ja" else ", ").join(names[:kept])
        ways.append(words.area_many.format(first=first, more=len(names) - kept))
    at = LANGUAGES.index(language)
    states = list(dict.fromkeys(place.state for place in places))
    if states and all(state in STATE_NAMES for state in states):
        ways.append(list_names([STATE_NAMES[state][at] for state in states if state], language))
    return [way for way in (*ways, words.area_here) if way]


def sea_in(name: str | None, language: str) -> str | None:
    """Return a sea's name in a language, both names where there are two."""
    if name is None or language == "en":
        return name
    return SEAS.get(name, (name, name))[0 if language == "ja" else 1]


def position_in(lat_deg: float | None, lon_deg: float | None, language: str) -> str | None:
    """Return a position in whole minutes of arc: `40°30′N 135°12′E`, `北緯40度30分 東経135度12分`."""
    if lat_deg is None or lon_deg is None:
        return None
    lat, lon = (divmod(round(abs(value) * 60), 60) for value in (lat_deg, lon_deg))
    if language == "en":
        return f"{lat[0]}°{lat[1]:02d}′{'NS'[lat_deg < 0]} {lon[0]}°{lon[1]:02d}′{'EW'[lon_deg < 0]}"
    if language == "ja":
        return (
            f"{('北緯', '南緯')[lat_deg < 0]}{lat[0]}度{lat[1]:02d}分 "
            f"{('東経', '西経')[lon_deg < 0]}{lon[0]}度{lon[1]:02d}分"
        )
    return (
        f"{('북위', '남위')[lat_deg < 0]} {lat[0]}도 {lat[1]:02d}분 "
        f"{('동경', '서경')[lon_deg < 0]} {lon[0]}도 {lon[1]:02d}분"
    )


def slots_of(
    step: AlertStep,
    issuer: Issuer,
    language: str,
    *,
    before: Sequence[AlertStep] = (),
    damage: DamageAnswers | None = None,
) -> Slots:
    """Return what the sentences about a step may hold, in one language."""
    area, _ = addressed(step, before)
    time = civil_time(area or step.places, issuer.protects)
    own = [name_of(place, language) for place in territory(step.places)]
    waters = [name_of(place, language) for place in area if place.role in {"NAVAREA", "coastal state"}]
    earlier = next((one for one in before if one.id in step.references), None)
    return Slots(
        issuer=dict(issuer.names).get(language, issuer.name),
        reference=texts(language).words.reference.format(alert=step.alert, number=step.number),
        likelihood=say_likelihood_in(step.probability, language),
        remote=say_likelihood_in(step.probability, language) if is_remote(step.probability) else None,
        area=list_names([name_of(place, language) for place in territory(area)], language),
        places=list_names(own, language),
        waters=list_names(waters, language),
        sea=sea_in(step.sea_name, language),
        launch_place=_launch_place(step, language),
        launch_moment=_moment(step.launch_utc, time, language),
        fall_position=position_in(step.fall_lat_deg, step.fall_lon_deg, language),
        fall_moment=_moment(step.fall_utc, time, language, past=step.stage in FALLEN),
        fall_clock=_clock(step.fall_utc, time, language, past=step.stage in FALLEN),
        passed_moment=_moment(step.passed_utc, time, language, past=True),
        passed_clock=_clock(step.passed_utc, time, language, past=True),
        as_of_moment=say_moment_of(step.as_of_utc, time, language),
        as_of_clock=say_clock_of(step.as_of_utc, time, language),
        earlier_moment=_moment(earlier.decided_utc, time, language) if earlier else None,
        damage_moment=_moment(damage.as_of_utc, time, language) if damage else None,
        damage_asked=list_names([one.get(language) or one["en"] for one in damage.asked], language)
        if damage
        else None,
    )


def _launch_place(step: AlertStep, language: str) -> str | None:
    """Return the launch place as the step names it, else its position in words; None where it has neither."""
    if step.launch_place is not None:
        return step.launch_place.get(language) or step.launch_place.get("en")
    if step.launch_lat_deg is None or step.launch_lon_deg is None:
        return None
    return _in_words(round(step.launch_lat_deg, 2), round(step.launch_lon_deg, 2)).get(language)


@lru_cache(maxsize=64)
def _in_words(lat_deg: float, lon_deg: float) -> dict[str, str]:
    return {str(language): text for language, text in describe_point(lat_deg, lon_deg).text.items()}


def is_remote(probability: float) -> bool:
    """Return whether ICD 203 calls the printed number almost no chance: only then is anything ruled out."""
    return likelihood_word(round(probability, 2)) == likelihood_word(0.0)


def with_area(slots: Slots, area: str) -> Slots:
    """Return slots with another way to name the area."""
    return replace(slots, area=area)


def _moment(instant_utc: str | None, time: CivilTime, language: str, *, past: bool = False) -> str | None:
    return None if instant_utc is None else say_moment_of(instant_utc, time, language, past=past)


def _clock(instant_utc: str | None, time: CivilTime, language: str, *, past: bool = False) -> str | None:
    return None if instant_utc is None else say_clock_of(instant_utc, time, language, past=past)
