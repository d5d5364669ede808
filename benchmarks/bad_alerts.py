"""Bad, forged, replayed and exercise alerts at a live receiver; good ones at the same; times.

    python benchmarks/bad_alerts.py [--count 100000] [--json FILE]

Kinds: each named way to spoil a CAP message (`tests/tell/bad_cap.py`) must be refused with its reason, and what
the OASIS schema alone says is counted beside. Good: random steps over all stages, standings and numbers of
districts, in three languages, must pass schema, rules and capvalidator. Flips: one random bit of a random byte
of a signed message. Wrapped: the corpus of `tests/tell/wrapped_cap.py`. Exercises: signed with exercise keys
and varied (status, names of keys, sender, identifier, time, signatures taken from elsewhere), and exercises
signed with the live key. Replays: every good message once more, and an hour late. As negative controls the live
messages among them must all be accepted. Times are of one call each, in one process.
"""

import argparse
import itertools
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import capvalidator
import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings
from lxml import etree

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.machine import describe, report
from tests.tell.alerting import ISSUER, PROVENANCE, START, key, life, lives, utc
from tests.tell.bad_cap import LANGUAGES, NOW, SPOILT, XSD_ACCEPTS, good, refusals
from tests.tell.wrapped_cap import wrapped

from launchwatch.tell.bulletins import bulletins_of
from launchwatch.tell.cap import schema
from launchwatch.tell.cap_alert import cap_of
from launchwatch.tell.cap_rules import check_alert
from launchwatch.tell.cap_signing import CapRefusal, name_of, sign_cap, verify_cap

LIVE = {"live-1": key("live").public_key()}
SEED = 20251107


def receive(data: bytes, **changed: object) -> bytes | CapRefusal:
    """Return what a live receiver makes of bytes."""
    return verify_cap(data, LIVE, **({"realm": "live", "now_utc": NOW} | changed))


def kinds() -> dict[str, object]:
    refused, reasons, accepted_by_schema = 0, 0, []
    for one in SPOILT:
        data = one.spoil(good(one.base)[0])
        found = refusals(data, one.base)
        refused += bool(found)
        reasons += any(one.reason in text for text in found)
        if _schema_accepts(data):
            accepted_by_schema.append(one.name)
    return {
        "kinds": len(SPOILT),
        "refused": refused,
        "with_the_reason_expected": reasons,
        "accepted_by_the_schema_alone": len(accepted_by_schema),
        "the_five_among_them": sorted(set(XSD_ACCEPTS) & set(accepted_by_schema)),
    }


def _schema_accepts(data: bytes) -> bool:
    try:
        return schema().validate(etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True)))
    except (etree.XMLSyntaxError, ValueError):
        return False


def random_steps(count: int) -> list[tuple[object, tuple[object, ...]]]:
    found: list[tuple[object, tuple[object, ...]]] = []

    @seed(SEED)
    @settings(max_examples=count, deadline=None, database=None, phases=(Phase.generate,),
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(lives("public"))
    def take(case: tuple[object, tuple[object, ...]]) -> None:
        found.append(case)

    take()
    return found[:count]


def good_alerts(count: int) -> dict[str, object]:
    result = {
        "alerts": 0,
        "pass_schema": 0,
        "pass_rules": 0,
        "pass_capvalidator": 0,
        "stages": set(),
        "standings": set(),
    }
    for now, before in random_steps(count):
        data = bulletins_of(now, ISSUER, PROVENANCE, before=before)[0].content.encode()
        earlier = [cap_of(one, ISSUER, languages=LANGUAGES) for one in before]
        result["alerts"] += 1
        result["pass_schema"] += _schema_accepts(data)
        result["pass_rules"] += check_alert(data, now_utc=now.decided_utc, history=earlier) == []
        result["pass_capvalidator"] += capvalidator.check_schema(data).passed
        result["stages"].add(now.stage)
        result["standings"].add(now.status)
    return result | {"stages": len(result["stages"]), "standings": sorted(result["standings"])}


def flips(count: int) -> dict[str, object]:
    rng = np.random.default_rng(SEED)
    data = sign_cap(good("launch")[0], key("live"), key_id="live-1")
    order = itertools.cycle(rng.permutation(len(data)))
    accepted = 0
    for at in itertools.islice(order, count):
        changed = bytearray(data)
        changed[at] ^= 1 << int(rng.integers(8))
        accepted += isinstance(receive(bytes(changed)), bytes)
    return {
        "bytes": len(data),
        "cases": count,
        "accepted": accepted,
        "control_accepted": isinstance(receive(data), bytes),
    }


def wrapping() -> dict[str, object]:
    data = sign_cap(good("launch")[0], key("live"), key_id="live-1")
    corpus = list(wrapped(data, good("launch")[0], sign_cap(good("update")[0], key("live"), key_id="live-1")))
    taken = [name for name, one in corpus if isinstance(receive(one), bytes)]
    return {"cases": len(corpus), "accepted": len(taken), "names_accepted": taken}


def live_alerts(count: int) -> list[bytes]:
    """Return live messages of random stages, each of an alert of its own, signed."""
    stages = ("launch", "fall_predicted", "passed", "fell_at_sea", "fell_inside", "no_longer_possible")
    found = []
    for number in range(count):
        now, before = life(stages[number % 6], status="actual", alert=f"alert-{number}", id=f"step-{number}")
        data = cap_of(now, ISSUER, languages=LANGUAGES, before=before)
        found.append(sign_cap(data, key("live"), key_id="live-1"))
    return found


def replays(count: int) -> dict[str, object]:
    messages = live_alerts(count)
    first = [receive(one) for one in messages]
    seen = {name_of(one) for one in first if isinstance(one, bytes)}
    late = utc(START + timedelta(hours=1, minutes=1))
    return {
        "good_live_alerts": count,
        "accepted_once": sum(isinstance(one, bytes) for one in first),
        "accepted_again": sum(isinstance(receive(one, seen=seen), bytes) for one in messages),
        "accepted_an_hour_late": sum(isinstance(receive(one, now_utc=late), bytes) for one in messages),
    }


def exercises(count: int, *, stems: int = 300) -> dict[str, object]:
    started = time.perf_counter()
    accepted, reasons = 0, {}
    for data in itertools.islice(_varied(_stems(stems)), count):
        answer = receive(data)
        accepted += isinstance(answer, bytes)
        if isinstance(answer, CapRefusal):
            reason = answer.reasons[0].split(":")[0][:60]
            reasons[reason] = reasons.get(reason, 0) + 1
    control = sign_cap(good("launch")[0], key("live"), key_id="live-1")
    return {
        "messages": count,
        "accepted": accepted,
        "reasons": dict(sorted(reasons.items(), key=lambda item: -item[1])),
        "control_accepted": isinstance(receive(control), bytes),
        "seconds": round(time.perf_counter() - started, 1),
    }


def _stems(count: int) -> list[bytes]:
    """Return random exercises and tests signed with exercise keys, every tenth with the live key."""
    found = []
    for number, (now, _) in enumerate(random_steps(count)):
        shift = {"status": ("exercise", "exercise", "exercise", "test")[number % 4]}
        case = life(now.stage, places=now.places, rings=now.rings, probability=now.probability, **shift)
        data = cap_of(case[0], ISSUER, languages=LANGUAGES, before=case[1])
        signer, name = (
            ("live", "live-1") if number % 10 == 0 else (f"exercise-{number % 3}", f"exercise-{number % 3}")
        )
        found.append(sign_cap(data, key(signer), key_id=name))
    return found


def _varied(stems: list[bytes]) -> Iterator[bytes]:
    rng = np.random.default_rng(SEED)
    changes = _CHANGES
    while True:
        data = stems[int(rng.integers(len(stems)))]
        other = stems[int(rng.integers(len(stems)))]
        for change in rng.permutation(len(changes))[: int(rng.integers(1, 4))]:
            data = changes[change](data, other, int(rng.integers(1 << 30)))
        yield data


def _signature(data: bytes) -> tuple[bytes, bytes]:
    body, mark, tail = data.partition(b"<ds:Signature ")
    return body, mark + tail


_CHANGES: tuple[Callable[[bytes, bytes, int], bytes], ...] = (
    lambda d, _, __: d,
    lambda d, _, n: d.replace(b"<identifier>step", b"<identifier>s%d" % n),
    lambda d, _, n: d.replace(b"<sender>alerts", b"<sender>a%d" % n),
    lambda d, _, n: d.replace(b"<sent>2025-11-07T03:36:00", b"<sent>2025-11-07T03:36:%02d" % (n % 10)),
    lambda d, _, __: d.replace(b"<status>Exercise<", b"<status>Actual<").replace(
        b"<status>Test<", b"<status>Actual<"
    ),
    lambda d, _, __: d.replace(b"EXERCISE ", b"").replace(" 훈련".encode(), b""),
    lambda d, _, n: d.replace(b"<ds:KeyName>exercise-%d<" % (n % 3), b"<ds:KeyName>live-1<"),
    lambda d, _, __: d.replace(b"<ds:KeyName>exercise-0<", b"<ds:KeyName>live-1<"),
    lambda d, o, _: _signature(d)[0] + _signature(o)[1],
    lambda d, _, __: _signature(d)[0] + b"</alert>",
    lambda d, _, n: d[: n % len(d)] + bytes([d[n % len(d)] ^ 1]) + d[n % len(d) + 1 :],
)


def timing(count: int) -> dict[str, object]:
    now, before = life("launch", status="actual")
    data = good("launch")[0]
    signed = sign_cap(data, key("live"), key_id="live-1")
    ships, air, press = (
        life("launch", audience, status="actual")[0] for audience in ("ships", "aircraft", "press")
    )
    steps: dict[str, Callable[[], object]] = {
        "texts_public": lambda: bulletins_of(now, ISSUER, PROVENANCE, before=before),
        "texts_ships": lambda: bulletins_of(ships, ISSUER, PROVENANCE),
        "texts_aircraft": lambda: bulletins_of(air, ISSUER, PROVENANCE),
        "texts_press": lambda: bulletins_of(press, ISSUER, PROVENANCE),
        "check_rules": lambda: check_alert(data, now_utc=NOW),
        "sign": lambda: sign_cap(data, key("live"), key_id="live-1"),
        "verify_and_check": lambda: receive(signed),
        "refuse_foreign_key": lambda: verify_cap(signed, {}, realm="live", now_utc=NOW),
    }
    return {name: _times(step, count) for name, step in steps.items()}


def _times(step: Callable[[], object], count: int) -> dict[str, float]:
    step()
    spent = []
    for _ in range(count):
        started = time.perf_counter()
        step()
        spent.append(time.perf_counter() - started)
    p50, p99 = np.percentile(spent, (50, 99)) * 1e3
    return {"p50_ms": round(float(p50), 3), "p99_ms": round(float(p99), 3)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=100_000, help="exercise messages; the rest scales to it")
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args()
    part = min(1.0, options.count / 100_000)
    result = {
        "machine": describe("lxml", "signxml", "cryptography", "capvalidator"),
        "bad": kinds(),
        "good": good_alerts(max(30, int(2_000 * part))),
        "flipped": flips(max(200, int(5_000 * part))),
        "wrapped": wrapping(),
        "replayed": replays(max(12, int(600 * part))),
        "exercises_at_a_live_receiver": exercises(options.count),
        "times": timing(max(50, int(1_000 * part))),
    }
    report(result, options.json)


if __name__ == "__main__":
    main()
