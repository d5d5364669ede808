"""The life of one alert: each stage by its own evidence, who is told, who lets it out, what is said again."""

from types import SimpleNamespace

import pytest

from launchwatch.basis.errors import InputError
from launchwatch.run.node_settings import PolicySettings
from launchwatch.tell import alerts
from tests.tell import alert_facts as made

INSIDE = {"territory": 0.4, "over": 0.2, "sea": 0.5, "districts": ("Aomori", "Akita")}


class Told:
    """A chain that is fed; what it decided by audience."""

    def __init__(self, **policy):
        self.chain = alerts.start(alerts.Policy(**({"release_threshold": 0.05} | policy)), "actual")
        self.steps, self.notes = [], []

    def feed(self, *facts):
        for fact in facts:
            self.chain, info = alerts.step(self.chain, fact)
            self.steps += info.steps
            self.notes += info.notes
        return self

    def fly(self, first, last, every=2, **mood):
        for time_s in range(first, last + 1, every):
            self.feed(made.tracked(time_s, plots=time_s, last_s=time_s), made.reach(time_s, **mood))
        return self

    def confirm(self, time_s, **about):
        return self.feed(made.confirmation(time_s, **about))

    def wait(self, until, since=None):
        for time_s in range(since or until, until + 1):
            self.feed(made.tick(time_s))
        return self

    def let_out(self, time_s, *steps):
        for step in steps or self.steps:
            self.feed(made.release(time_s, step))
        return self

    def of(self, audience="public"):
        return [step for step in self.steps if step.audience == audience]

    def stages(self, audience="public"):
        return [step.stage for step in self.of(audience)]


def test_no_stage_waits_for_an_earlier_one():
    """A track confirmed after it was followed for long begins with where it will fall, without a launch."""
    told = Told().fly(100, 140, **INSIDE).confirm(140)
    assert told.stages() == ["fall_predicted"]
    assert told.of()[0].references == ()


def test_one_path_and_a_person_confirm():
    """One path alone tells nobody; with a signed statement it does, and the statement is named as evidence."""
    assert Told().confirm(100, independent=("KR-1",)).fly(100, 110, **INSIDE).steps == []
    told = Told().confirm(100, independent=("KR-1",), human="statement-7").fly(100, 110, **INSIDE)
    assert told.stages() == ["launch", "fall_predicted"]
    assert "statement-7" in told.of()[0].evidence


def test_the_machine_counts_paths_itself():
    """A confirmation that says yes with one path, or with one path named twice, confirms nothing."""
    for independent in (("KR-1",), ("KR-1", "KR-1"), ()):
        assert Told().confirm(100, independent=independent).fly(100, 120, **INSIDE).steps == []


def test_a_burning_motor_predicts_no_fall():
    """While the motor may burn, and for ten seconds more, only the launch is told."""
    told = Told().confirm(100)
    for time_s in range(100, 160, 2):
        burning = 0.9 if time_s < 130 else 0.0
        told.feed(made.tracked(time_s, plots=time_s, burning=burning, last_s=time_s), made.reach(time_s, **INSIDE))
    assert [(step.stage, step.decided_utc) for step in told.of()][1] == ("fall_predicted", made.at(140))


@pytest.mark.parametrize(
    ("probability", "forecast", "public"),
    [(0.8, 0.0, 1), (0.8, 1.0, 0), (0.8, 0.4, 1), (0.8, 0.6, 0), (0.91, 1.0, 1)],
)
def test_a_forecast_needs_more_for_the_public(probability, forecast, public):
    """From 0.7 of a measured fall to 0.9 of a forecast, in proportion: 0.8 is enough up to a share of one half."""
    told = Told(release_threshold=0.7)
    told.fly(100, 140, territory=probability, sea=0.2, districts=("Akita",), forecast=forecast).confirm(140)
    assert len(told.of()) == public
    assert len(told.of("ships")) == 1


def test_a_forecast_must_hold():
    """What is enough for 2 s of its states only, as at a motor's end, alerts nobody on land; after 4 s it does."""
    told = Told(release_threshold=0.7)
    far = {"territory": 0.95, "sea": 0.02, "districts": ("Akita",), "forecast": 1.0}
    told.fly(100, 110, territory=0.5, sea=0.2, districts=("Akita",), forecast=1.0).confirm(110)
    assert told.fly(112, 114, **far).stages() == []
    assert told.fly(116, 116, territory=0.5, sea=0.2, districts=("Akita",), forecast=1.0).stages() == []
    assert told.fly(118, 120, **far).stages() == []
    assert len(told.fly(122, 122, **far).stages()) == 1


def test_a_wide_ellipse_predicts_no_fall():
    """A fall known to 51 km only is told as a launch; to 50 km as a fall."""
    assert Told().confirm(90).fly(90, 140, ellipse_km=51.0, **INSIDE).stages() == ["launch"]
    assert Told().confirm(90).fly(90, 140, ellipse_km=50.0, **INSIDE).stages() == ["launch", "fall_predicted"]


def test_a_lost_track_is_told_as_lost_until_nothing_can_fall():
    """Fifteen seconds after its last plot the fall is told no more; a minute after the last time it is over."""
    told = Told().confirm(100).fly(100, 160, fall_s=300.0, **INSIDE)
    told.let_out(165, *told.of()).wait(400, since=165)
    assert told.stages() == ["launch", "fall_predicted", "launch", "no_longer_possible"]
    lost, over = told.of()[2:]
    assert lost.decided_utc == made.at(176)
    assert lost.fall_utc is None
    assert "the track is lost" in lost.reason
    assert over.decided_utc == made.at(360)
    assert over.release == "one key"


def test_a_track_found_again_goes_on_in_its_alert():
    """States after a loss update the same alert, and say so."""
    told = Told().confirm(100).fly(100, 130, **INSIDE).wait(150, since=131).fly(151, 165, **INSIDE)
    assert told.stages() == ["launch", "fall_predicted", "launch", "fall_predicted"]
    assert len({step.alert for step in told.of()}) == 1
    assert "the track is found again" in told.of()[3].reason


def test_too_close_to_call_is_lifted_by_two():
    """A fall with 30 % inside is told neither inside nor at sea; once over, two keys lift the alert."""
    mood = {
        "territory": 0.3,
        "sea": 0.7,
        "districts": ("Akita",),
        "falling": True,
        "height_m": 9e3,
        "fall_s": 140.0,
    }
    told = Told().confirm(100).fly(100, 130, **mood)
    told.let_out(131, *told.of()).wait(200, since=132)
    assert told.stages() == ["launch", "fall_predicted", "no_longer_possible"]
    assert told.of()[-1].release == "two keys"
    assert "too near the line" in told.of()[-1].reason


def test_fell_inside_stands_until_a_person_lifts_it():
    """Followed down on land, it is told so once; later only a person's word and two keys lift it."""
    mood = {"territory": 0.9, "districts": ("Akita",), "falling": True, "height_m": 9e3, "fall_s": 140.0}
    told = Told().confirm(100).fly(100, 130, **mood)
    told.let_out(131, *told.of()).wait(300, since=132)
    assert told.stages()[-1] == "fell_inside"
    told.let_out(301, told.of()[-1]).feed(made.statement(310, "no longer possible", alert=told.of()[-1].alert))
    assert (told.of()[-1].stage, told.of()[-1].release) == ("no_longer_possible", "two keys")
    assert len(told.of()[-1].references) == 3


@pytest.mark.parametrize(("after_s", "release"), [(600, "one key"), (601, "two keys")])
def test_an_error_is_taken_back_alone_for_ten_minutes(after_s, release):
    """Called an error 600 s after its release one key is enough; a second later two are needed, as it stands."""
    told = Told().confirm(100).fly(100, 104, **INSIDE)
    told.let_out(110, *told.of()).fly(110, 110 + after_s, fall_s=2000.0, **INSIDE)
    told.feed(made.statement(110 + after_s, "issued in error", alert=told.of()[0].alert))
    assert (told.of()[-1].stage, told.of()[-1].release) == ("issued_in_error", release)


def test_an_alert_stands_while_its_cancel_waits_for_a_second_key():
    """Updates go on until the cancel is out; what was let out since is then taken back by another cancel."""
    told = Told().confirm(100).fly(100, 104, **INSIDE)
    first = told.of()[0]
    told.let_out(106, first).fly(106, 800, fall_s=2000.0, **INSIDE)
    told.feed(made.statement(801, "issued in error", alert=first.alert))
    cancel = told.of()[-1]
    told.fly(802, 830, fall_s=2400.0, **INSIDE)
    update = told.of()[-1]
    assert update.number > cancel.number
    told.let_out(831, update).let_out(832, cancel)
    again = told.of()[-1]
    assert again.stage == "issued_in_error"
    assert {first.id, update.id} <= set(again.references)
    assert alerts.why_not_release(told.chain, told.of()[0].id) is not None


def test_a_cancel_that_a_later_one_overtook_is_asked_no_longer():
    """Where an error was called and told, the lifting that waited before it has nothing to say."""
    told = Told().confirm(100).fly(100, 104, **INSIDE)
    told.let_out(105, *told.of()).fly(106, 140, territory=0.01, sea=0.9)
    lifting = told.of()[-1]
    assert lifting.stage == "no_longer_possible"
    told.feed(made.statement(141, "issued in error", alert=lifting.alert))
    error = told.of()[-1]
    assert error.stage == "issued_in_error"
    assert alerts.why_not_release(told.chain, lifting.id) is None
    told.let_out(142, error)
    assert "lifted already" in alerts.why_not_release(told.chain, lifting.id)
    assert alerts.why_not_release(told.chain, error.id) is None


def test_a_new_danger_after_a_cancel_is_a_new_alert():
    """Lifted below the threshold, an object that threatens again begins an alert that names the old one."""
    told = Told().confirm(100).fly(100, 104, **INSIDE)
    told.let_out(105, *told.of()).fly(106, 140, territory=0.01, sea=0.9).fly(142, 150, **INSIDE)
    first, second = (step.alert for step in (told.of()[0], told.of()[-1]))
    assert first != second
    begins = next(step for step in told.of() if step.alert == second)
    assert (begins.number, begins.references) == (1, ())
    assert f"new alert after {first}" in begins.reason


def test_after_an_error_only_new_word_alerts_anew():
    """The same track that was called an error begins no alert by itself, but with a new confirmation."""
    told = Told().confirm(100).fly(100, 104, **INSIDE)
    told.let_out(105, *told.of()).feed(made.statement(110, "issued in error", alert=told.of()[0].alert))
    told.fly(112, 140, **INSIDE)
    assert told.stages()[-1] == "issued_in_error"
    assert told.confirm(141, independent=("KR-1", "US-1")).stages()[-1] == "fall_predicted"


def test_what_nobody_heard_needs_no_cancel():
    """An alert that people have not let out is closed without a step; let out late, it is taken back at once."""
    told = Told().confirm(100).fly(100, 104, **INSIDE).fly(106, 140, territory=0.01, sea=0.9)
    assert told.stages() == ["launch"]
    assert "its alert is over" in alerts.why_not_release(told.chain, told.of()[0].id)
    told.let_out(141, told.of()[0])
    assert told.stages() == ["launch", "no_longer_possible"]
    assert told.of()[1].references == (told.of()[0].id,)


def test_what_lifts_an_alert_is_told_to_all_who_heard_it():
    """Districts that an update dropped hear the end all the same."""
    told = Told().confirm(100).fly(100, 110, fall_s=900.0, **INSIDE)
    told.let_out(111, *told.of()).fly(112, 180, fall_s=900.0, **{**INSIDE, "districts": ("Akita",)})
    told.let_out(181, told.of()[-1]).fly(182, 210, territory=0.0, sea=0.9)
    assert {place.id for place in told.of()[-2].places} == {"Akita"}
    assert {place.id for place in told.of()[-1].places} == {"Akita", "Aomori"}


def test_a_district_is_added_soon_and_dropped_late():
    """One that comes is told ten seconds after the last step, one that goes after a minute, nothing else again."""
    told = Told().confirm(90).fly(90, 100, fall_s=900.0, **INSIDE)
    more, less = {**INSIDE, "districts": ("Akita", "Aomori", "Iwate")}, {**INSIDE, "districts": ("Akita",)}
    at = [step.decided_utc for step in told.of()]
    told.fly(102, 180, fall_s=900.0, **more).fly(182, 300, fall_s=900.0, **less)
    new = [step.decided_utc for step in told.of()][len(at) :]
    assert new == [made.at(110), made.at(182)]


def test_two_tracks_of_one_object_become_one_alert():
    """After a merger one series goes on, says so, and references what was released of both."""
    told = Told().confirm(100).confirm(100, track=2)
    for time_s in range(100, 120, 2):
        told.feed(made.reach(time_s, **INSIDE), made.reach(time_s, track=2, **INSIDE))
    told.let_out(121, *told.of()).feed(made.merger(122, 2, 1))
    joined = told.of()[-1]
    assert "are of one object" in joined.reason
    assert {step.alert for step in told.of() if step.id in joined.references} != {joined.alert}
    told.feed(made.reach(124, track=2, **INSIDE))
    assert told.of()[-1] == joined


def test_who_goes_on_as_a_twin_takes_the_alert_along():
    """A track taken for another's object, and seen still when the other is lost, goes on with its alert."""
    told = Told().confirm(100).fly(100, 120, **INSIDE).confirm(110, track=2, confirmed=False, one_with=1)
    first = told.of()[0].alert
    told.feed(made.confirmation(140, track=2))
    for time_s in range(142, 170, 2):
        told.feed(made.tracked(time_s, 2, plots=time_s, last_s=time_s), made.reach(time_s, track=2, **INSIDE))
    assert {step.alert for step in told.of()} == {first}


def test_facts_ahead_of_the_clock_and_of_the_other_realm_are_not_used():
    """A reach dated an hour ahead and an exercise's statement change no decision, and the notes say why."""
    told = Told().confirm(100).fly(100, 104, **INSIDE).wait(105)
    count = len(told.steps)
    told.feed(made.reach(3700, **INSIDE), made.statement(106, "issued in error", track=1, status="exercise"))
    assert len(told.steps) == count
    says = " ".join(note.says for note in told.notes)
    assert "ahead of the clock" in says
    assert "exercise in a chain that is actual" in says


def test_what_a_channel_carried_is_kept_with_the_line():
    """Each channel that sent or read back a step of an alert is named, for its cancel to go there."""
    told = Told().confirm(100).fly(100, 104, **INSIDE)
    step = told.of()[0]
    told.let_out(105, step)
    told.feed(made.delivery(106, step, "radio"), made.delivery(106, step, "web", "missing"))
    assert alerts.line_of(told.chain, step.id).channels == ("radio",)


def test_policy_is_taken_from_settings_and_checked():
    """The settings of a node give the figures that they have; figures that cannot be are refused."""
    assert alerts.policy_of(PolicySettings(lost_s=20.0)).lost_s == 20.0
    for wrong in ({"release_threshold": 0.0}, {"least_paths": 0}, {"lost_s": -1.0}, {"renew_s": 2000.0}):
        with pytest.raises(InputError):
            alerts.policy_of(SimpleNamespace(**wrong))


def test_every_figure_of_the_policy_is_explained():
    """Each figure stands in the concept page with its reason."""
    from pathlib import Path

    page = (Path(__file__).parents[2] / "docs/concepts/warning.md").read_text(encoding="utf-8")
    assert [name for name in alerts.Policy.__struct_fields__ if f"`{name}`" not in page] == []


def test_a_sea_area_is_told_from_the_threshold_on_and_kept_until_it_is_out_of_reach():
    """One at 3 % is not told beside one at 20 %; told once, it is kept at 3 % and dropped when out of reach."""
    far, near = {"territory": 0.0, "sea": 0.9, "fall_s": 900.0}, (("NAVAREA", "XIII"), ("FIR", "UHHH"))
    told = Told().confirm(90).fly(90, 100, **far, weak=near)
    assert [{one.id for one in told.of(who)[-1].places} for who in ("ships", "aircraft")] == [{"XI"}, {"RJJJ"}]
    both = {"seas": ("XI", "XIII"), "firs": ("RJJJ", "UHHH")}
    told.fly(102, 130, **far, **both).fly(132, 220, **far, weak=near)
    assert [{one.id for one in told.of(who)[-1].places} for who in ("ships", "aircraft")] == [
        {"XI", "XIII"},
        {"RJJJ", "UHHH"},
    ]
    told.fly(222, 300, **far)
    assert [{one.id for one in told.of(who)[-1].places} for who in ("ships", "aircraft")] == [{"XI"}, {"RJJJ"}]


def test_where_no_sea_area_reaches_the_threshold_the_likeliest_is_told():
    """A fall at sea is likely, each area is not: nobody at sea stays without a word."""
    told = Told(notice_threshold=0.25, lift_threshold=0.05).confirm(90).fly(90, 100, sea=0.5, seas=("XI", "XIII"))
    assert {one.id for one in told.of("ships")[-1].places} == {"XI", "XIII"}


def test_facts_ahead_of_the_clock_do_not_carry_it_away():
    """States each nine seconds further than the last are used up to ten seconds from the clock, and no further."""
    told = Told().wait(100)
    for time_s in range(109, 3700, 9):
        told.fly(time_s, time_s, **INSIDE)
    assert told.chain.now_s == made.START_S + 109


def test_one_tick_an_hour_ahead_silences_nothing():
    """The clock goes on as it did; only ticks that go on from a leap for five seconds let it leap."""
    told = Told().wait(105, 100)
    told.feed(made.tick(3700)).wait(110, 106)
    assert told.chain.now_s == made.START_S + 110
    told.feed(made.tick(3710))
    for time_s in range(110, 142, 2):
        told.wait(time_s).fly(time_s, time_s, **INSIDE)
    told.confirm(140)
    assert told.stages() == ["fall_predicted"]
    told.wait(142, 141).feed(made.tick(3720), made.tick(3721), made.tick(3722))
    assert told.chain.now_s == made.START_S + 142
    told.feed(made.tick(3726))
    assert told.chain.now_s == made.START_S + 3726
