"""Two tracks of one object: their alerts become one, with a step that says so."""

from msgspec.structs import replace

from launchwatch.facts import Audience
from launchwatch.tell.alerts.deciding import say
from launchwatch.tell.alerts.evidence import find
from launchwatch.tell.alerts.memory import AUDIENCES, OPEN, Alert, Body, Chain, Found, Key, Line, released_steps
from launchwatch.tell.alerts.steps import audience_line, with_body, with_line
from launchwatch.tell.alerts.wishes import Case, Wish, first_wish, raised


def surviving(chain: Chain, key: Key) -> Key:
    """Return the object that a track is, after all mergers."""
    while key in chain.aliases:
        key = chain.aliases[key]
    return key


def merge(chain: Chain, key: Key, into: Key, found: Found) -> Chain:
    """Return the chain in which the object `key` is the object `into`, with one alert for each audience.

    The alert that was begun first goes on. Where both stand, its next step says that they are one and references
    what was released of both; nothing is cancelled, since the object flies on.
    """
    chain = replace(chain, aliases={**chain.aliases, key: into}, aliased_s={**chain.aliased_s, key: chain.now_s})
    gone = chain.objects.get(key)
    if gone is None:
        found.note(f"track {key[1]} of {key[0]}", f"is track {into[1]}; nothing was known of it")
        return chain
    kept = _united(gone, chain.objects.get(into), into)
    objects = {k: body for k, body in chain.objects.items() if k != key}
    chain = replace(chain, objects={**objects, into: kept})
    found.note(gone.name, f"is one object with track {into[1]}")
    for audience in (*AUDIENCES, "press"):
        chain = _merge_lines(chain, gone, into, audience, found)
    return chain


def _united(gone: Body, kept: Body | None, into: Key) -> Body:
    """Return what is known of one object from what was known of two tracks; the newer reach leads."""
    if kept is None:
        return replace(gone, track=into[1], run=into[0], lines={}, ended=False)
    kept = replace(kept, first_s=min(kept.first_s, gone.first_s), barred=kept.barred or gone.barred)
    if gone.reach_s > kept.reach_s:
        kept = replace(kept, seen_s=max(kept.seen_s, gone.seen_s))
        names = (
            "coasts_s",
            "reach",
            "reach_s",
            "reach_ids",
            "launch_s",
            "fall_s",
            "last_s",
            "over_s",
            "past_s",
            "below",
            "foreseen_s",
        )
        kept = replace(kept, **{name: getattr(gone, name) for name in names})
    if kept.confirmation is None:
        kept = replace(kept, confirmation=gone.confirmation, confirmation_s=gone.confirmation_s)
    return kept


def _merge_lines(chain: Chain, gone: Body, into: Key, audience: Audience, found: Found) -> Chain:
    kept = chain.objects[into]
    one, other = audience_line(chain, kept, audience), audience_line(chain, gone, audience)
    if other is None:
        return chain
    if one is None or (one[1].state not in OPEN and other[1].state in OPEN):
        return _adopt(chain, kept, *other)
    if one[1].state not in OPEN or other[1].state not in OPEN:
        return chain
    first, second = sorted((one, other), key=lambda pair: (pair[0].began_s, pair[0].id))
    chain = _adopt(chain, kept, *first)
    alert, line = chain.alerts[first[0].id], first[1]
    ended = replace(second[1], state="merged", merged_into=alert.id, closed_s=chain.now_s)
    chain = with_line(chain, chain.alerts[second[0].id], ended)
    owed = f"{alert.id} and {second[0].id} are of one object; told twice before, once from now on"
    line = replace(line, taken=(*line.taken, *released_steps(second[1])), owed=owed)
    chain = with_line(chain, alert, line)
    return _say_so(chain, chain.alerts[alert.id], line, chain.objects[into], found)


def _adopt(chain: Chain, kept: Body, alert: Alert, line: Line) -> Chain:
    """Return the chain in which an alert is the kept object's."""
    chain = replace(chain, alerts={**chain.alerts, alert.id: replace(alert, key=kept.key)})
    return with_body(chain, replace(kept, lines={**kept.lines, line.audience: alert.id}))


def _say_so(chain: Chain, alert: Alert, line: Line, body: Body, found: Found) -> Chain:
    """Say that two alerts are one, where something may be said now; else the next step does."""
    finding = find(chain.policy, body, chain.now_s)
    if line.state != "standing" or line.audience == "press":
        return chain
    case = Case(chain.policy, body, finding, line.audience, None, chain.now_s)
    wanted = raised(case, Wish("launch", "the track is lost", lost=True)) if line.lost else first_wish(case)
    if isinstance(wanted, str):
        found.note(f"{alert.id}, {line.audience}", f"two alerts are one, told with its next step: {wanted}")
        return chain
    return say(chain, alert, line, body, finding, wanted._replace(reason=f"wrong before: {line.owed}"), found)
