"""What all tests share: deterministic property tests without deadlines, and the place of the shared material."""

from pathlib import Path

import pytest
from hypothesis import settings

# Compiled kernels take seconds on their first call, and runs must repeat.
settings.register_profile("launchwatch", deadline=None, derandomize=True)
settings.load_profile("launchwatch")

SHARED = Path(__file__).parents[1].parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of reports and recordings beside the checkout, or skip where it is absent."""
    if not (SHARED / "reports").is_dir():
        pytest.skip("the shared reports are not beside this checkout")
    return SHARED
