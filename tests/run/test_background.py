"""Jobs beside the main thread come in their order, and what they raise is heard of."""

import threading

import pytest

from launchwatch.run.background import Background


def test_jobs_are_done_in_the_order_given():
    """A hundred jobs run one by one on one other thread, though few may wait."""
    done, where = [], set()

    def job(number):
        where.add(threading.get_ident())
        done.append(number)
        return number

    with Background(most_waiting=3) as back:
        futures = [back.give(job, number) for number in range(100)]
        back.wait()
        assert [future.result() for future in futures] == done == list(range(100))
    assert len(where) == 1
    assert threading.get_ident() not in where


def test_what_a_job_raised_is_raised_to_who_gives_or_waits():
    """A failed write of the log must end the watch."""

    def fail():
        raise OSError("disk full")

    with Background() as back:
        back.give(fail)
        with pytest.raises(OSError, match="disk full"):
            back.wait()
        back.give(fail).exception()
        with pytest.raises(OSError, match="disk full"):
            back.give(int)
