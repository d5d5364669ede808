"""The supervisor: what dies is started again, at once, then more slowly, and told of; nodes made and paired."""

import tomllib

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from launchwatch.basis.errors import InputError, LogError
from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.channels.certificates import client_context
from launchwatch.cli.main import main
from launchwatch.facts import Alarm, Heartbeat, Provenance
from launchwatch.keep import EvidenceLog
from launchwatch.run.endings import ends_of
from launchwatch.run.node import PAUSES_S, STEADY_S, Supervisor, Watched, roles_of, supervise
from launchwatch.run.node_settings import NodeSettings, PaceSettings, load_node_settings
from launchwatch.run.node_status import status_of
from launchwatch.run.nodes import broker_folder, pinned_certificate, socket_of
from launchwatch.run.pairing import format_toml, init_node, pair_nodes, renew_node, save_settings
from launchwatch.run.sharing import identity_of
from tests.run.test_watching import FakeClock


class FakeChild:
    """A process that lives until it is told to die."""

    pid = 1

    def __init__(self):
        self.starts, self.alive = 0, False

    def start(self):
        self.starts, self.alive = self.starts + 1, True

    def is_alive(self):
        return self.alive

    def last_words(self):
        return "ended with 1"

    def stop(self):
        self.alive = False

    def kill(self):
        self.alive = False


@pytest.fixture
def made(tmp_path):
    clock, facts = FakeClock(), []
    child = FakeChild()
    settings = NodeSettings(name="KR")
    supervisor = Supervisor(tmp_path, settings, clock, [Watched("track", child)], facts.extend)
    supervisor.start()
    return supervisor, child, clock, facts


def turn(supervisor, clock, seconds):
    for _ in range(round(seconds / 0.05)):
        clock.sleep(0.05)
        supervisor.turn()


def test_what_dies_is_started_at_once_and_told_of(made):
    """The first death costs no pause; its alarm is raised, and cleared when it lives again."""
    supervisor, child, clock, facts = made
    turn(supervisor, clock, 1)
    child.alive = False
    turn(supervisor, clock, 0.1)
    assert child.starts == 2
    turn(supervisor, clock, 2)
    alarms = [(fact.name, fact.state) for fact in facts if isinstance(fact, Alarm)]
    assert alarms == [("track", "raised"), ("track", "cleared")]
    assert sum(isinstance(fact, Heartbeat) for fact in facts) >= 3


def test_a_death_that_an_earlier_supervisor_told_of_is_cleared(made):
    """Its alarm stands in the log when this one starts, and ends once the process lives."""
    supervisor, child, clock, facts = made
    supervisor.children[0].down_since = "2026-01-01T00:00:00Z"
    turn(supervisor, clock, 2)
    assert [(one.state, one.since_utc) for one in facts if isinstance(one, Alarm)] == [
        ("cleared", "2026-01-01T00:00:00Z")
    ]
    assert child.alive


def test_what_dies_at_once_is_started_ever_more_slowly(made):
    """A process that cannot live takes a start every ten seconds in the end, and one alarm."""
    supervisor, child, clock, facts = made
    for _ in range(2000):
        child.alive = False
        turn(supervisor, clock, 0.05)
    assert 100 / PAUSES_S[-1] <= child.starts <= 100 / PAUSES_S[-1] + len(PAUSES_S) + 1
    assert [fact.state for fact in facts if isinstance(fact, Alarm)] == ["raised"]


def test_a_steady_life_forgives_a_death(made):
    """After ten seconds of life the next death costs no pause again."""
    supervisor, child, clock, _ = made
    for _ in range(3):
        child.alive = False
        turn(supervisor, clock, STEADY_S + 3)
    assert child.starts == 4


def test_what_the_log_does_not_take_is_kept(made):
    """While the keeper is away, alarms wait for it."""
    supervisor, child, clock, facts = made
    logged = supervisor.append

    def refuse(_):
        raise LogError("no keeper")

    supervisor.append = refuse
    child.alive = False
    turn(supervisor, clock, 1)
    supervisor.append = logged
    turn(supervisor, clock, 1)
    assert any(isinstance(fact, Alarm) and fact.state == "raised" for fact in facts)


def test_a_node_that_runs_is_not_run_again(tmp_path, monkeypatch):
    """The second `node run` of a folder starts nothing and says why; after the first has ended it may."""
    monkeypatch.setattr("launchwatch.run.node.roles_of", lambda _: ())
    init_node(tmp_path / "KR", "KR", FakeClock())
    clock, refused = FakeClock(), []

    def stopped():
        with pytest.raises(InputError, match="runs already; given 'KR'") as error:
            supervise(tmp_path / "KR", lambda: True, clock)
        refused.append(error)
        return True

    supervise(tmp_path / "KR", stopped, clock)
    supervise(tmp_path / "KR", lambda: True, clock)
    assert len(refused) == 1


def test_two_nodes_are_made_and_paired(tmp_path):
    """Each has the other's public key, certificate and address, and no private key leaves its folder."""
    clock = FakeClock()
    for name in ("KR", "US"):
        init_node(tmp_path / name, name, clock, protects=("KOR",))
    pair_nodes(tmp_path / "KR", tmp_path / "US", clock)
    kr, us = (load_node_settings(tmp_path / name) for name in ("KR", "US"))
    assert kr.partners["US"].address == f"127.0.0.1:{us.port}"
    assert (
        pinned_certificate(tmp_path / "KR", kr, "US").read_bytes()
        == (tmp_path / "US" / "exercise" / "broker" / "tls.crt").read_bytes()
    )
    assert roles_of(kr) == ("keep", "warn", "share")
    privates = {path.read_bytes() for path in (tmp_path / "US").rglob("*.pem")}
    assert not privates & {path.read_bytes() for path in (tmp_path / "KR").rglob("*") if path.is_file()}
    for path in (tmp_path / "US").rglob("*"):
        if path.suffix in (".pem", ".key"):
            assert path.stat().st_mode & 0o077 == 0


DAY_S = 86_400.0


def ends(folder):
    return ends_of(folder, load_node_settings(folder))


def test_a_node_is_renewed_and_paired_again(tmp_path):
    """`renew` makes the certificate anew, its keys where they end within a month; `pair` tells the partner."""
    clock, kr, us = FakeClock(), tmp_path / "KR", tmp_path / "US"
    for folder in (kr, us):
        init_node(folder, folder.name, clock)
    assert set(ends(kr)) == {"own node key", "own channel key"}
    pair_nodes(kr, us, clock)
    first = ends(us)
    assert set(first) == {
        "own certificate", "certificate of KR", "own node key", "own channel key", "key of KR",
    }  # fmt: skip
    clock.sleep(100 * DAY_S)
    renewed = renew_node(kr, clock)
    assert parse_instant(renewed["own certificate"]) - parse_instant(first["certificate of KR"]) == 100 * DAY_S
    assert renewed["own node key"] == first["key of KR"]
    assert ends(us) == first
    clock.sleep(240 * DAY_S)
    renew_node(kr, clock)
    pair_nodes(kr, us, clock)
    assert ends(us)["certificate of KR"] == ends(kr)["own certificate"]
    assert ends(us)["key of KR"] == ends(kr)["own node key"] > first["key of KR"]
    assert (broker_folder(kr, load_node_settings(kr)) / "tls.key").stat().st_mode & 0o077 == 0
    identity = identity_of(kr, load_node_settings(kr), clock.now())  # its key fits its certificate
    assert client_context(identity, pinned_certificate(us, load_node_settings(us), "KR"))


def test_the_supervisor_tells_when_certificates_end(tmp_path):
    """Once a minute a sign of life says it; a drill, whose clock is not theirs, says nothing of it."""
    clock, facts = FakeClock(), []
    init_node(tmp_path / "KR", "KR", clock)
    settings = load_node_settings(tmp_path / "KR")
    supervisor = Supervisor(tmp_path / "KR", settings, clock, [], facts.extend)
    turn(supervisor, clock, 130)
    assert [set(one.ends) for one in facts if one.ends] == [{"own node key", "own channel key"}] * 3
    supervisor.settings = NodeSettings(name="KR", pace=PaceSettings(origin_utc="x", machine_origin_utc="y"))
    facts.clear()
    turn(supervisor, clock, 70)
    assert not any(one.ends for one in facts)


def test_a_node_without_its_broker_does_not_live(tmp_path):
    """The broker gives no sign of life itself: its alarm stands for it."""
    clock, folder = FakeClock(), tmp_path / "KR"
    init_node(folder, "KR", clock)
    at = format_instant(clock.now())
    alarm = Alarm(
        id="a", what="process", name="broker", state="raised", since_utc=at, time_utc=at, reason="port in use",
        provenance=Provenance(author="test", created_utc=at),
    )  # fmt: skip
    beats = [Heartbeat(id=f"h{one}", process=one, time_utc=at) for one in ("node", "warn")]
    with EvidenceLog(folder / "exercise" / "log.db", writable=True) as log:
        log.append([*beats, alarm])
        assert not status_of(folder, clock.now()).alive
        log.append([replace(alarm, id="b", state="cleared")])
    assert status_of(folder, clock.now()).alive


def test_the_status_of_a_node_that_stopped(tmp_path, monkeypatch):
    """It says since when nothing runs, which alarms stood then, and which certificate ends by now."""
    clock, folder = FakeClock(), tmp_path / "KR"
    init_node(folder, "KR", clock)
    at = format_instant(clock.now())
    alarm = Alarm(
        id="a", what="feed", name="radar", state="raised", since_utc=at, time_utc=at, reason="nothing came",
        provenance=Provenance(author="test", created_utc=at),
    )  # fmt: skip
    with EvidenceLog(folder / "exercise" / "log.db", writable=True) as log:
        log.append([*(Heartbeat(id=f"h{one}", process=one, time_utc=at) for one in ("node", "warn")), alarm])
    assert status_of(folder, clock.now()).alive
    assert "  ALARM feed radar" in "\n".join(status_of(folder, clock.now()).lines())
    assert not status_of(folder, clock.now() + 6.0).alive
    pace = PaceSettings(origin_utc=at, machine_origin_utc=at, speed=10.0)
    save_settings(folder, NodeSettings(name="KR", pace=pace))
    assert status_of(folder, clock.now() + 6.0).alive
    save_settings(folder, NodeSettings(name="KR"))
    later = "\n".join(status_of(folder, clock.now() + 340 * DAY_S).lines())
    assert f"DOES NOT RUN since {at}" in later
    assert "when it ended: alarm feed radar" in later
    assert "  ALARM" not in later
    assert "ENDS own node key: 30 days: ends" in later
    monkeypatch.setenv("COLUMNS", "60")
    shown = CliRunner().invoke(main, ["node", "status", str(folder)]).output
    assert "DOES NOT RUN since" in shown
    assert max(map(len, shown.splitlines())) <= 60


def test_a_process_that_ended_does_not_live(tmp_path, monkeypatch):
    """Neither one whose end was told, nor any once the node has ended, however lately they were heard."""
    monkeypatch.setattr("launchwatch.run.node.roles_of", lambda _: ())
    clock, folder = FakeClock(), tmp_path / "KR"
    init_node(folder, "KR", clock)
    at = format_instant(clock.now())
    alarm = Alarm(
        id="a", what="process", name="warn", state="raised", since_utc=at, time_utc=at, reason="ended with -9",
        provenance=Provenance(author="launchwatch run.node", created_utc=at),
    )  # fmt: skip
    beats = [Heartbeat(id=f"h{one}", process=one, time_utc=at) for one in ("node", "warn")]
    with EvidenceLog(folder / "exercise" / "log.db", writable=True) as log:
        log.append([*beats, alarm])
        assert [one.alive for one in status_of(folder, clock.now()).processes] == [True, False]
        log.append([replace(alarm, id="b", state="cleared")])
    found = []
    supervise(folder, lambda: found.append(status_of(folder, clock.now())) or True, clock)
    assert found[0].alive
    ended = status_of(folder, clock.now())
    assert not any(one.alive for one in ended.processes)
    assert ended.stopped_utc == at


def test_nodes_of_two_realms_are_not_paired(tmp_path):
    """Live and exercise share nothing."""
    clock = FakeClock()
    init_node(tmp_path / "KR", "KR", clock, realm="live")
    init_node(tmp_path / "US", "US", clock)
    with pytest.raises(InputError, match="two realms"):
        pair_nodes(tmp_path / "KR", tmp_path / "US", clock)


@pytest.mark.parametrize("name", ["kr", "K R", "", "NODE", "1K", "K" * 17, "K.R"])
def test_a_name_that_no_subject_can_hold_is_refused(tmp_path, name):
    """Names stand in subjects, accounts and files."""
    with pytest.raises(InputError):
        init_node(tmp_path / "x", name, FakeClock())


def test_settings_survive_their_file():
    """Nested tables, lists of tables, quotes and truths come back from TOML as they were."""
    table = {
        "a": 'x "y"\\',
        "b": True,
        "c": 1.5,
        "e": ["p", "q"],
        "d": {"f": {"g h": 1}},
        "i": [{"j": 1}, {"k": {}}],
    }
    assert tomllib.loads(format_toml(table)) == table


def test_a_deep_folder_has_a_socket_all_the_same(tmp_path):
    """A path that no Unix socket can have is replaced by a short one, the same each time."""
    deep = tmp_path / ("x" * 120)
    settings = NodeSettings(name="KR")
    assert len(str(socket_of(deep, settings))) < 108
    assert socket_of(deep, settings) == socket_of(deep, settings)


def test_the_command_makes_pairs_and_shows(tmp_path):
    """`node init`, `pair`, `show` and `status`: a node that never ran is told as not living."""
    runner = CliRunner()
    a, b = str(tmp_path / "KR"), str(tmp_path / "US")
    assert runner.invoke(main, ["node", "init", a, "--name", "KR", "--protects", "KOR"]).exit_code == 0
    assert runner.invoke(main, ["node", "init", b, "--name", "US"]).exit_code == 0
    assert "partners" in runner.invoke(main, ["node", "pair", a, b]).output
    assert runner.invoke(main, ["node", "init", a, "--name", "KR"]).exit_code == 1
    never = runner.invoke(main, ["node", "show", a])
    assert never.exit_code == 1
    assert "has not run yet" in never.output
    wrong = runner.invoke(main, ["node", "init", str(tmp_path / "JP"), "--name", "JP", "--protects", "Japan"])
    assert "unknown state 'Japan'" in wrong.output
    assert not (tmp_path / "JP").exists()
