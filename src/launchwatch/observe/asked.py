"""Who was asked after damage, and what they answered: a small table that a person keeps.

    who, asked_utc, answered_utc, answer, text

`answer` is `no damage`, `damage` or `not known`; `answered_utc` and `answer` are empty while nobody has answered.
Times are ISO 8601 with their zone. Only such rows let a statement say that no damage was reported.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from typing import Any, get_args

import msgspec

from launchwatch.basis.errors import InputError, printable
from launchwatch.basis.ids import content_id
from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.facts import Answer, Provenance, Rejection
from launchwatch.facts.traffic import Outcome
from launchwatch.observe.collecting import Collector, Refused

MOST_ANSWERS = 10_000
_COLUMNS = ("who", "asked_utc", "answered_utc", "answer", "text")
_ANSWERS: tuple[str, ...] = get_args(Outcome)


@dataclass(frozen=True)
class Asked:
    """The rows of a table of answers, and what was refused."""

    answers: tuple[Answer, ...]
    rejections: tuple[Rejection, ...]


def decode_answers(content: bytes, *, evidence: str, provenance: Provenance, as_of_s: float) -> Asked:
    """Return the answers in a CSV table; never raises on bad content."""
    collector = Collector(evidence, provenance)
    answers: list[Answer] = []
    try:
        for number, row in _rows(content):
            try:
                answers.append(_answer(row, evidence, provenance, as_of_s))
            except Refused as refused:
                collector.note(number, refused)
            except InputError as error:
                given = (error.given, error.allowed or None, error.try_ or None)
                collector.note(number, Refused("answer", error.message, *given))
    except Refused as refused:
        collector.note(None, refused)
    collector.tell_alike()
    return Asked(tuple(answers), tuple(collector.rejections))


def _rows(content: bytes) -> Iterator[tuple[int, Mapping[str, Any]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused("table", "no table of answers: not a text in UTF-8", content[:40]) from None
    head = text.lstrip().partition("\n")[0]
    reader = csv.DictReader(StringIO(text.replace("\0", ""), newline=""), delimiter=max(",;\t", key=head.count))
    try:
        names = [(name or "").strip().lower() for name in reader.fieldnames or ()]
        if not {"who", "asked_utc"} <= set(names):
            raise Refused("table", "no table of answers: columns are missing", names[:8], ", ".join(_COLUMNS))
        reader.fieldnames = names
        for at, row in enumerate(reader):
            if at >= MOST_ANSWERS:
                raise Refused("table", "too many answers", allowed=f"at most {MOST_ANSWERS}")
            yield reader.line_num, row
    except csv.Error as error:
        raise Refused("table", f"table cannot be read on: {error}") from None


def _answer(row: Mapping[str, Any], evidence: str, provenance: Provenance, as_of_s: float) -> Answer:
    def cell(name: str) -> str | None:
        value = row.get(name)
        return printable(" ".join(value.split()))[:500] or None if isinstance(value, str) else None

    who, asked, answered, answer = (cell(name) for name in ("who", "asked_utc", "answered_utc", "answer"))
    if who is None or asked is None:
        raise Refused("answer", "who was asked, or when, is missing", (who, asked))
    what, asked_s = f"answer of {who}", parse_instant(asked)
    if (answered is None) != (answer is None):
        raise Refused(what, "an answer needs its time, and a time its answer", (answered, answer))
    if answer is not None and answer.lower() not in _ANSWERS:
        raise Refused(what, "unknown answer", answer, " or ".join(_ANSWERS))
    answered_s = None if answered is None else parse_instant(answered)
    if answered_s is not None and answered_s < asked_s:
        raise Refused(what, "answered before it was asked", (asked, answered))
    if max(asked_s, answered_s or 0.0) > as_of_s + 60:
        raise Refused(what, "time in the future: later than the run's clock", (asked, answered))
    return Answer(
        id=content_id("answer", evidence, who, asked, answered or "", answer or ""),
        evidence=evidence,
        who=who,
        asked_utc=format_instant(asked_s),
        answered_utc=None if answered_s is None else format_instant(answered_s),
        answer=None if answer is None else msgspec.convert(answer.lower(), Outcome),
        text=cell("text"),
        provenance=provenance,
    )


assert set(_ANSWERS) == {one for part in get_args(Answer.__annotations__["answer"]) for one in get_args(part)}
