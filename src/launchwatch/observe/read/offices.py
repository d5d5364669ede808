"""Who may speak: offices, countries and media of the lexicons, canonical names, and the memory of a report.

Canonical names follow the `speaker` and `label` tables: `<country> <label>` unless a row says otherwise.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from launchwatch.observe.read.lexicon import Lexicon, any_of, lexicon_for
from launchwatch.observe.read.patterns import Choices, Pattern
from launchwatch.observe.read.pieces import Sentence, Speaker


class Memory:
    """What a report has said so far about who speaks.

    State: the last speakers (none after the report's own voice), the last that were any, the last of them and
    their country, speakers by kind of office, persons by name, the country that launches, and that country again
    if it tests its missiles. One report, one thread.
    """

    def __init__(self) -> None:
        self.last: tuple[str, ...] = ()
        self.spoke: tuple[str, ...] = ()
        self.last_country: str | None = None
        self.last_person: Speaker | None = None
        self.by_kind: dict[str, Speaker] = {}
        self.persons: dict[str, Speaker] = {}
        self.launcher: str | None = None
        self.tester: str | None = None

    def remember(self, speaker: Speaker) -> None:
        """Keep a mention for later 'the ministry', 'he' and surnames."""
        if speaker.kind != "country":
            self.by_kind.pop(speaker.kind, None)  # the last one told stands last
            self.by_kind[speaker.kind] = speaker
        if speaker.person:
            self.last_person = speaker
        if speaker.country:
            self.last_country = speaker.country


class Country(NamedTuple):
    """A spelling of a country: its name and whether it is a noun, an adjective, a capital or a short form."""

    name: str
    form: str


@cache
def country_forms(language: str) -> dict[str, Country]:
    """Return every spelling of every country in a language."""
    forms: dict[str, Country] = {}
    keys = (("noun", language), ("adjective", f"{language}_adjective"), ("capital", f"{language}_capital"))
    for row in lexicon_for(language).table("country"):
        for form, key in keys:
            forms.update({spelling: Country(row["name"], form) for spelling in row.get(key, ())})
        for spelling in row.get(f"{language}_short", ()):
            forms.setdefault(spelling, Country(row["name"], "short"))
    return forms


@cache
def country_pattern(language: str) -> Pattern:
    """Return a pattern for any spelling of any country, case kept ('US' is not 'us')."""
    forms = [re.escape(form) for form, country in country_forms(language).items() if country.form != "short"]
    if language != "en":
        return Pattern(re.compile(any_of(forms)))
    # 'U.S.' ends in a point, after which a word boundary would not match. 'The North' is a country only where no
    # name follows it ('the North Sea').
    north_south = r"\b[Tt]he (?:North|South)(?='s\b|[.,;]|\s(?!(?:[A-Z]|east|west|sea|coast|of|side|end)))"
    return Pattern(re.compile(rf"(?<![\w.]){any_of(forms)}(?!\w)|{north_south}"))


def country_of(spelling: str, language: str) -> str | None:
    """Return the country that a matched spelling names."""
    known = country_forms(language).get(spelling)
    if known:
        return known.name
    return {"the north": "North Korea", "the south": "South Korea"}.get(spelling.casefold())


def countries_in(text: str, language: str) -> list[str]:
    """Return the countries named in a text, in order, each once."""
    found = (country_of(match[0], language) for match in country_pattern(language).all(text))
    return list(dict.fromkeys(name for name in found if name))


@cache
def full_names() -> dict[str, str]:
    """Return the names that countries have in lists of partners."""
    return {row["name"]: row.get("full", row["name"]) for row in lexicon_for("en").table("country")}


@cache
def _demonyms() -> dict[str, str]:
    return {row["name"]: row["en_adjective"][0] for row in lexicon_for("en").table("country")}


@cache
def _speaker_table() -> dict[tuple[str, str], str]:
    rows = lexicon_for("en").table("speaker")
    return {(row["country"], office): row["source"] for row in rows for office in row["offices"]}


def canonical(country: str | None, kind: str) -> str:
    """Return the canonical speaker for an office of a country; 'outlet' where the country is not known."""
    if country is None:
        return "outlet"
    known = _speaker_table().get((country, kind))
    if known:
        return known
    return f"{_demonyms()[country]} media" if kind == "media" else f"{country} {label(kind)}"


@cache
def _without_officials() -> frozenset[str]:
    return frozenset(row["name"] for row in lexicon_for("en").table("country") if not row.get("officials", True))


def country_of_unnamed(memory: Memory) -> str | None:
    """Return whose officials 'officials said' means: those of the country whose office was named before.

    Where none was, a state that tests its missiles tells of it by its own officials; who fires at others, and a
    state that speaks through its media alone, does not.
    """
    for country in (memory.last_country, memory.tester):
        if country and country not in _without_officials():
            return country
    return None


def label(kind: str) -> str:
    """Return the word for a kind of office in canonical names."""
    return str(lexicon_for("en").table("label").get(kind, kind))


def government_of(country: str) -> str:
    """Return the canonical speaker for a country that speaks by its name alone."""
    return canonical(country, "country")


def country_of_source(source: str) -> str | None:
    """Return the country that opens a canonical speaker."""
    if source == "KCNA":
        return "North Korea"
    names = [name for name in full_names() if source == name or source.startswith(f"{name} ")]
    return max(names, key=len) if names else None


class Office(NamedTuple):
    """One office of the lexicon: its kind, and its own country or canonical name where it has one.

    `elsewhere` is whom the same letters mean in a report that spoke of another country's office before.
    """

    kind: str
    country: str | None
    source: str | None
    person: bool
    elsewhere: dict[str, str]


@cache
def _offices(lexicon: Lexicon) -> tuple[Choices, tuple[Office, ...]]:
    """Return the patterns of all offices of a language and what each means."""
    stated = (*lexicon.table("named"), *lexicon.table("office"))
    rows = tuple(
        Office(
            row.get("kind", "named"), row.get("country"), row.get("source"), row.get("person", False),
            row.get("elsewhere", {}),
        )
        for row in stated
    )  # fmt: skip
    edge = r"\b" if lexicon.language == "en" else ""
    return Choices([lexicon.lowered(f"{edge}(?:{lexicon.filled(row['pattern'])}){edge}") for row in stated]), rows


def offices_in(sentence: Sentence, lexicon: Lexicon) -> Iterator[tuple[re.Match[str], Office]]:
    """Yield each office mentioned in a sentence; acronyms only in capitals ('MOD' and 'MoD', not 'mod')."""
    choices, rows = _offices(lexicon)
    for match, index in choices.all(sentence.low):
        stated = sentence.text[match.start() : match.end()]
        if stated.casefold() not in _ACRONYMS or stated[:1] + stated[-1:] == (stated[:1] + stated[-1:]).upper():
            yield match, rows[index]


_ACRONYMS = frozenset(("jcs", "mnd", "mod", "mda", "nsc", "pla", "idf", "ispr"))


def medium(spelling: str, language: str) -> str:
    """Return the name that a medium has as a speaker: '신화통신' and '新華社' are 'Xinhua'."""
    names = lexicon_for(language).table("media").get("canonical", {})
    return next((name for pattern, name in names.items() if re.fullmatch(pattern, spelling)), spelling)


@cache
def media_pattern(language: str) -> Pattern:
    """Return a pattern for the named media, case kept."""
    names = any_of(list(lexicon_for(language).table("media", "names")))
    return Pattern(re.compile(rf"\b{names}(?!\w)" if language == "en" else names))
