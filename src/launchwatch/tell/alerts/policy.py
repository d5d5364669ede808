"""What an alert needs and how long things hold: the figures of a chain, each with its reason."""

from launchwatch.basis.errors import InputError
from launchwatch.facts import Audience, Value


class Policy(Value, frozen=True, kw_only=True):
    """The figures that a chain decides by; `docs/concepts/warning.md` says why each is what it is.

    `release_threshold`  least probability of reaching protected territory, or passing over it, for a public alert
    `forecast_threshold` the same where all rests on what a burning motor may yet do; in between, in proportion
    `forecast_hold_s`    for so long it must be enough, where most of it rests on such a forecast
    `notice_threshold`   the same of waters and airspace, for ships and aircraft
    `lift_threshold`     an alert that stands is lifted, and a fall told as at sea, only below this probability
    `least_paths`        independent paths that confirm an object (one less with a signed human statement)
    `lost_s`             after so long without a plot a track says nothing more about where it will fall
    `follow_s`           a fall is predicted only from a track that was followed for so long
    `fall_ellipse_km`    a fall is predicted only where its 95 % ellipse is no longer than this (half axis)
    `burning`            probability of a burning motor above which no fall is predicted
    `settled_height_m`   a falling track that was followed down to here leaves the place of its fall settled
    `settled_s`          so does one that was followed to so long before its fall
    `fall_margin_s`      how long after the predicted time a fall is taken as over
    `gone_s`             an alert is lifted when the probability stayed below `lift_threshold` for so long
    `longest_flight_s`   last possible fall after lift-off where the track was lost before its fall was known
    `repeat_s`           at most one update of one stage in so long, where something is added
    `remove_s`           the same where districts are only dropped
    `time_change_s`      a fall time that moved by more is told anew
    `renew_s`            an alert that still stands is renewed so long before it expires
    `retract_alone_s`    an alert marked as issued in error within so long of its release is cancelled by one key
    `alert_life_s`       every step expires so long after it was decided
    `information_s`      the press is informed of an object that concerns nobody after it was followed so long
    `ahead_s`            a fact dated further ahead of the clock is not used
    """

    release_threshold: float = 0.8
    forecast_threshold: float = 0.9
    forecast_hold_s: float = 4.0
    notice_threshold: float = 0.05
    lift_threshold: float = 0.05
    least_paths: int = 2
    lost_s: float = 15.0
    retract_alone_s: float = 600.0
    alert_life_s: float = 1800.0
    follow_s: float = 10.0
    fall_ellipse_km: float = 50.0
    burning: float = 0.1
    settled_height_m: float = 20_000.0
    settled_s: float = 20.0
    fall_margin_s: float = 60.0
    gone_s: float = 20.0
    longest_flight_s: float = 5400.0
    repeat_s: float = 10.0
    remove_s: float = 60.0
    time_change_s: float = 60.0
    renew_s: float = 300.0
    information_s: float = 60.0
    ahead_s: float = 10.0

    def threshold(self, audience: Audience) -> float:
        """Return the least probability at which an audience is told."""
        return self.release_threshold if audience == "public" else self.notice_threshold

    def least(self, audience: Audience, forecast: float) -> float:
        """Return the least probability to alert at; its share `forecast` rests on a burning motor's prospect.

        A forecast is looked at anew at every state until the motor ends, and is right at one of them by chance.
        """
        own = self.threshold(audience)
        return own + forecast * (max(self.forecast_threshold, own) - own) if audience == "public" else own


def policy_of(settings: object) -> Policy:
    """Return the policy with every figure that `settings` has by the same name; the rest keep their defaults.

    Raises InputError where a figure cannot be: a threshold outside (0, 1), a time that is not positive, or less
    than one path.
    """
    named = {name: getattr(settings, name) for name in Policy.__struct_fields__ if hasattr(settings, name)}
    return check_policy(Policy(**named))


def check_policy(policy: Policy) -> Policy:
    """Return `policy` if its figures can be; see `policy_of`."""
    for name in ("release_threshold", "forecast_threshold", "notice_threshold", "lift_threshold"):
        if not 0 < getattr(policy, name) < 1:
            raise InputError(f"{name} out of range", given=getattr(policy, name), allowed="between 0 and 1")
    if policy.least_paths < 1:
        raise InputError("too few paths", given=policy.least_paths, allowed="1 or more, and 2 to be safe")
    for name in Policy.__struct_fields__:
        if name.endswith("_s") and not 0 < getattr(policy, name) < float("inf"):
            raise InputError(f"{name} is no duration", given=getattr(policy, name), allowed="more than 0 s")
    if policy.renew_s >= policy.alert_life_s:
        raise InputError(
            "an alert is renewed before it is made", given=policy.renew_s, allowed="less than alert_life_s"
        )
    return policy
