"""Reports to launches: which reports tell of one launch, and what was said of it; `read` and `assess` alike.

Copies of one wire text are sorted as one report. Places are weighed only where two reports name a launch area.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from launchwatch.estimate.fuse.copies import copies
from launchwatch.estimate.fuse.sorting import Clues, Group, Joined, clues_of, sort_reports
from launchwatch.facts import Reading, Report
from launchwatch.facts.observations import Observation, observe_claims
from launchwatch.observe.clues import distinctive_names, launching_state

Read = tuple[Report, Reading]


@dataclass(frozen=True)
class Launch:
    """One launch that reports tell of: its key, whose and when, its reports and what each office said.

    `texts` counts reports with words of their own; `reports` are in the order in which they came in.
    """

    key: str
    country: str | None
    date: str | None
    reports: tuple[str, ...]
    texts: int
    observations: tuple[Observation, ...]

    @property
    def title(self) -> str:
        """Return the launch's name for people."""
        return f"Launch by {self.country or 'a state not told'}, {self.date or 'of no date told'}"


def copies_of(reports: Sequence[Report]) -> dict[str, str]:
    """Return for each report that is a copy of another's wire text the id of that other."""
    first = copies([report.text for report in reports])
    return {report.id: reports[k].id for report, k in zip(reports, first, strict=True) if reports[k] is not report}


def launches_of(read: Sequence[Read], copy_of: Mapping[str, str]) -> tuple[list[Launch], list[tuple[str, str]]]:
    """Return launches, and the reports that tell of none with the reason, each in the order of `read`."""
    groups, unassigned = sort_launches(read, copy_of)
    order = {report.id: k for k, (report, _) in enumerate(read)}
    launches, keys = [], set[str]()
    for group in groups:
        ids = sorted((member.clues.id for member in group.members), key=order.__getitem__)
        claims = [claim for id_ in ids for claim in read[order[id_]][1].claims]
        keys.add(key := _key(group, keys))
        texts = len({copy_of.get(id_, id_) for id_ in ids})
        told = tuple(observe_claims(claims, copy_of))
        launches.append(Launch(key, group.country, group.date, tuple(ids), texts, told))
    left = sorted(((joined.clues.id, joined.reason) for joined in unassigned), key=lambda one: order[one[0]])
    return launches, left


def _key(group: Group, taken: set[str]) -> str:
    """Return a launch's name among those of one call: `2025-11-07-north-korea`, the next one with `-2`."""
    country = re.sub(r"[^a-z]+", "-", (group.country or "unknown").lower())
    key = f"{group.date or 'undated'}-{country}"
    number = 2
    while key in taken:
        key = f"{group.date or 'undated'}-{country}-{number}"
        number += 1
    return key


def sort_launches(
    read: Sequence[Read], copy_of: Mapping[str, str], known: Sequence[Group] = ()
) -> tuple[list[Group], list[Joined]]:
    """Return the launches, and the reports that could be given to none.

    `known` are launches that recordings show already. Of copies of one text one is sorted, the first with a whole
    date; the others go where it goes, unless they date the launch otherwise.
    """
    originals = [report for report, _ in read if report.id not in copy_of]
    named = distinctive_names([report.text for report in originals])
    names = {report.id: own for report, own in zip(originals, named, strict=True)}
    clues = [
        clues_of(
            report.id,
            launching_state(report.text, reading.claims),
            reading.claims,
            names[copy_of.get(report.id, report.id)],
            published=report.published,
        )
        for report, reading in read
    ]
    families: dict[str, list[Clues]] = {}
    for one in clues:
        families.setdefault(copy_of.get(one.id, one.id), []).append(one)
    followers: dict[str, list[Clues]] = {}
    for family in families.values():
        for group in _same_dated(family):
            followers[group[0].id] = group[1:]
    groups, unassigned = sort_reports([one for one in clues if one.id in followers], known)
    for members in (*(group.members for group in groups), unassigned):
        members += [_following(copy, joined) for joined in list(members) for copy in followers[joined.clues.id]]
    return groups, unassigned


def _same_dated(family: Sequence[Clues]) -> list[list[Clues]]:
    """Return copies in groups of one date, those without a whole date with the first group; dated ones lead."""
    days: dict[str, list[Clues]] = {}
    for one in family:
        if one.dated:
            days.setdefault(one.dated, []).append(one)
    undated = [one for one in family if not one.dated]
    groups = list(days.values()) or [[]]
    return [groups[0] + undated, *groups[1:]]


def _following(copy: Clues, joined: Joined) -> Joined:
    return Joined(copy, joined.probability, f"words of a report of this launch; {joined.reason}")
