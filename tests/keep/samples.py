"""Facts as a node makes them, for tests and benchmarks of the log."""

from launchwatch.facts import AlertStep, Plot, Provenance, Sensor, Tick

WHO = Provenance(author="test", created_utc="2025-11-07T03:35:00Z")
RING = ((130.0, 38.0), (132.0, 38.0), (132.0, 40.0), (130.0, 40.0), (130.0, 38.0))


def ticks(n, start=0):
    return [Tick(id=f"tick-{i}", time_utc="2025-11-07T03:35:00Z", source="clock") for i in range(start, start + n)]


def plots(n, start=0):
    return [Plot(id=f"p{i}", sensor="R", time_utc="2025-11-07T03:35:00Z") for i in range(start, start + n)]


def sensor(name, height_m=0.0):
    return Sensor(
        id=name, kind="radar", lat_deg=38.0, lon_deg=128.0, height_m=height_m, sigma_range_m=30.0,
        sigma_azimuth_deg=0.1, sigma_elevation_deg=0.1, scan_s=1.0,
    )  # fmt: skip


def alert_step(alert, number=1, rings=(RING,), fall=(39.0, 131.0)):
    return AlertStep(
        id=f"step-{alert}-{number}",
        alert=alert,
        number=number,
        audience="ships",
        stage="launch",
        status="exercise",
        decided_utc="2025-11-07T03:35:10Z",
        as_of_utc="2025-11-07T03:35:09Z",
        expires_utc="2025-11-07T04:05:10Z",
        probability=0.9,
        fall_lat_deg=fall[0],
        fall_lon_deg=fall[1],
        rings=rings,
        release="two keys",
        reason="two paths",
        provenance=WHO,
    )
