"""Reports that are one wire text: outlets print an agency's words whole, cut, or under a headline of their own.

A text is known by its runs of five words (eight characters where words are not set apart). One in four runs is
kept, chosen by its own checksum, so that two texts keep the same ones; a text of 500 words keeps some 120. Texts
are taken longest first: each joins the text that holds half of its kept runs, or stands for itself. Two reports of
one launch by different hands share few of their runs; a copy cut to a third still shares all of its own.
"""

import re
from collections import Counter
from collections.abc import Sequence
from zlib import crc32

SHARED = 0.5
"""Least share of the shorter text's runs that a copy has in common with the longer."""

_WORDS, _CHARACTERS, _KEPT = 5, 8, 4
_FEWEST = 4  # runs: below it a text is a sentence that anybody may write
_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+")
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


def copies(texts: Sequence[str]) -> list[int]:
    """Return for each text the index of the longest text of which it is a copy; its own where it is none."""
    kept = [runs(text) for text in texts]
    first = list(range(len(texts)))
    holders: dict[int, list[int]] = {}
    for index in sorted(range(len(texts)), key=lambda i: (-len(kept[i]), i)):
        own = kept[index]
        if len(own) < _FEWEST:
            continue
        counted = Counter(holder for run in own for holder in holders.get(run, ()))
        holder, most = max(counted.items(), key=lambda item: (item[1], -item[0]), default=(index, 0))
        if most >= SHARED * len(own):
            first[index] = holder
        else:
            for run in own:
                holders.setdefault(run, []).append(index)
    return first


def runs(text: str) -> frozenset[int]:
    """Return the checksums of the kept runs of a text; all of them where it is short."""
    words = _TOKEN.findall(text.casefold())
    wide = sum(1 for word in words[:200] if _WIDE.match(word)) * 2 > len(words[:200])
    length = _CHARACTERS if wide else _WORDS
    found = {crc32(" ".join(words[k : k + length]).encode()) for k in range(len(words) - length + 1)}
    return frozenset(run for run in found if run % _KEPT == 0) if len(found) > 60 else frozenset(found)
