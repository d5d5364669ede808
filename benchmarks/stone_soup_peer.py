"""SRBM-700 in Stone Soup (dstl/Stone-Soup, MIT): an extended Kalman filter, and GNN and JPDA over many targets.

Written as its documentation shows: a motion model in NumPy with the default numerical derivative, the built-in
radar model, built-in predictors, updaters, hypothesisers and associators; the posterior of a JPDA as in tutorial
8. Tracks are given at the start: it neither begins nor ends any. Times are CPU seconds of the thread.
"""

import datetime as dt
import math
import time
import warnings

import numpy as np
from scipy.optimize import linear_sum_assignment
from stonesoup.base import Property
from stonesoup.dataassociator.neighbour import GNNWith2DAssignment
from stonesoup.dataassociator.probability import JPDAwithEHM2, JPDAwithLBP
from stonesoup.functions import gm_reduce_single
from stonesoup.hypothesiser.distance import DistanceHypothesiser
from stonesoup.hypothesiser.probability import PDAHypothesiser
from stonesoup.measures import Mahalanobis
from stonesoup.models.base import TimeVariantModel
from stonesoup.models.measurement.nonlinear import CartesianToElevationBearingRange
from stonesoup.models.transition.nonlinear import GaussianTransitionModel
from stonesoup.predictor.kalman import ExtendedKalmanPredictor
from stonesoup.types.angle import Bearing, Elevation
from stonesoup.types.array import CovarianceMatrix, StateVector, StateVectors
from stonesoup.types.detection import Detection
from stonesoup.types.hypothesis import SingleHypothesis
from stonesoup.types.state import GaussianState
from stonesoup.types.track import Track
from stonesoup.types.update import GaussianStateUpdate
from stonesoup.updater.kalman import ExtendedKalmanUpdater

from launchwatch.simulate import problems

START = dt.datetime(2025, 1, 1)
BALLISTIC_KG_M2 = 5_000.0
GATE_SIGMAS, GATE_PROBABILITY = 4.5, 0.999
ASSOCIATIONS = ("GNN", "JPDA by LBP", "JPDA by EHM2")


def fly(x, dt):
    """Return states (6, n) after `dt` s: Runge-Kutta in NumPy, two steps, over a sphere with exponential air."""

    def rate(at):
        place = at[:3] + np.array([[0.0], [0.0], [problems.RADIUS_M]])
        r = np.sqrt((place * place).sum(axis=0))
        speed = np.sqrt((at[3:] * at[3:]).sum(axis=0))
        density = problems.ENVIRONMENT.surface_density_kg_m3 * np.exp(
            -(r - problems.RADIUS_M) / problems.ENVIRONMENT.scale_height_m
        )
        slowing = -0.5 * density * speed / BALLISTIC_KG_M2
        return np.vstack([at[3:], -problems.ENVIRONMENT.mu_m3_s2 / r**3 * place + slowing * at[3:]])

    h = dt / 2
    for _ in range(2):
        k1 = rate(x)
        k2 = rate(x + 0.5 * h * k1)
        k3 = rate(x + 0.5 * h * k2)
        k4 = rate(x + h * k3)
        x = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return x


class Ballistic(GaussianTransitionModel, TimeVariantModel):
    """The motion model; its derivative is left to Stone Soup."""

    density: float = Property(default=problems.ACCELERATION_DENSITY)

    @property
    def ndim_state(self):
        return 6

    def function(self, state, noise=False, **kwargs):
        out = fly(np.asarray(state.state_vector, dtype=float), kwargs["time_interval"].total_seconds())
        out = StateVector(out) if out.shape[1] == 1 else StateVectors(out)
        return out if noise is None or isinstance(noise, bool) else out + noise

    def covar(self, time_interval, **_):
        return CovarianceMatrix(problems.process_noise(time_interval.total_seconds(), self.density))

    def rvs(self, *args, **kwargs):
        raise NotImplementedError

    def pdf(self, *args, **kwargs):
        raise NotImplementedError


def radar():
    sigma = problems.SIGMA_ANGLE_RAD**2
    return CartesianToElevationBearingRange(
        ndim_state=6, mapping=(0, 1, 2), noise_covar=np.diag([sigma, sigma, problems.SIGMA_RANGE_M**2])
    )


def detection(plot, seconds, model):
    """Return a plot (range, azimuth from north) as Stone Soup's (elevation, bearing from east, range)."""
    value = StateVector([Elevation(plot[2]), Bearing(math.pi / 2 - plot[1]), plot[0]])
    return Detection(value, timestamp=START + dt.timedelta(seconds=seconds), measurement_model=model)


def first_state(mean, covariance):
    local = mean.copy()
    local[2] -= problems.RADIUS_M
    return GaussianState(StateVector(local), CovarianceMatrix(covariance), timestamp=START)


def place_of(state):
    return np.asarray(state.state_vector, dtype=float).ravel()[:3] + problems.RADAR


def extended(run):
    """Return the CPU seconds of each update (k,) and the position errors (k,), m, of one run."""
    warnings.simplefilter("ignore")
    model = radar()
    predictor, updater = ExtendedKalmanPredictor(Ballistic()), ExtendedKalmanUpdater(model)
    track = Track([first_state(run.mean, run.covariance)])
    spent, error = np.empty(len(run.plots)), np.empty(len(run.plots))
    for k, plot in enumerate(run.plots):
        seen = detection(plot, k + 1, model)
        begin = time.thread_time()
        predicted = predictor.predict(track[-1], timestamp=seen.timestamp)
        track.append(updater.update(SingleHypothesis(predicted, seen)))
        spent[k] = time.thread_time() - begin
        error[k] = np.linalg.norm(place_of(track[-1]) - run.truth[k, :3])
    return spent, error


def associator(kind, targets, model):
    predictor, updater = ExtendedKalmanPredictor(Ballistic()), ExtendedKalmanUpdater(model)
    if kind == "GNN":
        return updater, GNNWith2DAssignment(
            DistanceHypothesiser(predictor, updater, Mahalanobis(), missed_distance=GATE_SIGMAS)
        )
    hypothesiser = PDAHypothesiser(
        predictor, updater, clutter_spatial_density=clutter_density(targets),
        prob_detect=problems.DETECTION_PROBABILITY, prob_gate=GATE_PROBABILITY,
    )  # fmt: skip
    return updater, (JPDAwithLBP if kind == "JPDA by LBP" else JPDAwithEHM2)(hypothesiser)


def clutter_density(targets):
    """Return the false plots per scan and (m rad^2) in the box around one target."""
    half = np.array([10e3, math.radians(1.5), math.radians(1.5)])
    return problems.FALSE_PLOTS / float(np.prod(2 * half)) / targets


def follow(kind, run):
    """Return CPU seconds (scans,) and tracks' places (scans, targets, 3), m, of one salvo."""
    warnings.simplefilter("ignore")
    model = radar()
    updater, associate = associator(kind, len(run.mean), model)
    tracks = [Track([first_state(m, p)]) for m, p in zip(run.mean, run.covariance, strict=True)]
    spent, places = [], []
    for k, scan in enumerate(run.scans):
        seen = {detection(plot, k + 1, model) for plot in scan}
        now = START + dt.timedelta(seconds=k + 1)
        begin = time.thread_time()
        chosen = associate.associate(set(tracks), seen, now)
        for track in tracks:
            track.append(settle(kind, chosen[track], updater, now))
        spent.append(time.thread_time() - begin)
        places.append([place_of(track[-1]) for track in tracks])
    return np.array(spent), np.array(places)


def settle(kind, hypothesis, updater, now):
    """Return a track's next state: the plot assigned to it, or the moments of all that may be its own."""
    if kind == "GNN":
        return updater.update(hypothesis) if hypothesis.measurement else hypothesis.prediction
    states = [updater.update(each) if each else each.prediction for each in hypothesis]
    weight = np.array([float(each.probability) for each in hypothesis])
    mean, covariance = gm_reduce_single(
        StateVectors([state.state_vector for state in states]),
        np.stack([state.covar for state in states], axis=2),
        weight / weight.sum(),
    )
    return GaussianStateUpdate(mean, covariance, hypothesis, now)


def gospa(places, truth, cutoff_m=3000.0):
    """Return the GOSPA distance (m), p = 2, alpha = 2, of places (n, 3) from truth (m, 3).

    Rahmathullah, Garcia-Fernandez & Svensson, "Generalized optimal sub-pattern assignment metric", FUSION 2017.
    """
    if len(places) == 0:
        return math.sqrt(cutoff_m**2 / 2 * len(truth))
    square = np.minimum(np.linalg.norm(places[:, None] - truth[None], axis=2), cutoff_m) ** 2
    rows, columns = linear_sum_assignment(square)
    pairs = square[rows, columns]
    near = pairs < cutoff_m**2
    return math.sqrt(pairs[near].sum() + cutoff_m**2 / 2 * (len(places) + len(truth) - 2 * near.sum()))
