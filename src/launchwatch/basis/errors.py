"""Errors, one class for each thing that a caller does differently.

LaunchwatchError
├── InputError (ValueError)        the evidence or argument is unusable; says what was given and what is allowed
│   ├── ScenarioError              a scenario file
│   └── NoEvidenceError            nothing usable was left
├── UnknownNameError (LookupError) a name that nobody knows; offers near ones
├── LogError (RuntimeError)        the evidence log cannot be used
│   └── BrokenChainError           a row of the log is not what was written
└── NotConvergedError (ArithmeticError)  an estimate that must not be believed
"""

import json
import re
from collections.abc import Iterable
from difflib import get_close_matches

_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)


class LaunchwatchError(Exception):
    """Base of all errors that launchwatch raises on purpose."""


class InputError(LaunchwatchError, ValueError):
    """Unusable evidence or argument: `given`, what is `allowed` (with units) and what to `try_`."""

    def __init__(self, message: str, *, given: object = None, allowed: str = "", try_: str = "") -> None:
        parts = [message]
        if given is not None:
            parts.append(f"given {shorten(given)}")
        if allowed:
            parts.append(f"allowed: {allowed}")
        if try_:
            parts.append(f"try {try_}")
        super().__init__("; ".join(parts))
        self.message, self.given, self.allowed, self.try_ = message, given, allowed, try_


class ScenarioError(InputError):
    """A scenario that cannot be simulated."""


class NoEvidenceError(InputError):
    """Nothing usable among the evidence."""


class UnknownNameError(LaunchwatchError, LookupError):
    """A name that is not known, with its near matches."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        known = sorted(known)
        near = get_close_matches(name, known, n=3) or [one for one in known if name.strip() and name in one][:3]
        hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(known)}"
        super().__init__(f"unknown {kind} {name!r}; {hint}")
        self.kind, self.name, self.known, self.near = kind, name, known, near


class LogError(LaunchwatchError, RuntimeError):
    """The evidence log cannot be opened, read or written."""


class BrokenChainError(LogError):
    """Row `seq` of the log does not hash to what it says."""

    def __init__(self, seq: int, reason: str) -> None:
        super().__init__(f"evidence log broken at row {seq}: {reason}")
        self.seq, self.reason = seq, reason


class NotConvergedError(LaunchwatchError, ArithmeticError):
    """An estimate whose sampler or filter did not converge; `diagnostics` says how far it came."""

    def __init__(self, message: str, **diagnostics: float) -> None:
        detail = ", ".join(f"{name} {value:.3g}" for name, value in diagnostics.items())
        super().__init__(f"{message} ({detail})" if detail else message)
        self.diagnostics = diagnostics


def shorten(value: object, limit: int = 80) -> str:
    """Return `repr(value)` cut to `limit` characters, for messages."""
    text = repr(value)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def plain(value: object, limit: int = 200) -> str:
    """Return a value as one line of printable text, cut to `limit`: words as they are, bytes in hex, else JSON."""
    if isinstance(value, bytes | bytearray):
        text = value.hex(" ")
    else:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = printable(" ".join(text[: 4 * limit].split()))
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def printable(text: str) -> str:
    """Return a text with what would move a terminal's cursor or turn its writing direction shown as escapes."""
    return _UNPRINTABLE.sub(lambda match: ascii(match[0])[1:-1], text)
