r"""Ships from AIS sentences (NMEA 0183), taken apart by pyais.

    \s:source,c:Unix s*hh\!AIVDM,parts,part,sequence,channel,payload,fill*hh
    1, 2, 3, 18, 19, 27   position reports: MMSI, longitude, latitude, speed (knots), course (degrees), second
    4, 11                 a station's UTC date and time: the clock of what follows where no line has one
    5, 24                 a ship's name

ITU-R M.1371-5, annex 8. The time of receipt is the tag block's `c`, or an ISO 8601 or Unix time before the
sentence; the report's own second (0 to 59) makes it the time of the position. Sentences whose checksum is wrong,
parts that never came and messages that pyais refuses are recorded and left out.
"""

import math
import re
from collections import OrderedDict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from launchwatch.basis.errors import InputError
from launchwatch.basis.instants import parse_instant
from launchwatch.observe.aircraft import KNOT_M_S
from launchwatch.observe.collecting import Refused
from launchwatch.observe.positions import Positions, Told

if TYPE_CHECKING:
    from pyais.messages import AISSentence

MOST_OPEN = 1000
"""Messages whose other parts are waited for: a busy port's in a few seconds."""

_LONGEST_LINE = 1024
_HIGH_SIGMA_M, _LOW_SIGMA_M = 10.0, 50.0
_REPORTS = frozenset({1, 2, 3, 18, 19, 27})
_LATE_S = 30.0  # a report may wait so long on its way; its second then still names one minute
_BEFORE = re.compile(rb"^\s*([0-9][0-9TZ:.+\- ]{5,34}?)[\s,;]+(?=[\\!])")
_SENTENCE = re.compile(rb"[!$][A-Z]{2}VD[MO],")


def looks_like_nmea(start: bytes) -> bool:
    """Return whether the beginning of a file holds AIS sentences."""
    return _SENTENCE.search(start[:4096]) is not None


def take_nmea(lines: Iterable[bytes], positions: Positions) -> None:
    """Take the ships of AIS sentences, one a line."""
    reader = _Reader(positions)
    for number, line in enumerate(lines, start=1):
        if line.strip() and not line.lstrip().startswith(b"#"):
            try:
                reader.line(number, line)
            except Refused as refused:
                positions.note(number, refused)
    reader.finish()


class _Reader:
    """State: parts of messages that wait for the others, names by MMSI, the last clock."""

    def __init__(self, positions: Positions) -> None:
        self.positions = positions
        self.open: OrderedDict[tuple[Any, ...], dict[int, AISSentence]] = OrderedDict()
        self.times: dict[tuple[Any, ...], float | None] = {}
        self.names: dict[int, str] = {}
        self.clock: float | None = None
        self.found: list[tuple[int, Told, int]] = []

    def line(self, number: int, line: bytes) -> None:
        """Take one line."""
        from pyais.exceptions import AISBaseException
        from pyais.messages import AISSentence, NMEASentenceFactory

        if len(line) > _LONGEST_LINE:
            raise Refused("sentence", "line too long", len(line), f"at most {_LONGEST_LINE} bytes")
        received, rest = _received(line)
        try:
            sentence = NMEASentenceFactory.produce(rest)
            if not isinstance(sentence, AISSentence):
                raise Refused("sentence", "no AIS sentence", line[:40])
            if sentence.tag_block is not None:
                sentence.tag_block.init()
        except (AISBaseException, ValueError, IndexError, TypeError, KeyError) as error:
            raise Refused("sentence", f"no AIS sentence: {type(error).__name__}", line[:80]) from None
        tag = sentence.tag_block
        if tag is not None and not tag.is_valid:
            raise Refused("sentence", "tag block with a wrong checksum: its time cannot be believed", line[:80])
        if not sentence.is_valid:
            raise Refused("sentence", "wrong checksum", line[:80], "the XOR of the bytes between ! and *")
        if tag is not None and tag.receiver_timestamp:
            received = _unix(tag.receiver_timestamp)
        self._sentence(number, sentence, received)

    def _sentence(self, number: int, sentence: "AISSentence", received: float | None) -> None:
        if sentence.frag_cnt == 1:
            self._message(number, sentence, received)
            return
        from pyais.messages import AISSentence

        key = (sentence.seq_id, sentence.channel, sentence.frag_cnt, sentence.talker)
        parts = self.open.setdefault(key, {})
        if sentence.frag_num in parts or (sentence.frag_num == 1 and parts):
            self._give_up(key)
            parts = self.open.setdefault(key, {})
        parts[sentence.frag_num] = sentence
        if received is not None:
            self.times.setdefault(key, received)
        if len(parts) == sentence.frag_cnt:
            del self.open[key]
            whole = AISSentence.assemble_from_iterable([parts[at] for at in sorted(parts)])
            self._message(number, whole, self.times.pop(key, None))
        elif len(self.open) > MOST_OPEN:
            self._give_up(next(iter(self.open)))

    def _give_up(self, key: tuple[Any, ...]) -> None:
        parts = self.open.pop(key)
        self.times.pop(key, None)
        reason = f"parts of a message are missing: {len(parts)} of {key[2]} came"
        self.positions.note(None, Refused("sentence", reason, count=len(parts)))

    def _message(self, number: int, sentence: "AISSentence", received: float | None) -> None:
        from pyais.exceptions import AISBaseException

        try:
            message: Any = sentence.decode()
        except (AISBaseException, ValueError, IndexError, TypeError, KeyError, AttributeError) as error:
            given = sentence.raw[:80]
            raise Refused("message", f"cannot be decoded: {type(error).__name__}", given) from None
        kind = message.msg_type
        if kind in (4, 11):
            self._set_clock(message)
        if received is not None:
            self.clock = received
        name = getattr(message, "shipname", None)
        if isinstance(name, str) and name.strip("@ "):
            self.names[message.mmsi] = name.strip("@ ")
        if kind in _REPORTS:
            self._report(number, message)

    def _set_clock(self, message: Any) -> None:
        parts = [getattr(message, name, None) for name in ("year", "month", "day", "hour", "minute", "second")]
        if any(not isinstance(part, int) for part in parts):
            return
        year, month, day, hour, minute, second = parts
        try:
            text = f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}Z"
            self.clock = parse_instant(text)
        except InputError:
            return  # the station does not know the time

    def _report(self, number: int, message: Any) -> None:
        what = f"ship {message.mmsi}"
        if self.clock is None:
            allowed = "a tag block with c:, a time before the sentence, or a base station's report before it"
            raise Refused(what, "no time: AIS reports carry no date or hour", allowed=allowed)
        if message.lat is None or message.lon is None:
            raise Refused(what, "a report cut short: it holds no place")
        course = message.course
        told = Told(
            "ship",
            str(message.mmsi),
            _at_second(self.clock, getattr(message, "second", None)),
            float(message.lat),
            float(message.lon),
            source="AIS",
            sigma_m=_HIGH_SIGMA_M if message.accuracy else _LOW_SIGMA_M,
            course_deg=float(course) if course is not None and course < 360 else None,
            speed_m_s=_speed(message),
        )
        self.found.append((number, told, message.mmsi))

    def finish(self) -> None:
        """Give up what still waits, and hand over the reports with the names that came before or after."""
        for key in list(self.open):
            self._give_up(key)
        for number, told, mmsi in self.found:
            self.positions.take(number, told._replace(name=self.names.get(mmsi)))


def _speed(message: Any) -> float | None:
    told = message.speed
    known = told is not None and told < _no_speed(message.msg_type)
    return float(told) * KNOT_M_S if known else None


def _no_speed(kind: int) -> float:
    """Return the speed, in knots, that means none is available: 63 in the long-range report, 102.3 elsewhere."""
    return 63.0 if kind == 27 else 102.25


def _received(line: bytes) -> tuple[float | None, bytes]:
    """Return the time that stands before a sentence, and the sentence with its tag block."""
    found = _BEFORE.match(line)
    if found is None:
        return None, line.strip()
    return _unix(found[1].decode("ascii", "replace").strip()), line[found.end() :].strip()


def _unix(text: str) -> float:
    """Return Unix seconds of a number or an ISO 8601 text; raises Refused."""
    try:
        value = float(text)
    except ValueError:
        try:
            return parse_instant(text)
        except InputError as error:
            raise Refused("sentence", error.message, error.given, error.allowed, error.try_ or None) from None
    if 1e11 < value < 1e14:  # the tag block's c may be in milliseconds (NMEA 0183 4.10, 7.9.5)
        value /= 1e3
    if not (math.isfinite(value) and 0 < value < 1e11):
        raise Refused("sentence", "time cannot be", text, "Unix seconds")
    return value


def _at_second(received: float, second: object) -> float:
    """Return the last moment before the receipt that has the report's own second; 60 and more mean none."""
    if not isinstance(second, int) or not 0 <= second < 60:
        return received
    late = (received - second) % 60
    return received - late if late <= _LATE_S else received - late + 60 if late >= 58 else received
