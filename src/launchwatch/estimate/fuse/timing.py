"""Clock times in claims: when it was launched, when it fell.

A launch's date is a civil day of Korea and Japan. A clock in any zone means the one instant of that day at which
it shows its time: 20:57 GMT on 29 August is 05:57 KST of that day, 28 August in UTC.
"""

import math
from collections import defaultdict
from collections.abc import Iterable
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
_DAY_S = 86400.0

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
class Timing:
    """What the clocks in claims say of launch and landing; None where nobody says it or the date is unknown.

    Clocks that contradict each other tell nothing of the flight's time, and the landing's nothing of the launch.
    """

    launch: Clock | None
    landing: Clock | None

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

    def flight_time_log_likelihood(self, flight_time_s: Array) -> Array:
        """Return the log likelihood (n,) of flight times (n,) given both clocks; zero where one is missing."""
        if self.launch is None or self.landing is None:
            return np.zeros(len(flight_time_s))
        apart = self.landing.time_s - self.launch.time_s
        sigma = math.hypot(self.launch.sigma_s, self.landing.sigma_s)
        if self.contradict:
            return np.zeros(len(flight_time_s))
        return np.asarray(-0.5 * np.square((flight_time_s - apart) / sigma))

    def launch_log_likelihood(self, launch_time_s: Array, flight_time_s: Array) -> Array:
        """Return the log likelihood (n,) of launch times (n,), Unix, with flight times (n,), s."""
        total = np.zeros(len(launch_time_s))
        if self.launch is not None:
            total -= 0.5 * np.square((launch_time_s - self.launch.time_s) / self.launch.sigma_s)
        if self.landing is not None and not self.contradict:
            off = launch_time_s + flight_time_s - self.landing.time_s
            total -= 0.5 * np.square(off / self.landing.sigma_s)
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
    launch, landing = _clock(kept, "launch_time", date), _clock(kept, "landing_time", date)
    if launch is not None and landing is not None:
        landing = replace(landing, time_s=_day_nearest(landing.time_s, launch.time_s))
    return Timing(launch, landing)


def civil_day(date: str, claim: Claim) -> str:
    """Return the civil day in Korea and Japan of an ISO date that stands in the zone of a launch time's claim.

    20:57 GMT of 28 August is in the 29th.
    """
    hours = _hours(claim)
    seconds = _clock_seconds(claim.value[0] if isinstance(claim.value, tuple) else claim.value)
    if hours is None or seconds is None:
        return date
    days = math.floor((seconds + 3600 * (_HOME - hours)) / _DAY_S)
    return (date_type.fromisoformat(date) + timedelta(days=days)).isoformat()


def clocks_apart_s(one: Clock, other: Clock) -> float:
    """Return how far apart two clocks are on a dial of 24 hours, s: 23:59 and 00:01 are 120 s apart."""
    return abs(math.remainder(one.time_s - other.time_s, _DAY_S))


def _day_nearest(time_s: float, reference_s: float) -> float:
    """Return a clock's time on the day that brings it within 12 hours of a reference."""
    return reference_s + math.remainder(time_s - reference_s, _DAY_S)


def _clock(claims: list[Claim], attribute: str, date: str | None) -> Clock | None:
    """Return the clocks of all offices joined by their precision; one office counts once."""
    offices: dict[str, list[tuple[float, float, str]]] = defaultdict(list)
    for claim in claims:
        instant = _instant(claim, date) if claim.attribute == attribute else None
        if instant is not None:
            offices[office_of(claim.source)].append((*instant, claim.id))
    if not offices:
        return None
    every = sorted(time for said in offices.values() for time, _, _ in said)
    middle = every[(len(every) - 1) // 2]
    rows = [
        (np.mean([_day_nearest(t, middle) for t, _, _ in said]), min(s for _, s, _ in said))
        for _, said in sorted(offices.items())
    ]
    times, sigmas = np.array(rows).T
    share = sigmas**-2 / np.sum(sigmas**-2)
    mean = float(share @ times)
    sigma = math.hypot(float(np.sum(sigmas**-2)) ** -0.5, float(np.sqrt(share @ np.square(times - mean))))
    ids = tuple(id_ for said in offices.values() for _, _, id_ in said)
    return Clock(mean, sigma, ids)


def _instant(claim: Claim, date: str | None) -> tuple[float, float] | None:
    if date is None or len(date) != 10:
        return None
    ends = claim.value if isinstance(claim.value, tuple) else (claim.value, claim.value)
    seconds = [s for end in ends[:2] if (s := _clock_seconds(end)) is not None]
    hours = _hours(claim)
    if len(seconds) != 2 or hours is None:
        return None
    midnight = parse_instant(f"{date}T00:00:00Z") - 3600 * _HOME
    first = (seconds[0] + 3600 * (_HOME - hours)) % _DAY_S
    length = (seconds[1] - seconds[0]) % _DAY_S
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
