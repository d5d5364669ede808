"""What a log promises, on SQLite and on a PostgreSQL server alike."""

from itertools import pairwise

import apsw
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

from launchwatch.basis.errors import BrokenChainError, InputError, LogError
from launchwatch.basis.signatures import key_id, public_hex
from launchwatch.facts import canonical_bytes
from launchwatch.keep import HeadSigner, open_log
from launchwatch.keep.backup import back_up, copy_rows
from launchwatch.keep.opening import is_server
from launchwatch.keep.store import PAGE_ROWS, row_hash
from tests.keep.samples import alert_step, plots, sensor, ticks

REFUSED = (
    "UPDATE facts SET kind = 'report' WHERE seq = 2",
    "DELETE FROM facts WHERE seq = 2",
    "INSERT INTO facts VALUES (2, 'plot', '', '')",
    "INSERT INTO facts VALUES (9, 'plot', '', '')",
    "TRUNCATE facts",
)


def directly(place, *statements):
    """Run statements on the database itself, as someone who goes round the program would."""
    if is_server(place):
        import psycopg

        with psycopg.connect(place, autocommit=True) as db:
            for statement in statements:
                db.execute(statement)
        return
    db = apsw.Connection(str(place))
    for statement in statements:
        db.execute(statement)
    db.close()


def tamper(place, *statements):
    """Change rows behind the triggers, as an administrator can."""
    if is_server(place):
        directly(place, "ALTER TABLE facts DISABLE TRIGGER USER", *statements)
    else:
        drops = ("DROP TRIGGER facts_are_never_changed", "DROP TRIGGER facts_are_never_deleted")
        directly(place, *drops, *statements)


@pytest.fixture
def kept(place):
    """Return where a log of five plots is."""
    with open_log(place, writable=True) as log:
        log.append(plots(3))
        log.append(plots(2, 3))
    return place


def test_facts_come_back_in_order_and_the_chain_is_as_documented(kept):
    """Facts are equal and in order, and the head follows from the documented formula alone."""
    head = bytes(32)
    for seq, plot in enumerate(plots(5), start=1):
        head = row_hash(head, seq, "plot", canonical_bytes(plot))
    with open_log(kept) as log:
        assert [row.fact() for row in log.rows()] == plots(5)
        assert log.verify() == log.head
        assert log.head.head == head


def test_a_reopened_log_goes_on(kept):
    """Numbers and chain go on where they ended; nothing at all is a commit that changes nothing."""
    with open_log(kept, writable=True) as log:
        assert log.append([]) == 5
        assert log.append(plots(1, 5)) == 6
        assert log.verify().rows == 6


def test_rows_by_kind_are_in_the_order_of_their_numbers(place):
    """Of many kinds asked for together, over pages, rows come in order, and only those after a number."""
    with open_log(place, writable=True) as log:
        for start in range(0, 3 * PAGE_ROWS, 100):
            log.append([fact for pair in zip(ticks(100, start), plots(100, start), strict=True) for fact in pair])
        seqs = [row.seq for row in log.rows("tick", "plot", "step", after=7)]
        assert seqs == list(range(8, 6 * PAGE_ROWS + 1))
        assert [row.kind for row in log.rows("tick", after=5 * PAGE_ROWS)] == ["tick"] * (PAGE_ROWS // 2)


def test_rows_appended_meanwhile_are_left_for_the_next_call(place):
    """A reader between two kinds is not overtaken: what comes while it reads has numbers above all that it saw."""
    with open_log(place, writable=True) as log:
        log.append([*ticks(2), *plots(2)])
        rows = log.rows("tick", "plot")
        first = next(rows)
        log.append(ticks(1, 2))
        assert [first.seq, *(row.seq for row in rows)] == [1, 2, 3, 4]
        assert [row.seq for row in log.rows("tick", "plot", after=4)] == [5]


def test_once_only(place):
    """A fact that is there is skipped, in a later call and within one; another kind's id is another id."""
    with open_log(place, writable=True) as log:
        assert log.append(ticks(3), once=True) == 3
        assert log.append([*ticks(4), *ticks(5)], once=True) == 5
        same = structs.replace(ticks(1)[0], time_utc="2026-01-01T00:00:00Z")
        assert log.append([same], once=True) == 5
        assert log.append([alert_step("tick", 0)], once=True) == 6
        assert log.verify().rows == 6


def test_sensors_and_plots_bear_names_of_others(place):
    """A sensor of a known name that was moved is another fact; the same description again is not."""
    with open_log(place, writable=True) as log:
        assert log.append([sensor("R"), sensor("R", 5.0), sensor("R")], once=True) == 2


def test_runs_over_the_same_evidence_are_all_kept(place):
    """Without `once` the same facts may come again, and their chain and index hold."""
    with open_log(place, writable=True) as log:
        assert log.append([alert_step("a"), *ticks(2)]) == 3
        assert log.append([alert_step("a"), *ticks(2)]) == 6
        assert log.append(ticks(2), once=True) == 6
        assert [row.seq for row in log.rows(subject="a")] == [1, 4]
        assert log.verify().rows == 6


def test_rows_about_one_subject(place):
    """One alert's rows are found among others', over pages, by kind and after a number."""
    with open_log(place, writable=True) as log:
        steps = [alert_step(alert, n) for n in range(PAGE_ROWS + 50) for alert in ("a", "b")]
        log.append([*ticks(10), *steps])
        found = list(log.rows(subject="b"))
        assert [row.fact().number for row in found] == list(range(PAGE_ROWS + 50))
        assert [row.seq for row in log.rows("step", after=found[-2].seq, subject="b")] == [found[-1].seq]
        assert list(log.rows("tick", subject="b")) == list(log.rows(subject="c")) == []


def test_cursors_are_kept_and_are_no_facts(kept):
    """A cursor goes forwards and back and survives; the chain knows nothing of it."""
    with open_log(kept, writable=True) as log:
        before = log.head
        for seq in (3, 5, 4):
            log.set_cursor("share/US", seq)
        assert log.head == before
    with open_log(kept) as log:
        assert (log.cursor("share/US"), log.cursor("share/JP")) == (4, 0)


def test_facts_and_cursor_are_one_transaction(kept):
    """What cannot be stored leaves neither fact nor cursor behind, and the log goes on."""
    with open_log(kept, writable=True) as log:
        directly(kept, "DROP TABLE cursors")
        with pytest.raises(LogError, match="cursors"):
            log.commit([], once=True, cursors={"a": 1})
        assert log.append(plots(1, 5)) == 6
        assert log.verify().rows == 6


def test_one_writer_at_a_time(kept):
    """A second writer is refused while the first is open; readers are not, and see what it appends."""
    with open_log(kept, writable=True) as log, open_log(kept) as reader:
        with pytest.raises(LogError, match="written by another process"):
            open_log(kept, writable=True)
        before = reader.version()
        log.append(plots(1, 5))
        assert reader.version() != before
        assert reader.seq() == reader.head.rows == 6
        with pytest.raises(LogError, match="reading only"):
            reader.append(plots(1))
    open_log(kept, writable=True).close()


def test_no_log_is_told(place):
    """Where there is no log a reader says so, and an unknown scheme is refused with those that are known."""
    with pytest.raises(LogError, match="no evidence log"):
        open_log(place)
    with pytest.raises(InputError, match="postgresql://"):
        open_log("mysql://host/db")


@pytest.mark.parametrize("statement", REFUSED)
def test_the_database_refuses_changes(kept, statement):
    """The database itself refuses to change, replace or delete a fact, and to leave a gap."""
    if statement.startswith("TRUNCATE") and not is_server(kept):
        pytest.skip("SQLite has no TRUNCATE")
    with pytest.raises(Exception, match="append-only"):
        directly(kept, statement)


@pytest.mark.parametrize(
    ("statement", "row"),
    [
        ("UPDATE facts SET kind = 'report' WHERE seq = 2", 2),
        ("UPDATE facts SET hash = body WHERE seq = 4", 4),
        ("UPDATE facts SET body = hash WHERE seq = 5", 5),
        ("DELETE FROM facts WHERE seq = 1", 1),
        ("DELETE FROM facts WHERE seq = 3", 3),
    ],
)
def test_tampering_is_found_at_its_row(kept, statement, row):
    """Whoever goes round the triggers is found: the first bad row is named."""
    tamper(kept, statement)
    with open_log(kept) as log, pytest.raises(BrokenChainError) as broken:
        log.verify()
    assert broken.value.seq == row


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM ids", "UPDATE subjects SET seq = 9", "UPDATE ids SET seq = 1", "DELETE FROM subjects"],
)
def test_a_changed_index_is_found_and_made_anew(place, statement):
    """The index is no evidence, but a row hidden from it is found by `verify`, and `reindex` brings it back."""
    with open_log(place, writable=True) as log:
        log.append([*ticks(3), alert_step("a")])
    directly(place, statement)
    with open_log(place, writable=True) as log:
        with pytest.raises(LogError, match="reindex"):
            log.verify()
        log.reindex()
        assert log.verify().rows == 4
        assert len(list(log.rows(subject="a"))) == 1


def signed_log(place, private):
    signer = HeadSigner(private, now=lambda: 1_762_486_500.0)
    with open_log(place, writable=True) as log:
        log.append(ticks(3))
        log.append([signer.sign(log.head.rows, log.head.head), *ticks(2, 3)])


def test_signed_heads_are_checked(place):
    """A signed head fits its row under the right key, and under no other."""
    private, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    mine, others = public_hex(private), public_hex(other)
    signed_log(place, private)
    with open_log(place) as log:
        verified = log.verify(keys={key_id(mine): mine})
        assert (verified.rows, verified.signatures, verified.signed) == (6, 1, 3)
        with pytest.raises(BrokenChainError, match="unknown key"):
            log.verify(keys={key_id(others): others})
        with pytest.raises(BrokenChainError, match="not that of"):
            log.verify(keys={key_id(mine): others})


def test_a_log_written_anew_does_not_fit_its_signed_heads(place):
    """Whoever makes a whole chain over other rows cannot take a signed head along."""
    private = Ed25519PrivateKey.generate()
    public = public_hex(private)
    signer = HeadSigner(private, now=lambda: 1_762_486_500.0)
    with open_log(place, writable=True) as log:
        log.append(ticks(3))
        log.append([signer.sign(3, bytes(32)), *ticks(2, 3)])
        assert log.verify().rows == 6
        with pytest.raises(BrokenChainError, match="row 3"):
            log.verify(keys={key_id(public): public})


def test_a_copy_in_the_other_store_has_the_same_head(postgres_log, tmp_path):
    """A chain does not depend on what keeps it: SQLite to PostgreSQL and back."""
    with open_log(tmp_path / "a.db", writable=True) as log:
        log.append([*ticks(30), alert_step("a"), *plots(3), *ticks(2)])
        log.set_cursor("x", 7)
        head = log.head
    assert copy_rows(tmp_path / "a.db", postgres_log) == head
    assert back_up(postgres_log, tmp_path / "b.db") == head
    with open_log(tmp_path / "b.db") as log:
        assert log.cursor("x") == 7


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=20), number=st.floats(-1e9, 1e9))
def test_any_text_and_place_survive_the_store(place, text, number):
    """Ids and subjects of any characters and places that are none come back as they were."""
    step = structs.replace(alert_step(text, rings=(((number, number),),), fall=(number, number)), id=text)
    with open_log(place, writable=True) as log:
        log.append([step])
        assert list(log.rows(subject=text))[-1].fact() == step


def test_verify_takes_any_number_of_pages(place):
    """A chain over several pages is whole, and its hashes are all different."""
    with open_log(place, writable=True) as log:
        log.append(ticks(2 * PAGE_ROWS + 3))
        assert log.verify().rows == 2 * PAGE_ROWS + 3
        assert all(a.hash != b.hash for a, b in pairwise(log.rows()))
