"""The `warn` process on a real log: from states of a track to texts that were read back, whatever breaks."""

import dataclasses
import math
import random
import socket
from collections import Counter
from contextlib import nullcontext

import pytest
from click.testing import CliRunner
from lxml import etree
from msgspec.structs import replace

from launchwatch.assess import watchdog
from launchwatch.basis.errors import InputError, LogError
from launchwatch.basis.instants import format_instant
from launchwatch.cli import officer
from launchwatch.cli.main import main
from launchwatch.facts import Alarm, Delivery, Heartbeat, Rejection, StandingRule
from launchwatch.run.keys import load_trust, revoke_key
from launchwatch.run.node_settings import ChannelSettings, NodeSettings
from launchwatch.run.officers import add_rule, approve, cancel, open_requests, read_ledger
from launchwatch.run.warning import warn
from launchwatch.run.warning_fold import KINDS, Fold
from launchwatch.tell import alerts
from launchwatch.tell.approvals import sign_approval
from launchwatch.tell.proficiency import why_drill_counts_not, why_locked
from tests.run import warning_scene
from tests.run.warning_scene import (
    KIM,
    LAUNCH_S,
    LEE,
    LIVE_OFFICER,
    MADE,
    PACIFIC,
    SEA,
    THIEF,
    Node,
    parts,
    statement,
    tick,
)
from tests.tell.released import private, trusted

TWO = {"board": ChannelSettings(kind="files", to="out"), "wall": ChannelSettings(kind="files", to="wall")}


@pytest.fixture
def node(tmp_path):
    made = Node(tmp_path)
    yield made
    made.close()


def stages(node, audience="public"):
    return [one.stage for one in node.facts("step") if one.audience == audience]


def outcomes(node):
    return Counter(one.outcome for one in node.facts("delivery"))


def test_nothing_goes_out_without_two_people(node):
    """A confirmed object on its way to Japan is asked for, and stays asked for; the folder is empty."""
    node.fly(75, 120)
    assert stages(node)[0] == "launch"
    assert {one.needed for one in node.facts("request")} == {"two keys"}
    node.approve(KIM)
    assert node.posted() == {}
    assert node.facts("release", "delivery") == []


def test_a_life_from_launch_to_cancel(node):
    """Launch toward Japan, two approvals, signed CAP read back, fall inside, then an error says one officer."""
    node.fly(75, 90)
    node.approve(KIM, LEE)
    assert outcomes(node)["sent"] == outcomes(node)["read back"] == len(node.posted())
    alerts = [path.read_bytes() for path in node.posted().values() if path.suffix == ".xml"]
    assert alerts
    for alert in alerts:
        root = etree.fromstring(alert)
        assert root.findtext("{*}status") == "Exercise"
        assert root.find("{*}Signature") is not None or root.find(".//{*}Signature") is not None
    node.fly(95, 545)
    node.approve(KIM, LEE)
    assert stages(node)[:2] == ["launch", "fall_predicted"]
    before = set(node.posted())
    alert = node.facts("step")[0].alert
    node.clock.seconds = LAUNCH_S + 550
    cancel(node.client, node.reader, alert, private(KIM), node.clock.now(), reason="a test")
    node.at(551)
    cancelled = [one for one in node.facts("step") if one.stage == "issued_in_error"]
    assert {one.audience for one in cancelled} >= {"public", "aircraft"}
    assert set(node.posted()) > before
    entries, board = read_ledger(node.reader)
    assert {one.outcome for one in entries} <= {"read back", "refused", "expired"}
    assert board.false == 1


def test_what_flies_over_passes(node):
    """Flight over Japan into the Pacific: 'passed' is said with evidence beyond, and read back."""
    for begin in range(75, 600, 50):
        node.fly(begin, begin + 45, PACIFIC, flight_s=560.0)
        if open_requests(node.reader, node.clock.now()):
            node.approve(KIM, LEE)
    assert "passed" in stages(node)
    assert outcomes(node)["sent"] == outcomes(node)["read back"]
    assert read_ledger(node.reader)[1].real + read_ledger(node.reader)[1].late == 1


def test_the_public_hears_nothing_of_a_fall_at_sea(node):
    """A fall in the middle of the sea warns ships and aircraft; no public text is made (J-Alert's scope rule)."""
    node.fly(75, 200, SEA)
    assert stages(node) == []
    assert {one.audience for one in node.facts("step")} >= {"ships", "aircraft"}


def play(node, script):
    """Run the same events with whatever `script` does between them."""
    node.fly(75, 95)
    script(node)
    node.approve(KIM)
    script(node)
    node.approve(LEE)
    script(node)
    node.fly(100, 130)
    script(node)
    node.approve(LEE, KIM)
    node.at(131, statement(KIM, node.facts("step")[0].alert, 131))
    script(node)
    node.settle()


def public_outcome(node):
    steps = sorted((one.id, one.stage, one.audience) for one in node.facts("step"))
    releases = sorted((one.id, one.outcome) for one in node.facts("release"))
    texts = {name: path.read_bytes() for name, path in node.posted().items() if path.suffix == ".txt"}
    return steps, releases, texts, sorted(node.posted())


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    node = Node(tmp_path_factory.mktemp("undisturbed"))
    play(node, lambda _: None)
    outcome = public_outcome(node)
    node.close()
    assert len(outcome[3]) > 10
    return outcome


def test_restarts_change_nothing(node, undisturbed):
    """A process that starts anew between any two events says the same, word for word, once."""
    play(node, lambda one: one.restart())
    assert public_outcome(node) == undisturbed
    counts = Counter((one.bulletin, one.channel, one.outcome) for one in node.facts("delivery"))
    assert set(counts.values()) == {1}


class Mortal:
    """A keeper's client whose process dies at one append in n, by chance: before it is stored, or after it."""

    def __init__(self, client, every, *, stored):
        self.client, self.every, self.stored = client, every, stored
        self.chance, self.deaths = random.Random(every), 0  # noqa: S311 - no secrets

    def __getattr__(self, name):
        return getattr(self.client, name)

    def append(self, facts):
        if self.chance.random() < 1 / self.every:
            self.deaths += 1
            if self.stored:
                self.client.append(facts)
            raise InterruptedError
        return self.client.append(facts)


@pytest.mark.parametrize("stored", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("every", [2, 3, 4, 7])
def test_dying_at_any_append_changes_nothing(tmp_path, undisturbed, every, stored):
    """Killed again and again around its own appends, the process comes to the same public outcome."""
    node = Node(tmp_path)
    mortal, settle = Mortal(node.client, every, stored=stored), node.settle
    node.desk.client = mortal

    def settled():
        while True:
            try:
                settle()
            except InterruptedError:
                node.restart()
                node.desk.client = mortal
            else:
                return

    node.settle = settled
    play(node, lambda _: None)
    assert mortal.deaths > 1
    assert public_outcome(node) == undisturbed
    node.close()


def test_one_action_cancels_on_every_channel(tmp_path):
    """An officer's one statement lifts the alert on each channel that carried it, to each audience."""
    node = Node(tmp_path, TWO)
    node.fly(75, 90)
    node.approve(KIM, LEE)
    told = {one.audience for one in node.facts("step") if one.stage == "launch"}
    node.at(92, statement(LEE, node.facts("step")[0].alert, 92))
    lifted = {one.id: one.audience for one in node.facts("step") if one.stage == "issued_in_error"}
    assert set(lifted.values()) == told
    back = {(lifted[one.step], one.channel) for one in node.facts("delivery")
            if one.step in lifted and one.outcome == "read back"}  # fmt: skip
    assert back == {(audience, channel) for audience in told for channel in TWO}
    node.close()


@pytest.mark.parametrize("number", [THIEF, LIVE_OFFICER])
def test_a_stolen_or_foreign_key_is_contained(node, number):
    """A key that nobody trusts, or the other realm's, releases nothing beside a good one; it is recorded."""
    node.fly(75, 90)
    node.approve(KIM, number)
    assert node.facts("release") == []
    assert any(one.what == "approval" for one in node.facts("rejection"))
    node.at(91, statement(number, node.facts("step")[0].alert, 91))
    assert not any(one.stage == "issued_in_error" for one in node.facts("step"))
    assert any(one.what == "statement" for one in node.facts("rejection"))


def test_one_stolen_officer_s_key_is_contained(node):
    """Whoever has one officer's key and signs many times lets nothing out; revoked, it no longer counts at all."""
    node.fly(75, 90)
    node.approve(KIM, KIM, KIM)
    assert node.facts("release") == []
    revoke_key(node.folder, trusted(KIM, "Kim").id, "stolen", node.clock.now())
    node.approve(LEE)
    assert node.facts("release") == []
    assert any("revoked" in one.reason for one in node.facts("rejection"))


def test_a_refusal_stops_a_request(node):
    """One officer's refusal ends the request, and nothing goes out."""
    node.fly(75, 80)
    asked = open_requests(node.reader, node.clock.now())
    approve(node.client, asked, private(LEE), node.clock.now(), refuse=True, reason="not seen by us")
    node.settle()
    assert {one.outcome for one in node.facts("release")} == {"refused"}
    assert node.posted() == {}


def test_approving_what_is_not_in_the_log_is_refused(node):
    """An officer's key is not used where the texts in the log are not those that the request names."""
    node.fly(75, 80)
    asked = open_requests(node.reader, node.clock.now())[0]
    other = replace(asked.bulletins[0], content="another text")
    with pytest.raises(InputError, match="not those"):
        approve(node.client, [dataclasses.replace(asked, bulletins=(other,))], private(KIM), node.clock.now())


def test_a_standing_rule_is_faster_than_people(node):
    """A rule that two officers signed lets stage 1 out at once; the next stage waits for people."""
    rule = StandingRule(
        id="", name="near launches", status="exercise", stage="launch", audience="public", least_probability=0.3,
        longest_to_impact_s=600.0, not_before_utc=format_instant(LAUNCH_S - 86_400),
        expires_utc=format_instant(LAUNCH_S + 86_400), signatures=(),
    )  # fmt: skip
    add_rule(node.client, rule, [private(KIM), private(LEE)])
    node.fly(75, 90)
    released = {one.step: one.rule for one in node.facts("release")}
    steps = {one.id: one for one in node.facts("step")}
    assert [(steps[name].stage, steps[name].audience) for name in released] == [("launch", "public")]
    assert all(released.values())
    assert outcomes(node)["read back"] > 0


def test_an_officer_records_a_passed_drill_by_command(tmp_path, monkeypatch):
    """`node drill-passed` logs a drill by a live officer that opens release; a failed one is refused."""
    node, key = Node(tmp_path, realm="live"), tmp_path / "sato.pem"
    key.touch()
    (tmp_path / "score.json").write_text('{"score": {"passed": true}}')
    (tmp_path / "failed.json").write_text('{"score": {"passed": false}}')
    (tmp_path / "empty.json").write_text('{"score": {"passed": true, "nodes": {"KR": {"read_back": 0}}}}')
    monkeypatch.setattr(
        officer, "_log", lambda _: nullcontext((node.settings, node.client, node.reader, node.clock.now()))
    )
    monkeypatch.setattr(officer, "_signer", lambda *_: private(LIVE_OFFICER))
    words = ["node", "drill-passed", str(tmp_path), "--key", str(key), "--score"]
    assert CliRunner().invoke(main, [*words, str(tmp_path / "failed.json")]).exit_code != 0
    assert "nothing was let out" in CliRunner().invoke(main, [*words, str(tmp_path / "empty.json")]).output
    done = CliRunner().invoke(main, [*words, str(tmp_path / "score.json")])
    assert done.exit_code == 0, done.output
    (drill,) = node.facts("drill")
    now_utc = format_instant(node.clock.now())
    assert why_drill_counts_not(drill, load_trust(tmp_path), now_utc) is None
    assert why_locked([], "2025-01-01T00:00:00Z", now_utc).endswith("(`launchwatch node drill-passed`)")
    assert why_locked([drill], "2025-01-01T00:00:00Z", now_utc) is None
    node.close()


def test_bytes_changed_on_the_way_are_noticed(node):
    """A text that is altered where the public reads it differs: recorded, alarm raised."""
    node.fly(75, 80)
    node.approve(KIM, LEE)
    path = next(one for one in node.posted().values() if one.suffix == ".xml")
    path.write_bytes(path.read_bytes().replace(b"polygon", b"polygoN"))
    node.at(82)
    assert outcomes(node)["differs"] == 1
    node.at(84)
    assert ("channel", "board", "raised") in {(one.what, one.name, one.state) for one in node.facts("alarm")}


def test_a_forged_message_is_not_taken_for_an_own_one(node):
    """A stranger's message on the channel is told as refused, with its reason, and changes nothing."""
    node.fly(75, 80)
    node.approve(KIM, LEE)
    before = outcomes(node)
    text = next(iter(node.posted()))
    envelope = (node.folder / "exercise" / "out" / f"{text}.envelope.json").read_bytes()
    (node.folder / "exercise" / "out" / "forged.txt").write_bytes(b"All is over.")
    (node.folder / "exercise" / "out" / "forged.envelope.json").write_bytes(
        envelope.replace(b"public", b"public2")
    )
    node.at(82)
    node.at(84)
    assert outcomes(node) == before
    assert any(one.what == "board" for one in node.facts("rejection"))


def test_a_dead_channel_delays_no_other(tmp_path):
    """A web server that is away: the folder has all at once, an alarm stands, and what is missing comes later."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    dead = ChannelSettings(kind="http", to=f"http://127.0.0.1:{port}/", receive="http://127.0.0.1:0/")
    node = Node(tmp_path, {"board": ChannelSettings(kind="files", to="out"), "web": dead})
    node.fly(75, 80)
    node.approve(KIM, LEE)
    by_channel = Counter((one.channel, one.outcome) for one in node.facts("delivery"))
    assert by_channel["board", "read back"] == len(node.posted())
    assert by_channel["web", "sent"] == 0
    assert by_channel["web", "refused"] == len(node.posted())
    node.at(82)
    assert ("channel", "web") in {(one.what, one.name) for one in node.facts("alarm")}
    node.close()


def test_no_alert_follows_its_own_cancel(node):
    """A channel that did not take the launch takes the cancel a moment later: the launch is not tried again."""
    sent, broken = [], True

    class Shaky:
        def send(self, message):
            if broken:
                raise OSError("away")
            sent.append(message.id)

        def close(self):
            pass

    node.outlets[0].make_channel = Shaky
    node.fly(75, 80)
    node.approve(KIM, LEE)
    assert outcomes(node) == {"refused": len(node.facts("delivery"))}
    broken = False
    cancel(node.client, node.reader, node.facts("step")[0].alert, private(KIM), node.clock.now())
    node.settle()
    for later_s in (82, 84, 90):
        node.at(later_s)
    texts = {one.id: one for one in node.facts("bulletin")}
    public = {one.id for one in node.facts("step") if one.audience == "public" and one.stage == "issued_in_error"}
    assert {texts[one].step for one in sent if texts[one].audience == "public"} == public != set()


def test_the_web_closes_its_loop(tmp_path):
    """A web server that takes what is posted hands the same bytes back: every text is read back once."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    node = Node(tmp_path, {"web": ChannelSettings(kind="http", to=f"http://127.0.0.1:{port}/")})
    node.fly(75, 80)
    node.approve(KIM, LEE)
    assert outcomes(node)["read back"] == outcomes(node)["sent"] > 5
    node.close()


def test_an_unanswered_request_rings(node):
    """Nobody answers for 20 s: an alarm for people stands in the next second, and the release clears it."""
    node.fly(75, 80)
    node.fly(99, 99)
    assert not [one for one in node.facts("alarm") if one.what == "person"]
    node.at(101)
    assert {one.state for one in node.facts("alarm") if one.what == "person"} == {"raised"}
    node.approve(KIM, LEE)
    node.at(103)
    assert {one.state for one in node.facts("alarm") if one.what == "person"} == {"raised", "cleared"}


def test_a_log_that_takes_nothing_is_told(node, monkeypatch):
    """A full disk: nothing is let out that is not in the log; the process says so and goes on afterwards."""
    node.fly(75, 80)
    append = node.client.append

    def full(_):
        raise LogError("disk full")

    approve(node.client, open_requests(node.reader, node.clock.now()), private(KIM), node.clock.now())
    approve(node.client, open_requests(node.reader, node.clock.now()), private(LEE), node.clock.now())
    monkeypatch.setattr(node.client, "append", full)
    node.desk.turn()
    node.desk.turn()
    assert node.posted() == {}
    assert any("disk full" in one for one in node.told)
    monkeypatch.setattr(node.client, "append", append)
    node.settle()
    assert outcomes(node)["read back"] == len(node.posted()) > 0


def test_what_happened_while_the_log_took_nothing_is_logged_afterwards(node, monkeypatch):
    """The disk fills once a text was let out: that it went and came back stands in the log when there is room."""
    node.fly(75, 80)
    append = node.client.append

    def full(facts):
        if any(isinstance(one, Delivery) for one in facts):
            raise LogError("disk full")
        return append(facts)

    monkeypatch.setattr(node.client, "append", full)
    node.approve(KIM, LEE)
    for _ in range(5):
        node.desk.turn()
    assert node.posted()
    assert node.facts("delivery") == []
    monkeypatch.setattr(node.client, "append", append)
    node.settle()
    assert outcomes(node)["sent"] == outcomes(node)["read back"] == len(node.posted())
    assert {one.outcome for one in node.facts("ledger")} == {"read back"}


def test_an_alarm_of_a_sensor_outlives_a_restart(node):
    """A radar is in doubt long before anything flies: a process that starts since does not count it either."""
    doubt = Alarm(
        id="doubt", what="sensor", name="fps-5", state="raised", since_utc=format_instant(LAUNCH_S - 3600),
        time_utc=format_instant(LAUNCH_S - 3600), reason="test", provenance=MADE,
    )  # fmt: skip
    node.at(0, doubt)
    node.client.set_cursor("warn", node.reader.seq())
    node.restart()
    node.fly(75, 110)
    assert stages(node) == []
    node.at(111, replace(doubt, id="over", state="cleared", time_utc=format_instant(LAUNCH_S + 111)))
    node.fly(115, 130)
    assert stages(node)


def test_approvals_of_nonsense_are_recorded_and_harmless(node):
    """Approvals whose fields are no instants, no keys and no signatures are refused one by one, with reasons."""
    node.fly(75, 80)
    request = open_requests(node.reader, node.clock.now())[0].request
    good = sign_approval(request, private(LEE), format_instant(node.clock.now()))
    bad = [
        replace(good, id="a-1", signed_utc="never"),
        replace(good, id="a-2", key="x" * 5000),
        replace(good, id="a-3", signature="zz"),
        replace(good, id="a-4", digest=""),
    ]
    node.at(81, *bad)
    node.at(82, *bad)
    assert node.facts("release") == []
    assert len([one for one in node.facts("rejection") if one.what == "approval"]) == 4


def test_it_stops_when_told(tmp_path):
    """The loop reads in, turns, and ends when it is stopped; outlets are closed."""
    node = Node(tmp_path)
    turns = iter([False, False, True])
    settings = NodeSettings(
        name="JP", protects=("JPN",), channels={"board": ChannelSettings(kind="files", to="out")}
    )
    warn(tmp_path, settings, node.client, node.reader, node.clock, lambda: next(turns), parts=parts())
    assert len([one for one in node.facts("heartbeat") if one.process == "warn"]) >= 1
    node.close()


def test_a_node_without_keys_of_its_realm_does_not_start(tmp_path):
    """The live realm's process does not start on the exercise realm's keys."""
    node = Node(tmp_path)
    settings = NodeSettings(name="JP", realm="live", protects=("JPN",))
    with pytest.raises(InputError, match="no keys"):
        warn(tmp_path, settings, node.client, node.reader, node.clock, lambda: True, parts=parts())
    node.close()


def test_one_tick_an_hour_ahead_delays_nothing(node, monkeypatch):
    """After one tick of a clock an hour ahead, people's words and alerts are dated by the true time."""
    kept = []
    node.at(60)
    node.client.append([tick(3700), tick(3700.5)])  # two processes of one machine tick once each in it
    node.settle()
    node.fly(75, 100)
    assert node.desk.fold.now_utc == format_instant(LAUNCH_S + 100)
    assert stages(node)[0] == "launch"
    assert {one.decided_utc < format_instant(LAUNCH_S + 101) for one in node.facts("step")} == {True}
    monkeypatch.setattr(node.client, "set_cursor", lambda _, seq: kept.append(seq))
    monkeypatch.setattr(node.desk.fold.book, "open_requests", list)
    node.desk._keep_place(LAUNCH_S + 3700)
    node.desk._keep_place(LAUNCH_S + 101)
    assert len(kept) == 2


@pytest.mark.parametrize("away_s", [3, 30, 600])
def test_a_cancel_while_the_process_was_away_counts(tmp_path, away_s):
    """An officer's word of the time in which nothing ticked is heard once the clock goes on, not refused."""
    node = Node(tmp_path)
    node.fly(75, 85)
    node.approve(KIM, LEE)
    alert = node.facts("step")[0].alert
    node.stop()
    node.clock.seconds = LAUNCH_S + 85 + away_s
    node.client.append([statement(KIM, alert, 85 + away_s)])
    node.start()
    for _ in range(10):
        node.clock.sleep(1.0)
        node.settle()
    assert stages(node)[-1] == "issued_in_error"
    assert node.facts("rejection") == []
    assert node.desk.fold.early == []
    node.close()


def test_time_went_on_by_the_others_signs_of_life_while_the_process_was_away(tmp_path):
    """States of a minute without ticks confirm and alert all the same; without any sign of life they are ahead."""
    told = []
    for beats in (True, False):
        node = Node(tmp_path / str(beats))
        node.at(60)
        node.stop()
        for time_s in range(75, 121, 5):
            at_utc = format_instant(LAUNCH_S + time_s)
            beat = Heartbeat(id=f"beat-{time_s}", process="track", time_utc=at_utc)
            node.client.append([*([beat] if beats else []), warning_scene.state_at(time_s, warning_scene.AOMORI)])
        node.start()
        told.append(bool(node.desk.fold.owed_steps))
        node.close()
    assert told == [True, False]


def test_every_restart_judges_by_the_same_clock(tmp_path):
    """Decided by others' signs of life while away, decided alike by the next process and by the one after it."""
    node = Node(tmp_path)
    node.at(60)
    node.stop()
    for time_s in range(75, 121, 5):
        beat = Heartbeat(id=f"beat-{time_s}", process="track", time_utc=format_instant(LAUNCH_S + time_s + 0.7))
        node.client.append([beat, warning_scene.state_at(time_s, warning_scene.AOMORI)])
    node.clock.seconds = LAUNCH_S + 121
    node.start()
    node.settle()
    said = node.facts("step")
    assert said
    for _ in range(2):
        node.restart()
        assert node.desk.fold.owed_steps == {}
        node.settle()
    assert node.facts("step") == said
    node.close()


def test_a_restart_from_any_place_decides_the_same(tmp_path):
    """Whatever row a restart may be told to read from, it owes no step but those in the log."""
    node = Node(tmp_path)
    for time_s in range(-40, 2, 4):
        node.at(time_s)
    node.stop()
    for time_s in range(76, 161, 2):  # away, and the clock leaps while the object is first seen
        at_utc = format_instant(LAUNCH_S + time_s)
        beat = Heartbeat(id=f"beat-{time_s}", process="track", time_utc=at_utc)
        node.client.append([beat, warning_scene.state_at(float(time_s), warning_scene.AOMORI)])
    node.clock.seconds = LAUNCH_S + 162
    node.start()
    node.settle()
    rows = list(node.reader.rows(*KINDS))
    assert sum(row.kind == "step" for row in rows) > 1
    whole, cursors = _folded(node, rows, 0), set()
    for row in rows[::3]:
        cursors.add(_folded(node, rows, 0, until=row.seq).remembered_from(row.seq))
    assert whole.owed_steps == {}
    assert len(cursors) > 3
    assert {cursor for cursor in cursors if _folded(node, rows, cursor).owed_steps} == set()
    node.close()


def _folded(node, rows, begin, until=math.inf):
    """Return the fold of a part of the log, with the reaches that the log has."""
    own = warning_scene.parts()
    fold = Fold(own, node.realm, node.desk.keys.now, own.chain, own.confirming, watchdog.start(watchdog.Limits()))
    for row in node.reader.rows("reach", after=begin):
        fold.reaches[row.fact().provenance.derived_from[0]] = row.fact()
    for row in rows:
        if begin < row.seq <= until:
            fold.take(row.seq, row.fact())
    return fold


def test_a_word_of_the_future_is_refused_once_the_clock_goes_on(node):
    """A statement dated an hour ahead waits for the next tick, and a restart from there on reads it again."""
    node.fly(75, 85)
    node.client.append([said := statement(KIM, node.facts("step")[0].alert, 3_600)])
    node.desk._read()
    fold = node.desk.fold
    ((row, _),) = fold.early
    fold.begun.clear()
    assert fold.remembered_from(node.desk.seq) < row
    node.at(86)
    (refused,) = node.facts("rejection")
    assert refused.evidence == said.id
    assert "yet to come" in refused.reason


def test_one_refused_fact_holds_up_nothing(node, monkeypatch):
    """The log refuses one text for good: that is told once, and all else is asked, released and sent."""
    append = node.client.append

    def picky(facts):
        if any(isinstance(one, Rejection) for one in facts):
            raise LogError("too large")
        return append(facts)

    monkeypatch.setattr(node.client, "append", picky)
    bad = node.desk.fold.rejection("x", "statement", "test")
    node.desk.fold.owed[bad.id] = bad
    node.fly(75, 80)
    node.approve(KIM, LEE)
    assert outcomes(node)["read back"] == len(node.posted()) > 0
    assert [bad.id in one for one in node.told if "refuses" in one] == [True]


def test_a_broken_trust_store_rings_and_the_last_good_one_holds(node):
    """Half a file of keys: the desk goes on with whom it trusted, rings once, and stops once it can be read."""
    node.at(70)
    path = node.folder / "trust.json"
    good = path.read_bytes()
    path.write_bytes(good[: len(good) // 2])
    node.fly(75, 80)
    node.approve(KIM, LEE)
    assert outcomes(node)["read back"] == len(node.posted()) > 0
    path.write_bytes(good)
    node.settle()
    node.settle()
    assert [(one.what, one.state) for one in node.facts("alarm") if one.what == "key"] == [
        ("key", "raised"),
        ("key", "cleared"),
    ]


@pytest.mark.parametrize("comes_back", [True, False])
def test_a_text_that_expires_under_way_comes_back_or_is_missing(tmp_path, monkeypatch, comes_back):
    """The channel's alarm rings where nothing came back, not where it came back after the alert had expired."""
    short = alerts.start(alerts.Policy(alert_life_s=20.0, renew_s=5.0), "exercise")
    monkeypatch.setattr(warning_scene, "parts", lambda: dataclasses.replace(parts(), chain=short))
    node = Node(tmp_path)
    node.fly(75, 85)
    outlet, waits = node.outlets[0], []
    received = outlet.received
    monkeypatch.setattr(outlet, "received", lambda: waits.extend(received()) or [])
    node.approve(KIM, LEE)
    sent = outcomes(node)["sent"]
    assert sent > 0
    for seconds in range(86, 112):
        node.at(seconds)
    assert outcomes(node) == {"sent": sent}
    out = {one.step for one in node.facts("delivery")}
    assert {one.expires_utc < format_instant(LAUNCH_S + 111) for one in node.facts("step") if one.id in out} == {
        True
    }
    if comes_back:
        monkeypatch.setattr(outlet, "received", lambda: [waits.pop() for _ in list(waits)])
    for seconds in range(112, 130):
        node.at(seconds)
    assert outcomes(node) == {"sent": sent, "read back" if comes_back else "missing": sent}
    rings = [one.state for one in node.facts("alarm") if one.what == "channel"]
    assert rings == ([] if comes_back else ["raised"])
    node.close()


def test_a_text_whose_words_are_gone_is_told_from_another(node, monkeypatch):
    """Hours of memory hold no words: a late copy is told `read back` by its digest, an altered one `differs`."""
    node.fly(75, 80)
    outlet, waits = node.outlets[0], []
    received = outlet.received
    monkeypatch.setattr(outlet, "received", lambda: waits.extend(received()) or [])
    node.approve(KIM, LEE)
    sent = outcomes(node)["sent"]
    for seconds in (*range(81, 115), *range(3_000, 3_012, 3)):
        node.at(seconds)
    book = node.desk.fold.book
    assert outcomes(node) == {"sent": sent, "missing": sent}
    assert [name for name, texts in book.texts.items() if texts and name in book.release_of] == []
    assert node.desk.sent_here == set() == set(book.approvals)
    altered, *whole = [waits.pop() for _ in list(waits)]
    came = [dataclasses.replace(altered, content=altered.content + b" "), *whole]
    monkeypatch.setattr(outlet, "received", lambda: [came.pop() for _ in list(came)])
    node.at(3_012)
    node.at(3_013)
    assert outcomes(node) == {"sent": sent, "missing": sent, "read back": sent - 1, "differs": 1}
    texts = {one.id: one.digest for one in node.facts("bulletin")}
    assert {texts[one.bulletin] == one.digest for one in node.facts("delivery")} == {True}


def test_what_was_over_a_day_ago_is_forgotten_by_a_process_that_goes_on(node):
    """Of an alert that ended the day before yesterday nothing is held: as little as after a restart."""
    node.fly(75, 100)
    node.approve(KIM, LEE)
    node.at(101, statement(KIM, node.facts("step")[0].alert, 101))
    fold = node.desk.fold
    for at_s, known in ((80_000, len(node.facts("step"))), (180_000, 0)):
        for seconds in (0, 3, 6, 9, 90, 180):  # a leap of the clock is believed when it goes on
            node.at(at_s + seconds)
        assert len(fold.book.steps) == known
    book, said = fold.book, node.reader.seq()
    held = (book.steps, book.bulletins, book.said, book.texts, book.request_of, book.release_of, book.ledgers)
    assert [*held, book.newest_out, book.confirmations, fold.begun, fold.reached, fold.detected] == 12 * [{}]
    node.restart()
    node.settle()
    assert not {"step", "bulletin", "request", "release", "delivery", "ledger"} & {
        row.kind for row in node.reader.rows(after=said)
    }
