"""One fact in, what it changes out."""

from launchwatch.facts import Standing, Value
from launchwatch.tell.alerts.memory import Chain, Info
from launchwatch.tell.alerts.policy import Policy, check_policy


def start(policy: Policy, status: Standing) -> Chain:
    """Return a chain that has heard nothing; every step of it will be of `status`."""
    return Chain(policy=check_policy(policy), status=status)


def step(chain: Chain, fact: Value) -> tuple[Chain, Info]:
    """Return the chain after one fact, and what it led to."""
    raise NotImplementedError
