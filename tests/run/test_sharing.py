"""Two nodes over real brokers: order, once only, outages, a late joiner, a flood, forged and replayed messages."""

import pytest

from launchwatch.channels.bus import Outgoing
from launchwatch.facts import Alarm, PartnerFact
from tests.channels.pair import needs_server
from tests.run.sharing_stand import SENSOR, state, two_nodes

pytestmark = needs_server


@pytest.fixture
def nodes(tmp_path):
    kr, us = two_nodes(tmp_path)
    yield kr, us
    kr.end()
    us.end()


def numbers(facts):
    return [fact.number for fact in facts]


def test_what_one_node_tracks_the_other_has(nodes):
    """States come in order, once, signed, labelled, under names of the sender's own."""
    kr, us = nodes
    for node in nodes:
        node.begin("broker", "keep", "share")
    with kr.client() as client:
        client.append([SENSOR])
        for n in range(20):
            client.append([state(n)])
    got = us.wait_for(20, "partner", partner_kind="state")
    assert [fact.version for fact in got] == list(range(1, 21))
    assert {fact.subject for fact in got} == {"track-1"}
    assert numbers(us.facts("partner")) == list(range(1, 22))
    assert kr.wait_for(1, "shared")[0].facts[0] == "KR-1"


def test_kill_9_of_share_and_broker_neither_loses_nor_doubles(nodes):
    """While states flow, each share process and the sender's broker are killed in turn: order and count stay."""
    kr, us = nodes
    for node in nodes:
        node.begin("broker", "keep", "share")
    with kr.client() as client:
        client.append([SENSOR])
        us.wait_for(1, "partner")
        for n in range(120):
            client.append([state(n)])
            if n % 30 == 10:
                us.kill("share")
                us.begin("share")
            elif n % 30 == 20:
                kr.kill("share")
                kr.begin("share")
            elif n == 55:
                kr.kill("broker")
                kr.begin("broker")
    got = us.wait_for(120, "partner", partner_kind="state", wait_s=40)
    assert [fact.version for fact in got] == list(range(1, 121))
    assert numbers(us.facts("partner")) == list(range(1, 122))
    assert us.facts("rejection") == []


def test_a_broker_that_lost_its_disk_is_filled_again_from_the_log(nodes):
    """The log is the outbox: an emptied broker gets the same messages, which the partner has once."""
    kr, us = nodes
    for node in nodes:
        node.begin("broker", "keep", "share")
    with kr.client() as client:
        client.append([SENSOR, *(state(n) for n in range(10))])
        us.wait_for(10, "partner", partner_kind="state")
        before = us.facts("partner")
        kr.kill("broker")
        empty(kr.broker.settings.folder / "store")
        kr.begin("broker")
        client.append([state(n) for n in range(10, 15)])
        us.wait_for(15, "partner", partner_kind="state", wait_s=20)
    after = us.facts("partner")
    assert after[: len(before)] == before
    assert numbers(after) == list(range(1, 17))


def empty(folder):
    """Remove a broker's store, as a lost disk would."""
    import shutil

    shutil.rmtree(folder)


def test_a_late_joiner_gets_what_was_before(nodes):
    """A partner that starts after everything was said gets all of it, in order."""
    kr, us = nodes
    kr.begin("broker", "keep", "share")
    with kr.client() as client:
        client.append([SENSOR, *(state(n) for n in range(50))])
    kr.wait_for(1, "shared")
    us.begin("keep", "broker", "share")
    got = us.wait_for(50, "partner", partner_kind="state")
    assert [fact.version for fact in got] == list(range(1, 51))


def hostile(kr):
    """Return a connection with which KR itself puts anything into US's stream."""
    from launchwatch.channels.bus import Address, Bus
    from launchwatch.run.sharing import identity_of
    from tests.run.sharing_stand import CLOCK

    settings = kr.settings
    who = identity_of(kr.folder, settings, CLOCK.now())
    return Bus(Address(settings.host, settings.port, "KR", who.certificate), who, who.user("US"))


def test_forged_replayed_and_broken_messages_are_refused_with_their_reasons(nodes):
    """What a hostile partner puts into its stream is refused, told of, and does not stop what is good."""
    kr, us = nodes
    for node in nodes:
        node.begin("broker", "keep", "share")
    with kr.client() as client:
        client.append([SENSOR, state(0)])
        us.wait_for(1, "partner", partner_kind="state")
        kr.kill("share")
        with hostile(kr) as bus:
            first = kr.facts("shared")[0]
            assert first.first == 1
            subject = "lw.exercise.KR.US.state"
            bus.consumer("OUT_US", "US")
            said = b'{"specversion":"1.0","id":"US/3"}'
            bus.publish([Outgoing(subject, "x-1", said)])
            bus.publish([Outgoing(subject, "x-2", bytes(1000))])
            taken = us.facts("partner")[-1]
            genuine = bytes(bus.message("OUT_US", 2))
            bus.publish([Outgoing(subject, "x-3", genuine)])
            bus.publish([Outgoing(subject, "x-4", genuine.replace(b'"SRBM"', b'"ICBM"'))])
            refused = us.wait_for(4, "rejection")
            reasons = {fact.reason.partition(":")[0] for fact in refused}
            assert reasons == {"broken", "replayed", "forged"}
            assert us.facts("partner")[-1] == taken


def test_a_flooding_partner_is_limited_and_rings(tmp_path):
    """A partner that sends ten times what is agreed is taken at the agreed rate, and an alarm says so."""
    import time

    kr, us = two_nodes(tmp_path, most_per_s=50.0)
    try:
        for node in (kr, us):
            node.begin("broker", "keep", "share")
        with kr.client() as client:
            client.append([SENSOR, state(0)])
            us.wait_for(1, "partner", partner_kind="state")
            begun = time.monotonic()
            for n in range(0, 1500, 50):
                client.append([state(i) for i in range(n + 1, n + 51)])
            us.wait_for(450, "partner", partner_kind="state", wait_s=40)
            took = time.monotonic() - begun
        assert took >= (450 - 2.5 * 50) / 50 - 1.0
        alarms = us.wait_for(1, "alarm")
        assert any(
            isinstance(fact, Alarm) and fact.what == "partner" and "floods" in fact.reason for fact in alarms
        )
        taken = numbers(us.facts("partner"))
        assert taken == list(range(1, len(taken) + 1))
    finally:
        kr.end()
        us.end()


def test_partners_assessments_stand_beside_the_own(nodes):
    """Both track one object 8 km apart: a comparison holds both, and averages nothing."""
    kr, us = nodes
    for node in nodes:
        node.begin("broker", "keep", "share")
    with kr.client() as client, us.client() as own:
        client.append([SENSOR, state(0)])
        us.wait_for(1, "partner", partner_kind="state")
        mine = state(1, x_m=6.608e6)
        own.append([SENSOR, mine])
        found = us.wait_for(1, "comparison")[0]
    assert [view.owner for view in found.views] == ["own", "KR"]
    assert found.views[0].position_ecef_m == mine.update.position_ecef_m
    assert isinstance(us.facts("partner")[0], PartnerFact)
