"""What the `warn` process remembers of its log."""

from launchwatch.facts import FieldLabels, Label, PartnerFact, Provenance, Rejection
from launchwatch.run.warning_book import Book
from tests.run.sharing_stand import MADE

OWN = Provenance(author="me", created_utc="2025-11-07T03:36:00Z")


def partner_fact(number):
    return PartnerFact(
        id=f"partner-{number}", partner="US", number=number, kind="state", subject="track-1", version=number,
        body="{}", digest="", made_utc=MADE.created_utc, received_utc=MADE.created_utc, status="exercise",
        provenance=MADE, view="full", labels=FieldLabels.all(Label.of("US", "KR")),
    )  # fmt: skip


def rejection(number, made):
    return Rejection(id=f"rejection-{number}", evidence="partner US", what="message", reason="x", provenance=made)


def test_what_partners_send_is_not_remembered():
    """However many facts and refusals a partner makes, only the own refusals are kept, to be made once."""
    book = Book("me")
    for number in range(1000):
        book.take(partner_fact(number))
        book.take(rejection(number, MADE))
    book.take(rejection(1000, OWN))
    assert book.ids == {"rejection-1000"}
