"""Cell broadcast: texts that fit, for each language.

`short` holds 90 characters: the WEA of every handset (47 CFR 10.430) and Korea's urgent message, which keeps 90
for handsets from before 2019. `long` holds 360 in English (WEA since 2019), 157 in Korean (the other messages,
from 2025), 200 in Japanese (the body of the carriers' area mail; from knowledge, to be checked with each
carrier). Pages: 3GPP TS 23.041, section 9.4: 15 pages of 82 octets, 93 characters of the GSM default alphabet
or 41 of UCS-2.
"""

from collections.abc import Sequence

from launchwatch.basis.errors import InputError
from launchwatch.facts import Place, Standing
from launchwatch.tell.phrases import Slots, fill, texts
from launchwatch.tell.said import short_areas, with_area
from launchwatch.tell.standing import framed_short

SHORT = 90
LONG = {"en": 360, "ja": 200, "ko": 157}
PAGES = 15
GSM_PAGE = 93
UCS2_PAGE = 41

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = frozenset("\f^{}\\[~]|€")
"""GSM 7 bit default alphabet and its extension, 3GPP TS 23.038, section 6.2.1."""


def gsm_septets(text: str) -> int | None:
    """Return the characters of the GSM alphabet that a text takes, or None where it needs UCS-2."""
    if any(letter not in _GSM and letter not in _GSM_TWICE for letter in text):
        return None
    return sum(1 + (letter in _GSM_TWICE) for letter in text)


def pages_of(text: str) -> int:
    """Return how many cell broadcast pages a text takes; raises InputError beyond 15 (1,395 or 615 characters)."""
    septets = gsm_septets(text)
    used = len(text.encode("utf-16-be")) // 2 if septets is None else septets
    page = UCS2_PAGE if septets is None else GSM_PAGE
    if used > PAGES * page:
        raise InputError("too long for cell broadcast", given=used, allowed=f"up to {PAGES * page} characters")
    return max(1, -(-used // page))


def length_of(text: str) -> int:
    """Return a text's length as limits count it: septets where GSM holds it, else UTF-16 units."""
    septets = gsm_septets(text)
    return len(text.encode("utf-16-be")) // 2 if septets is None else septets


def cell_texts(
    stage: str, slots: Slots, places: Sequence[Place], status: Standing, language: str
) -> tuple[str, str]:
    """Return the short and the long text of a stage, each with place and action, each within its limit.

    The area is named as fully as fits. Raises InputError where not even 'this area' fits.
    """
    known = texts(language).public[stage]
    return (
        _fitted(known.cell_short, slots, places, status, language, SHORT),
        _fitted(known.cell_long, slots, places, status, language, LONG[language]),
    )


def _fitted(
    template: str, slots: Slots, places: Sequence[Place], status: Standing, language: str, limit: int
) -> str:
    for area in short_areas(places, language):
        text = framed_short(fill(template, with_area(slots, area)), status, language)
        if length_of(text) <= limit and pages_of(text):
            return text
    raise InputError("no cell broadcast text fits", given=template, allowed=f"{limit} characters")
