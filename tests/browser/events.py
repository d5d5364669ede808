"""Events made up for tests of the page: tracked, claimed, without any flight, far away, and hostile."""

import math

import msgspec

from launchwatch.facts import (
    Burnout,
    Claim,
    ClaimAssessment,
    Consistency,
    ContextEvent,
    Diagnostics,
    Disagreement,
    Ellipse,
    Event,
    EvidenceRef,
    Explanation,
    Exposure,
    Flight,
    Interval,
    Membership,
    Path,
    PathPoint,
    PointEstimate,
    Provenance,
    RangeMode,
    SpeakerView,
    Statement,
    TimeInterval,
    ZoneAssessment,
)
from launchwatch.geo.geodesic import destination

PROVENANCE = Provenance(author="launchwatch test", created_utc="2025-11-07T09:00:00.000000Z")
LAUNCH = (40.21, 125.2)
FLIGHT_S = 480.0


def around(value: float, share: float = 0.05) -> Interval:
    """Return an interval of a share on both sides."""
    return Interval(median=value, p05=value * (1 - share), p95=value * (1 + share))


def clock(text: str) -> TimeInterval:
    """Return the minute about a UTC clock time on the day of the launch."""
    day = "2025-11-07T"
    return TimeInterval(median=f"{day}{text}:30Z", p05=f"{day}{text}:00Z", p95=f"{day}{text}:59Z")


def place(lat: float, lon: float, km: float, time: TimeInterval | None = None) -> PointEstimate:
    """Return a place with an ellipse twice as long as wide."""
    ellipse = Ellipse(semi_major_km=km, semi_minor_km=km / 2, azimuth_deg=20.0)
    return PointEstimate(lat_deg=lat, lon_deg=lon, ellipse_95=ellipse, time_utc=time)


def reach(origin: tuple[float, float], azimuth_deg: float, range_km: float) -> tuple[float, float]:
    """Return latitude and longitude at a range, degrees."""
    lat, lon = destination(*(math.radians(v) for v in (*origin, azimuth_deg)), range_km * 1e3)
    return round(math.degrees(float(lat)), 5), round(math.degrees(float(lon)), 5)


def arc(
    kind: str,
    basis: str,
    origin: tuple[float, float] = LAUNCH,
    azimuth_deg: float = 85.0,
    range_km: float = 700.0,
    apogee_km: float = 50.0,
) -> Path:
    """Return a parabola over the ground."""
    points = []
    for i in range(41):
        share = i / 40
        lat, lon = reach(origin, azimuth_deg, max(share * range_km, 1e-3))
        height = round(4 * apogee_km * share * (1 - share), 3)
        points.append(PathPoint(time_s=round(share * FLIGHT_S, 1), lat_deg=lat, lon_deg=lon, height_km=height))
    return Path(kind=kind, basis=basis, points=tuple(points))


def flight(
    basis: str,
    origin: tuple[float, float] = LAUNCH,
    azimuth_deg: float = 85.0,
    range_km: float = 700.0,
    *,
    dated: bool = True,
    spread_km: float = 30.0,
    modes: tuple[tuple[float, float], ...] = (),
) -> Flight:
    """Return a flight; `modes` are (share, range) of separate groups."""
    impact = reach(origin, azimuth_deg, range_km)
    return Flight(
        id=f"flight-{basis}",
        basis=basis,
        class_={"SRBM": 0.4, "quasi-ballistic": 0.6},
        launch=place(*origin, spread_km, clock("03:34") if dated else None),
        burnout=Burnout(
            time_s=around(75.0), speed_m_s=around(2600.0), angle_deg=around(15.0), height_km=around(24.0)
        ),
        apogee_km=around(50.0, 0.1),
        range_km=around(range_km),
        azimuth_deg=around(azimuth_deg, 0.02),
        flight_time_s=around(FLIGHT_S),
        minimum_energy_range_km=around(750.0),
        impact=place(*impact, 2 * spread_km, clock("03:42") if dated else None),
        range_modes=tuple(
            RangeMode(share=share, range_km=around(km), impact=place(*reach(origin, azimuth_deg, km), spread_km))
            for share, km in modes
        ),
        informed_by=("track-1", "claim-1"),
        trace={},
        diagnostics=Diagnostics(
            method="test",
            samples=4000,
            effective_sample_size=3000.0,
            stages=3,
            split_difference=0.1,
            converged=True,
        ),
        samples_sha256="0" * 64,
        provenance=PROVENANCE,
    )


def assessed(
    number: int, attribute: str, value: object, source: str, verdict: str, **more: object
) -> ClaimAssessment:
    """Return a claim with its verdict."""
    fields = {"report": "report-1", "span": (0, 5), "quote": f"quote {number}", "rule": "test", **more}
    claim = Claim(id=f"claim-{number}", attribute=attribute, value=value, source=source, **fields)
    p = None if verdict == "untestable" else 0.5
    consistency = Consistency(p_value=p, verdict=verdict, reason=f"reason {number}")
    return ClaimAssessment(claim=claim, observation=f"{attribute}/{source}", consistency=consistency)


def claims() -> tuple[ClaimAssessment, ...]:
    """Return claims of several offices, in three languages, on this launch and an earlier one."""
    return (
        assessed(1, "range_km", 700.0, "South Korea JCS", "consistent", qualifier="about", unit="mi"),
        assessed(2, "range_km", 450.0, "Japan MOD", "inconsistent", report="report-2", quote="約450キロ"),
        assessed(3, "launch_time", "12:35", "South Korea JCS", "untestable", quote="낮 12시 35분께"),
        assessed(4, "apogee_km", 50.0, "Japan MOD", "strained", report="report-2", hedge="estimates"),
        assessed(5, "eez", "outside", "Japan MOD", "consistent", unit="Japan", report="report-2"),
        assessed(6, "missile_class", "SRBM", "outlet", "consistent"),
        assessed(7, "count", "several", "outlet", "untestable", about="previous"),
        assessed(8, "shared_with", ("Japan", "US"), "South Korea military", "untestable", polarity="denied"),
        assessed(9, "damage", "none reported", "Japan PM", "untestable", via="Kyodo", report="report-2"),
    )


def disagreement() -> Disagreement:
    """Return South Korea's 700 km against Japan's 450 km."""
    views = tuple(
        SpeakerView(
            source=source,
            value=value,
            claims=(claim,),
            range_km=around(value),
            apogee_km=around(50.0),
            impact_in_eez={"JPN": 0.02},
        )
        for source, value, claim in (("South Korea", 700.0, "claim-1"), ("Japan", 450.0, "claim-2"))
    )
    rows = (("ballistic extrapolation", around(490.0), 15.8, 0.85), ("none of these", None, 1.0, 0.15))
    explanations = tuple(
        Explanation(
            name=name,
            description=f"what {name} means",
            predicted=predicted,
            bayes_factor=factor,
            prior_odds=1.0,
            probability=probability,
        )
        for name, predicted, factor, probability in rows
    )
    summary = "South Korea gave 700 km, Japan 450 km; both are kept."
    return Disagreement(
        attribute="range_km", views=views, sigma_apart=5.7, explanations=explanations, summary=summary
    )


def zone(zone_id: str, kind: str, names: tuple[str, ...], probability: float) -> ZoneAssessment:
    """Return an assessed zone."""
    return ZoneAssessment(
        zone=zone_id,
        kind=kind,
        states=("JPN",),
        names=names,
        called=f"{names[0]}'s {kind}",
        probability=probability,
        probability_low=probability / 2,
        probability_high=min(1.0, 2 * probability),
        relation="outside",
        basis="computed 200 nm / equidistance",
        status="no dispute recorded",
        margin_km=Interval(median=87.0, p05=-3.0, p95=120.0),
        line_error_km=6.0,
        wording=f"outside {names[0]}",
    )


def report(number: int, outlet: str, url: str | None) -> Membership:
    """Return a report of the event."""
    return Membership(
        id=f"report-{number}",
        origin=f"{number}.json",
        outlet=outlet,
        published="2025-11-07",
        url=url,
        probability=0.95,
        reason="the same day",
    )


def tracked_event() -> Event:
    """Return an event with a track, three estimates, claims and a disagreement."""
    ids = ("track-1", "claim-1", "claim-2")
    return Event(
        schema="launchwatch/event/1",
        id="event-1",
        version=1,
        status="exercise",
        as_of_utc="2025-11-07T09:00:00.000000Z",
        title="Missile launch, 7 November 2025: Taegwan County, North Korea",
        date="2025-11-07",
        date_basis="the tracks' own times",
        objects=(flight("claims and track"),),
        estimates=(
            flight("track", range_km=710.0, spread_km=40.0),
            flight("claims", range_km=560.0, spread_km=90.0, modes=((0.7, 450.0), (0.3, 690.0))),
        ),
        zone_probability={"claims and track": {"eez:JPN": 0.02}, "claims": {"eez:JPN": 0.1}},
        zones=(zone("eez:JPN", "eez", ("Japan", "日本"), 0.02), zone("land:JPN", "land", ("Japan", "日本"), 0.0)),
        exposure=(
            Exposure(kind="land", description="Japan / 日本", probability=0.001, as_of_utc="2025-11-07T09:00:00Z"),
        ),
        claims=claims(),
        disagreements=(disagreement(),),
        context=(ContextEvent(kind="visit", date="2025-11-05", actors=("US",), span=(0, 3), quote="a visit"),),
        reports=(report(1, "Exercise Wire", "https://example.org/a?b=1&c=2"), report(2, "訓練通信", None)),
        recordings=(
            Membership(id="evidence-1", origin="recording.ndjson", probability=1.0, reason="its tracks are this"),
        ),
        tracks=("track-1",),
        statement=Statement(title="t", sentences=("An object was launched.", "It fell."), basis=(ids, ())),
        paths=(arc("track", "track"),),
        evidence=(EvidenceRef(id="evidence-1", kind="recording", origin="recording.ndjson", sha256="ab" * 32),),
        provenance=PROVENANCE,
    )


def claimed_event(origin: tuple[float, float] = LAUNCH, azimuth_deg: float = 85.0, **changes: object) -> Event:
    """Return an event estimated from claims: a median and a fan of sampled paths, no date."""
    fan = [arc("sample", "claims", origin, azimuth_deg + i - 6, 640.0 + 10 * i, 60.0 + 15 * i) for i in range(12)]
    event = msgspec.structs.replace(
        tracked_event(),
        title="Missile launch, date unresolved: North Korea",
        date=None,
        objects=(flight("claims", origin, azimuth_deg, dated=False, spread_km=80.0),),
        estimates=(),
        disagreements=(),
        recordings=(),
        tracks=(),
        paths=(arc("median", "claims", origin, azimuth_deg), *fan),
    )
    return msgspec.structs.replace(event, **changes)


def flightless_event(**changes: object) -> Event:
    """Return an event of which no flight could be estimated."""
    event = msgspec.structs.replace(
        tracked_event(),
        objects=(),
        estimates=(),
        zone_probability={},
        no_estimate_reason="no report tells of a flight",
        zones=(),
        exposure=(),
        disagreements=(),
        recordings=(),
        tracks=(),
        paths=(),
    )
    return msgspec.structs.replace(event, **changes)


HOSTILE = (
    """</script><script>alert(1)</script><img src=x onerror="alert(2)">'"--><svg/onload=alert(3)>{{7*7}}\u202e"""
)


def hostile_event() -> Event:
    """Return an event whose every free text tries to become markup, script or a link."""
    event = tracked_event()
    claim = event.claims[0].claim
    bad = msgspec.structs.replace(
        claim,
        id=f"claim-{HOSTILE}",
        value=HOSTILE,
        attribute="missile_name",
        unit=HOSTILE,
        hedge=HOSTILE,
        condition=HOSTILE,
        source=HOSTILE,
        via=HOSTILE,
        quote=HOSTILE,
    )
    verdict = msgspec.structs.replace(event.claims[0].consistency, reason=HOSTILE)
    view = msgspec.structs.replace(event.disagreements[0].views[0], source=HOSTILE, impact_in_eez={HOSTILE: 0.5})
    why = msgspec.structs.replace(event.disagreements[0].explanations[0], name=HOSTILE, description=HOSTILE)
    row = msgspec.structs.replace(event.disagreements[0], views=(view, view), explanations=(why,), summary=HOSTILE)
    return msgspec.structs.replace(
        event,
        id=HOSTILE,
        title=HOSTILE,
        date_basis=HOSTILE,
        no_estimate_reason=HOSTILE,
        objects=(msgspec.structs.replace(event.objects[0], basis=HOSTILE, class_={HOSTILE: 1.0}),),
        zone_probability={HOSTILE: {HOSTILE: 0.5}},
        zones=(zone(HOSTILE, "eez", (HOSTILE, HOSTILE), 0.3),),
        exposure=(Exposure(kind=HOSTILE, description=HOSTILE, probability=0.5, as_of_utc="x", asked=(HOSTILE,)),),
        claims=(ClaimAssessment(claim=bad, observation=HOSTILE, consistency=verdict), *event.claims[1:]),
        disagreements=(row,),
        context=(ContextEvent(kind="visit", date=HOSTILE, actors=(HOSTILE,), span=(0, 1), quote=HOSTILE),),
        reports=(
            report(1, HOSTILE, "javascript:alert(4)"),
            report(2, HOSTILE, 'https://example.org/"><script>alert(5)</script>'),
        ),
        recordings=(
            Membership(id=HOSTILE, origin=HOSTILE, url="data:text/html,x", probability=1, reason=HOSTILE),
        ),
        statement=Statement(title=HOSTILE, sentences=(HOSTILE,), basis=((f"claim-{HOSTILE}", HOSTILE),)),
        paths=(arc("track", HOSTILE),),
        evidence=(EvidenceRef(id=HOSTILE, kind=HOSTILE, origin=HOSTILE, sha256=HOSTILE),),
        provenance=msgspec.structs.replace(PROVENANCE, author=HOSTILE),
    )
