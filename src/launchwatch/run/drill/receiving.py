"""What lies at the far end of a node's channels, judged by receivers of both realms, apart from the node's own."""

from dataclasses import dataclass

from launchwatch.channels.folders import FolderReceiver
from launchwatch.run.clock import SystemClock
from launchwatch.run.drill.nodes import DrillNode
from launchwatch.run.keys import load_trust
from launchwatch.tell.envelopes import Accepted, accept


@dataclass(frozen=True)
class Received:
    """How many messages a receiver of the exercise realm accepted or refused, and one of the live realm accepted."""

    accepted: int
    refused: int
    accepted_live: int


def received_by(node: DrillNode, now_utc: str) -> Received:
    """Return what a receiver at the end of every folder of a node's channels makes of all that lies there."""
    trust = load_trust(node.folder)
    counts = [0, 0, 0]
    for path in node.channel_folders().values():
        for one in FolderReceiver(path, SystemClock().now).poll():
            taken = isinstance(accept(one.content, one.envelope, trust, "exercise", now_utc), Accepted)
            counts[0 if taken else 1] += 1
            counts[2] += isinstance(accept(one.content, one.envelope, trust, "live", now_utc), Accepted)
    return Received(*counts)
