"""Tracks on operators' displays."""

import socket
import time
from types import SimpleNamespace

from lxml import etree

from launchwatch.channels.tak import TakChannel, TakReceiver
from launchwatch.run.displaying import Display, Showing
from launchwatch.run.node import roles_of
from launchwatch.run.node_settings import ChannelSettings, NodeSettings
from tests.tell import alert_facts as made


class Rows:
    """A log's reader over a list of facts."""

    def __init__(self, facts):
        self.facts = facts

    def rows(self, *kinds, after=0):
        assert kinds == ("state",)
        return [
            SimpleNamespace(seq=n, kind="state", fact=lambda one=one: one)
            for n, one in enumerate(self.facts, start=1)
            if n > after
        ]


def received(listener, count):
    until, events = time.monotonic() + 10, []
    while len(events) < count and time.monotonic() < until:
        events += listener.poll()
    return [etree.fromstring(one.content) for one in events]


def test_the_newest_state_of_each_track_is_shown():
    """Of three states of one track and one of another two events arrive, marked as an exercise."""
    states = [made.tracked(time_s, plots=3, last_s=time_s) for time_s in (100, 101, 102)]
    other = made.tracked(101, plots=3, last_s=101, track=2)
    listener = TakReceiver("udp://127.0.0.1:0", time.monotonic)
    display = Display("board", TakChannel(f"udp://127.0.0.1:{listener.port}"))
    showing = Showing("JP", "exercise", [display], 0)
    try:
        showing.take(Rows([*states, other]))
        assert showing.show(1000.0) == []
        events = received(listener, 2)
    finally:
        listener.close()
    assert {one.get("opex") for one in events} == {"e-launchwatch"}
    assert len({one.get("uid") for one in events}) == 2
    shown = {one.get("time") for one in events}
    assert shown == {states[-1].update.time_utc, other.update.time_utc}
    assert showing.newest == {}


def test_a_server_that_is_away_rings_once_and_holds_nothing_up():
    """A refused connection raises one alarm, later states are dropped, and the first that goes clears it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    display = Display("board", TakChannel(f"tcp://127.0.0.1:{port}"))
    showing = Showing("JP", "exercise", [display], 0)
    facts = []

    def turn(now_s):
        facts.append(made.tracked(100 + len(facts), plots=3, last_s=100 + len(facts)))
        showing.take(Rows(facts))
        return showing.show(now_s)

    (rung,) = turn(1000.0)
    assert (rung.what, rung.state) == ("channel", "raised")
    assert turn(1000.5) == []
    assert turn(1003.0) == []
    with socket.create_server(("127.0.0.1", port)):
        (cleared,) = turn(1006.0)
        assert cleared.state == "cleared"
        display.channel.close()


def test_a_node_with_a_display_runs_a_process_for_it():
    """The process is there where a channel of kind cot is, and nowhere else."""
    assert "display" not in roles_of(NodeSettings(name="JP"))
    channels = {"board": ChannelSettings(kind="cot", to="udp://127.0.0.1:8087")}
    assert "display" in roles_of(NodeSettings(name="JP", channels=channels))
