"""Reading a place phrase in English, Korean or Japanese into tokens: places, regions, directions, relations.

A phrase such as 'about 250 km northwest of Okushiri Island' or '평안북도 대관 일대' becomes a list of `Token`.
Latin words are compared by a skeleton that makes the romanisations of one Korean name equal (Taegwan, Taekwan;
Tongchang-ri, Dongchang-ri); Han, kana and Hangul by longest match. Words that nothing knows stay as 'unknown'
tokens, so that a caller can refuse to guess.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, takewhile
from pathlib import Path

import msgspec

Names = dict[str, tuple[str, ...]]
_CJK_SUFFIXES = "市郡邑시군읍"
_DATA = Path(__file__).parent / "data"


class CompassPoint(msgspec.Struct, frozen=True):
    """A direction's words; `half_width_deg` is half the sector that the word covers on its rose of 8 or 16."""

    korean: tuple[str, ...]
    japanese: str
    azimuth_deg: float
    half_width_deg: float


class Words(msgspec.Struct, frozen=True):
    """The vocabulary in data/place_words.json.

    `seas` by the name that is printed, `regions` (provinces, and old provinces that `unions` takes apart),
    `countries` by ISO code ('KOREA' is the peninsula), the `country_names` that are printed of those whose land is
    coarse, `compass`, `words` by what they do in a phrase ('unknown' ones hold a country's name and are none), and
    the `place_suffixes` (-ri, -up, -si) that writers add or leave out.
    """

    seas: Names
    regions: Names
    unions: Names
    countries: Names
    country_names: Names
    compass: dict[str, CompassPoint]
    words: Names
    place_suffixes: frozenset[str]


@lru_cache(maxsize=1)
def words() -> Words:
    """Return the vocabulary, read once."""
    return msgspec.json.decode((_DATA / "place_words.json").read_bytes(), type=Words)


@dataclass(frozen=True)
class Token:
    """A piece: `kind` is place, region, district, sea, country, compass, number, sep, unknown or of `Words.words`.

    `value` is the name, the number or the azimuth in degrees; `half_width_deg` belongs to a compass point, and
    `adjective` tells 'northern, 북부, 北部' (a part of the thing) from 'north, 북쪽, 北' (may also be beyond it).
    """

    kind: str
    text: str
    value: str | float = ""
    half_width_deg: float = 0.0
    adjective: bool = False


def fold(text: str) -> str:
    """Return text in lower case without diacritics on Latin letters, apostrophes or full-width forms."""
    decomposed = unicodedata.normalize("NFKD", text.lower())
    plain = "".join(c for i, c in enumerate(decomposed) if not _is_latin_mark(decomposed, i))
    plain = unicodedata.normalize("NFC", plain)
    plain = _READING.sub("", plain.replace("〜", "-"))
    return re.sub(r"['’‘ʼʻ`´]|(?<!\d)\.|\.(?!\d)", "", re.sub(r"['’]s\b", "", plain))


_READING = re.compile(r"(?<=[\u3005\u4e00-\u9fff])\([\u3040-\u30ff]{1,16}\)")
"""The reading that Japanese texts set behind a name: 開城(ケソン)."""


def _is_latin_mark(text: str, index: int) -> bool:
    if not unicodedata.combining(text[index]):
        return False
    base = next((c for c in reversed(text[:index]) if not unicodedata.combining(c)), "")
    return base < "\u0250"


def skeleton(word: str) -> str:
    """Return what is left of a Latin word when the romanisations of Korean agree (McCune-Reischauer, Revised)."""
    for old, new in (("eo", "o"), ("eu", "u"), ("sh", "s"), ("ph", "p"), ("th", "t"), ("kh", "k"), ("ch", "c")):
        word = word.replace(old, new)
    word = word.translate(str.maketrans("gdbjr", "ktpcl"))
    return re.sub(r"(.)\1", r"\1", word)


def name_keys(name: str) -> set[str]:
    """Return the keys under which a place name is found: its skeleton, with and without '-ri', '-up', '-si'."""
    parts = _split(fold(name).replace("-", " "))
    if not parts:
        return set()
    if not parts[0].isascii():
        whole = "".join(parts)
        return {whole, whole[:-1]} if whole[-1] in _CJK_SUFFIXES and len(whole) > 2 else {whole}
    keys = {latin_key(parts)}
    while len(parts) > 1 and parts[-1] in words().place_suffixes:
        parts = parts[:-1]
        keys.add(latin_key(parts))
    return {key for key in keys if len(key) > 3 or name.isupper()}


def latin_key(parts: list[str]) -> str:
    """Return the joined skeletons of Latin words."""
    return "".join(skeleton(part) for part in parts)


def _split(folded: str) -> list[str]:
    return re.findall(r"\d+(?:[.,]\d+)*|[a-z]+|[^\x00-\u02ff\s]+|[,;/()]", folded)


@lru_cache(maxsize=1)
def _vocabulary() -> dict[str, Token]:
    known = words()
    table = {word: Token(kind, word, kind) for kind, group in known.words.items() for word in group}
    for kind, groups in (("sea", known.seas), ("country", known.countries)):
        table |= {name: Token(kind, name, value) for value, names in groups.items() for name in names}
    for english, point in known.compass.items():
        nouns, parts = _compass_forms(english, point)
        for adjective, forms in ((False, nouns), (True, parts)):
            table |= {
                form: Token("compass", form, point.azimuth_deg, point.half_width_deg, adjective) for form in forms
            }
    return table


def _compass_forms(english: str, point: CompassPoint) -> tuple[list[str], list[str]]:
    """Return the words for a direction, and those for a part of something that lies in it."""
    split = re.sub(r"(north|south)(east|west)$", r"\1 \2", english)
    initials = "".join(word[0] for word in re.findall("north|south|east|west", english))
    nouns = [english, split, f"{english}ward", f"{english}wards", f"{initials} of"]
    nouns += [f"{point.japanese}{ending}" for ending in ("", "側", "方")]
    parts = [f"{english}ern", f"{split}ern", f"{english}ernmost", f"{english} region", f"{point.japanese}部"]
    for word in point.korean:
        nouns += [f"{word}{ending}" for ending in ("쪽", "방", "측")] + ([word] if len(word) > 1 else [])
        parts += [f"{word}{ending}" for ending in ("부", "부지역", "부지방")]
    if len(point.japanese) == 1:
        parts += [f"{point.korean[0]}해안", f"{point.japanese}岸", f"{point.japanese}海岸"]
    return nouns, parts


@lru_cache(maxsize=1)
def _region_keys() -> dict[str, str]:
    return {
        (latin_key(name.split()) if name.isascii() else name): value
        for value, names in words().regions.items()
        for name in names
    }


@lru_cache(maxsize=1)
def districts() -> dict[str, tuple[str, ...]]:
    """Return first-level districts' names (English, Japanese, Korean) by the ids of their shapes, read once."""
    return msgspec.json.decode((_DATA / "districts.json").read_bytes(), type=Names)


@lru_cache(maxsize=1)
def _district_keys() -> dict[str, str]:
    """Return the neighbours' districts by name; North Korea's are regions."""
    found: dict[str, str] = {}
    for key, (english, *others) in districts().items():
        if key.startswith("district:"):
            parts = english.lower().split()
            spelled = [parts, [*parts, "prefecture"], [*parts, "province"]][english in _WORDS :]
            found |= dict.fromkeys((*map(latin_key, spelled), *others), key)
    return found


_WORDS = frozenset(("Saga", "Mie"))
"""Districts whose English name alone may be another word."""


def read_tokens(phrase: str, places: Mapping[str, object]) -> list[Token]:
    """Return the tokens of a phrase; `places` holds the keys (see `name_keys`) of known place names."""
    pieces = _split(fold(phrase).replace("-", " "))
    tokens: list[Token] = []
    at = 0
    while at < len(pieces):
        if pieces[at].isascii():
            token, used = _read_latin(pieces[at : at + 6], places)
            tokens.append(token)
            at += used
        else:
            end = next((i for i in range(at, len(pieces)) if pieces[i].isascii()), len(pieces))
            tokens += _read_run(pieces[at:end], places)
            at = end
    return tokens


def _read_latin(pieces: list[str], places: Mapping[str, object]) -> tuple[Token, int]:
    first = pieces[0]
    if first[0].isdigit():
        return Token("number", first, float(first.replace(",", ""))), 1
    if first in {",", ";", "/", "(", ")"}:
        return Token("sep", first), 1
    latin = list(takewhile(lambda piece: piece.isascii() and piece.isalpha(), pieces))
    vocabulary, regions = _vocabulary(), _region_keys()
    for count in range(len(latin), 0, -1):
        text, key = " ".join(latin[:count]), latin_key(latin[:count])
        if text in vocabulary:
            return vocabulary[text], count
        if key in places and key not in regions:
            suffixes = takewhile(lambda piece: piece in words().place_suffixes, latin[count:])
            return Token("place", text, key), count + len(list(suffixes))
        for kind, known in (("region", regions), ("district", _district_keys())):
            if key in known:
                return Token(kind, text, known[key]), count
    return Token("unknown", first), 1


def _read_run(pieces: list[str], places: Mapping[str, object]) -> list[Token]:
    run, ends = "".join(pieces), list(accumulate(map(len, pieces)))
    vocabulary, regions = _vocabulary(), _region_keys()
    tokens: list[Token] = []
    unknown = ""
    at = 0
    while at < len(run):
        piece = next(
            (
                run[at : at + n]
                for n in range(min(12, len(run) - at), 0, -1)
                if not _splits_word(run, ends, at, at + n)
                and any(run[at : at + n] in known for known in (vocabulary, regions, places, _district_keys()))
            ),
            "",
        )
        if piece and unknown:
            tokens.append(Token("unknown", unknown))
            unknown = ""
        if piece in vocabulary:
            tokens += _with_coast(vocabulary[piece])
        elif piece in regions:
            tokens.append(Token("region", piece, regions[piece]))
        elif piece in places:
            tokens.append(Token("place", piece, piece))
        elif piece:
            tokens.append(Token("district", piece, _district_keys()[piece]))
        else:
            unknown += run[at]
        at += len(piece) or 1
    return [*tokens, Token("unknown", unknown)] if unknown else tokens


def _splits_word(run: str, ends: list[int], start: int, end: int) -> bool:
    """Tell whether a piece of a run takes the beginning of a known word that a space sets off: 혜산 동쪽."""
    word_end = next(i for i in ends if i >= end)
    word_start = next((i for i in reversed(ends) if i < end), 0)
    return start < word_start and end < word_end and run[word_start:word_end] in _vocabulary()


def _with_coast(token: Token) -> list[Token]:
    if token.kind == "compass" and token.text.endswith(("岸", "해안")):
        return [token, Token("coast", token.text, "coast")]
    return [token]
