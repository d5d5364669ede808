"""Quotations of several sentences, whose speaker is told once: before the first or after the last of them.

"It was fired from Jawf. No injuries were reported," the army said.
"The ascent was normal," the ministry said. "It fell near the coast."
"""

from launchwatch.observe.read.attach import Told
from launchwatch.observe.read.offices import Memory
from launchwatch.observe.read.pieces import Frame, Sentence

_LONGEST = 6  # sentences; a quotation that runs on longer was never closed
_OUTLET = ("outlet",)


class Quotation:
    """Gives what the sentences of a quotation tell to its speaker.

    State: all that was told so far, whether a quotation is open and since when, and what
    its sentences told without a speaker. One report, one thread.
    """

    def __init__(self, told: list[Told]) -> None:
        self.inside = False
        self._told = told
        self._open = False
        self._first = 0
        self._sentences = 0
        self._waiting: list[int] = []

    def enter(self, sentence: Sentence) -> None:
        """Begin a sentence, before what it tells is added."""
        if sentence.text.startswith('"'):
            self._open = False
        self.inside = self._open or sentence.text.startswith('"')
        self._first = len(self._told)

    def leave(self, sentence: Sentence, framed: list[Frame], memory: Memory) -> None:
        """End a sentence: who speaks after it has spoken the sentences before, who spoke last speaks on."""
        if (
            self.inside
            and framed
            and self._waiting
            and framed[0].start == 0
            and framed[0].tail <= len(sentence.text)
        ):
            self._give(self._waiting, framed[0].sources)
        if self.inside and not framed:
            told = list(range(self._first, len(self._told)))
            self._waiting += told
            self._give(told, memory.last or _OUTLET)
        if sentence.text.count('"') % 2:
            self._open = not self._open
            self._sentences = 0
        self._sentences += 1
        if not self._open or self._sentences > _LONGEST:
            self._open, self._waiting = False, []

    def _give(self, places: list[int], sources: tuple[str, ...]) -> None:
        for index in places:
            if self._told[index].about == "main":
                self._told[index] = self._told[index]._replace(sources=sources)
