"""Reports to launches: which reports tell of one launch, with the probability and the reason.

Reports with a date form events by state and day. A report without one joins an event by its content alone: each
thing that it has in common with an event, or not, moves the odds by a stated amount.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from launchwatch.estimate.fuse.timing import civil_day, clocks_apart_s, timing
from launchwatch.facts import Claim
from launchwatch.facts.speakers import state_of

JOINS = 0.8
"""Least probability with which a report without a date joins an event."""

_ELSEWHERE = 0.5
"""Probability, before its content is weighed, that a report is about a launch that no other report tells of."""

_NEWS = timedelta(days=365)
"""Longest time after a launch at which a publication date still fits the date that a report states."""

_BESIDE = 5
"""Characters between a clock time and the date that it belongs to: ', on '."""

_SAME_DAY_ODDS = 20.0  # two reports of one state and day: two launches on a day are one in twenty
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_FAMILIES = {
    "SRBM": {"SRBM", "ballistic", "hypersonic", "unknown-projectile", "SLBM"},
    "MRBM": {"MRBM", "ballistic", "hypersonic", "unknown-projectile", "SLBM"},
    "IRBM": {"IRBM", "ballistic", "hypersonic", "unknown-projectile"},
    "ICBM": {"ICBM", "ballistic", "unknown-projectile"},
    "hypersonic": {"hypersonic", "ballistic", "SRBM", "MRBM", "IRBM", "unknown-projectile"},
    "SLV": {"SLV", "ballistic", "unknown-projectile"},
    "cruise": {"cruise", "unknown-projectile"},
}


@dataclass(frozen=True)
class Clues:
    """What a report (or a recording's track) tells about which launch it is of.

    `when` is the date as claimed: an ISO date, `--MM-DD`, `---DD`, or a weekday's name; `names` are
    distinctive words; `published` is the publication date as the report gives it.
    """

    id: str
    country: str | None
    when: str | None
    claims: tuple[Claim, ...]
    names: frozenset[str] = frozenset()
    published: str | None = None

    @property
    def dated(self) -> str | None:
        """Return the ISO date, if the whole of it is known."""
        return self.when if self.when is not None and len(self.when) == 10 and self.when[:4].isdigit() else None


@dataclass(frozen=True)
class Joined:
    """A report's place in an event: its probability and reason."""

    clues: Clues
    probability: float
    reason: str


@dataclass
class Group:
    """One launch and the reports that tell of it."""

    country: str | None
    date: str | None
    members: list[Joined] = field(default_factory=list)

    @property
    def claims(self) -> list[Claim]:
        """Return all claims of all members."""
        return [claim for member in self.members for claim in member.clues.claims]

    @property
    def names(self) -> frozenset[str]:
        """Return all distinctive words of all members."""
        return frozenset().union(*(member.clues.names for member in self.members))


def clues_of(
    id_: str,
    country: str | None,
    claims: Sequence[Claim],
    names: Iterable[str] = (),
    *,
    published: str | None = None,
) -> Clues:
    """Return a report's clues; its date is the one that most of its claims about this launch give."""
    dates = [_civil_date(c, claims) for c in claims if c.attribute == "event_date" and c.about == "main"]
    ranked = sorted(Counter(dates).items(), key=_completeness)
    when = ranked[0][0] if ranked else None
    return Clues(id_, country, when, tuple(claims), frozenset(names), published)


def _civil_date(said: Claim, claims: Sequence[Claim]) -> str:
    """Return a date as claimed, or the civil day of the launch where it stands beside a clock of another zone."""
    clock = next((c for c in claims if c.attribute == "launch_time" and c.unit and _beside(said, c)), None)
    whole = len(str(said.value)) == 10 and str(said.value)[:4].isdigit()
    return civil_day(str(said.value), clock) if clock is not None and whole else str(said.value)


def _beside(one: Claim, other: Claim) -> bool:
    """Say whether two claims of a report stand side by side: '20:57 GMT on Monday', 'Monday at 20:57 GMT'."""
    gap = max(one.span[0] - other.span[1], other.span[0] - one.span[1])
    return one.report == other.report and 0 <= gap <= _BESIDE


def _completeness(counted: tuple[str, int]) -> tuple[int, int]:
    """Return a key that puts whole dates before days of the year, the month, the week; then the most said."""
    said, count = counted
    return (0 if said[:1].isdigit() else 3 if said[:2] != "--" else 2 if said[:3] == "---" else 1), -count


def sort_reports(reports: Sequence[Clues], known: Sequence[Group] = ()) -> tuple[list[Group], list[Joined]]:
    """Return the launches and the reports that stay unassigned.

    `known` are launches that recordings show already; reports are added to them in place. Where no launch has a
    date, reports without one form launches among themselves; otherwise they join a dated one or stay unassigned.
    """
    groups = list(known)
    for clues in sorted((r for r in reports if r.dated), key=lambda r: (r.dated or "", r.id)):
        _place_dated(clues, groups)
    undated = sorted((r for r in reports if not r.dated), key=lambda r: (-len(r.claims), r.id))
    without_dates = not groups
    unassigned = []
    for clues in undated:
        joined, group = _best(clues, groups)
        if group is not None and joined.probability >= JOINS:
            group.members.append(joined)
        elif without_dates and clues.claims:
            groups.append(Group(clues.country, None, [_joined(clues, 1.0, "the launch's first report")]))
        else:
            unassigned.append(joined)
    groups.sort(key=lambda g: (g.date or "", min((m.clues.id for m in g.members), default="")))
    return groups, unassigned


def _place_dated(clues: Clues, groups: list[Group]) -> None:
    same = [
        g
        for g in groups
        if g.date == clues.dated and (None in (g.country, clues.country) or g.country == clues.country)
    ]
    best: tuple[float, Group, str] | None = None
    for group in same:
        moved, reasons = _log_odds(replace(clues, when=None), group)
        probability = _logistic(math.log(_SAME_DAY_ODDS) + moved)
        if best is None or probability > best[0]:
            reason = "; ".join([f"the same day, {group.date}", *reasons])
            best = (probability, group, reason)
    if best is not None and best[0] >= 0.5:
        best[1].members.append(_joined(clues, best[0], best[2]))
        best[1].country = best[1].country or clues.country
    else:
        groups.append(Group(clues.country, clues.dated, [_joined(clues, 1.0, f"its date, {clues.dated}")]))


def _best(clues: Clues, groups: Sequence[Group]) -> tuple[Joined, Group | None]:
    """Return the likeliest event of a report without a date; the event may be none."""
    if not any(claim.about == "main" for claim in clues.claims):
        told = "only earlier launches are told of" if clues.claims else "no launch is told of that could be read"
        return _joined(clues, 0.0, told), None
    if not groups:
        return _joined(clues, 0.0, "no launch to join"), None
    scored = [_log_odds(clues, group) for group in groups]
    weights = [math.log((1 - _ELSEWHERE) / len(groups)) + moved for moved, _ in scored]
    top = max(*weights, math.log(_ELSEWHERE))
    total = sum(math.exp(w - top) for w in weights) + _ELSEWHERE * math.exp(-top)
    at = max(range(len(groups)), key=lambda i: weights[i])
    probability = math.exp(weights[at] - top) / total
    told = "; ".join(scored[at][1]) or "nothing tells them apart"
    return _joined(clues, probability, told), groups[at]


def _joined(clues: Clues, probability: float, reason: str) -> Joined:
    """Return a report's place, its reason with the publication date where that cannot be used."""
    if clues.published is not None and not _publication_fits(clues.published, clues.dated):
        reason = f"{reason}; its publication date, {clues.published}, cannot be used"
    return Joined(clues, round(probability, 4), reason)


def _publication_fits(published: str, dated: str | None) -> bool:
    """Say whether a publication date is one, and not before the day that the report is about or long after it."""
    try:
        day, about = date.fromisoformat(published[:10]), date.fromisoformat(dated or published[:10])
    except ValueError:
        return False
    return about - timedelta(days=1) <= day <= about + _NEWS


def _logistic(log_odds: float) -> float:
    return 1 / (1 + math.exp(-max(min(log_odds, 700.0), -700.0)))


def _log_odds(clues: Clues, group: Group) -> tuple[float, list[str]]:
    """Return how far content moves the odds that a report is of a launch, and the reasons that moved them most."""
    if clues.country and group.country and clues.country != group.country:
        return -20.0, [f"about {clues.country}, not {group.country}"]
    theirs = [c for c in group.claims if c.about == "main"]
    own = [c for c in clues.claims if c.about == "main"]
    moves = [
        *_by_date(clues, group),
        *_by_figures(own, theirs),
        *_by_places(own, theirs, group.country or clues.country),
        *_by_clock(own, theirs),
        *_by_kind(own, theirs),
        *_by_names(clues, group),
    ]
    moves.sort(key=lambda move: -abs(move[0]))
    return sum(move for move, _ in moves), [reason for move, reason in moves[:4] if abs(move) >= 0.3]


Moves = list[tuple[float, str]]


def _by_date(clues: Clues, group: Group) -> Moves:
    when, day = clues.when, group.date
    if when is None or day is None:
        shared = {m.clues.when for m in group.members}
        return [(1.7, f"the same day of the week, {when}")] if when in _WEEKDAYS and when in shared else []
    if when.startswith("---"):
        return [
            (2.8, f"the same day of the month, {int(when[3:])}")
            if day[8:] == when[3:]
            else (-4.0, "another day of the month")
        ]
    if when.startswith("--"):
        return [
            (4.5, f"the same day of the year, {when[2:]}")
            if day[4:] == when[1:]
            else (-6.0, "another day of the year")
        ]
    if when in _WEEKDAYS:
        right = _WEEKDAYS[date.fromisoformat(day).weekday()] == when
        return [(1.7, f"{day} was a {when}") if right else (-3.0, f"{day} was no {when}")]
    return []


def _by_figures(own: list[Claim], theirs: list[Claim]) -> Moves:
    moves: Moves = []
    for attribute, name in (("range_km", "range"), ("apogee_km", "apogee"), ("flight_time_min", "flight time")):
        pairs = [
            (abs(math.log(a / b)), state_of(c.source) == state_of(d.source), a)
            for c in own
            if c.attribute == attribute
            for d in theirs
            if d.attribute == attribute and c.item in (None, d.item)
            for a in _ends(c)
            for b in _ends(d)
        ]
        if not pairs:
            continue
        off, same_state, value = min(pairs)
        if off < 0.03:
            moves.append((1.8 if same_state else 1.4, f"the same {name}, {value:g}"))
        elif off < 0.15:
            moves.append((0.7, f"a similar {name}"))
        elif off > 0.25:
            moves.append((-2.0 if same_state else -1.0, f"another {name}"))
    return moves


def _ends(claim: Claim) -> list[float]:
    values = claim.value if isinstance(claim.value, tuple) else (claim.value,)
    return [float(v) for v in values if isinstance(v, int | float) and v > 0]


def _by_places(own: list[Claim], theirs: list[Claim], country: str | None) -> Moves:
    said = [[c for c in side if c.attribute == "launch_area"] for side in (own, theirs)]
    if not all(said):
        return []
    # Here, since the gazetteer takes longer to load than a report to read.
    from launchwatch.estimate.fuse.areas import claimed_area

    areas = [[a for c in side if (a := claimed_area(c, country))] for side in said]
    if not all(areas):
        return []
    best: tuple[float, str] = (-99.0, "")
    for a in areas[0]:
        for b in areas[1]:
            (lon1, lat1), (lon2, lat2) = a.centre_deg, b.centre_deg
            apart = math.hypot((lat1 - lat2) * 111, (lon1 - lon2) * 111 * math.cos(math.radians(lat1)))
            reach = math.hypot(a.radius_km, b.radius_km)
            if apart <= reach + 15:
                sharp = max(min(a.radius_km, b.radius_km), 10.0)
                best = max(best, (min(max(math.log(200 / sharp), 0.2), 2.5), f"launched from {b.name}"))
            elif apart > 2 * reach + 50:
                best = max(best, (-2.5, f"launched from {a.name}, not {b.name}"))
            else:
                best = max(best, (0.0, ""))
    return [best]


def _by_clock(own: list[Claim], theirs: list[Claim]) -> Moves:
    day = "2000-01-01"  # any day: only clock times are compared
    a, b = timing(own, day).launch, timing(theirs, day).launch
    if a is None or b is None:
        return []
    apart = clocks_apart_s(a, b) / 60
    if apart <= 6:
        return [(3.0, "the same launch time")]
    return [(-3.0, f"launch times {apart:.0f} minutes apart")] if apart > 30 else []


def _by_kind(own: list[Claim], theirs: list[Claim]) -> Moves:
    moves: Moves = []
    said, heard = ({str(c.value) for c in side if c.attribute == "missile_class"} for side in (own, theirs))
    if said and heard:
        fits = any(
            b in _FAMILIES.get(a, {a, "ballistic"}) or a in _FAMILIES.get(b, {b, "ballistic"})
            for a in said
            for b in heard
        )
        specific = (said & heard) - {"ballistic"}
        moves.append(
            (0.5, f"both say {min(specific)}") if specific else (0.1, "") if fits else (-3.0, "another class")
        )
    for attribute, name in (("eez", "the economic zone"), ("damage", "damage"), ("outcome", "the outcome")):
        one, other = ({_told(c) for c in side if c.attribute == attribute} for side in (own, theirs))
        if one and other:
            moves.append((0.3, f"agree on {name}") if one & other else (-0.8, f"differ on {name}"))
    return moves


def _told(claim: Claim) -> str:
    """Return what a claim comes to: damage that is none, unreported or unconfirmed is no damage."""
    return "none" if str(claim.value).startswith("none") else str(claim.value)


_NAME_WORTH, _NAMES_COUNTED = 0.5, 5


def _by_names(clues: Clues, group: Group) -> Moves:
    shared = sorted(clues.names & group.names)
    if not shared:
        return []
    return [(_NAME_WORTH * min(len(shared), _NAMES_COUNTED), f"both name {', '.join(shared[:3])}")]
