"""Steps of alerts for tests: one that is plain, and random ones over every stage, audience and standing."""

from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import strategies as st
from msgspec.structs import replace

from launchwatch.facts import AlertStep, Place, Provenance
from launchwatch.facts.bulletin import Audience, Stage, Standing
from launchwatch.geo.phrases import districts
from launchwatch.tell.cap_stages import STAGES
from launchwatch.tell.districts import boxes_of, district_codes
from launchwatch.tell.said import Issuer

PROVENANCE = Provenance(author="tests", created_utc="2025-11-07T03:36:00.000000Z")
ISSUER = Issuer("Office for Alerts", "alerts@example.org", (("ja", "警報室"), ("ko", "경보실")), ("JPN", "KOR"))
START = datetime(2025, 11, 7, 3, 36, tzinfo=UTC)
RING = ((139.0, 38.0), (143.0, 38.0), (143.0, 42.0), (139.0, 42.0), (139.0, 38.0))
LAUNCH_PLACE = {"en": "near Kusong, North Korea", "ja": "北朝鮮・亀城付近", "ko": "북한 구성 인근"}
SEAS = ("Sea of Japan (East Sea)", "Yellow Sea (West Sea)", "Pacific Ocean", "Sea of Okhotsk")
AUDIENCES: tuple[Audience, ...] = ("public", "ships", "aircraft", "press")
STAGE_NAMES: tuple[Stage, ...] = tuple(STAGES)
STANDINGS: tuple[Standing, ...] = ("actual", "exercise", "test")


def utc(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def district(key: str) -> Place:
    names = dict(zip(("en", "ja", "ko"), districts()[key], strict=True))
    return Place(role="district", id=key, names=names, probability=0.4, state=key.split(":")[1])


AOMORI, IWATE = district("district:JPN:Aomori"), district("district:JPN:Iwate")
NAVAREA = Place(role="NAVAREA", id="NAVAREA XI", names={"en": "NAVAREA XI"}, probability=0.9)
FIR = Place(role="FIR", id="RJJJ", names={"en": "Fukuoka FIR"}, probability=0.9, state="JPN")
COAST = Place(
    role="coastal state", id="JPN", names={"en": "Japan", "ja": "日本", "ko": "일본"}, probability=0.9, state="JPN"
)


def step(stage: Stage = "launch", audience: Audience = "public", **changed: object) -> AlertStep:
    """Return a plain step of the launch of a November morning, with all that its stage needs."""
    places = {"public": (AOMORI, IWATE), "ships": (NAVAREA, COAST), "aircraft": (FIR,), "press": (AOMORI,)}
    number = changed.get("number", 1)
    values: dict[str, object] = {
        "id": f"step-{audience}-{stage}-{number}", "alert": "alert-1", "number": number, "audience": audience,
        "stage": stage, "status": "exercise", "decided_utc": utc(START), "as_of_utc": utc(START),
        "expires_utc": utc(START + timedelta(minutes=30)), "probability": 0.7,
        "launch_utc": utc(START - timedelta(minutes=1)), "launch_lat_deg": 39.9, "launch_lon_deg": 125.2,
        "launch_place": LAUNCH_PLACE,
        "fall_utc": utc(START + timedelta(minutes=9)), "fall_lat_deg": 40.5, "fall_lon_deg": 141.0,
        "sea_name": SEAS[0], "passed_utc": utc(START + timedelta(minutes=7)), "places": places[audience],
        "rings": (RING,), "release": "two keys", "reason": "made for a test", "provenance": PROVENANCE,
    }  # fmt: skip
    return AlertStep(**(values | changed))  # type: ignore[arg-type]


def life(
    stage: Stage = "launch", audience: Audience = "public", **changed: object
) -> tuple[AlertStep, tuple[AlertStep, ...]]:
    """Return a step and those before it: an end or an update has the launch that it refers to."""
    if stage in {"launch", "information"}:
        return step(stage, audience, **changed), ()
    shared = {name: changed[name] for name in ("status", "alert", "places", "rings") if name in changed}
    first = step("launch", audience, decided_utc=utc(START - timedelta(minutes=3)), **shared)
    return step(stage, audience, **({"number": 2, "references": (first.id,)} | changed)), (first,)


@cache
def _all_districts() -> tuple[Place, ...]:
    return tuple(
        district(key)
        for key in sorted(districts())
        if key.startswith(("district:JPN", "district:KOR")) and boxes_of(district_codes()[key])
    )


def ring_about(place: Place) -> tuple[tuple[float, float], ...]:
    """Return a box about the middle of a district's first part."""
    west, south, east, north = boxes_of(district_codes()[place.id])[0]
    lon, lat = (west + east) / 2, (south + north) / 2
    return ((lon - 0.5, lat - 0.4), (lon + 0.5, lat - 0.4), (lon + 0.5, lat + 0.4), (lon - 0.5, lat + 0.4),
            (lon - 0.5, lat - 0.4))  # fmt: skip


@st.composite
def lives(
    draw: st.DrawFn, audience: Audience | None = None, standings: tuple[Standing, ...] = STANDINGS
) -> tuple[AlertStep, tuple[AlertStep, ...]]:
    """Draw steps: every stage, audience, standing, 1 to 47 districts, any minute, facts known or not."""
    audience = audience or draw(st.sampled_from(AUDIENCES))
    stage = draw(st.sampled_from(STAGE_NAMES))
    decided = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=draw(st.integers(0, 2 * 365 * 86400)))
    chosen = draw(
        st.lists(st.sampled_from(_all_districts()), min_size=1, max_size=47, unique_by=lambda one: one.id)
    )
    places = {"public": tuple(chosen), "ships": (NAVAREA, COAST), "aircraft": (FIR,), "press": tuple(chosen)}[
        audience
    ]
    rings = tuple(dict.fromkeys(map(ring_about, chosen)))
    maybe = lambda value: draw(st.sampled_from((None, value)))  # noqa: E731
    changed: dict[str, object] = {
        "status": draw(st.sampled_from(standings)), "probability": draw(st.floats(0, 1)),
        "decided_utc": utc(decided), "as_of_utc": utc(decided - timedelta(seconds=draw(st.integers(0, 60)))),
        "expires_utc": utc(decided + timedelta(seconds=draw(st.integers(60, 3600)))),
        "launch_utc": maybe(utc(decided - timedelta(seconds=draw(st.integers(1, 1200))))),
        "fall_utc": utc(decided + timedelta(seconds=draw(st.integers(-600, 1200)))),
        "passed_utc": utc(decided - timedelta(seconds=draw(st.integers(0, 600)))),
        "sea_name": maybe(draw(st.sampled_from(SEAS))), "places": places, "rings": rings,
        "launch_place": maybe(LAUNCH_PLACE),
    }  # fmt: skip
    now, before = life(stage, audience, **changed)
    if before:
        earlier = {
            "decided_utc": utc(decided - timedelta(minutes=3)),
            "expires_utc": utc(decided + timedelta(hours=1)),
        }
        before = (replace(before[0], **earlier),)
    return now, before


@cache
def key(name: str) -> ec.EllipticCurvePrivateKey:
    """Return a key made on the fly for this run."""
    del name
    return ec.generate_private_key(ec.SECP256R1())
