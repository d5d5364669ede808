"""What the `warn` process remembers of its log."""

import tracemalloc

from msgspec.structs import replace

from launchwatch.facts import Delivery, FieldLabels, Label, PartnerFact, Provenance, Rejection, Release
from launchwatch.run.warning_book import Book
from launchwatch.tell.approvals import sign_approval
from launchwatch.tell.ledger import ledger_of
from tests.run.sharing_stand import MADE
from tests.tell.released import KIM, NOW, asked, private

OWN = Provenance(author="me", created_utc="2025-11-07T03:36:00Z")


def partner_fact(number):
    return PartnerFact(
        id=f"partner-{number}", partner="US", number=number, kind="state", subject="track-1", version=number,
        body="{}", digest="", made_utc=MADE.created_utc, received_utc=MADE.created_utc, status="exercise",
        provenance=MADE, view="full", labels=FieldLabels.all(Label.of("US", "KR")),
    )  # fmt: skip


def rejection(number, made, what="statement"):
    return Rejection(id=f"rejection-{number}", evidence="partner US", what=what, reason="x", provenance=made)


def test_what_partners_send_is_not_remembered():
    """However much a partner sends, or puts on the own channels, only refusals made once are kept."""
    book = Book("me")
    for number in range(1000):
        book.take(partner_fact(number))
        book.take(rejection(number, MADE))
        book.take(rejection(f"out-{number}", OWN, what="board"))
    book.take(rejection(1000, OWN))
    assert book.ids == {"rejection-1000"}


STEP, TEXTS, REQUEST = asked()
WORDS = 5000


def ended(number):
    """Return the facts of one step from its decision to the ledger, with ids, words and instants of its own."""
    step = replace(STEP, id=f"step-{number}")
    texts = [
        replace(one, id=f"{one.id}-{number}", step=step.id, content=f"{number}" * WORDS, digest=None)
        for one in TEXTS
    ]
    request = replace(REQUEST, id=f"request-{number}", step=step.id, bulletins=tuple(one.id for one in texts))
    release = Release(
        id=f"release-{number}", request=request.id, step=step.id, alert=step.alert, outcome="released",
        keys=("a", "b"), decided_utc=NOW, reason=f"by two of {number}", provenance=MADE,
    )  # fmt: skip
    deliveries = [
        Delivery(
            id=f"{one.id}-{outcome}", bulletin=one.id, step=step.id, channel="web", digest="", outcome=outcome,
            sent_utc=f"2026-03-01T00:00:21.{number:06d}Z",
            received_utc=None if outcome == "sent" else f"2026-03-01T00:00:22.{number:06d}Z", provenance=MADE,
        )
        for one in texts for outcome in ("sent", "read back")
    ]  # fmt: skip
    return step, texts, [step, *texts, request, sign_approval(request, private(KIM), NOW), release, *deliveries]


def test_of_what_has_ended_no_words_are_kept():
    """After 300 ended steps no text, approval or open request is held, and each has cost a tenth of its words."""
    book = Book("me")
    tracemalloc.start()
    try:
        for number in range(1000, 1300):
            _, texts, facts = ended(number)
            for fact in facts:
                book.take(fact)
            assert set(book.texts) == {f"step-{number}"}
            book.let_go(set())
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (book.texts, book.approvals, book.undecided, book.ids) == ({}, {}, {}, set())
    assert len(book.bulletins) == 300 * len(texts)
    assert held / 300 < 0.1 * sum(len(one.content) for one in texts)


def test_what_is_under_way_or_asked_for_keeps_its_words():
    """The words stay while people may sign them, and while a channel has not read them back."""
    book = Book("me")
    step, texts, facts = ended(1)
    for fact in facts:
        if isinstance(fact, Release):
            book.let_go(set())
            assert book.texts_of(book.open_requests()[0]) == texts
        book.take(fact)
    book.let_go({step.id})
    assert book.texts == {step.id: texts}


def test_the_ledger_is_the_same_from_what_is_kept():
    """The entry of a step that was let go is that of its facts in full, and its facts are known again."""
    book = Book("me")
    step, _, facts = ended(1)
    for fact in facts:
        book.take(fact)
    book.let_go(set())
    request, _, release, *deliveries = facts[1 + len(TEXTS) :]
    asked_for, let_out = book.request_of[step.id], book.release_of[step.id]
    kept = ledger_of(step, request=asked_for, release=let_out, deliveries=book.deliveries_of(step))
    assert kept == ledger_of(step, request=request, release=release, deliveries=deliveries)
    assert kept.outcome == "read back"
    assert all(book.knows(fact) for fact in (step, request, release, *deliveries, *facts[1:3]))
