"""What every form of report comes to before it is a fact: its text and what it states about itself."""

import re

import msgspec

_SPACE = re.compile(r"[^\S\n]+")
_BREAKS = re.compile(r"\s*\n\s*\n\s*")
_BREAK = re.compile(r" ?\n ?")


class Document(msgspec.Struct):
    """The five keys of a report; in JSON no other key is ever looked at."""

    text: str
    outlet: str | None = None
    published: str | None = None
    url: str | None = None
    language: str | None = None


class Printed(Document):
    """A document in a file that says when it was made: an ISO date, or None."""

    made: str | None = None


def tidy(text: str) -> str:
    """Return a text with single spaces, and at most one empty line between lines."""
    text = _SPACE.sub(" ", text.replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n\n"))
    return _BREAKS.sub("\n\n", _BREAK.sub("\n", text)).strip()


def with_headline(title: str | None, text: str) -> str:
    """Return a text under its headline, unless it starts with it already."""
    line = " ".join((title or "").split())
    if not line or line in " ".join(text[: len(line) + 400].split()):
        return text
    return f"{line}\n\n{text}".rstrip()
