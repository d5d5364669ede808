"""What of a fact goes to which partner: a view's allow-list, field by field as far as labels let it.

What goes out follows from what may go out alone. Fields that are withheld leave no trace in value, order, size,
number or name: subjects are counted per partner in the order in which they were first shown (`track-3`), instants
of sending are whole seconds. A fact of which a required field is withheld does not go at all.

The decision costs microseconds: allow-lists are parsed once for each kind and view, labels looked up by path.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec
import numpy as np

from launchwatch.basis.errors import InputError
from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.facts import Ellipse, FieldLabels, Label, PartnerFact, TimeInterval, Value, canonical_bytes, meet
from launchwatch.facts.shared import (
    SUBJECTS,
    TIMES,
    SharedField,
    SharedView,
    shared_decoder,
    shared_view,
)
from launchwatch.geo.ellipsoid import geodetic_from_ecef

BUCKET_S = 1.0
"""Instants of sending are told in whole seconds, and delays end on one: finer ones would tell how long it took to
make what is withheld."""

_COARSEST_STEP_KM = 100.0  # about a degree; each decimal is ten times finer

Name = Callable[[str, object], str | None]
"""The own name of an object of a class, or None where the partner must not know of it."""


class Shared(NamedTuple):
    """What goes to a partner: `body` is the canonical JSON of the view, not before `not_before_s` (Unix)."""

    kind: str
    subject: str
    version: int
    view: str
    body: bytes
    labels: FieldLabels
    not_before_s: float
    origin: str | None


def view_for(partner: str, kind: str, fact: Value, labels: FieldLabels, view: str) -> dict[str, Any] | None:
    """Return what a partner may see of a fact under a named view, without names; None where nothing may go."""
    shown: Any = fact
    if isinstance(fact, PartnerFact):
        kind, shown, labels = fact.kind, _unpacked(fact), fact.labels
    found = _project(partner, shared_view(kind, view), shown, labels, lambda _class, _key: "")
    return None if found is None else found.body


class _Projected(NamedTuple):
    body: dict[str, Any]
    labels: FieldLabels
    delay_s: float


class _WithheldError(Exception):
    """A required field may not go, so that nothing does."""


class _Walk:
    """One projection. State: the labels of what was let out, by path."""

    def __init__(self, partner: str, view: SharedView, labels: FieldLabels, name: Name) -> None:
        self.partner, self.view, self.labels, self.name = partner, view, labels, name
        self.released: dict[str, Label] = {}
        self._indexed = any("[" in path and "[]" not in path for path in labels.fields)
        self._only = labels.fields.get("") if len(labels.fields) == 1 else None

    def label(self, path: str, index: str) -> Label:
        """Return the label of a path, met with those of all below it; `index` holds the elements' numbers."""
        if self._only is not None:
            return self._only
        below = [
            label
            for name, label in self.labels.fields.items()
            if name.startswith((f"{path}.", f"{path}[", f"{index}.", f"{index}["))
        ]
        return meet((self.labels.of(index if self._indexed else path), *below))

    def struct(self, value: Any, fields: tuple[SharedField, ...], prefix: str) -> dict[str, Any]:  # noqa: ANN401
        """Return the released fields of a struct; `prefix` is its path with the elements' numbers."""
        out: dict[str, Any] = {}
        for one in fields:
            if one.within:
                self._nested(out, getattr(value, one.attribute, None), one, prefix)
            else:
                self._leaf(out, value, one, prefix)
        return out

    def _nested(self, out: dict[str, Any], value: Any, one: SharedField, prefix: str) -> None:  # noqa: ANN401
        if value is None:
            self._refuse_if(one.required)
        elif one.many:
            rows = [
                self.struct(element, one.within, f"{prefix}{one.name}[{i}].") for i, element in enumerate(value)
            ]
            if kept := [row for row in rows if row]:
                out[one.name] = kept
        elif inner := self.struct(value, one.within, f"{prefix}{one.name}."):
            out[one.name] = inner

    def _leaf(self, out: dict[str, Any], owner: Any, one: SharedField, prefix: str) -> None:  # noqa: ANN401
        value, name, path = getattr(owner, one.attribute, None), one.name, one.path
        if value is None and one.form == "place":
            value = getattr(owner, "place", None)
            name, path = "place", f"{path[: -len(one.name)]}place"
        label = self.label(path, prefix + name)
        coarse = label.decimals is not None or self.view.strict
        if not label.admits(self.partner) or (coarse and one.form == "exact"):
            self._refuse_if(one.required)
            return
        if value is not None:
            name, value = self._formed(name, value, one, _coarser(self.view.decimals, label.decimals))
        if value is None:
            self._refuse_if(one.required)
            return
        out[name] = value
        told = f"{one.path[: -len(one.name)]}place" if name == "place" else one.path
        self.released[told] = label if told not in self.released else meet((self.released[told], label))

    def _refuse_if(self, required: bool) -> None:
        if required:
            raise _WithheldError

    def _formed(self, name: str, value: Any, one: SharedField, decimals: int | None) -> tuple[str, Any]:  # noqa: ANN401
        if one.form == "name":
            return name, self._named(value, one)
        if decimals is None or one.form in ("copy", "exact"):
            return name, _plain(value)
        if one.form == "place":
            return "place", _coarse_place(value, decimals)
        return name, _COARSE[one.form or "copy"](value, decimals)

    def _named(self, value: Any, one: SharedField) -> Any:  # noqa: ANN401
        class_ = one.naming or ""
        if isinstance(value, tuple):
            return [name for key in value if (name := self.name(class_, key)) is not None]
        return self.name(class_, value)


def _coarser(one: int | None, other: int | None) -> int | None:
    floors = [floor for floor in (one, other) if floor is not None]
    return min(floors, default=None)


def _plain(value: Any) -> Any:  # noqa: ANN401 - a field of any type
    return value if isinstance(value, str | float | int | bool) else msgspec.to_builtins(value)


def _project(partner: str, view: SharedView, fact: Any, labels: FieldLabels, name: Name) -> _Projected | None:  # noqa: ANN401
    """Return what may go. What tells one subject from another goes with every field, and so does its label."""
    walk = _Walk(partner, view, labels, name)
    _, subject = SUBJECTS[view.kind]
    binding = {walk.label(path, path) for path in (subject, "run") if hasattr(fact, path)}
    if not all(label.admits(partner) for label in binding):
        return None
    try:
        body = walk.struct(fact, view.fields, "")
    except _WithheldError:
        return None
    if not body:
        return None
    bound = {path: meet((label, *binding)) for path, label in walk.released.items()}
    return _Projected(body, _labels_of(bound), max(view.delay_s, *(label.delay_s for label in bound.values())))


def _labels_of(released: dict[str, Label]) -> FieldLabels:
    """Return the labels of what goes out: the meet for all, and the wider ones of single fields."""
    everything = meet(set(released.values()))
    wider = {path: label for path, label in released.items() if label != everything}
    return FieldLabels(fields={"": everything, **wider})


def _degrees(value: float, decimals: int) -> float:
    rounded = round(value, decimals) + 0.0  # no minus zero: its sign would tell what rounding took away
    return 180.0 if rounded == -180.0 else rounded


def _step_km(decimals: int) -> float:
    return float(_COARSEST_STEP_KM / 10.0**decimals)


def _to_step(value: float, step: float) -> float:
    return round(round(value / step) * step, 9) + 0.0


def _up_to_step(value: float, step: float) -> float:
    return round(max(1, math.ceil(value / step)) * step, 9)


def _time(value: str, _: int) -> str:
    return format_instant(math.floor(parse_instant(value) + 0.5))


def _times(value: Any, decimals: int) -> Any:  # noqa: ANN401 - a TimeInterval, or an instant's text
    if isinstance(value, str):
        return _time(value, decimals)
    return {name: _time(getattr(value, name), decimals) for name in TimeInterval.__struct_fields__}


def _ellipse(value: Ellipse, decimals: int) -> dict[str, float]:
    step = _step_km(decimals)
    return {
        "semi_major_km": _up_to_step(value.semi_major_km, step),
        "semi_minor_km": _up_to_step(value.semi_minor_km, step),
        "azimuth_deg": _to_step(value.azimuth_deg, 10.0) % 180.0,
    }


def _rings(value: Any, decimals: int) -> list[Any]:  # noqa: ANN401 - rings of (lon, lat)
    return [[[_degrees(x, decimals), _degrees(y, decimals)] for x, y in ring] for ring in value]


def _height(value: float, decimals: int) -> float:
    return _to_step(value, 1e3 * _step_km(decimals))


def _coarse_place(value: Any, decimals: int) -> dict[str, float]:  # noqa: ANN401 - ECEF, or a Place
    if isinstance(value, tuple):
        lat, lon, height = geodetic_from_ecef(np.array([value], dtype=float))[0]
        lat_deg, lon_deg, height_km = math.degrees(lat), math.degrees(lon), height / 1e3
    else:
        lat_deg, lon_deg, height_km = value.lat_deg, value.lon_deg, value.height_km
    return {
        "lat_deg": _degrees(lat_deg, decimals),
        "lon_deg": _degrees(lon_deg, decimals),
        "height_km": _to_step(height_km, _step_km(decimals)),
    }


_COARSE: dict[str, Callable[[Any, int], Any]] = {
    "degrees": _degrees, "time": _time, "times": _times, "ellipse": _ellipse, "rings": _rings, "height": _height,
}  # fmt: skip


@dataclass
class Feed:
    """What one partner was shown so far. State: names given, counts by class, versions by subject, last due times.

    Not thread-safe. The same facts in the same order make the same feed: a restart rebuilds it from the log.
    """

    partner: str
    names: dict[tuple[str, object], str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    versions: dict[tuple[str, str], int] = field(default_factory=dict)
    due_s: dict[str, float] = field(default_factory=dict)


def start_feed(partner: str) -> Feed:
    """Return the feed of a partner who was shown nothing yet."""
    return Feed(partner)


def share(feed: Feed, kind: str, fact: Value, labels: FieldLabels, view: str, *, now_s: float) -> Shared | None:
    """Return what goes to the feed's partner of one fact, with its subject's name and version; None for nothing.

    A `PartnerFact` is relayed as far as its own labels let it, one hop: never to who made or sent it, and never
    what was relayed to us. `now_s` is when the fact came to be known (Unix).
    """
    origin, shown = None, fact
    if isinstance(fact, PartnerFact):
        if fact.origin not in (None, fact.partner) or feed.partner == fact.partner:
            return None
        origin, labels, shown = fact.partner, fact.labels, _unpacked(fact)
    kind, own, naming = _named(feed, kind, fact)
    chosen = shared_view(kind, view)
    found = _project(feed.partner, chosen, shown, labels, naming)
    if found is None:
        return None
    naming.commit()
    return Shared(
        kind, own, _counted(feed, kind, own), chosen.name, _body(found.body), found.labels,
        _not_before(feed, own, _at(found.body, TIMES.get(kind)), found.delay_s, now_s), origin,
    )  # fmt: skip


def share_no_more(feed: Feed, kind: str, fact: Value) -> None:
    """Note that a fact went to the partner, who may not have it any more: names and versions go on as they did."""
    kind, own, naming = _named(feed, kind, fact)
    naming.commit()
    _counted(feed, kind, own)


def _named(feed: Feed, kind: str, fact: Value) -> tuple[str, str, "_Naming"]:
    """Return a fact's kind and its subject's name, and the names that it gives once it goes out."""
    if isinstance(fact, PartnerFact):
        kind, scope, subject = fact.kind, (fact.partner,), fact.subject
    else:
        scope, subject = (getattr(fact, "run", ""),), getattr(fact, SUBJECTS[kind][1])
    naming = _Naming(feed, scope)
    own = naming.introduce(SUBJECTS[kind][0], (*scope, subject))
    if kind == "step":
        shown = _unpacked(fact) if isinstance(fact, PartnerFact) else fact
        naming.introduce("step", (*scope, getattr(shown, "id", None)))
    return kind, own, naming


def _counted(feed: Feed, kind: str, own: str) -> int:
    version = feed.versions[kind, own] = feed.versions.get((kind, own), 0) + 1
    return version


class _Naming:
    """Names for one fact: those given already, and new ones that hold only once the fact goes out."""

    def __init__(self, feed: Feed, scope: tuple[object, ...]) -> None:
        self.feed, self.scope = feed, scope
        self.new: dict[tuple[str, object], str] = {}

    def __call__(self, class_: str, key: object) -> str | None:
        full = (*self.scope, key)
        return self.feed.names.get((class_, full)) or self.new.get((class_, full))

    def introduce(self, class_: str, full: object) -> str:
        known = self.feed.names.get((class_, full))
        if known is None:
            known = self.new[class_, full] = f"{class_}-{self.feed.counts.get(class_, 0) + 1}"
        return known

    def commit(self) -> None:
        for (class_, full), name in self.new.items():
            self.feed.names[class_, full] = name
            self.feed.counts[class_] = self.feed.counts.get(class_, 0) + 1


def _body(body: dict[str, Any]) -> bytes:
    data = canonical_bytes(body)
    if b"null" in data and not _is_finite(body):
        raise InputError("a number that is none cannot be shared", given=body, allowed="finite numbers")
    return data


def _is_finite(value: Any) -> bool:  # noqa: ANN401 - plain values nest freely
    if isinstance(value, dict):
        return all(map(_is_finite, value.values()))
    if isinstance(value, list | tuple):
        return all(map(_is_finite, value))
    return not isinstance(value, float) or math.isfinite(value)


def _not_before(feed: Feed, subject: str, said: str | None, delay_s: float, now_s: float) -> float:
    """Return when it may go: after its delay, on a whole second, and never before what was said of it earlier.

    The delay counts from the instant as it is told, which may be rounded: the exact one may be withheld.
    """
    due = now_s
    if delay_s > 0:
        since = now_s if said is None else parse_instant(said)
        due = math.ceil((since + delay_s) / BUCKET_S) * BUCKET_S
    due = feed.due_s[subject] = max(due, feed.due_s.get(subject, -math.inf))
    return due


def _at(body: Any, path: str | None) -> Any:  # noqa: ANN401 - a field of any type
    for name in path.split(".") if path else ():
        body = body[name]
    return body if path else None


def _unpacked(fact: PartnerFact) -> Any:  # noqa: ANN401 - built from the allow-lists
    return shared_decoder(fact.kind).decode(fact.body.encode())
