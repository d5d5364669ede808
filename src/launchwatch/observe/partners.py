"""What partners sent: each message a partner's fact, or a rejection with its reason.

Layout: a CloudEvent 1.0 as JSON (`facts.message`). A message is asked, in this order, and refused at the first no:
is it of a bearable size and canonical JSON of the known form; from this partner, in this realm, for us; signed by
them; the next of its sequence, after the one that it names; not from the future; of a known kind and version; do
its labels let its sender and us have it; is every number possible. Up to the sequence nothing is believed of it;
from then on it is the partner's, so that it is counted even where it is refused: one bad message stops no feed.
"""

import math
import re
from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

import msgspec

from launchwatch.basis.errors import InputError, LaunchwatchError, plain
from launchwatch.basis.ids import content_id, sha256_hex
from launchwatch.basis.instants import parse_instant
from launchwatch.facts import (
    FieldLabels,
    Label,
    PartnerFact,
    PathSupport,
    Provenance,
    Rejection,
    Standing,
    TrackedState,
)
from launchwatch.facts.checks import check_latitude, check_longitude, check_within
from launchwatch.facts.message import FIRST, LARGEST_BYTES, TYPE, Message, is_genuine, message_bytes
from launchwatch.facts.shared import TIMES, VIEWS, dataschema, shared_decoder

CLOCKS_DIFFER_S = 5.0
"""How far a message may be ahead of our clock. Disciplined clocks agree to a tenth of a second; in 5 s an object
flies 35 km, so that a clock farther off spoils every track and must be seen to."""

_EARTH_M, _HIGHEST_M = 6.3e6, 5e7
FASTEST_M_S = 12_000.0
"""Above escape speed (11.2 km/s) nothing that was launched comes down again."""

_SUBJECT, _NODE = re.compile(r"[a-z]{1,16}-[0-9]{1,12}"), re.compile(r"[A-Za-z0-9_-]{1,40}")
"""Names go into subjects, pages and terminals: nothing else than letters, figures and dashes."""

_DECODER = msgspec.json.Decoder(Message)
_LABELS = msgspec.json.Decoder(dict[str, Label])
_REALM_OF: dict[Standing, str] = {"actual": "live", "exercise": "exercise", "test": "exercise"}


class Heard(NamedTuple):
    """How far a partner's feed was taken: number and digest of the last message that was theirs."""

    number: int = 0
    digest: str = FIRST


class Taken(NamedTuple):
    """What a message came to, and how far the feed is taken after it."""

    heard: Heard
    fact: PartnerFact | Rejection


class _RefusedError(Exception):
    """A message that is not taken: a short kind of reason, and what was given."""

    def __init__(self, why: str, given: object = None, allowed: str = "") -> None:
        super().__init__(why)
        self.why, self.given, self.allowed = why, given, allowed


def parse_shared(
    data: bytes, *, partner: str, key: str, me: str, realm: Literal["live", "exercise"], now_utc: str,
    last: Heard, provenance: Provenance, gap: bool = False,
) -> Taken:  # fmt: skip
    """Return what one message of a partner is; never raises, whatever the bytes.

    `key` is the partner node's public key (hexadecimal), `me` our own node's name. Where messages are missing, ask
    for them again; `gap` takes the message all the same, once they are known to be lost.
    """
    genuine: Message | None = None
    try:
        message = _decoded(data)
        _check_address(message, partner, me, realm)
        if not is_genuine(message, key, realm):
            raise _RefusedError("forged: the signature is not the partner's", message.keyid)  # noqa: TRY301
        number = _check_order(message, data, last, gap)
        genuine = message
        fact = _fact(message, data, partner, me, number, now_utc, provenance)
    except _RefusedError as error:
        heard = last if genuine is None else Heard(int(genuine.sequence), sha256_hex(data))
        return Taken(heard, _rejection(error, data, partner, heard if genuine else None, provenance))
    return Taken(Heard(number, sha256_hex(data)), fact)


def heard_from(facts: Iterable[PartnerFact | Rejection], partner: str) -> Heard:
    """Return how far a partner's feed was taken, from what the log holds of it, in order."""
    heard = Heard()
    for fact in facts:
        if isinstance(fact, PartnerFact):
            if fact.partner == partner:
                heard = Heard(fact.number, fact.digest)
        elif fact.evidence == _evidence(partner) and fact.line is not None:
            heard = Heard(fact.line, fact.id.partition("@")[2])
    return heard


def _evidence(partner: str) -> str:
    return f"partner {partner}"


def _decoded(data: bytes) -> Message:
    if len(data) > LARGEST_BYTES:
        raise _RefusedError("oversized", f"{len(data)} bytes", f"at most {LARGEST_BYTES} bytes")
    try:
        message = _DECODER.decode(data)
        same = message_bytes(message) == data
    except RecursionError:
        raise _RefusedError("nested too deeply", data[:80]) from None
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise _RefusedError(f"broken: no message of the known form: {error}", data[:80]) from None
    if not same:
        raise _RefusedError("broken: not the canonical form of itself", data[:80])
    return message


def _check_address(message: Message, partner: str, me: str, realm: str) -> None:
    head, node, of_realm = (*message.source.split("/"), "", "")[:3]
    if head != "launchwatch" or node != partner or message.source.count("/") != 2:
        raise _RefusedError("wrong sender", message.source, f"launchwatch/{partner}/{realm}")
    if of_realm != realm or _REALM_OF.get(message.status) != realm:
        raise _RefusedError("wrong realm", f"{of_realm}, {message.status}", realm)
    if message.recipient != me:
        raise _RefusedError("wrong recipient", message.recipient, me)


def _check_order(message: Message, data: bytes, last: Heard, gap: bool) -> int:
    if not re.fullmatch(r"[0-9]{20}", message.sequence):
        raise _RefusedError("broken: no sequence number", message.sequence, "20 digits")
    number = int(message.sequence)
    if number <= last.number:
        same = number == last.number and sha256_hex(data) == last.digest
        why = "replayed: it was taken before" if same else "replayed or reordered: its number has passed"
        raise _RefusedError(why, number, f"{last.number + 1}")
    if number > last.number + 1 and not gap:
        raise _RefusedError("reordered or lost: messages before it are missing", number, f"{last.number + 1}")
    if number == last.number + 1 and message.previous != last.digest:
        raise _RefusedError(
            "broken chain: it follows another message than the last", message.previous, last.digest
        )
    if number >= 2**63:
        raise _RefusedError("broken: no sequence number", number, "below 2^63")
    return number


def _fact(
    message: Message, data: bytes, partner: str, me: str, number: int, now_utc: str, provenance: Provenance
) -> PartnerFact:
    latest_s = parse_instant(now_utc) + CLOCKS_DIFFER_S
    kind = _check_kind(message)
    _check_time("time", message.time, latest_s)
    labels = _check_labels(message, partner, me)
    body = bytes(message.data)
    _check_body(kind, body, latest_s)
    if message.revision < 1:
        raise _RefusedError("broken: revision", message.revision, "1 or more")
    digest = sha256_hex(data)
    return PartnerFact(
        id=content_id("partner", partner, message.source, digest),
        partner=partner,
        number=number,
        kind=kind,
        subject=message.subject,
        version=message.revision,
        body=body.decode(),
        digest=digest,
        made_utc=message.time,
        received_utc=now_utc,
        status=message.status,
        provenance=provenance,
        view=message.view,
        labels=labels,
        origin=message.origin,
    )


def _check_kind(message: Message) -> str:
    kind = message.type.removeprefix(TYPE)
    if message.type != TYPE + kind or kind not in VIEWS:
        raise _RefusedError("unknown kind", message.type, ", ".join(VIEWS))
    for name, text, form in (("subject", message.subject, _SUBJECT), ("origin", message.origin, _NODE)):
        if not form.fullmatch(text):
            raise _RefusedError(f"broken: {name}", text, form.pattern)
    if message.view not in VIEWS[kind]:
        raise _RefusedError("unknown view", message.view, ", ".join(VIEWS[kind]))
    if message.dataschema != dataschema(kind):
        raise _RefusedError("unknown version of the exchange format", message.dataschema, dataschema(kind))
    return kind


def _check_time(name: str, text: str, latest_s: float) -> None:
    try:
        ahead = parse_instant(text) - latest_s
    except InputError as error:
        raise _RefusedError(f"broken: {name}: {error.message}", text, error.allowed) from None
    if ahead > 0:
        raise _RefusedError(
            f"future-dated: {name} is {ahead + CLOCKS_DIFFER_S:.1f} s ahead of our clock", text,
            f"at most {CLOCKS_DIFFER_S:g} s ahead",
        )  # fmt: skip


def _check_labels(message: Message, partner: str, me: str) -> FieldLabels:
    try:
        labels = FieldLabels(fields=_LABELS.decode(message.label.encode()))
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise _RefusedError(f"wrongly labelled: {error}", message.label) from None
    if "" not in labels.fields:
        raise _RefusedError("wrongly labelled: no label for all fields", message.label)
    for label in labels.fields.values():
        if not label.admits(me):
            raise _RefusedError("wrongly labelled: the label does not let us have it", message.label)
        if not label.admits(partner):
            raise _RefusedError("wrongly labelled: the label does not let its sender have it", message.label)
        if label.owners == (me,):
            raise _RefusedError("echo: this is our own", message.label)
    if message.origin != partner and all(partner in label.owners for label in labels.fields.values()):
        raise _RefusedError("wrongly labelled: a relay as the sender's own", message.origin, partner)
    if message.origin == me:
        raise _RefusedError("echo: this is our own", message.origin)
    return labels


def _check_body(kind: str, body: bytes, latest_s: float) -> None:
    try:
        shared = shared_decoder(kind).decode(body)
    except RecursionError:
        raise _RefusedError("nested too deeply", body[:80]) from None
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise _RefusedError(f"broken: no shared {kind}: {error}", body[:80]) from None
    try:
        _check_value("", shared)
    except LaunchwatchError as error:
        given = getattr(error, "given", None)
        raise _RefusedError(
            f"impossible: {getattr(error, 'message', error)}", given, getattr(error, "allowed", "")
        ) from None
    said = _at(shared, TIMES.get(kind))
    if said is not None:
        _check_time(TIMES[kind], said, latest_s)


def _at(value: Any, path: str | None) -> Any:  # noqa: ANN401 - built from the allow-lists
    for name in path.split(".") if path else ():
        value = getattr(value, name, None)
    return value if path else None


def _check_value(name: str, value: Any) -> None:  # noqa: ANN401 - built from the allow-lists
    """Refuse what cannot be, by the name that says what it is; raises InputError."""
    if isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            _check_value(field.rstrip("_"), getattr(value, field))
    elif isinstance(value, dict):
        for inner in value.values():
            _check_value(name, inner)
    elif isinstance(value, tuple) and name not in _WHOLE:
        for inner in value:
            _check_value(name, inner)
    elif value is not None and not isinstance(value, bool):
        _check_one(name, value)


def _check_one(name: str, value: Any) -> None:  # noqa: ANN401 - built from the allow-lists
    if isinstance(value, float) and not math.isfinite(value):
        raise InputError(f"{name} is no number", given=value, allowed="finite")
    if name.endswith("_utc") or name == "time_utc":
        parse_instant(value)
    elif name in _WHOLE:
        _WHOLE[name](value)
    elif name.endswith("lat_deg"):
        check_latitude(value)
    elif name.endswith("lon_deg"):
        check_longitude(value)
    elif name in _SHARES:
        check_within(name, value, 0.0, 1.0, "")
    elif isinstance(value, int | float) and abs(value) > _LARGEST:
        raise InputError(f"{name} out of range", given=value, allowed=f"within {_LARGEST:g}")


_LARGEST = 1e12
"""No quantity that is shared, in the unit of its name, has 13 digits."""
_SHARES = frozenset((
    "probability", "probability_low", "probability_high", "existence", "missile", "modes", "class", "territory",
    "over", "sea", "share", "burning", "zone_probability", "p_value", "zones_known", "trajectory",
    "detection_probability",
))  # fmt: skip


def _check_place(value: tuple[float, ...]) -> None:
    if not _EARTH_M <= math.hypot(*value) <= _HIGHEST_M:
        allowed = "6,300 to 50,000 km from its centre"
        raise InputError("position inside the earth or nowhere", given=value, allowed=allowed)


def _check_velocity(value: tuple[float, ...]) -> None:
    if not math.hypot(*value) <= FASTEST_M_S:
        raise InputError("speed out of range", given=value, allowed=f"at most {FASTEST_M_S:g} m/s")


def _check_covariance(value: tuple[Any, ...]) -> None:
    if value and isinstance(value[0], tuple):  # a plot's own, row by row
        value = tuple(number for row in value for number in row)
    size = math.isqrt(len(value))
    if size * size != len(value) or not 1 <= size <= 9:
        raise InputError("covariance has the wrong size", given=len(value), allowed="a square of at most 9 rows")
    rows = [value[i * size : (i + 1) * size] for i in range(size)]
    for i, row in enumerate(rows):
        if not row[i] > 0 or row[i] > 1e18:
            raise InputError("covariance: variance out of range", given=row[i], allowed="above 0, at most 1e18")
        for j in range(i):
            if abs(row[j] - rows[j][i]) > 1e-6 * math.sqrt(row[i] * abs(rows[j][j])):
                raise InputError("covariance is not symmetric", given=(row[j], rows[j][i]), allowed="equal")


def _check_los(value: tuple[float, ...]) -> None:
    if not 0.99 <= math.hypot(*value) <= 1.01:
        raise InputError("line of sight is no unit vector", given=value, allowed="length 1")


_WHOLE: dict[str, Any] = {
    "position_ecef_m": _check_place, "velocity_ecef_m_s": _check_velocity, "covariance": _check_covariance,
    "los_ecef": _check_los,
}  # fmt: skip


def _rejection(
    error: _RefusedError, data: bytes, partner: str, heard: Heard | None, provenance: Provenance
) -> Rejection:
    """Return why a message was refused; where it was counted all the same, its number and digest."""
    id_ = content_id("rejection", partner, data, error.why)
    return Rejection(
        id=id_ if heard is None else f"{id_}@{heard.digest}",
        evidence=_evidence(partner),
        what=f"message of {partner}",
        reason=error.why,
        line=None if heard is None else heard.number,
        given=None if error.given is None else plain(error.given),
        allowed=error.allowed or None,
        provenance=provenance,
    )


def partner_state(fact: PartnerFact) -> TrackedState | None:
    """Return a partner's own state of a track, as far as it can stand beside ours; None where it shows too little.

    Its run is `partner NAME`. Whatever sensors it rests on, it is one path: the partner's. A state that was
    relayed from somebody else is none, since it may rest on what we told them.
    """
    if fact.kind != "state" or fact.origin not in {None, fact.partner}:
        return None
    name = f"partner {fact.partner}"
    try:
        body = msgspec.json.decode(fact.body)
        update = {key: value for key, value in body["update"].items() if key not in _NOT_COMPARED}
        verdict = update.get("verdict")
        path = PathSupport(
            sensor=f"{fact.partner} {fact.subject}", owner=fact.partner, path=name, host=name,
            plots=update["plots"], recent=1, last_utc=update["time_utc"],
        )  # fmt: skip
        if len(update.get("covariance", _STATE)) != len(_STATE):
            return None
        told = {
            "id": fact.id, "run": name, "track": int(body["track"].rpartition("-")[2]), "status": body["status"],
            "update": {
                **update, "verdict": None if verdict is None else {"reasons": (), **verdict},
                "support": (msgspec.to_builtins(path),),
            },
            "provenance": msgspec.to_builtins(fact.provenance),
        }  # fmt: skip
        return msgspec.convert(told, TrackedState)
    except (msgspec.MsgspecError, KeyError, TypeError, ValueError, AttributeError):
        return None


_STATE = range(6 * 6)  # numbers in the covariance of a position and a velocity
_NOT_COMPARED = frozenset(("launch", "impact"))
"""What a confirmation does not rest on: where a partner says that it came from and falls is theirs to say."""
