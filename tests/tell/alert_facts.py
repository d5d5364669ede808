"""Facts about invented objects, as short to write as the tests that need them."""

from launchwatch.basis.ids import content_id
from launchwatch.basis.instants import format_instant
from launchwatch.facts import (
    Confirmation,
    Delivery,
    Ellipse,
    HumanStatement,
    Interval,
    Provenance,
    Reach,
    Release,
    Tick,
    Track,
    TrackedState,
    TrackMerger,
    TrackUpdate,
    Verdict,
)
from launchwatch.facts.warning import PathSupport, Place

RUN = "run-1"
START_S = 1_700_000_000.0  # any instant: nothing rests on it
BY = Provenance(author="test", created_utc="2023-11-14T22:13:20Z")
RING = ((140.0, 40.0), (141.0, 40.0), (141.0, 41.0), (140.0, 40.0))


def at(seconds):
    return format_instant(START_S + seconds)


def place(role, name, probability=0.2, latest_s=None):
    latest = None if latest_s is None else at(latest_s)
    return Place(role=role, id=name, names={"en": name}, probability=probability, latest_utc=latest)


def reach(
    time_s, track=1, *, territory=0.0, over=0.0, sea=0.0, districts=(), seas=("XI",), firs=("RJJJ",), fall_s=600.0,
    ellipse_km=5.0, height_m=200e3, falling=False, over_now=False, past=False, fall=(41.0, 140.5), area=True,
    forecast=0.0, weak=(),
):  # fmt: skip
    told = [place("district", name) for name in districts]
    told += [place("NAVAREA", name) for name in seas if sea > 0] + [place("FIR", name, 0.5) for name in firs]
    told += [place(role, name, 0.03) for role, name in weak if role != "NAVAREA" or sea > 0]
    what = repr(
        (track, time_s, territory, over, sea, districts, seas, firs, fall_s, ellipse_km, height_m, falling)
    )
    more = repr((over_now, past, fall, area, forecast, weak))
    return Reach(
        id=content_id("reach", what, more), run=RUN, track=track, time_utc=at(time_s), launch_lat_deg=39.0,
        launch_lon_deg=125.7, launch_utc=at(0), fall_lat_deg=fall[0], fall_lon_deg=fall[1],
        fall_utc=None if fall_s is None else at(fall_s),
        fall_ellipse_95=None if fall_s is None else Ellipse(
            semi_major_km=ellipse_km, semi_minor_km=ellipse_km / 2, azimuth_deg=90.0
        ),
        height_m=height_m, falling=falling, territory=territory, over=over, sea=sea, forecast=forecast,
        over_now=over_now, past=past,
        sea_name="Sea of Japan", places=tuple(told) if area else (),
        public_rings=(RING,) if area and (territory > 0 or over > 0) else (), fall_rings=(RING,) if area else (),
        provenance=BY,
    )  # fmt: skip


def confirmation(time_s, track=1, *, confirmed=True, independent=("KR-1", "JP-1"), human=None, one_with=None):
    return Confirmation(
        id=content_id("confirmation", repr((track, time_s, confirmed, independent, human, one_with))),
        run=RUN, track=track, time_utc=at(time_s), confirmed=confirmed, missile=0.99, independent=independent,
        human=human, reason=f"{len(independent)} independent paths", one_with=one_with, provenance=BY,
    )  # fmt: skip


def tracked(time_s, track=1, *, plots=1, burning=0.0, last_s=None):
    """One state; `last_s` is its last plot, where the tracker tells it by its sensors' shares."""
    verdict = Verdict(
        says="ballistic", reasons=(), burning=burning, energy_height_km=Interval(median=300, p05=290, p95=310),
        perigee_km=Interval(median=-6000, p05=-6100, p95=-5900), apogee_km=Interval(median=300, p05=290, p95=310),
    )  # fmt: skip
    update = TrackUpdate(
        time_utc=at(time_s), position_ecef_m=(6.6e6, 0.0, 0.0), velocity_ecef_m_s=(0.0, 2e3, 0.0), modes={},
        class_={"MRBM": 1.0}, verdict=verdict, existence=1.0, plots=plots,
        support=() if last_s is None else (
            PathSupport(sensor="KR-1", owner="KR", path="a", host="h", plots=plots, recent=1, last_utc=at(last_s)),
        ),
    )  # fmt: skip
    return TrackedState(
        id=content_id("state", repr((track, time_s, plots, burning, last_s))), run=RUN, track=track,
        status="confirmed", update=update, provenance=BY,
    )  # fmt: skip


def ended_track(track, last_s):
    return Track(
        id=content_id("track", str(track), str(last_s)), status="ended", first_utc=at(0), last_utc=at(last_s),
        class_={}, launch=None, heading_deg=None, impact=None, updates=(), plots_used=9, sensors=("KR-1",),
        provenance=BY,
    )  # fmt: skip


def merger(time_s, track, into):
    return TrackMerger(
        id=content_id("merger", str(track), str(into), str(time_s)), run=RUN, track=track, into=into,
        time_utc=at(time_s), provenance=BY,
    )  # fmt: skip


def tick(time_s):
    return Tick(id=content_id("tick", str(time_s)), time_utc=at(time_s), source="clock")


def statement(time_s, kind, *, alert=None, track=None, status="actual"):
    return HumanStatement(
        id=content_id("statement", repr((kind, time_s, alert, track, status))), kind=kind, alert=alert,
        track=track, time_utc=at(time_s), key="key-a", signature="", reason=f"a word: {kind}", status=status,
    )  # fmt: skip


def release(time_s, step, *, keys=("key-a", "key-b"), rule=None, outcome="released"):
    return Release(
        id=content_id("release", repr((step.id, outcome, keys, rule, time_s))), request="request-1", step=step.id,
        alert=step.alert, outcome=outcome, keys=keys, rule=rule, decided_utc=at(time_s), reason="signed",
        provenance=BY,
    )  # fmt: skip


def delivery(time_s, step, channel="web", outcome="read back"):
    return Delivery(
        id=content_id("delivery", step.id, channel, outcome), bulletin="bulletin-1", step=step.id, channel=channel,
        digest="", sent_utc=at(time_s), outcome=outcome, provenance=BY,
    )  # fmt: skip
