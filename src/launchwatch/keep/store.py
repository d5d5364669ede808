"""The port of an evidence log, and what its backends share: the chain, once-only appending, verification.

    row hash = SHA-256(previous hash | seq as 8 bytes, big end first | kind | 0x00 | body)

A chain cannot tell that its own end was cut off: a head kept elsewhere, or signed, can.
"""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from heapq import merge
from operator import attrgetter
from types import TracebackType
from typing import Protocol, Self

from launchwatch.basis.errors import BrokenChainError, LogError
from launchwatch.facts import Head, RunEnd, RunStart, Value, decode_fact
from launchwatch.keep.filing import Entry, entry_in_log, entry_of
from launchwatch.keep.heads import check_head
from launchwatch.keep.runs import RunFilters, run_of

GENESIS = bytes(32)
SCHEMA_VERSION = 4
PAGE_ROWS = 500  # rows fetched at once: no snapshot is held while they are used, and a page of scans is some MB


@dataclass(frozen=True)
class Row:
    """One fact as it stands in the log."""

    seq: int
    kind: str
    body: bytes
    hash: bytes

    def fact(self) -> Value:
        """Return the fact."""
        return decode_fact(self.kind, self.body)


@dataclass(frozen=True)
class Verified:
    """A chain that was checked from its first row to its head; `signed` is the last row under a signature."""

    rows: int
    head: bytes
    signatures: int = 0
    signed: int = 0


class EvidenceStore(Protocol):
    """An append-only log of facts, whatever keeps it. One thread at a time."""

    @property
    def name(self) -> str:
        """Return what to call it in messages: no password, no folder."""

    @property
    def head(self) -> Verified:
        """Return the number of rows and the last one's hash, unchecked."""

    def append(self, facts: Iterable[Value], *, once: bool = False) -> int:
        """Append facts in one durable transaction; return the head's number."""

    def commit(self, entries: Sequence[Entry], *, once: bool, cursors: Mapping[str, int]) -> int:
        """Append entries and set cursors in one durable transaction; return the head's number."""

    def rows(self, *kinds: str, after: int = 0, subject: str | None = None) -> Iterator[Row]:
        """Yield rows in order: of the given kinds or of all, about one subject or all, numbered above `after`."""

    def seq(self) -> int:
        """Return the newest row's number as it is now."""

    def version(self) -> int:
        """Return a number that changes whenever another connection has committed: cheap enough to ask often."""

    def cursor(self, name: str) -> int:
        """Return how far the reader of this name has come; 0 where it never said."""

    def cursors(self) -> dict[str, int]:
        """Return how far each reader has come."""

    def set_cursor(self, name: str, seq: int) -> None:
        """Keep how far a reader has come."""

    def verify(self, head: bytes | None = None, keys: Mapping[str, str] | None = None) -> Verified:
        """Check the chain, a kept head, and the signatures of heads by public keys (id to hex)."""

    def unfinished_runs(self) -> list[str]:
        """Return the ids of runs without an end."""

    def close(self) -> None:
        """Let go of it."""


def row_hash(previous: bytes, seq: int, kind: str, body: bytes) -> bytes:
    """Return the chained hash of one row."""
    return hashlib.sha256(previous + seq.to_bytes(8, "big") + kind.encode() + b"\0" + body).digest()


@dataclass(frozen=True)
class NewRow:
    """One row about to be stored."""

    seq: int
    hash: bytes
    entry: Entry


def keys_by_run(rows: Iterable[NewRow]) -> dict[int, list[bytes]]:
    """Return the ids of rows by the run that files them."""
    keys: dict[int, list[bytes]] = {}
    for row in rows:
        if row.entry.key is not None:
            keys.setdefault(run_of(row.seq), []).append(row.entry.key)
    return keys


class ChainedLog(ABC):
    """What all backends share.

    State: whether it may write, the last sequence number, the head's hash, and a writer's filters of the ids.
    """

    def __init__(self, name: str, *, writable: bool) -> None:
        self.name = name
        self.writable = writable
        self._seq, self._head = 0, GENESIS
        self._filters = RunFilters()

    def __enter__(self) -> Self:
        """Return the log."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the log."""
        self.close()

    def append(self, facts: Iterable[Value], *, once: bool = False) -> int:
        """Append facts in one durable transaction; return the head's sequence number.

        With `once`, a fact is skipped where one of its kind and id is there already (`filing.key_of`): whoever
        does not know whether it was acknowledged appends it again. Without, every fact is kept: a log may hold
        many runs over the same evidence.
        """
        return self.commit([entry_of(fact) for fact in facts], once=once)

    def commit(self, entries: Sequence[Entry], *, once: bool, cursors: Mapping[str, int] | None = None) -> int:
        """Append entries and set cursors in one durable transaction; return the head's sequence number.

        LogError where it could not be stored: nothing of it is in the log then, which stays usable; where the
        connection was lost in between, all of it may be, and appending once more with `once` settles it.
        """
        if not self.writable:
            raise LogError(f"{self.name} is open for reading only")
        self._ready()
        rows = self._chained(self._fresh(entries) if once else entries)
        if rows or cursors:
            self._store(rows, cursors or {})
        if rows:
            self._remember(rows)
        return self._seq

    def set_cursor(self, name: str, seq: int) -> None:
        """Keep how far a reader has come; cursors are no facts, and not in the chain."""
        self.commit([], once=True, cursors={name: seq})

    def cursor(self, name: str) -> int:
        """Return how far the reader of this name has come; 0 where it never said."""
        return self.cursors().get(name, 0)

    def rows(self, *kinds: str, after: int = 0, subject: str | None = None) -> Iterator[Row]:
        """Yield rows in order, of the given kinds or of all, with sequence numbers above `after`.

        With `subject` only those about it (`filing.subject_of`), through an index. Rows that are appended while
        this runs are left for the next call, so that none between two kinds is overtaken.
        """
        until = self.seq()
        if subject is not None:
            found = self._pages(None, subject, after, until)
            return (row for row in found if not kinds or row.kind in kinds)
        if len(kinds) > 1:
            return merge(*(self._pages(kind, None, after, until) for kind in kinds), key=attrgetter("seq"))
        return self._pages(kinds[0] if kinds else None, None, after, until)

    @property
    def head(self) -> Verified:
        """Return the number of rows and the last one's hash, unchecked."""
        return Verified(*((self._seq, self._head) if self.writable else self._last()))

    def verify(self, head: bytes | None = None, keys: Mapping[str, str] | None = None) -> Verified:
        """Check every row's hash and the unbroken run of numbers; BrokenChainError names the first bad row.

        A `head` that was kept from before must be among the hashes, else rows were cut off or replaced since.
        With `keys` (public keys in hexadecimal, by id) every signed head must be signed by one of them and fit its
        row. The index by id and subject must be what the facts say.
        """
        check = _Check(self, head, keys)
        for row in self.rows():
            check.take(row)
        return check.done()

    def unfinished_runs(self) -> list[str]:
        """Return the ids of runs without an end: they were broken off, or are still going on."""
        unfinished: list[str] = []
        begun: str | None = None
        for row in self.rows("run", "end"):
            fact = row.fact()
            if begun is not None and not isinstance(fact, RunEnd):
                unfinished.append(begun)
            begun = fact.id if isinstance(fact, RunStart) else None
        return unfinished if begun is None else [*unfinished, begun]

    def seq(self) -> int:
        """Return the newest row's number as it is now."""
        return self._seq if self.writable else self._last()[0]

    def _fresh(self, entries: Sequence[Entry]) -> list[Entry]:
        known: set[bytes | None] = {*self._known([entry.key for entry in entries if entry.key is not None])}
        fresh = []
        for entry in entries:
            if entry.key is None or entry.key not in known:
                fresh.append(entry)
                known.add(entry.key)
        return fresh

    def _known(self, keys: Sequence[bytes]) -> set[bytes]:
        """Return which ids are in the log already."""
        perhaps = self._filters.candidates(keys)
        return self._among(perhaps) if perhaps else set()

    def _remember(self, rows: Sequence[NewRow]) -> None:
        """Take stored rows into the head and the filters; a run that ended keeps its filter."""
        newest = run_of(self._seq + 1)
        for run, keys in keys_by_run(rows).items():
            self._filters.add(run, keys)
        self._seq, self._head = rows[-1].seq, rows[-1].hash
        with suppress(LogError):  # the rows are stored; a filter that is not is made anew by the next writer
            for run in range(newest, run_of(self._seq + 1)):
                self._keep_filter(run, self._filters.packed(run))

    def _load_filters(self) -> None:
        """Fill the filters from what is kept, and from the index where none is: for the newest run always."""
        self._filters = RunFilters()
        newest = run_of(self._seq + 1)
        kept = {run for run, packed in self.kept_filters(newest) if self._filters.load(run, packed)}
        for run in range(newest + 1):
            if run not in kept:
                self._filters.add(run, self._keys_of(run))
                if run < newest:
                    self._keep_filter(run, self._filters.packed(run))

    def _chained(self, entries: Sequence[Entry]) -> list[NewRow]:
        rows, seq, head = [], self._seq, self._head
        for entry in entries:
            seq += 1
            head = row_hash(head, seq, entry.kind, entry.body)
            rows.append(NewRow(seq, head, entry))
        return rows

    def _pages(self, kind: str | None, subject: str | None, after: int, until: int) -> Iterator[Row]:
        while after < until:
            page = self._page(kind, subject, after, until)
            yield from page
            if len(page) < PAGE_ROWS:
                return
            after = page[-1].seq

    @abstractmethod
    def close(self) -> None:
        """Close the connection and let another writer in."""

    @abstractmethod
    def reindex(self) -> None:
        """Make the index by id and subject anew from the facts; LogError where it cannot be stored."""

    @abstractmethod
    def cursors(self) -> dict[str, int]:
        """Return how far each reader has come."""

    @abstractmethod
    def version(self) -> int:
        """Return a number that changes whenever another connection has committed."""

    @abstractmethod
    def hash_at(self, seq: int) -> bytes | None:
        """Return the hash of one row."""

    @abstractmethod
    def filed(self, until: int) -> tuple[int, int] | None:
        """Return how many ids and subjects are filed for rows up to `until`; None in a log without an index."""

    @abstractmethod
    def is_filed(self, entry: Entry, seq: int) -> tuple[int | None, bool]:
        """Return under which row of this row's run an entry's id is filed, and whether its subject is with it."""

    @abstractmethod
    def _ready(self) -> None:
        """Make sure that the connection stands before something is written."""

    @abstractmethod
    def _among(self, perhaps: Sequence[tuple[int, bytes]]) -> set[bytes]:
        """Return which of the ids, each with a run that may hold it, are in the log already."""

    @abstractmethod
    def _keys_of(self, run: int) -> list[bytes]:
        """Return the ids that are filed for one run."""

    @abstractmethod
    def kept_filters(self, before: int) -> Iterable[tuple[int, bytes]]:
        """Return the filters that are kept of runs before one, with their runs; none in a log before version 4."""

    @abstractmethod
    def _keep_filter(self, run: int, packed: bytes) -> None:
        """Keep the filter of a run that has ended; LogError where it cannot be stored."""

    @abstractmethod
    def _store(self, rows: Sequence[NewRow], cursors: Mapping[str, int]) -> None:
        """Store rows with their filing, and cursors, in one durable transaction; LogError where it fails."""

    @abstractmethod
    def _last(self) -> tuple[int, bytes]:
        """Return the newest row's number and hash as they are now."""

    @abstractmethod
    def _page(self, kind: str | None, subject: str | None, after: int, until: int) -> list[Row]:
        """Return up to `PAGE_ROWS` rows in order with numbers in (`after`, `until`]."""


class _Check:
    """The state of one verification: the chain so far, the kept head, signatures and filing counted."""

    def __init__(self, log: ChainedLog, wanted: bytes | None, keys: Mapping[str, str] | None) -> None:
        self.log, self.wanted, self.keys = log, wanted, keys
        self.rows, self.head, self.found = 0, GENESIS, False
        self.signatures = self.signed = self.ids = self.subjects = 0
        self.is_filed = log.filed(0) is not None
        self.filters, self.keys_of_run = RunFilters(), list[bytes]()

    def take(self, row: Row) -> None:
        self.rows += 1
        if row.seq != self.rows:
            raise BrokenChainError(self.rows, f"missing; the next row is {row.seq}")
        self.head = row_hash(self.head, row.seq, row.kind, row.body)
        if self.head != row.hash:
            raise BrokenChainError(row.seq, "its hash does not follow from its content and the row before")
        self.found = self.found or self.head == self.wanted
        if self.is_filed or row.kind == "head":
            self._entry(row, entry_in_log(row.kind, row.body))
        if run_of(row.seq + 1) != run_of(row.seq):
            self._run_ends(run_of(row.seq))

    def _run_ends(self, run: int) -> None:
        self.filters.add(run, self.keys_of_run)
        self.keys_of_run = []

    def _entry(self, row: Row, entry: Entry) -> None:
        if isinstance(entry.fact, Head) and self.keys is not None:
            self._signature(row, entry.fact, self.keys)
        if not self.is_filed:
            return
        first, is_found = self.log.is_filed(entry, row.seq)
        if (entry.key is not None and (first is None or first > row.seq)) or not is_found:
            raise LogError(_misfiled(self.log.name, row.seq))
        if first == row.seq and entry.key is not None:
            self.ids += 1
            self.keys_of_run.append(entry.key)
        self.subjects += entry.subject is not None

    def _signature(self, row: Row, head: Head, keys: Mapping[str, str]) -> None:
        digest = self.log.hash_at(head.seq)
        if head.seq >= row.seq or digest is None or digest.hex() != head.hash:
            raise BrokenChainError(row.seq, f"a signed head of row {head.seq} that is not that row's hash")
        reason = check_head(head, keys)
        if reason is not None:
            raise BrokenChainError(row.seq, reason)
        self.signatures += 1
        self.signed = head.seq

    def done(self) -> Verified:
        verified = Verified(self.rows, self.head, self.signatures, self.signed)
        if self.wanted is not None and not self.found:
            raise LogError(
                f"{self.log.name} does not hold the head {self.wanted.hex()}: rows were cut off or replaced "
                f"since, or it is another log's; its {verified.rows} rows end in {verified.head.hex()}"
            )
        kept = self.log.kept_filters(run_of(self.rows + 1)) if self.is_filed else ()
        if self.is_filed and self.log.filed(self.rows) != (self.ids, self.subjects):
            raise LogError(_misfiled(self.log.name, self.rows))
        for run, packed in kept:
            if not self.filters.is_within(run, packed):
                raise LogError(_misfiled(self.log.name, self.rows))
        return verified


def _misfiled(name: str, seq: int) -> str:
    return (
        f"{name} has whole rows, but its index of ids and subjects is not what they say (seen at row {seq}); "
        "`launchwatch log reindex LOG` makes it anew"
    )
