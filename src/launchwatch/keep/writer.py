"""Group commit: many callers, one connection, one wait for the disk for all that came in the meantime."""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from launchwatch.basis.errors import LogError
from launchwatch.facts import Head, Value
from launchwatch.keep.filing import Entry, entry_of
from launchwatch.keep.heads import HeadSigner
from launchwatch.keep.store import ChainedLog, Verified

LINGER_S = 0.002
"""Longest wait for company, s: a fifth of a slow disk's commit; more would only be added to every answer.

Nobody waits for more than came the last time: a lone caller's append is stored at once.
"""

ENOUGH = 50
"""Appends that close a group at once: by then the commit itself costs more than the disk's answer."""

MOST = 2000
"""Appends in one group at most, so that a flood does not make the first of it wait for the last."""


@dataclass
class _Job:
    """What one caller waits for."""

    entries: Sequence[Entry]
    cursors: Mapping[str, int]
    done: "Future[int]" = field(default_factory=Future)


class GroupWriter:
    """The one writer of a log, for any number of threads: what its futures hold is on the disk.

    State: the jobs that wait, how many were stored together last, the thread that owns the log between start and
    `close`, the head and cursors as they are on the disk, and which row was signed when. A group closes when as
    many appends wait as came last time, or `ENOUGH`, or `linger_s` after the first. Where a group cannot be
    stored, each of its appends is tried alone, so that one that is too large takes no other with it. With a
    `signer`, a head is signed at most every `signer.every_s` seconds and stored with the next group, or alone once
    nothing comes any more.
    """

    def __init__(
        self, open_: Callable[[], ChainedLog], *, signer: HeadSigner | None = None, linger_s: float = LINGER_S
    ) -> None:
        self._open, self._signer, self._linger_s = open_, signer, linger_s
        self._jobs: list[_Job] = []
        self._changed = threading.Condition()
        self._closed, self._enough = False, 1
        self._head = Verified(0, bytes(32))
        self._cursors: dict[str, int] = {}
        self._signed_seq, self._signed_s = -1, float("-inf")
        self._started: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name="log writer", daemon=True)
        self._thread.start()
        self._started.result()

    def __enter__(self) -> Self:
        """Return the writer."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def append(self, facts: Sequence[Value]) -> int:
        """Append facts that are not there already; return the head's number once they are on the disk."""
        return self.submit([entry_of(fact) for fact in facts]).result()

    def submit(self, entries: Sequence[Entry], cursors: Mapping[str, int] | None = None) -> "Future[int]":
        """Return a future of the head's number once entries and cursors are on the disk; LogError where not."""
        job = _Job(entries, cursors or {})
        with self._changed:
            if self._closed:
                raise LogError("the log's writer is closed")
            self._jobs.append(job)
            if len(self._jobs) == 1 or len(self._jobs) >= self._enough:
                self._changed.notify()
        return job.done

    def cursor(self, name: str) -> int:
        """Return how far the reader of this name has come; 0 where it never said."""
        return self._cursors.get(name, 0)

    @property
    def head(self) -> Verified:
        """Return the number of rows on the disk and the last one's hash."""
        return self._head

    def close(self) -> None:
        """Store what waits, and a last signed head, and let go of the log."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        try:
            log = self._open()
        except BaseException as error:  # noqa: BLE001 - it is raised in the thread that waits
            self._started.set_exception(error)
            return
        with log:
            self._head, self._cursors = log.head, log.cursors()
            self._started.set_result(None)
            while self._step(log):
                pass

    def _step(self, log: ChainedLog) -> bool:
        """Store one group; return whether there may be more."""
        jobs = self._group()
        if jobs or self._head_is_due():
            self._store(log, jobs)
        return bool(jobs) or not self._closed

    def _group(self) -> list[_Job]:
        with self._changed:
            if not self._jobs and not self._closed:
                self._changed.wait(self._signer.every_s if self._signer and self._is_unsigned() else None)
            if self._jobs and not self._closed:
                self._changed.wait_for(lambda: len(self._jobs) >= self._enough or self._closed, self._linger_s)
            jobs, self._jobs = self._jobs[:MOST], self._jobs[MOST:]
            self._enough = min(ENOUGH, max(1, len(jobs)))
        return [job for job in jobs if job.done.set_running_or_notify_cancel()]

    def _store(self, log: ChainedLog, jobs: Sequence[_Job]) -> None:
        head = self._next_head()
        signed = [] if head is None else [entry_of(head)]
        entries = [*signed, *(entry for job in jobs for entry in job.entries)]
        cursors = {name: seq for job in jobs for name, seq in job.cursors.items()}
        try:
            seq = log.commit(entries, once=True, cursors=cursors)
        except Exception as error:  # noqa: BLE001 - it is raised where the append waits; the writer goes on
            self._fail(log, jobs, error)
            return
        self._head = log.head
        self._cursors.update(cursors)
        if head is not None and self._signer is not None:
            self._signed_seq, self._signed_s = head.seq, self._signer.now()
        for job in jobs:
            job.done.set_result(seq)

    def _fail(self, log: ChainedLog, jobs: Sequence[_Job], error: Exception) -> None:
        if len(jobs) == 1:
            jobs[0].done.set_exception(error)
        else:
            for job in jobs:
                self._store(log, [job])

    def _is_unsigned(self) -> bool:
        """Return whether there are rows above the last signed one, beside the signed head itself."""
        return self._head.rows > self._signed_seq + 1

    def _head_is_due(self) -> bool:
        if self._signer is None or not self._is_unsigned():
            return False
        since_s = self._signer.now() - self._signed_s
        return (
            self._closed or not 0.0 <= since_s < self._signer.every_s
        )  # a clock that went back is no reason to wait

    def _next_head(self) -> Head | None:
        if self._signer is None or not self._head_is_due():
            return None
        return self._signer.sign(self._head.rows, self._head.head)
