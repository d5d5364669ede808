"""Release by two people: who and what lets a text out, and all that does not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from launchwatch.facts import HumanStatement
from launchwatch.tell.approvals import (
    digest_of,
    judge,
    request_for,
    sign_approval,
    sign_rule,
    sign_statement,
    why_rule_counts_not,
    why_statement_counts_not,
)
from tests.tell.released import (
    BEGIN,
    END,
    EXPIRED,
    KIM,
    KIM_AGAIN,
    LATER,
    LEE,
    LIVE,
    NODE,
    NOW,
    PLACE,
    REVOKED,
    STRANGER,
    TRUST,
    asked,
    private,
    rule_of,
    step_of,
    texts_of,
)

STEP, TEXTS, REQUEST = asked()


def approval(number, **options):
    return sign_approval(REQUEST, private(number), NOW, **options)


def judged(*approvals, request=REQUEST, step=STEP, texts=TEXTS, now=NOW, trust=TRUST, **options):
    return judge(request, step, texts, approvals, trust, now, **options)


def test_two_officers_let_it_out():
    """Two keys of two holders over the exact digest release, and the release names both."""
    release = judged(approval(KIM), approval(LEE)).release
    assert release.outcome == "released"
    assert release.reason == "signed by Kim and Lee"
    assert len(set(release.keys)) == 2


BAD = {
    "same key twice": lambda: approval(KIM),
    "second key of the same person": lambda: approval(KIM_AGAIN),
    "revoked": lambda: approval(REVOKED),
    "expired key": lambda: approval(EXPIRED),
    "live key": lambda: approval(LIVE),
    "node's key": lambda: approval(NODE),
    "unknown key": lambda: approval(STRANGER),
    "other digest": lambda: replace(approval(LEE), digest="0" * 64),
    "altered reason": lambda: replace(approval(LEE), reason="another"),
    "another's key named": lambda: replace(approval(STRANGER), key=approval(LEE).key),
    "replayed for another request": lambda: replace(approval(LEE), request="request-2"),
    "signed long ago": lambda: sign_approval(REQUEST, private(LEE), "2026-02-28T23:00:00Z"),
    "signed at no time": lambda: sign_approval(REQUEST, private(LEE), "yesterday"),
    "signed tomorrow": lambda: sign_approval(REQUEST, private(LEE), "2026-03-02T00:00:00Z"),
    "of another realm's words": lambda: sign_approval(replace(REQUEST, status="actual"), private(LEE), NOW),
    "refusal turned round": lambda: replace(approval(LEE, verdict="refuse"), verdict="release"),
    "no signature": lambda: replace(approval(LEE), signature=""),
}


@pytest.mark.parametrize("bad", BAD, ids=str)
def test_one_good_and_one_bad_are_not_two(bad):
    """One officer and one approval that does not count let nothing out."""
    judgement = judged(approval(KIM), BAD[bad]())
    assert judgement.release is None
    assert len(judgement.keys) == 1
    assert judgement.refused or bad == "second key of the same person"


POOL = [
    ("Kim", approval(KIM)),
    ("Lee", approval(LEE)),
    *((None, make()) for make in BAD.values() if make is not None),
]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(range(len(POOL))), max_size=12))
def test_any_mixture_is_let_out_by_both_officers_alone(chosen):
    """Whatever is thrown in, in any order and number: released exactly when both officers' own are there."""
    approvals = [POOL[k][1] for k in chosen]
    people = {POOL[k][0] for k in chosen} - {None}
    if any(one in {approval(KIM), approval(KIM_AGAIN)} for one in approvals):
        people.add("Kim")
    release = judged(*approvals).release
    assert (release is not None) == (people == {"Kim", "Lee"})


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 400), st.integers(1, 255))
def test_no_flipped_byte_of_an_approval_counts(place, flip):
    """An approval with one byte of its signature or key changed is not one."""
    good = approval(LEE)
    field = "signature" if place < 128 else "key"
    text = getattr(good, field)
    at = place % len(text)
    changed = text[:at] + chr((ord(text[at]) ^ flip) & 0x7F) + text[at + 1 :]
    if changed.lower() != text:
        assert judged(approval(KIM), replace(good, **{field: changed})).release is None


def test_one_refusal_stops_it():
    """A refusal by one officer stops a request that two others signed."""
    judgement = judged(approval(KIM), approval(LEE), approval(KIM_AGAIN, verdict="refuse", reason="drill"))
    assert judgement.release.outcome == "refused"
    assert judgement.release.reason == "refused by Kim: drill"


def test_a_stranger_cannot_stop_it():
    """A refusal that does not count stops nothing."""
    assert judged(approval(KIM), approval(LEE), approval(STRANGER, verdict="refuse")).release.outcome == "released"


def test_it_expires():
    """What nobody answered in time is expired, whatever comes after."""
    assert judged(approval(KIM), approval(LEE), now=END).release.outcome == "expired"


@pytest.mark.parametrize("texts", [TEXTS[:1], (*TEXTS, *texts_of(STEP, "third")), texts_of(STEP, "a", "b"), ()])
def test_other_texts_than_those_asked_for_are_refused(texts):
    """Bytes that are not the ones that were signed are never let out."""
    assert judged(approval(KIM), approval(LEE), texts=texts).release.outcome == "refused"


@pytest.mark.parametrize(
    "changed", [{"stage": "fall_predicted"}, {"status": "actual"}, {"expires_utc": LATER}, {"id": "step-2"}]
)
def test_the_digest_holds_step_status_stage_and_expiry(changed):
    """A step that differs in what the digest covers has another digest."""
    assert digest_of(replace(STEP, **changed), TEXTS) != REQUEST.digest


def test_the_order_of_texts_does_not_matter():
    """The digest is over sorted digests."""
    assert digest_of(STEP, TEXTS[::-1]) == REQUEST.digest


def test_nothing_is_asked_for_information():
    """A step that needs nobody has no request."""
    assert request_for(step_of(release="nothing", stage="information"), TEXTS, BEGIN) is None


def cancelling(**fields):
    return asked(step_of(stage="issued_in_error", number=2, release="one key", **fields))


def test_one_key_lifts_an_alert():
    """Where the chain asks for one key to cancel, one officer's is enough."""
    step, texts, request = cancelling()
    one = sign_approval(request, private(KIM), NOW)
    assert judged(one, request=request, step=step, texts=texts).release.outcome == "released"


def test_one_key_never_raises_an_alert():
    """A raising step that claims one key still needs two."""
    step = step_of(release="one key")
    request = replace(request_for(step, TEXTS, BEGIN), needed="one key")
    assert judged(sign_approval(request, private(KIM), NOW), request=request, step=step).release is None


def statement(number, kind="issued in error", **fields):
    said = HumanStatement(
        id="",
        kind=kind,
        alert="alert-1",
        time_utc=NOW,
        key="",
        signature="",
        reason="wrong track",
        status="exercise",
    )
    return sign_statement(replace(said, **fields), private(number))


def test_the_statement_that_cancels_is_the_key():
    """An officer's statement that the alert is in error lets the cancel out in the same step."""
    step, texts, request = cancelling()
    judgement = judged(request=request, step=step, texts=texts, statements=[statement(KIM)])
    assert judgement.release.outcome == "released"


@pytest.mark.parametrize(
    "said", [statement(STRANGER), statement(REVOKED), statement(LIVE), statement(KIM, alert="alert-2"),
             statement(KIM, kind="launch"), replace(statement(KIM), reason="other")],
)  # fmt: skip
def test_other_statements_are_no_key(said):
    """A stranger's, stolen, other realm's, other alert's, other kind's or altered statement cancels nothing."""
    step, texts, request = cancelling()
    assert judged(request=request, step=step, texts=texts, statements=[said]).release is None


def test_a_statement_and_a_second_key_make_two():
    """Where two keys are needed to cancel, the statement is one and another officer's approval the second."""
    step, texts, request = asked(step_of(stage="issued_in_error", number=2))
    at = {"request": request, "step": step, "texts": texts, "statements": [statement(KIM)]}
    assert judged(**at).release is None
    assert judged(sign_approval(request, private(KIM), NOW), **at).release is None
    assert judged(sign_approval(request, private(LEE), NOW), **at).release.outcome == "released"


def test_statements_are_checked_as_of_their_time_on_replay():
    """A key revoked after a statement was taken does not unmake it on a replay; live it counts no longer."""
    trust = TRUST.without_key(approval(KIM).key, LATER, "lost")
    assert why_statement_counts_not(statement(KIM), trust, "exercise", NOW, as_then=True) is None
    assert "revoked" in why_statement_counts_not(statement(KIM), trust, "exercise", NOW)


def signed_rule(*numbers, **fields):
    rule = rule_of(**fields)
    for number in numbers:
        rule = sign_rule(rule, private(number))
    return rule


def test_a_standing_rule_lets_out_the_first_word():
    """Probable enough and short of time, a rule that two officers signed releases without people."""
    release = judged(rules=[signed_rule(KIM, LEE)]).release
    assert release.outcome == "released"
    assert release.reason == "standing rule short flights"


RULES_THAT_DO_NOT = {
    "one signature": (signed_rule(KIM), {}),
    "one person twice": (signed_rule(KIM, KIM_AGAIN), {}),
    "a stolen key": (signed_rule(KIM, REVOKED), {}),
    "altered": (replace(signed_rule(KIM, LEE), least_probability=0.0), {}),
    "expired": (signed_rule(KIM, LEE, expires_utc=BEGIN), {}),
    "not yet": (signed_rule(KIM, LEE, not_before_utc=END), {}),
    "improbable": (signed_rule(KIM, LEE), {"probability": 0.49}),
    "no number": (signed_rule(KIM, LEE), {"probability": float("nan")}),
    "time enough": (signed_rule(KIM, LEE, longest_to_impact_s=60.0), {}),
    "no time known": (signed_rule(KIM, LEE), {"fall_utc": None}),
    "second step": (signed_rule(KIM, LEE), {"number": 2}),
    "other audience": (signed_rule(KIM, LEE), {"audience": "ships"}),
    "other stage": (signed_rule(KIM, LEE, stage="passed"), {"stage": "passed"}),
    "live rule": (signed_rule(KIM, LEE, status="actual"), {}),
}


@pytest.mark.parametrize("name", RULES_THAT_DO_NOT, ids=str)
def test_a_rule_does_no_more_than_it_says(name):
    """A rule that is unsigned, altered, out of its time or bounds, or of another kind of step releases nothing."""
    rule, fields = RULES_THAT_DO_NOT[name]
    step, texts, request = asked(step_of(**fields))
    assert why_rule_counts_not(rule, step, TRUST, NOW) is not None
    assert judged(request=request, step=step, texts=texts, rules=[rule]).release is None


def test_a_rule_goes_by_the_earliest_place():
    """The time to impact is that of the place that is reached first."""
    step = step_of(places=(PLACE,))
    assert why_rule_counts_not(signed_rule(KIM, LEE, longest_to_impact_s=60.0), step, TRUST, NOW) is None


def test_a_lock_holds_back_all_but_lifting():
    """Where drills were missed two keys raise nothing, and one still lifts."""
    assert judged(approval(KIM), approval(LEE), locked="three months without a drill").release is None
    step, texts, request = cancelling()
    one = sign_approval(request, private(KIM), NOW)
    assert judged(one, request=request, step=step, texts=texts, locked="x").release.outcome == "released"


def test_what_is_over_is_not_let_out():
    """A step whose alert was lifted meanwhile is refused though two keys signed it."""
    assert judged(approval(KIM), approval(LEE), over="its alert is over").release.outcome == "refused"


def test_a_draft_is_never_let_out():
    """No key lets out a draft."""
    step, texts, request = asked(step_of(status="draft"))
    signed = [sign_approval(request, private(one), NOW) for one in (KIM, LEE)]
    assert judged(*signed, request=request, step=step, texts=texts).release.outcome == "refused"


def test_exercise_keys_let_out_nothing_live():
    """A live request is not moved by exercise keys, were they stolen of all officers."""
    step, texts, request = asked(step_of(status="actual"))
    signed = [sign_approval(request, private(one), NOW) for one in (KIM, LEE, KIM_AGAIN)]
    judgement = judged(*signed, request=request, step=step, texts=texts)
    assert judgement.release is None
    assert all("exercise realm" in one.reason for one in judgement.refused)
