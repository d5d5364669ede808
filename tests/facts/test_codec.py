"""Facts: one text form, exact round trips, exported schemas."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launchwatch import facts
from launchwatch.basis.errors import InputError, UnknownNameError
from launchwatch.facts import Claim, Plot, Provenance, Sensor, decode_fact, encode_fact, recording_line, schema_of

WHO = Provenance(author="test", created_utc="2025-11-07T03:35:00Z")
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(max_size=40)

PLOTS = st.builds(
    Plot, id=TEXTS, sensor=TEXTS, time_utc=TEXTS, range_m=st.none() | NUMBERS, azimuth_deg=st.none() | NUMBERS,
    los_ecef=st.none() | st.tuples(NUMBERS, NUMBERS, NUMBERS),
)  # fmt: skip


@given(PLOTS)
def test_facts_round_trip_exactly(plot):
    """A fact comes back equal from its canonical bytes, and equal facts have equal bytes."""
    kind, data = encode_fact(plot)
    again = decode_fact(kind, data)
    assert again == plot
    assert encode_fact(again) == (kind, data)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_or_decoded(data):
    """Hostile bytes end in an InputError, never in anything else."""
    try:
        decode_fact("plot", data)
    except InputError as error:
        assert "plot" in str(error)


def test_facts_are_frozen():
    """A fact cannot be changed after it was made."""
    plot = Plot(id="a", sensor="b", time_utc="c")
    with pytest.raises(AttributeError):
        plot.id = "z"


def test_unknown_fields_are_refused():
    """A field that the schema does not name is an error, not silence."""
    with pytest.raises(InputError, match="unknown field"):
        decode_fact("plot", b'{"id":"a","sensor":"b","time_utc":"c","aim":1}')


@pytest.mark.parametrize("kind", sorted(facts.KINDS))
def test_every_kind_has_a_schema(kind):
    """Each schema is JSON and closed against unknown fields."""
    schema = schema_of(kind)
    json.dumps(schema)
    root = schema["$defs"][schema["$ref"].rpartition("/")[2]]
    assert root["additionalProperties"] is False
    assert root["properties"]


def test_unknown_kind_offers_near_ones():
    """Asking for `plott` names `plot`."""
    with pytest.raises(UnknownNameError, match="plot"):
        schema_of("plott")


def test_front_is_complete():
    """Every public name of the package's front exists."""
    assert all(hasattr(facts, name) for name in facts.__all__)


def test_recording_lines_leave_out_what_is_unknown():
    """A recording's line holds its type and no nulls."""
    sensor = Sensor(id="R", kind="radar", scan_s=1.0)
    value = json.loads(recording_line(sensor))
    assert value["type"] == "sensor"
    assert None not in value.values()


def test_claims_keep_ranges_as_lists():
    """A range claim's value is a list of two in JSON (the claim contract)."""
    claim = Claim(
        id="c", report="r", attribute="range_km", value=(850, 900), span=(0, 3), quote="abc", rule="x"
    )  # fmt: skip
    assert json.loads(facts.canonical_bytes(claim))["value"] == [850, 900]


@pytest.mark.parametrize("stage", ["first", "update", "passed", "fell", "cancelled", "information"])
def test_bulletins_of_earlier_logs_are_read(stage):
    """The six stages that logs of version 2 hold are still bulletins; written by hand."""
    body = (
        f'{{"id":"b","event":"e","event_version":1,"stage":"{stage}","status":"exercise","audience":"public",'
        '"form":"cap","language":"en","content":"text","references":[],"provenance":{"author":"a",'
        '"created_utc":"2025-11-07T03:35:00Z","status":"automatic","derived_from":[]}}'
    )
    assert decode_fact("bulletin", body.encode()).stage == stage
