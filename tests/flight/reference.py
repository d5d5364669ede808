"""A slow flight, written independently of the kernels: NumPy, PROJ and SciPy's DOP853 at rtol 1e-12.

It shares with the product only the air density (checked on its own against the standard's tables) and the
definition of the parameters. Segments end at stage ends, pitch corners and events, located by SciPy.
"""

import numpy as np
from pyproj import Transformer
from scipy.integrate import solve_ivp

from launchwatch.flight.atmosphere import density

TO_GEODETIC = Transformer.from_crs("EPSG:4978", "EPSG:4979", always_xy=True)
TO_ECEF = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
MU, J2, A, OMEGA = 3.986004418e14, 4.84166774985e-4 * 5**0.5, 6378137.0, 7.292115e-5


def height_and_up(r):
    lon, lat, height = TO_GEODETIC.transform(*r, radians=True)
    return height, np.array([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def gravity(r):
    x, y, z = r
    d = np.linalg.norm(r)
    s = 5 * z * z / d**2
    k = 1.5 * J2 * (A / d) ** 2
    return -MU / d**3 * np.array([x * (1 + k * (1 - s)), y * (1 + k * (1 - s)), z * (1 + k * (3 - s))])


class Reference:
    def __init__(self, parameters):
        self.p = parameters
        lat, lon = parameters.launch_lat_rad, parameters.launch_lon_rad
        east = np.array([-np.sin(lon), np.cos(lon), 0])
        north = np.array([-np.sin(lat) * np.cos(lon), -np.sin(lat) * np.sin(lon), np.cos(lat)])
        self.up = np.cross(east, north)
        self.along = np.sin(parameters.azimuth_rad) * east + np.cos(parameters.azimuth_rad) * north
        self.start = np.array(TO_ECEF.transform(lon, lat, parameters.launch_height_m, radians=True))
        self.ends = np.cumsum(parameters.burn_times_s)

    def acceleration(self, t, r, v, stage, lifting):
        p, w = self.p, np.array([0, 0, OMEGA])
        a = gravity(r) - 2 * np.cross(w, v) - np.cross(w, np.cross(w, r))
        height, up = height_and_up(r)
        speed = np.linalg.norm(v)
        drag = 0.5 * density(height) * speed**2 / p.ballistic_coefficient_kg_m2
        if stage is not None:
            burnt = (t - (self.ends[stage] - p.burn_times_s[stage])) / p.burn_times_s[stage]
            mu = p.propellant_fractions[stage]
            turn = np.clip((t - p.vertical_time_s) / p.pitch_time_s, 0, 1)
            elevation = np.pi / 2 + turn * (p.pitch_rad - np.pi / 2)
            a = a + p.accelerations_m_s2[stage] / (1 - mu * burnt) * (
                np.cos(elevation) * self.along + np.sin(elevation) * self.up
            )
            drag *= (1 - mu) / (1 - mu * burnt)
        if speed > 0:
            ahead = v / speed
            if lifting:
                angle = np.arcsin(ahead @ up)
                full = 2 * p.lift_to_drag * drag
                full = full / (1 + full / p.max_lift_m_s2)
                share = np.tanh((p.glide_angle_rad - angle) / 0.05)
                across = up - (up @ ahead) * ahead
                a = a + full * share * across / np.linalg.norm(across)
                drag *= 1 + share**2
            a = a - drag * ahead
        return a

    def fly(self, ground=0.0, longest=10_800.0):
        """Return times and states (m, m/s, earth-fixed) of burnout, apogee and impact."""
        corners = sorted({*self.ends, self.p.vertical_time_s, self.p.vertical_time_s + self.p.pitch_time_s})
        corners = [c for c in corners if c <= self.ends[-1]]
        t, y, found = 0.0, np.concatenate([self.start, np.zeros(3)]), {}
        lifting, seen = False, False

        def climb(_, y):
            return y[3:] @ height_and_up(y[:3])[1]

        def low(_, y):
            return height_and_up(y[:3])[0] - self.p.pull_up_height_m

        def slow(_, y):
            return np.linalg.norm(y[3:]) - self.p.glide_end_speed_m_s

        def hit(_, y):
            return height_and_up(y[:3])[0] - ground

        for event in (climb, low, slow, hit):
            event.direction, event.terminal = -1, True
        may_lift = self.p.lift_to_drag > 0
        while "impact" not in found and t < longest:
            stage = next((i for i, end in enumerate(self.ends) if t < end - 1e-12), None)
            events = {"impact": hit}
            if stage is None and not seen:
                events["apogee"] = climb
            if stage is None and seen and may_lift and not lifting:
                events["pull_up"] = low
            if lifting:
                events["glide_end"] = slow
            stop = next((c for c in corners if c > t + 1e-12), longest)

            def rhs(t, y, stage=stage, lifting=lifting):
                return np.concatenate([y[3:], self.acceleration(t, y[:3], y[3:], stage, lifting)])

            out = solve_ivp(
                rhs,
                (t, stop),
                y,
                method="DOP853",
                rtol=1e-12,
                atol=1e-9,
                events=list(events.values()),
                max_step=60,
            )
            assert out.status >= 0
            t, y = out.t[-1], out.y[:, -1]
            for name, times in zip(events, out.t_events, strict=True):
                if len(times):
                    found[name] = (t, y)
                    seen = seen or name == "apogee"
                    if name == "pull_up" or (name == "apogee" and may_lift and low(t, y) <= 0):
                        lifting, may_lift = True, False
                    if name == "glide_end":
                        lifting = False
            if stage == len(self.ends) - 1 and t >= self.ends[-1] - 1e-9:
                found["burnout"] = (t, y)
        return found
