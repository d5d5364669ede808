"""A world in which anything happens to alerts, and what must hold in it: the same rules for every driver.

The world keeps its own books (what was released, seen, confirmed), apart from the chain's, and compares.
"""

from msgspec.structs import replace

from launchwatch.basis.instants import LEAP_S, parse_instant
from launchwatch.facts import Confirmation, Reach, Release, Tick, TrackedState
from launchwatch.tell import alerts
from tests.tell import alert_facts as made

CANCELS = {"no_longer_possible", "issued_in_error"}
LIFTS = {*CANCELS, "passed", "fell_at_sea"}
ROLES = {
    "public": {"district", "territorial sea"},
    "ships": {"NAVAREA", "coastal state", "territorial sea"},
    "aircraft": {"FIR"},
    "press": set(),
}
CALLED = {"NAVAREA", "FIR"}
TRACKS = 3


class BrokenError(AssertionError):
    """An invariant that did not hold."""


def hold(what, says, *about):
    if not what:
        raise BrokenError(says + "".join(f"\n  {one}" for one in about))


class World:
    """A chain and the books on it. `facts` are all that was fed, `steps` all that came out."""

    def __init__(self, status="actual", policy=None):
        self.policy = policy or alerts.Policy()
        self.status = status
        self.chain = alerts.start(self.policy, status)
        self.now, self.ticked_s = 0.0, None
        self.facts, self.steps = [], []
        self.by_id, self.released = {}, {}
        self.reaches = {}
        self.over, self.plot, self.plots = {}, {}, {}
        self.confirmed, self.moods = {}, {}
        self.lines, self.links, self.last = {}, {}, {}
        self.fed, self.ended = set(), set()

    # what can happen ------------------------------------------------------------------------------------------

    def let_time_pass(self, seconds):
        self.now += seconds
        if seconds > LEAP_S:  # a leap is borne out by ticks that go on from it
            for before_s in (6.0, 3.0):
                self._tick(self.now - before_s)
        self._tick(self.now)

    def _tick(self, time_s):
        self.ticked_s = time_s
        self.feed(made.tick(time_s))

    def see(self, track, mood, *, plot=True, burning=0.0, late_s=0.0, ahead_s=0.0):
        """One state of a track with its reach, of a mood: what it threatens."""
        self.now += 1.0
        if self.ticked_s is not None and self.now > self.ticked_s + 3.0:
            self._tick(self.now)
        time_s = self.now - late_s + ahead_s
        count, last_s = self.plots.get(track, (0, time_s))
        count, last_s = self.plots[track] = (count + plot, max(last_s, time_s) if plot else last_s)
        self.last[track] = time_s
        self.feed(made.tracked(time_s, track, plots=count, burning=burning, last_s=last_s))
        self.feed(made.reach(time_s, track, **mood))

    def confirm(self, track, **about):
        self.feed(made.confirmation(self.now, track, **about))

    def merge(self, track, into):
        self.feed(made.merger(self.now, track, into))

    def end(self, track):
        """End a track in the tracker, whose fact names no number but the last state's instant."""
        self.ended.add(track)
        self.feed(made.ended_track(track, self.last.get(track, 0.0)))

    def say(self, kind, step, *, status=None):
        self.feed(made.statement(self.now, kind, alert=step.alert, status=status or self.status))

    def let_out(self, step, keys=("key-a", "key-b"), rule=None, outcome="released"):
        self.feed(made.release(self.now, step, keys=keys, rule=rule, outcome=outcome))

    def deliver(self, step, channel, outcome):
        self.feed(made.delivery(self.now, step, channel, outcome))

    def repeat(self, fact):
        """Feed what was fed before: it changes nothing, however old it is."""
        before = self.chain
        after, info = alerts.step(before, fact)
        same = replace(after, heard=before.heard) == before  # that it was refused may be noted once more
        hold(not info.steps and same, "a repeated fact changed something", fact, info)

    # the books ------------------------------------------------------------------------------------------------

    def feed(self, fact):
        key = (type(fact), fact.id)
        if key in self.fed:
            self.repeat(fact)
            return
        self.fed.add(key)
        self.facts.append(fact)
        self._note(fact)
        before = self.chain
        self.chain, info = alerts.step(before, fact)
        self._link()
        hold(self.chain.now_s >= before.now_s, "the clock went back", fact)
        hold(info.notes or isinstance(fact, Tick), "nothing is said of why", fact)
        for step in info.steps:
            self._check(step)
            self._book(step)
        self._check_released()

    def _note(self, fact):
        if isinstance(fact, TrackedState):
            self._note_state(fact)
        elif isinstance(fact, Reach):
            self._note_reach(fact)
        elif isinstance(fact, Confirmation) and not self._ahead(fact.time_utc):
            self.confirmed.setdefault(fact.id, fact)
        elif isinstance(fact, Release):
            self._note_release(fact)

    def _ahead(self, time_utc):
        clock_s = self.chain.clock_s
        return clock_s is not None and parse_instant(time_utc) > clock_s + self.policy.ahead_s

    def _note_state(self, fact):
        time_s = parse_instant(fact.update.time_utc)
        if self._ahead(fact.update.time_utc) or (made.RUN, fact.track) in self.chain.aliases:
            return
        last_s = min(time_s, max(parse_instant(one.last_utc) for one in fact.update.support))
        self.plot[fact.track] = max(last_s, self.plot.get(fact.track, 0.0))

    def _note_reach(self, fact):
        if self._ahead(fact.time_utc):
            return
        self.reaches[fact.id] = fact
        if fact.over_now:
            self.over[fact.track] = max(self.over.get(fact.track, 0.0), parse_instant(fact.time_utc))

    def _note_release(self, fact):
        step = self.by_id.get(fact.step)
        if step is None or fact.outcome != "released":
            return
        needed = {"two keys": 2, "one key": 1, "nothing": 0}[step.release]
        by_rule = fact.rule is not None and step.stage in {"launch", "fall_predicted"}
        if by_rule or len(set(fact.keys)) >= needed:
            self.released.setdefault(step.id, made.START_S + self.now)

    def _line(self, step):
        return self.lines.setdefault((step.alert, step.audience), [])

    def _book(self, step):
        self.steps.append(step)
        self.by_id[step.id] = step
        self._line(step).append(step)

    # what must hold -------------------------------------------------------------------------------------------

    def _check(self, step):
        hold(step.id not in self.by_id, "a step was made twice", step)
        hold(step.status == self.status, "live and exercise mixed", step)
        life_s = parse_instant(step.expires_utc) - parse_instant(step.decided_utc)
        hold(0 < life_s <= self.policy.alert_life_s + 1e-3, "expiry not set or not bounded", step)
        line = self._line(step)
        hold(step.number == len(line) + 1, "steps are not numbered from 1", step)
        self._check_references(step, line)
        self._check_order(step, line)
        self._check_keys(step, line)
        if step.stage == "passed":
            self._check_passed(step)
        if step.stage not in LIFTS and step.audience != "press":
            self._check_raising(step)

    def _told(self, line):
        return [one for one in line if one.id in self.released and one.stage not in CANCELS]

    def _check_references(self, step, line):
        told = {one.id for one in self._told(line)}
        for one in step.references:
            hold(one in self.released, "a reference to what was not released", step)
            hold(self.by_id[one].audience == step.audience, "a reference to another audience's step", step)
        hold(told <= set(step.references), "a released step is not referenced", step, told)
        others = {self.by_id[one].alert for one in step.references} - {step.alert}
        for other in others:
            merged = self.chain.alerts[other].lines[step.audience].state == "merged"
            hold(merged, "a reference to another alert that goes on", step)
        if step.stage in CANCELS:
            hold(step.references, "a cancel of nothing", step)

    def _check_order(self, step, line):
        if step.stage in CANCELS:
            return
        for one in line:
            if one.stage in CANCELS:
                final = one.id in self.released or one.release == "one key"
                hold(not final, "an update after a cancel", one, step)
        merged = step.alert in self.chain.alerts and self.chain.alerts[step.alert].lines[step.audience]
        hold(not merged or merged.state != "merged", "a step of a merged alert", step)

    def _check_keys(self, step, line):
        if step.audience == "press":
            hold(step.release == "nothing", "the press waits for keys", step)
            return
        hold(step.release in {"two keys", "one key"}, "a step that nobody has to release", step)
        if step.stage not in LIFTS:
            hold(step.release == "two keys", "one key raises an alert", step)
        elif step.release == "one key":
            first_s = min((self.released[one.id] for one in line if one.id in self.released), default=None)
            soon = step.stage == "issued_in_error" and (
                first_s is None or parse_instant(step.decided_utc) - first_s <= self.policy.retract_alone_s
            )
            reach = self._reach(step)
            danger = reach is not None and self._danger(step, reach) >= self.policy.threshold(step.audience)
            hold(not danger or soon or self._is_over(step, reach), "one key lifts a danger that stands", step)

    def _reach(self, step):
        return next((self.reaches[one] for one in step.evidence if one in self.reaches), None)

    def _is_over(self, step, reach):
        """Whether nothing can fall any more, or the object is not confirmed: then the danger is not held."""
        past_s = parse_instant(step.decided_utc) - parse_instant(reach.fall_utc or reach.time_utc)
        silent = parse_instant(step.decided_utc) - self._last_plot(reach, min) > self.policy.lost_s
        silent = silent or any(self._same(track, reach.track) for track in self.ended)
        known = [one for one in self.confirmed.values() if one.id in step.evidence]
        if not known or not self._counts(known[-1]):
            return True
        if silent and self._after_any_flight(step):
            return True
        inside = reach.territory >= self.policy.lift_threshold and step.audience == "public"
        if reach.falling and past_s >= 0:
            return not inside
        return silent and past_s >= 0

    def _after_any_flight(self, step):
        return parse_instant(step.decided_utc) - made.START_S >= self.policy.longest_flight_s

    def _danger(self, step, reach):
        if step.audience == "public":
            return reach.territory if reach.past and not reach.over_now else max(reach.territory, reach.over)
        if step.audience == "ships":
            return reach.sea
        return max((one.probability for one in reach.places if one.role == "FIR"), default=0.0)

    def _counts(self, confirmation):
        paths = len(set(confirmation.independent)) + (confirmation.human is not None)
        return confirmation.confirmed and paths >= self.policy.least_paths and bool(confirmation.independent)

    def _last_plot(self, reach, of=max):
        """Return the last plot of an object; of tracks that parted again the latest, or by `of` the earliest."""
        return of((time for track, time in self.plot.items() if self._same(track, reach.track)), default=0.0)

    def _same(self, track, other):
        """Whether two tracks are, or were once taken for, one object."""
        return track == other or self._linked(track) == self._linked(other)

    def _linked(self, track):
        while track in self.links:
            track = self.links[track]
        return track

    def _link(self):
        for (_, track), (_, into) in self.chain.aliases.items():
            one, other = self._linked(track), self._linked(into)
            if one != other:
                self.links[one] = other

    def _check_passed(self, step):
        reach = self._reach(step)
        hold(step.audience == "public", "passed is said to others", step)
        hold(reach is not None and not reach.over_now, "passed without a state beyond", step)
        crossed = reach.past or any(self._same(track, reach.track) for track in self.over)
        hold(crossed, "passed without a state over the land or beyond", step)
        time_s = parse_instant(reach.time_utc)
        hold(time_s <= self._last_plot(reach), "passed from an extrapolation", step)
        hold(time_s > self.over.get(reach.track, 0.0), "passed before it had crossed", step)
        hold(reach.territory < self.policy.lift_threshold, "passed, and may fall inside", step)

    def _is_called(self, one, own, step):
        """Whether a sea area or region is to be told: likely enough, likeliest of all, or told before."""
        before = [said for said in self._line(step) if said.stage not in CANCELS]
        kept = bool(before) and one.id in {place.id for place in before[-1].places}
        likeliest = one.probability == max(other.probability for other in own if other.role in CALLED)
        return one.probability >= self.policy.notice_threshold or likeliest or kept

    def _check_raising(self, step):
        reach = self._reach(step)
        hold(reach is not None, "an alarm without a reach", step)
        own = tuple(one for one in reach.places if one.role in ROLES[step.audience])
        told = tuple(one for one in own if one.role not in CALLED or self._is_called(one, own, step))
        hold(step.places == told and told, "places are not those of the step's own reach", step)
        rings = reach.public_rings if step.audience == "public" else reach.fall_rings
        hold(step.rings == rings and rings, "the area is not that of the step's own reach", step)
        known = [self.confirmed[one] for one in step.evidence if one in self.confirmed]
        hold(known and self._counts(known[-1]), "an alarm on one path", step)
        least = self.policy.threshold(step.audience) if step.number == 1 else self.policy.lift_threshold
        hold(self._danger(step, reach) >= least, "an alarm below the threshold", step)
        decided_s = parse_instant(step.decided_utc)
        if step.stage == "fall_predicted":
            hold(
                decided_s - self._last_plot(reach) <= self.policy.lost_s,
                "a fall predicted from a lost track",
                step,
            )
            hold(reach.fall_utc is not None, "a fall predicted without one", step)
        if step.stage == "launch":
            hold(step.fall_utc is None, "a fall told with a launch", step)
        if step.stage == "fell_inside":
            hold(reach.falling and decided_s >= parse_instant(reach.fall_utc), "fell before it fell", step)

    def _check_released(self):
        for alert in self.chain.alerts.values():
            for line in alert.lines.values():
                extra = set(line.released) - set(self.released)
                hold(not extra, "released without the keys", extra)

    def check_replay(self):
        """Folding the same facts gives the same steps and an equal chain."""
        chain, steps = alerts.start(self.policy, self.status), []
        for fact in self.facts:
            chain, info = alerts.step(chain, fact)
            steps.extend(info.steps)
        hold(steps == self.steps and chain == self.chain, "a replay decides otherwise")


OVER = {"territory": 0.02, "over": 0.9, "sea": 0.9, "districts": ("Iwate",), "over_now": True}
BEYOND = {"territory": 0.01, "sea": 0.99, "past": True}

WEAK = (("NAVAREA", "XI"), ("FIR", "RJJJ"), ("FIR", "UHHH"))
MOODS = (
    {"territory": 0.4, "over": 0.3, "sea": 0.5, "districts": ("Aomori", "Akita")},
    {"territory": 0.08, "over": 0.8, "sea": 0.9, "districts": ("Aomori",)},
    {"territory": 0.3, "over": 0.3, "sea": 0.6, "districts": ("Aomori", "Iwate"), "fall_s": 800.0, "weak": WEAK},
    {"territory": 0.04, "sea": 0.95, "districts": ("Iwate",)},
    {"territory": 0.04, "sea": 0.95, "seas": ("XIII",), "firs": ("RKRR",), "weak": WEAK},
    OVER,
    BEYOND,
    {"territory": 0.0, "sea": 0.0, "firs": ()},
    {"territory": 0.9, "sea": 0.1, "districts": ("Akita",), "falling": True, "height_m": 9e3},
    {"territory": 0.01, "sea": 0.99, "falling": True, "height_m": 9e3},
    {"territory": 0.2, "sea": 0.8, "districts": ("Akita",), "falling": True, "height_m": 60e3},
    {"territory": 0.6, "over": 0.2, "sea": 0.3, "districts": ("Aomori",), "area": False},
    {"territory": 0.3, "over": 0.1, "sea": 0.6, "districts": ("Aomori",), "ellipse_km": 300.0},
)
"""What a state may threaten: falls inside and at sea, overflight, near the threshold, nobody, an area lost."""

CONFIRMATIONS = (
    {},
    {"independent": ("KR-1",)},
    {"independent": ("KR-1",), "human": "statement-1"},
    {"confirmed": False, "independent": ()},
    {"independent": ("KR-1", "KR-1")},
)
KEYS = (("key-a", "key-b"), ("key-a",), ("key-a", "key-a"), ())
KINDS = ("launch", "no launch", "issued in error", "no longer possible")
OUTCOMES = ("released", "released", "released", "refused", "expired")


def random_move(world, rng):
    """One thing that happens, by a random generator of the standard library; likely things often."""
    track, roll = rng.randint(1, TRACKS), rng.random()
    if roll < 0.42:
        mood = world.moods.setdefault(track, rng.choice(MOODS))
        if rng.random() < 0.15:
            mood = world.moods[track] = BEYOND if mood is OVER else rng.choice(MOODS)
        fall_s = mood.get("fall_s", world.now + rng.choice((5.0, 30.0, 300.0)))
        late_s = rng.choice((30.0, 200.0)) if rng.random() < 0.05 else 0.0
        ahead_s = 3600.0 if rng.random() < 0.02 else 0.0
        burning = 0.9 if rng.random() < 0.1 else 0.0
        plot = rng.random() < 0.85
        world.see(track, {**mood, "fall_s": fall_s}, plot=plot, burning=burning, late_s=late_s, ahead_s=ahead_s)
    elif roll < 0.52:
        world.let_time_pass(rng.choice((1.0, 5.0, 20.0, 70.0, 400.0, 1500.0)) if rng.random() < 0.3 else 1.0)
    elif roll < 0.62:
        about = CONFIRMATIONS[0] if rng.random() < 0.6 else rng.choice(CONFIRMATIONS)
        world.confirm(track, **about)
    elif roll < 0.82 and world.steps:
        step = world.steps[-1 - min(int(rng.expovariate(0.7)), len(world.steps) - 1)]
        rule = "rule-1" if rng.random() < 0.1 else None
        keys = KEYS[0] if rng.random() < 0.7 else rng.choice(KEYS)
        world.let_out(step, keys=keys, rule=rule, outcome=rng.choice(OUTCOMES))
    elif roll < 0.85 and world.steps:
        status = "exercise" if rng.random() < 0.2 else None
        world.say(rng.choice(KINDS), rng.choice(world.steps[-8:]), status=status)
    elif roll < 0.86:
        world.feed(made.statement(world.now, rng.choice(KINDS), track=track, status=world.status))
    elif roll < 0.88 and world.steps:
        world.deliver(
            rng.choice(world.steps[-8:]), rng.choice(("web", "radio")), rng.choice(("read back", "missing"))
        )
    elif roll < 0.89:
        world.merge(track, rng.randint(1, TRACKS))
    elif roll < 0.892:
        world.end(track)
    elif roll < 0.897:
        world.confirm(track, confirmed=False, one_with=rng.randint(1, TRACKS))
    elif world.facts:
        world.repeat(rng.choice(world.facts[-40:]))


def walk(rng, moves, status="actual"):
    """Return a world after some moves, replayed; raises BrokenError where an invariant does not hold."""
    world = World(status)
    for _ in range(moves):
        random_move(world, rng)
    world.check_replay()
    return world
