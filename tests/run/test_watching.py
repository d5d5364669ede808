"""Watching: a feed gives the tracks of the batch, whatever the way it comes, and ends cleanly."""

import json
import math
import os
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import Future

import msgspec
import numpy as np
import pytest

from launchwatch.basis.errors import InputError
from launchwatch.basis.instants import format_instant
from launchwatch.cli.watch import _state_lines
from launchwatch.facts import Plot, Provenance, Rejection, Sensor, recording_line
from launchwatch.feeds.pcap import Received, datagrams
from launchwatch.feeds.udp import open_udp
from launchwatch.geo.ellipsoid import geodetic_from_ecef
from launchwatch.geo.geodesic import distance_and_azimuth
from launchwatch.geo.sight import look
from launchwatch.keep import EvidenceLog
from launchwatch.observe.asterix import Datagram, Site, decode_asterix
from launchwatch.observe.sensor_faults import most_plots
from launchwatch.observe.streams import DatagramStream
from launchwatch.run import opening, watching
from launchwatch.run.background import Background
from launchwatch.run.commands import assess_from_log, simulate_scenario, track
from launchwatch.run.watching import Ended, Merged, Status, Terms, Updated, watch
from launchwatch.simulate.sensing import sensor_place
from tests.estimate.test_ordering import Stand

LONG_S = 120


class FakeClock:
    """A clock that goes on only while someone sleeps."""

    def __init__(self):
        self.time_s = 2_000_000_000.0

    def now(self):
        return self.time_s

    def sleep(self, seconds):
        self.time_s += seconds


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    return simulate_scenario("taegwan-2025-11-07", tmp_path_factory.mktemp("made")).recording


@pytest.fixture(scope="module")
def batch(recording):
    return [bare(one) for one in track(recording, updates="last").tracks]


def bare(one):
    """Return a track without the clock of its run."""
    return msgspec.structs.replace(one, provenance=None)


def test_a_replay_ends_with_the_tracks_of_the_batch(recording, batch, tmp_path):
    """`watch` at full speed gives every track of `track`, and its log verifies and can be assessed."""
    news = []
    done = watch(str(recording), log=tmp_path / "w.db", tell=news.append, clock=FakeClock())
    assert [bare(one) for one in done.tracks] == batch
    assert done.refused == 0
    assert [one.track for one in news if isinstance(one, Ended)] == done.tracks
    firsts = [one for one in news if isinstance(one, Updated) and one.first]
    assert len(firsts) == len(batch) == 1
    with EvidenceLog(tmp_path / "w.db") as log:
        assert log.unfinished_runs() == []
        kinds = [row.kind for row in log.rows()]
    assert kinds[:2] == ["run", "evidence"]
    assert kinds[-1] == "end"
    assert kinds.count("state") == sum(isinstance(one, Updated) for one in news)
    assert len(assess_from_log(tmp_path / "w.db").events) == 1


def test_a_brief_watch_tells_the_same_track_without_its_posterior(recording, batch):
    """`posterior=False` leaves out launch and fall; plots, times and last state are those of the batch."""
    (one,) = watch(str(recording), terms=Terms(posterior=False), clock=FakeClock()).tracks
    assert (one.id, one.launch, one.impact) == (batch[0].id, None, None)
    assert one.updates[-1].covariance == batch[0].updates[-1].covariance


def test_the_log_holds_one_block_fact_a_scan(recording, tmp_path):
    """Plots are logged scan by scan as the batch divides them, each once."""
    watch(str(recording), log=tmp_path / "w.db", clock=FakeClock())
    with EvidenceLog(tmp_path / "w.db") as log:
        blocks = [row.fact() for row in log.rows("plots")]
    lines = [json.loads(line) for line in recording.read_bytes().splitlines()]
    ids = sorted(line["id"] for line in lines if line["type"] == "plot")
    assert sorted(p.id for block in blocks for p in block.plots) == ids
    for sensor in {block.sensor for block in blocks}:
        scan_s = next(line["scan_s"] for line in lines if line["type"] == "sensor" and line["id"] == sensor)
        own = [block for block in blocks if block.sensor == sensor]
        starts = [watching.ordering.timed_plots(block)[0][0] for block in own]
        assert np.diff(starts).min() >= 0.999 * scan_s


def test_shuffled_and_repeated_lines_give_the_same_tracks(recording, batch, tmp_path):
    """Plots up to 30 s out of order, some twice, in a file: the tracks are those of the batch, bit for bit."""
    rng = np.random.default_rng(4)
    lines = recording.read_bytes().splitlines(keepends=True)
    heads = [line for line in lines if b'"type":"plot"' not in line]
    plots = [line for line in lines if b'"type":"plot"' in line]
    times = [watching.ordering.parse_instant(json.loads(line)["time_utc"]) for line in plots]
    rows = [(t + rng.uniform(0, 30), i) for i, t in enumerate(times)]
    rows += [(times[i] + 30, i) for i in rng.choice(len(plots), 20, replace=False)]
    path = tmp_path / recording.name
    path.write_bytes(b"".join([*heads, *(plots[i] for _, i in sorted(rows))]))
    done = watch(str(path), clock=FakeClock())
    assert [bare(one) for one in done.tracks] == batch
    assert done.refused == 20


def test_a_paced_replay_takes_its_time(recording, batch):
    """At ten times the speed the clock runs a tenth of the recording's span, and the tracks stay the same."""
    clock = FakeClock()
    done = watch(str(recording), terms=Terms(speed=10.0), clock=clock)
    assert [bare(one) for one in done.tracks] == batch
    lines = [json.loads(line) for line in recording.read_bytes().splitlines()]
    times = [watching.ordering.parse_instant(line["time_utc"]) for line in lines if line["type"] == "plot"]
    assert done.seconds == pytest.approx((times[-1] - times[0]) / 10, abs=0.01)


def test_it_stops_at_an_instant_and_after_a_while(recording):
    """`until` leaves out later plots; `for` ends by the clock; both close with final states."""
    until = watching.ordering.parse_instant("2025-11-07T03:38:00Z")
    news = []
    done = watch(str(recording), terms=Terms(until_s=until), tell=news.append, clock=FakeClock())
    assert len(done.tracks) == 1
    assert done.tracks[0].last_utc < "2025-11-07T03:38:00"
    short = watch(str(recording), terms=Terms(speed=1.0, for_s=20.0), clock=FakeClock())
    assert 20 <= short.seconds < 25
    assert isinstance(news[-1], Status)


def test_bad_bytes_never_end_it(recording, batch, tmp_path):
    """Garbage between the lines is refused with its reason, and the tracks are those without it."""
    rng = np.random.default_rng(3)
    lines = recording.read_bytes().splitlines(keepends=True)
    spoilt = []
    for line in lines:
        if rng.random() < 0.05:
            spoilt.append(rng.bytes(30).replace(b"\n", b" ") + b"\n")
        spoilt.append(line)
    path = tmp_path / recording.name
    path.write_bytes(b"".join(spoilt))
    done = watch(str(path), clock=FakeClock())
    assert [bare(one) for one in done.tracks] == batch
    assert done.refused == len(spoilt) - len(lines)


def test_a_socket_gives_the_same_states(recording, batch):
    """Through a loopback socket in odd pieces the last state is that of the batch."""
    data = recording.read_bytes()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def send():
            with listener.accept()[0] as connection:
                for at in range(0, len(data), 1777):
                    connection.sendall(data[at : at + 1777])

        sender = threading.Thread(target=send)
        sender.start()
        done = watch(f"tcp://127.0.0.1:{listener.getsockname()[1]}")
        sender.join(LONG_S)
    assert [one.id for one in done.tracks] == [one.id for one in batch]
    assert done.tracks[0].updates[-1].position_ecef_m == batch[0].updates[-1].position_ecef_m


class Dropping:
    """A feed that lost datagrams."""

    origin, over, lost = "udp", False, 0

    def __init__(self, pieces):
        self.pieces = pieces

    def receive(self, _wait_s):
        if not self.pieces:
            self.over = True
            return None
        self.lost += 3
        return Received(None, self.pieces.pop(0))

    def close(self):
        self.over = True


def test_lost_datagrams_are_recorded(monkeypatch):
    """What could not be kept makes one refusal with the number lost."""
    monkeypatch.setattr(opening, "open_feed", lambda *_: Dropping([b"{x", b"{y"]))
    news = []
    done = watch("udp://127.0.0.1:1", tell=news.append, clock=FakeClock())
    reasons = [one.reason for one in news if hasattr(one, "reason")]
    assert "lost: 6 datagrams came faster than they were taken" in reasons
    assert done.refused == 8


def told_refused(news, log):
    """Return how many are refused by the last status, by all rejections told, and by the log's end."""
    (end,) = log.rows("end")
    told = sum(one.count for one in news if isinstance(one, Rejection))
    return news[-1].refused, told, end.fact().rejections


def sensor_of(row):
    """Return the fact of a recording's line."""
    return msgspec.convert({key: value for key, value in row.items() if key != "type"}, Sensor)


def plot_line(row, **fields):
    """Return the line of a recording's plot with other fields."""
    return json.dumps(row | fields, separators=(",", ":")).encode() + b"\n"


def test_every_refused_plot_counts_once(recording, batch, tmp_path):
    """Of 40 wrong lines, 150 repeated plots, 3 beyond a flood's most and 300 in radians each counts once."""
    lines = recording.read_bytes().splitlines(keepends=True)
    rows = [json.loads(line) for line in lines if b'"type":"plot"' in line]
    sensor = json.loads(next(line for line in lines if b'"kind":"radar"' in line))
    flooding, turned = sensor | {"id": "F"}, sensor | {"id": "T", "false_plots_per_scan": 0.0}
    row = next(one for one in rows if one["sensor"] == sensor["id"]) | {"azimuth_deg": 1.0, "elevation_deg": 0.7}
    at = rows[-1]["time_utc"]
    flood = [
        plot_line(row, id=f"f{n}", sensor="F", time_utc=at, range_m=1e5 + n, elevation_deg=40.0)
        for n in range(most_plots(sensor_of(flooding)) + 3)
    ]
    start = watching.ordering.parse_instant(at)
    radians = [plot_line(row, id=f"t{n}", sensor="T", time_utc=format_instant(start + n)) for n in range(320)]
    repeated = [line for line in lines if b'"type":"plot"' in line][-150:]
    heads = [json.dumps(one, separators=(",", ":")).encode() + b"\n" for one in (flooding, turned)]
    path = tmp_path / recording.name
    path.write_bytes(b"".join([*lines, *repeated, *heads, *[b"{x\n"] * 40, *flood, *radians]))
    news = []
    done = watch(str(path), log=tmp_path / "w.db", tell=news.append, clock=FakeClock())
    with EvidenceLog(tmp_path / "w.db") as log:
        assert told_refused(news, log) == (done.refused,) * 3
    assert done.plots + done.refused == len(rows) + len(repeated) + 40 + len(flood) + len(radians)
    reasons = [one.reason for one in news if isinstance(one, Rejection)]
    assert sum("flood" in reason for reason in reasons) == 1, reasons
    assert sum("radians" in reason for reason in reasons) == 2
    assert [bare(one) for one in done.tracks] == batch


def test_asterix_by_udp_is_the_capture_s(shared, monkeypatch):
    """Real CAT034 and CAT048 sent as datagrams give the plots that the capture's decoder finds in them."""
    capture = shared / "recordings" / "asterix" / "cat_034_048.pcap"
    with capture.open("rb") as handle:
        sent = [piece for piece in datagrams(handle) if not isinstance(piece, InputError)]
    sites = {(25, 201): Site(sac=25, sic=201, id="X", lat_deg=50.0, lon_deg=10.0, height_m=300.0)}
    who = Provenance(author="test", created_utc="2025-11-07T03:35:00Z")
    known = decode_asterix(
        [Datagram(*piece) for piece in sent], sites, reference_s=2e9, evidence="e", provenance=who
    )
    stream = DatagramStream("e", who, sites, 2e9)
    heard = [stream.feed(piece.payload, piece.received_s) for piece in sent] + [stream.end()]
    expected = {plot.id for block in known.blocks for plot in block.plots}
    assert {plot.id for one in heard for _, plot in one.plots} == expected
    assert expected
    monkeypatch.setattr(watching.ordering, "tracker", Stand)
    source = open_udp("127.0.0.1", 0, lambda: sent[0].received_s + 60.0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for piece in sent:
            sender.sendto(piece.payload, ("127.0.0.1", source.port))
    monkeypatch.setattr(opening, "open_feed", lambda *_: source)
    monkeypatch.setattr(watching, "load_sites", lambda _: sites)
    done = watch("udp://127.0.0.1:0", terms=Terms(for_s=1.0))
    assert done.plots == len(expected)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(number, recording, tmp_path):
    """SIGINT and SIGTERM end a watch of an open pipe with final tracks, a closed log and status 0."""
    log = tmp_path / "w.db"
    command = [sys.executable, "-m", "launchwatch.cli.main", "watch", "-", "--json", "--log", str(log)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ) as process:
        process.stdin.write(recording.read_bytes())
        process.stdin.flush()
        lines = []
        while not any(b'"type":"update"' in line for line in lines):
            lines.append(process.stdout.readline())
            assert lines[-1]
        process.send_signal(number)
        lines += process.stdout.readlines()
        assert process.wait(LONG_S) == 0
    kinds = [json.loads(line)["type"] for line in lines]
    assert "track" in kinds
    assert kinds[-1] == "status"
    with EvidenceLog(log) as opened:
        opened.verify()
        assert opened.unfinished_runs() == []
    assert math.isfinite(json.loads(lines[-1])["plots"])


def converging(path, rng):
    """Write a radar's recording of two aircraft that draw together within a minute and then give one plot."""
    sensor = Sensor(
        id="R", kind="radar", lat_deg=38.0, lon_deg=128.4, height_m=300.0, sigma_range_m=30.0,
        sigma_azimuth_deg=0.05, sigma_elevation_deg=0.05, scan_s=1.0,
    )  # fmt: skip
    position, enu = sensor_place(sensor)
    lines = [recording_line(sensor)]
    for second in range(150):
        apart = 1500.0 * (1.0 + math.cos(math.pi * min(second / 60, 1.0)))
        for n, off in enumerate([0.0, apart] if second < 60 else [0.0]):
            place = position + enu.T @ [-20e3 + 250.0 * second, 60e3 + off, 9e3]
            distance, azimuth, elevation = look(np.concatenate([place, np.zeros(3)]), position, enu)[:3]
            plot = Plot(
                id=f"{n}-{second}", sensor="R", time_utc=format_instant(1_762_486_500.0 + second),
                range_m=float(distance + rng.normal(0, 30.0)),
                azimuth_deg=math.degrees(azimuth) + rng.normal(0, 0.05),
                elevation_deg=math.degrees(elevation) + rng.normal(0, 0.05),
            )  # fmt: skip
            lines.append(recording_line(plot))
    path.write_bytes(b"".join(lines))
    return lines


def merger(path, log):
    """Return what a watch told of mergers, of states, and what it logged of mergers."""
    news = []
    watch(str(path), log=log, as_of_utc="2025-11-07T04:00:00Z", tell=news.append, clock=FakeClock())
    with EvidenceLog(log) as opened:
        facts = [row.fact() for row in opened.rows("merger")]
    return [one for one in news if isinstance(one, Merged)], [o for o in news if isinstance(o, Updated)], facts


def test_a_merged_track_is_told_once(tmp_path):
    """That one of two tracks is merged into the other is told and logged once, in whatever order plots come."""
    rng = np.random.default_rng(5)
    head, *plots = converging(tmp_path / "a.ndjson", rng)
    (told,), states, (fact,) = merger(tmp_path / "a.ndjson", tmp_path / "a.db")
    assert {one.number for one in states} == {told.number, told.into}
    assert (fact.track, fact.into, fact.time_utc) == (told.number, told.into, told.time_utc)
    gone = [one.update.time_utc for one in states if one.number == told.number]
    assert max(gone) <= told.time_utc < max(one.update.time_utc for one in states if one.number == told.into)
    late = sorted(range(len(plots)), key=lambda n: n + rng.uniform(0, 30))
    (tmp_path / "b.ndjson").write_bytes(b"".join([head, *(plots[n] for n in late)]))
    assert merger(tmp_path / "b.ndjson", tmp_path / "b.db")[0] == [told]


class Idle(Background):
    """A background that does nothing until it is waited for or a hundred jobs wait, and then all of them."""

    def __init__(self):
        super().__init__(100)
        self.jobs = []

    def give(self, job, *args, **named):
        if len(self.jobs) == self._most:
            self.wait()
        self.jobs.append((Future(), job, args, named))
        return self.jobs[-1][0]

    def wait(self):
        for future, job, args, named in self.jobs:
            future.set_result(job(*args, **named))
        self.jobs.clear()


def test_live_states_tell_the_launch_however_slow_the_background(recording, tmp_path, monkeypatch):
    """States in boost and after tell place and time of launch, as near as stated; the log is that of idling."""
    heads, states = [], []
    for name in ("quick", "idle"):
        if name == "idle":
            monkeypatch.setattr(watching, "Background", Idle)
        watch(str(recording), log=tmp_path / name, as_of_utc="2025-11-07T04:00:00Z", clock=FakeClock())
        with EvidenceLog(tmp_path / name) as log:
            heads.append(log.verify())
            states.append([row.fact() for row in log.rows("state")])
    assert heads[0] == heads[1]
    told = [one.update for one in states[0] if one.update.launch is not None]
    assert len(told) > 0.9 * len(states[0])
    assert told[0].modes["boost"] > 0.5
    truth = next(json.loads(line) for line in recording.read_bytes().splitlines() if b'"type":"truth"' in line)
    lat, lon, _ = geodetic_from_ecef(np.array([truth["position_ecef_m"]]))[0]
    for update in (told[len(told) // 4], told[-1]):
        place, begun = update.launch, update.launch.time_utc
        off, _ = distance_and_azimuth(math.radians(place.lat_deg), math.radians(place.lon_deg), lat, lon)
        assert off < 1.5e3 * place.ellipse_95.semi_major_km
        assert begun.p05 < begun.median < begun.p95
    assert told[0].launch.ellipse_95.semi_major_km > told[-1].launch.ellipse_95.semi_major_km


def test_a_state_s_line_tells_where_and_when_it_was_launched(recording):
    """The line printed for a state has the launch's place, its interval of time and its ellipse."""
    news = []
    watch(str(recording), tell=news.append, clock=FakeClock())
    state = [one for one in news if isinstance(one, Updated)][-1]
    place = state.update.launch
    line = "\n".join(_state_lines(state))
    assert f"launched at {place.lat_deg:.3f} N {place.lon_deg:.3f} E, 2025-11-07T03:3" in line
    assert f"(90 % from {place.time_utc.p05[11:21]} to {place.time_utc.p95[11:21]}), 95 % within" in line
