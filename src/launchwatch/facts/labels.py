"""Release labels: to whom each field of a fact may go, how exactly and how late; a derived fact's are the meet.

A label lists who may know. `meet` keeps whom every label lets in, the coarsest precision and the longest delay, so
that labels are a lattice ordered by `is_within`. Nothing labelled is nobody's: what has no label goes to nobody.
Narrower is always allowed (`narrowed`); wider only by `Widening`, an officer's signed fact (`widened`).
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache, reduce
from typing import Literal, NamedTuple, Self

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from launchwatch.basis.errors import InputError
from launchwatch.basis.ids import content_id
from launchwatch.basis.signatures import is_signed, key_id, public_hex, sign
from launchwatch.facts.base import Provenance, Value

EVERYONE = "*"
UNKNOWN = "?"
"""Owner of what has no label; no partner can be called so."""

MOST_DECIMALS = 9
"""Finest precision that a label may ask for: 1e-9 degree is 0.1 mm, below what any sensor knows."""


class Label(Value, frozen=True, kw_only=True):
    """To whom a value may be released; `partners` is sorted, `*` is everyone, empty nobody else than its owner.

    A lone owner may always have its own back and is not named among the partners. Of several owners (a `meet`)
    each must be named. `decimals` is a floor of coarseness: positions go out with at most so many
    decimals of a degree, and what cannot be made coarse not at all; `delay_s` are seconds that must pass first.
    """

    owners: tuple[str, ...]
    partners: tuple[str, ...] = ()
    decimals: int | None = None
    delay_s: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what is not in normal form: equal labels must have equal bytes."""
        if not _is_normal(self):
            raise ValueError("label not in normal form: use Label.of")

    @staticmethod
    def of(owner: str, *partners: str, decimals: int | None = None, delay_s: float = 0.0) -> "Label":
        """Return an owner's label in normal form."""
        return _label((owner,), frozenset((owner, *partners)), decimals, delay_s)

    @property
    def readers(self) -> frozenset[str]:
        """Return all who may know, a lone owner among them."""
        lone = self.owners if len(self.owners) == 1 and self.owners[0] != UNKNOWN else ()
        return frozenset((*self.partners, *lone))

    def admits(self, partner: str) -> bool:
        """Return whether a partner may know at all."""
        if self.owners == (partner,):
            return partner != UNKNOWN
        return partner in self.partners or EVERYONE in self.partners

    def is_within(self, other: "Label") -> bool:
        """Return whether this label lets out no more than another: readers, precision, delay, owners."""
        mine, theirs = self.readers, other.readers
        return (
            (EVERYONE in theirs or (EVERYONE not in mine and mine <= theirs))
            and (other.decimals is None or (self.decimals is not None and self.decimals <= other.decimals))
            and self.delay_s >= other.delay_s
            and set(other.owners) <= set(self.owners)
        )


def _is_normal(label: Label) -> bool:
    owners, partners = label.owners, label.partners
    return (
        0 < len(owners) == len(set(owners))
        and list(owners) == sorted(owners)
        and list(partners) == sorted(set(partners))
        and (EVERYONE not in partners or len(partners) == 1)
        and not (len(owners) == 1 and owners[0] in partners)
        and (label.decimals is None or 0 <= label.decimals <= MOST_DECIMALS)
        and math.isfinite(label.delay_s)
        and label.delay_s >= 0
    )


def _label(owners: tuple[str, ...], readers: frozenset[str], decimals: int | None, delay_s: float) -> Label:
    if EVERYONE in readers:
        partners: tuple[str, ...] = (EVERYONE,)
    else:
        partners = tuple(sorted(readers - {owners[0]} if len(owners) == 1 else readers))
    return Label(owners=owners, partners=partners, decimals=decimals, delay_s=delay_s)


NOBODY = Label(owners=(UNKNOWN,))
"""The label of what has none."""


def meet(labels: Iterable[Label]) -> Label:
    """Return the label that lets out only what each of them does; of no labels, nobody's."""
    found = list(labels)
    return reduce(_meet_of_two, found) if found else NOBODY


@lru_cache(maxsize=65_536)  # a node meets the same few labels again and again
def _meet_of_two(one: Label, other: Label) -> Label:
    if one == other:
        return one
    owners = tuple(sorted({*one.owners, *other.owners}))
    mine, theirs = one.readers, other.readers
    readers = theirs if EVERYONE in mine else mine if EVERYONE in theirs else mine & theirs
    floors = [floor for floor in (one.decimals, other.decimals) if floor is not None]
    return _label(owners, readers, min(floors, default=None), max(one.delay_s, other.delay_s))


class FieldLabels(Value, frozen=True, kw_only=True):
    """A label for every field path of a fact, by JSON name: `""` for all, and exceptions.

    Paths are dotted; `claims[].quote` means that field of every element, `claims[3]` the element of that index.
    The longest path that covers a field counts, of equally long ones that with the index.
    """

    fields: dict[str, Label]

    @classmethod
    def all(cls, label: Label, **exceptions: Label) -> Self:
        """Return one label for all fields, with exceptions among the first-level ones."""
        return cls(fields={"": label, **exceptions})

    def of(self, path: str) -> Label:
        """Return the label of one field path."""
        for candidate in _covering(path):
            found = self.fields.get(candidate)
            if found is not None:
                return found
        return NOBODY

    def summary(self) -> Label:
        """Return the meet over all fields: what a fact derived from this one inherits."""
        labels = set(self.fields.values())
        return meet(labels) if "" in self.fields else meet((NOBODY, *labels))


@lru_cache(maxsize=16_384)
def _covering(path: str) -> tuple[str, ...]:
    """Return the paths whose label may be that of `path`, the closest first, an index before `[]`."""
    found: list[str] = []
    while path:
        found += _with_any_index(path)
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return (*found, "")


def _with_any_index(path: str) -> list[str]:
    """Return a path with each of its indices as it is or as `[]`, what is most special first."""
    head, *rest = path.split("[")
    forms = [head]
    for part in rest:
        index, _, tail = part.partition("]")
        forms = [f"{form}[{one}]{tail}" for one in dict.fromkeys((index, "")) for form in forms]
    return forms


UNLABELLED = FieldLabels(fields={"": NOBODY})


class Labelling(Value, frozen=True, kw_only=True):
    """The labels of one fact, as its owner gave them or a partner's message brought them."""

    id: str
    fact: str
    labels: FieldLabels
    provenance: Provenance


class Widening(Value, frozen=True, kw_only=True):
    """An officer's signed word that a field of a fact may go to more partners, and why.

    `owner` is the node for which the officer speaks; `key` the id of the officer's public key; `signature`
    (Ed25519, hexadecimal) covers all other fields but `id`.
    """

    id: str
    fact: str
    field: str
    partners: tuple[str, ...]
    owner: str
    realm: Literal["live", "exercise"]
    reason: str
    signed_utc: str
    key: str
    signature: str


class Officer(NamedTuple):
    """A trusted officer: the node that they may speak for, and their public key (hexadecimal)."""

    owner: str
    public: str


class RefusedWidening(NamedTuple):
    """A widening that changed nothing, and why."""

    widening: Widening
    reason: str


_PURPOSE = "widening"


def sign_widening(
    private: Ed25519PrivateKey, *, fact: str, field: str, partners: Iterable[str], owner: str,
    realm: Literal["live", "exercise"], reason: str, signed_utc: str,
) -> Widening:  # fmt: skip
    """Return an officer's widening of one field of one fact; InputError where no reason is given."""
    if not reason.strip():
        raise InputError("a widening needs a reason", given=reason, allowed="why these partners may know")
    bare = Widening(
        id="", fact=fact, field=field, partners=tuple(sorted(set(partners))), owner=owner, realm=realm,
        reason=reason, signed_utc=signed_utc, key=key_id(public_hex(private)), signature="",
    )  # fmt: skip
    signed = _signed_part(bare)
    signature = sign(private, _PURPOSE, realm, signed)
    return replace(bare, id=content_id("widening", signed, signature), signature=signature)


def _signed_part(widening: Widening) -> bytes:
    return msgspec.json.encode(replace(widening, id="", signature=""))


def why_not_widened(widening: Widening, officers: Mapping[str, Officer], realm: str) -> str | None:
    """Return why a widening does not count in a realm; None where it does. `officers` are trusted, by key id."""
    officer = officers.get(widening.key)
    if officer is None:
        return f"no trusted officer has the key {widening.key[:40]}"
    if officer.owner != widening.owner:
        return f"the officer speaks for {officer.owner}, not for {widening.owner}"
    if widening.realm != realm:
        return f"signed for the {widening.realm} realm"
    if not widening.reason.strip():
        return "no reason given"
    if not is_signed(officer.public, widening.signature, _PURPOSE, realm, _signed_part(widening)):
        return "the signature is not the officer's"
    return None


def widened(
    labels: FieldLabels, fact: str, widenings: Sequence[Widening], officers: Mapping[str, Officer], realm: str
) -> tuple[FieldLabels, tuple[RefusedWidening, ...]]:
    """Return a fact's labels with the widenings that count, and those that do not.

    A partner is let in where an officer of each of the label's owners says so: none gives away what is another's.
    Exceptions below a widened field, its coarseness and its delay stay as they are.
    """
    refused, agreed = [], dict[tuple[str, str], set[str]]()
    for one in widenings:
        if one.fact != fact:
            continue
        reason = why_not_widened(one, officers, realm)
        if reason is not None:
            refused.append(RefusedWidening(one, reason))
            continue
        for partner in one.partners:
            agreed.setdefault((one.field, partner), set()).add(one.owner)
    fields = dict(labels.fields)
    for (field, partner), owners in agreed.items():
        label = fields.get(field) or labels.of(field)
        if owners.issuperset(label.owners):
            fields[field] = _label(label.owners, label.readers | {partner}, label.decimals, label.delay_s)
    return FieldLabels(fields=fields), tuple(refused)


def narrowed(labels: FieldLabels, path: str, label: Label) -> FieldLabels:
    """Return labels in which a field, and all below it, lets out no more than `label` does."""
    fields = {
        name: meet((found, label)) if _is_below(name, path) else found for name, found in labels.fields.items()
    }
    fields[path] = meet((labels.of(path), label))
    return FieldLabels(fields=fields)


def _is_below(name: str, path: str) -> bool:
    return not path or path in _covering(name)


class Known(NamedTuple):
    """A fact in the graph of derivations: its own labels, its inputs' ids, and fields that rest on some only.

    `only` names for a field path those inputs that it depends on; every other field depends on all.
    """

    labels: FieldLabels | None
    inputs: tuple[str, ...] = ()
    only: Mapping[str, tuple[str, ...]] = {}


Graph = Mapping[str, Known]


class Overruling(NamedTuple):
    """What may widen labels in a graph: officers' words, whom to trust, and the realm."""

    widenings: Mapping[str, Sequence[Widening]]
    officers: Mapping[str, Officer]
    realm: str


def derived(graph: Graph, wanted: Iterable[str], overruling: Overruling | None = None) -> dict[str, FieldLabels]:
    """Return the effective labels of the wanted facts and of all that they rest on.

    A fact's fields have the meet of its own labels and of its inputs' summaries. An input that is not in the
    graph, or that rests on itself, is nobody's.
    """
    done: dict[str, FieldLabels] = {}
    stack = [(id_, False) for id_ in wanted]
    open_: set[str] = set()
    while stack:
        id_, inputs_done = stack.pop()
        if id_ in done:
            continue
        known = graph.get(id_)
        if known is None:
            done[id_] = UNLABELLED
        elif inputs_done or not known.inputs:
            open_.discard(id_)
            done[id_] = _overruled(id_, _of_one(known, done), overruling)
        else:
            open_.add(id_)
            stack.append((id_, True))
            stack += [(one, False) for one in known.inputs if one not in done and one not in open_]
    return done


def _of_one(known: Known, done: Mapping[str, FieldLabels]) -> FieldLabels:
    own = known.labels
    if not known.inputs:
        return own or UNLABELLED
    inherited = {one: done.get(one, UNLABELLED).summary() for one in known.inputs}
    everything = meet(inherited.values())
    fields = {path: meet((label, everything)) for path, label in own.fields.items()} if own else {}
    fields[""] = meet((own.of(""), everything)) if own else everything
    for path, some in known.only.items():
        parts = [inherited.get(one, NOBODY) for one in some]
        fields[path] = meet((own.of(path), *parts) if own else parts)
    return FieldLabels(fields=fields)


def _overruled(id_: str, labels: FieldLabels, overruling: Overruling | None) -> FieldLabels:
    if overruling is None or id_ not in overruling.widenings:
        return labels
    return widened(labels, id_, overruling.widenings[id_], overruling.officers, overruling.realm)[0]
