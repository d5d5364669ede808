"""The one text form of facts: canonical JSON, one registry of kinds, exported schemas.

Canonical here means: UTF-8, no white space, fields in declared order (which only ever grows at the end), and
mapping keys sorted, so that equal facts have equal bytes.
"""

from typing import Any

import msgspec

from launchwatch.basis.errors import InputError, UnknownNameError
from launchwatch.facts.base import Value
from launchwatch.facts.bulletin import Bulletin
from launchwatch.facts.claims import Reading
from launchwatch.facts.event import Event
from launchwatch.facts.evidence import (
    Evidence,
    Plot,
    PlotBlock,
    Rejection,
    Report,
    RunEnd,
    RunStart,
    Sensor,
    TruthState,
)
from launchwatch.facts.flight import Flight
from launchwatch.facts.labels import Labelling, Widening
from launchwatch.facts.partners import CommonState, Comparison, Shared
from launchwatch.facts.score import Scores
from launchwatch.facts.track import Track, TrackedState, TrackMerger
from launchwatch.facts.traffic import Answer, TrafficBlock
from launchwatch.facts.warning import (
    Alarm,
    AlertStep,
    Approval,
    Confirmation,
    Delivery,
    Drill,
    Head,
    Heartbeat,
    HumanStatement,
    Ledger,
    PartnerFact,
    Reach,
    Release,
    ReleaseRequest,
    StandingRule,
    Tick,
)

KINDS: dict[str, type[Value]] = {
    "run": RunStart,
    "evidence": Evidence,
    "sensor": Sensor,
    "plot": Plot,
    "plots": PlotBlock,
    "truth": TruthState,
    "report": Report,
    "traffic": TrafficBlock,
    "answer": Answer,
    "rejection": Rejection,
    "reading": Reading,
    "track": Track,
    "state": TrackedState,
    "merger": TrackMerger,
    "scores": Scores,
    "flight": Flight,
    "event": Event,
    "bulletin": Bulletin,
    "end": RunEnd,
    "confirmation": Confirmation,
    "reach": Reach,
    "step": AlertStep,
    "statement": HumanStatement,
    "request": ReleaseRequest,
    "approval": Approval,
    "rule": StandingRule,
    "release": Release,
    "delivery": Delivery,
    "ledger": Ledger,
    "alarm": Alarm,
    "tick": Tick,
    "head": Head,
    "partner": PartnerFact,
    "common": CommonState,
    "comparison": Comparison,
    "shared": Shared,
    "labels": Labelling,
    "widening": Widening,
    "heartbeat": Heartbeat,
    "drill": Drill,
}
"""Every kind of fact by the name that it has in the log and in `launchwatch schema`."""

_ENCODER = msgspec.json.Encoder(order="deterministic")
_NAMES = {type_: name for name, type_ in KINDS.items()}
_DECODERS = {name: msgspec.json.Decoder(type_) for name, type_ in KINDS.items()}


def canonical_bytes(value: object) -> bytes:
    """Return the canonical JSON of a fact or of plain values."""
    return _ENCODER.encode(value)


def encode_fact(fact: Value) -> tuple[str, bytes]:
    """Return the kind and canonical JSON of a fact (see `decode_fact`)."""
    return _NAMES[type(fact)], canonical_bytes(fact)


def decode_fact(kind: str, data: bytes) -> Value:
    """Return the fact of the given kind from its JSON (see `encode_fact`)."""
    try:
        return _DECODERS[kind].decode(data)
    except KeyError:
        raise UnknownNameError("kind of fact", kind, KINDS) from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InputError(f"this is no {kind}: {error}", given=data[:80]) from None


def schema_of(kind: str) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of one kind of fact."""
    if kind not in KINDS:
        raise UnknownNameError("kind of fact", kind, KINDS)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": kind,
        **msgspec.json.schema(KINDS[kind]),
    }


def recording_line(fact: Sensor | Plot | TruthState) -> bytes:
    """Return one line of a recording (DESIGN, recording format), without what is None or goes without saying."""
    return msgspec.json.encode(recording_row(fact)) + b"\n"


_UNSAID = {"refraction": "corrected"}


def recording_row(fact: Sensor | Plot | TruthState) -> dict[str, Any]:
    """Return one row of a recording as plain values: its type, and the fields that are given."""
    fields = msgspec.to_builtins(fact)
    said = {name: value for name, value in fields.items() if value is not None and _UNSAID.get(name) != value}
    return {"type": _NAMES[type(fact)], **said}
