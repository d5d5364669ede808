"""Views for partners: what goes out follows from what may go out alone."""

import json
import random
import time
from heapq import heappush

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from launchwatch.basis.errors import InputError, UnknownNameError
from launchwatch.basis.ids import sha256_hex
from launchwatch.facts import (
    FieldLabels,
    Label,
    PartnerFact,
    Provenance,
    TrackMerger,
    canonical_bytes,
)
from launchwatch.facts.shared import SHARED_VERSION, VIEWS, shared_decoder, shared_schema, shared_view
from launchwatch.run.node_settings import PartnerSettings
from launchwatch.run.relaying import Relay
from launchwatch.tell.sharing import share, start_feed, view_for
from tests.tell.release_cases import BROKEN, ecef, leaks, pool_of, random_case, relayed_feed_of
from tests.tell.track_samples import AT, state

WHO = Provenance(author="test", created_utc="2025-11-07T03:35:00Z")
PINNED = (1, "a0cca292025e0ac0")
OPEN = FieldLabels.all(Label.of("KR", "JP"))


def test_a_full_view_holds_state_and_covariance():
    """The full view of a state is its numbers as they are, without ids."""
    shown = view_for("JP", "state", state(), OPEN, "full")
    assert list(shown["update"]["position_ecef_m"]) == ecef(*AT)
    assert len(shown["update"]["covariance"]) == 36
    assert not {"id", "run", "provenance"} & set(shown)


def test_a_coarse_view_is_rounded():
    """Position and fall are told to 0.1 degree, height and ellipse to 10 km, times to seconds; no more."""
    shown = view_for("JP", "state", state(), OPEN, "track-coarse")["update"]
    assert shown["place"] == {"lat_deg": 39.3, "lon_deg": 130.1, "height_km": 120.0}
    assert (shown["impact"]["lat_deg"], shown["impact"]["lon_deg"]) == (41.2, 134.6)
    assert shown["impact"]["ellipse_95"] == {"semi_major_km": 30.0, "semi_minor_km": 10.0, "azimuth_deg": 80.0}
    assert shown["time_utc"] == "2025-11-07T03:35:07.000000Z"
    assert set(shown) == {"time_utc", "place", "class", "impact"}
    finer = view_for("JP", "state", state(), OPEN, "track-coarse/2")["update"]["place"]
    assert finer == {"lat_deg": 39.35, "lon_deg": 130.12, "height_km": 123.0}


def test_a_floor_makes_any_view_coarse():
    """A label's precision floor holds in the full view too: what cannot be rounded stays at home."""
    labels = FieldLabels.all(Label.of("KR", "JP", decimals=0))
    shown = view_for("JP", "state", state(), labels, "full")["update"]
    assert shown["place"] == {"lat_deg": 39.0, "lon_deg": 130.0, "height_km": 100.0}
    assert not {"position_ecef_m", "velocity_ecef_m_s", "covariance", "heading_deg"} & set(shown)


def test_rounding_hides_the_sign():
    """Just south of the equator and just north look alike, and so do both sides of the antimeridian."""
    south, north = (
        view_for("JP", "state", state(at=(lat, lon, 1e5)), OPEN, "track-coarse")
        for lat, lon in ((-0.01, 179.99), (0.01, -179.99))
    )
    assert canonical_bytes(south) == canonical_bytes(north)


def test_nothing_without_a_label():
    """Another partner, no label, or a withheld time: nothing goes."""
    assert view_for("US", "state", state(), OPEN, "full") is None
    assert view_for("JP", "state", state(), FieldLabels(fields={}), "full") is None
    closed = FieldLabels(fields={**OPEN.fields, "update.time_utc": Label.of("KR")})
    assert view_for("JP", "state", state(), closed, "full") is None


@pytest.mark.parametrize("path", ["update.impact.ellipse_95.semi_major_km", "update.impact.ellipse_95"])
def test_a_withheld_part_takes_its_whole_along(path):
    """A field goes only where all within it may go."""
    labels = FieldLabels(fields={**OPEN.fields, path: Label.of("KR")})
    assert "ellipse_95" not in view_for("JP", "state", state(), labels, "full")["update"]["impact"]


def test_names_are_counted_per_partner():
    """A partner's track-1 is the first that they were shown; a merger goes only between tracks that they know."""
    feed = start_feed("JP")
    closed = FieldLabels.all(Label.of("KR"))
    assert share(feed, "state", state(4), closed, "full", now_s=0.0) is None
    first = share(feed, "state", state(9), OPEN, "full", now_s=1.0)
    again = share(feed, "state", state(9, second=8.0), OPEN, "full", now_s=2.0)
    assert [(one.subject, one.version) for one in (first, again)] == [("track-1", 1), ("track-1", 2)]
    merger = TrackMerger(id="m", run="run-1", track=9, into=4, time_utc="2025-11-07T03:36:00Z", provenance=WHO)
    assert share(feed, "merger", merger, OPEN, "full", now_s=3.0) is None
    share(feed, "state", state(4), OPEN, "full", now_s=4.0)
    told = share(feed, "merger", merger, OPEN, "full", now_s=5.0)
    assert json.loads(told.body) == {"into": "track-2", "time_utc": "2025-11-07T03:36:00Z", "track": "track-1"}


def test_delays_keep_the_order_of_a_subject():
    """What is delayed goes on a whole second after its time, and what follows of the track never before it."""
    feed = start_feed("JP")
    relay = Relay(
        "KR", "exercise", "JP", PartnerSettings(key=""), Ed25519PrivateKey.generate(), None, lambda _: WHO
    )
    late = share(feed, "state", state(), OPEN, "track+60s", now_s=0.0)
    soon = share(feed, "state", state(second=8.0), OPEN, "track", now_s=1.0)
    assert late.not_before_s == soon.not_before_s == 1762486568.0  # 03:36:08: 60 s after :07.25, rounded up
    for seq, one in enumerate((late, soon), start=1):
        heappush(relay.waiting, (one.not_before_s, seq, "", one))
    assert relay.due(1762486567.0) == []
    assert [one.version for _, one in relay.due(1762486568.0)] == [1, 2]


def relayed(labels, view="full", **fields):
    shared = share(start_feed("KR"), "state", state(), labels, view, now_s=0.0)
    return PartnerFact(
        id="p", partner="US", number=1, kind="state", subject=shared.subject, version=1, body=shared.body.decode(),
        digest="d", made_utc="2025-11-07T03:35:08Z", received_utc="2025-11-07T03:35:08Z", status="exercise",
        provenance=WHO, view=view, labels=shared.labels, origin="US", **fields,
    )  # fmt: skip


def test_a_hub_passes_on_what_the_label_lets():
    """What US showed KR goes on to JP where US's label names JP, field by field, and tells its origin."""
    labels = FieldLabels(fields={"": Label.of("US", "KR", "JP"), "update.covariance": Label.of("US", "KR")})
    fact = relayed(labels)
    shown = share(start_feed("JP"), "partner", fact, FieldLabels(fields={}), "full", now_s=0.0)
    assert shown.origin == "US"
    update = json.loads(shown.body)["update"]
    assert "position_ecef_m" in update
    assert "covariance" not in update
    assert share(start_feed("AU"), "partner", fact, OPEN, "full", now_s=0.0) is None


def test_a_hub_passes_on_once():
    """Nothing goes back to its sender, and what was relayed to us stays here: no echo, no circle."""
    fact = relayed(FieldLabels.all(Label.of("US", "*")))
    assert share(start_feed("US"), "partner", fact, OPEN, "full", now_s=0.0) is None
    second_hand = replace(fact, origin="AU")
    assert share(start_feed("JP"), "partner", second_hand, OPEN, "full", now_s=0.0) is None


def test_a_coarse_fact_stays_coarse():
    """What came rounded is passed on rounded, under whatever view."""
    fact = relayed(FieldLabels.all(Label.of("US", "KR", "JP")), view="track-coarse")
    shown = view_for("JP", "partner", fact, OPEN, "full")["update"]
    assert shown["place"] == {"lat_deg": 39.3, "lon_deg": 130.1, "height_km": 120.0}


def test_views_are_named():
    """An unknown view offers near ones; a form that is none says what is allowed."""
    with pytest.raises(UnknownNameError, match="track-coarse"):
        shared_view("state", "track-corse")
    with pytest.raises(InputError, match=r"full\+60s"):
        shared_view("state", "full/x")
    with pytest.raises(UnknownNameError):
        shared_view("rejection", "full")


def test_numbers_that_are_none_are_refused():
    """A state with NaN is not shared as null."""
    broken = replace(state(), update=replace(state().update, velocity_ecef_m_s=(float("nan"), 0.0, 0.0)))
    with pytest.raises(InputError, match="finite"):
        share(start_feed("JP"), "state", broken, OPEN, "full", now_s=0.0)


@pytest.mark.parametrize("kind", sorted(VIEWS))
def test_schemas_hold_what_goes_out(kind):
    """What is shared of a kind fits its schema, and its decoder refuses anything else."""
    import jsonschema

    schema, rng = shared_schema(kind), random.Random(4)
    for case in (random_case(pool_of(rng, 4), rng) for _ in range(60)):
        for one in case:
            if one.kind == kind:
                fact = msgspec.convert(one.value, type_of(kind))
                shared = share(start_feed("JP"), kind, fact, OPEN, one.view, now_s=0.0)
                if shared is not None:
                    jsonschema.validate(json.loads(shared.body), schema)
                    assert canonical_bytes(shared_decoder(kind).decode(shared.body)) is not None
    with pytest.raises(msgspec.ValidationError):
        shared_decoder(kind).decode(b'{"provenance": {}}')


def type_of(kind):
    from launchwatch.facts import KINDS

    return KINDS[kind]


def test_nothing_leaks():
    """T10 in short: whatever is not releasable may change, the feed does not, to the byte and the instant."""
    count, messages, first = leaks(random.Random(10), 400)
    assert count == 0, first
    assert messages > 400


def test_a_hub_leaks_nothing():
    """The same over a relay: what the third node withholds from the partner leaves no trace in our feed."""
    count, messages, first = leaks(random.Random(12), 200, feed_of=relayed_feed_of)
    assert count == 0, first
    assert messages > 100


@pytest.mark.parametrize("rule", sorted(BROKEN))
def test_a_broken_rule_is_caught(rule):
    """Ids, sizes, times or labels that follow what is withheld fail the same test (negative control)."""
    assert leaks(random.Random(10), 60, BROKEN[rule])[0] > 10


def test_the_decision_is_quick():
    """Deciding on a state costs far less than 10 ms, whatever its labels."""
    labels = FieldLabels(fields={"": Label.of("KR", "JP"), "update.covariance": Label.of("KR")})
    feed, fact = start_feed("JP"), state()
    share(feed, "state", fact, labels, "full", now_s=0.0)
    start = time.thread_time()
    for _ in range(100):
        share(feed, "state", fact, labels, "full", now_s=0.0)
    assert (time.thread_time() - start) / 100 < 2e-3


def _plain(schema):
    if isinstance(schema, dict):
        return {name: _plain(inner) for name, inner in schema.items() if name not in ("description", "title")}
    return [_plain(inner) for inner in schema] if isinstance(schema, list) else schema


def test_the_exchange_format_is_pinned():
    """Whoever changes what is shared gives it a new `SHARED_VERSION` (non-regression: pin anew only then)."""
    schemas = canonical_bytes({kind: _plain(shared_schema(kind)) for kind in VIEWS})
    assert (SHARED_VERSION, sha256_hex(schemas)[:16]) == PINNED
