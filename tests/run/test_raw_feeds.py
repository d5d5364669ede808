"""Raw feeds: what came is read again by the reader to the same plots, and plots never wait for the disk."""

import math
import threading
from types import SimpleNamespace

import msgspec
import pytest

from launchwatch.basis.errors import LogError
from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.facts import Alarm, Evidence, PlotBlock, Rejection, decode_fact, encode_fact
from launchwatch.feeds.files import open_file
from launchwatch.feeds.pcap import Received
from launchwatch.keep import EvidenceLog
from launchwatch.keep.blobs import Blobs
from launchwatch.run.commands import simulate_scenario
from launchwatch.run.context import Settings, new_context
from launchwatch.run.feeding import Fed, Feeds
from launchwatch.run.intake import decode_file, take_from_log
from launchwatch.run.keeper import LogReader
from launchwatch.run.labelling import Labels
from launchwatch.run.node_settings import FeedSettings, LabelSettings, NodeSettings, load_node_settings
from launchwatch.run.nodes import blobs_of, log_of
from launchwatch.run.opening import feed_fact
from launchwatch.run.raw_export import export_raw
from launchwatch.run.raw_feeds import (
    GATHER_BYTES,
    GATHER_S,
    LEAST_FREE_BYTES,
    MOST_BYTES,
    RawFeeds,
    since_when,
)
from launchwatch.run.tracking import NodeWatch, keep_raw_feeds
from launchwatch.run.watching import Terms
from tests.run.test_relaying import OPEN, relay, send
from tests.run.test_tracking import Script
from tests.run.test_watching import FakeClock

TERMS = Terms(every_s=1.0, posterior=False, keep=False)
CONTEXT = new_context(Settings(), as_of_utc="2025-11-07T04:00:00Z")
ADDRESS = "udp 127.0.0.1:8600"
UNDECODABLE = b"\x30\xff\xff no data block"


@pytest.fixture(scope="module")
def lines(tmp_path_factory):
    recording = simulate_scenario("taegwan-2025-11-07", tmp_path_factory.mktemp("made")).recording
    found = recording.read_bytes().splitlines(keepends=True)
    return [line for line in found if b'"truth"' not in line][:3000]


class FullDisk(Blobs):
    """A folder that takes nothing so many times."""

    def __init__(self, folder, refuses):
        super().__init__(folder)
        self.refuses = refuses

    def put(self, data):
        self.refuses -= 1
        if self.refuses >= 0:
            raise LogError(f"{len(data)} bytes could not be kept: No space left on device")
        return super().put(data)


def feed(*, in_datagrams):
    origin = "udp://127.0.0.1:8600" if in_datagrams else "tcp://127.0.0.1:1"
    return feed_fact(origin, CONTEXT)


UDP = feed(in_datagrams=True)


def raw_of(blobs, facts, *, in_datagrams=True, clock=None, **named):
    free = named.pop("free_bytes", lambda: 10 * LEAST_FREE_BYTES)
    return RawFeeds(
        [(feed(in_datagrams=in_datagrams), in_datagrams)],
        blobs,
        facts.extend,
        clock or FakeClock(),
        free_bytes=free,
        **named,
    )


def watched(pieces, *, in_datagrams, raw=None):
    """Return the facts that a node makes of a live feed's pieces."""
    facts, clock = [], FakeClock()
    fed = Fed(
        FeedSettings(source="tcp://127.0.0.1:1"), feed(in_datagrams=in_datagrams), in_datagrams, is_file=False
    )
    script = Script(pieces)
    script.origin = ADDRESS
    fed.source, fed.retry_s = script, math.inf
    feeds = Feeds([fed], clock, lambda *_: None)
    if raw is not None:
        feeds.raw = raw.take

    def append(made):
        facts.extend(decode_fact(*encode_fact(fact)) for fact in made)
        return len(facts)

    NodeWatch(feeds, CONTEXT, TERMS, clock, append=append, stopped=lambda: not script.pieces, ticks=False).run(
        feeds
    )
    return facts


def plots_of(blocks):
    return sorted((plot.id, plot.time_utc, plot.range_m) for one in blocks for plot in one.plots)


def reread(path):
    """Return what `launchwatch track` reads of a file."""
    found = open_file(path)
    return decode_file(
        found, {}, as_of_utc=CONTEXT.as_of_utc, evidence="again", provenance=CONTEXT.provenance("observe")
    )


def datagrams_of(lines):
    times = [msgspec.json.decode(line).get("time_utc") for line in lines]
    received = [2_000_000_000.25 if time is None else parse_instant(time) + 0.125 for time in times]
    return [Received(*one) for one in zip(received, lines, strict=True)]


def test_datagrams_are_read_again_to_the_same_plots(lines, tmp_path):
    """Of datagrams in a capture comes out, by the log's hash, that the reader makes the same plots of."""
    blobs, told = Blobs(tmp_path / "blobs"), []
    raw = raw_of(blobs, told)
    facts = watched(datagrams_of(lines), in_datagrams=True, raw=raw)
    raw.write_due(last=True)
    (fact,) = told
    assert (fact.kind, fact.origin) == ("raw", "udp://127.0.0.1:8600")
    assert fact.provenance.derived_from == (UDP.id,)
    (tmp_path / "again").write_bytes(blobs.get(fact.sha256))
    assert fact.size_bytes == (tmp_path / "again").stat().st_size
    taken = plots_of(fact for fact in facts if isinstance(fact, PlotBlock))
    assert len(taken) > 500
    assert plots_of(reread(tmp_path / "again").blocks) == taken


def test_what_is_not_decoded_is_kept(tmp_path):
    """A datagram that was refused stands in the capture with the time at which it came."""
    blobs, told = Blobs(tmp_path), []
    raw = raw_of(blobs, told)
    facts = watched([Received(1_800_000_000.5, UNDECODABLE)], in_datagrams=True, raw=raw)
    assert any(isinstance(fact, Rejection) and fact.what != "raw" for fact in facts)
    raw.write_due(last=True)
    with open_file(tmp_path / told[0].sha256[:2] / told[0].sha256).open() as handle:
        content = handle.read()
    assert UNDECODABLE in content
    assert told[0].received_utc == format_instant(1_800_000_000.5)


def test_lines_are_kept_as_they_came_and_cut_between(lines, tmp_path):
    """Parts of a stream, joined, are its bytes; each but the last ends with a line, however the stream was cut."""
    content = b"".join(lines)
    cut = [content[at : at + 1777] for at in range(0, len(content), 1777)]
    blobs, told, clock = Blobs(tmp_path / "blobs"), [], FakeClock()
    raw = raw_of(blobs, told, in_datagrams=False, clock=clock)
    for piece in cut:
        raw.take(0, Received(clock.now(), piece))
        clock.sleep(0.5)
        raw.write_due()
    raw.write_due(last=True)
    parts = [blobs.get(fact.sha256) for fact in told]
    assert b"".join(parts) == content
    assert len(parts) > 3
    assert all(part.endswith(b"\n") for part in parts[:-1])
    assert len({fact.id for fact in told}) == len(told)


def test_a_line_that_the_end_breaks_off_is_ended(tmp_path):
    """What the next process hears first is not read as the rest of it."""
    blobs, told = Blobs(tmp_path), []
    raw = raw_of(blobs, told, in_datagrams=False)
    raw.take(0, Received(1.0, b"whole\nbroken o"))
    raw.write_due(last=True)
    assert blobs.get(told[0].sha256) == b"whole\nbroken o\n"


def test_raw_evidence_that_is_not_asked_for_any_more_leaves_no_alarm(tmp_path):
    """`keep_raw = false` after a full disk: the alarm ends with the next start."""
    path, told = tmp_path / "log.db", []
    raw = raw_of(FullDisk(tmp_path / "blobs", refuses=1), told)
    raw.take(0, Received(1.0, b"x"))
    raw.write_due()
    settings = NodeSettings(name="KR", keep_raw=False)
    feeds = Feeds([], FakeClock(), lambda *_: None)
    with EvidenceLog(path, writable=True) as log:
        log.append(told)
        with LogReader(path) as reader, keep_raw_feeds(tmp_path, settings, feeds, log, reader, FakeClock()):
            assert since_when(log.rows("alarm")) is None


def test_a_line_without_an_end_waits_for_nothing(tmp_path):
    """A stream that never ends its line is written as it is."""
    blobs, told, clock = Blobs(tmp_path), [], FakeClock()
    raw = raw_of(blobs, told, in_datagrams=False, clock=clock)
    for piece in (b"a begun", b" line"):
        raw.take(0, Received(clock.now(), piece))
    clock.sleep(GATHER_S)
    raw.write_due()
    assert blobs.get(told[0].sha256) == b"a begun line"


def test_what_came_is_written_after_some_seconds_or_bytes(tmp_path):
    """Neither sooner than both, nor later than one."""
    blobs, told, clock = Blobs(tmp_path), [], FakeClock()
    raw = raw_of(blobs, told, clock=clock)
    raw.take(0, Received(clock.now(), b"x"))
    clock.sleep(GATHER_S - 0.5)
    raw.write_due()
    assert told == []
    clock.sleep(0.5)
    raw.write_due()
    assert len(told) == 1
    for _ in range(GATHER_BYTES // 1000):
        raw.take(0, Received(clock.now(), b"x" * 1000))
    raw.write_due()
    assert len(told) == 2


def test_a_full_disk_costs_no_plot(lines, tmp_path):
    """While nothing can be kept the plots are the same; one alarm says why, one rejection how many were lost."""
    told, datagrams = [], datagrams_of(lines)
    with raw_of(FullDisk(tmp_path, refuses=math.inf), told) as raw:
        facts = watched(datagrams, in_datagrams=True, raw=raw)
    assert facts == watched(datagrams, in_datagrams=True)
    alarm, rejection = told
    assert isinstance(alarm, Alarm)
    assert (alarm.what, alarm.name, alarm.state) == ("disk", "raw evidence", "raised")
    assert "No space left" in alarm.reason
    assert "No space left" in rejection.reason
    assert (rejection.count, rejection.evidence) == (len(lines), UDP.id)


def test_a_disk_that_has_room_again_is_told(tmp_path):
    """The first part that is kept again clears the alarm and tells what was lost meanwhile."""
    told, clock = [], FakeClock()
    raw = raw_of(FullDisk(tmp_path, refuses=2), told, clock=clock)
    for payload in (b"first", b"second", b"third"):
        raw.take(0, Received(clock.now(), payload))
        clock.sleep(GATHER_S)
        raw.write_due()
    alarm, kept, cleared, rejection = told
    assert kept.kind == "raw"
    assert (cleared.state, cleared.since_utc) == ("cleared", alarm.since_utc)
    assert rejection.count == 2


def test_the_last_room_is_left_to_the_log(tmp_path):
    """With less free than is needed nothing is written, and an end tells what was lost."""
    blobs, told = Blobs(tmp_path), []
    raw = raw_of(blobs, told, free_bytes=lambda: LEAST_FREE_BYTES - 1)
    raw.take(0, Received(1.0, b"x"))
    raw.write_due(last=True)
    alarm, rejection = told
    assert "2000 MB needed" in alarm.reason
    assert rejection.count == 1
    assert list(blobs.digests()) == []
    assert since_when([SimpleNamespace(fact=lambda: alarm)]) == alarm.since_utc


def test_an_alarm_of_an_earlier_process_is_cleared(tmp_path):
    """Who starts while it stands, and can write, says so."""
    told = []
    raw = raw_of(Blobs(tmp_path), told, since="2025-11-07T04:00:00Z")
    raw.take(0, Received(1.0, b"x"))
    raw.write_due(last=True)
    assert [(one.state, one.since_utc) for one in told if isinstance(one, Alarm)] == [
        ("cleared", "2025-11-07T04:00:00Z")
    ]


def test_what_waits_is_bounded(tmp_path):
    """Of a disk that stalls no more than so many bytes wait; what came beyond is told."""
    blobs, told = Blobs(tmp_path), []
    raw = raw_of(blobs, told)
    piece = b"x" * 60_000
    for number in range(200):
        raw.take(0, Received(float(number), piece))
    raw.write_due(last=True)
    sizes = [fact.size_bytes for fact in told if isinstance(fact, Evidence)]
    (lost,) = [fact.count for fact in told if isinstance(fact, Rejection)]
    assert sum(sizes) <= MOST_BYTES
    assert sum(sizes) // 60_000 + lost == 200
    raw.take(0, Received(1.0, piece))
    raw.write_due(last=True)
    assert len([fact for fact in told if isinstance(fact, Evidence)]) == 2


def test_a_log_that_is_away_is_told_later(tmp_path):
    """Facts that the log did not take come with the next."""
    told, answers = [], [LogError("no keeper"), None]

    def append(facts):
        if (error := answers.pop(0)) is not None:
            raise error
        told.extend(facts)

    raw = RawFeeds([(UDP, True)], Blobs(tmp_path), append, FakeClock(), free_bytes=lambda: 10**12)
    for payload in (b"one", b"two"):
        raw.take(0, Received(1.0, payload))
        raw.write_due(last=True)
    assert len(told) == 2


def test_an_end_writes_the_rest(tmp_path):
    """Leaving it writes what was gathered a moment ago."""
    told, thread = [], threading.active_count()
    with raw_of(Blobs(tmp_path), told) as raw:
        raw.take(0, Received(1.0, b"x"))
    assert [fact.kind for fact in told] == ["raw"]
    assert threading.active_count() == thread


def a_raw_fact(tmp_path):
    told = []
    raw = raw_of(Blobs(tmp_path / "blobs"), told)
    raw.take(0, Received(1_800_000_000.0, b"x"))
    raw.write_due(last=True)
    return told[0]


def test_raw_evidence_goes_to_no_partner(tmp_path):
    """Labels that open everything, by name too, do not open it, and a relay sends nothing of it."""
    fact = a_raw_fact(tmp_path)
    settings = NodeSettings(name="KR", labels={"*": OPEN, fact.id: LabelSettings(partners=("US",))})
    assert not Labels(settings, {}).of(fact).of("sha256").admits("US")
    made = relay({"*": OPEN, fact.id: OPEN})
    made.settings.views.update(evidence="full")
    with EvidenceLog(tmp_path / "log.db", writable=True) as log:
        log.append([fact])
        assert send(log, made) == []


def test_a_log_with_raw_evidence_is_assessed_as_without(tmp_path):
    """It is no recording of its own: its plots are there as the feed's."""
    with EvidenceLog(tmp_path / "log.db", writable=True) as log:
        log.append([CONTEXT.start_fact(), UDP, a_raw_fact(tmp_path)])
        assert [one.kind for one in take_from_log(log).intake.evidence] == ["feed"]


def test_a_node_s_raw_feeds_come_out_as_files(lines, tmp_path):
    """Each feed's parts in one file, checked, of the asked time; a damaged part is told."""
    (tmp_path / "node.toml").write_text('name = "KR"\n')
    settings = load_node_settings(tmp_path)
    assert settings.keep_raw
    blobs, told, clock = Blobs(blobs_of(tmp_path, settings)), [], FakeClock()
    raw = raw_of(blobs, told, clock=clock)
    half = len(lines) // 2
    for part in (datagrams_of(lines)[:half], datagrams_of(lines)[half:]):
        for piece in part:
            raw.take(0, piece, "127.0.0.1:8600")
        clock.sleep(GATHER_S)
        raw.write_due()
    with EvidenceLog(log_of(tmp_path, settings), writable=True) as log:
        log.append([CONTEXT.start_fact(), UDP, *told])
    (found,) = export_raw(tmp_path, tmp_path / "out")
    assert (found.file, found.parts, found.missing) == ("udp-127.0.0.1-8600.pcap", 2, ())
    whole = plots_of(reread(tmp_path / "out" / found.file).blocks)
    assert whole == plots_of(
        one for one in watched(datagrams_of(lines), in_datagrams=True) if isinstance(one, PlotBlock)
    )
    (late,) = export_raw(tmp_path, tmp_path / "late", from_s=clock.now() - 1.0)
    assert late.parts == 1
    (blobs.folder / told[0].sha256[:2] / told[0].sha256).write_bytes(b"changed")
    (damaged,) = export_raw(tmp_path, tmp_path / "damaged")
    assert (damaged.parts, damaged.missing) == (1, (told[0].sha256,))
