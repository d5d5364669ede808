"""Assessments side by side: differences in sigmas against closed forms, never averaged."""

import math
from statistics import NormalDist

import pytest
from scipy.stats import chi2

from launchwatch.assess.partners import compare, differences, same_object, sigma_of, view_of, words_of
from launchwatch.facts import (
    Ellipse,
    ImpactPrediction,
    Interval,
    PointEstimate,
    Provenance,
    TimeInterval,
    TrackUpdate,
)
from launchwatch.facts.partners import PartnerView

MADE = Provenance(author="test", created_utc="2025-11-07T03:36:00Z")


def point(lat, lon=135.0, *, major=20.0, minor=20.0, azimuth=0.0, at="2025-11-07T03:42:00Z", late=5.0):
    second = int(at[17:19])
    p05, p95 = (f"{at[:17]}{second + off:02d}Z" for off in (-int(late) if second >= late else 0, int(late)))
    region = Ellipse(semi_major_km=major, semi_minor_km=minor, azimuth_deg=azimuth)
    return PointEstimate(
        lat_deg=lat, lon_deg=lon, ellipse_95=region,
        time_utc=TimeInterval(median=at, p05=p05, p95=p95),
    )  # fmt: skip


def view(owner, **said):
    return PartnerView(owner=owner, ref=f"state-{owner}", as_of_utc="2025-11-07T03:36:00Z", **said)


def test_a_point_on_the_joint_95_per_cent_line_is_1_96_sigma_away():
    """Two circles of 20 km, joint 28.3 km: 28.3 km apart is 5 % rare, which is 1.96 sigma of a normal variable."""
    km = math.hypot(20, 20)
    north = 40.0 + km / 111.035  # length of a degree of latitude at 40 N, km (WGS84)
    found = differences([view("own", fall=point(40.0)), view("US", fall=point(north))])
    fall = next(one for one in found if one.quantity == "fall point")
    assert fall.apart == pytest.approx(km, abs=0.02)
    assert fall.sigma == pytest.approx(NormalDist().inv_cdf(0.975), abs=0.005)
    assert not fall.differ


def test_the_sigmas_are_those_of_the_chi_square():
    """An elongated joint ellipse across the way apart: as SciPy's chi-square of two degrees of freedom says."""
    a = view("own", fall=point(40.0, major=60, minor=6, azimuth=0))
    b = view("US", fall=point(40.0, 135.3, major=30, minor=3, azimuth=0))
    fall = next(one for one in differences([a, b]) if one.quantity == "fall point")
    variance = (6**2 + 3**2) / chi2.ppf(0.95, 2)
    expected = -NormalDist().inv_cdf(chi2.sf(fall.apart**2 / variance, 2) / 2)
    assert fall.sigma == pytest.approx(min(expected, 8.0), abs=0.05)
    assert fall.differ


def test_two_partners_that_differ_are_both_shown_and_said():
    """On 2023-04-13 one side said lofted, the other a fall near land: both stand, and the words say so."""
    views = [view("own", fall=point(43.0, 141.0)), view("ROK", fall=point(41.0, 133.0)), view("US")]
    found = compare("run-1", 1, "2025-11-07T03:36:00Z", views, MADE)
    assert found.differ
    assert found.views == tuple(views)
    assert found.words.startswith("assessments differ: own and ROK in the fall point by")


def test_partners_that_agree_are_said_to_agree():
    """Within two sigmas nothing differs; one view alone is no comparison."""
    both = [view("own", fall=point(43.0)), view("US", fall=point(43.01))]
    assert words_of(differences(both)) == "assessments agree within 2 sigma"
    assert words_of(differences(both[:1])) == "no second assessment to compare"


def test_classes_differ_when_they_can_hardly_mean_the_same():
    """The chance that both mean one class: 0.02 is more than two sigmas, 0.5 less."""
    one = view("own", class_={"SRBM": 0.99, "MRBM": 0.01})
    far = view("US", class_={"SRBM": 0.01, "MRBM": 0.99})
    near = view("JP", class_={"SRBM": 0.5, "MRBM": 0.5})
    assert [d.differ for d in differences([one, far]) if d.quantity == "class"] == [True]
    assert [d.differ for d in differences([one, near]) if d.quantity == "class"] == [False]


@pytest.mark.parametrize(
    ("chance", "sigma"), [(0.3173, 1.0), (0.0455, 2.0), (0.0027, 3.0), (1.0, 0.0), (0.0, 8.0)]
)
def test_sigma_of_a_chance(chance, sigma):
    """The two-sided rule of 68, 95 and 99.7 %."""
    assert sigma_of(chance) == pytest.approx(sigma, abs=0.001)


def test_states_are_of_one_object_when_they_meet():
    """Carried along to one instant: 7 km/s for 2 s; a state too far off in place or time is another's."""
    here = view("own", position_ecef_m=(6.5e6, 0.0, 0.0), velocity_ecef_m_s=(0.0, 7e3, 0.0))
    late = PartnerView(owner="US", ref="s", as_of_utc="2025-11-07T03:36:02Z", position_ecef_m=(6.5e6, 14e3, 0.0))
    assert same_object(here, late) == pytest.approx(0.0, abs=1e-6)
    assert same_object(here, view("US", position_ecef_m=(6.5e6, 50e3, 0.0))) is None
    old = PartnerView(owner="US", ref="s", as_of_utc="2025-11-07T03:35:50Z", position_ecef_m=(6.5e6, 0.0, 0.0))
    assert same_object(here, old) is None


def test_without_a_position_launches_decide():
    """A partner that shows only its launch is matched by that."""
    mine = view("own", position_ecef_m=(6.5e6, 0.0, 0.0), launch=point(40.0))
    assert same_object(mine, view("US", launch=point(40.5))) == pytest.approx(55.5, abs=0.1)
    assert same_object(mine, view("US", launch=point(43.0))) is None
    assert same_object(mine, view("US", launch=point(40.0, at="2025-11-07T03:50:00Z"))) is None
    assert same_object(mine, view("US")) is None


def test_a_state_becomes_a_view():
    """The fall's time carries the remaining time's interval."""
    update = TrackUpdate(
        time_utc="2025-11-07T03:36:00Z", position_ecef_m=(1.0, 2.0, 3.0), velocity_ecef_m_s=(0.0, 0.0, 0.0),
        modes={}, class_={"SRBM": 1.0}, existence=1.0, plots=9,
        impact=ImpactPrediction(
            lat_deg=40.0, lon_deg=135.0, time_utc="2025-11-07T03:42:00Z", assumes="ballistic", probability=0.9,
            ellipse_95=Ellipse(semi_major_km=9.0, semi_minor_km=3.0, azimuth_deg=10.0),
            remaining_s=Interval(median=360.0, p05=355.0, p95=365.0),
        ),
    )  # fmt: skip
    seen = view_of("own", "state-1", update)
    assert seen.fall.time_utc.p05 == "2025-11-07T03:41:55.000000Z"
    assert seen.assumes == "ballistic"
