"""A history fed to the pure parts of the warning chain, second by second: confirmation, reach, life of alerts."""

import math
from functools import cache

from msgspec.structs import replace

from launchwatch.assess import confirmation
from launchwatch.assess.protected import Protected
from launchwatch.assess.reach import reach_of
from launchwatch.basis.ids import content_id
from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.facts import Provenance, Release, Tick, TrackedState
from launchwatch.simulate.histories import facts_of, statement_of
from launchwatch.tell import alerts

BY = Provenance(author="test", created_utc="2023-11-14T22:13:20Z")
KEYS = {"two keys": ("key-a", "key-b"), "one key": ("key-a",), "nothing": ()}

protected = cache(Protected.of)


def policy_of(history):
    """Return the figures by which the node of a history warns."""
    least = history.release_threshold
    return alerts.Policy() if least is None else alerts.Policy(release_threshold=least)


class Replay:
    """All that a history led to: `facts` in order, `steps`, `notes`; the confirmations made on the way."""

    def __init__(self, history, policy=None, **changes):
        self.history = replace(history, **changes)
        self.policy = policy or policy_of(history)
        self.chain = alerts.start(self.policy, self.history.status)
        self.confirming = confirmation.start(self.policy)
        self.facts, self.steps, self.notes, self.confirmations = [], [], [], []
        self.reaches, self.area_lost = {}, False
        self.waiting = []
        self._run()

    def _run(self):
        told, acts = list(facts_of(self.history)), sorted(self.history.acts, key=lambda act: act.at_utc)
        begin = min([_time(fact) for fact in told] + [parse_instant(act.at_utc) for act in acts])
        for now_s in range(math.floor(begin), math.ceil(parse_instant(self.history.until_utc)) + 1):
            while told and _time(told[0]) <= now_s:
                self._take(told.pop(0))
            while acts and parse_instant(acts[0].at_utc) <= now_s:
                self._act(acts.pop(0))
            self._let_out(now_s)
            self._take(Tick(id=content_id("tick", str(now_s)), time_utc=format_instant(now_s), source="clock"))

    def _take(self, fact):
        self.confirming, said = confirmation.step(self.confirming, fact)
        self._feed(fact)
        if said is not None:
            self.confirmations.append(said)
            self._feed(said)
        if isinstance(fact, TrackedState):
            before = self.reaches.get(fact.track)
            found = reach_of(fact, protected(self.history.protects), BY, before)
            self.reaches[fact.track] = found
            self._feed(replace(found, places=(), public_rings=(), fall_rings=()) if self.area_lost else found)

    def _feed(self, fact):
        self.facts.append(fact)
        self.chain, info = alerts.step(self.chain, fact)
        self.steps += info.steps
        self.notes += info.notes
        for step in info.steps:
            if step.release != "nothing":
                self.waiting.append((parse_instant(step.decided_utc) + self.history.keys_after_s, step))

    def _let_out(self, now_s):
        due = [step for at_s, step in self.waiting if at_s <= now_s]
        self.waiting = [(at_s, step) for at_s, step in self.waiting if at_s > now_s]
        for step in due:
            if alerts.why_not_release(self.chain, step.id) is None:
                self._feed(_released(step, now_s))

    def _act(self, act):
        if act.act in {"area lost", "area found"}:
            self.area_lost = act.act == "area lost"
        if act.act == "statement":
            alert = next((step.alert for step in reversed(self.steps)), None) if act.track is None else None
            self._take(statement_of(self.history, act, alert))

    def told(self, *audiences):
        """Return what was decided for some audiences as `Expected` has it, without the cause."""
        return [_gist(step) for step in self.steps if not audiences or step.audience in audiences]

    def released(self):
        return [step for step in self.steps if any(step.id in line.released for line in self._lines())]

    def _lines(self):
        return [line for alert in self.chain.alerts.values() for line in alert.lines.values()]


def _released(step, now_s):
    return Release(
        id=content_id("release", step.id),
        request="r",
        step=step.id,
        alert=step.alert,
        outcome="released",
        keys=KEYS[step.release],
        decided_utc=format_instant(now_s),
        reason="signed",
        provenance=BY,
    )


def _time(fact):
    return parse_instant(fact.update.time_utc if isinstance(fact, TrackedState) else fact.time_utc)


def _gist(step):
    roles = {"public": {"district"}, "ships": {"NAVAREA"}, "aircraft": {"FIR"}}.get(step.audience, set())
    names = tuple(sorted(place.id for place in step.places if place.role in roles))
    return (
        step.audience, step.stage, step.decided_utc[:19] + "Z", step.release, names,
        step.fall_utc and step.fall_utc[:19] + "Z", len(step.references),
    )  # fmt: skip


def expected(history):
    """Return a history's expected steps in the form of `Replay.told`."""
    return [
        (one.audience, one.stage, one.at_utc, one.release, one.places, one.fall_utc, one.references)
        for one in history.expected
    ]
