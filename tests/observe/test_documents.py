"""Pages, PDFs, feeds and lists of reports: what is taken out of them, and how hostile ones end."""

import json
import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from launchwatch.facts import Provenance, Report
from launchwatch.observe import radicals
from launchwatch.observe.read import read_report
from launchwatch.observe.reports import Refused, Source, decode_line, decode_reports
from tests.observe.document_samples import (
    ATOM,
    PARAGRAPHS,
    TITLES,
    UNSEEN,
    WIDE_FONT,
    lines,
    page,
    pdf,
    rss,
    wide_lines,
)  # fmt: skip

WHO = Provenance(author="test", created_utc="2025-01-01T00:00:00Z")
SECONDS = 20.0
"""Longest time that a hostile file may take here; on a quiet machine none takes a third of it."""


def decode(data, origin="a", **known):
    data = data.encode() if isinstance(data, str) else data
    return list(decode_reports(data, Source(origin, "evidence-1", WHO, **known)))


def only(data, origin="a", **known) -> Report:
    (report,) = decode(data, origin, **known)
    assert isinstance(report, Report), report
    return report


def refusal(data, origin="a") -> str:
    (refused,) = decode(data, origin)
    assert isinstance(refused, Refused), refused
    return refused.error.message


@pytest.mark.parametrize("language", PARAGRAPHS)
def test_the_main_text_of_a_page(language):
    """A page gives its headline and paragraphs, and nothing of what stands around them or is hidden."""
    report = only(page(language))
    assert report.text == "\n\n".join((TITLES[language], *PARAGRAPHS[language]))
    assert not [text for text in (*UNSEEN, "Section", "Related", "rights reserved") if text in report.text]
    assert report.language == language


def test_spans_stand_in_the_text_that_is_kept():
    """Each claim's quote stands at its span in the extracted text."""
    report = only(page())
    reading = read_report(report, provenance=WHO)
    assert len(reading.claims) >= 5
    assert all(report.text[slice(*claim.span)] == claim.quote for claim in reading.claims)


def test_a_page_states_its_outlet_date_and_address():
    """Meta elements give outlet, date and address."""
    stated = {"og:site_name": "Herald", "article:published_time": "2025-11-07T13:02:00+09:00"}
    report = only(page(head='<link rel="canonical" href="https://example.org/a">', **stated))
    assert (report.outlet, report.published) == ("Herald", "2025-11-07T13:02:00+09:00")
    assert report.url == "https://example.org/a"


def test_a_page_states_itself_in_json_ld():
    """JSON-LD gives outlet and date, in a graph and beside other objects, however deep what is odd in it."""
    data = {"@graph": [{"@type": "Organization", "name": "no"}, {
        "@type": "NewsArticle", "datePublished": "2025-11-07", "publisher": {"name": "Herald"},
    }]}  # fmt: skip
    odd = f'<script type="application/ld+json">{"[" * 100_000}</script>'
    report = only(page(head=f'{odd}<script type="application/ld+json">{json.dumps(data)}</script>'))
    assert (report.outlet, report.published) == ("Herald", "2025-11-07")


@pytest.mark.parametrize(
    ("stated", "date"),
    [
        ("Fri, 07 Nov 2025 13:02:00 +0900", "2025-11-07T13:02:00+09:00"),
        ("2025/11/7 13:02", "2025-11-07"),
        ("2025년 11월 7일", "2025-11-07"),
        ("2025-11-07T04:02:00.000Z", "2025-11-07T04:02:00.000Z"),
        ("soon", None),
        ("2025-13-45", None),
    ],
)
def test_dates_of_pages(stated, date):
    """The forms of date in use are understood, others leave none."""
    assert only(page(**{"article:published_time": stated})).published == date


def test_a_template_s_language_yields_to_the_text():
    """A Korean text in a page that says English is Korean."""
    assert only(page("ko").replace('lang="ko"', 'lang="en"')).language == "ko"


@pytest.mark.parametrize(
    ("language", "encoding", "stated"),
    [
        ("ja", "cp932", "shift_jis"), ("ja", "euc_jp", "euc-jp"), ("ja", "iso2022_jp", "iso-2022-jp"),
        ("ko", "cp949", "euc-kr"), ("ko", "cp949", "utf-8"), ("ja", "utf-8", "shift_jis"),
        ("en", "utf-16", "utf-8"),
        ("ko", "cp949", None), ("ja", "utf-8", "klingon"), ("ja", "iso2022_jp", None),
    ],
)  # fmt: skip
def test_encodings_of_pages(language, encoding, stated):
    """A page is read in its own encoding, stated, unstated or wrongly stated."""
    head = f'<meta charset="{stated}">' if stated else ""
    text = page(language, head).replace("㎞", "km").replace("７", "7").replace("（ＥＥＺ）", "")
    assert PARAGRAPHS[language][0].replace("７", "7") in only(text.encode(encoding)).text


def test_what_the_server_says_of_an_encoding_and_address():
    """The server's word serves where the page has none."""
    text = page("ja").replace("（ＥＥＺ）", "")
    report = only(text.encode("iso2022_jp"), charset="iso-2022-jp", url="https://example.org/b")
    assert PARAGRAPHS["ja"][0] in report.text
    assert report.url == "https://example.org/b"


@pytest.mark.parametrize(
    ("stated", "day"),
    [("D:20251108093000+09'00'", "2025-11-08"), ("D:20251108", "2025-11-08"), ("yesterday", None), ("", None)],
)
def test_the_day_on_which_a_pdf_was_made_is_told_and_no_publication(stated, day):
    """It comes as a note; 'on Friday' stays a weekday."""
    report = only(pdf(lines("North Korea fired a missile on Friday, Japan's defence ministry said."), made=stated))
    assert (report.made, report.published) == (day, None)
    reading = read_report(report, provenance=WHO)
    assert [note for note in reading.notes if "made on" in note] == (
        [f"the file was made on {day}, which is not taken for its date of publication"] if day else []
    )
    assert {claim.value for claim in reading.claims if claim.attribute == "event_date"} == {"Friday"}


def test_a_statement_in_pdf():
    """Lines of a PDF are joined where a sentence runs on; its reading is that of the text."""
    report = only(pdf(lines(
        "North Korea fired a ballistic missile on Friday morning, and the missile",
        "flew about 700 km, South Korea's military said in a state-",
        "ment to the press.",
        "Japan's defense ministry said that it fell outside the zone.",
    )))  # fmt: skip
    assert report.text.splitlines()[0] == (
        "North Korea fired a ballistic missile on Friday morning, and the missile flew about 700 km, "
        "South Korea’s military said in a statement to the press."
    )
    assert 700 in {claim.value for claim in read_report(report, provenance=WHO).claims}


def test_a_japanese_statement_in_pdf():
    """Lines join without a space; radicals are characters; spaces that stretch a line to the margin go."""
    report = only(pdf(wide_lines(
        "防衛省は7\u2f47、北朝鮮が午前7時50分ごろ、平壌近郊から弾道ミサ",
        "イル1発を発射したと発表した。\u2fbc度は最も\u2fbcい所で約85",
        "キ ロ に 達 し 、 約 620 キ ロ 飛 ん で 、 日 本 の",
        "ＥＥＺ外に落下したと推定した。",
    ), font=WIDE_FONT))  # fmt: skip
    assert report.text == (
        "防衛省は7日、北朝鮮が午前7時50分ごろ、平壌近郊から弾道ミサイル1発を発射したと発表した。"
        "高度は最も高い所で約85キロに達し、約620キロ飛んで、日本のＥＥＺ外に落下したと推定した。"
    )
    assert {85, 620} <= {claim.value for claim in read_report(report, provenance=WHO).claims}


@pytest.mark.parametrize(
    "broken",
    [
        (
            "합참은 7일 북한이 이날 오전 평양 일대에서 동",
            "해상으로 탄도미사일 1발을 쐈다고 밝혔다. 미",
            "사일은 약 450km를 비행",
            "했으며 해상에 떨어졌다.",
        ),
        (
            "합참은 7일 북한이 이날 오전 평양 ",
            "일대에서 동해상으로 탄도미사일 1발",
            "을 쐈다고 밝혔다. 미사일은 약 450",
            "km를 비행했으며 해상에 떨어졌다.",
        ),
    ],
)
def test_a_korean_statement_in_pdf(broken):
    """A word that a line breaks is whole again; other words stay apart."""
    report = only(pdf(wide_lines(*broken), font=WIDE_FONT))
    assert report.text.replace("450 km", "450km") == (
        "합참은 7일 북한이 이날 오전 평양 일대에서 동해상으로 탄도미사일 1발을 쐈다고 밝혔다. "
        "미사일은 약 450km를 비행했으며 해상에 떨어졌다."
    )
    assert 450 in {claim.value for claim in read_report(report, provenance=WHO).claims}


def test_a_pdf_whose_figures_come_from_another_font():
    """A single space at each change of font goes where words stand two apart; a space of the text's own stays."""
    report = only(pdf(wide_lines(
        "합참은  7 일  북한이  이날  오후  12 시  35 분쯤  동해상으로  미사일  1 발을  쐈다고  밝혔다 .",
        "미사일은  450 ㎞를  날아  일본  EEZ 밖에  떨어졌고  고도는  50km 라고  합참은  설명했다 . 일본도  같다 .",
    ), font=WIDE_FONT))  # fmt: skip
    assert report.text == (
        "합참은 7일 북한이 이날 오후 12시 35분쯤 동해상으로 미사일 1발을 쐈다고 밝혔다.\n"
        "미사일은 450㎞를 날아 일본 EEZ 밖에 떨어졌고 고도는 50km라고 합참은 설명했다. 일본도 같다."
    )


def test_a_title_of_a_pdf_stands_apart():
    """A line in larger type is a paragraph of its own, however long it is."""
    title, body = "북한, 동해로 미사일 1발 발사", "합동참모본부는 7일 이를 밝혔다."
    shown = [b"<%s> Tj T* " % line.encode("utf-16-be").hex().encode() for line in (title, body)]
    stream = b"BT /F1 24 Tf 72 700 Td 30 TL " + shown[0] + b"/F1 12 Tf " + shown[1] + b"ET"
    assert only(pdf(stream, font=WIDE_FONT)).text == f"{title}\n\n{body}"


def test_radicals_of_the_supplement_are_characters():
    """Browsers write '⻄' for '西', which no compatibility form leads back; spans stay those of the text."""
    printed = only(pdf(wide_lines("北朝鮮⻄岸付近から弾道ミサイルが発射された。"), font=WIDE_FONT))
    assert printed.text == "北朝鮮西岸付近から弾道ミサイルが発射された。"
    raw = only("北朝鮮⻄岸付近から弾道ミサイルが発射された。".encode())
    (place,) = [one for one in read_report(raw, provenance=WHO).claims if one.attribute == "launch_area"]
    assert place.value == "北朝鮮西岸付近"
    assert place.quote == raw.text[slice(*place.span)] == "北朝鮮⻄岸付近"


def test_every_radical_is_one_ideograph():
    """The table keeps the length of a text, and agrees with the compatibility forms that there are."""
    assert len(radicals.CHARACTERS) == 214 + 114
    for radical, character in radicals.CHARACTERS.items():
        assert unicodedata.name(radical).startswith(("CJK RADICAL", "KANGXI RADICAL"))
        assert unicodedata.name(character).startswith("CJK UNIFIED IDEOGRAPH")
        assert unicodedata.normalize("NFKC", radical) in (radical, character)


def test_items_of_a_feed():
    """Each item of a feed is a report with its link, date and outlet; one without words is refused alone."""
    found = decode(rss(
        ("Launch", "&lt;p&gt;It flew &lt;b&gt;700 km&lt;/b&gt;.&lt;/p&gt;&lt;script&gt;x&lt;/script&gt;",
         "Fri, 07 Nov 2025 04:00:00 GMT", "https://example.org/1"),
        ("", "", "", ""),
        ("Second", "It fell.", "never", "javascript:alert(1)"),
    ), "wire.xml")  # fmt: skip
    first, empty, last = found
    assert (first.text, first.outlet, first.url) == ("Launch\n\nIt flew 700 km.", "Wire", "https://example.org/1")
    assert first.published == "2025-11-07T04:00:00+00:00"
    assert (empty.what, empty.error.message) == ("wire.xml#2", "item of a feed has no words")
    assert (last.origin, last.published, last.url) == ("wire.xml#3", None, None)
    atom = only(ATOM)
    assert (atom.text, atom.outlet) == ("A launch\n\nNorth Korea fired a missile, Japan said.", "Desk")


def test_lists_and_lines_of_reports():
    """Members of a JSON list and lines of NDJSON are reports; a bad one is refused by its number."""
    good = {"text": "A missile flew.", "outlet": "Herald"}
    found = decode(json.dumps([good, {"text": 3}, {"outlet": "x"}]), "list.json")
    assert [type(one) for one in found] == [Report, Refused, Refused]
    assert [found[0].origin, found[1].what] == ["list.json#1", "list.json#2"]
    source = Source("a.ndjson", "e", WHO)
    (report,) = decode_line(json.dumps(good).encode(), 4, source)
    assert (report.origin, report.outlet) == ("a.ndjson#4", "Herald")
    (refused,) = decode_line(b'{"text":', 5, source)
    assert refused.what == "a.ndjson#5"


BODY = "<html><body>"
MANY = "".join(f"a{k}=b " for k in range(300_000))
ENTITIES = '<!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
HOSTILE = {
    "ten megabytes of nested tags": (BODY + "<div>" * 2_000_000, "page holds no text"),
    "tags that nothing closes": (BODY + "<b>x" * 1_000_000, None),
    "an element of many attributes": (f"{BODY}<p {MANY}>", "attributes"),
    "a long attribute": (BODY + f"<p class='{'a=1 ' * 3000}'>word</p>" * 20, None),
    "many paragraphs": (BODY + "<p>word, word</p>" * 200_000, None),
    "many hidden elements": (BODY + "<i hidden>a</i>b" * 100_000, None),
    "comments without an end": ("<html>" + "<!--" * 1_000_000, "page holds no text"),
    "only scripts": (BODY + "<script>word</script>" * 1000, "page holds no text"),
    "an unreadable encoding": (b'<html><meta charset="utf-8">' + bytes(range(128, 256)) * 9, "encoding"),
    "a bomb of entities": (
        f"<?xml version='1.0'?>{ENTITIES}<rss><channel><item><title>&b;</title></item></channel></rss>",
        "entities of its own",
    ),
    "a feed nested without end": ("<rss><channel>" + "<item>" * 500_000, "too much markup"),
    "XML that is no feed": ("<?xml version='1.0'?><rss><!-- none --></rss>", "feed holds no items"),
    "a PDF that unpacks to half a gigabyte": (pdf(b" " * 500_000_000), "unpacks to more"),
    "a PDF of many strokes": (pdf(b"q Q " * 1_900_000), "unpacks to more"),
    "a PDF of many pages": (pdf(*[lines("a")] * 600), "too long"),
    "a broken PDF": (pdf(lines("a"))[:-200], "cannot be read"),
    "a PDF of brackets": (b"%PDF-1.4\n" + b"[<" * 300_000, "cannot be read"),
    "a PDF without words": (pdf(b"q Q"), "holds no text"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_end_cleanly(name):
    """What is made to break or stop a decoder ends in time, with a report or a reason."""
    data, reason = HOSTILE[name]
    started = time.process_time()
    (found,) = decode(data)
    assert time.process_time() - started < SECONDS
    if reason is None:
        assert isinstance(found, Report)
    else:
        assert reason in found.error.message


_PIECES = st.sampled_from(
    ["<p>", "</p>", "<div hidden>", "<script>", "</script>", "<!--", "-->", "<![CDATA[", "&lt;", "&#0;",
     "&#xd800;",
     "<table><td>", "<meta property=og:title content='", "'>", "missile", "발사", "\0", "\u202e", "<svg>",
     "<template>"]
)  # fmt: skip


@given(
    st.lists(_PIECES | st.text(max_size=9), max_size=60).map("".join),
    st.sampled_from(["<html>", "<rss><channel><item>"]),
)
def test_any_markup_ends_with_a_report_or_a_reason(markup, start):
    """Whatever stands in a page or feed, it ends with reports or reasons, and no script's words."""
    for one in decode((start + markup).encode("utf-8", "replace")):
        assert isinstance(one, Report | Refused)


@settings(deadline=None)
@given(
    st.binary(max_size=300),
    st.integers(0, 600),
    st.sampled_from([pdf(lines("a b")), page().encode(), ATOM.encode()]),
)
def test_any_damage_ends_with_a_report_or_a_reason(damage, at, whole):
    """A file damaged anywhere ends with reports or reasons."""
    at = at * len(whole) // 600
    for one in decode(whole[:at] + damage + whole[at + len(damage) :]):
        assert isinstance(one, Report | Refused)
