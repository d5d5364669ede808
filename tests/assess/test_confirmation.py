"""Confirmation by independent paths: what counts, what is doubted, and the failures that must not come back."""

from itertools import combinations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from launchwatch.assess import confirmation, doubts
from launchwatch.assess.paths import are_independent, largest_independent
from launchwatch.basis.instants import format_instant
from launchwatch.facts import (
    Alarm,
    HumanStatement,
    Interval,
    PathSupport,
    Provenance,
    Tick,
    TrackedState,
    TrackMerger,
    TrackUpdate,
    Verdict,
)
from launchwatch.run.node_settings import PolicySettings

BEGIN_S = 1_800_000_000.0
MADE = Provenance(author="launchwatch 0 test", created_utc="2027-01-15T08:00:00Z")
MISSILE = {"SRBM": 0.9, "MRBM": 0.08, "aircraft": 0.01, "satellite": 0.01}
FIVE_S = 5.0


def at(seconds):
    return format_instant(BEGIN_S + seconds)


def support(sensor, owner=None, *, path=None, host=None, plots=5, first_s=0.0, last_s=10.0, **changed):
    """Return a sensor's support that shares nothing with others of another owner."""
    owner = owner or sensor
    fields = {
        "sensor": sensor, "owner": owner, "path": path or f"{owner} link", "host": host or f"{owner} host",
        "plots": plots, "recent": min(plots, 3), "last_utc": at(last_s), "first_utc": at(first_s), "looks": plots,
    }  # fmt: skip
    return PathSupport(**(fields | changed))


def interval(value, half=1.0):
    return Interval(median=value, p05=value - half, p95=value + half)


def state(
    track, seconds, supports, *, class_=None, energy_km=200.0, perigee_km=-5_000.0, burning=0.0, place=(0.0, 0.0)
):
    """Return one state of a track on a level path 100 km above the equator, `place` km off in two directions."""
    update = TrackUpdate(
        time_utc=at(seconds),
        position_ecef_m=(6_478e3, 1e3 * place[0] + 2e3 * seconds, 1e3 * place[1]),
        velocity_ecef_m_s=(0.0, 2e3, 0.0),
        covariance=tuple(1e4 if i == j else 0.0 for i in range(6) for j in range(6)),
        modes={},
        class_=class_ or MISSILE,
        verdict=Verdict(
            says="ballistic", reasons=(), burning=burning, energy_height_km=interval(energy_km),
            perigee_km=interval(perigee_km), apogee_km=interval(300.0),
        ),
        existence=0.999,
        plots=sum(one.plots for one in supports),
        support=tuple(supports),
    )  # fmt: skip
    return TrackedState(
        id=f"state-{track}-{seconds:g}", run="run", track=track, status="confirmed", update=update, provenance=MADE
    )


def run(facts, stage=None):
    """Return the stage after facts and what it said, oldest first."""
    stage, said = stage or confirmation.start(PolicySettings()), []
    for fact in facts:
        stage, one = confirmation.step(stage, fact)
        said += [one] if one else []
    return stage, said


def told(supports, **fields):
    """Return what is said last of one track that has had its supports for ten seconds."""
    return run([state(1, s, supports, **fields) for s in (0.0, 5.0, 10.0)])[1][-1]


def test_two_paths_that_share_nothing_confirm():
    """Two sensors of different owner, path and host confirm what moves like a missile, and are named."""
    said = told([support("a"), support("b")])
    assert said.confirmed
    assert said.independent == ("a", "b")
    assert "2 independent paths (a, b)" in said.reason


@pytest.mark.parametrize("shared", ["owner", "path", "host"])
def test_what_is_shared_or_not_known_makes_one_path(shared):
    """Two sensors that share one of owner, path and host are one path; so are two of which one is not told."""
    one, other = support("a"), support("b")
    same = msgspec.structs.replace(other, **{shared: getattr(one, shared)})
    unknown = msgspec.structs.replace(other, **{shared: None})
    assert not told([one, same]).confirmed
    assert not told([one, unknown]).confirmed
    assert not told([unknown, msgspec.structs.replace(one, **{shared: None})]).confirmed


def test_one_path_alone_needs_a_person():
    """One path confirms nothing; with a signed statement on this track it does, until it is taken back."""
    facts = [state(1, s, [support("a")]) for s in (0.0, 5.0, 10.0)]
    stage, said = run(facts)
    assert not said[-1].confirmed
    word = HumanStatement(
        id="said-1",
        kind="launch",
        track=1,
        time_utc=at(11.0),
        key="k",
        signature="s",
        reason="seen",
        status="exercise",
    )
    stage, said = run([word], stage)
    assert said[-1].confirmed
    assert said[-1].human == "said-1"
    back = msgspec.structs.replace(word, id="said-2", kind="no launch", time_utc=at(12.0))
    stage, said = run([back], stage)
    assert not said[-1].confirmed
    assert said[-1].human is None


def test_a_word_on_no_or_another_track_counts_for_none():
    """A statement that names no track, or another, stands for no path of this one."""
    stage, _ = run([state(1, s, [support("a")]) for s in (0.0, 5.0, 10.0)])
    for track in (None, 2):
        word = HumanStatement(
            id="said",
            kind="launch",
            track=track,
            time_utc=at(11.0),
            key="k",
            signature="s",
            reason="",
            status="exercise",
        )
        assert run([word], stage)[1] == []


def test_few_or_rare_plots_do_not_count():
    """A sensor with two plots does not count, nor one with plots in a quarter of its looks; three in three do."""
    assert not told([support("a"), support("b", plots=2)]).confirmed
    assert not told([support("a"), support("b", plots=3, looks=12)]).confirmed
    assert told([support("a"), support("b", plots=3, looks=3)]).confirmed


def test_a_sensor_that_was_enough_stays_counted_when_the_object_leaves_its_view():
    """Looks without a plot after the object has set below a horizon take nothing back."""
    seen = [support("a"), support("b", plots=4)]
    stage, _ = run([state(1, s, seen) for s in (0.0, 5.0, 10.0)])
    gone = [support("a", plots=30), support("b", plots=4, looks=30)]
    _, said = run([state(1, 60.0, gone)], stage)
    assert said == []  # nothing has changed


AIRCRAFT = {"aircraft": 0.97, "cruise": 0.02, "SRBM": 0.01}
CRUISE = {"cruise": 0.95, "aircraft": 0.05}
SATELLITE = {"satellite": 0.98, "ICBM": 0.02}


@pytest.mark.parametrize(
    "moves",
    [
        {"class_": AIRCRAFT, "energy_km": 14.0},
        {"class_": CRUISE, "energy_km": 5.0},
        {"class_": SATELLITE, "energy_km": 3_000.0, "perigee_km": 400.0},
        {"energy_km": 3_100.0, "perigee_km": 40.0},  # re-entering from orbit, taken for a missile by its class
        {"energy_km": 15.0},  # an airliner that a corrupt plot made a missile by its class
    ],
)
def test_what_moves_otherwise_does_not_confirm(moves):
    """Aircraft, cruise missiles like jets, satellites, debris from orbit: not by any number of paths."""
    assert not told([support(name) for name in "abcd"], **moves).confirmed


def test_a_space_launch_counts_while_it_burns():
    """An object seen to burn is no debris, wherever its perigee."""
    assert told([support("a"), support("b")], perigee_km=100.0, burning=0.99).confirmed


def test_what_came_from_orbit_stays_that_as_air_slows_it():
    """Debris first seen with its perigee in the air sinks to a missile's, and its slowing looks like a motor."""
    seen = [support("a"), support("b")]
    stage, said = run([state(1, 0.0, seen, perigee_km=50.0, energy_km=3_100.0)])
    later = [state(1, s, seen, perigee_km=-900.0, burning=0.97) for s in (20.0, 25.0, 30.0)]
    said += run(later, stage)[1]
    assert not any(one.confirmed for one in said)


def test_moving_like_a_missile_for_a_moment_is_not_enough():
    """A track that looks like a missile in single states between others is not confirmed."""
    seen = [support("a"), support("b")]
    facts = [state(1, float(s), seen, class_=MISSILE if s % 2 else AIRCRAFT) for s in range(20)]
    assert not any(said.confirmed for said in run(facts)[1])


def test_near_its_fall_an_object_stays_confirmed():
    """Drag takes the energy of what was a missile; it does not become an aircraft by that."""
    seen = [support("a"), support("b")]
    stage, _ = run([state(1, s, seen) for s in (0.0, 5.0, 10.0)])
    assert run([state(1, 15.0, seen, energy_km=8.0)], stage)[1] == []


def test_common_mode_behind_one_path():
    """T12, ShakeAlert 2025-12-04: four sensors behind one path, three of them at one instant, confirm nothing.

    A degraded notice stands within 5 s of data, and one true other sensor with three plots does not help them.
    """
    corrupt = [support(f"c{k}", "owner", first_s=0.0) for k in range(4)]
    before = confirmation.start(PolicySettings())
    after, said = run([state(1, 2.0, corrupt)], before)
    assert not said[-1].confirmed
    notices = doubts.alarms_between(before, after)
    assert [notice.what for notice in notices] == ["sensor"]
    assert notices[0].state == "raised"
    assert notices[0].time_utc <= at(FIVE_S)
    assert "owner link" in notices[0].reason
    _, said = run([state(1, s, [*corrupt, support("d", first_s=1.2)]) for s in (3.0, 8.0, 13.0)], after)
    assert not said[-1].confirmed
    assert len(said[-1].faults) == 4


def test_a_stuck_sensor_is_named_and_does_not_count():
    """A sensor whose plots repeat to the last digit is doubted with a reason, and a notice is raised."""
    before = confirmation.start(PolicySettings())
    after, said = run([state(1, s, [support("a"), support("b", repeated=2)]) for s in (0.0, 5.0)], before)
    assert not said[-1].confirmed
    assert any(fault.startswith("b: stuck") for fault in said[-1].faults)
    assert doubts.alarms_between(before, after)[0].name == "b"


def test_two_sensors_that_always_begin_together_are_one():
    """Two sensors of different paths that begin three tracks at the same instants count as one from then on."""
    facts = []
    for track in (1, 2, 3):
        seen = [support("a", first_s=track), support("b", first_s=track)]
        facts += [state(track, 20.0 + s, seen, place=(300.0 * track, 0.0)) for s in (0.0, 5.0, 10.0)]
    stage, said = run(sorted(facts, key=lambda fact: fact.update.time_utc))
    assert not said[-1].confirmed
    assert [fault.why for fault in doubts.faults_of(stage)] == ["same instants"]


def test_radars_that_began_together_by_chance_stay_two():
    """Coincidences half an hour apart are forgotten; three among many beginnings of both bind no two radars."""

    def begun(track, first_s, other_s):
        seen = [support("a", first_s=first_s), support("b", first_s=other_s)]
        last_s = max(first_s, other_s)
        return [state(track, last_s + s, seen, place=(300.0 * track, 0.0)) for s in (1.0, 6.0, 11.0)]

    stage, said = run([fact for track in range(4) for fact in begun(track, 1800.0 * track, 1800.0 * track)])
    assert said[-1].confirmed
    assert doubts.faults_of(stage) == ()
    facts = [
        fact
        for track in range(30)
        for fact in begun(track, 20.0 * track, 20.0 * track + (0.0 if track in {12, 18, 24} else 1.3))
    ]
    stage, said = run(facts)
    assert said[-1].confirmed
    assert doubts.faults_of(stage) == ()


def test_two_bound_sensors_are_two_again_once_it_is_long_ago():
    """What bound two sensors is forgotten with the beginnings that it was counted from."""
    seen = [[support("a", first_s=track), support("b", first_s=track)] for track in range(3)]
    stage, _ = run([state(track, 20.0, both, place=(300.0 * track, 0.0)) for track, both in enumerate(seen)])
    assert doubts.bound_pairs(stage) == {frozenset("ab")}
    stage, _ = run([Tick(id="tick", time_utc=at(700.0), source="clock")], stage)
    assert doubts.bound_pairs(stage) == frozenset()


def burst(count, others=()):
    """Return states of `count` tracks within 5 s behind path p, of which `others` have a second path."""
    facts = []
    for track in range(1, count + 1):
        seen = [support("p", first_s=0.31 * track)]
        if track in others:
            seen.append(support("q", first_s=0.47 * track + 0.2))
        facts += [state(track, 0.3 * track + s, seen, place=(200.0 * track, 0.0)) for s in (0.0, 5.0, 10.0)]
    return sorted(facts, key=lambda fact: fact.update.time_utc)


def test_a_burst_on_one_path_is_doubted():
    """Twelve tracks like missiles at once behind one path: the one that another sensor happens to bear is none."""
    stage, said = run(burst(12, others=(12,)))
    assert not any(one.confirmed for one in said if one.track == 12)
    assert any(fault.why == "burst" for fault in doubts.faults_of(stage))


def test_a_salvo_that_both_paths_see_is_none():
    """Twelve missiles at once, each seen behind two paths, are confirmed, every one."""
    stage, said = run(burst(12, others=range(1, 13)))
    assert {one.track for one in said if one.confirmed} == set(range(1, 13))
    assert doubts.faults_of(stage) == ()


def test_an_alarm_about_a_feed_doubts_it_until_it_is_cleared():
    """A raised alarm about a path takes its sensors out; cleared, they count again."""
    alarm = Alarm(
        id="alarm", what="feed", name="b link", state="raised", since_utc=at(0.0), time_utc=at(1.0),
        reason="no plots for 20 s", provenance=MADE,
    )  # fmt: skip
    seen = [support("a"), support("b")]
    stage, said = run([alarm, *[state(1, s, seen) for s in (2.0, 7.0, 12.0)]])
    assert not said[-1].confirmed
    assert said[-1].faults == ("b: no plots for 20 s",)
    cleared = msgspec.structs.replace(alarm, id="alarm-2", state="cleared", time_utc=at(13.0))
    _, said = run([cleared, state(1, 14.0, seen)], stage)
    assert said[-1].confirmed


def test_two_tracks_of_one_object_are_one():
    """Two tracks at one place, each of one sensor: the older counts with both paths, the younger is told as it."""
    facts = []
    for s in (0.0, 5.0, 10.0, 15.0):
        facts += [state(1, s, [support("a")]), state(2, s + 0.5, [support("b", first_s=3.3)])]
    _, said = run(facts)
    newest = {one.track: one for one in said}
    assert newest[1].confirmed
    assert newest[1].independent == ("a", "b")
    assert not newest[2].confirmed
    assert newest[2].one_with == 1


def test_two_objects_side_by_side_stay_two():
    """Tracks 5 km apart with covariances of 100 m are two objects, of which neither has a second path."""
    facts = []
    for s in (0.0, 5.0, 10.0):
        facts += [state(1, s, [support("a")]), state(2, s, [support("b")], place=(0.0, 5.0))]
    _, said = run(facts)
    assert not any(one.confirmed or one.one_with for one in said)


def test_a_merged_track_is_forgotten_and_time_forgets_the_rest():
    """A merger drops a track at once; silence drops one after ten minutes."""
    stage, _ = run([state(1, 0.0, [support("a")]), state(2, 0.0, [support("b")], place=(900.0, 0.0))])
    merger = TrackMerger(id="m", run="run", track=2, into=1, time_utc=at(1.0), provenance=MADE)
    stage, _ = run([merger], stage)
    assert set(stage.tracks) == {("run", 1)}
    stage, _ = run([Tick(id="t", time_utc=at(700.0), source="clock")], stage)
    assert not stage.tracks


def clock(seconds, source="clock"):
    return Tick(id=f"tick-{source}-{seconds}", time_utc=at(seconds), source=source)


def test_what_is_dated_ahead_of_the_machine_moves_no_time():
    """A state, a statement or a plot's tick an hour ahead is not used: no track is forgotten, no time goes on."""
    facts = [clock(0.0), *(fact for s in (0.0, 5.0, 10.0) for fact in (clock(s), state(1, s, [support("a")])))]
    stage, _ = run(facts)
    word = HumanStatement(
        id="said", kind="launch", track=1, time_utc=at(3_600.0), key="k", signature="s", reason="",
        status="exercise",
    )  # fmt: skip
    ahead = [state(2, 3_600.0, [support("b")]), clock(3_600.0, "plots"), state(1, 3_601.0, [support("a")]), word]
    stage, _ = run(ahead, stage)
    assert stage.now_s == BEGIN_S + 10.0
    assert set(stage.tracks) == {("run", 1)}
    assert stage.tracks["run", 1].time_s == BEGIN_S + 10.0
    assert run([state(1, 20.0, [support("a")])], stage)[0].now_s == BEGIN_S + 20.0  # the allowed error


def test_states_each_a_little_further_ahead_carry_no_time_away():
    """States each nine seconds beyond the last are used up to ten seconds from the clock, and no further."""
    stage, _ = run([clock(0.0), *(state(1, 9.0 * n, [support("a")]) for n in range(1, 400))])
    assert stage.now_s == BEGIN_S + 9.0


def test_two_wrong_ticks_that_agree_move_no_time():
    """A leap waits until ticks have gone on from it for five seconds; one by the old clock takes it back."""
    stage, _ = run([clock(0.0), clock(1.0), clock(3_600.0), clock(3_600.1), clock(2.0)])
    assert stage.now_s == BEGIN_S + 2.0
    stage, _ = run([clock(3_601.0 + s) for s in range(4)], stage)
    assert stage.now_s == BEGIN_S + 2.0
    stage, _ = run([clock(3_605.0), clock(3_606.0)], stage)
    assert stage.now_s == BEGIN_S + 3_606.0


def test_a_leap_is_borne_out_by_ticks_that_are_read_out_of_order():
    """Ticks of several processes, each a little older than one read before: time goes on after five seconds."""
    stage, _ = run([clock(0.0), *(clock(3_600.0 + s + late) for s in range(6) for late in (0.3, 0.0, 0.2))])
    assert stage.now_s == BEGIN_S + 3_605.3


def partners(name, seconds, *, position_m=100.0, speed_m_s=100.0, **fields):
    """Return a partner's state beside the own track's, with errors of so much (1 sigma)."""
    theirs = state(7, seconds, [support(f"{name} 7", name)], **fields)
    spread = [position_m**2] * 3 + [speed_m_s**2] * 3
    covariance = tuple(spread[i] if i == j else 0.0 for i in range(6) for j in range(6))
    update = msgspec.structs.replace(theirs.update, covariance=covariance)
    return msgspec.structs.replace(theirs, run=f"partner {name}", id=f"{name}-{seconds}", update=update)


def beside(own, *made):
    """Return what is said last of an own track with partners' states beside it for ten seconds."""
    facts = [fact for s in (0.0, 5.0, 10.0, 15.0) for fact in (state(1, s, own), *(one(s) for one in made))]
    return run(facts)[1][-1]


@pytest.mark.parametrize(
    ("vague", "confirmed"),
    [
        ({}, True),
        ({"position_m": 2_400.0}, True),
        ({"position_m": 2_600.0}, False),
        ({"position_m": 1e9}, False),
        ({"speed_m_s": 600.0}, False),
        ({"place": (0.0, 40.0), "position_m": 20e3}, False),
    ],
)
def test_a_partner_s_vague_track_bears_nothing_out(vague, confirmed):
    """A partner's track whose error is above 2.5 km or 500 m/s (1 sigma) would bear out whatever flies there."""
    assert beside([support("a")], lambda s: partners("US", s, **vague)).confirmed == confirmed


def test_a_partner_s_covariance_that_is_none_bears_nothing_out():
    """With a matrix of less than no variance in one direction any distance would be small."""

    def theirs(seconds):
        one = partners("US", seconds)
        spread = list(one.update.covariance)
        spread[1] = spread[6] = 5e4
        update = msgspec.structs.replace(one.update, covariance=tuple(spread))
        return msgspec.structs.replace(one, update=update)

    assert not beside([support("a")], theirs).confirmed


def test_two_partners_alone_make_no_paths():
    """Where the own sensor is stuck, two partners' tracks confirm nothing; else each makes a path."""
    two = [lambda s: partners("US", s), lambda s: partners("JP", s)]
    said = beside([support("a", repeated=2)], *two)
    assert not said.confirmed
    assert said.independent == ()
    assert len(beside([support("a")], *two).independent) == 3
    ours = beside(
        [support("a", "US", plots=4)], *two
    )  # an own sensor that a partner owns, with fewer plots than it
    assert set(ours.independent) == {"a", "JP 7"}


def test_the_same_facts_say_the_same():
    """A replay makes the same confirmations with the same ids."""
    facts = burst(9, others=(2, 5))
    assert run(facts)[1] == run(facts)[1]


names = st.sampled_from([None, "x", "y", "z"])
sensors = st.lists(st.tuples(names, names, names, st.integers(3, 9)), max_size=7)


@given(sensors)
def test_the_set_is_independent_and_as_large_as_any(drawn):
    """Against every subset: the chosen sensors are pairwise independent, and no such set is larger."""
    seen = [
        msgspec.structs.replace(support(f"s{k}", plots=plots), owner=owner, path=path, host=host)
        for k, (owner, path, host, plots) in enumerate(drawn)
    ]
    chosen = largest_independent(seen)

    def fits(some):
        return all(are_independent(a, b) for a, b in combinations(some, 2))

    assert fits(chosen)
    sizes = [size for size in range(len(seen) + 1) for some in combinations(seen, size) if fits(some)]
    assert len(chosen) == max(sizes)
