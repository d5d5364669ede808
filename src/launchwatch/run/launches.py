"""Readings to launches: which reports tell of one launch.

Apart from `reading`, since places are weighed by zones, which take a second to load.
"""

from collections.abc import Mapping, Sequence

from launchwatch.estimate.fuse.sorting import clues_of, sort_reports
from launchwatch.facts import Reading, Report
from launchwatch.observe.clues import distinctive_names, launching_state


def launches_of(read: Sequence[tuple[Report, Reading]], copy_of: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """Return launches as titles with the ids of their reports; reports that tell of none come last.

    One copy of each wire text is sorted, and the others go where it goes.
    """
    copied: dict[str, list[str]] = {}
    for report, _ in read:
        copied.setdefault(copy_of.get(report.id, report.id), []).append(report.id)
    own = [(report, reading) for report, reading in read if report.id in copied]
    clues = [
        clues_of(report.id, launching_state(report.text), reading.claims, names, published=report.published)
        for (report, reading), names in zip(own, distinctive_names([r.text for r, _ in own]), strict=True)
    ]
    groups, unassigned = sort_reports(clues)
    order = {report.id: k for k, (report, _) in enumerate(read)}
    found = [
        (_title(group.country, group.date), [id_ for m in group.members for id_ in copied[m.clues.id]])
        for group in groups
    ]
    left = [id_ for joined in unassigned for id_ in copied[joined.clues.id]]
    found += [("Reports that could be given to no launch", left)] if left else []
    return [(title, sorted(ids, key=order.__getitem__)) for title, ids in found]


def _title(country: str | None, date: str | None) -> str:
    return f"Launch by {country or 'a state not told'}, {date or 'of no date told'}"
