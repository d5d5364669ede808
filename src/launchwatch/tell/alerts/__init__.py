"""The life of an alert: what may be said of an object, to whom, on what evidence, until when.

    start(policy, status) -> Chain;  step(chain, fact) -> (Chain, Info)

Facts in: Reach, Confirmation, TrackedState, Track (ended), TrackMerger, HumanStatement, Release, Delivery, Tick.
`Info.steps` are the new AlertSteps, to be logged, worded and asked for; `Info.notes` say why for everything that
was decided or not decided. `docs/concepts/warning.md` has the rules in plain words.
"""

from launchwatch.tell.alerts.machine import start, step
from launchwatch.tell.alerts.memory import (
    Alert,
    Body,
    Chain,
    Info,
    Line,
    Note,
    line_of,
    released_steps,
    why_not_release,
)
from launchwatch.tell.alerts.policy import Policy, check_policy, policy_of

__all__ = [
    "Alert",
    "Body",
    "Chain",
    "Info",
    "Line",
    "Note",
    "Policy",
    "check_policy",
    "line_of",
    "policy_of",
    "released_steps",
    "start",
    "step",
    "why_not_release",
]
