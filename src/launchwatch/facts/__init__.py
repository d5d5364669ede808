"""Frozen values that cross steps, each with its provenance, and their one text form.

Equality covers every field. Field names carry units and frames; instants are ISO 8601 UTC texts, so that a
fact is its own JSON. Times of the event, of receipt and of creation are different fields.
"""

from launchwatch.facts.base import Provenance, Value
from launchwatch.facts.bulletin import Bulletin
from launchwatch.facts.claims import Attribute, Claim, ContextEvent, Reading
from launchwatch.facts.codec import (
    KINDS,
    canonical_bytes,
    decode_fact,
    encode_fact,
    recording_line,
    recording_row,
    schema_of,
)
from launchwatch.facts.event import (
    ClaimAssessment,
    Consistency,
    Disagreement,
    Event,
    EvidenceRef,
    Explanation,
    Exposure,
    HeightSample,
    Membership,
    Path,
    PathPoint,
    SpeakerView,
    Statement,
    ZoneAssessment,
)
from launchwatch.facts.evidence import (
    SIGMA_BAROMETRIC_M,
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
from launchwatch.facts.flight import (
    Burnout,
    Diagnostics,
    Ellipse,
    Flight,
    Interval,
    PointEstimate,
    RangeMode,
    TimeInterval,
)
from launchwatch.facts.prediction import ClaimPrediction, View
from launchwatch.facts.samples import FlightSamples
from launchwatch.facts.track import ImpactPrediction, Track, TrackedState, TrackUpdate

__all__ = [
    "KINDS",
    "SIGMA_BAROMETRIC_M",
    "Attribute",
    "Bulletin",
    "Burnout",
    "Claim",
    "ClaimAssessment",
    "ClaimPrediction",
    "Consistency",
    "ContextEvent",
    "Diagnostics",
    "Disagreement",
    "Ellipse",
    "Event",
    "Evidence",
    "EvidenceRef",
    "Explanation",
    "Exposure",
    "Flight",
    "FlightSamples",
    "HeightSample",
    "ImpactPrediction",
    "Interval",
    "Membership",
    "Path",
    "PathPoint",
    "Plot",
    "PlotBlock",
    "PointEstimate",
    "Provenance",
    "RangeMode",
    "Reading",
    "Rejection",
    "Report",
    "RunEnd",
    "RunStart",
    "Sensor",
    "SpeakerView",
    "Statement",
    "TimeInterval",
    "Track",
    "TrackUpdate",
    "TrackedState",
    "TruthState",
    "Value",
    "View",
    "ZoneAssessment",
    "canonical_bytes",
    "decode_fact",
    "encode_fact",
    "recording_line",
    "recording_row",
    "schema_of",
]
