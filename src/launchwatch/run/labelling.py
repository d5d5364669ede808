"""Labels of a node's own facts: what settings say of sensors and other roots, what officers said, the rest.

Roots are sensors, evidence and reports. A fact's label is the meet of its inputs' (`facts.labels`); a `labels`
fact in the log overrules the settings, a `widening` lets one field go further.
"""

from collections import OrderedDict
from collections.abc import Mapping

from launchwatch.facts import (
    Evidence,
    FieldLabels,
    Known,
    Label,
    Labelling,
    PartnerFact,
    Report,
    Sensor,
    Value,
    Widening,
    derived,
    known,
)
from launchwatch.facts.labels import UNLABELLED, Officer, Overruling
from launchwatch.run.node_settings import NodeSettings

REMEMBERED = 50_000
"""Facts whose labels are kept for those that derive from them: an hour of 64 flights' states, reaches and steps do
not look back farther; what derives from a forgotten one goes to nobody."""

_MOST_ALIKE = 1000  # different labels of one node's facts: some ten; those of partners, as many as they like


class Labels:
    """The labels of a node's facts in the log's order.

    State: labels by id, one object for all that are alike, labellings and widenings heard of.
    """

    def __init__(self, settings: NodeSettings, officers: Mapping[str, Officer]) -> None:
        self._settings = settings
        self._officers = officers
        self._known: OrderedDict[str, Known] = OrderedDict()
        self._alike: dict[tuple[tuple[str, Label], ...], Known] = {}
        self._roots: dict[str, Known] = {}
        self._given: dict[str, Labelling] = {}
        self._widenings: dict[str, list[Widening]] = {}

    def of(self, fact: Value) -> FieldLabels:
        """Return the effective labels of the next fact of the log."""
        if isinstance(fact, Labelling):
            self._given[fact.fact] = fact
            return UNLABELLED
        if isinstance(fact, Widening):
            self._widenings.setdefault(fact.fact, []).append(fact)
            return UNLABELLED
        if isinstance(fact, Evidence) and fact.kind == "raw":
            return UNLABELLED  # the raw feed goes to nobody, whatever its plots' labels are
        id_ = str(getattr(fact, "id", ""))
        if isinstance(fact, Sensor | Evidence | Report):
            self._roots[id_] = Known(self._root(fact))
            return self._derived(id_, self._roots[id_])
        if isinstance(fact, PartnerFact):
            found = fact.labels
        else:
            found = self._derived(id_, known(fact, self._given.get(id_)))
        self._known[id_] = self._shared(found)
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return found

    def _shared(self, labels: FieldLabels) -> Known:
        """Return the one object of these labels: each has a kilobyte, and thousands of facts have the same."""
        named = tuple(labels.fields.items())
        if len(self._alike) >= _MOST_ALIKE:
            self._alike.clear()
        return self._alike.setdefault(named, Known(labels))

    def _root(self, fact: Sensor | Evidence | Report) -> FieldLabels:
        if (given := self._given.get(fact.id)) is not None:
            return given.labels
        wanted = self._settings.labels.get(fact.id) or self._settings.labels.get("*")
        if wanted is None:
            return FieldLabels.all(Label.of(self._settings.name))
        return FieldLabels.all(
            Label.of(self._settings.name, *wanted.partners, decimals=wanted.decimals, delay_s=wanted.delay_s)
        )

    def _derived(self, id_: str, this: Known) -> FieldLabels:
        graph = {id_: this}
        for one in this.inputs:
            graph[one] = self._roots.get(one) or self._known.get(one) or Known(None)
        overruling = Overruling(self._widenings, self._officers, self._settings.realm)
        return derived(graph, [id_], overruling)[id_]
