"""Places as terminals show them."""

import pytest

from launchwatch.geo.degrees import plain_place


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ((40.214, 125.2), "40.21 N 125.20 E"),
        ((-33.857, 151.215), "33.86 S 151.22 E"),
        ((21.9, -159.586), "21.90 N 159.59 W"),
        ((-51.7, -57.85), "51.70 S 57.85 W"),
    ],
)
def test_south_and_west_have_their_own_letters(place, says):
    """No sign is left for a reader to overlook: four places in four quarters of the globe."""
    assert plain_place(*place) == says
