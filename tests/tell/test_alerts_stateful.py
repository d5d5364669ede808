"""Anything may happen to an alert in any order: what must hold, holds; and what breaks it is noticed."""

import random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule
from msgspec.structs import replace

from launchwatch.tell.alerts import deciding, evidence, machine, merging, steps, wishes
from tests.tell import alert_world as worlds


def rng(seed):
    return random.Random(seed)  # noqa: S311 - a seeded walk is no secret


TRACK = st.integers(1, worlds.TRACKS)
MOOD = st.sampled_from(worlds.MOODS)
SOON = st.sampled_from((5.0, 30.0, 300.0))


class AlertLife(RuleBasedStateMachine):
    """Everything that a world can do, as rules; the world checks each step against its own books."""

    def __init__(self):
        super().__init__()
        self.world = worlds.World()

    @rule(seconds=st.sampled_from((1.0, 5.0, 20.0, 70.0, 400.0, 1500.0)))
    def time_passes(self, seconds):
        self.world.let_time_pass(seconds)

    @rule(track=TRACK, mood=MOOD, plot=st.booleans(), burning=st.sampled_from((0.0, 0.9)), fall=SOON)
    def state(self, track, mood, plot, burning, fall):
        mood = {"fall_s": self.world.now + fall, **mood}
        self.world.see(track, mood, plot=plot, burning=burning)

    @rule(track=TRACK, mood=MOOD, times=st.integers(5, 25), fall=SOON)
    def states(self, track, mood, times, fall):
        mood = {"fall_s": self.world.now + fall, **mood}
        for _ in range(times):
            self.world.see(track, mood)

    @rule(track=TRACK, mood=MOOD, late=st.sampled_from((30.0, 200.0)), ahead=st.sampled_from((0.0, 3600.0)))
    def state_out_of_order(self, track, mood, late, ahead):
        self.world.see(track, mood, late_s=late, ahead_s=ahead)

    @rule(track=TRACK, about=st.sampled_from(worlds.CONFIRMATIONS))
    def confirmation(self, track, about):
        self.world.confirm(track, **about)

    @rule(track=TRACK, into=TRACK)
    def merger(self, track, into):
        self.world.merge(track, into)

    @rule(track=TRACK, into=TRACK)
    def one_object(self, track, into):
        self.world.confirm(track, confirmed=False, one_with=into)

    @rule(track=TRACK)
    def end(self, track):
        self.world.end(track)

    @precondition(lambda self: self.world.steps)
    @rule(
        back=st.integers(1, 8), keys=st.sampled_from(worlds.KEYS), by=st.sampled_from((None, None, "rule-1")),
        outcome=st.sampled_from(worlds.OUTCOMES),
    )  # fmt: skip
    def release(self, back, keys, by, outcome):
        step = self.world.steps[-min(back, len(self.world.steps))]
        self.world.let_out(step, keys=keys, rule=by, outcome=outcome)

    @precondition(lambda self: self.world.steps)
    @rule(back=st.integers(1, 8), kind=st.sampled_from(worlds.KINDS), status=st.sampled_from((None, "exercise")))
    def statement(self, back, kind, status):
        self.world.say(kind, self.world.steps[-min(back, len(self.world.steps))], status=status)

    @precondition(lambda self: self.world.facts)
    @rule(back=st.integers(1, 40))
    def repetition(self, back):
        self.world.repeat(self.world.facts[-min(back, len(self.world.facts))])

    def teardown(self):
        self.world.check_replay()


AlertLife.TestCase.settings = settings(
    max_examples=40,
    stateful_step_count=40,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestAlertLife = AlertLife.TestCase


@pytest.mark.parametrize("status", ["actual", "exercise"])
def test_random_walks(status):
    """Thirty walks of 200 moves break nothing, and between them come through every stage."""
    said = set()
    for seed in range(30):
        said |= {(step.audience, step.stage) for step in worlds.walk(rng(seed), 200, status).steps}
    wanted = {"launch", "fall_predicted", "fell_inside", "no_longer_possible", "issued_in_error"}
    assert {("public", stage) for stage in wanted} <= said
    assert {("ships", "fell_at_sea"), ("press", "information")} <= said


def test_a_walk_ends_alike_on_every_machine():
    """Two walks by one seed make the same steps: nothing in a chain depends on the order of a hash."""
    one, two = (worlds.walk(rng(7), 300) for _ in range(2))
    assert one.steps == two.steps
    assert one.steps


def _first_reach_forever(policy, line, stage, reach):
    """Return the places of an earlier step, as a system that keeps its areas would."""
    if line.steps and line.steps[0].places and stage not in worlds.LIFTS:
        return line.steps[0].places, line.steps[0].rings
    return TOLD(policy, line, stage, reach)


def _live_always(*about):
    return replace(MAKE(*about), status="actual")


def _no_expiry(*about):
    made = MAKE(*about)
    return replace(made, expires_utc=made.decided_utc)


TOLD, MAKE, UNPREDICTED, ERA = steps.told, steps.make_step, evidence.why_unpredicted, steps.released_steps
OPEN_TOO = frozenset({"standing", "passed", "landed", "cancelled"})

BUGS = {
    "one path is enough": [(evidence, "why_unconfirmed", lambda _policy, said: "" if said else "none")],
    "passed by extrapolation": [(evidence, "has_passed", lambda _policy, body: body.reach and body.reach.past)],
    "areas of an earlier step": [(steps, "told", _first_reach_forever)],
    "every sea area in reach is told": [(evidence, "CALLED", frozenset())],
    "one person lets anything out": [(machine, "_too_few", lambda *_: "")],
    "one key for everything": [(steps, "release_of", lambda *_: "one key")],
    "one key cancels always": [
        (steps, "release_of", lambda _p, line, stage, *_: _one_key(line, stage)),
        (deciding, "release_of", lambda _p, line, stage, *_: _one_key(line, stage)),
    ],
    "updates after a cancel": [(deciding, "OPEN", OPEN_TOO)],
    "a fall told of a lost track": [(wishes, "_lost", lambda _case: wishes.Wish("fall_predicted", "as before"))],
    "a cancel of the newest step alone": [
        (steps, "released_steps", lambda line: ERA(line)[-1:]),
        (deciding, "released_steps", lambda line: ERA(line)[-1:]),
    ],
    "nothing expires": [(steps, "make_step", _no_expiry)],
    "exercise told as live": [(steps, "make_step", _live_always)],
    "an alarm without an area": [(wishes, "raised", lambda _case, new: new)],
    "repeats are taken": [(machine, "_is_old", lambda *_: False)],
    "both of two merged alerts go on": [(merging, "replace", lambda value, **new: _unmerged(value, new))],
    "below the threshold": [(wishes, "probability", lambda *_: 1.0)],
    "released without a release": [(steps, "released_steps", lambda line: line.steps)],
}


def _one_key(line, stage):
    if line.audience == "press":
        return "nothing"
    return "one key" if stage in worlds.LIFTS else "two keys"


def _unmerged(value, new):
    return replace(value, **{name: one for name, one in new.items() if one != "merged"})


@pytest.mark.parametrize("bug", BUGS)
def test_bugs_are_noticed(bug, monkeypatch):
    """A machine with a bug breaks an invariant within 150 walks: the rules can tell."""
    for module, name, wrong in BUGS[bug]:
        monkeypatch.setattr(module, name, wrong)
    status = "exercise" if "exercise" in bug else "actual"
    with pytest.raises(worlds.BrokenError):  # noqa: PT012 - which walk finds it is chance
        for seed in range(150):
            worlds.walk(rng(seed), 200, status)
