"""Random facts, labels and graphs for the release rules, and an oracle that knows nothing of how they are kept.

A case of non-interference: some facts with labels go to one partner; then everything that the oracle says they may
not know is drawn anew, and the feed must be the same to the byte and to the instant.
"""

import functools
import math
import string
import types
from typing import Literal, NamedTuple, Union, get_args, get_origin

import msgspec
import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from launchwatch.basis.instants import format_instant
from launchwatch.facts import (
    UNLABELLED,
    FieldLabels,
    Known,
    Label,
    Officer,
    Overruling,
    PartnerFact,
    Provenance,
    TimeInterval,
    derived,
    sign_widening,
)
from launchwatch.facts.labels import EVERYONE, UNKNOWN
from launchwatch.facts.message import FIRST
from launchwatch.facts.shared import _SOURCES, VIEWS, shared_view
from launchwatch.geo.ellipsoid import ecef_from_geodetic
from launchwatch.observe.partners import _SHARES, Heard, parse_shared
from launchwatch.tell.cloudevents import cloud_event
from launchwatch.tell.sharing import share, start_feed

NODES = ("AU", "GB", "JP", "KR", "US")
ME, PARTNER = "KR", "JP"
WHO = Provenance(author="test", created_utc="2025-11-07T03:35:00Z")
NOW_S = 1_762_486_500.0
_LETTERS = string.ascii_lowercase


# --- random values by type and name ---------------------------------------------------------------------------


fields_of = functools.cache(msgspec.structs.fields)


def random_value(kind, rng, name="", depth=0):
    """Return plain values of an annotation, possible ones by the field's name."""
    if kind is TimeInterval:
        return {end: format_instant(NOW_S - rng.uniform(1, 900)) for end in ("median", "p05", "p95")}
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return {
            field.encode_name: random_value(field.type, rng, field.encode_name, depth + 1)
            for field in fields_of(kind)
        }
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        rest = [one for one in inner if one is not type(None)]
        if len(rest) < len(inner) and rng.random() < 0.15:
            return None
        return random_value(rest[rng.randrange(len(rest))], rng, name, depth)
    if name == "position_ecef_m":
        return ecef(rng.uniform(-80, 80), rng.uniform(-179, 179), rng.uniform(0, 2e6))
    if origin is Literal:
        return rng.choice(inner)
    if name == "los_ecef":
        return rng.choice(([1.0, 0.0, 0.0], [0.0, 0.6, 0.8]))
    if name == "covariance":
        size = 6 if inner[0] is float else 3
        rows = [[rng.uniform(1, 99) if i == j else 0.0 for j in range(size)] for i in range(size)]
        return [one for row in rows for one in row] if inner[0] is float else rows
    if origin is tuple:
        if inner[-1] is ...:
            count = rng.randrange(3 if depth < 5 else 1)
            return [random_value(inner[0], rng, name, depth) for _ in range(count)]
        return [random_value(one, rng, name, depth) for one in inner]
    if origin is dict:
        return {word(rng): random_value(inner[1], rng, name, depth) for _ in range(rng.randrange(3))}
    return _simple(kind, rng, name)


def _simple(kind, rng, name):
    if kind is bool:
        return rng.random() < 0.5
    if kind is int:
        return rng.randrange(1, 1000)
    if kind is float:
        if name.endswith("lat_deg"):
            return round(rng.uniform(-80, 80), 4)
        if name.endswith("lon_deg"):
            return round(rng.uniform(-179, 179), 4)
        return round(rng.uniform(0, 1 if name in _SHARES else 90), 3)
    assert kind is str, kind
    return format_instant(NOW_S - rng.uniform(1, 900)) if name.endswith("_utc") else word(rng)


def word(rng):
    return "".join(rng.choices(_LETTERS, k=rng.randrange(1, 9)))


def ecef(lat_deg, lon_deg, height_m):
    point = np.radians([lat_deg]), np.radians([lon_deg]), np.array([height_m])
    return [float(value) for value in ecef_from_geodetic(*point)[0]]


# --- labels ---------------------------------------------------------------------------------------------------


def random_label(rng, admits=None):
    """Return a label, on request one that lets the partner have it or not."""
    while True:
        partners = [one for one in NODES if rng.random() < 0.5]
        owner = rng.choice(NODES)
        if rng.random() < 0.05:
            partners = [EVERYONE]
        decimals = rng.randrange(4) if rng.random() < 0.15 else None
        delay = rng.choice((0.0, 0.0, 0.0, 7.0, 60.5)) if rng.random() < 0.3 else 0.0
        label = Label.of(owner, *partners, decimals=decimals, delay_s=delay)
        if admits is None or naive_admits(label, PARTNER) == admits:
            return label


def naive_admits(label, partner):
    return EVERYONE in label.partners or partner in label.partners or (label.owners == (partner,))


@functools.cache
def paths_of(kind):
    """Return every field path of a kind, structs and what is below them, generic in lists."""
    found = []

    def walk(annotation, path, depth):
        found.append(path)
        for inner in _structs(annotation):
            if depth < 6:
                for field in fields_of(inner):
                    many = "[]" if get_origin(field.type) is tuple and _structs(field.type) else ""
                    walk(field.type, f"{path}.{field.encode_name}{many}".lstrip("."), depth + 1)

    walk(_SOURCES[kind], "", 0)
    return tuple(dict.fromkeys(found))


def _structs(annotation):
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        return [annotation]
    return [one for part in get_args(annotation) if part is not ... for one in _structs(part)]


def random_labels(kind, rng):
    """Return labels of a fact: mostly one that lets the partner in, with exceptions anywhere."""
    fields = {"": random_label(rng, admits=rng.random() < 0.85)}
    for _ in range(rng.randrange(6)):
        fields[rng.choice(paths_of(kind))] = random_label(rng)
    fields[""] = fields.get("") or random_label(rng)
    return FieldLabels(fields=fields)


# --- the oracle -----------------------------------------------------------------------------------------------


@functools.cache
def _allowed(kind, view):
    """Return (path, required, form) of every leaf in a view."""
    found = []

    def walk(fields):
        for one in fields:
            if one.within:
                walk(one.within)
            else:
                found.append((one.path, one.required, one.form))

    walk(shared_view(kind, view).fields)
    return tuple(found)


def _parts(path):
    return path.replace("[]", ".[]").split(".") if path else []


@functools.cache
def _is_prefix(one, other):
    """Return whether a path covers another one."""
    mine, theirs = _parts(one), _parts(other)
    if mine and theirs and mine[-1] != "[]" and len(theirs) > len(mine) and theirs[len(mine)] == "[]":
        return theirs[: len(mine)] == mine
    return theirs[: len(mine)] == mine


def naive_labels(labels, path):
    """Return the labels that count for a leaf: the closest above it, and all below."""
    above = [one for one in labels.fields if _is_prefix(one, path)]
    below = [labels.fields[one] for one in labels.fields if one != path and path and _is_prefix(path, one)]
    closest = max(above, key=lambda one: len(_parts(one)))
    return [labels.fields[closest], *below]


def visible(kind, view, labels):
    """Return the leaf paths that the partner may see, with the decimals to which positions are told."""
    chosen = shared_view(kind, view)
    subject = {
        "sensor": ["id"], "plots": ["sensor"], "track": ["id"], "flight": ["id"], "event": ["id"],
        "reading": ["id"], "step": ["alert"],
    }.get(kind, ["track", "run"])  # fmt: skip
    found = {}
    for path, required, form in _allowed(kind, view):
        these = naive_labels(labels, path)
        floors = [one.decimals for one in these if one.decimals is not None]
        withheld = not all(naive_admits(one, PARTNER) for one in these)
        if withheld or (form == "exact" and (floors or chosen.strict)):
            if required:
                return {}
            continue
        if chosen.decimals is not None:
            floors.append(chosen.decimals)
        found[path] = (form, min(floors) if floors else None)
    for path in subject:
        if not all(naive_admits(one, PARTNER) for one in naive_labels(labels, path)):
            return {}
    return found


# --- drawing anew what may not be known -----------------------------------------------------------------------


class Renaming(NamedTuple):
    """Ids and numbers that never go out: drawn anew, the same ones alike."""

    names: dict
    rng: object

    def of(self, what, value):
        key = (what, value)
        if key not in self.names:
            fresh = self.rng.randrange(10_000, 10**9)
            self.names[key] = fresh if isinstance(value, int) else f"{what}-{fresh}"
        return self.names[key]


_NAMED = {
    ("state", "run"): "run", ("state", "track"): "track", ("merger", "run"): "run", ("merger", "track"): "track",
    ("merger", "into"): "track", ("confirmation", "run"): "run", ("confirmation", "track"): "track",
    ("confirmation", "one_with"): "track", ("reach", "run"): "run", ("reach", "track"): "track",
    ("step", "alert"): "alert", ("step", "id"): "step", ("step", "references"): "step", ("flight", "id"): "flight",
    ("event", "id"): "event", ("reading", "id"): "reading", ("track", "id"): "whole",
}  # fmt: skip


def drawn_anew(kind, value, seen, rng, renaming, cells=True):
    """Return a fact's plain values with all that is unseen drawn anew; `cells`: below a coarse last digit too."""
    if not cells:
        seen = {path: (form, None) for path, (form, _) in seen.items()}
    return _anew(kind, _SOURCES[kind], value, "", seen, rng, renaming)


def _anew(kind, annotation, value, path, seen, rng, renaming):
    field = path.rpartition(".")[2].removesuffix("[]")
    named = _NAMED.get((kind, path))
    if named is not None:
        if isinstance(value, list):
            return [renaming.of(named, one) for one in value]
        return None if value is None else renaming.of(named, value)
    if path in seen:
        return _within_the_cell(value, *seen[path], rng)
    if kind in ("plots", "sensor") and path in ("sensor", "id"):
        return value
    if value is None and any(_is_prefix(path, one) for one in seen):
        return None
    if path and not any(_is_prefix(path, one) for one in seen):
        return random_value(annotation, rng, field)
    structs = _structs(annotation)
    if isinstance(value, list):
        return [_anew_struct(kind, structs[0], one, path, seen, rng, renaming) for one in value]
    return _anew_struct(kind, structs[0], value, path, seen, rng, renaming)


def _anew_struct(kind, struct, value, path, seen, rng, renaming):
    out = {}
    for field in fields_of(struct):
        many = "[]" if get_origin(field.type) is tuple and _structs(field.type) else ""
        inner = f"{path}.{field.encode_name}{many}".lstrip(".")
        out[field.encode_name] = _anew(kind, field.type, value[field.encode_name], inner, seen, rng, renaming)
    return out


def _within_the_cell(value, form, decimals, rng):
    """Return another value that rounds to the same, where a coarse one is told."""
    if decimals is None or value is None:
        return value
    if form == "degrees":
        size = 10.0**-decimals
        return round(value, decimals) + rng.uniform(-0.49, 0.49) * size
    if form == "time":
        whole = math.floor(_seconds(value) + 0.5)
        return format_instant(whole + rng.uniform(-0.49, 0.49))
    if form == "height":
        step = 1e5 / 10.0**decimals
        return round(value / step) * step + rng.uniform(-0.49, 0.49) * step
    return value


def _seconds(text):
    from launchwatch.basis.instants import parse_instant

    return parse_instant(text)


# --- cases ----------------------------------------------------------------------------------------------------


class Sent(NamedTuple):
    """One fact on its way: kind, view, plain values, labels, and when it came to be known."""

    kind: str
    view: str
    value: dict
    labels: FieldLabels
    now_s: float


_SUFFIXES = ("", "", "", "/0", "/2", "+30s", "/1+5s")


def pool_of(rng, size=40):
    """Return random facts of each kind, as plain values."""
    return {kind: [_fact(kind, rng) for _ in range(size)] for kind in VIEWS}


def _fact(kind, rng):
    value = random_value(_SOURCES[kind], rng)
    world = {
        "run": f"run-{rng.randrange(2)}", "track": rng.randrange(3), "into": rng.randrange(3),
        "alert": f"alert-{rng.randrange(3)}",
        "references": [f"step-{rng.randrange(6)}" for _ in range(rng.randrange(3))],
    }  # fmt: skip
    value |= {name: one for name, one in world.items() if name in value}
    if kind == "step":
        value["id"] = f"step-{rng.randrange(6)}"
    if kind in ("plots", "sensor"):
        value["sensor" if kind == "plots" else "id"] = f"R{rng.randrange(3)}"
    return value


def random_case(pool, rng, length=3):
    """Return a few facts for one partner."""
    case = []
    for i in range(rng.randrange(1, length + 1)):
        kind = rng.choice(tuple(VIEWS))
        view = rng.choice(tuple(VIEWS[kind])) + rng.choice(_SUFFIXES)
        case.append(Sent(kind, view, rng.choice(pool[kind]), random_labels(kind, rng), NOW_S + 0.1 * i))
    return case


def altered(case, pool, rng, cells=True):
    """Return the case with all that the partner may not know drawn anew; unseen facts come and go."""
    renaming = Renaming({}, rng)
    out = []
    for one in case:
        seen = visible(one.kind, one.view, one.labels)
        if not seen:
            if rng.random() < 0.5:
                continue
            out.append(one._replace(value=rng.choice(pool[one.kind])))
            if rng.random() < 0.3:
                out.append(out[-1]._replace(now_s=one.now_s + 0.01))
            continue
        value = drawn_anew(one.kind, one.value, seen, rng, renaming, cells)
        out.append(one._replace(value=value, labels=_other_labels(one, rng)))
    return out


def _other_labels(one, rng):
    """Return labels with others in place of those that keep the partner out, or cover nothing in the view."""
    fields = {}
    allowed = [path for path, _, _ in _allowed(one.kind, one.view)]
    for path, label in one.labels.fields.items():
        if not naive_admits(label, PARTNER):
            fields[path] = random_label(rng, admits=False)
        elif path and not _touches(path, allowed):
            fields[path] = random_label(rng)
        else:
            fields[path] = label
    return FieldLabels(fields=fields)


def _touches(path, allowed):
    subjects = ("id", "run", "track", "alert", "sensor")
    return path in subjects or any(_is_prefix(path, one) or _is_prefix(one, path) for one in allowed)


@functools.cache
def private_key():
    return Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def feed_of(case, sharing=share):
    """Return what a partner's feed holds: messages' bytes and the instants from which they may go."""
    feed, previous, out = start_feed(PARTNER), FIRST, []
    for one in case:
        fact = msgspec.convert(one.value, _SOURCES[one.kind])
        shared = sharing(feed, one.kind, fact, one.labels, one.view, now_s=one.now_s)
        if shared is not None:
            data, previous = cloud_event(
                shared, node=ME, realm="exercise", recipient=PARTNER, number=len(out) + 1, previous=previous,
                now_s=shared.not_before_s, private=private_key(),
            )  # fmt: skip
            out.append((data, shared.not_before_s))
    return out


def _held_by_us(labels):
    """Return labels that let the third node have what it shares, and that make none of it ours."""
    return FieldLabels(
        fields={
            path: Label.of(
                one.owners[0].replace(ME, "US"), *one.readers, "US", decimals=one.decimals, delay_s=one.delay_s
            )
            for path, one in labels.fields.items()
        }
    )


def relayed_feed_of(case, _sharing=share):
    """Return what the partner's feed holds where all comes from a third node and is passed on by us."""
    third, previous, heard, feed, out = start_feed(ME), FIRST, Heard(), start_feed(PARTNER), []
    public = private_key().public_key().public_bytes_raw().hex()
    for one in case:
        fact = msgspec.convert(one.value, _SOURCES[one.kind])
        shared = share(third, one.kind, fact, _held_by_us(one.labels), "full", now_s=one.now_s)
        if shared is None:
            continue
        data, previous = cloud_event(
            shared, node="US", realm="exercise", recipient=ME, number=heard.number + 1, previous=previous,
            now_s=one.now_s, private=private_key(),
        )  # fmt: skip
        heard, taken = parse_shared(
            data, partner="US", key=public, me=ME, realm="exercise", now_utc=format_instant(NOW_S + 1e6),
            last=heard, provenance=WHO,
        )  # fmt: skip
        assert isinstance(taken, PartnerFact), taken
        passed = share(feed, "partner", taken, UNLABELLED, one.view, now_s=one.now_s)
        if passed is not None:
            out.append((passed.subject, passed.version, passed.body, passed.labels, passed.not_before_s))
    return out


def leaks(rng, cases, sharing=share, feed_of=feed_of):
    """Return how many cases let something out, how many messages were compared, and a first leak."""
    pool, count, messages, first = pool_of(rng), 0, 0, None
    for i in range(cases):
        if i % 5000 == 4999:
            pool = pool_of(rng)
        case = random_case(pool, rng)
        other = altered(case, pool, rng, cells=feed_of is not relayed_feed_of)  # twice rounded may differ
        before, after = feed_of(case, sharing), feed_of(other, sharing)
        messages += len(before)
        if before != after:
            count += 1
            first = first or (case, other, before, after)
    return count, messages, first


# --- broken rules: each must be caught ------------------------------------------------------------------------


def _broken(change):
    def sharing(feed, kind, fact, labels, view, *, now_s):
        shared = share(feed, kind, fact, labels, view, now_s=now_s)
        return None if shared is None else change(shared, fact, labels)

    return sharing


def _digest(fact):
    return hash(msgspec.json.encode(fact))


BROKEN = {
    "subject hashed over all fields": _broken(
        lambda shared, fact, _: shared._replace(subject=f"x-{_digest(fact)}")
    ),
    "size follows the whole fact": _broken(
        lambda shared, fact, _: shared._replace(body=shared.body + b" " * (len(msgspec.json.encode(fact)) % 64))
    ),
    "time follows what is withheld": _broken(
        lambda shared, fact, _: shared._replace(not_before_s=shared.not_before_s + _digest(fact) % 5)
    ),
    "labels of withheld fields": _broken(lambda shared, _, labels: shared._replace(labels=labels)),
}


# --- random graphs of derivations -----------------------------------------------------------------------------


class World(NamedTuple):
    """Labels and officers' words from which graphs are drawn; words were signed once, for speed."""

    labels: list
    fields: list
    words: dict
    officers: dict


def world_of(rng, size=400):
    labels = [random_label(rng) for _ in range(size)]
    fields = [FieldLabels(fields={"": label}) for label in labels]
    fields += [FieldLabels(fields={"": rng.choice(labels), "a.b": rng.choice(labels)}) for _ in range(size)]
    keys = {owner: Ed25519PrivateKey.from_private_bytes(rng.randbytes(32)) for owner in NODES}
    words, officers = {}, {}
    for owner, key in keys.items():
        for target in ("n0", "n2", "n4"):
            for field in ("", "a.b"):
                word = sign_widening(
                    key, fact=target, field=field, partners=[rng.choice(NODES)], owner=owner, realm="exercise",
                    reason="agreed", signed_utc="2026-01-01T00:00:00Z",
                )  # fmt: skip
                officers[word.key] = Officer(owner, key.public_key().public_bytes_raw().hex())
                words.setdefault(target, []).append(word)
    forged = [msgspec.structs.replace(one, partners=NODES) for rows in words.values() for one in rows[:3]]
    for one in forged:
        words[one.fact].append(one)
    return World(labels, fields, words, officers)


def random_graph(world, rng):
    """Return a graph of up to eight facts, now and then with a circle or an input that nobody knows."""
    graph, names = {}, []
    for i in range(rng.randrange(2, 9)):
        name = f"n{i}"
        if i < 2 or rng.random() < 0.3:
            graph[name] = Known(rng.choice(world.fields) if rng.random() < 0.97 else None)
        else:
            inputs = tuple({rng.choice(names) for _ in range(rng.randrange(1, 4))})
            if rng.random() < 0.02:
                inputs += (rng.choice(("lost", name, f"n{i + 1}")),)
            own = rng.choice(world.fields) if rng.random() < 0.2 else None
            only = {"c[]": inputs[:1]} if rng.random() < 0.1 else {}
            graph[name] = Known(own, inputs, only)
        names.append(name)
    return graph


def random_overruling(world, rng):
    if rng.random() < 0.9:
        return None
    target = rng.choice(tuple(world.words))
    return Overruling({target: rng.sample(world.words[target], 4)}, world.officers, "exercise")


class Allowed(NamedTuple):
    """What the oracle allows: who may read at most, how finely, how early."""

    readers: frozenset
    decimals: float
    delay_s: float


_ALL = frozenset((*NODES, EVERYONE))
NONE = Allowed(frozenset(), math.inf, 0.0)


def allowed_of(label):
    readers = _ALL if EVERYONE in label.partners else frozenset(label.partners)
    if len(label.owners) == 1 and label.owners != (UNKNOWN,):
        readers |= {label.owners[0]}
    return Allowed(readers, math.inf if label.decimals is None else label.decimals, label.delay_s)


def both(one, other):
    return Allowed(one.readers & other.readers, min(one.decimals, other.decimals), max(one.delay_s, other.delay_s))


def too_wide(graph, overruling, found):
    """Return the facts of which a field lets out more than the inputs it rests on, or than an officer added."""
    wrong = []
    sums = {
        name: functools.reduce(both, map(allowed_of, labels.fields.values())) for name, labels in found.items()
    }
    for name, known in graph.items():
        labels = found.get(name)
        if labels is None:
            continue
        for path, label in labels.fields.items():
            some = known.only.get(path, known.inputs)
            limit = Allowed(_ALL, math.inf, 0.0)
            if not known.inputs:
                limit = allowed_of(known.labels.of(path)) if known.labels else NONE
            elif known.labels:
                limit = allowed_of(known.labels.of(path))
            for one in some:
                limit = both(limit, sums.get(one, NONE))
            extra = _added(name, path, label, overruling)
            mine = allowed_of(label)
            if mine.readers and not (
                mine.readers <= limit.readers | extra
                and mine.decimals <= limit.decimals
                and mine.delay_s >= limit.delay_s
            ):
                wrong.append((name, path))
    return wrong


def _added(name, path, label, overruling):
    """Return whom officers of every owner let in; forged words (to all nodes at once) count for nothing."""
    if overruling is None or name not in overruling.widenings:
        return frozenset()
    said = {}
    for one in overruling.widenings[name]:
        if one.field == path and len(one.partners) == 1:
            said.setdefault(one.partners[0], set()).add(one.owner)
    return frozenset(partner for partner, owners in said.items() if owners >= set(label.owners))


def graphs_too_wide(rng, count, derive=derived):
    """Return how many of so many random graphs let something out that an input does not, and facts derived."""
    world, bad, facts = world_of(rng), 0, 0
    for _ in range(count):
        graph, overruling = random_graph(world, rng), random_overruling(world, rng)
        found = derive(graph, graph, overruling)
        facts += len(found)
        bad += bool(too_wide(graph, overruling, found))
    return bad, facts
