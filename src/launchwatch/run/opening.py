"""The name of a feed or of a recording to an open source of bytes."""

from pathlib import Path
from urllib.parse import urlsplit

from launchwatch.basis.errors import InputError, UnknownNameError
from launchwatch.basis.ids import content_id, sha256_hex
from launchwatch.facts import Evidence
from launchwatch.feeds.files import EvidenceFile, open_file
from launchwatch.feeds.inbox import Source
from launchwatch.feeds.pcap import datagrams
from launchwatch.feeds.streams import PieceSource, open_pipe, open_tcp, open_unix, replay_lines
from launchwatch.feeds.udp import open_udp
from launchwatch.run.clock import Clock
from launchwatch.run.context import Context


def open_source(source: str, context: Context, clock: Clock, *, one_by_one: bool) -> tuple[Source, Evidence, bool]:
    """Return a feed or a replay, the fact that opens it in the log, and whether it comes in datagrams.

    `source` is `-`, `tcp://HOST:PORT`, `unix:PATH`, `udp://HOST:PORT` or a recording's file, whose lines come
    `one_by_one` where each must wait for its time. Raises InputError and UnknownNameError.
    """
    feed = open_feed(source, clock)
    if feed is not None:
        return feed, feed_fact(feed.origin, context), source.startswith("udp:")
    found = open_file(Path(source))
    if isinstance(found, InputError):
        raise found
    replay, in_datagrams = open_replay(found, one_by_one=one_by_one)
    return replay, file_fact(found, context), in_datagrams


def open_replay(found: EvidenceFile, *, one_by_one: bool) -> tuple[Source, bool]:
    """Return a recording's file as a source, and whether it holds datagrams."""
    if found.form in ("asterix", "pcap"):
        handle = found.open()
        pieces = found.blocks() if found.form == "asterix" else datagrams(handle)
        return PieceSource(found.origin, pieces, handle.close), True
    if found.form == "parquet":
        raise InputError("a table is not replayed", given=found.origin, try_="launchwatch track")
    return replay_lines(found.open(), found.origin, one_by_one=one_by_one), False


def open_feed(source: str, clock: Clock) -> Source | None:
    """Return a feed that is connected or bound now; None for what is no feed but a file."""
    if source == "-":
        return open_pipe(clock.now)
    kind, _, rest = source.partition(":")
    if kind == "unix":
        return open_unix(Path(rest), clock.now)
    if "://" not in source:
        return None
    if kind not in ("tcp", "udp"):
        raise UnknownNameError("kind of feed", kind, ["-", "tcp", "udp", "unix", "FILE"])
    host, port = _address(source)
    return (open_tcp if kind == "tcp" else open_udp)(host, port, clock.now)


def _address(source: str) -> tuple[str, int]:
    try:
        parts = urlsplit(source)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or port is None:
        raise InputError("address of a feed", given=source, allowed="tcp://HOST:PORT or udp://HOST:PORT")
    return host, port


def feed_fact(origin: str, context: Context) -> Evidence:
    """Return the fact that opens a feed in the log."""
    return Evidence(
        id=content_id("evidence", context.run_id, origin),
        kind="feed",
        origin=origin,
        sha256=sha256_hex(b""),
        size_bytes=0,
        received_utc=context.as_of_utc,
        provenance=context.provenance("feeds.streams"),
    )


def file_fact(found: EvidenceFile, context: Context) -> Evidence:
    """Return the fact that opens a recording in the log."""
    return Evidence(
        id=content_id("evidence", found.sha256),
        kind="recording",
        origin=found.origin,
        sha256=found.sha256,
        size_bytes=found.size_bytes,
        received_utc=context.as_of_utc,
        provenance=context.provenance("feeds.files"),
    )
