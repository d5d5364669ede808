"""The track process: a replay broken off at any point tells the same; a feed's tracker is rebuilt from the log."""

import math

import msgspec
import pytest

from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.facts import PlotBlock, Tick, TrackedState, decode_fact, encode_fact
from launchwatch.feeds.pcap import Received
from launchwatch.run import watching
from launchwatch.run.commands import simulate_scenario
from launchwatch.run.context import Settings, new_context
from launchwatch.run.feeding import Fed, Feeds, open_feeds
from launchwatch.run.node_settings import FeedSettings
from launchwatch.run.opening import feed_fact
from launchwatch.run.pauses import give_back_memory
from launchwatch.run.tracking import NodeWatch
from launchwatch.run.warming import warm_up
from launchwatch.run.watching import Terms
from tests.run.test_watching import FakeClock

TERMS = Terms(every_s=1.0, posterior=False, keep=False)


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    return simulate_scenario("taegwan-2025-11-07", tmp_path_factory.mktemp("made")).recording


@pytest.fixture(scope="module")
def context():
    return new_context(Settings(), as_of_utc="2025-11-07T04:00:00Z")


def no_alarm(*_):
    raise AssertionError("no feed goes away here")


def replay(recording, context, *, broken_after=math.inf, resumed_s=-math.inf, speed=math.inf):
    """Return the facts of one replay, broken off after so many appends."""
    facts, clock, appends = [], FakeClock(), [0]

    def append(made):
        appends[0] += 1
        facts.extend(decode_fact(*encode_fact(fact)) for fact in made)
        return len(facts)

    settings = [FeedSettings(source=str(recording))]
    feeds = open_feeds(recording.parent, settings, context, clock, no_alarm)
    terms = Terms(every_s=1.0, posterior=False, keep=False, speed=speed)
    watch = NodeWatch(
        feeds, context, terms, clock, append=append, resumed_s=resumed_s,
        stopped=lambda: feeds.over or appends[0] >= broken_after,
    )  # fmt: skip
    watch.run(feeds)
    return facts


def test_a_replay_broken_off_tells_the_same_again(recording, context):
    """Broken off and started again, paced or not, it makes no fact that the undisturbed run did not make."""
    whole = {fact.id for fact in replay(recording, context)}
    states = [fact for fact in replay(recording, context) if isinstance(fact, TrackedState)]
    assert len(states) > 100
    for broken_after in (1, 7, 40):
        part = replay(recording, context, broken_after=broken_after)
        newest = max((parse_instant(f.time_utc) for f in part if isinstance(f, Tick)), default=-math.inf)
        rest = replay(recording, context, resumed_s=newest, speed=10.0)
        assert {fact.id for fact in rest} == whole
        done = {fact.id for fact in part}
        assert len(done - whole) <= 1  # the plots of the scan in which it stopped stand in a block of their own


def test_giving_back_memory_changes_no_fact(recording, context, monkeypatch):
    """Whether freed memory is given back after every look or never, each fact is the same to the last bit."""
    told = []
    for looks in (1, math.inf):
        given = []
        monkeypatch.setattr(watching, "GIVEN_BACK_LOOKS", looks)
        monkeypatch.setattr(watching, "give_back_memory", lambda given=given: given.append(give_back_memory()))
        told.append([encode_fact(fact) for fact in replay(recording, context)])
        assert (len(given) > 100) == (looks == 1)
    assert told[0] == told[1]


def test_time_is_a_fact_for_each_second_of_the_recording(recording, context):
    """Ticks come once a second of the plots, before any plot of that second."""
    facts = replay(recording, context)
    ticks = [parse_instant(fact.time_utc) for fact in facts if isinstance(fact, Tick)]
    assert ticks == [ticks[0] + i for i in range(len(ticks))]
    newest = -math.inf
    for fact in facts:
        if isinstance(fact, Tick):
            newest = parse_instant(fact.time_utc)
        elif isinstance(fact, PlotBlock):
            assert parse_instant(fact.time_utc) < newest + 3.0


class Script:
    """A live feed of prepared pieces."""

    origin, lost = "script", 0

    def __init__(self, pieces):
        self.pieces = list(pieces)

    @property
    def over(self):
        return not self.pieces

    def receive(self, _):
        return self.pieces.pop(0) if self.pieces else None

    def close(self):
        self.pieces = []


def live(context, lines, clock, facts, *, rebuild=()):
    fed = Fed(
        FeedSettings(source="tcp://127.0.0.1:1"), feed_fact("tcp", context), in_datagrams=False, is_file=False
    )
    script = Script(Received(None, line) for line in lines)
    fed.source = script
    feeds = Feeds([fed], clock, lambda *_: None)
    fed.retry_s = math.inf

    def append(made):
        facts.extend(decode_fact(*encode_fact(fact)) for fact in made)
        return len(facts)

    watch = NodeWatch(feeds, context, TERMS, clock, append=append, stopped=lambda: not script.pieces, ticks=False)
    watch.rebuild(rebuild)
    watch.run(feeds)
    return watch


def held_after(waves, recording, context):
    """Return what a watch holds after a launch was seen so many times, a quarter of an hour apart."""
    lines = [line for line in recording.read_bytes().splitlines() if b'"truth"' not in line]
    plots = [msgspec.json.decode(line) for line in lines if b'"plot"' in line]
    sent = [line + b"\n" for line in lines if b'"plot"' not in line]
    for wave in range(waves):
        for plot in plots:
            time_utc = format_instant(parse_instant(plot["time_utc"]) + 900.0 * wave)
            sent.append(msgspec.json.encode({**plot, "id": f"{wave}-{plot['id']}", "time_utc": time_utc}) + b"\n")
    fed = Fed(
        FeedSettings(source="tcp://127.0.0.1:1"), feed_fact("tcp", context), in_datagrams=False, is_file=False
    )
    feeds = Feeds([fed], FakeClock(), lambda *_: None)
    watch = NodeWatch(feeds, context, TERMS, FakeClock(), append=len, ticks=False)
    with watch._back:
        for line in sent:
            watch.take(Received(None, line))
        watch.rest()
        watch._back.wait()
    tracks = watch.ordering.tracker.tracks
    assert watch._states > 50 * waves
    return {
        "tracks": len(tracks), "updates": sum(len(track.history) for track in tracks), "told": len(watch._told),
        "launches": len(watch._launches),
        "checkpoints": len(watch.ordering.checkpoints),
        "waiting": sum(one.waiting for one in watch.ordering.watches.values()),
    }  # fmt: skip


def test_what_ended_tracks_held_is_let_go(recording, context):
    """Three launches one after another leave as much behind as two: of a track that is over nothing stays."""
    assert held_after(3, recording, context) == held_after(2, recording, context)


def test_a_feed_s_tracks_keep_their_numbers(recording, context):
    """Killed in mid-flight, the tracker is rebuilt from the log: same numbers, no state twice, none again."""
    lines = [line for line in recording.read_bytes().splitlines(keepends=True) if b'"truth"' not in line]
    undisturbed = []
    live(context, lines, FakeClock(), undisturbed)
    cut = len(lines) // 2
    first, second = [], []
    live(context, lines[:cut], FakeClock(), first)
    log = [fact for fact in first if not isinstance(fact, Tick)]
    watch = live(context, lines[cut - 40 :], FakeClock(), second, rebuild=log)  # the sender repeats some
    before = [fact for fact in first if isinstance(fact, TrackedState)]
    after = [fact for fact in second if isinstance(fact, TrackedState)]
    assert watch.rebuilt.numbers
    numbers = {fact.track for fact in undisturbed if isinstance(fact, TrackedState)}
    assert {fact.track for fact in after} <= numbers
    last = {fact.track: fact.update.time_utc for fact in before}
    assert all(fact.update.time_utc > last.get(fact.track, "") for fact in after)
    assert not any(type(fact).__name__ == "Rejection" for fact in second)
    told = [plot.id for f in [*first, *second] if isinstance(f, PlotBlock) for plot in f.plots]
    assert len(told) == len(set(told))
    ids = [fact.id for fact in before + after]
    assert len(ids) == len(set(ids))


def test_two_recordings_are_replayed_together_in_order_of_time(recording, context, tmp_path):
    """One recording parted by sensors into two files gives the plots of the whole, in its order."""
    lines = [line for line in recording.read_bytes().splitlines(keepends=True) if b'"truth"' not in line]
    head = [line for line in lines if b'"sensor",' in line[:20] or b'"type":"sensor"' in line[:20]]
    plots = [line for line in lines if line not in head]
    for name, part in (("a", plots[::2]), ("b", plots[1::2])):
        (tmp_path / f"{name}.ndjson").write_bytes(b"".join(head + part if name == "a" else part))
    settings = [FeedSettings(source="a.ndjson"), FeedSettings(source="b.ndjson")]
    feeds = open_feeds(tmp_path, settings, context, FakeClock(), no_alarm)
    got = []
    while (piece := feeds.receive(0.0)) is not None:
        got.append(piece.payload)
    feeds.close()
    times = [line.partition(b'"time_utc":"')[2][:27] for line in got if line not in head]
    assert times == sorted(times)
    assert set(got) == {*head, *plots}


def test_a_tracker_is_warm_before_anything_flies(context):
    """The invented launch is confirmed and told state by state, with nothing logged."""
    assert warm_up(context, FakeClock()) > 30
