"""A node's track process without processes: a recording's lines to facts, at once."""

from launchwatch.facts import Label
from launchwatch.facts.labels import FieldLabels
from launchwatch.run.clock import SystemClock
from launchwatch.run.context import Settings, new_context
from launchwatch.run.feeding import open_feeds
from launchwatch.run.node_settings import FeedSettings
from launchwatch.run.tracking import NodeWatch
from launchwatch.run.watching import Terms

TERMS = Terms(every_s=1.0, posterior=False, keep=False, commit_s=0.02)
EVERYONE = FieldLabels.all(Label.of("KR", "US", "JP"))


def facts_of(lines, folder, as_of_utc="2026-01-15T00:59:00Z"):
    """Return the facts that a node's track process makes of a recording."""
    (folder / "plots.ndjson").write_bytes(b"".join(lines))
    context, facts = new_context(Settings(status="exercise"), as_of_utc=as_of_utc), []
    feeds = open_feeds(folder, (FeedSettings(source="plots.ndjson"),), context, SystemClock(), lambda *_: None)
    watch = NodeWatch(
        feeds, context, TERMS, SystemClock(), folder=folder, append=lambda more: facts.extend(more) or len(facts),
        stopped=lambda: feeds.over,
    )  # fmt: skip
    watch.run(feeds)
    return facts
