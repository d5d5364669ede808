"""States of a track north-east of Wonsan, as they are shared and shown on maps."""

from launchwatch.facts import Ellipse, ImpactPrediction, Provenance, TrackedState, TrackUpdate
from tests.tell.release_cases import ecef

WHO = Provenance(author="test", created_utc="2025-11-07T03:35:00Z")
AT = (39.34567, 130.12345, 123_456.0)


def state(track=1, at=AT, second=7.25):
    impact = ImpactPrediction(
        lat_deg=41.234567, lon_deg=134.5678, time_utc="2025-11-07T03:41:07.250000Z", assumes="ballistic",
        probability=0.9, ellipse_95=Ellipse(semi_major_km=23.0, semi_minor_km=4.0, azimuth_deg=77.0),
    )  # fmt: skip
    update = TrackUpdate(
        time_utc=f"2025-11-07T03:35:{second:09.6f}Z", position_ecef_m=tuple(ecef(*at)),
        velocity_ecef_m_s=(1000.0, 2000.0, 1500.0), covariance=(1.0,) * 36, modes={"boost": 0.1, "coast": 0.9},
        class_={"SRBM": 0.8, "MRBM": 0.2}, existence=0.99, plots=30, impact=impact,
    )  # fmt: skip
    return TrackedState(
        id=f"state-{track}-{second}", run="run-1", track=track, status="confirmed", update=update, provenance=WHO
    )
