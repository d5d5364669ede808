"""Drills: exercises end to end with real processes, and days on which a real system failed, replayed."""

from launchwatch.run.drill.histories import HistoryResult, histories, replay_history
from launchwatch.run.drill.holding import Held, Plan, hold_drill, known_drills
from launchwatch.run.drill.officers import Officers, Script
from launchwatch.run.drill.score import NodeScore, Score
from launchwatch.run.drill.told import Told

__all__ = [
    "Held",
    "HistoryResult",
    "NodeScore",
    "Officers",
    "Plan",
    "Score",
    "Script",
    "Told",
    "histories",
    "hold_drill",
    "known_drills",
    "replay_history",
]
