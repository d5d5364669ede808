"""Dead-man checks: raised within 10 s of a fault, once, and cleared once."""

import pytest

from launchwatch.assess.watchdog import Limits, resume, standing, start, step
from launchwatch.basis.instants import format_instant
from launchwatch.facts import Delivery, Heartbeat, Provenance, Release, ReleaseRequest, Tick

BEGIN_S = 1.8e9
MADE = Provenance(author="test", created_utc=format_instant(BEGIN_S))


def utc(seconds):
    return format_instant(BEGIN_S + seconds)


def tick(seconds, source="clock"):
    return Tick(id=f"t{seconds}", time_utc=utc(seconds), source=source)


def beat(seconds, process="track", **fields):
    return Heartbeat(id=f"h{process}{seconds}", process=process, time_utc=utc(seconds), **fields)


def run(facts, limits=Limits()):  # noqa: B008 - frozen
    watch, told = start(limits), []
    for fact in facts:
        watch, alarms = step(watch, fact)
        told += alarms
    return watch, [(one.what, one.name, one.state, one.time_utc) for one in told]


def seconds_of(made, until, every=1.0):
    """Return ticks once a second with what else happens then."""
    facts = []
    for k in range(int(until / every) + 1):
        facts += [*made(k * every), tick(k * every)]
    return facts


@pytest.mark.parametrize(
    ("what", "name", "made"),
    [
        ("process", "track", lambda s: [beat(s)] if s < 20 or s >= 40 else []),
        ("feed", "radar", lambda s: [beat(s, feeds={"radar": utc(s if s < 20 or s >= 40 else 19)})]),
        ("partner", "KR", lambda s: [beat(s, partners={"KR": utc(s if s < 20 or s >= 40 else 19)})]),
        ("disk", "track", lambda s: [beat(s, disk_free_bytes=10**12 if s < 20 or s >= 40 else 10**6)]),
    ],
    ids=["process", "feed", "partner", "disk"],
)
def test_silence_is_told_within_ten_seconds(what, name, made):
    """What stops at 20 s is in alarm by 30 s and cleared when it is back at 40 s; nothing else is told."""
    watch, told = run(seconds_of(made, 60))
    assert [(one[0], one[1], one[2]) for one in told] == [(what, name, "raised"), (what, name, "cleared")]
    assert utc(20) <= told[0][3] <= utc(30)
    assert utc(40) <= told[1][3] <= utc(42)
    assert standing(watch) == ()


def test_a_process_that_never_came_is_missed():
    """An expected process that never gave a sign is in alarm."""
    watch, _ = run(seconds_of(lambda _: [], 10), Limits(processes=("track",)))
    assert standing(watch) == (("process", "track"),)


def request(name="r", asked=0.0):
    return ReleaseRequest(
        id=name, step="s", alert="a", status="exercise", stage="launch", audience="public", bulletins=(),
        digest="", needed="two keys", asked_utc=utc(asked), expires_utc=utc(1800), provenance=MADE,
    )  # fmt: skip


def release():
    return Release(
        id="x",
        request="r",
        step="s",
        alert="a",
        outcome="released",
        decided_utc=utc(30),
        reason="",
        provenance=MADE,
    )


def test_people_are_called_at_twenty_seconds():
    """A request that nobody answers rings at 20 s and is quiet after the release."""
    made = {0.0: [request()], 30.0: [release()]}
    _, told = run(seconds_of(lambda s: made.get(s, []), 40))
    assert [(one[0], one[2], one[3]) for one in told] == [
        ("person", "raised", utc(21)), ("person", "cleared", utc(30)),
    ]  # fmt: skip


def delivery(outcome, seconds, channel="web"):
    return Delivery(
        id=f"{channel}{outcome}{seconds}", bulletin="b", step="s", channel=channel, sent_utc=utc(seconds),
        digest="", outcome=outcome, provenance=MADE,
    )  # fmt: skip


def test_a_channel_that_does_not_close_its_loop_rings_at_thirty_seconds():
    """What was sent and not read back for 30 s is an alarm for the channel, until it is read back."""
    made = {0.0: [delivery("sent", 0)], 50.0: [delivery("read back", 0)]}
    _, told = run(seconds_of(lambda s: made.get(s, []), 60))
    assert [(one[0], one[1], one[2], one[3]) for one in told] == [
        ("channel", "web", "raised", utc(31)), ("channel", "web", "cleared", utc(50)),
    ]  # fmt: skip


def test_a_text_that_came_back_before_its_sending_was_told_rings_nowhere():
    """A receiver may be heard before the sender: what was read back is not waited for."""
    made = {5.0: [delivery("read back", 5), delivery("sent", 5)]}
    watch, told = run(seconds_of(lambda s: made.get(s, []), 60))
    assert (told, standing(watch)) == ([], ())


@pytest.mark.parametrize("outcome", ["differs", "refused", "missing"])
def test_a_channel_that_changes_bytes_rings_at_once(outcome):
    """Changed, refused or missing texts are an alarm at the next tick."""
    made = {5.0: [delivery("sent", 5), delivery(outcome, 5)]}
    _, told = run(seconds_of(lambda s: made.get(s, []), 6))
    assert [(one[0], one[2], one[3]) for one in told] == [("channel", "raised", utc(5))]


def test_a_clock_that_steps_back_is_told():
    """A step back of an hour raises the clock's alarm at once, and a minute of calm clears it."""
    facts = [tick(3600), *(tick(s) for s in range(80))]
    _, told = run(facts)
    assert {one[:2] for one in told} == {("clock", "machine")}
    assert [one[2] for one in told] == ["raised", "cleared"]


def test_a_clock_that_leaps_for_a_moment_is_told_and_silences_nobody():
    """Two processes' signs of an hour ahead ring the clock's alarm alone, which a minute of calm clears."""
    leap = [beat(3600), tick(3600), tick(3600)]
    made = {20.0: leap}
    _, told = run(seconds_of(lambda s: [*made.get(s, []), beat(s)], 90))
    assert [(one[:2], one[2]) for one in told] == [
        (("clock", "machine"), "raised"), (("clock", "track"), "raised"), (("clock", "track"), "cleared"),
        (("clock", "machine"), "cleared"),
    ]  # fmt: skip
    assert told[0][3] <= utc(20)
    assert told[2][3] <= utc(22)
    assert told[3][3] == utc(79)


def test_a_leap_that_is_borne_out_is_the_time():
    """After a rest of an hour time goes on five seconds later; the leap is told."""
    facts = [beat(0), tick(0), *(fact for s in range(3600, 3700) for fact in (beat(s), tick(s)))]
    watch, told = run(facts)
    assert watch.now_s == BEGIN_S + 3699
    assert [one[2] for one in told if one[:2] == ("clock", "machine")] == ["raised", "cleared"]
    assert standing(watch) == ()


def test_a_certificate_that_ends_is_told_a_month_and_a_week_before_and_when_it_has():
    """Each stage is an alarm with what to do, one at a time; a renewed one ends it."""
    day, end = 86_400.0, utc(40 * 86_400.0)
    watch, told = start(Limits(leap_s=100 * day)), []
    for days in (0, 9, 11, 20, 34, 39.9, 40.1, 41):
        ends = {"own certificate": end if days < 41 else utc(900 * day)}
        for fact in (beat(days * day, ends=ends), tick(days * day)):
            watch, alarms = step(watch, fact)
            told += [(days, one.name, one.state, one.reason) for one in alarms if one.what == "key"]
    assert [one[:3] for one in told] == [
        (11, "own certificate: 30 days", "raised"),
        (34, "own certificate: 7 days", "raised"), (34, "own certificate: 30 days", "cleared"),
        (40.1, "own certificate: over", "raised"), (40.1, "own certificate: 7 days", "cleared"),
        (41, "own certificate: over", "cleared"),
    ]  # fmt: skip
    assert "launchwatch node renew" in told[0][3]
    assert "ended" in told[3][3]


def test_limits_of_a_drill_s_clock_are_as_long_for_the_machine():
    """At ten times the pace a process that rests half a second of the machine is not taken for silent."""
    facts = [fact for s in (0, 6, 12, 18) for fact in (beat(s), tick(s + 5.5))]
    assert run(facts)[1] != []
    assert run(facts, Limits().at_pace(10.0))[1] == []
    assert Limits().at_pace(0.5) == Limits()
    assert Limits().at_pace(10.0).person_s == Limits().person_s


@pytest.mark.parametrize("skew_s", [-3600, -6, 6, 3600])
def test_plots_of_another_time_are_told_where_they_should_be_live(skew_s):
    """Plots more than 5 s from the machine's time are an alarm in the live realm, none in a replay."""
    facts = [tick(0), tick(skew_s, "plots"), tick(1)]
    assert standing(run(facts, Limits(plots_live=True))[0]) == (("clock", "plots"),)
    assert standing(run(facts)[0]) == ()


def test_a_process_ahead_of_the_machine_is_told():
    """Another process whose clock is an hour ahead raises the clock's alarm, not that of silence."""
    assert standing(run([beat(3600), tick(0)])[0]) == (("clock", "track"),)


@pytest.mark.parametrize(
    ("what", "bad", "good"),
    [
        ("process", beat(1), beat(30)),
        ("feed", beat(1, feeds={"track": utc(1)}), beat(30, "x", feeds={"track": utc(30)})),
        ("partner", beat(1, partners={"track": utc(1)}), beat(30, "x", partners={"track": utc(30)})),
        ("channel", delivery("refused", 1, "track"), delivery("read back", 30, "track")),
        ("disk", beat(1, disk_free_bytes=10**6), beat(30, disk_free_bytes=10**12)),
        ("key", beat(1, ends={"own certificate": utc(50)}), beat(30, ends={"own certificate": utc(1e8)})),
    ],
)
def test_an_alarm_that_an_earlier_watch_raised_is_cleared_once_it_is_over(what, bad, good):
    """A watch that begins anew neither forgets nor repeats it, nor clears it before it hears that all is well."""
    watch, told = start(Limits()), []
    for fact in (bad, tick(2), tick(15)):
        watch, alarms = step(watch, fact)
        told += [alarm for alarm in alarms if alarm.what == what]
    assert [alarm.state for alarm in told] == ["raised"]
    watch, after = resume(start(Limits()), told[0]), []
    for fact in (tick(16), tick(29), good, tick(31)):
        watch, alarms = step(watch, fact)
        after += [(alarm.state, alarm.time_utc) for alarm in alarms if alarm.what == what]
    assert after == [("cleared", utc(31))]
