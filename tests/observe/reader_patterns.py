"""Every pattern of the reader by name: those of the tables, those in modules, and those that functions make.

A pattern is compiled once and kept, so what makes one is a function with a cache: each of them is called with
every lexicon or language whose tables it knows.
"""

import inspect
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from importlib import import_module
from itertools import product
from pkgutil import walk_packages
from types import ModuleType

from launchwatch.observe import read
from launchwatch.observe.read.lexicon import lexicon_for
from launchwatch.observe.read.patterns import Choices, Pattern

NO_PATTERNS = ("example", "source", "kind", "id", "value", "name")
"""Ends of the keys whose text is no pattern."""

PARTICLES = ("from", "at", "toward", "struck", "landing")


@cache
def of_tables(language: str) -> dict[str, str]:
    """Return the texts of a language's tables that may be patterns, with their macros still to be filled in."""
    rows = _texts(lexicon_for(language).tables)
    return {f"{language}: {name}": text for name, text in rows if not name.endswith(NO_PATTERNS)}


@cache
def of_modules() -> dict[str, Pattern | re.Pattern[str]]:
    """Return the patterns that stand in modules."""
    return {
        name: pattern
        for module in _modules()
        for name, value in vars(module).items()
        for name, pattern in _patterns(f"{module.__name__}.{name}", value)
    }


@cache
def made(language: str) -> dict[str, Pattern | re.Pattern[str]]:
    """Return the patterns that functions make for a language."""
    return {
        name: pattern
        for module in _modules()
        for function in vars(module).values()
        if hasattr(function, "cache_info") and function.__module__ == module.__name__
        for name, pattern in _patterns(
            f"{language}: {module.__name__}.{function.__name__}", [*_called(function, language)]
        )
    }


def _called(function: Callable[..., object], language: str) -> Iterator[object]:
    """Yield what a function makes for a language; nothing where the language's tables lack what it asks for."""
    known = {"lexicon": [lexicon_for(language)], "language": [language], "particle": PARTICLES}
    names = list(inspect.signature(function).parameters)
    if function is not lexicon_for and {"lexicon", "language"}.intersection(names):
        for arguments in product(*(known[name] for name in names)):
            with suppress(KeyError):
                yield function(*arguments)


def _patterns(name: str, value: object) -> Iterator[tuple[str, Pattern | re.Pattern[str]]]:
    """Yield the patterns in a value and in the rows that it holds."""
    if isinstance(value, Pattern | re.Pattern):
        yield name, value
    elif isinstance(value, Choices):
        yield from ((f"{name}.{number}", re.compile(text)) for number, text in enumerate(value._patterns))
    elif isinstance(value, tuple | list):
        for number, inner in enumerate(value):
            yield from _patterns(f"{name}.{number}", inner)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _patterns(f"{name}.{key}", inner)


def _texts(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield ".".join(path), value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _texts(inner, (*path, str(number)))


@cache
def _modules() -> tuple[ModuleType, ...]:
    return tuple(import_module(module.name) for module in walk_packages(read.__path__, f"{read.__name__}."))
