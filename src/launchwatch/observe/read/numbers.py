"""Numbers in digits and words: '1,000', 'eleven', '数発', '1万4千', '다섯'."""

import re
from functools import cache
from typing import Final

_ONES: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety"
_ENGLISH: Final = {
    **{word: value for value, word in enumerate(_ONES.split())},
    **{word: 10 * value for value, word in enumerate(_TENS.split(), 2)},
    "dozen": 12,
}
_KOREAN: Final = {
    **{word: value for value, word in enumerate("영일이삼사오육칠팔구십")},
    **dict(zip(("한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉", "열"), range(1, 11), strict=True)),
}
_KANJI: Final = {word: value for value, word in enumerate("〇一二三四五六七八九十")}
_WORDS: Final = {"en": _ENGLISH, "ja": _KANJI, "ko": _KOREAN}

DIGITS: Final = (
    r"(?:(?<![\d.,])\d{1,3}(?:,\d{3}){1,3}(?:\.\d{1,3})?(?![\d])|(?<![\d.,])\d{1,7}(?:\.\d{1,3})?(?![\d]))"
)
"""A number in digits; the look-behind keeps the search from starting again inside a long run of digits."""
CJK_DIGITS: Final = (
    r"(?:(?<![\d.,])(?:\d{1,3}(?:\.\d)?[万만]\s?)?(?:\d{1,3}(?:\.\d)?[千천]\s?)?(?:\d{1,3}(?:\.\d)?[百백]\s?)?"
    r"(?:\d{1,3}(?:,\d{3}){1,2}(?:\.\d{1,3})?|\d{1,7}(?:\.\d{1,3}|・\d(?!\d))?)?(?<=[\d万만千천百백\s]))"
)
"""A number in digits with the powers of Chinese writing: '1万4000', '1만4천', '6千'; '6248・5' has a decimal."""


@cache
def number_pattern(language: str) -> str:
    """Return a pattern for a number in digits or, in English, a word."""
    if language != "en":
        return CJK_DIGITS
    tens = rf"(?:{_TENS.replace(' ', '|')})(?:-(?:one|two|three|four|five|six|seven|eight|nine))?"
    words = "|".join(sorted(_ENGLISH, key=len, reverse=True))
    return rf"(?:{DIGITS}|\b(?:{tens}|{words})\b)(?: and a half\b)?"


def parse_number(text: str, language: str) -> float | None:
    """Return the value of a number in digits or words, or None."""
    text = text.strip().replace(",", "").replace("・", ".").casefold()
    if re.fullmatch(r"\d{1,9}(?:\.\d{1,3})?", text):
        return float(text)
    if re.search(r"[万만千천百백]", text):
        return _with_powers(text)
    if text.endswith(" and a half"):
        whole = parse_number(text.removesuffix(" and a half"), language)
        return None if whole is None else whole + 0.5
    words = _WORDS[language]
    if text in words:
        return float(words[text])
    if "-" in text:
        tens, _, ones = text.partition("-")
        return float(words[tens] + words[ones]) if tens in words and ones in words else None
    return None


def _with_powers(text: str) -> float | None:
    total = 0.0
    for marks, power in (("万만", 10_000), ("千천", 1000), ("百백", 100)):
        match = re.match(rf"\s*(\d{{1,3}}(?:\.\d)?)?[{marks}]", text)
        if match:
            total += float(match[1] or 1) * power
            text = text[match.end() :]
    rest = text.strip()
    if rest and not re.fullmatch(r"\d{1,7}(?:\.\d{1,3})?", rest):
        return None
    return total + float(rest or 0)
