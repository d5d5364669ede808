"""The areas that claims name: apart from their likelihoods, since sorting reports needs no more than these."""

from launchwatch.facts import Claim
from launchwatch.geo.places import PlaceArea, resolve_place


def claimed_area(claim: Claim, country: str | None) -> PlaceArea | None:
    """Return the area that a place claim names, from its value or else its quote."""
    return resolve_place(str(claim.value), country=country) or resolve_place(claim.quote, country=country)
