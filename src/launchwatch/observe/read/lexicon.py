"""The word lists of each language: package data, read once when a report in that language first comes.

Patterns are written with regard to bounded work: every repetition has a limit, and sentences have one too. They
are matched on text whose ASCII letters are lower case (`Sentence.low`), which is twice as fast as matching blind
to case; `cased` patterns, where capitals tell names, are matched on the text as it stands.
"""

import re
import tomllib
from functools import cache
from importlib import resources
from typing import Any

from launchwatch.observe.read.patterns import Pattern

Table = dict[str, Any]
FILES = {
    "en": ("english.toml", "english_phrases.toml", "english_places.toml", "english_context.toml"),
    "ja": ("japanese.toml", "japanese_context.toml"),
    "ko": ("korean.toml", "korean_context.toml"),
}
_UPPER = re.compile(r"\\.|\(\?P[<=>]|[A-Z]+")


class Lexicon:
    """The words of one language together with those that all share.

    State: the tables, fixed after reading, and stores of compiled patterns and word sets that only grow. Reading
    one is safe from several threads; at worst it is made twice.
    """

    def __init__(self, language: str, tables: Table) -> None:
        self.language = language
        self.tables = tables
        self._compiled: dict[tuple[str, ...], Pattern] = {}
        self._cased: dict[str, Pattern] = {}
        self._words: dict[tuple[str, ...], frozenset[str]] = {}

    def table(self, *path: str) -> Any:  # noqa: ANN401 - tables hold what their file holds
        """Return what stands in the tables at a path."""
        found: Any = self.tables
        for key in path:
            found = found[key]
        return found

    def words(self, *path: str) -> frozenset[str]:
        """Return the words of a space-separated list or of an array at a path."""
        found = self._words.get(path)
        if found is None:
            stated = self.table(*path)
            found = self._words[path] = frozenset(stated.split() if isinstance(stated, str) else stated)
        return found

    def regex(self, *path: str) -> Pattern:
        """Return the pattern at a path, for text in lower case; `{macro}` and `{table.key}` are filled in."""
        found = self._compiled.get(path)
        if found is None:
            found = self._compiled[path] = self.compile(self.table(*path))
        return found

    def compile(self, pattern: str | list[str]) -> Pattern:
        """Return a pattern for text in lower case."""
        return Pattern(re.compile(self.lowered(pattern)))

    def lowered(self, pattern: str | list[str]) -> str:
        """Return a pattern with `{macro}` and `{table.key}` filled in, its own letters in lower case."""
        return _UPPER.sub(_lowered, self.filled(pattern))

    def cased(self, pattern: str | list[str]) -> Pattern:
        """Return a pattern for text as it stands."""
        filled = self.filled(pattern)
        found = self._cased.get(filled)
        if found is None:
            found = self._cased[filled] = Pattern(re.compile(filled))
        return found

    def left_out(self, rule: str, words: str) -> str:
        """Return the note on words that a rule leaves, such as 'left out as a capability: 14,000 km'."""
        return f"{self.table('left', rule.removeprefix('left.'))}: {words}"

    def filled(self, pattern: str | list[str]) -> str:
        """Return a pattern, or several as alternatives, with `{macro}` and `{table.key}` filled in as groups."""
        whole = pattern if isinstance(pattern, str) else "|".join(pattern)
        return _MACRO.sub(lambda match: f"(?:{self._macro(match)})", whole)

    def _macro(self, match: re.Match[str]) -> str:
        if match["key"]:
            return self.filled(self.table(match["table"], match["key"]))
        return self.filled(self.table("macros", match["table"]))


_MACRO = re.compile(r"\{(?P<table>[a-z][a-z_]*)(?:\.(?P<key>[a-z_]+))?\}")


def _lowered(match: re.Match[str]) -> str:
    """Return capitals in lower case; escapes and group marks as they are."""
    return match[0] if match[0][0] in "\\(" else match[0].lower()


def any_of(alternatives: list[str]) -> str:
    """Return one pattern for several, longest first."""
    return "(?:" + "|".join(sorted(alternatives, key=lambda text: (-len(text), text))) + ")"


@cache
def lexicon_for(language: str) -> Lexicon:
    """Return the lexicon of a supported language."""
    tables: Table = {}
    for name in ("common.toml", *FILES[language]):
        for key, value in _read(name).items():
            tables[key] = _merged(tables.get(key), value)
    return Lexicon(language, tables)


def _read(name: str) -> Table:
    data = resources.files("launchwatch.observe.read").joinpath("data", name)
    return tomllib.loads(data.read_text(encoding="utf-8"))


def _merged(old: Any, new: Any) -> Any:  # noqa: ANN401 - see Lexicon.table
    if isinstance(old, list):
        return [*old, *new]
    return {**old, **new} if isinstance(old, dict) else new
