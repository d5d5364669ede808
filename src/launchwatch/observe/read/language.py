"""Which language a text is in, by its letters and its commonest words; nothing is downloaded or learnt."""

import re
from typing import Final

SUPPORTED: Final = ("en", "ja", "ko")
"""Languages whose reports are read; texts in others are recognised where possible and left unread."""

_SAMPLE = 20_000  # characters looked at; a report's language shows in its first lines
_SCRIPTS = (
    ("ko", re.compile("[\uac00-\ud7a3\u1100-\u11ff\u3131-\u318e]")),
    ("ja", re.compile("[\u3041-\u3096\u30a1-\u30fa]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
    ("ar", re.compile("[\u0600-\u06ff]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("hi", re.compile("[\u0900-\u097f]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
    ("el", re.compile("[\u0370-\u03ff]")),
)
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
_WORD = re.compile("[A-Za-z\u00c0-\u024f]+")
_COMMON = {
    "en": "the of and to in a on was that it from said by with is at has its for were as had not be",
    "fr": "le la les des du un une et en que qui dans pour sur est par au aux avec pas son sa",
    "de": "der die das und den dem ein eine von zu mit auf ist im nicht des sich hat war nach",
    "es": "el la los las de del un una y en que por para con se es al su lo no fue",
    "it": "il lo la gli di del della un una e che in per con si è al sono dal non",
    "pt": "o a os as de do da um uma e que em para com por se foi no na ao",
    "id": "yang dan di ke dari untuk pada dengan ini itu telah adalah tidak oleh dalam",
    "tr": "ve bir bu da de için ile olarak olan den dan çok daha",
    "vi": "và của là một các được trong cho không với",
    "nl": "de het een en van in op te dat met voor is niet zijn",
    "pl": "i w na z do się że nie to o od po za przez",
}
_COMMON_SETS = {name: frozenset(words.split()) for name, words in _COMMON.items()}
_NAMES = {
    "english": "en",
    "japanese": "ja",
    "korean": "ko",
    "jp": "ja",
    "kr": "ko",
    "eng": "en",
    "jpn": "ja",
    "kor": "ko",
}


def language_of(stated: str | None, text: str) -> str | None:
    """Return the two-letter code of the language that a report states, else of the one that its text is in."""
    return language_code(stated) if stated else detect_language(text)


def language_code(stated: str) -> str:
    """Return the two-letter code of a stated language: 'en-US', 'EN' and 'English' are all 'en'."""
    word = re.split(r"[-_ ]", stated.strip().casefold(), maxsplit=1)[0]
    return _NAMES.get(word, word)


def detect_language(text: str) -> str | None:
    """Return the two-letter code of the language of a text, or None if it cannot be told."""
    sample = text[:_SAMPLE]
    counts = {name: len(script.findall(sample)) for name, script in _SCRIPTS}
    latin = len(_LATIN.findall(sample))
    script = max(counts, key=lambda name: counts[name])
    # A few borrowed letters do not make a language: one foreign letter in five decides for the other script.
    if counts[script] * 4 > latin and counts[script] > 0:
        return _among_han(script, counts)
    return _among_latin(sample)


def _among_han(script: str, counts: dict[str, int]) -> str:
    """Tell Japanese, whose kanji may outnumber its kana, from Chinese."""
    if script == "zh" and counts["ja"] * 8 > counts["zh"]:
        return "ja"
    if script == "zh" and counts["ko"] * 4 > counts["zh"]:
        return "ko"
    return script


def _among_latin(sample: str) -> str | None:
    words = [word.casefold() for word in _WORD.findall(sample)]
    if not words:
        return None
    shares = {name: sum(word in common for word in words) / len(words) for name, common in _COMMON_SETS.items()}
    best = max(shares, key=lambda name: (shares[name], name == "en"))
    # English news has a share near 0.3; below 0.08 the words are a list, a code or another language. A few words
    # show nothing either way and are read as English.
    return best if shares[best] >= 0.08 or (len(words) < 12 and best == "en") else None
