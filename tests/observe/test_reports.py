"""Decoding of report files: what is read, in which encodings, and what is refused with which words."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launchwatch.basis.errors import InputError
from launchwatch.facts import Provenance, Report
from launchwatch.observe.reports import LIMIT_BYTES, decode_report

PROVENANCE = Provenance(author="test", created_utc="2025-01-01T00:00:00Z")
JAPANESE = "防衛省は6日、北朝鮮が弾道ミサイルを発射したと発表した。"
KOREAN = "합동참모본부는 북한이 탄도미사일을 발사했다고 밝혔다."
ENGLISH = "The café owner said that the missile was fired by the army."


def decode(data: bytes, **options) -> Report:
    return decode_report(data, origin="a.txt", evidence="evidence-1", provenance=PROVENANCE, **options)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp932", "euc_jp", "iso2022_jp"]
)
def test_japanese_is_decoded_in_every_encoding_that_can_be_told(encoding):
    """A Japanese text comes back whole from each of its encodings, and is known to be Japanese."""
    report = decode(JAPANESE.encode(encoding))
    assert (report.text, report.language) == (JAPANESE, "ja")


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp949", "euc_kr", "iso2022_kr"]
)
def test_korean_is_decoded_in_every_encoding_that_can_be_told(encoding):
    """A Korean text comes back whole from each of its encodings, and is known to be Korean."""
    report = decode(KOREAN.encode(encoding))
    assert (report.text, report.language) == (KOREAN, "ko")


def test_iso_2022_with_characters_that_vendors_added():
    """'㎞' and '①' stand in no set that the escapes name, and are read all the same."""
    text = "防衛省は約450㎞飛翔したと発表した。①"
    data = text.encode("iso2022_jp_2004").replace(b"\x1b$(Q", b"\x1b$B")
    assert decode(data).text == text


@pytest.mark.parametrize(
    ("data", "text"),
    [(b"\x1b[1mIt flew 450 km.\x1b[0m", "It flew 450 km."), (b"\x1b$B~~~", None), (b"\x1b$)C\x0e~", None)],
)
def test_escapes_of_other_kinds(data, text):
    """Those of a terminal are none of ISO-2022; what opens a set and does not fit it is refused."""
    if text:
        assert text in decode(data).text
        return
    with pytest.raises(InputError, match="ISO-2022"):
        decode(data)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1", "cp1252"])
def test_english_with_an_accent_is_decoded(encoding):
    """Latin letters with accents come back whole."""
    report = decode(ENGLISH.encode(encoding))
    assert (report.text, report.language) == (ENGLISH, "en")


def test_five_keys_of_json_are_read():
    """The five keys of a report in JSON become the report's fields."""
    stated = {
        "text": ENGLISH,
        "outlet": "Herald",
        "published": "2025-11-07",
        "url": "https://x.test/1",
        "language": "en-GB",
    }
    report = decode(json.dumps(stated).encode())
    assert (report.text, report.outlet, report.published) == (ENGLISH, "Herald", "2025-11-07")
    assert (report.url, report.language) == ("https://x.test/1", "en")


def test_no_other_key_of_json_is_read():
    """Whatever else stands in the file changes nothing, not even where its form is odd."""
    plain = decode(json.dumps({"text": ENGLISH}).encode())
    annotated = decode(
        json.dumps({"claims": [{"value": 1}], "event_date": 7, "text": ENGLISH, "id": None}).encode()
    )
    assert plain == annotated


def test_the_file_s_own_date_stands_before_the_option():
    """A stated date of publication is kept; the option fills in where none is stated."""
    dated = decode(json.dumps({"text": ENGLISH, "published": "2024-01-02"}).encode(), published="2025-11-07")
    undated = decode(ENGLISH.encode(), published="2025-11-07")
    assert (dated.published, undated.published) == ("2024-01-02", "2025-11-07")


def test_origin_and_evidence_are_kept():
    """A report says which evidence and which file it came from."""
    report = decode(ENGLISH.encode())
    assert (report.origin, report.evidence) == ("a.txt", "evidence-1")


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "empty"),
        (b"   \n\t", "no text"),
        (b"\x00\x01\x02\x03", "binary"),
        (b"%PDF-1.7 rest", "PDF"),
        (b"PK\x03\x04rest", "ZIP"),
        (b"text with \x07 bell", "control"),
        (b'{"outlet": "Herald"}', "text"),
        (b'{"text": 5}', "str"),
        (b'{"text": null}', "str"),
        (b'{"text": "a", "published": 20251107}', "published"),
        (b'{"text": "cut off', "JSON"),
        (b'[{"text": "a"}]', "object"),
        (b"[1,2]", "no report"),
        (b"[]", "no report"),
        (b"[" * 200_000, "JSON"),
        (b'{"a":' * 100_000, "JSON"),
        (b'{"text": "a", "x": ' + b"[" * 20000 + b"]" * 20000 + b"}", "JSON"),
        (bytes(range(128, 256)) * 4, "encoding"),
        (b"\xff\xfea", "utf-16"),
    ],
)
def test_unusable_files_are_refused_with_a_reason(data, word):
    """Each unusable file raises InputError that names the trouble and what is allowed."""
    with pytest.raises(InputError) as caught:
        decode(data)
    assert word in str(caught.value)
    assert caught.value.allowed


def test_a_text_of_100_megabytes_is_refused_with_the_limit():
    """A text beyond the limit is refused, and the message states the limit in MB."""
    with pytest.raises(InputError, match="5 MB"):
        decode(b"a" * 100_000_000)
    assert LIMIT_BYTES == 5_000_000


def test_the_limit_is_an_option():
    """A caller may set another limit."""
    with pytest.raises(InputError, match="at most 10 bytes"):
        decode(b"a" * 11, limit_bytes=10)


def test_a_publication_date_that_is_none_is_refused():
    """The option must be an ISO date or instant."""
    with pytest.raises(InputError, match="ISO 8601"):
        decode(b"a text", published="7 Nov")
    assert decode(b"a text", published="2025-11-07T12:00:00Z").published == "2025-11-07T12:00:00Z"


STRAYS = ["\x0b", "\x0c", "\x1b", "\x07", "\x9b", "\ufffe", "\uffff", "\ud800", "\udfff"]


@pytest.mark.parametrize("stray", STRAYS, ids=[f"U+{ord(c):04X}" for c in STRAYS])
@pytest.mark.parametrize("form", ["txt", "json", "utf-16"])
def test_a_stray_character_becomes_a_space(stray, form):
    """One control character, half pair or non-character among many becomes a space: every place stays the same."""
    text = f"{ENGLISH * 3} {stray}fired. {ENGLISH}"
    forms = {
        "txt": text.encode("utf-8", "surrogatepass"),
        "json": json.dumps({"text": text, "outlet": f"He{stray}rald"}).encode(),
        "utf-16": b"\xff\xfe" + text.encode("utf-16-le", "surrogatepass"),
    }
    report = decode(forms[form])
    assert report.text == text.replace(stray, " ")
    assert stray not in (report.outlet or "")


def test_text_in_brackets_is_no_json():
    """A text that opens with a place in brackets is a text."""
    assert decode(b"[Seoul, 7 Nov] A missile was fired.").text.startswith("[Seoul")


@pytest.mark.parametrize("stated", ["2025-13-45", "yesterday", "20251301", "9 Nov 2025"])
def test_a_stated_date_that_is_none_is_dropped(stated):
    """A report whose publication date cannot be read is kept without it, and the reason is handed over."""
    dropped = []
    report = decode(json.dumps({"text": ENGLISH, "published": stated}).encode(), dropped=dropped)
    assert (report.text, report.published) == (ENGLISH, None)
    assert (dropped[0].given, "ISO 8601" in dropped[0].allowed) == (stated, True)


@given(st.binary(max_size=400))
def test_bytes_give_a_report_or_an_input_error(data):
    """Whatever the bytes, decoding gives a report with text or raises InputError."""
    try:
        report = decode(data)
    except InputError:
        return
    assert report.text.strip()


@given(st.text(max_size=200), st.sampled_from(["utf-8", "utf-16", "cp949", "cp932", "euc_jp", "latin-1"]))
def test_text_in_any_encoding_gives_a_report_or_an_input_error(text, encoding):
    """No text in any encoding ends otherwise than with a report or InputError."""
    try:
        decode(text.encode(encoding, "ignore"))
    except InputError:
        return


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["text", "outlet", "published", "x"]), inner, max_size=4)
        ),
        max_leaves=8,
    )
)
def test_any_json_gives_a_report_or_an_input_error(value):
    """No JSON value ends otherwise than with a report or InputError."""
    try:
        decode(json.dumps(value).encode())
    except InputError:
        return
