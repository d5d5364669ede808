"""Alarms that stand in a log: who raises alarms learns of its own when it starts, or nobody would clear them."""

from collections.abc import Iterable

from launchwatch.facts import Alarm
from launchwatch.run.ports import LoggedRow


def standing_alarms(rows: Iterable[LoggedRow], by: str = "") -> dict[tuple[str, str], Alarm]:
    """Return the alarms that were raised and not cleared, by what and name; `by` ends their author's name."""
    standing: dict[tuple[str, str], Alarm] = {}
    for row in rows:
        alarm = row.fact()
        if isinstance(alarm, Alarm) and alarm.provenance.author.endswith(by):
            if alarm.state == "raised":
                standing[alarm.what, alarm.name] = alarm
            else:
                standing.pop((alarm.what, alarm.name), None)
    return standing
