"""What a model answered, taken apart: quotes that are to be anchored, and the reasons why the rest is nothing.

answer    choices[0].message.content   a JSON text
content   claims[]                     attribute, quote, speaker, about (see `asking.schema`)

An endpoint may ignore the schema that it was sent. So each item is checked on its own: a bad one is refused and
the others stand; a field that nobody asked for is refused and never read.
"""

from typing import Annotated, Any, Literal, NamedTuple

import msgspec

from launchwatch.basis.errors import InputError, plain
from launchwatch.facts import Attribute
from launchwatch.observe.read.quotes.asking import LONGEST_QUOTE, MOST_QUOTES

_Quote = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_QUOTE)]
_FIELDS = frozenset(("attribute", "quote", "speaker", "about"))


class Pointed(msgspec.Struct, frozen=True, kw_only=True):
    """Where a model points: an attribute, the words that state it, those that name who says so, which launch."""

    attribute: Attribute
    quote: _Quote
    speaker: _Quote | None = None
    about: Literal["main", "previous"] = "main"


class Refused(NamedTuple):
    """Something of an answer that is not used: what it was and why."""

    given: str
    reason: str


class _Message(msgspec.Struct):
    content: str | None = None
    refusal: str | None = None


class _Choice(msgspec.Struct):
    message: _Message
    finish_reason: str | None = None


class _Answer(msgspec.Struct):
    choices: list[_Choice]


def pointed_in(answer: bytes) -> tuple[list[Pointed], list[Refused]]:
    """Return where an answer points, and what of it is refused.

    Raises InputError where the whole of it is none: not JSON, not of the form, cut off, or empty.
    """
    content = _content(answer)
    if content.lstrip()[:3] == "```":
        raise InputError(
            "the model's answer is JSON in a Markdown fence: the endpoint ignores the schema that it was sent",
            given=content[:80],
            try_="an endpoint and model that keep to `response_format` json_schema",
        )
    document = _decoded(content.encode("utf-8", "replace"), dict[str, Any], "the model's answer is no JSON object")
    items = document.get("claims")
    if not isinstance(items, list):
        raise InputError("the model's answer has no list of claims", given=content, allowed='{"claims": [...]}')
    refused = [_unasked(name) for name in list(document)[:MOST_QUOTES] if name != "claims"]
    if len(items) > MOST_QUOTES:
        refused.append(Refused(f"{len(items)} quotes", f"only the first {MOST_QUOTES} quotes are looked at"))
    pointed: list[Pointed] = []
    for item in items[:MOST_QUOTES]:
        found, why = _item(item)
        refused += why
        pointed += [one for one in found if one not in pointed]
    return pointed, refused


def _content(answer: bytes) -> str:
    choices = _decoded(answer, _Answer, "the endpoint's answer is no chat completion").choices
    if not choices:
        raise InputError("the endpoint's answer holds no choice")
    first = choices[0]
    if first.finish_reason == "length":
        raise InputError("the model's answer was cut off", allowed="an answer that ends", try_="a shorter report")
    if first.message.content is None:
        raise InputError("the model gave no answer", given=first.message.refusal or first.finish_reason)
    return first.message.content


def _decoded(data: bytes, form: Any, message: str) -> Any:  # noqa: ANN401 - of the form that is asked for
    try:
        return msgspec.json.decode(data, type=form)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{message}: {error}", given=data[:80].decode("utf-8", "replace")) from None


def _item(item: object) -> tuple[list[Pointed], list[Refused]]:
    if not isinstance(item, dict):
        return [], [Refused(plain(item, 80), "an item of claims is no object")]
    refused = [_unasked(str(name)) for name in list(item)[:MOST_QUOTES] if name not in _FIELDS]
    try:
        return [msgspec.convert({name: item.get(name) for name in _FIELDS}, Pointed)], refused
    except msgspec.ValidationError as error:
        return [], [*refused, Refused(plain(item), f"no quote of the form asked for: {error}")]


def _unasked(name: str) -> Refused:
    return Refused(plain(name, 80), "a field that was not asked for; it was not read")
