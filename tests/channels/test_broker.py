"""The real nats-server: who may do what, order, once-only, kill -9."""

import pytest

from launchwatch.channels.broker import MOST_PAYLOAD_BYTES
from launchwatch.channels.bus import Bus, BusError, Outgoing
from launchwatch.facts.message import LARGEST_BYTES
from tests.channels.pair import identity, make_pair, needs_server, open_stream

pytestmark = needs_server


@pytest.fixture
def pair(tmp_path):
    made = make_pair(tmp_path)
    yield made
    made.broker.stop()


def message(number, partner="US"):
    return Outgoing(f"lw.exercise.KR.{partner}.state", f"KR-{partner}-{number}", b'{"n":%d}' % number)


def all_of(partner, count):
    """Return the next messages of US's stream, at least so many."""
    got = []
    while len(got) < count:
        part = partner.fetch("OUT_US", "US", 100, 2.0)
        assert part
        partner.ack(part)
        got += part
    return got


def test_a_partner_reads_its_own_stream_in_order(pair):
    """What is published for a partner comes to it once, in order, with its ids."""
    with pair.bus("US") as own, pair.partner("US") as partner:
        open_stream(own, "US")
        stored = own.publish([message(n) for n in range(1, 201)], after="")
        assert [one.place for one in stored] == list(range(1, 201))
        assert [one.id for one in all_of(partner, 200)] == [f"KR-US-{n}" for n in range(1, 201)]
        assert partner.fetch("OUT_US", "US", 1, 0.2) == []


def test_what_is_sent_again_is_stored_once(pair):
    """A message with a known id is acknowledged as a duplicate, though it names the id before it."""
    with pair.bus("US") as own:
        open_stream(own, "US")
        own.publish([message(n) for n in range(1, 11)], after="")
        again = own.publish([message(n) for n in range(6, 16)], after="KR-US-5")
        assert [one.duplicate for one in again] == [True] * 5 + [False] * 5
        assert own.last("OUT_US") == (15, "KR-US-15")


def test_none_overtakes_one_that_is_missing(pair):
    """A message whose forerunner is not there is refused."""
    with pair.bus("US") as own:
        open_stream(own, "US")
        own.publish([message(1)], after="")
        with pytest.raises(BusError):
            own.publish([message(3)], after="KR-US-2")
        assert own.last("OUT_US") == (1, "KR-US-1")


def test_accounts_cannot_read_each_other(pair):
    """A partner cannot take another's stream, nor list streams, make consumers, publish or purge."""
    with pair.bus("US") as us, pair.bus("JP") as jp, pair.partner("JP") as hostile:
        open_stream(us, "US")
        open_stream(jp, "JP")
        us.publish([message(1)], after="")
        for request in (
            "$JS.API.CONSUMER.MSG.NEXT.OUT_US.US", "$JS.API.STREAM.NAMES", "$JS.API.STREAM.MSG.GET.OUT_US",
            "$JS.API.STREAM.PURGE.OUT_JP", "$JS.API.STREAM.DELETE.OUT_JP", "$JS.API.CONSUMER.CREATE.OUT_JP",
            "lw.exercise.KR.JP.state", "lw.exercise.KR.US.state", "$SYS.REQ.SERVER.PING",
        ):  # fmt: skip
            with pytest.raises(BusError):
                hostile.ask(request, b"{}", 0.3)
        assert us.last("OUT_US") == (1, "KR-US-1")
        assert jp.last("OUT_JP") is None
        heard = hostile.listen("lw.>")
        us.send("lw.exercise.KR.beat", b"x")
        assert heard == []


def test_strangers_are_not_let_in(pair, tmp_path):
    """Neither an unknown certificate nor an unknown key behind a known certificate is let in."""
    stranger = identity(tmp_path / "x", "XX")
    for who, key in ((stranger, stranger.key), (pair.us, stranger.key), (stranger, pair.us.key)):
        bus = Bus(pair.address("_INBOX_US"), who, key)
        with pytest.raises(BusError):
            bus.connect(0.5)
        bus.close()


def test_a_killed_broker_keeps_all_that_it_acknowledged(pair):
    """After kill -9 and restart the stream holds every acknowledged message, and the connection comes back."""
    with pair.bus("US") as own, pair.partner("US") as partner:
        open_stream(own, "US")
        own.publish([message(n) for n in range(1, 101)], after="")
        pair.broker.kill()
        with pytest.raises(BusError):
            own.publish([message(101)], after="KR-US-100")
        pair.broker.start()
        assert own.wait_connected(5)
        assert partner.wait_connected(5)
        last = own.last("OUT_US")
        assert last in ((100, "KR-US-100"), (101, "KR-US-101"))  # what was under way may have come through
        assert len(all_of(partner, 100)) >= 100


def test_a_message_that_is_too_large_is_refused(pair):
    """What exceeds the payload is refused before it is stored."""
    with pair.bus("US") as own:
        open_stream(own, "US")
        with pytest.raises(BusError):
            own.publish([Outgoing("lw.exercise.KR.US.state", "KR-US-1", bytes(700_000))], after="")


def test_the_broker_takes_what_senders_are_held_to():
    """The largest message that may be shared fits with room for its headers."""
    assert MOST_PAYLOAD_BYTES >= LARGEST_BYTES + 4096
