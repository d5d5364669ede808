"""A launch from Kusong that passes or falls, as states of a track; a node with keys; a log in this process."""

import math
from functools import cache

import numpy as np

from launchwatch.basis.constants import WGS84_MU_M3_S2, WGS84_ROTATION_RAD_S
from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.facts import (
    Ellipse,
    HumanStatement,
    ImpactPrediction,
    Interval,
    PathSupport,
    PointEstimate,
    Provenance,
    Tick,
    TimeInterval,
    TrackedState,
    TrackUpdate,
    Verdict,
)
from launchwatch.geo.ellipsoid import ecef_from_geodetic
from launchwatch.keep import EvidenceLog
from launchwatch.run.keeper import LogReader
from launchwatch.run.keys import make_node_keys, trust_key
from launchwatch.run.node_settings import ChannelSettings, NodeSettings, PolicySettings
from launchwatch.run.officers import approve, open_requests
from launchwatch.run.outlets import open_outlets
from launchwatch.run.warning import open_desk
from launchwatch.run.warning_parts import parts_of
from launchwatch.tell.approvals import sign_statement
from tests.tell.released import private, trusted

LAUNCH_S = parse_instant("2026-03-01T00:00:00Z")
LAUNCH, MADE = (39.93, 125.2), Provenance(author="test", created_utc=format_instant(LAUNCH_S))
BURNOUT_S = 70.0
AOMORI, PACIFIC, SEA = (40.8, 140.9), (41.5, 150.0), (40.5, 135.0)
OWNERS = (("green-pine", "ROK", "fibre-1", "hub-a"), ("fps-5", "JPN", "fibre-2", "hub-b"))


def place(lat_deg, lon_deg, height_m):
    lat, lon = math.radians(lat_deg), math.radians(lon_deg)
    return ecef_from_geodetic(np.array([lat]), np.array([lon]), np.array([height_m]))[0]


def acceleration(state):
    """Point mass, earth-fixed: attraction, centrifugal and Coriolis accelerations."""
    r, v = state[:3], state[3:]
    spin = np.array([0.0, 0.0, WGS84_ROTATION_RAD_S])
    pull = -WGS84_MU_M3_S2 * r / np.linalg.norm(r) ** 3
    return np.concatenate([v, pull - np.cross(spin, np.cross(spin, r)) - 2.0 * np.cross(spin, v)])


def flown(state, seconds):
    step = seconds / 100.0
    for _ in range(100):
        a = acceleration(state)
        b = acceleration(state + 0.5 * step * a)
        c = acceleration(state + 0.5 * step * b)
        d = acceleration(state + step * c)
        state = state + step / 6.0 * (a + 2.0 * b + 2.0 * c + d)
    return state


@cache
def burnout_state(target, flight_s):
    """Return the state at burnout, 60 km up and 60 km down range, from which free flight ends at a target."""
    share = 60e3 / 6.371e6 / math.radians(abs(target[1] - LAUNCH[1]) * 0.76)
    where = (LAUNCH[0] + share * (target[0] - LAUNCH[0]), LAUNCH[1] + share * (target[1] - LAUNCH[1]))
    start, end = place(*where, 60e3), place(*target, 0.0)
    velocity = (end - start) / flight_s + np.array([0.0, 0.0, 4.9 * flight_s * 0.7])
    for _ in range(12):
        miss = flown(np.concatenate([start, velocity]), flight_s)[:3] - end
        turned = np.column_stack(
            [flown(np.concatenate([start, velocity + step]), flight_s)[:3] - end - miss for step in np.eye(3)]
        )
        velocity = velocity - np.linalg.solve(turned, miss)
    return np.concatenate([start, velocity])


def interval(median, width=0.0):
    return Interval(median=median, p05=median - width, p95=median + width)


def state_at(
    flight_time_s,
    target=AOMORI,
    *,
    flight_s=480.0,
    track=1,
    run="run-1",
    begun_s=60.0,
    sensors=OWNERS,
    launch_s=LAUNCH_S,
):
    """Return the state that the tracker would tell `flight_time_s` after lift-off, seen by two owners' sensors."""
    now_s = launch_s + flight_time_s
    left_s = BURNOUT_S + flight_s - flight_time_s
    first = burnout_state(target, flight_s)
    state = flown(first, flight_time_s - BURNOUT_S) if flight_time_s != BURNOUT_S else first
    km = max(4.0, 40.0 * left_s / flight_s)
    ellipse = Ellipse(semi_major_km=km, semi_minor_km=km / 2, azimuth_deg=80.0)
    now = format_instant(now_s)
    update = TrackUpdate(
        time_utc=now,
        position_ecef_m=tuple(state[:3].tolist()),
        velocity_ecef_m_s=tuple(state[3:].tolist()),
        covariance=tuple(np.diag([300.0**2] * 3 + [10.0**2] * 3).ravel().tolist()),
        modes={"ballistic": 1.0},
        class_={"MRBM": 0.99, "aircraft": 0.01},
        verdict=Verdict(
            says="ballistic", reasons=("test",), burning=0.01, energy_height_km=interval(400.0, 20.0),
            perigee_km=interval(-4000.0, 100.0), apogee_km=interval(300.0, 10.0),
        ),
        launch=PointEstimate(
            lat_deg=LAUNCH[0], lon_deg=LAUNCH[1],
            ellipse_95=Ellipse(semi_major_km=5.0, semi_minor_km=3.0, azimuth_deg=80.0),
            time_utc=TimeInterval(
                median=format_instant(launch_s), p05=format_instant(launch_s - 3), p95=format_instant(launch_s + 3)
            ),
        ),
        heading_deg=80.0,
        impact=ImpactPrediction(
            lat_deg=target[0], lon_deg=target[1], time_utc=format_instant(now_s + left_s), ellipse_95=ellipse,
            assumes="ballistic", probability=1.0, remaining_s=interval(left_s, 5.0),
        ),
        existence=1.0,
        plots=2 * int((flight_time_s - begun_s) / 5.0 + 1),
        support=tuple(
            PathSupport(
                sensor=sensor, owner=owner, path=path, host=host, plots=int((flight_time_s - begun_s) / 5.0 + 1),
                recent=3, last_utc=format_instant(now_s - 0.7 * number),
                first_utc=format_instant(launch_s + begun_s - 0.7 * number),
            )
            for number, (sensor, owner, path, host) in enumerate(sensors)
        ),
    )  # fmt: skip
    return TrackedState(
        id=f"state-{run}-{track}-{flight_time_s:.1f}", run=run, track=track, status="confirmed", update=update,
        provenance=MADE,
    )  # fmt: skip


def tick(flight_time_s):
    now = format_instant(LAUNCH_S + flight_time_s)
    return Tick(id=f"tick-{now}", time_utc=now, source="clock")


def statement(number, alert, flight_time_s, kind="issued in error"):
    said = HumanStatement(
        id="", kind=kind, alert=alert, time_utc=format_instant(LAUNCH_S + flight_time_s), key="", signature="",
        reason="test", status="exercise",
    )  # fmt: skip
    return sign_statement(said, private(number))


class Client:
    """The keeper's client without its socket: the one writer of a log in this process."""

    def __init__(self, path):
        self.log = EvidenceLog(path, writable=True)

    def append(self, facts):
        return self.log.append(facts, once=True)

    def cursor(self, name):
        return self.log.cursor(name)

    def set_cursor(self, name, seq):
        self.log.set_cursor(name, seq)


class Clock:
    """Time that stands until it is set."""

    def __init__(self, flight_time_s=0.0):
        self.seconds = LAUNCH_S + flight_time_s

    def now(self):
        return self.seconds

    def sleep(self, seconds):
        self.seconds += seconds


KIM, LEE, THIEF, LIVE_OFFICER = 1, 2, 3, 4
OFFICERS = (trusted(KIM, "Kim"), trusted(LEE, "Lee"), trusted(LIVE_OFFICER, "Sato", realm="live"))
FILES = {"board": ChannelSettings(kind="files", to="out")}


@cache
def parts(protects=("JPN",), languages=("en", "ja"), policy=PolicySettings()):  # noqa: B008 - frozen
    """Return the real steps, made once: geometry of what is protected takes seconds to load."""
    return parts_of(NodeSettings(name="JP", protects=protects, languages=languages, policy=policy))


class Node:
    """A node's folder, log and `warn` desk, driven turn by turn."""

    def __init__(self, folder, channels=FILES, realm="exercise", begun_s=0.0):
        self.folder, self.realm = folder, realm
        self.settings = NodeSettings(name="JP", realm=realm, protects=("JPN",), channels=channels)
        self.clock = Clock(begun_s)
        (folder / realm).mkdir(parents=True, exist_ok=True)
        make_node_keys(folder, realm, "node JP", self.clock.now() - 1.0)
        for key in OFFICERS:
            trust_key(folder, key)
        self.path = folder / realm / "log.db"
        self.client = Client(self.path)
        self.told = []
        self.start()

    def start(self):
        self.reader = LogReader(self.path)
        self.outlets = open_outlets(self.folder, self.settings, self.clock)
        self.desk = open_desk(
            self.folder, self.settings, self.client, self.reader, self.clock, self.outlets, parts=parts(),
            tell=self.told.append,
        )  # fmt: skip

    def stop(self):
        for outlet in self.outlets:
            outlet.close()
        self.reader.close()

    def restart(self):
        self.stop()
        self.start()

    def close(self):
        self.stop()
        self.client.log.close()

    def at(self, flight_time_s, *facts):
        """Let it be so long after lift-off, log what came, and let the desk turn until nothing moves."""
        self.clock.seconds = LAUNCH_S + flight_time_s
        self.client.append([tick(flight_time_s), *facts])
        self.settle()

    def settle(self):
        still = 0
        while still < 2:
            before = self.reader.seq()
            self.desk.turn()
            for outlet in self.outlets:
                wait(outlet)
            still = still + 1 if self.reader.seq() == before else 0

    def fly(self, begin_s, end_s, target=AOMORI, step_s=5.0, **options):
        time_s = begin_s
        while time_s <= end_s:
            self.at(time_s, state_at(time_s, target, **options))
            time_s += step_s

    def facts(self, *kinds):
        return [row.fact() for row in self.reader.rows(*kinds)]

    def approve(self, *numbers, which=None, flight_time_s=None):
        if flight_time_s is not None:
            self.clock.seconds = LAUNCH_S + flight_time_s
        for number in numbers:
            asked = open_requests(self.reader, self.clock.now(), which)
            if asked:
                approve(self.client, asked, private(number), self.clock.now())
        self.settle()

    def posted(self, channel="out"):
        """Return what lies on the board, by bulletin."""
        folder = self.folder / self.realm / channel
        return {
            path.name.split(".")[0]: path
            for path in sorted(folder.glob("bulletin-*"))
            if "envelope" not in path.name
        }


def wait(outlet):
    outlet._thread.submit(lambda: None).result(10)
