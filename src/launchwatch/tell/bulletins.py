"""What is said of one step of an alert, in every form that its audience takes."""

from collections.abc import Sequence
from dataclasses import dataclass

from launchwatch.facts import AlertStep, Bulletin, Provenance

LANGUAGES = ("en", "ja", "ko")


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
    raise NotImplementedError
