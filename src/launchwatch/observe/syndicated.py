"""RSS and Atom feeds to documents: one for each item, with its link, date and outlet.

Declared entities of the document are never expanded: a feed that declares them nested is a bomb.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Final

from launchwatch.basis.errors import InputError
from launchwatch.observe.documents import Document, with_headline
from launchwatch.observe.encodings import ALLOWED
from launchwatch.observe.pages import plain_markup

MOST_ITEMS: Final = 5_000
"""Feeds hold some 20 to 1,000 items; an archive of more is split."""

MOST_TAGS: Final = 200_000
"""A thousand items have some 20,000; nested without an end, these take feedparser seconds."""

_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)


def read_feed(data: bytes) -> Iterator[Document | InputError]:
    """Yield a feed's items as documents, those without words as their error.

    Raises InputError for what is no feed.
    """
    if _ENTITY.search(data):
        raise InputError(
            "feed declares entities of its own", given=data[:60], allowed="RSS or Atom without <!ENTITY"
        )
    if data.count(b"<") > MOST_TAGS:
        raise InputError(
            "feed holds too much markup", given=data[:60], allowed=f"{MOST_TAGS} tags", try_="parts of it"
        )
    feed = _parse(data)
    if not feed.get("version") and not feed["entries"]:
        raise InputError("this XML is no feed", given=data[:60], allowed=ALLOWED)
    if not feed["entries"]:
        raise InputError("feed holds no items", given=data[:60], allowed=ALLOWED)
    about = feed["feed"]
    for number, entry in enumerate(feed["entries"]):
        if number == MOST_ITEMS:
            yield InputError(
                "feed holds too many items", given=len(feed["entries"]), allowed=f"{MOST_ITEMS} items"
            )
            return
        yield _item(entry, about)


def _parse(data: bytes) -> Any:
    import feedparser

    try:
        return feedparser.parse(BytesIO(data), sanitize_html=False, resolve_relative_uris=False)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - a broken feed raises whatever its loose parser runs into
        reason = f"feed cannot be read: {error or type(error).__name__}"
        raise InputError(reason, given=data[:60], allowed=ALLOWED) from None


def _item(entry: Any, about: Any) -> Document | InputError:
    contents = [part.get("value", "") for part in entry.get("content", ())] or [entry.get("summary", "")]
    title = plain_markup(entry.get("title") or "")
    text = with_headline(title, "\n\n".join(plain_markup(str(part)) for part in contents if part))
    if not text.strip():
        return InputError("item of a feed has no words", given=entry.get("link") or entry.get("id") or "")
    source = entry.get("source") or {}
    outlet = source.get("title") if isinstance(source, dict) else None
    link = str(entry.get("link") or "")
    return Document(
        text=text,
        outlet=plain_markup(str(outlet or about.get("title") or ""))[:300] or None,
        published=_instant(
            next((entry[name] for name in ("published_parsed", "updated_parsed") if name in entry), None)
        ),
        url=link[:2000] if link.startswith(("http://", "https://")) else None,
        language=None,
    )


def _instant(parsed: Any) -> str | None:
    if parsed is None:
        return None
    try:
        year, month, day, hour, minute, second = parsed[:6]
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC).isoformat()
    except (ValueError, TypeError):
        return None
