"""What one object's facts lead to, audience by audience, and how an alert is taken back."""

from msgspec.structs import replace

from launchwatch.facts import Audience, Stage
from launchwatch.facts.bulletin import CANCELLING, LIFTING
from launchwatch.tell.alerts.evidence import Finding, find, probability, seconds
from launchwatch.tell.alerts.memory import (
    AUDIENCES,
    OPEN,
    Alert,
    Body,
    Chain,
    Found,
    Key,
    Line,
    last_said,
    released_steps,
)
from launchwatch.tell.alerts.steps import (
    alert_id,
    audience_line,
    closed,
    own_probability,
    put,
    release_of,
    with_body,
)
from launchwatch.tell.alerts.wishes import Case, Wish, first_wish, wish


def decide(chain: Chain, key: Key, found: Found) -> Chain:
    """Return the chain after every audience of one object was decided for."""
    body = chain.objects[key]
    finding = find(chain.policy, body, chain.now_s)
    for audience in AUDIENCES:
        chain = _decide_for(chain, chain.objects[key], finding, audience, found)
    return _inform(chain, chain.objects[key], finding, found)


def _decide_for(chain: Chain, body: Body, finding: Finding, audience: Audience, found: Found) -> Chain:
    had = audience_line(chain, body, audience)
    if had is None or had[1].state not in OPEN:
        return _begin(chain, body, finding, audience, None if had is None else had[1], found)
    alert, line = had
    wanted = wish(Case(chain.policy, body, finding, audience, line, chain.now_s))
    if isinstance(wanted, str):
        found.note(f"{body.name}, {audience}", wanted)
        return _expire(chain, alert, line, found)
    if wanted.stage in CANCELLING:
        return withdraw(chain, alert, line, wanted, found)
    return say(chain, alert, line, body, finding, wanted, found)


def say(
    chain: Chain, alert: Alert, line: Line, body: Body | None, finding: Finding | None, wanted: Wish, found: Found,
    *evidence: str,
) -> Chain:  # fmt: skip
    """Return the chain with a wish said, or with its line closed where there is nobody to lift an alert for."""
    unheard = wanted.stage in LIFTING and not released_steps(line)
    if unheard and not (wanted.stage == "fell_at_sea" and line.audience != "public"):
        found.note(f"{line.alert}, {line.audience}", f"closed before anything was released: {wanted.reason}")
        return closed(chain, alert, line, wanted.stage)
    chain, step = put(chain, alert, line, body, finding, wanted, *evidence)
    found.steps.append(step)
    found.note(f"{line.alert}, {line.audience}", f"{step.stage} ({step.release}): {step.reason}")
    return chain


def _begin(
    chain: Chain, body: Body, finding: Finding, audience: Audience, before: Line | None, found: Found
) -> Chain:
    """Begin a new alert where the object calls for one: after a cancelled one, only by states that came later."""
    about = f"{body.name}, {audience}"
    wanted = first_wish(Case(chain.policy, body, finding, audience, None, chain.now_s))
    if isinstance(wanted, str):
        found.note(about, wanted)
        return chain
    if before is not None and body.reach_s <= before.closed_s:
        found.note(about, f"{before.alert} is over ({before.state}), and no later state asks for a new alert")
        return chain
    if body.barred:
        found.note(about, "called an error; a new confirmation or a signed launch is needed to alert anew")
        return chain
    if before is not None:
        wanted = wanted._replace(reason=f"new alert after {before.alert}, which is over: {wanted.reason}")
    chain, alert, body = _alert_for(chain, body, audience)
    line = Line(alert=alert.id, audience=audience)
    return say(chain, alert, line, body, finding, wanted, found)


def _alert_for(chain: Chain, body: Body, audience: Audience) -> tuple[Chain, Alert, Body]:
    """Return the object's present alert where it has no line for the audience yet, else a new one."""
    for id_ in body.lines.values():
        present = chain.alerts.get(id_)
        if present is not None and audience not in present.lines and _stands(present):
            return _counted(chain, body, audience, present)
    generation = body.generation
    while alert_id(chain, body, generation) in chain.alerts:
        generation += 1
    new = Alert(id=alert_id(chain, body, generation), key=body.key, generation=generation, began_s=chain.now_s)
    return _counted(chain, replace(body, generation=generation), audience, new)


def _stands(alert: Alert) -> bool:
    return alert.error is None and any(line.state in OPEN for line in alert.lines.values())


def _counted(chain: Chain, body: Body, audience: Audience, alert: Alert) -> tuple[Chain, Alert, Body]:
    body = replace(body, lines={**body.lines, audience: alert.id})
    return with_body(chain, body), alert, body


def _expire(chain: Chain, alert: Alert, line: Line, found: Found) -> Chain:
    """Close a line whose newest step has run out without another."""
    if line.steps and seconds(last_said(line).expires_utc) <= chain.now_s:
        found.note(f"{line.alert}, {line.audience}", "expired")
        return closed(chain, alert, line, "fell_at_sea")
    return chain


def _inform(chain: Chain, body: Body, finding: Finding, found: Found) -> Chain:
    """Tell the press of an object that concerns nobody, once when it is sure and once when it is over."""
    had = audience_line(chain, body, "press")
    if had is not None:
        alert, line = had
        if line.state == "standing" and finding.over:
            ended = Wish(
                "information", f"it is over: {finding.fell or 'the last possible time of a fall is past'}"
            )
            return say(chain, alert, line, body, finding, ended, found)
        return chain
    others = [audience for audience in AUDIENCES if audience in body.lines]
    followed_s = body.seen_s - body.first_s
    if others or finding.unconfirmed or not finding.fresh or body.reach is None or body.barred:
        return chain
    if any(probability(body.reach, one) >= chain.policy.threshold(one) for one in AUDIENCES):
        return chain
    if followed_s < chain.policy.information_s:
        found.note(f"{body.name}, press", f"concerns nobody so far, followed for {followed_s:.0f} s")
        return chain
    chain, alert, body = _alert_for(chain, body, "press")
    wanted = Wish("information", "confirmed, and no area of anybody is reached")
    return say(chain, alert, Line(alert=alert.id, audience="press"), body, finding, wanted, found)


def withdraw(chain: Chain, alert: Alert, line: Line, wanted: Wish, found: Found, *evidence: str) -> Chain:
    """Return the chain with an alert taken back for one audience.

    Nothing happens where a cancel of all that was released is out, or waits on the same terms. One that people
    refused is asked for again only on a person's word (`evidence`).
    """
    about = f"{line.alert}, {line.audience}"
    if line.state == "merged":
        found.note(about, f"merged into {line.merged_into}; that one is to be named")
        return chain
    body = chain.objects.get(alert.key)
    finding = None if body is None else find(chain.policy, body, chain.now_s)
    own = own_probability(line, body, finding)
    terms = (wanted.stage, release_of(chain.policy, line, wanted.stage, own, chain.now_s))
    answered = _answered(line, terms, again=bool(evidence))
    if answered:
        found.note(about, answered)
        return chain
    chain = say(chain, alert, line, body, finding, wanted, found, *evidence)
    return bar_if_error(chain, alert.id, line.audience)


def _answered(line: Line, terms: tuple[Stage, str], *, again: bool) -> str:
    """Return why no further cancel is asked for, empty where one is."""
    heard = {step.id for step in released_steps(line)}
    for step in reversed(line.steps):
        if step.stage not in CANCELLING or not heard <= set(step.references):
            continue
        if step.id in line.released:
            return "taken back already"
        if (step.stage, step.release) == terms and not (again and step.id in line.refused):
            return "people refused to lift it" if step.id in line.refused else "its cancel waits for release"
    return ""


def bar_if_error(chain: Chain, alert_id: str, audience: Audience) -> Chain:
    """Return the chain in which an object whose alert was cancelled as an error begins no other by itself."""
    alert = chain.alerts[alert_id]
    line, body = alert.lines[audience], chain.objects.get(alert.key)
    if body is None or line.state != "cancelled" or alert.error is None:
        return chain
    return with_body(chain, replace(body, barred=True))
