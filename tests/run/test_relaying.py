"""A relay that starts again from the log: the same messages, and no number twice, whatever was changed between."""

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from launchwatch.facts.message import Message
from launchwatch.keep import EvidenceLog
from launchwatch.run.labelling import Labels
from launchwatch.run.node_settings import LabelSettings, NodeSettings, PartnerSettings
from launchwatch.run.relaying import Relay
from tests.run.sharing_stand import MADE, SENSOR, state

KEY = Ed25519PrivateKey.from_private_bytes(bytes([7]) * 32)
US = PartnerSettings(key="00" * 32, views={"sensor": "full", "state": "full"})
OPEN, SHUT = LabelSettings(partners=("US",)), LabelSettings()
OTHER = msgspec.structs.replace(SENSOR, id="KR-2")
NOW_S = 1762486600.0


@pytest.fixture
def log(tmp_path):
    with EvidenceLog(tmp_path / "log.db", writable=True) as made:
        yield made


def relay(labels):
    settings = NodeSettings(name="KR", labels=labels, partners={"US": US})
    return Relay("KR", "exercise", "US", US, KEY, Labels(settings, {}), lambda _: MADE)


def send(log, made):
    """Let a relay take what is new in the log, and log that it went; return the messages."""
    for row in log.rows(after=made.seq):
        made.take(row, NOW_S)
    sent, ledger = made.numbered(made.due(NOW_S), NOW_S)
    log.append([ledger] if ledger else [], once=True)
    return sent


def seen_by(sensor, number, track):
    """Return a state of a track that one sensor sees."""
    made = state(number, track)
    support = tuple(msgspec.structs.replace(one, sensor=sensor) for one in made.update.support)
    return msgspec.structs.replace(made, update=msgspec.structs.replace(made.update, support=support))


def subjects(messages):
    return [msgspec.json.decode(one.data, type=Message).subject for one in messages]


def test_the_same_log_makes_the_same_messages(log):
    """From an empty broker all of them, from a full one none; what is new goes on from the last."""
    first = relay({"*": OPEN})
    log.append([SENSOR, *(state(n) for n in range(5))])
    sent = send(log, first)
    assert len(sent) == 6
    assert [one for part in relay({"*": OPEN}).again(log, 0) for one in part] == sent
    second = relay({"*": OPEN})
    assert [one for part in second.again(log, 6) for one in part] == []
    assert (second.number, second.digest) == (6, sent[-1].digest)


def test_a_sensor_that_was_described_anew_takes_no_number_twice(log):
    """Two facts of one id went out: both keep their numbers."""
    log.append([SENSOR, state(0), msgspec.structs.replace(SENSOR, height_m=10.0), state(1)])
    sent = send(log, relay({"*": OPEN}))
    assert [one.number for one in sent] == [1, 2, 3, 4]
    assert [one for part in relay({"*": OPEN}).again(log, 0) for one in part] == sent


@pytest.mark.parametrize("there", [4, 5])
def test_labels_that_became_narrower_take_no_number_twice(log, there):
    """What may go no longer keeps its number and names; what is new follows on what the partner has."""
    begun = relay({"*": OPEN})
    log.append([SENSOR, OTHER, seen_by("KR-2", 0, 8), seen_by("KR-1", 0, 9), seen_by("KR-2", 1, 8)])
    sent = send(log, begun)
    assert subjects(sent)[2:] == ["track-1", "track-2", "track-1"]
    narrower = relay({"*": OPEN, "KR-2": SHUT})
    assert [one for part in narrower.again(log, there) for one in part] == []
    assert (narrower.number, narrower.digest) == (5, sent[-1].digest)
    log.append([seen_by("KR-2", 2, 8), seen_by("KR-1", 1, 9)])
    new = send(log, narrower)
    assert [(one.number, one.before) for one in new] == [(6, there)]
    assert subjects(new) == ["track-2"]
    assert msgspec.json.decode(new[0].data, type=Message).previous == sent[-1].digest


def test_labels_that_became_wider_break_no_chain(log):
    """What went under a narrower label would be told in other bytes now: the next follows on those that went."""
    log.append([SENSOR, state(0)])
    sent = send(log, relay({"*": OPEN}))
    wider = relay({"*": LabelSettings(partners=("JP", "US"))})
    assert [one for part in wider.again(log, 2) for one in part] == []
    log.append([state(1)])
    new = send(log, wider)
    assert msgspec.json.decode(new[0].data, type=Message).previous == sent[-1].digest


def test_what_waits_for_its_time_holds_up_nothing(log):
    """The wait for new rows ends when the first may go, and lasts its full time where none waits."""
    made = relay({"*": msgspec.structs.replace(OPEN, delay_s=2.0)})
    assert made.next_s(NOW_S, 0.5) == 0.5
    log.append([SENSOR])
    assert send(log, made) == []
    assert made.next_s(NOW_S, 0.5) == 0.5
    assert made.next_s(NOW_S + 1.75, 0.5) == 0.25
    assert made.next_s(NOW_S + 3.0, 0.5) == 0.0
