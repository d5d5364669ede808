"""Clock times in claims: when it was launched, when it fell.

A launch's date is a civil day of Korea and Japan. A clock in any zone means the one instant of that day at which
it shows its time: 20:57 GMT on 29 August is 05:57 KST of that day, 28 August in UTC.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date as date_type
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.instants import CLOCK_ZONES_H, parse_instant
from launchwatch.facts import Claim
from launchwatch.facts.speakers import office_of
from launchwatch.flight.limits import LONGEST_MIN

Array = NDArray[np.float64]

_HOME = 9.0
DAY_S = 86400.0

GROSS_CLOCK = 0.07
"""Probability that a clock is grossly wrong: another zone, another launch, a slip."""

_MINUTE_S = 40.0  # a minute's rounding, and clocks that differ
_CONTRADICTING = 3.0  # sigmas of both clocks beyond which rounding does not explain a landing before launch
_ABOUT_S = 75.0
_ABOUT_ROUND_S = 150.0  # "about 12:35" is said of 12:33 and of 12:37


@dataclass(frozen=True)
class Clock:
    """A Gaussian over one instant: Unix time, sigma (s), and the claims behind it."""

    time_s: float
    sigma_s: float
    claims: tuple[str, ...]


@dataclass(frozen=True)
class ClockWord:
    """One office's clock for launch or landing, with the claims that say it."""

    attribute: str
    office: str
    clock: Clock
    said: tuple[Claim, ...]


@dataclass(frozen=True)
class Timing:
    """What the clocks in claims say of launch and landing; None where nobody says it or the date is unknown.

    Of clocks that contradict each other the landing's tells nothing of the launch.
    `words` are the offices' own clocks of which the two are made.
    """

    launch: Clock | None
    landing: Clock | None
    words: tuple[ClockWord, ...] = ()

    @property
    def contradict(self) -> bool:
        """Tell whether the clocks leave no flight between them: landing before launch, or hours after it."""
        if self.launch is None or self.landing is None:
            return False
        apart = self.landing.time_s - self.launch.time_s
        slack = _CONTRADICTING * math.hypot(self.launch.sigma_s, self.landing.sigma_s)
        return not -slack < apart < 60 * LONGEST_MIN + slack

    @property
    def contradicting(self) -> dict[str, float]:
        """Return the ids of the clocks' claims with how far landing is after launch, s, where they contradict."""
        if self.launch is None or self.landing is None or not self.contradict:
            return {}
        apart = self.landing.time_s - self.launch.time_s
        return dict.fromkeys((*self.launch.claims, *self.landing.claims), apart)

    def flight_time_log_likelihood(self, flight_time_s: Array, gross: float = GROSS_CLOCK) -> Array:
        """Return the log likelihood (n,) of flight times (n,) given both clocks; zero where one is missing.

        Either clock is grossly wrong, by any hour of the day, with probability `gross`; then they tell nothing.
        """
        if self.launch is None or self.landing is None:
            return np.zeros(len(flight_time_s))
        apart = self.landing.time_s - self.launch.time_s
        sigma = math.hypot(self.launch.sigma_s, self.landing.sigma_s)
        right = (1 - gross) ** 2
        wrong = (1 - right) * sigma * math.sqrt(2 * math.pi) / DAY_S
        return np.asarray(np.log(right * np.exp(-0.5 * np.square((flight_time_s - apart) / sigma)) + wrong))

    def launch_log_likelihood(
        self, launch_time_s: Array, flight_time_s: Array, gross: float = GROSS_CLOCK
    ) -> Array:
        """Return the log likelihood (n,) of launch times (n,), Unix, with flight times (n,), s."""
        total = np.zeros(len(launch_time_s))
        for clock, times in ((self.launch, launch_time_s), (self.landing, launch_time_s + flight_time_s)):
            if clock is not None:
                right = np.exp(-0.5 * np.square((times - clock.time_s) / clock.sigma_s))
                wrong = clock.sigma_s * math.sqrt(2 * math.pi) / DAY_S
                total += np.log((1 - gross) * right + gross * wrong)
        return total

    def draw_launch(self, flight_time_s: Array, rng: np.random.Generator) -> Array:
        """Return launch times (n,), Unix, given flight times; NaN where no clock was told."""
        precision, weighted = np.zeros(len(flight_time_s)), np.zeros(len(flight_time_s))
        base = next((clock.time_s for clock in (self.launch, self.landing) if clock is not None), math.nan)
        if self.launch is not None:
            precision += self.launch.sigma_s**-2
            weighted += (self.launch.time_s - base) / self.launch.sigma_s**2
        if self.landing is not None and not self.contradict:
            precision += self.landing.sigma_s**-2
            weighted += (self.landing.time_s - flight_time_s - base) / self.landing.sigma_s**2
        noise = rng.normal(size=len(flight_time_s))
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(base + weighted / precision + noise / np.sqrt(precision))


def timing(claims: Iterable[Claim], date: str | None) -> Timing:
    """Return what clock claims say about one object launched on an ISO date in Korea's and Japan's civil time."""
    kept = [c for c in claims if c.about == "main" and c.polarity == "asserted" and c.condition is None]
    return joined([*_words(kept, "launch_time", date), *_words(kept, "landing_time", date)])


def joined(words: Iterable[ClockWord]) -> Timing:
    """Return what some offices' clocks say together."""
    kept = tuple(words)
    launch, landing = (
        _join([word for word in kept if word.attribute == name]) for name in ("launch_time", "landing_time")
    )
    if launch is not None and landing is not None:
        landing = replace(landing, time_s=_day_nearest(landing.time_s, launch.time_s))
    return Timing(launch, landing, kept)


def _words(claims: list[Claim], attribute: str, date: str | None) -> list[ClockWord]:
    """Return each office's own clock: the mean of what it said, as sure as the surest of it."""
    offices: dict[str, list[tuple[float, float, Claim]]] = defaultdict(list)
    for claim in claims:
        instant = _instant(claim, date) if claim.attribute == attribute else None
        if instant is not None:
            offices[office_of(claim.source)].append((*instant, claim))
    every = sorted(time for said in offices.values() for time, _, _ in said)
    middle = every[(len(every) - 1) // 2] if every else 0.0
    return [
        ClockWord(
            attribute,
            office,
            Clock(
                float(np.mean([_day_nearest(t, middle) for t, _, _ in said])),
                min(sigma for _, sigma, _ in said),
                tuple(claim.id for _, _, claim in said),
            ),
            tuple(claim for _, _, claim in said),
        )
        for office, said in sorted(offices.items())
    ]


def civil_day(date: str, claim: Claim) -> str:
    """Return the civil day in Korea and Japan of an ISO date that stands in the zone of a launch time's claim.

    20:57 GMT of 28 August is in the 29th.
    """
    hours = _hours(claim)
    seconds = _clock_seconds(claim.value[0] if isinstance(claim.value, tuple) else claim.value)
    if hours is None or seconds is None:
        return date
    days = math.floor((seconds + 3600 * (_HOME - hours)) / DAY_S)
    return (date_type.fromisoformat(date) + timedelta(days=days)).isoformat()


def clocks_apart_s(one: Clock, other: Clock) -> float:
    """Return how far apart two clocks are on a dial of 24 hours, s: 23:59 and 00:01 are 120 s apart."""
    return abs(math.remainder(one.time_s - other.time_s, DAY_S))


def _day_nearest(time_s: float, reference_s: float) -> float:
    """Return a clock's time on the day that brings it within 12 hours of a reference."""
    return reference_s + math.remainder(time_s - reference_s, DAY_S)


def _join(words: Sequence[ClockWord]) -> Clock | None:
    """Return offices' clocks joined by their precision; one office counts once."""
    if not words:
        return None
    every = sorted(word.clock.time_s for word in words)
    middle = every[(len(every) - 1) // 2]
    times = np.array([_day_nearest(word.clock.time_s, middle) for word in words])
    sigmas = np.array([word.clock.sigma_s for word in words])
    share = sigmas**-2 / np.sum(sigmas**-2)
    mean = float(share @ times)
    sigma = math.hypot(float(np.sum(sigmas**-2)) ** -0.5, float(np.sqrt(share @ np.square(times - mean))))
    return Clock(mean, sigma, tuple(id_ for word in words for id_ in word.clock.claims))


def _instant(claim: Claim, date: str | None) -> tuple[float, float] | None:
    if date is None or len(date) != 10:
        return None
    ends = claim.value if isinstance(claim.value, tuple) else (claim.value, claim.value)
    seconds = [s for end in ends[:2] if (s := _clock_seconds(end)) is not None]
    hours = _hours(claim)
    if len(seconds) != 2 or hours is None:
        return None
    midnight = parse_instant(f"{date}T00:00:00Z") - 3600 * _HOME
    first = (seconds[0] + 3600 * (_HOME - hours)) % DAY_S
    length = (seconds[1] - seconds[0]) % DAY_S
    return midnight + first + 0.5 * length, math.hypot(_sigma(claim), length / math.sqrt(12))


def _hours(claim: Claim) -> float | None:
    """Return how far ahead of UTC a claim's clock is, h; None in a zone that is not known."""
    return _HOME if claim.unit in (None, "local") else CLOCK_ZONES_H.get(str(claim.unit).upper())


def _sigma(claim: Claim) -> float:
    if claim.qualifier in (None, "exact", "range"):
        return _MINUTE_S
    return _ABOUT_ROUND_S if str(claim.value)[-1:] in "05" else _ABOUT_S


def _clock_seconds(value: object) -> float | None:
    hours, _, minutes = str(value).partition(":")
    if not (hours.isdigit() and minutes.isdigit()) or int(hours) > 24 or int(minutes) > 59:
        return None
    return 3600.0 * int(hours) + 60.0 * int(minutes)
