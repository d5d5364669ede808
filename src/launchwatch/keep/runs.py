"""Ids in runs: which part of a log may hold an id, answered from memory.

An id's key is a hash, so that in one index over the whole log every new one changes another page: among 10 million
each append writes some 4 kB for 26 bytes, and every checkpoint as many pages all over the file. Keys are therefore
filed by run, `RUN_ROWS` rows of the log each, and only the newest run's few hundred pages change. Whether an older
run holds a key is asked of its Bloom filter (Bloom 1970, doi:10.1145/362686.362692), and of the index only where
that says "perhaps".
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

RUN_ROWS = 65_536
"""Rows in one run: their keys fill some 700 pages, 3 MB, which stay in the cache. Shorter runs would make more
filters to ask, longer ones more pages to write."""

_KEY_BYTES = 16
_BITS = 16 * RUN_ROWS  # 16 a key: with 8 positions a filter is wrong about one new key in 1,700
_POSITIONS = 8  # the best, 16 ln 2 = 11, would look at a third more and be wrong about one in 2,200
_PART = 65_536  # positions packed at a time: half a megabyte for a moment, and not eight that stay
_SLICE_RUNS = 64  # one bit each of a 64-bit word: one look at a position asks 64 runs


def run_of(seq: int) -> int:
    """Return the run of a row, from 0."""
    return (seq - 1) // RUN_ROWS


class RunFilters:
    """Which runs may hold a key. State: for every 64 runs, the words of all positions, 8 MB for 4 million rows."""

    def __init__(self) -> None:
        self._slices: list[NDArray[np.uint64]] = []

    def add(self, run: int, keys: Sequence[bytes]) -> None:
        """Remember that a run holds keys of 16 bytes; what is no such key is left out."""
        at = _positions([key for key in keys if len(key) == _KEY_BYTES])
        self._words(run)[at] |= _bit(run)

    def candidates(self, keys: Sequence[bytes]) -> list[tuple[int, bytes]]:
        """Return the runs that may hold a key, each with the key: all that hold it, and a few that do not."""
        at = _positions(keys)
        found: list[tuple[int, bytes]] = []
        for number, words in enumerate(self._slices):
            held = np.bitwise_and.reduce(words[at], axis=1)
            for place in np.flatnonzero(held).tolist():
                runs = _bits_of(int(held[place]))
                found += [(_SLICE_RUNS * number + run, keys[place]) for run in runs]
        return found

    def packed(self, run: int) -> bytes:
        """Return a run's filter to be kept, 128 kB."""
        words, bit = self._words(run), _bit(run)
        parts = (words[at : at + _PART] & bit for at in range(0, _BITS, _PART))
        return b"".join(np.packbits(part != 0).tobytes() for part in parts)

    def load(self, run: int, packed: bytes) -> bool:
        """Take a run's filter as `packed` gave it; return False for what is none."""
        if len(packed) != _BITS // 8:
            return False
        bits = np.unpackbits(np.frombuffer(packed, np.uint8)).astype(np.uint64)
        words = self._words(run)
        words |= bits * _bit(run)  # all at once: four times as fast as bit by bit, and a long log has hundreds
        return True

    def is_within(self, run: int, packed: bytes) -> bool:
        """Return whether a filter as `packed` gave it finds all that this one finds of a run."""
        if len(packed) != _BITS // 8:
            return False
        kept = np.unpackbits(np.frombuffer(packed, np.uint8))
        return bool(np.all(kept[(self._words(run) & _bit(run)) != 0]))

    def _words(self, run: int) -> NDArray[np.uint64]:
        while len(self._slices) <= run // _SLICE_RUNS:
            self._slices.append(np.zeros(_BITS, np.uint64))
        return self._slices[run // _SLICE_RUNS]


def _positions(keys: Iterable[bytes]) -> NDArray[np.intp]:
    """Return each key's positions (n, 8), made of its two halves.

    Source: Kirsch & Mitzenmacher 2006, "Less hashing, same performance", doi:10.1007/11841036_42.
    """
    halves = np.frombuffer(b"".join(keys), "<u8").reshape(-1, 2)
    steps = np.arange(_POSITIONS, dtype=np.uint64)
    at = halves[:, :1] + steps * (halves[:, 1:] | np.uint64(1))
    return (at % np.uint64(_BITS)).astype(np.intp)


def _bit(run: int) -> np.uint64:
    return np.uint64(1 << run % _SLICE_RUNS)


def _bits_of(word: int) -> Iterator[int]:
    while word:
        lowest = word & -word
        yield lowest.bit_length() - 1
        word ^= lowest
