"""Known failures of warning systems, replayed: what is told is exact, and the failure is not among it.

The flights are invented over published times and places (each file names its sources); confirmation, reach and the
life of alerts are the product's own. What belongs to keys, channels and texts is checked where these are.
"""

import pytest
from msgspec.structs import replace

from launchwatch.basis.errors import InputError, UnknownNameError
from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.facts import Release, TrackedState
from launchwatch.simulate.histories import facts_of, histories, load_history, parse_history
from launchwatch.tell import alerts
from tests.tell.replaying import Replay, expected

DONE = {}


def replayed(name):
    """Replay a history once for all tests."""
    if name not in DONE:
        DONE[name] = Replay(load_history(name))
    return DONE[name]


def stages(replay, audience="public"):
    return [step.stage for step in replay.steps if step.audience == audience]


def districts(replay):
    return {place.id for step in replay.steps for place in step.places if place.role == "district"}


@pytest.mark.parametrize("name", histories())
def test_what_is_told_is_exact(name):
    """Every step comes at its time, with its stage, audience, places, fall, keys and references, and no other."""
    assert replayed(name).told() == expected(load_history(name))


@pytest.mark.parametrize("name", histories())
def test_a_replay_decides_the_same(name):
    """The facts of a history folded again give the same steps, and each fact again gives nothing."""
    replay, steps = replayed(name), []
    chain = alerts.start(replay.policy, replay.history.status)
    for fact in replay.facts:
        chain, info = alerts.step(chain, fact)
        again, nothing = alerts.step(chain, fact)
        steps += info.steps
        assert again == chain
        assert nothing.steps == ()
    assert steps == replay.steps


def test_2025_11_07_nobody_on_land_is_alerted():
    """Ships and aircraft are told and told that it fell; the public hears nothing."""
    replay = replayed("sea-of-japan-2025-11-07")
    assert stages(replay) == []
    for audience in ("ships", "aircraft"):
        assert stages(replay, audience) == ["launch", "fall_predicted", "fell_at_sea"]


def test_2023_05_31_a_right_alert_is_lifted_where_it_was_given():
    """Okinawa is alerted before the announced 06:30 plus a minute, and those alerted are told that it is over."""
    replay = replayed("okinawa-2023-05-31")
    alert, lift = (step for step in replay.steps if step.audience == "public")
    assert alert.decided_utc < "2023-05-30T21:31"
    assert (lift.stage, lift.release, lift.references) == ("no_longer_possible", "one key", (alert.id,))
    assert lift.places == alert.places


def test_2018_hawaii_a_drill_is_never_life():
    """Every step of a drill is an exercise's; words and releases of the other realm count nothing in either."""
    replay = replayed("hawaii-2018-01-13")
    assert {step.status for step in replay.steps} == {"exercise"}
    live = alerts.start(alerts.Policy(), "actual")
    for fact in replay.facts:
        if isinstance(fact, Release):
            live, info = alerts.step(live, fact)
            assert info.notes[0].says == "not used: of no step of this chain"
    assert live.alerts == {}


def test_2018_hawaii_one_person_takes_it_back_at_once():
    """Called an error after three minutes, it is cancelled in that second, by one key, for all who were told."""
    cancels = [step for step in replayed("hawaii-2018-01-13").steps if step.stage == "issued_in_error"]
    assert {step.audience for step in cancels} == {"public", "aircraft"}
    assert {(step.release, step.decided_utc[:19]) for step in cancels} == {("one key", "2018-01-13T18:09:00")}
    assert all(step.reason.startswith("wrong: ") for step in cancels)


def test_2018_hawaii_no_single_person_alerts():
    """Let out with one key, or one person's two, a step is not released: there is nothing to take back."""
    history = load_history("hawaii-2018-01-13")
    replay = Replay(history, keys_after_s=1e6)
    step = replay.steps[0]
    for keys in (("key-a",), ("key-a", "key-a")):
        made = Release(
            id=f"release-{keys}", request="r", step=step.id, alert=step.alert, outcome="released", keys=keys,
            decided_utc=step.decided_utc, reason="signed", provenance=step.provenance,
        )  # fmt: skip
        _, info = alerts.step(replay.chain, made)
        assert "not counted" in info.notes[0].says


def test_2020_ontario_taking_back_is_permitted_beforehand():
    """The one who sent it takes it back in the second in which he says so, not after 108 minutes."""
    cancel = replayed("ontario-2020-01-12").steps[-1]
    assert (cancel.stage, cancel.release) == ("issued_in_error", "one key")
    assert cancel.decided_utc[:19] == "2020-01-12T12:24:30"


def test_2020_ontario_after_ten_minutes_a_second_key_is_asked_for():
    """The same word eleven minutes after the release asks for two keys while the probability stands."""
    history = load_history("ontario-2020-01-12")
    late = format_instant(parse_instant("2020-01-12T12:23:38Z") + 660)
    act = replace(history.acts[0], at_utc=late)
    flight = replace(history.flights[0], fall_utc="2020-01-12T12:50:00Z", seen=((70.0, 900.0),))
    replay = Replay(history, acts=(act,), flights=(flight,), until_utc="2020-01-12T12:36:00Z")
    cancels = [step for step in replay.steps if step.stage == "issued_in_error"]
    assert [step.release for step in cancels] == ["two keys"]


def test_2022_10_04_no_area_of_a_drill_is_told_of():
    """After a drill over Tokyo and its islands, the chain of the real launch tells of its own districts alone."""
    history = load_history("aomori-2022-10-04")
    flight = replace(history.flights[0], fall=(33.1, 139.8), guesses=())
    drill = Replay(history, status="exercise", flights=(flight,))
    assert "district:JPN:Tokyo" in districts(drill)
    assert "district:JPN:Tokyo" not in districts(replayed("aomori-2022-10-04"))


def test_2022_10_04_passed_is_told_after_it_passed():
    """Passed is told from a state beyond Aomori, within a minute of the passage that was published."""
    told = [step for step in replayed("aomori-2022-10-04").steps if step.stage == "passed"]
    assert [step.decided_utc[:19] for step in told] == ["2022-10-03T22:28:44"]
    assert "2022-10-03T22:28" <= told[0].passed_utc < "2022-10-03T22:29"


def test_2022_11_03_passed_is_never_told_of_a_lost_track():
    """Lost over the Sea of Japan, it is told of as lost; nothing extrapolated is told, and two people lift it."""
    replay = replayed("miyagi-2022-11-03")
    assert "passed" not in {step.stage for step in replay.steps}
    assert "fall_predicted" not in {step.stage for step in replay.steps}
    assert "the track is lost since 2022-11-02T22:45:00Z" in replay.steps[3].reason
    assert [step.release for step in replay.steps if step.stage == "no_longer_possible"] == ["two keys"] * 3


def test_2022_11_03_states_without_plots_do_not_pass():
    """States that the tracker carries on to beyond Japan without a plot do not make it pass."""
    history = load_history("miyagi-2022-11-03")
    flight = replace(history.flights[0], burn_s=120.0, guesses=(), seen=((60.0, 900.0),))
    plotted = Replay(history, flights=(flight,), until_utc="2022-11-02T22:56:00Z")
    assert "passed" in stages(plotted)
    carried = [_without_plots(fact, "2022-11-02T22:45:00.000000Z") for fact in plotted.facts]
    chain, said = alerts.start(plotted.policy, "actual"), []
    for fact in carried:
        chain, info = alerts.step(chain, fact)
        said += info.steps
    assert "launch" in {step.stage for step in said}
    assert "passed" not in {step.stage for step in said}


def _without_plots(fact, after_utc):
    """Return a state as one whose sensors gave no plot after an instant."""
    if not isinstance(fact, TrackedState) or fact.update.time_utc <= after_utc:
        return fact
    support = tuple(replace(one, last_utc=after_utc) for one in fact.update.support)
    return replace(fact, update=replace(fact.update, support=support))


def test_2023_04_13_no_fall_is_predicted_from_a_lost_track():
    """33 minutes after it was lost no place or time of a fall is told; who was alerted hears that it is over."""
    replay = replayed("hokkaido-2023-04-13")
    assert {step.stage for step in replay.steps} == {"launch", "no_longer_possible"}
    assert {step.fall_utc for step in replay.steps} == {None}
    public = [step for step in replay.steps if step.audience == "public"]
    assert set(public[-1].references) == {step.id for step in public[:-1]}


def test_2025_los_angeles_a_message_without_an_area_is_refused():
    """While the area is lost nothing is told, to nobody instead; once it is found its own districts are told."""
    replay = replayed("los-angeles-2025-01-09")
    assert replay.steps[0].decided_utc > "2025-01-09T21:00:30"
    assert any("refused: " in note.says for note in replay.notes)
    assert districts(replay) < {f"district:JPN:{name}" for name in TOHOKU}
    assert Replay(replay.history, acts=replay.history.acts[:1]).steps == []


TOHOKU = ("Aomori", "Akita", "Iwate", "Miyagi", "Yamagata", "Fukushima")


def test_2025_12_04_three_sensors_on_one_line_are_one_path():
    """Three that share a line alert nobody; a fourth of another owner, line and host would."""
    replay = replayed("nevada-2025-12-04")
    assert replay.steps == []
    flight = replay.history.flights[0]
    first = replace(flight.sensors[0], from_s=60.0)
    other = replace(first, id="JP-1", owner="JP", path="jp-a", host="jp-1", from_s=66.0)
    both = Replay(replay.history, flights=(replace(flight, sensors=(first, other)),))
    assert "public" in {step.audience for step in both.steps}


def test_2018_01_05_two_events_are_not_added_up():
    """Neither of two objects threatens land, nor do they together; taken for one, they are told of once."""
    replay = replayed("two-quakes-2018-01-05")
    assert stages(replay) == []
    joined = [step for step in replay.steps if "are of one object" in step.reason]
    assert {step.audience for step in joined} == {"ships", "aircraft"}
    after = [step for step in replay.steps if step.decided_utc >= joined[0].decided_utc]
    assert len({(step.alert, step.audience) for step in after}) == 2


def test_histories_are_read_strictly():
    """An unknown name and an unknown field are told."""
    with pytest.raises(UnknownNameError):
        load_history("nowhere-1999-01-01")
    with pytest.raises(InputError, match="history does not fit"):
        parse_history("name = 1")
    assert all(list(facts_of(load_history(name))) for name in histories())
