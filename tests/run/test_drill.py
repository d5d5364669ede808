"""Drills: scenarios parted among nodes, truth and score, scripted officers, histories, and whole exercises."""

import json
import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from launchwatch.assess.protected import protected
from launchwatch.basis.errors import InputError
from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.cli.main import main
from launchwatch.facts import AlertStep, Place, Provenance, Release
from launchwatch.run.clock import SystemClock
from launchwatch.run.drill import Script, histories, nodes, replay_history
from launchwatch.run.drill.histories import MemoryLog, SetClock, compared, gist
from launchwatch.run.drill.leftovers import clear_exercise, left_of_exercise
from launchwatch.run.drill.officers import Officers
from launchwatch.run.drill.score import Expected, score_drill, score_node
from launchwatch.run.drill.told import Found, found_in
from launchwatch.run.drill.truth import truth_of
from launchwatch.run.keys import load_trust
from launchwatch.simulate.exercises import moved, recordings_by_owner, truths
from launchwatch.simulate.histories import load_history
from launchwatch.simulate.scenario import packaged_scenario, parse_scenario
from launchwatch.simulate.sensing import simulate_recording
from launchwatch.tell.approvals import request_for
from tests.tell.released import private

START_S = parse_instant("2026-01-15T01:00:00Z")


def scenario(name):
    return parse_scenario(packaged_scenario(name)[0])


# -- scenarios -------------------------------------------------------------------------------------------------


def test_a_scenario_parted_among_owners_is_the_same_plots():
    """Nothing is added or lost by giving each node its own sensors' lines, and truth goes to nobody."""
    drill = scenario("toward-hokkaido")
    parts = recordings_by_owner(drill)
    whole = [line for line in simulate_recording(drill) if b'"type":"truth"' not in line]
    assert set(parts) == {"KR", "US", "JP"}
    assert sorted(line for lines in parts.values() for line in lines) == sorted(whole)


def test_a_moved_scenario_is_the_same_flight_later():
    """Every launch moves with the start; what the sensors measure stays the same."""
    drill = scenario("first-minute")
    later = moved(drill, parse_instant(drill.start_utc) + 86_400.0)
    assert parse_instant(later.launches[0].time_utc) - parse_instant(drill.launches[0].time_utc) == 86_400.0
    ranges = [
        [json.loads(line).get("range_m") for line in simulate_recording(one) if b'"type":"plot"' in line]
        for one in (drill, later)
    ]
    assert ranges[0] == ranges[1]


# -- truth -----------------------------------------------------------------------------------------------------


def true(name, states):
    ((_, flown),) = truths(scenario(name))
    return truth_of("missile-1", flown, protected(states))


def test_truth_of_a_fall_on_hokkaido():
    """It falls on Hokkaido (43.27 N 140.61 E), in the FIR of Fukuoka, and concerns no Korean."""
    found = true("toward-hokkaido", ("JPN",))
    assert (found.inside, found.district, found.firs, found.on_land) == (
        True,
        "district:JPN:Hokkaido",
        ("RJJJ",),
        True,
    )
    assert found.arrival_s is not None
    assert found.launch_s < found.arrival_s < found.fall_s
    assert not true("toward-hokkaido", ("KOR",)).needs_public


def test_truth_of_a_flight_over_hokkaido_and_of_one_that_falls_short():
    """The one passes over land and falls into the Pacific; the other reaches neither land nor what is near it."""
    over = true("over-hokkaido", ("JPN",))
    assert (over.inside, over.over, over.needs_public, over.needs_ships) == (False, True, True, True)
    short = true("short-of-japan", ("JPN",))
    assert (short.needs_public, short.near, short.needs_ships) == (False, False, True)


# -- officers --------------------------------------------------------------------------------------------------


def step_of(audience="public", stage="launch", at_s=START_S, places=("district:JPN:Hokkaido",)):
    return AlertStep(
        id=f"step-{audience}-{stage}-{at_s:.0f}", alert="alert-1", number=1, audience=audience, stage=stage,
        status="exercise", decided_utc=format_instant(at_s), as_of_utc=format_instant(at_s),
        expires_utc=format_instant(at_s + 1800), probability=0.9,
        places=tuple(Place(role="district", id=one, names={"en": one}, probability=0.9) for one in places),
        release="two keys", reason="test", provenance=Provenance(author="test", created_utc=format_instant(at_s)),
    )  # fmt: skip


@pytest.fixture
def desk():
    """Make a log with one request of the public's first word, and two officers by a clock that is set."""

    def made(script, stage="launch"):
        log, clock, step = MemoryLog(), SetClock(START_S), step_of(stage=stage)
        request = request_for(step, (), format_instant(START_S))
        log.append([step, request])
        return log, clock, Officers(log, log, (private(1), private(2)), script, clock)

    return made


def test_officers_sign_when_their_time_has_come(desk):
    """Nothing before, two approvals then, and none again."""
    log, clock, officers = desk(Script(approve_after_s=5.0))
    clock.time_s += 4.0
    officers.look()
    assert not list(log.rows("approval"))
    clock.time_s += 2.0
    officers.look()
    officers.look()
    assert [row.fact().verdict for row in log.rows("approval")] == ["release", "release"]


def test_officers_refuse_or_leave_what_the_script_says(desk):
    """One refuses a stage; with nobody there nothing is signed."""
    log, clock, officers = desk(Script(approve_after_s=0.0, refuse=frozenset({"launch"})))
    officers.look()
    assert [row.fact().verdict for row in log.rows("approval")] == ["refuse"]
    log, clock, officers = desk(Script(approve_after_s=None))
    clock.time_s += 600.0
    officers.look()
    assert not list(log.rows("approval"))


def test_an_officer_cancels_so_long_after_the_first_release(desk):
    """One signed statement that the alert was in error, once."""
    log, clock, officers = desk(Script(approve_after_s=0.0, cancel_after_s=30.0))
    request = next(log.rows("request")).fact()
    log.append([
        Release(
            id="release-1", request=request.id, step=request.step, alert=request.alert, outcome="released",
            decided_utc=format_instant(START_S), reason="signed",
            provenance=Provenance(author="test", created_utc=format_instant(START_S)),
        )
    ])  # fmt: skip
    officers.look()
    assert not list(log.rows("statement"))
    clock.time_s += 31.0
    officers.look()
    officers.look()
    assert [row.fact().kind for row in log.rows("statement")] == ["issued in error"]


# -- score -----------------------------------------------------------------------------------------------------


def told_of(*entries):
    """Return what was told: (audience, stage, seconds after launch, places), released and read back at once."""
    launch_s = true("toward-hokkaido", ("JPN",)).launch_s
    steps = [step_of(audience, stage, launch_s + after, places) for audience, stage, after, places in entries]
    told = found_in(steps).told("JP")
    return [
        replace(one, released_utc=one.decided_utc, received_utc=one.decided_utc, outcome="read back", keys=2)
        for one in told
    ]


HOKKAIDO, AKITA = ("district:JPN:Hokkaido",), ("district:JPN:Akita",)


def scored(*entries, name="toward-hokkaido", expected=Expected()):  # noqa: B008 - a frozen value
    return score_node([true(name, ("JPN",))], Found(), told_of(*entries), 10.0, expected)


def test_a_warning_in_time_of_the_right_district_passes():
    """The public heard of Hokkaido before it fell there, and the end was told."""
    found = scored(("public", "launch", 80, HOKKAIDO), ("public", "fell_inside", 700, HOKKAIDO))
    assert (found.warned, found.districts_right, found.closed, found.faults) == ("in time", True, True, ())
    assert found.after_launch_s == pytest.approx(80.0, abs=1.0)


def test_late_missed_and_wrong_warnings_are_told():
    """After the fall is late, nothing is missed, another district is wrong."""
    assert scored(("public", "launch", 700, HOKKAIDO)).warned == "late"
    assert scored().warned == "missed"
    wrong = scored(("public", "launch", 80, AKITA))
    assert wrong.districts_right is False
    assert wrong.faults


def test_a_warning_that_nothing_called_for_is_told():
    """A flight that falls 200 km short warns nobody on land."""
    assert scored(("public", "launch", 80, AKITA), name="short-of-japan").warned == "unwarranted"
    assert scored(name="short-of-japan").warned == "not due"


def test_a_word_to_the_public_that_nobody_signed_fails_a_drill():
    """With nobody at the desk nothing may go out."""
    nobody = Expected(signed=False)
    assert scored(expected=nobody).warned == "refused"
    assert scored(("public", "launch", 80, HOKKAIDO), expected=nobody).faults


def test_ships_and_aircraft_are_asked_for_over_all_nodes():
    """A fall at sea of which no node told ships or aircraft is not passed."""
    score = score_drill({"JP": scored(name="short-of-japan")}, [true("short-of-japan", ("JPN",))])
    assert not score.passed
    assert len(score.reasons) == 2


def test_one_path_alone_tells_nobody_and_that_is_right():
    """A drill with one owner's sensors passes where nothing went out, and fails where anything did."""
    alone, flown = Expected(paths=1), [true("toward-hokkaido", ("JPN",))]
    silent = scored(expected=alone)
    assert (silent.warned, silent.faults) == ("one path alone", ())
    assert score_drill({"JP": silent}, flown, confirmable=False).passed
    assert not score_drill({"JP": silent}, flown).passed
    told = scored(("public", "launch", 80, HOKKAIDO), expected=alone)
    assert told.warned == "unwarranted"
    assert scored(("ships", "launch", 80, ()), expected=alone).faults


# -- nodes -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Two nodes of a drill, made and never started."""
    lines = recordings_by_owner(scenario("first-minute"))
    return nodes.make_nodes(tmp_path_factory.mktemp("drill"), ("KR", "US"), lines, None, SystemClock())


def test_nodes_are_partners_with_two_officers_each(made):
    """Each knows the other, hears its own sensors only, and trusts two officers of the exercise realm."""
    for node, other in zip(made, reversed(made), strict=True):
        assert set(node.settings.partners) == {other.name}
        owners = {json.loads(line).get("owner") for line in (node.folder / nodes.PLOTS).read_text().splitlines()}
        assert owners - {None} == {node.name}
        officers = [key for key in load_trust(node.folder).keys if key.role == "officer"]
        assert [key.realm for key in officers] == ["exercise", "exercise"]
        assert len(nodes.officers_keys(node.folder)) == 2


def test_clearing_leaves_nothing_of_the_exercise(made):
    """Before, files, keys and trust of the exercise are found; after it, none."""
    node = made[0]
    (node.folder / "live").mkdir()
    (node.folder / "live" / "log.db").write_bytes(b"a live log")
    before = left_of_exercise(node.folder, node.settings)
    assert any("trusted key" in line for line in before)
    assert sum("officers" in line and line.endswith(".pem") for line in before) == 2
    clear_exercise(node.folder, node.settings)
    assert left_of_exercise(node.folder, node.settings) == ()
    assert (node.folder / "live" / "log.db").read_bytes() == b"a live log"


def test_an_owner_whose_land_is_not_known_is_refused(tmp_path):
    """A node must know whom it protects."""
    with pytest.raises(InputError, match="nobody has a node"):
        nodes.make_nodes(tmp_path, ("XX",), {}, None, SystemClock())


def test_without_the_broker_it_says_what_to_install(monkeypatch):
    """The extras are named, not a module."""
    monkeypatch.setattr(nodes, "server_program", lambda: None)
    with pytest.raises(InputError, match=r"launchwatch\[node\]"):
        nodes.check_extras()


# -- histories -------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", histories())
def test_a_history_tells_exactly_what_is_expected(name):
    """From states of tracks to read-back texts, by real keys: the expected steps, and none beside."""
    assert replay_history(name).reasons == ()


def test_a_history_that_differs_is_noticed():
    """One step less, one more, and one with another place are each a reason."""
    expected = load_history("okinawa-2023-05-31").expected
    step = step_of()
    assert list(compared([], expected[:1]))
    assert list(compared([step], ()))
    assert list(compared([step], (replace(gist(step), places=("district:JPN:Aomori",)),)))
    assert not list(compared([step], (gist(step),)))


# -- the command -----------------------------------------------------------------------------------------------


def test_the_list_names_scenarios_and_histories():
    """Both can be drilled by the names that are listed."""
    found = json.loads(CliRunner().invoke(main, ["drill", "--list", "--json"]).output)
    assert {"toward-hokkaido", "random"} <= found["scenarios"].keys()
    assert "hawaii-2018-01-13" in found["histories"]


@pytest.mark.parametrize(
    "words", [[], ["toward-hokkaido", "--nodes", "KR,KR"], ["toward-hokkaido", "--speed", "0"]]
)
def test_wrong_calls(words):
    """Nothing named, a node twice, no speed."""
    assert CliRunner().invoke(main, ["drill", *words]).exit_code == 2


def drilled(folder, *words):
    command = [sys.executable, "-m", "launchwatch", "drill", *words, "--out", str(folder / "drill"), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    return done.returncode, json.loads(done.stdout)


@pytest.mark.slow
def test_three_nodes_from_nothing_to_a_passed_drill(tmp_path):
    """Toward Hokkaido at ten times the pace: in time, right district, all read back, nothing left behind."""
    status, held = drilled(tmp_path, "toward-hokkaido")
    assert (status, held["score"]["reasons"]) == (0, [])
    assert held["score"]["nodes"]["JP"]["warned"] == "in time"
    assert held["score"]["nodes"]["KR"]["warned"] == "not due"
    assert all(len(node["partners"]) == 2 for node in held["score"]["nodes"].values())
    assert all(node["left"] == [] and node["accepted_live"] == 0 for node in held["nodes"].values())


@pytest.mark.slow
def test_nobody_signs_and_nothing_goes_out(tmp_path):
    """With no officer at the desk the public hears nothing, and that is what the drill expects."""
    status, held = drilled(tmp_path, "first-minute", "--nodes", "KR,US", "--nobody")
    public = [one for one in held["bulletins"] if one["audience"] == "public"]
    assert public
    assert not any(one["released_utc"] for one in public)
    assert held["score"]["nodes"]["KR"]["warned"] == "refused"
    assert status == 1  # no node told the aircraft either


@pytest.mark.slow
def test_one_officer_cancels_on_every_channel(tmp_path):
    """A statement 10 s after the release: the cancellation is read back wherever the alert was."""
    status, held = drilled(tmp_path, "first-minute", "--nodes", "KR,US", "--cancel-after", "10")
    public = [one for one in held["bulletins"] if one["audience"] == "public" and one["released_utc"]]
    last = public[-1]
    assert status == 0
    assert last["stage"] == "issued_in_error"
    assert set(last["channel"]) == set(public[0]["channel"])


def test_seeds_give_the_same_random_drill():
    """A random launch is drawn from its seed alone."""
    from launchwatch.simulate.random_scenario import random_scenario

    sensors = scenario("over-hokkaido").sensors
    one, other = (random_scenario(np.random.default_rng(3), sensors, START_S).launches for _ in range(2))
    assert one == other
