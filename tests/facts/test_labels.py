"""Release labels: a lattice, fields by path, derived facts by the meet, wider only by an officer's signature."""

import random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from launchwatch.basis.errors import InputError
from launchwatch.facts import (
    NOBODY,
    FieldLabels,
    Known,
    Label,
    Labelling,
    Officer,
    Overruling,
    PlotBlock,
    Provenance,
    decode_fact,
    derived,
    encode_fact,
    inputs_of,
    meet,
    narrowed,
    sign_widening,
    widened,
)
from launchwatch.facts.labels import UNKNOWN
from tests.tell.release_cases import graphs_too_wide

WHO = Provenance(author="test", created_utc="2025-11-07T03:35:00Z")
NODES = ("AU", "JP", "KR", "US")
KEYS = {owner: Ed25519PrivateKey.from_private_bytes(bytes([i]) * 32) for i, owner in enumerate(NODES)}
PUBLIC = {owner: key.public_key().public_bytes_raw().hex() for owner, key in KEYS.items()}

LABELS = st.builds(
    lambda owner, partners, decimals, delay_s: Label.of(owner, *partners, decimals=decimals, delay_s=delay_s),
    st.sampled_from(NODES), st.lists(st.sampled_from((*NODES, "*"))), st.none() | st.integers(0, 3),
    st.sampled_from((0.0, 5.0, 60.0)),
) | st.just(NOBODY)  # fmt: skip


def word(owner="KR", fact="f", field="", partners=("JP",), realm="live", reason="agreed"):
    return sign_widening(
        KEYS[owner], fact=fact, field=field, partners=partners, owner=owner, realm=realm, reason=reason,
        signed_utc="2025-11-07T03:35:00Z",
    )  # fmt: skip


OFFICERS = {word(owner).key: Officer(owner, PUBLIC[owner]) for owner in NODES}


@given(LABELS, LABELS, LABELS)
def test_meet_is_a_lattice(a, b, c):
    """It is idempotent, commutative and associative, below both, and above all that is below both."""
    both = meet((a, b))
    assert meet((a, a)) == a
    assert both == meet((b, a))
    assert meet((both, c)) == meet((a, meet((b, c)))) == meet((a, b, c))
    assert both.is_within(a)
    assert both.is_within(b)
    if c.is_within(a) and c.is_within(b):
        assert c.is_within(both)


@given(LABELS, LABELS)
def test_nobody_gains_by_a_meet(a, b):
    """A partner may know a meet only if they may know each part."""
    for partner in (*NODES, "nobody", UNKNOWN):
        assert meet((a, b)).admits(partner) == (a.admits(partner) and b.admits(partner))


def test_no_label_is_nobodys():
    """What has no label goes to nobody, and takes with it what is made of it."""
    assert meet(()) == NOBODY
    assert not any(NOBODY.admits(one) for one in (*NODES, UNKNOWN))
    assert not any(meet((Label.of("KR", "*"), NOBODY)).admits(one) for one in NODES)
    assert FieldLabels(fields={"a": Label.of("KR", "*")}).of("b") == NOBODY


def test_an_owner_has_their_own_back():
    """KR's plot and US's plot, each shown to the other, make a track that both may know, and nobody else."""
    both = meet((Label.of("KR", "US"), Label.of("US", "KR", "JP")))
    assert (both.owners, both.partners) == (("KR", "US"), ("KR", "US"))


def test_labels_are_refused_outside_their_normal_form():
    """Equal labels have equal bytes, so that any other form of one is refused."""
    for fields in (
        {"partners": ("US", "JP")},
        {"partners": ("KR",)},
        {"partners": ("*", "US")},
        {"delay_s": -1.0},
    ):
        with pytest.raises(ValueError, match="normal form"):
            Label(owners=("KR",), **fields)
    with pytest.raises(ValueError, match="normal form"):
        Label(owners=())


def test_the_closest_label_counts():
    """Of the labels that cover a field the longest path counts, and an index before any element."""
    us, jp, kr = Label.of("KR", "US"), Label.of("KR", "JP"), Label.of("KR")
    labels = FieldLabels(
        fields={"": kr, "claims[]": us, "claims[1]": jp, "claims[].quote": kr, "update.launch": jp}
    )
    found = {path: labels.of(path) for path in ("id", "claims[0].value", "claims[1].value", "claims[1].quote")}
    assert found == {"id": kr, "claims[0].value": us, "claims[1].value": jp, "claims[1].quote": kr}
    assert labels.of("update.launch.lat_deg") == jp
    assert labels.of("update.launches") == kr
    assert labels.summary() == kr


def test_narrower_needs_no_signature():
    """A field can always be narrowed, with all that is below it."""
    labels = FieldLabels(fields={"": Label.of("KR", "US", "JP"), "a.b": Label.of("KR", "US")})
    less = narrowed(labels, "a", Label.of("KR", "JP"))
    assert [less.of(path).partners for path in ("", "a", "a.b", "a.c")] == [("JP", "US"), ("JP",), (), ("JP",)]


def test_a_derived_fact_has_the_meet():
    """A track of two sensors goes to whom both labels name; an input without a label closes it."""
    graph = {
        "r1": Known(FieldLabels.all(Label.of("KR", "US", "JP"))),
        "r2": Known(FieldLabels.all(Label.of("KR", "US"), snr=Label.of("KR", "US", decimals=1))),
        "track": Known(None, ("r1", "r2")),
        "event": Known(None, ("track", "lost")),
    }
    found = derived(graph, ["event"])
    assert found["track"].of("update") == Label.of("KR", "US", decimals=1)
    assert not found["event"].of("").admits("US")


def test_a_rule_names_the_inputs_of_a_field():
    """A quote rests on its own report alone; everything else on all."""
    graph = {
        "open": Known(FieldLabels.all(Label.of("KR", "JP"))),
        "closed": Known(FieldLabels.all(Label.of("KR"))),
        "event": Known(None, ("open", "closed"), {"claims[0].claim": ("open",), "claims[1].claim": ("closed",)}),
    }
    found = derived(graph, ["event"])["event"]
    told = [found.of(path).admits("JP") for path in ("title", "claims[0].claim.value", "claims[1].claim.value")]
    assert told == [False, True, False]


def test_a_circle_is_nobodys():
    """Facts that rest on each other go to nobody."""
    graph = {"a": Known(FieldLabels.all(Label.of("KR", "*")), ("b",)), "b": Known(None, ("a",))}
    found = derived(graph, graph)
    assert not any(labels.of("").admits("KR") for labels in found.values())


def test_an_officer_widens_one_field():
    """A signed word adds partners to its field, and what is derived follows."""
    graph = {"f": Known(FieldLabels.all(Label.of("KR"), quote=Label.of("KR"))), "g": Known(None, ("f",))}
    found = derived(graph, ["g"], Overruling({"f": [word()]}, OFFICERS, "live"))
    assert found["f"].of("value").admits("JP")
    assert not found["f"].of("quote").admits("JP")
    assert not found["g"].of("value").admits("JP")
    found = derived(graph, ["g"], Overruling({"f": [word(), word(field="quote")]}, OFFICERS, "live"))
    assert found["g"].of("value").admits("JP")


@pytest.mark.parametrize(
    ("given_word", "reason"),
    [
        (replace(word(), partners=("AU",)), "signature"),
        (replace(word(), reason="other"), "signature"),
        (word(realm="exercise"), "realm"),
        (replace(word(), owner="US"), "speaks for KR"),
        (replace(word(), key="key-0"), "no trusted officer"),
        (replace(word(), signature="zz"), "signature"),
    ],
)
def test_a_word_that_does_not_count(given_word, reason):
    """A forged, altered or misplaced word changes nothing, and the reason is told."""
    labels = FieldLabels.all(Label.of("KR"))
    found, refused = widened(labels, "f", [given_word], OFFICERS, "live")
    assert found == labels
    assert reason in refused[0].reason


def test_none_gives_away_what_is_anothers():
    """A field of two owners needs an officer of each."""
    labels = FieldLabels.all(meet((Label.of("KR", "US"), Label.of("US", "KR"))))
    one, _ = widened(labels, "f", [word("KR")], OFFICERS, "live")
    two, _ = widened(labels, "f", [word("KR"), word("US")], OFFICERS, "live")
    assert (one.of("").admits("JP"), two.of("").admits("JP")) == (False, True)


def test_a_widening_needs_a_reason():
    """An officer who gives none is refused."""
    with pytest.raises(InputError, match="reason"):
        word(reason=" ")


def test_labels_and_words_go_through_the_log():
    """Both kinds of facts come back equal."""
    for fact in (word(), Labelling(id="l", fact="f", labels=FieldLabels.all(Label.of("KR")), provenance=WHO)):
        assert decode_fact(*encode_fact(fact)) == fact


def test_plots_rest_on_their_sensor():
    """A scan's inputs are its evidence and its sensor, whose label it thus has."""
    block = PlotBlock(id="b", evidence="e", sensor="R1", time_utc="2025-11-07T03:35:00Z", plots=(), provenance=WHO)
    assert inputs_of(block) == ("e", "R1")


def test_random_graphs_let_out_no_more_than_their_inputs():
    """T11 in short: of random derivations none is wider than its inputs, but by officers' words."""
    bad, facts = graphs_too_wide(random.Random(11), 3000)
    assert (bad, facts > 9000) == (0, True)


def test_a_broken_rule_is_caught():
    """A join in place of the meet fails the same test (negative control)."""

    def joined(graph, wanted, _overruling=None):
        sums = {}
        for name in wanted:
            own = [graph[name].labels.of("")] if graph[name].labels else []
            readers = {reader for one in own for reader in one.readers}
            readers |= {reader for one in graph[name].inputs for reader in sums.get(one, ())}
            sums[name] = readers
        return {name: FieldLabels.all(Label.of("KR", *(readers - {"KR"}))) for name, readers in sums.items()}

    assert graphs_too_wide(random.Random(11), 100, joined)[0] > 50
