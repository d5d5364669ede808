"""Loss of power: what was acknowledged is there afterwards, and the test could tell (root, a loop device)."""

import random

import pytest
from benchmarks import power_loss


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgres", "jetstream"])
def test_power_is_lost_while_facts_are_written(kind, tmp_path):
    """Two cuts lose nothing that was acknowledged and the chain verifies; without syncing a cut loses facts."""
    reason = power_loss.why_not(kind)
    if reason is not None:
        pytest.skip(reason)
    for control in (False, True):
        folder = tmp_path / f"{control}"
        folder.mkdir()
        rng = random.Random(2)  # noqa: S311 - moments, not secrets
        done = power_loss.summary(power_loss.cuts(kind, 2, control, rng, folder))
        assert done["acknowledged"] > 0
        assert (done["acknowledged_lost"] > 0) is control
        assert control or (done["cuts_that_verify"] == 2 and done["reopen_s_longest"] <= 5.0)
