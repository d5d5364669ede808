"""The supervisor: what dies is started again, at once, then more slowly, and told of; nodes made and paired."""

import tomllib

import pytest
from click.testing import CliRunner

from launchwatch.basis.errors import InputError, LogError
from launchwatch.cli.main import main
from launchwatch.facts import Alarm, Heartbeat
from launchwatch.run.node import PAUSES_S, STEADY_S, Supervisor, Watched, roles_of, supervise
from launchwatch.run.node_settings import NodeSettings, load_node_settings
from launchwatch.run.nodes import pinned_certificate, socket_of
from launchwatch.run.pairing import format_toml, init_node, pair_nodes
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
