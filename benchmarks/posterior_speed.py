"""How fast does a posterior come? Sixteen reports on one launch, and a small problem beside NumPyro's NUTS.

    python benchmarks/posterior_speed.py [--runs 5] [--json FILE]

`reports`: sixteen texts in our own words on one invented launch are read, and its flight estimated, with 4,000,
6,000 and 8,000 particles: wall seconds of both with compiled code cached (median and least of the runs, each
with another seed), and effective sample size (as the estimate reports it: median and least).

`peer`: burnout speed, angle and height of a free flight over a sphere without air, normal priors; range, apogee
and time of flight in closed form, one claim on each with a normal error. `bayes.smc.temper` and NUTS sample the
same density. Effective sizes: of NUTS by the spectrum of its chains (the least of the three parameters); of SMC
by `REPEATS` runs with other seeds: the posterior's variance over the variance of the runs' means, the least
again, which counts everything that goes wrong within a run. The means shall agree within three Monte-Carlo
errors. NUTS is timed with its compiling, without (a second run of the same sampler, warm-up included), and its
draws after warm-up alone.
"""

import argparse
import math
import statistics
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.machine import describe, report

from launchwatch.basis.compiled import kernel
from launchwatch.basis.constants import MEAN_RADIUS_M, WGS84_MU_M3_S2
from launchwatch.basis.threads import in_threads
from launchwatch.bayes.smc import Target, temper
from launchwatch.estimate.fuse.likelihood import observe
from launchwatch.estimate.fuse.posterior import from_claims
from launchwatch.facts import Provenance, Report
from launchwatch.observe.read import read_report

PARTICLES = (4000, 6000, 8000)
DATE = "2031-03-04"
REPORTS = """\
North Korea fired a ballistic missile from the Sunan area toward the east at about 7:12 a.m. on Tuesday, South
Korea's Joint Chiefs of Staff said. It flew about 620 km at a maximum altitude of about 180 km.

Japan's Defense Ministry said the missile launched by North Korea at around 7:11 a.m. flew about 600 km with a
peak altitude of about 170 km and fell outside Japan's exclusive economic zone.

The missile is presumed to be a short-range ballistic missile, South Korea's Joint Chiefs of Staff said.

A U.S. Indo-Pacific Command statement said North Korea launched one ballistic missile on March 4.

Japan's prime minister said the missile is believed to have fallen outside Japan's exclusive economic zone.

Japan's coast guard said an object that may be a ballistic missile appeared to have fallen at about 7:20 a.m.

South Korea's military said the missile flew more than 600 km into the East Sea.

The missile traveled around 390 miles, an official of the South Korean Joint Chiefs of Staff said.

North Korea's missile flew eastward from Sunan, South Korea's Joint Chiefs of Staff said on Tuesday.

The missile was in the air for about nine minutes, Japan's Defense Ministry said.

KCNA said the missile flew 615 km at an altitude of 178 km before it hit its target in the sea.

Japan's Defense Ministry said the missile fell off the east coast of the Korean Peninsula.

The ballistic missile was launched at about 7:12 a.m. from near Pyongyang, South Korea's military said.

North Korea launched a short-range ballistic missile on March 4, Japan's Defense Ministry said. It reached an
altitude of about 170 kilometers.

South Korea's defense ministry said the missile flew about 620 km on a normal trajectory.

A North Korean missile flew some 600 km on Tuesday before it fell into the Sea of Japan.
""".strip().split("\n\n")
WHO = Provenance(author="benchmark", created_utc=f"{DATE}T00:00:00Z")

MEAN, SIGMA = np.array([4600.0, 0.85, 90e3]), np.array([350.0, 0.12, 15e3])
TRUTH = np.array([4500.0, 0.80, 95e3])
ERROR = (0.05, 0.03, 0.02)
SMC_PARTICLES, SMC_DRAWS, MOVES, REPEATS = 8000, 16_000, 6, 40
CHAINS, WARM_UP, DRAWS = 4, 500, 4000


def read_all():
    claims = []
    for number, text in enumerate(REPORTS):
        one = Report(
            id=f"r{number}",
            evidence=f"e{number}",
            origin=f"r{number}.txt",
            text=text,
            language="en",
            published=DATE,
            provenance=WHO,
        )
        claims += read_report(one, provenance=WHO).claims
    return claims


def reports(runs):
    claims = read_all()
    start = time.perf_counter()
    claims = read_all()
    reading_s = time.perf_counter() - start
    out = {
        "reports": len(REPORTS),
        "claims": len(claims),
        "observations": len(observe(claims, country="North Korea")),
        "reading_s": round(reading_s, 4),
    }
    for particles in PARTICLES:
        estimated(claims, particles, 99)
        walls, found = [], []
        for seed in range(runs):
            start = time.perf_counter()
            found.append(estimated(claims, particles, seed).diagnostics)
            walls.append(time.perf_counter() - start)
        sizes = [one.effective_sample_size for one in found]
        out[f"{particles} particles"] = {
            "median_s": round(statistics.median(walls), 3),
            "least_s": round(min(walls), 3),
            "effective, median": statistics.median(sizes),
            "effective, least": min(sizes),
            "converged": all(one.converged for one in found),
        }
    return out


def estimated(claims, particles, seed):
    rng = np.random.default_rng([16, seed])
    return from_claims(claims, country="North Korea", date=DATE, rng=rng, particles=particles)


@kernel
def _density(z, mean, sigma, told, error, first, last, out):
    radius, mu = MEAN_RADIUS_M, WGS84_MU_M3_S2
    for i in range(first, last):
        speed = mean[0] + sigma[0] * z[i, 0]
        angle = mean[1] + sigma[1] * z[i, 1]
        r = radius + mean[2] + sigma[2] * z[i, 2]
        q = speed * speed * r / mu
        axis = r / (2 - q)
        c = math.cos(angle)
        e = math.sqrt(1 - q * (2 - q) * c * c)
        half = math.acos((1 - q * c * c) / e)
        anomaly = math.acos((1 - r / axis) / e)
        flight = 2 * math.sqrt(axis**3 / mu) * (math.pi - anomaly + e * math.sin(anomaly))
        off0 = (2 * radius * half - told[0]) / error[0]
        off1 = (axis * (1 + e) - radius - told[1]) / error[1]
        off2 = (flight - told[2]) / error[2]
        out[i] = -0.5 * (off0 * off0 + off1 * off1 + off2 * off2)


def flight_of(np_, speed, angle, height):
    """Return range (m), apogee (m) and time (s), by NumPy or what stands for it."""
    r = MEAN_RADIUS_M + height
    q = speed**2 * r / WGS84_MU_M3_S2
    axis = r / (2 - q)
    c = np_.cos(angle)
    e = np_.sqrt(1 - q * (2 - q) * c * c)
    half = np_.arccos((1 - q * c * c) / e)
    anomaly = np_.arccos((1 - r / axis) / e)
    flight = 2 * np_.sqrt(axis**3 / WGS84_MU_M3_S2) * (math.pi - anomaly + e * np_.sin(anomaly))
    return 2 * MEAN_RADIUS_M * half, axis * (1 + e) - MEAN_RADIUS_M, flight


def by_smc(told, error, seed):
    rng = np.random.default_rng([3, seed])

    def evaluate(z, _):
        out = np.empty(len(z))
        in_threads(len(z), lambda first, last: _density(z, MEAN, SIGMA, told, error, first, last, out))
        return out, out[:, None]

    target = Target(lambda z, _: -0.5 * np.einsum("ij,ij->i", z, z), evaluate)
    z = rng.normal(size=(SMC_DRAWS, 3))
    group = np.zeros(len(z), dtype=np.int64)
    return temper(z, group, target, rng, particles=SMC_PARTICLES, islands=8, moves=MOVES).x


def peer():
    told = np.array(flight_of(np, *TRUTH)) * np.array([1.02, 0.99, 1.01])
    error = told * np.array(ERROR)
    by_smc(told, error, 0)
    start = time.perf_counter()
    runs = [by_smc(told, error, seed) for seed in range(REPEATS)]
    smc_s = (time.perf_counter() - start) / REPEATS
    means = np.array([run.mean(axis=0) for run in runs])
    every = np.concatenate(runs)
    smc_size = float(np.min(np.minimum(every.var(axis=0) / means.var(axis=0, ddof=1), SMC_PARTICLES)))
    smc = {
        "particles": SMC_PARTICLES,
        "seconds": round(smc_s, 4),
        "effective": round(smc_size),
        "effective_per_s": round(smc_size / smc_s),
    }
    found = by_nuts(told, error)
    if found is None:
        return {"smc": smc, "nuts": "numpyro is not installed"}
    nuts, draws, sizes = found
    spread = every.std(axis=0)
    own = means.std(axis=0, ddof=1) / math.sqrt(REPEATS)
    apart = np.abs(every.mean(axis=0) - draws.mean(axis=0)) / np.hypot(own, draws.std(axis=0) / np.sqrt(sizes))
    ratios = {name: round(smc["effective_per_s"] / one["effective_per_s"], 1) for name, one in nuts.items()}
    return {
        "smc": smc,
        "nuts": {"chains": CHAINS, "warm-up": WARM_UP, "draws a chain": DRAWS, **nuts},
        "times as many effective samples a second": ratios,
        "means apart, Monte-Carlo errors": [round(float(v), 2) for v in apart],
        "same answer": bool(np.all(apart < 3)),
        "means (speed m/s, angle rad, height m)": [
            [float(f"{v:.6g}") for v in MEAN + SIGMA * x.mean(axis=0)] for x in (every, draws)
        ],
        "sigmas": [[float(f"{v:.4g}") for v in SIGMA * x] for x in (spread, draws.std(axis=0))],
    }


def by_nuts(told, error):
    try:
        import jax
        import numpyro
        from jax import numpy as jnp
        from numpyro.diagnostics import effective_sample_size
        from numpyro.distributions import Normal
        from numpyro.infer import MCMC, NUTS
    except ImportError:
        return None
    numpyro.enable_x64()

    def model():
        z = jnp.stack([numpyro.sample(name, Normal(0.0, 1.0)) for name in ("speed", "angle", "height")])
        where = MEAN + SIGMA * z
        for name, value, said, sigma in zip(
            ("range", "apogee", "time"), flight_of(jnp, *where), told, error, strict=True
        ):
            numpyro.sample(name, Normal(value, sigma), obs=said)

    sampler = MCMC(
        NUTS(model),
        num_warmup=WARM_UP,
        num_samples=DRAWS,
        num_chains=CHAINS,
        chain_method="vectorized",
        progress_bar=False,
    )
    timed, found = {}, None
    for name, seed in (("with compiling", 1), ("without compiling", 2)):
        start = time.perf_counter()
        sampler.run(jax.random.PRNGKey(seed))
        found = sampler.get_samples(group_by_chain=True)
        jax.block_until_ready(found)
        timed[name] = (time.perf_counter() - start, found)
    sampler.post_warmup_state = sampler.last_state
    sampler.run(sampler.last_state.rng_key)  # compiles the loop that starts from a state
    sampler.post_warmup_state = sampler.last_state
    start = time.perf_counter()
    sampler.run(sampler.last_state.rng_key)
    found = sampler.get_samples(group_by_chain=True)
    jax.block_until_ready(found)
    timed["draws after warm-up alone"] = (time.perf_counter() - start, found)
    out, sizes = {}, None
    for name, (seconds, samples) in timed.items():
        sizes = np.array(
            [float(effective_sample_size(np.asarray(samples[key]))) for key in ("speed", "angle", "height")]
        )
        out[name] = {
            "seconds": round(seconds, 3),
            "effective": round(float(sizes.min())),
            "effective_per_s": round(float(sizes.min()) / seconds),
        }
    draws = np.column_stack([np.asarray(found[key]).ravel() for key in ("speed", "angle", "height")])
    return out, draws, sizes


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    result = {"machine": describe("numpyro", "jax"), "reports": reports(args.runs), "peer": peer()}
    report(result, args.json)


if __name__ == "__main__":
    main()
