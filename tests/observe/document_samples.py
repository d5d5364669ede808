"""Pages, PDFs and feeds for tests, made here: no outlet's words."""

import zlib

PARAGRAPHS = {
    "en": (
        "North Korea fired a short-range ballistic missile on Friday, South Korea's military said.",
        "It was launched at around 12:35 p.m. and flew about 700 kilometers, the Joint Chiefs of Staff said.",
        "Japan's defense ministry said it fell outside the country's exclusive economic zone.",
    ),
    "ja": (
        "防衛省は７日、北朝鮮が弾道ミサイルを発射したと発表した。",
        "防衛省によると、最高高度は約５０キロで、約４５０キロ飛翔した。",
        "落下したのは日本の排他的経済水域（ＥＥＺ）の外と推定される。",
    ),
    "ko": (
        "합동참모본부는 7일 북한이 동해상으로 단거리 탄도미사일을 발사했다고 밝혔다.",
        "합참은 미사일이 약 700㎞를 비행했다고 설명했다.",
        "일본 방위성은 미사일이 배타적경제수역 밖에 떨어진 것으로 보인다고 밝혔다.",
    ),
}
TITLES = {"en": "North Korea fires a missile", "ja": "北朝鮮が弾道ミサイル発射", "ko": "북한, 탄도미사일 발사"}
UNSEEN = ("1111 km", "2222 km", "3333 km", "4444 km", "5555 km", "6666 km")


def page(language="en", head="", **stated):
    """Return a page of news with navigation, related stories, a script and hidden text around its paragraphs."""
    title = TITLES[language]
    links = "".join(f'<li><a href="/{k}">Section {k}</a></li>' for k in range(30))
    stories = "".join(f'<div><a href="/r{k}"><h3>Related story {k}</h3></a></div>' for k in range(12))
    paragraphs = "".join(f"<p>{text}</p>" for text in PARAGRAPHS[language])
    metas = "".join(f'<meta property="{name}" content="{value}">' for name, value in stated.items())
    return f"""<!DOCTYPE html><html lang="{language}"><head><title>{title} | Herald</title>{metas}{head}
<script>var told = "The missile flew {UNSEEN[0]}, the ministry said.";</script></head><body>
<header><nav><ul>{links}</ul></nav></header><main><article><h1>{title}</h1><div class="body">{paragraphs}</div>
<p style="display: none">The missile flew {UNSEEN[1]}, the ministry said.</p>
<p hidden>The missile flew {UNSEEN[2]}, the ministry said.</p><template><p>It flew {UNSEEN[3]}.</p></template>
<!-- The missile flew {UNSEEN[4]}, the ministry said. --><noscript>It flew {UNSEEN[5]}.</noscript></article>
<aside>{stories}</aside></main><footer><p>All rights reserved.</p></footer></body></html>"""


def pdf(*streams, packed=True, font=b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>", made=""):
    """Return a PDF with one page for each content stream; `made` is when it says that it was made."""
    kids = b" ".join(b"%d 0 R" % (4 + 2 * k) for k in range(len(streams)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, len(streams)),
        font,
    ]
    for k, stream in enumerate(streams):
        content = zlib.compress(stream) if packed else stream
        objects += [
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R>>"
            % (5 + 2 * k),
            b"<</Length %d%s>>stream\n%s\nendstream"
            % (len(content), b"/Filter/FlateDecode" if packed else b"", content),
        ]
    info = b"/Info %d 0 R" % (len(objects) + 1) if made else b""
    objects += [b"<</CreationDate(%s)>>" % made.encode()] if made else []
    out, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj%sendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return out + b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF" % (
        size, table, size, info, len(out),
    )  # fmt: skip


def lines(*texts):
    """Return the content stream of a PDF page with a text's lines below each other."""
    shown = b"".join(b"(%s) Tj T* " % text.encode("latin-1") for text in texts)
    return b"BT /F1 12 Tf 72 700 Td 14 TL " + shown + b"ET"


WIDE_FONT = (
    b"<</Type/Font/Subtype/Type0/BaseFont/Any/Encoding/Identity-H/DescendantFonts[<</Type/Font/Subtype/CIDFontType2"
    b"/BaseFont/Any/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/DW 1000>>]>>"
)
"""A font whose codes are those of UTF-16, as in PDFs of Chinese, Japanese and Korean texts."""


def wide_lines(*texts):
    """Return the content stream of a PDF page in `WIDE_FONT` with a text's lines below each other."""
    shown = b"".join(b"<%s> Tj T* " % text.encode("utf-16-be").hex().encode() for text in texts)
    return b"BT /F1 12 Tf 72 700 Td 14 TL " + shown + b"ET"


def rss(*items, title="Wire"):
    """Return an RSS feed of (title, description, date, link)."""
    body = "".join(
        f"<item><title>{head}</title><description>{text}</description><pubDate>{when}</pubDate>"
        f"<link>{link}</link></item>"
        for head, text, when, link in items
    )
    head = '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>'
    return f"{head}<title>{title}</title>{body}</channel></rss>"


ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Desk</title><entry><title>A launch</title>
<content type="html">&lt;p&gt;North Korea fired a missile, Japan said.&lt;/p&gt;</content>
<updated>2025-11-07T01:02:03Z</updated><link href="https://example.org/1"/></entry></feed>"""
