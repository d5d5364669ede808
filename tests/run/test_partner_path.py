"""Two nodes' tracks of one object: the partner's is one more path beside the own one, and nothing by itself."""

import msgspec
import pytest

from launchwatch.assess import confirmation
from launchwatch.basis.instants import parse_instant
from launchwatch.facts import PartnerFact, Provenance, TrackedState
from launchwatch.observe.partners import partner_state
from launchwatch.run.comparing import partner_view
from launchwatch.run.node_settings import PolicySettings
from launchwatch.simulate.exercises import recordings_by_owner
from launchwatch.simulate.scenario import packaged_scenario, parse_scenario
from launchwatch.tell.sharing import share, start_feed
from tests.run.in_process import EVERYONE, facts_of


@pytest.fixture(scope="module")
def states(tmp_path_factory):
    """Make the states that KR's node and US's node tell of their own sensors' plots."""
    lines = recordings_by_owner(parse_scenario(packaged_scenario("first-minute")[0]))
    found = {
        owner: [
            fact for fact in facts_of(lines[owner], tmp_path_factory.mktemp(owner)) if type(fact) is TrackedState
        ]
        for owner in ("KR", "US")
    }
    assert all(len(one) > 10 for one in found.values())
    return found


def sent(states, view="full"):
    """Return the states as a partner's facts, as a feed to KR carries them."""
    feed, facts = start_feed("KR"), []
    for number, state in enumerate(states, start=1):
        now_s = parse_instant(state.update.time_utc)
        out = share(feed, "state", state, EVERYONE, view, now_s=now_s)
        made = Provenance(author="test", created_utc=state.update.time_utc, derived_from=())
        facts.append(PartnerFact(
            id=f"p{number}", partner="US", number=number, kind=out.kind, subject=out.subject, version=out.version,
            body=out.body.decode(), digest="", made_utc=state.update.time_utc, received_utc=state.update.time_utc,
            status="exercise", provenance=made, view=out.view, labels=out.labels,
        ))  # fmt: skip
    return facts


def confirmed(facts):
    """Return the confirmations that the states give, own and partners' in order of time."""
    state, said = confirmation.start(PolicySettings()), []
    for fact in sorted(facts, key=lambda one: one.update.time_utc):
        state, one = confirmation.step(state, fact)
        said += [one] if one else []
    return said


def test_an_own_track_alone_has_one_path(states):
    """KR's two radars have one owner, which is one path."""
    assert not any(one.confirmed for one in confirmed(states["KR"]))


def test_a_partner_s_track_of_the_same_object_is_the_second_path(states):
    """KR's track is confirmed by US's, and what confirms names the partner."""
    theirs = [partner_state(fact) for fact in sent(states["US"])]
    said = [one for one in confirmed([*states["KR"], *theirs]) if one.confirmed]
    assert said
    assert {one.run for one in said} == {states["KR"][0].run}
    assert any(name.startswith("US ") for name in said[0].independent)


def test_a_partner_s_tracks_alone_confirm_nothing(states):
    """A partner that lies tells of as many objects as it likes: without an own track nothing is said."""
    assert confirmed([partner_state(fact) for fact in sent(states["US"])]) == []


def test_a_partner_s_track_elsewhere_confirms_nothing(states):
    """A track 200 km aside is of another object."""
    from msgspec.structs import replace

    aside = [
        replace(one, update=replace(one.update, position_ecef_m=(x + 200e3, y, z)))
        for one in map(partner_state, sent(states["US"]))
        for x, y, z in [one.update.position_ecef_m]
    ]
    assert not any(one.confirmed for one in confirmed([*states["KR"], *aside]))


def test_what_shows_too_little_or_was_relayed_is_no_path(states):
    """A coarse view has no covariance to compare by; a relayed state may rest on what we said ourselves."""
    from msgspec.structs import replace

    fact = sent(states["US"][:1])[0]
    assert partner_state(fact) is not None
    assert partner_state(replace(fact, origin="KR")) is None
    assert partner_state(sent(states["US"][:1], "track-coarse")[0]) is None
    assert partner_state(replace(fact, body="[1]")) is None


def test_a_partner_s_covariance_ends_no_process(states):
    """One without an inverse is not compared, one of the wrong size no state: both pass a message's checks."""
    from msgspec.structs import replace

    theirs = [partner_state(fact) for fact in sent(states["US"])]
    sharp = tuple(float(i % 7 == 0) for i in range(36))
    own = [replace(one, update=replace(one.update, covariance=sharp)) for one in states["KR"]]
    flat = [replace(one, update=replace(one.update, covariance=(1e18,) * 36)) for one in theirs]
    assert confirmed([*own, *flat])  # goes on to the end
    fact = sent(states["US"][:1])[0]
    body = msgspec.json.decode(fact.body)
    body["update"]["covariance"] = [1.0, 0.0, 0.0, 1.0]
    assert partner_state(replace(fact, body=msgspec.json.encode(body).decode())) is None


def test_a_partner_s_endless_interval_ends_no_process(states):
    """A fall that may be ten thousand years off is compared without its time."""
    from msgspec.structs import replace

    state = next(one for one in states["US"] if one.update.impact is not None)
    fact = sent([state])[0]
    body = msgspec.json.decode(fact.body)
    body["update"]["impact"]["remaining_s"] = {"median": 1.0, "p05": -1e12, "p95": 1e12}
    view = partner_view(replace(fact, body=msgspec.json.encode(body).decode()))
    assert view is not None
    assert view.fall is not None
    assert view.fall.time_utc is None


def test_a_partner_s_path_stays_when_the_object_leaves_the_partner_s_view(states):
    """Once two paths have confirmed it, the fall into one's own view alone takes nothing back."""
    theirs = [partner_state(fact) for fact in sent(states["US"])]
    gone_s = parse_instant(theirs[4].update.time_utc)
    said = confirmed([*states["KR"], *theirs[:5]])
    assert parse_instant(states["KR"][-1].update.time_utc) > gone_s + confirmation.SAME_BODY_S
    assert said[-1].confirmed
