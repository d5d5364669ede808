"""The pure steps that the `warn` process joins, as one value; tests put others in a step's place."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from launchwatch.assess import confirmation, doubts
from launchwatch.facts import AlertStep, Bulletin, Confirmation, Provenance, Reach, Standing, TrackedState, Value
from launchwatch.run.node_settings import NodeSettings, Realm
from launchwatch.tell import alerts
from launchwatch.tell.bulletins import Issuer, bulletins_of

REACH_AUTHOR = "launchwatch assess.reach"
TEXTS_AUTHOR = "launchwatch tell.bulletins"

STATUS_OF: dict[Realm, Standing] = {"live": "actual", "exercise": "exercise"}


@dataclass(frozen=True)
class Parts:
    """Reach, confirmation, life of alerts, texts: each a function of what it is given.

    `confirm` and `alert` are (state, fact) -> (state, result); `alarms` tells what changed in the doubts.
    """

    reach: Callable[[TrackedState, Reach | None], Reach]
    confirming: Any
    confirm: Callable[[Any, Value], tuple[Any, Confirmation | None]]
    doubts: Callable[[Any, Any], Sequence[Value]]
    chain: Any
    alert: Callable[[Any, Value], tuple[Any, Any]]
    why_over: Callable[[Any, str], str | None]
    texts: Callable[[AlertStep, Sequence[AlertStep]], Sequence[Bulletin]]


def parts_of(settings: NodeSettings) -> Parts:
    """Return the steps of a node as its settings say."""
    issuer = Issuer(name=settings.issuer, sender=settings.sender, protects=settings.protects)
    return Parts(
        reach=reach_for(settings.protects),
        confirming=confirmation.start(settings.policy),
        confirm=confirmation.step,
        doubts=doubts.alarms_between,
        chain=alerts.start(alerts.policy_of(settings.policy), STATUS_OF[settings.realm]),
        alert=alerts.step,
        why_over=alerts.why_not_release,
        texts=lambda step, before: _texts(step, before, issuer, settings.languages),
    )


def reach_for(protects: Sequence[str]) -> Callable[[TrackedState, Reach | None], Reach]:
    """Return what tells the reach of a state of a track over these states' territory."""
    from launchwatch.assess.protected import Protected
    from launchwatch.assess.reach import reach_of

    protected = Protected.of(protects)

    def reach(state: TrackedState, before: Reach | None) -> Reach:
        made = Provenance(author=REACH_AUTHOR, created_utc=state.update.time_utc, derived_from=(state.id,))
        return reach_of(state, protected, made, before)

    return reach


def _texts(
    step: AlertStep, before: Sequence[AlertStep], issuer: Issuer, languages: Sequence[str]
) -> tuple[Bulletin, ...]:
    made = Provenance(author=TEXTS_AUTHOR, created_utc=step.decided_utc, derived_from=(step.id,))
    return bulletins_of(step, issuer, made, languages=languages, before=before)
