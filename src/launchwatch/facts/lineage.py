"""What a fact was made of, by ids: from its provenance and from the fields that name evidence."""

from collections.abc import Iterator, Mapping

from launchwatch.facts.base import Value
from launchwatch.facts.event import Event, EvidenceRef
from launchwatch.facts.labels import Known, Labelling
from launchwatch.facts.warning import PartnerFact

_NAMING = ("evidence", "sensor", "sensors", "report", "informed_by", "independent", "human")


def inputs_of(fact: Value) -> tuple[str, ...]:
    """Return the ids of all that a fact rests on, each once: plots on their sensor, tracks on all sensors.

    A sensor counts as an input, so that its label is that of whatever is made of its plots.
    """
    return tuple(dict.fromkeys(one for one in _named(fact) if one))


def _named(fact: Value) -> Iterator[str]:
    provenance = getattr(fact, "provenance", None)
    if provenance is not None:
        yield from provenance.derived_from
    for name in _NAMING:
        yield from _ids(getattr(fact, name, None))
    update = getattr(fact, "update", None)
    for support in getattr(update, "support", ()):
        yield support.sensor


def _ids(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            if isinstance(one, EvidenceRef):
                yield one.id
            elif isinstance(one, str):
                yield one


def rests_only_on(fact: Value) -> Mapping[str, tuple[str, ...]]:
    """Return which fields rest on some inputs alone: an event's quotes and members each on their own report."""
    if isinstance(fact, Event):
        return {
            **{f"claims[{i}].claim": (one.claim.report,) for i, one in enumerate(fact.claims)},
            **{f"reports[{i}]": (one.id,) for i, one in enumerate(fact.reports)},
            **{f"recordings[{i}]": (one.id,) for i, one in enumerate(fact.recordings)},
        }
    return {}


def known(fact: Value, labelling: Labelling | None) -> Known:
    """Return a fact's place in the graph of derivations; what a partner sent brings its own labels."""
    if isinstance(fact, PartnerFact):
        return Known(fact.labels)
    own = labelling.labels if labelling else None
    return Known(own, inputs_of(fact), rests_only_on(fact))
