"""One thread beside the main one, which works off jobs in the order in which they were given."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_MOST_WAITING = 64


class Background:
    """Jobs done one by one on a thread of their own; what one raised is raised to who gives the next.

    State: the thread and the jobs not yet seen to be done, of which at most a few may wait. Jobs are given by one
    thread. Use as a context manager; leaving it waits for all.
    """

    def __init__(self, most_waiting: int = _MOST_WAITING) -> None:
        self._thread = ThreadPoolExecutor(1, "launchwatch-background")
        self._given: deque[Future[object]] = deque()
        self._most = most_waiting

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for the jobs that were given, and end the thread."""
        self._thread.shutdown(wait=True)

    def give(self, job: Callable[P, T], *args: P.args, **named: P.kwargs) -> Future[T]:
        """Have a job done after those given before; wait while too many are waiting."""
        while self._given and (self._given[0].done() or len(self._given) >= self._most):
            self._given.popleft().result()
        future = self._thread.submit(job, *args, **named)
        self._given.append(future)  # type: ignore[arg-type]
        return future

    def wait(self) -> None:
        """Wait until every job is done."""
        while self._given:
            self._given.popleft().result()
