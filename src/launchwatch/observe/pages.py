"""HTML pages to documents: the main text, and what the page states of itself.

The main text is found by readability-lxml. Before it looks, everything that no reader sees goes (scripts, styles,
hidden elements, comments) and everything that is not the report (navigation, forms, asides, captions). Stated are:

    published   JSON-LD `datePublished`, meta `article:published_time` and its like, `itemprop`, a `time` element
    outlet      meta `og:site_name`, JSON-LD `publisher`
    url         link `canonical`, meta `og:url`
    language    `html lang`, JSON-LD `inLanguage`, meta `content-language`
    headline    meta `og:title`, JSON-LD `headline`, the first `h1`, `title`: the first line of the text
"""

import contextlib
import logging
import re
from collections.abc import Iterator
from datetime import date
from email.utils import parsedate_to_datetime
from typing import Any, Final

import msgspec
from lxml import etree, html

from launchwatch.basis.errors import InputError
from launchwatch.basis.instants import check_date
from launchwatch.observe.documents import Document, tidy, with_headline
from launchwatch.observe.encodings import ALLOWED, CONTROLS, decode_text
from launchwatch.observe.read.language import SUPPORTED, detect_language, language_code

MOST_ELEMENTS: Final = 20_000
"""Above this no main text is sought and all text is taken: the longest pages of news have some 5,000 elements, and
the search takes a second for these."""

MOST_ATTRIBUTES: Final = 10_000
"""The parser's time grows with their square, a fifth of a second for these; elements in use have some 20."""

OWN_GENERATOR: Final = "launchwatch"
"""What the pages that `read --html` and `assess` write state as their generator (`tell/templates/head.html`)."""

_EMBEDDED = re.compile(r"data:[a-zA-Z/+.-]{3,60};base64,[A-Za-z0-9+/=]*+")
_TAG = re.compile(r"""<[A-Za-z](?:[^>"'=]++|=\s*+(?:"[^"]*+"?|'[^']*+'?)?+|["'])*+>?""")
_BETWEEN = re.compile(r"[\s/=]+")

_UNSEEN = ("script", "style", "template", "noscript", "svg", "math", "iframe", "object", "canvas", "select")
_BESIDE = ("nav", "footer", "aside", "form", "button", "figcaption", "dialog", "menu", "textarea")
_HIDDEN = re.compile(
    r"(?:display:none|visibility:(?:hidden|collapse)|opacity:0(?:\.0*)?(?:[;!]|$)|font-size:0(?:\.0*)?(?:[a-z%;!]|$))"
)
_BLOCKS = frozenset((
    "address", "article", "blockquote", "center", "dd", "details", "div", "dl", "dt", "fieldset", "figure", "h1",
    "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre", "section", "summary", "table",
    "tbody", "tr", "ul",
))  # fmt: skip
_CELLS = frozenset(("td", "th"))
_CHARSET = re.compile(
    rb"""<(?:meta\b[^>]{0,200}?charset|\?xml\b[^>]{0,100}?encoding)\s*=\s*["']?\s*([\w.:-]{1,30})""", re.IGNORECASE
)
_WIDER = {
    "euc-kr": "cp949", "ks_c_5601-1987": "cp949", "shift_jis": "cp932", "shift-jis": "cp932", "x-sjis": "cp932",
    "iso-8859-1": "cp1252", "latin-1": "cp1252", "us-ascii": "cp1252", "gb2312": "gb18030", "gbk": "gb18030",
}  # fmt: skip
_DATED = (
    "article:published_time", "og:article:published_time", "datepublished", "date", "pubdate", "publishdate",
    "publish-date", "publication_date", "dc.date", "dc.date.issued", "dcterms.created", "dcterms.issued",
    "parsely-pub-date", "sailthru.date", "article:published", "article.published",
)  # fmt: skip
_DAY = re.compile(r"(\d{4})\s?[-/.年년]\s?(\d{1,2})\s?[-/.月월]\s?(\d{1,2})")
_ARTICLE = re.compile("article|report|posting|statement|webpage", re.IGNORECASE)
_LONGEST_DATA = 200_000
_LONGEST_VALUE = 300


def read_page(data: bytes, *, charset: str | None = None) -> Document:
    """Return the document in a page; `charset` is what the server said.

    Raises InputError for a page without text.
    """
    return page_document(decode_page(data, charset))


def decode_page(data: bytes, charset: str | None = None) -> str:
    """Return the text of markup: UTF-8 where it is that, else as can be told, else as it or its server states."""
    stated = charset or _stated_charset(data)
    name = (stated or "").lower()
    if name.startswith("iso-2022"):  # its bytes are plain ASCII, which UTF-8 would take
        with contextlib.suppress(UnicodeDecodeError, LookupError):
            return data.decode(name)
    try:
        return decode_text(data)
    except InputError:
        if not name or data.startswith((b"PK", b"\x89PNG", b"%PDF")):
            raise
        return _as_stated(data, _WIDER.get(name, name))


def _stated_charset(data: bytes) -> str | None:
    found = _CHARSET.search(data[:4096])
    return found[1].decode("ascii", "ignore") if found else None


def _as_stated(data: bytes, name: str) -> str:
    try:
        text = data.decode(name, "replace")
    except (LookupError, UnicodeError, ValueError):
        raise InputError(
            "page states an encoding that is none", given=name, try_="the page saved as UTF-8"
        ) from None
    if text.count("\ufffd") > 0.01 * len(text) or len(CONTROLS.findall(text)) > 0.01 * len(text):
        raise InputError("page is not in the encoding that it states", given=name, try_="the page saved as UTF-8")
    return text


def page_document(markup: str) -> Document:
    """Return the document in a page's markup."""
    tree = _parse(markup)
    if tree is None:
        raise InputError("page holds no element", given=markup[:60], allowed=ALLOWED)
    stated = _Stated(tree)
    if tree.xpath("//meta[@name='generator' and @content=$own]", own=OWN_GENERATOR):
        raise InputError(
            "page was made by launchwatch: what it tells is no evidence", try_="the reports that it was made from"
        )
    text = main_text(tree)
    if not text:
        raise InputError("page holds no text that a reader would see", given=markup[:60], allowed=ALLOWED)
    return Document(
        text=with_headline(stated.headline, text),
        outlet=stated.outlet,
        published=stated.published,
        url=stated.url,
        language=_agreed(stated.language, text),
    )


def plain_markup(markup: str) -> str:
    """Return what a reader sees of a piece of markup, such as a feed's item."""
    if "<" not in markup and "&" not in markup:
        return tidy(markup)
    tree = _parse(markup)
    if tree is None:
        return ""
    _drop_unseen(tree, _UNSEEN)
    return visible_text(tree)


def _parse(markup: str) -> Any:
    markup = _EMBEDDED.sub("", markup)
    for tag in _TAG.finditer(markup):
        if len(tag[0]) > MOST_ATTRIBUTES and len(_BETWEEN.findall(tag[0])) > MOST_ATTRIBUTES:
            raise InputError("page holds an element of too many attributes", given=tag[0][:60])
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    with contextlib.suppress(etree.LxmlError, ValueError, AssertionError):
        return html.document_fromstring(markup.replace("\0", " ").encode("utf-8", "replace"), parser=parser)
    return None


def _agreed(stated: str | None, text: str) -> str | None:
    """Return the stated language, unless the text itself is plainly in another that is read."""
    found = detect_language(text)
    if stated is None or (found in SUPPORTED and found != language_code(stated)):
        return found
    return stated


def main_text(tree: Any) -> str:
    """Return the main text of a parsed page, which it changes; all text that is seen where none stands out."""
    _drop_unseen(tree, (*_UNSEEN, *_BESIDE))
    everything = visible_text(tree)
    if sum(1 for _ in tree.iter()) > MOST_ELEMENTS:
        return everything
    _drop_attributes(tree)
    found = _readable(tree)
    # Less than a fifth is a teaser or a caption that was taken for the article.
    return found if len(found) * 5 > len(everything) or len(found) > 400 else everything


def _readable(tree: Any) -> str:
    import readability

    logging.getLogger("readability.readability").disabled = True
    try:
        summary = readability.Document(html.tostring(tree, encoding="unicode")).summary(html_partial=True)
    except (readability.readability.Unparseable, etree.LxmlError, ValueError, RecursionError):
        return ""
    found = _parse(summary)
    return "" if found is None else visible_text(found)


def _drop_unseen(tree: Any, names: tuple[str, ...]) -> None:
    for element in tree.iter(etree.Element):
        attributes = element.attrib
        if attributes and (
            "hidden" in attributes
            or attributes.get("aria-hidden") == "true"
            or ("style" in attributes and _HIDDEN.search("".join(attributes["style"].split()).lower()))
        ):
            element.tag = "template"
    etree.strip_elements(tree, *names, with_tail=False)


def _drop_attributes(tree: Any) -> None:
    """Leave what the search for the main text looks at, none of it long: its patterns would run for ever."""
    for element in tree.iter(etree.Element):
        kept = {name: element.attrib[name][:100] for name in ("class", "id") if name in element.attrib}
        element.attrib.clear()
        element.attrib.update(kept)


def visible_text(tree: Any) -> str:
    """Return the text of an element: a line for each block, paragraphs apart."""
    parts: list[str] = []
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        name = element.tag if isinstance(element.tag, str) else ""
        block = name in _BLOCKS
        if event == "start":
            parts.append("\n\n" if block else "\n" if name == "br" else " " if name in _CELLS else "")
            if name not in {"head", "title"}:
                parts.append(_SPACES.sub(" ", element.text or ""))
        else:
            parts.append("\n\n" if block else "")
            if element is not tree:
                parts.append(_SPACES.sub(" ", element.tail or ""))
    return tidy("".join(parts))


_SPACES = re.compile(r"\s+")


class _Stated:
    """What a page states of itself, from its meta elements and its JSON-LD; read before anything is dropped."""

    def __init__(self, tree: Any) -> None:
        self.metas = dict(_metas(tree))
        self.data = next(_articles(tree), {})
        self.headline = _headline(tree, self.metas, self.data)
        self.published = _published(tree, self.metas, self.data)
        self.outlet = _short(self.metas.get("og:site_name")) or _name(self.data.get("publisher"))
        canonical = tree.xpath("//link[@rel='canonical']/@href")
        self.url = next((u for u in (*canonical[:1], self.metas.get("og:url")) if _is_link(u)), None)
        language = (tree.get("lang"), self.data.get("inLanguage"), self.metas.get("content-language"))
        self.language = next((v for v in language if isinstance(v, str) and v.strip()), None)


def _metas(tree: Any) -> Iterator[tuple[str, str]]:
    """Yield names and contents of meta elements, the first of each name last: that one is kept."""
    found = [
        (name.strip().lower(), element.get("content", "").strip())
        for element in tree.iter("meta")
        for name in (element.get("property") or element.get("name") or element.get("itemprop")
                     or element.get("http-equiv") or "",)
        if name and element.get("content")
    ]  # fmt: skip
    return reversed(found)


def _articles(tree: Any) -> Iterator[dict[str, Any]]:
    """Yield the objects of a page's JSON-LD that describe an article."""
    for script in tree.xpath("//script[@type='application/ld+json']")[:20]:
        source = script.text or ""
        if len(source) > _LONGEST_DATA:
            continue
        try:
            waiting = [msgspec.json.decode(source.encode("utf-8", "replace"))]
        except (msgspec.MsgspecError, RecursionError):
            continue
        while waiting:
            value = waiting.pop(0)
            if isinstance(value, list):
                waiting = value[:100] + waiting
            elif isinstance(value, dict):
                waiting += [value["@graph"]] if "@graph" in value else []
                if _ARTICLE.search(str(value.get("@type", ""))[:200]) and (
                    "datePublished" in value or "headline" in value
                ):
                    yield value


def _headline(tree: Any, metas: dict[str, str], data: dict[str, Any]) -> str | None:
    first = tree.find(".//h1")
    title = tree.find(".//title")
    told = "" if first is None else _SPACES.sub(" ", first.text_content()).strip()
    named = _short(metas.get("og:title")) or _short(data.get("headline")) or _short(told)
    if named or title is None:
        return named
    return _short(re.split(r"\s+[|\u2013\u2014-]\s+", title.text_content().strip()[:_LONGEST_VALUE])[0])


def _published(tree: Any, metas: dict[str, str], data: dict[str, Any]) -> str | None:
    marked = tree.xpath("//*[@itemprop='datePublished' or @pubdate]")[:3]
    times = [e.get("datetime") or e.get("content") for e in marked]
    times += tree.xpath("//article//time/@datetime")[:1]
    for stated in (data.get("datePublished"), *(metas.get(name) for name in _DATED), *times):
        if isinstance(stated, str) and (found := iso_date(stated)):
            return found
    return None


def iso_date(stated: str) -> str | None:
    """Return a date or instant in one of the forms that pages use as ISO 8601, or None."""
    stated = stated.strip()[:60]
    with contextlib.suppress(InputError, ValueError):
        return check_date(stated)
    with contextlib.suppress(ValueError, TypeError, IndexError, OverflowError):
        return parsedate_to_datetime(stated).isoformat()
    if found := _DAY.match(stated):
        with contextlib.suppress(ValueError):
            return date(*map(int, found.groups())).isoformat()
    return None


def _name(value: object) -> str | None:
    if isinstance(value, list):
        value = value[0] if value else None
    return _short(value.get("name") if isinstance(value, dict) else value)


def _short(value: object) -> str | None:
    text = " ".join(value.split()) if isinstance(value, str) else ""
    return text if 0 < len(text) <= _LONGEST_VALUE else None


def _is_link(value: object) -> bool:
    return isinstance(value, str) and len(value) < 2000 and value.startswith(("https://", "http://"))
