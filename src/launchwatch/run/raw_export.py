"""A node's raw feeds out of its blobs: each feed's parts joined into one file that `launchwatch track` reads."""

import math
import re
from collections.abc import Iterator
from pathlib import Path

from launchwatch.basis.errors import InputError, LogError
from launchwatch.basis.instants import parse_instant
from launchwatch.facts import Evidence, Value
from launchwatch.feeds.pcap import CAPTURE_HEAD
from launchwatch.keep import open_log
from launchwatch.keep.blobs import Blobs
from launchwatch.run.node_settings import load_node_settings
from launchwatch.run.nodes import blobs_of, written_log_of


class RawFile(Value, frozen=True, kw_only=True):
    """One feed's parts in one file; `missing` are digests of parts that are gone or were changed."""

    origin: str
    file: str
    parts: int
    size_bytes: int
    missing: tuple[str, ...]


def export_raw(folder: Path, to: Path, from_s: float = -math.inf, until_s: float = math.inf) -> list[RawFile]:
    """Write what each live feed brought between two instants (Unix, s) into files of a folder, parts as a whole.

    Each part is checked against the hash that the log tells. InputError where a file is there already.
    """
    settings = load_node_settings(folder)
    blobs, by_origin = Blobs(blobs_of(folder, settings)), dict[str, list[Evidence]]()
    with open_log(written_log_of(folder, settings)) as log:
        for row in log.rows("evidence"):
            fact = row.fact()
            if isinstance(fact, Evidence) and fact.kind == "raw" and _came_between(fact, from_s, until_s):
                by_origin.setdefault(fact.origin, []).append(fact)
    try:
        to.mkdir(parents=True, exist_ok=True)
        return [_joined(to, origin, facts, blobs) for origin, facts in by_origin.items()]
    except FileExistsError as error:
        raise InputError(
            "this file exists", given=Path(str(error.filename)).name, try_="an empty folder"
        ) from None


def _came_between(fact: Evidence, from_s: float, until_s: float) -> bool:
    return parse_instant(fact.provenance.created_utc) >= from_s and parse_instant(fact.received_utc) <= until_s


def _joined(to: Path, origin: str, facts: list[Evidence], blobs: Blobs) -> RawFile:
    form = "pcap" if origin.startswith("udp") else "ndjson"
    path = to / f"{re.sub('[^A-Za-z0-9.]+', '-', origin).strip('-')}.{form}"
    missing: list[str] = []
    with path.open("xb") as file:
        if form == "pcap":
            file.write(CAPTURE_HEAD)
        for part in _parts(facts, blobs, missing):
            file.write(part.removeprefix(CAPTURE_HEAD))
        size = file.tell()
    parts = len(facts) - len(missing)
    return RawFile(origin=origin, file=path.name, parts=parts, size_bytes=size, missing=tuple(missing))


def _parts(facts: list[Evidence], blobs: Blobs, missing: list[str]) -> Iterator[bytes]:
    for fact in facts:
        try:
            part = blobs.get(fact.sha256)
        except LogError:
            missing.append(fact.sha256)
        else:
            yield part
