"""One flight's posterior: from claims alone by tempered SMC over the flight core, or claims upon a track."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.errors import NoEvidenceError
from launchwatch.bayes.sampling import effective_sample_size
from launchwatch.bayes.smc import Population, Target, temper
from launchwatch.estimate.fuse.areas import claimed_area
from launchwatch.estimate.fuse.cruising import Cruising
from launchwatch.estimate.fuse.evidence import (
    CLOCKS,
    FEWEST_EFFECTIVE,
    ISLANDS,
    WAYPOINT,
    Answer,
    Evidence,
    Pool,
    diagnose,
)
from launchwatch.estimate.fuse.kinds import joined, negligible, prior_log_odds
from launchwatch.estimate.fuse.likelihood import Observation, observe
from launchwatch.estimate.fuse.prior import (
    EAST,
    NORTH,
    PRIORS,
    log_latent_prior,
    to_rows,
)
from launchwatch.estimate.fuse.proposing import Proposal
from launchwatch.estimate.fuse.tables import Tables, tabulate
from launchwatch.estimate.fuse.timing import Timing, timing
from launchwatch.estimate.track.launch import burnout_of
from launchwatch.facts import Claim, Diagnostics, FlightSamples
from launchwatch.flight import parameters as prm
from launchwatch.flight.classes import CRUISE, class_by_energy
from launchwatch.flight.limits import impossible
from launchwatch.flight.propagation import (
    BURNOUT_TIME,
    IMPACT,
    IMPACT_STATE,
    IMPACT_TIME,
    MAX_HEIGHT,
    PULL_UP_TIME,
    STATUS,
    fly_batch,
)
from launchwatch.geo.areas import PlaceArea
from launchwatch.geo.ellipsoid import ecef_from_geodetic, geodetic_from_ecef
from launchwatch.geo.geodesic import distance_and_azimuth
from launchwatch.geo.places import resolve_place, sample_area

Array = NDArray[np.float64]

PARTICLES = 8000
_PRIOR_DRAWS_PER_PARTICLE = 8
_EMULATED_PER_PARTICLE = 3
_PILOTS = 40_000
_PLACES = 64  # of the launch area, from which azimuths are tried
_EMULATED_MOVES = 8
_FLOWN_MOVES = 2
_TOLERANCE_M = 30.0  # impact errors of some hundred metres: a hundredth of any claim's own error
_IMPOSSIBLE = -1e10
_EFFORTS = (1, 3)
"""Particles over those asked for: a run that does not converge is tried once more with three times as many."""


@dataclass(frozen=True)
class Run:
    """Particles over emulated flights, then over flown ones, in `ISLANDS` equal parts."""

    emulated: Population
    flown: Population


@dataclass(frozen=True)
class Posterior:
    """Samples of one flight with what they were made from and how it went.

    `prior_claim` is the id of the claim whose launch area the flights were drawn from.
    """

    samples: FlightSamples
    observations: tuple[Observation, ...]
    timing: Timing
    diagnostics: Diagnostics
    basis: str
    pool: Pool
    tracks: tuple[str, ...] = ()
    prior_claim: str | None = None

    @property
    def informed_by(self) -> tuple[str, ...]:
        """Return the ids of everything that entered, tracks first."""
        ids = [claim.id for observation in self.observations for claim in observation.claims]
        clocks = [clock for clock in (self.timing.launch, self.timing.landing) if clock is not None]
        return (*self.tracks, *dict.fromkeys([*ids, *(id_ for clock in clocks for id_ in clock.claims)]))

    @property
    def may_cruise(self) -> bool:
        """Tell whether a cruise flight was possible: without any one claim it is weighed again only then."""
        return bool((self.pool.samples.class_index == CRUISE).any())

    @property
    def trace(self) -> dict[str, tuple[str, ...]]:
        """Return for each quantity of the flight the ids that speak of it directly."""
        direct: dict[str, list[str]] = {name: list(self.tracks) for name in _SPOKEN}
        for observation in self.observations:
            for name, attributes in _SPOKEN.items():
                if observation.attribute in attributes:
                    direct[name] += [claim.id for claim in observation.claims]
        if self.timing.launch is not None:
            direct["launch_time"] += self.timing.launch.claims
        if self.timing.landing is not None:
            direct["impact_time"] += self.timing.landing.claims
        return {name: tuple(dict.fromkeys(ids)) for name, ids in direct.items()}


_SPOKEN: dict[str, tuple[str, ...]] = {
    "launch": ("launch_area",),
    "launch_time": (),
    "azimuth_deg": ("direction",),
    "range_km": ("range_km",),
    "apogee_km": ("apogee_km",),
    "flight_time_s": ("flight_time_min",),
    "burnout": ("speed_mach",),
    "class": ("missile_class", "trajectory"),
    "impact": ("impact_area", "eez"),
    "impact_time": (),
}


def launch_prior(claims: Iterable[Claim], country: str | None) -> tuple[PlaceArea, str | None]:
    """Return the smallest area that a launch-area claim names, and that claim's id; else the whole country.

    Raises NoEvidenceError where neither is known: a flight from anywhere says nothing.
    """
    areas = [
        (area, claim.id)
        for claim in claims
        if claim.attribute == "launch_area" and claim.about == "main" and claim.polarity == "asserted"
        if (area := claimed_area(claim, country)) is not None
    ]
    if areas:
        return min(areas, key=lambda pair: (pair[0].radius_km, pair[1]))
    whole = resolve_place(country) if country else None
    if whole is None:
        raise NoEvidenceError("nothing tells where the launch was", try_="a report that names a place or country")
    return whole, None


def from_claims(
    claims: Sequence[Claim],
    *,
    country: str | None,
    date: str | None,
    rng: np.random.Generator,
    particles: int = PARTICLES,
    retries: int = 1,
    area: PlaceArea | None = None,
    cruise: bool = True,
) -> Posterior:
    """Return the posterior of one object's flight from claims alone.

    `area` is where the launch was, if that is known apart from the claims; else they tell it (`launch_prior`). A
    run that does not converge is repeated with three times as many particles, at most `retries` times (0 or 1).
    Where a cruise flight is not much less probable than a ballistic one, flights of both kinds are its samples,
    as often as each is probable; `cruise` is False where it is known to be none. Raises NoEvidenceError where the
    claims tell nothing of a flight, and for a space launch of which nothing says that it came down.
    """
    _refuse_rockets(claims)
    area, prior_claim = launch_prior(claims, country) if area is None else (area, None)
    observations = observe(claims, country=country)
    _refuse_orbits(claims, area)
    if not any(o.attribute in _MEASURING for o in observations):
        raise NoEvidenceError(
            "no claim tells how far, how high, how long or where to the object flew" + _impossible_ones(claims),
            given=_attributes(claims),
        )
    weighed = [o for o in observations if prior_claim not in {claim.id for claim in o.claims}]
    clocks = timing(claims, date)
    (own,) = rng.spawn(1)  # leaves the ballistic draws as they are
    cruising, prior = Cruising(area, weighed, clocks), prior_log_odds(claims)
    fit = prior + cruising.log_evidence(own) if cruise else -math.inf
    found = _Ballistic(area, weighed, clocks).answer(
        rng, particles, retries, lambda other: negligible(other - fit)
    )
    if not negligible(fit - found.log_evidence):
        found = joined(found, cruising.answer(own, len(found.samples)), prior, own)
    return Posterior(
        found.samples,
        tuple(observations),
        clocks,
        found.diagnostics,
        "claims",
        found.pool,
        prior_claim=prior_claim,
    )


_MEASURING = frozenset(
    {"range_km", "apogee_km", "flight_time_min", "impact_area", "eez", "speed_mach", "missile_class"}
)


def _impossible_ones(claims: Sequence[Claim]) -> str:
    reasons = [
        f"{claim.quote!r}: {reason}"
        for claim in claims
        if (reason := impossible(claim.attribute, claim.value, claim.qualifier)) is not None
    ]
    return f", but for impossible figures ({'; '.join(reasons[:3])})" if reasons else ""


def _attributes(claims: Sequence[Claim]) -> str:
    return ", ".join(sorted({claim.attribute for claim in claims})) or "no claims"


def _mostly_said(claims: Sequence[Claim], kind: str) -> bool:
    """Tell whether a class is at least half of what is said of the launch's class."""
    said = [
        c.value == kind
        for c in claims
        if c.attribute == "missile_class" and c.about == "main" and c.polarity == "asserted"
    ]
    return any(said) and sum(said) * 2 >= len(said)


def _refuse_rockets(claims: Sequence[Claim]) -> None:
    if _mostly_said(claims, "artillery-rocket"):
        raise NoEvidenceError("the claims describe an artillery rocket, which the model does not cover")


def _refuse_orbits(claims: Sequence[Claim], area: PlaceArea) -> None:
    """Raise NoEvidenceError for a space launch of which nothing says that and where it came down."""
    if not _mostly_said(claims, "SLV"):
        return
    own = [c for c in claims if c.about == "main" and c.condition is None and c.polarity == "asserted"]
    outcomes = {c.value for c in own if c.attribute == "outcome"}
    failed = bool(outcomes & {"failure", "partial"})
    fell = _FALLING | {"apogee_km"} if failed else _FALLING
    if "success" in outcomes and not failed:
        reason = "a space launch said to have succeeded: what reaches orbit does not come down"
    elif any(c.attribute in fell for c in own):
        return
    elif failed:
        reason = (
            "a space launch that failed, but nothing says how far, how high or how long it flew or where it fell"
        )
    else:
        reason = "a space launch: nothing says that it came down"
    toward = ", ".join(dict.fromkeys(str(c.value) for c in own if c.attribute == "direction"))
    told = f"; launched from {area.name}" + (f", heading {toward}" if toward else "")
    raise NoEvidenceError(reason + told)


_FALLING = frozenset({"range_km", "flight_time_min", "impact_area", "eez"})


@dataclass(frozen=True)
class _Ballistic(Evidence):
    """One flight's evidence upon the prior: emulated to find where the posterior lies, flown to be it."""

    def answer(
        self, rng: np.random.Generator, particles: int, retries: int, hopeless: Callable[[float], bool]
    ) -> Answer:
        """Return the posterior under this model, tried again where it does not converge.

        That is spared where the evidence found makes this model `hopeless`. Raises NoEvidenceError where no flight
        comes down as told.
        """
        for effort in _EFFORTS[: retries + 1]:
            run = self.sample(rng, effort * particles)
            drawn = self.samples(run.flown.payload, rng)
            reached = run.emulated.temperature >= 1.0 and run.flown.temperature >= 1.0
            diagnostics = diagnose(drawn, reached=reached, stages=run.emulated.stages + run.flown.stages)
            log_evidence = run.emulated.log_evidence + run.flown.log_evidence
            if diagnostics.converged or hopeless(log_evidence):
                break
        return Answer(drawn, self.pool(run, rng), diagnostics, log_evidence)

    def sample(self, rng: np.random.Generator, particles: int) -> Run:
        """Return draws from the posterior: tempered over emulated flights, then carried over to flown ones."""
        x, group, log_weight = self.draw(rng, particles * _PRIOR_DRAWS_PER_PARTICLE)
        found = temper(
            x, group, Target(self.log_prior, self.emulated), rng, particles=particles * _EMULATED_PER_PARTICLE,
            islands=ISLANDS, moves=_EMULATED_MOVES, waypoint=WAYPOINT, order=_first, log_weight=log_weight,
        )  # fmt: skip
        settled = temper(
            found.x, found.group, Target(self.log_emulated, self.difference), rng, particles=particles,
            islands=ISLANDS, moves=_FLOWN_MOVES, order=_ground_range,
        )  # fmt: skip
        return Run(found, settled)

    def draw(self, rng: np.random.Generator, n: int) -> tuple[Array, NDArray[np.int64], Array]:
        """Return draws dealt to the islands, and the log weights that make them draws from the prior."""
        pilot = Proposal.of(self.tables, self.center_rad, _PILOTS, rng)
        lat, lon = sample_area(self.area, n, rng)
        found = pilot.draw(
            np.column_stack(self.offsets(lat, lon)), self.tables.directions(lat[:_PLACES], lon[:_PLACES]), rng
        )
        return found.x, found.group, found.log_weight

    def log_prior(self, x: Array, group: NDArray[np.int64]) -> Array:
        lat, lon = self.places(x[:, NORTH], x[:, EAST])
        return _LOG_SHARE[group] + log_latent_prior(x) + self.place(np.degrees(lat), np.degrees(lon))

    @cached_property
    def tables(self) -> Tables:
        return tabulate(self.observations, self.clocks.flight_time_log_likelihood)

    def emulated(self, x: Array, group: NDArray[np.int64]) -> tuple[Array, Array]:
        """Return log likelihoods (n,) of emulated flights, and their ranges (n, 1)."""
        total, range_m = self.tables.log_likelihood(to_rows(x, group, self.center_rad), group)
        return total, range_m[:, None]

    def log_emulated(self, x: Array, group: NDArray[np.int64]) -> Array:
        return self.log_prior(x, group) + self.emulated(x, group)[0]

    def difference(self, x: Array, group: NDArray[np.int64]) -> tuple[Array, Array]:
        """Return by how much flown flights are likelier than emulated ones (n,), and rows with outcomes."""
        rows = to_rows(x, group, self.center_rad)
        outcomes = fly_batch(rows, tolerance_m=_TOLERANCE_M)
        fell = _fell(outcomes)
        total = np.full(len(x), _IMPOSSIBLE)
        if fell.any():
            total[fell] = (
                self.log_likelihood(flown(rows[fell], outcomes[fell])) - self.emulated(x[fell], group[fell])[0]
            )
        return total, np.hstack([rows, outcomes])

    def samples(self, payload: Array, rng: np.random.Generator) -> FlightSamples:
        rows = np.ascontiguousarray(payload[:, : prm.COUNT])
        outcomes = np.ascontiguousarray(payload[:, prm.COUNT :])
        fell = _fell(outcomes)
        if not fell.any():
            raise NoEvidenceError("no flight of the model comes down where the claims say")
        samples = flown(rows[fell], outcomes[fell])
        return replace(samples, launch_time_s=self.clocks.draw_launch(samples.flight_time_s, rng))

    def pool(self, run: Run, rng: np.random.Generator) -> Pool:
        """Return particles on the way, flown: broad enough to leave any one observation out."""
        way = run.emulated.waypoint
        at = rng.choice(len(way.x), min(len(way.x), len(run.flown.x)), replace=False)
        x, group = way.x[at], way.group[at]
        rows = to_rows(x, group, self.center_rad)
        outcomes = fly_batch(rows, tolerance_m=_TOLERANCE_M)
        fell = _fell(outcomes)
        own = self.samples(np.hstack([rows, outcomes]), rng)
        return Pool(own, -way.temperature * self.emulated(x[fell], group[fell])[0], self.parts(own))


def _first(payload: Array) -> Array:
    return payload[:, 0]


_LOG_SHARE = np.log([prior.share for prior in PRIORS.values()])


def _fell(outcomes: Array) -> NDArray[np.bool_]:
    """Return which flights came down with their motors burnt out: one that strikes the ground burning is none."""
    return np.asarray((outcomes[:, STATUS] == IMPACT) & np.isfinite(outcomes[:, BURNOUT_TIME]))


def _ground_range(payload: Array) -> Array:
    """Return a quantity that rises with the flights' ranges (n,): the chord from launch to impact, m."""
    start = ecef_from_geodetic(payload[:, prm.LAT], payload[:, prm.LON], np.zeros(len(payload)))
    end = payload[:, prm.COUNT + IMPACT_STATE : prm.COUNT + IMPACT_STATE + 3]
    return np.asarray(np.nan_to_num(np.linalg.norm(end - start, axis=1)))


def flown(rows: Array, outcomes: Array) -> FlightSamples:
    """Return equally weighted samples of flights that came down, from their rows and outcomes."""
    impact = geodetic_from_ecef(np.ascontiguousarray(outcomes[:, IMPACT_STATE : IMPACT_STATE + 3]))
    range_m, azimuth = distance_and_azimuth(rows[:, prm.LAT], rows[:, prm.LON], impact[:, 0], impact[:, 1])
    burnout = burnout_of(outcomes)
    n = len(rows)
    return FlightSamples(
        launch_lat_rad=rows[:, prm.LAT],
        launch_lon_rad=rows[:, prm.LON],
        launch_time_s=np.full(n, np.nan),
        azimuth_rad=azimuth,
        burnout_time_s=burnout[:, 0],
        burnout_speed_m_s=burnout[:, 1],
        burnout_angle_rad=burnout[:, 2],
        burnout_height_m=burnout[:, 3],
        apogee_m=outcomes[:, MAX_HEIGHT],
        range_m=range_m,
        flight_time_s=outcomes[:, IMPACT_TIME],
        impact_lat_rad=impact[:, 0],
        impact_lon_rad=impact[:, 1],
        class_index=class_by_energy(burnout[:, 1], burnout[:, 3], np.isfinite(outcomes[:, PULL_UP_TIME])),
        weight=np.full(n, 1 / n),
        path_parameters=rows,
    )


def upon_track(
    tracked: FlightSamples, track: str, claims: Sequence[Claim], *, country: str | None, date: str | None
) -> Posterior:
    """Return a track's posterior weighed by claims: plots and words in one.

    The track's samples are draws given the plots; each is weighed by how likely the claims are for it.
    """
    observations = observe(claims, country=country)
    clocks = timing(claims, date)
    parts = {o.id: o.log_likelihood(tracked) for o in observations}
    parts[CLOCKS] = clocks.launch_log_likelihood(tracked.launch_time_s, tracked.flight_time_s)
    pool = Pool(tracked, np.log(tracked.weight), parts)
    weight = pool.weigh()
    size = effective_sample_size(weight)
    diagnostics = Diagnostics(
        method="track samples weighed by claims",
        samples=len(tracked),
        effective_sample_size=round(size, 1),
        stages=1,
        split_difference=0.0,
        converged=size >= FEWEST_EFFECTIVE,
    )
    return Posterior(
        replace(tracked, weight=weight),
        tuple(observations),
        clocks,
        diagnostics,
        "claims and track",
        pool,
        (track,),
    )


def track_alone(tracked: FlightSamples, track: str) -> Posterior:
    """Return a track's posterior as it is."""
    diagnostics = Diagnostics(
        method="draws from filter and launch fit",
        samples=len(tracked),
        effective_sample_size=float(len(tracked)),
        stages=1,
        split_difference=0.0,
        converged=True,
    )
    pool = Pool(tracked, np.log(tracked.weight), {})
    return Posterior(tracked, (), Timing(None, None), diagnostics, "track", pool, (track,))
