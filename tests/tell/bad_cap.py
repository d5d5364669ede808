"""Ways to spoil a CAP message: each a name, the message that it spoils, what it does, and what must be said of it.

An empty reason stands for any: it is then the OASIS schema or the parser that refuses, in words of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from lxml import etree

from launchwatch.tell.cap_alert import cap_of
from launchwatch.tell.cap_rules import check_alert
from tests.tell.alerting import ISSUER, START, life, utc

CAP = "urn:oasis:names:tc:emergency:cap:1.2"
NOW = utc(START + timedelta(seconds=10))
LANGUAGES = ("en", "ja", "ko")


@dataclass(frozen=True)
class Spoilt:
    """One kind of bad alert."""

    name: str
    base: str
    spoil: Callable[[bytes], bytes]
    reason: str = ""


@cache
def good(base: str) -> tuple[bytes, tuple[bytes, ...]]:
    """Return a good message and those before it: `launch`, `update`, `cancel` in life, `exercise` and `test`."""
    stage = {"update": "fall_predicted", "cancel": "no_longer_possible", "error": "issued_in_error"}.get(
        base, "launch"
    )
    status = base if base in {"exercise", "test"} else "actual"
    step, before = life(stage, status=status, probability=0.02 if base == "cancel" else 0.7)
    earlier = tuple(cap_of(one, ISSUER, languages=LANGUAGES) for one in before)
    return cap_of(step, ISSUER, languages=LANGUAGES, before=before), earlier


def refusals(data: bytes, base: str) -> list[str]:
    """Return what the rules say of a message in the place of a good one."""
    return check_alert(data, now_utc=NOW, history=good(base)[1])


def _tag(name: str) -> str:
    return f"{{{CAP}}}{name}"


def tree(change: Callable[[etree._Element], None]) -> Callable[[bytes], bytes]:
    """Spoil the parsed message."""

    def spoil(data: bytes) -> bytes:
        root = etree.fromstring(data)
        change(root)
        return etree.tostring(root, method="c14n")

    return spoil


def put(name: str, value: str, which: int | None = None) -> Callable[[bytes], bytes]:
    """Set the text of every element of a name, or of one of them."""

    def change(root: etree._Element) -> None:
        nodes = list(root.iter(_tag(name)))
        for node in nodes if which is None else nodes[which : which + 1]:
            node.text = value

    return tree(change)


def drop(name: str, which: int | None = None) -> Callable[[bytes], bytes]:
    """Take out every element of a name, or one of them."""

    def change(root: etree._Element) -> None:
        nodes = list(root.iter(_tag(name)))
        for node in nodes if which is None else nodes[which : which + 1]:
            node.getparent().remove(node)

    return tree(change)


def after(name: str, *new: tuple[str, str]) -> Callable[[bytes], bytes]:
    """Put elements after the last one of a name in its parent, in each parent."""

    def change(root: etree._Element) -> None:
        last = {node.getparent(): node for node in root.iter(_tag(name))}
        for node in last.values():
            for tag, text in reversed(new):
                added = etree.Element(_tag(tag))
                added.text = text
                node.addnext(added)

    return tree(change)


def twice(name: str) -> Callable[[bytes], bytes]:
    """Say an element twice."""

    def change(root: etree._Element) -> None:
        for node in list(root.iter(_tag(name))):
            node.addnext(etree.fromstring(etree.tostring(node, with_tail=False)))

    return tree(change)


def swap(old: str, new: str) -> Callable[[bytes], bytes]:
    """Change text as it stands, everywhere."""

    def spoil(data: bytes) -> bytes:
        assert old.encode() in data, old
        return data.replace(old.encode(), new.encode())

    return spoil


def polygon(text: str) -> Callable[[bytes], bytes]:
    return put("polygon", text)


def _said(name: str, change: Callable[[str], str], which: int = 0) -> Callable[[bytes], bytes]:
    def apply(root: etree._Element) -> None:
        node = list(root.iter(_tag(name)))[which]
        node.text = change(node.text)

    return tree(apply)


def _parameter(which: str, value: str, infos: slice = slice(None)) -> Callable[[bytes], bytes]:
    def change(root: etree._Element) -> None:
        for info in list(root.iter(_tag("info")))[infos]:
            for one in info.iter(_tag("parameter")):
                if one.findtext(_tag("valueName")) == which:
                    one.find(_tag("value")).text = value

    return tree(change)


def _ring(count: int) -> str:
    steps = [(38 + 2 * i / count, 139 + i % 2 * 0.001) for i in range(count)]
    points = [*reversed(steps), (38.0, 143.0), (40.0, 143.0)]
    return " ".join(f"{lat:.5f},{lon:.5f}" for lat, lon in [*points, points[0]])


BOMB = (
    b"<!DOCTYPE a ["
    + b"".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10 if i else "ha"}">'.encode() for i in range(10))
    + b"]>"
)
HEAD = ("identifier", "sender", "sent", "status", "msgType", "scope")
BOX = "42.0000,139.0000 38.0000,139.0000 38.0000,143.0000 42.0000,143.0000 42.0000,139.0000"

FORM = (
    Spoilt("nothing", "launch", lambda _: b"", "no XML"),
    Spoilt("words, no XML", "launch", lambda _: b"missile launched", "no XML"),
    Spoilt("JSON", "launch", lambda _: b'{"alert": {}}', "no XML"),
    Spoilt("cut off in the middle", "launch", lambda d: d[: len(d) // 2], "no"),
    Spoilt("last byte lost", "launch", lambda d: d[:-1], "no XML"),
    Spoilt("two messages in one", "launch", lambda d: d + d, "no XML"),
    Spoilt("UTF-16", "launch", lambda d: d.decode().encode("utf-16"), "not UTF-8"),
    Spoilt("Shift-JIS", "launch", lambda d: d.decode().encode("cp932", "replace"), "not UTF-8"),
    Spoilt("says Latin 1", "launch", lambda d: b'<?xml version="1.0" encoding="ISO-8859-1"?>' + d, "not UTF-8"),
    Spoilt("byte order mark", "launch", lambda d: b"\xef\xbb\xbf" + d, "byte order mark"),
    Spoilt("a NUL", "launch", lambda d: d.replace(b"Missile", b"Mis\x00sile", 1), "no XML"),
    Spoilt("a control character", "launch", lambda d: d.replace(b"Missile", b"Mis\x07sile", 1), "no XML"),
    Spoilt("document type", "launch", lambda d: b"<!DOCTYPE alert>" + d, "document type"),
    Spoilt("entity bomb", "launch", lambda d: BOMB + d.replace(b"Missile", b"&e9;", 1), "document type"),
    Spoilt(
        "entity of a file",
        "launch",
        lambda d: b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + d,
        "document type",
    ),
    Spoilt(
        "entity of an address",
        "launch",
        lambda d: b'<!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.0.1/">]>' + d,
        "document type",
    ),
    Spoilt("parameter entity", "launch", lambda d: b'<!DOCTYPE a [<!ENTITY % x "y"> %x;]>' + d, "document type"),
    Spoilt("undeclared entity", "launch", lambda d: d.replace(b"Missile", b"&boo;", 1), "no XML"),
    Spoilt("comment", "launch", lambda d: d.replace(b"<info>", b"<!-- no --><info>", 1), "comment"),
    Spoilt("comment within a text", "launch", lambda d: d.replace(b"Missile", b"Miss<!-- -->ile", 1), "comment"),
    Spoilt("CDATA", "launch", lambda d: d.replace(b"Missile", b"<![CDATA[Missile]]>", 1), "CDATA"),
    Spoilt("style sheet", "launch", lambda d: b'<?xml-stylesheet href="a.xsl"?>' + d, "instruction"),
    Spoilt("instruction within", "launch", lambda d: d.replace(b"<info>", b"<?php x ?><info>", 1), "instruction"),
    Spoilt("oversized", "launch", lambda d: d + b" " * 300_000, "larger"),
    Spoilt("oversized text", "launch", _said("description", lambda t: t + " Go." * 30_000), ""),
    Spoilt(
        "another root",
        "launch",
        lambda d: d.replace(b"<alert ", b"<alarm ").replace(b"</alert>", b"</alarm>"),
        "no CAP",
    ),
    Spoilt("CAP 1.1", "launch", swap("cap:1.2", "cap:1.1"), "no CAP"),
    Spoilt("no namespace", "launch", swap(f' xmlns="{CAP}"', ""), "no CAP"),
    Spoilt("in an envelope", "launch", lambda d: b"<Envelope>" + d + b"</Envelope>", "no CAP"),
    Spoilt("alert within alert", "launch", lambda d: d.replace(b"</alert>", d + b"</alert>"), ""),
    Spoilt("nested without end", "launch", lambda d: d.replace(b"<info>", b"<x>" * 5000, 1), "no"),
    Spoilt("text between elements", "launch", swap("<info>", "stray<info>"), ""),
    Spoilt("text between parts", "launch", swap("<urgency>", "stray<urgency>"), ""),
    Spoilt("attribute of its own", "launch", swap("<info>", '<info id="a">'), ""),
    Spoilt("element of its own", "launch", after("incidents", ("loudness", "11")), ""),
    Spoilt(
        "header after info",
        "launch",
        lambda d: d.replace(b"<scope>Public</scope>", b"").replace(b"</alert>", b"<scope>Public</scope></alert>"),
        "",
    ),
)

HEADER = (
    *(Spoilt(f"no {name}", "launch", drop(name)) for name in HEAD),
    *(Spoilt(f"{name} twice", "launch", twice(name)) for name in HEAD),
    *(Spoilt(f"{name} empty", "launch", put(name, "")) for name in HEAD),
    *(
        Spoilt(f"{name} with {what}", "launch", put(name, value), name)
        for name in ("identifier", "sender")
        for what, value in (
            ("a space", "alert 1"),
            ("a comma", "alert,1"),
            ("<", "alert<1"),
            ("&", "alert&1"),
            ("a line", "a\nb"),
            ("other letters", "警報"),
            ("no end", "a" * 201),
            ("a space that is not seen", "a\u200bb"),
        )
    ),
    Spoilt("sent as Z", "launch", put("sent", "2025-11-07T03:36:00Z")),
    Spoilt("sent as +00:00", "launch", put("sent", "2025-11-07T03:36:00+00:00"), "-00:00"),
    Spoilt("sent without zone", "launch", put("sent", "2025-11-07T03:36:00")),
    Spoilt("sent in parts of a second", "launch", put("sent", "2025-11-07T03:36:00.5-00:00")),
    Spoilt("sent as a day", "launch", put("sent", "2025-11-07")),
    Spoilt("sent in month 13", "launch", put("sent", "2025-13-07T03:36:00-00:00")),
    Spoilt("sent on 30 February", "launch", put("sent", "2025-02-30T03:36:00-00:00")),
    Spoilt("sent at hour 25", "launch", put("sent", "2025-11-07T25:36:00-00:00")),
    Spoilt("sent at hour 24", "launch", put("sent", "2025-11-07T24:00:00-00:00"), "sent"),
    Spoilt("sent at second 60", "launch", put("sent", "2025-11-07T03:36:60-00:00")),
    Spoilt("sent 15 hours ahead", "launch", put("sent", "2025-11-07T18:36:00+15:00")),
    Spoilt("sent as words", "launch", put("sent", "now")),
    Spoilt(
        "sent in the future",
        "launch",
        lambda d: d.replace(b"2025-11-07T03:36:00", b"2025-11-07T03:46:00"),
        "future",
    ),
    Spoilt("stale", "launch", lambda d: d.replace(b"2025-11-07T03:36:00", b"2025-11-07T01:36:00"), "stale"),
    Spoilt(
        "expired",
        "launch",
        lambda d: d.replace(b"2025-11-07T03:36:00", b"2025-11-07T03:00:00").replace(b"04:06:00", b"03:36:05"),
        "expired",
    ),
    Spoilt("status unknown", "launch", put("status", "Real")),
    Spoilt("status in small letters", "launch", put("status", "actual")),
    Spoilt("status System", "launch", put("status", "System"), "status System"),
    Spoilt("life told as exercise", "launch", put("status", "Exercise"), "mark"),
    Spoilt("life told as test", "launch", put("status", "Test"), "mark"),
    Spoilt("life told as draft", "launch", put("status", "Draft"), "mark"),
    Spoilt("exercise told as life", "exercise", put("status", "Actual"), "words of an exercise"),
    Spoilt("exercise told as test", "exercise", put("status", "Test"), "mark"),
    Spoilt("test told as life", "test", put("status", "Actual"), "words of an exercise"),
    Spoilt("test told as exercise", "test", put("status", "Exercise"), "mark"),
    Spoilt("message type Ack", "launch", put("msgType", "Ack"), "not for the public"),
    Spoilt("message type Error", "launch", put("msgType", "Error"), "not for the public"),
    Spoilt("message type unknown", "launch", put("msgType", "Alarm")),
    Spoilt("launch told as update", "launch", put("msgType", "Update"), "Update without references"),
    Spoilt("launch told as cancel", "launch", put("msgType", "Cancel"), "Cancel without references"),
    Spoilt("cancel told as alert", "cancel", put("msgType", "Alert"), "Alert with references"),
    Spoilt("cancel told as update", "cancel", put("msgType", "Update"), "does not fit stage"),
    Spoilt("update told as cancel", "update", put("msgType", "Cancel"), "reason"),
    Spoilt("scope Private without addresses", "launch", put("scope", "Private"), "without addresses"),
    Spoilt(
        "scope Private",
        "launch",
        lambda d: after("scope", ("addresses", "a@example.org"))(put("scope", "Private")(d)),
        "Private",
    ),
    Spoilt("scope Restricted without restriction", "launch", put("scope", "Restricted"), "without restriction"),
    Spoilt(
        "scope Restricted",
        "launch",
        lambda d: after("scope", ("restriction", "staff"))(put("scope", "Restricted")(d)),
        "Restricted",
    ),
    Spoilt("scope unknown", "launch", put("scope", "World")),
    Spoilt(
        "addresses in public", "launch", after("scope", ("addresses", "a@example.org")), "addresses is not used"
    ),
    Spoilt("restriction in public", "launch", after("scope", ("restriction", "staff")), "restriction is not used"),
    Spoilt("source", "launch", after("msgType", ("source", "someone")), "source is not used"),
    Spoilt("password of CAP 1.0", "launch", after("scope", ("password", "x"))),
    Spoilt("no code", "launch", drop("code"), "code is not"),
    Spoilt("another code", "launch", put("code", "IPAWSv1.0"), "code is not"),
    Spoilt("code twice", "launch", twice("code"), "code is not"),
    Spoilt("cancel without note", "cancel", drop("note"), "Cancel without its reason"),
    Spoilt("cancel with words for a reason", "cancel", put("note", "all is well"), "Cancel without its reason"),
    Spoilt(
        "cancel with both reasons",
        "cancel",
        put("note", "no-longer-possible issued-in-error"),
        "Cancel without its reason",
    ),
    Spoilt("cancel with the other reason", "cancel", put("note", "issued-in-error"), "note does not fit"),
    Spoilt("error told as overtaken", "error", put("note", "no-longer-possible"), "note does not fit"),
    Spoilt(
        "alert with a cancel's reason", "launch", after("code", ("note", "issued-in-error")), "reason of a Cancel"
    ),
    Spoilt("exercise without note", "exercise", drop("note"), "without its mark in note"),
    Spoilt("exercise with a note of life", "exercise", put("note", "This is real."), "without its mark in note"),
    Spoilt(
        "life with an exercise's note",
        "launch",
        after("code", ("note", "This is a drill")),
        "words of an exercise",
    ),
    Spoilt("cancel without references", "cancel", drop("references"), "Cancel without references"),
    Spoilt("update without references", "update", drop("references"), "Update without references"),
    Spoilt(
        "alert with references",
        "launch",
        after("code", ("references", "alerts@example.org,x,2025-11-07T03:33:00-00:00")),
        "Alert with references",
    ),
    Spoilt(
        "reference in two parts", "cancel", put("references", "alerts@example.org,x"), "sender,identifier,sent"
    ),
    Spoilt(
        "reference of spaces",
        "cancel",
        put("references", "alerts@example.org x 2025-11-07T03:33:00-00:00"),
        "sender,identifier,sent",
    ),
    Spoilt(
        "reference with an empty part",
        "cancel",
        put("references", "alerts@example.org,,2025-11-07T03:33:00-00:00"),
        "sender,identifier,sent",
    ),
    Spoilt(
        "reference with a bad time",
        "cancel",
        put("references", "alerts@example.org,x,yesterday"),
        "sender,identifier,sent",
    ),
    Spoilt(
        "reference as Z",
        "cancel",
        swap(",2025-11-07T03:33:00-00:00", ",2025-11-07T03:33:00Z"),
        "sender,identifier,sent",
    ),
    Spoilt(
        "reference to another sender",
        "cancel",
        swap("<references>alerts@", "<references>others@"),
        "another sender",
    ),
    Spoilt(
        "reference to itself",
        "cancel",
        put("references", "alerts@example.org,step-public-no_longer_possible-2,2025-11-07T03:36:00-00:00"),
        "itself",
    ),
    Spoilt(
        "reference to a later message",
        "cancel",
        swap(",2025-11-07T03:33:00-00:00", ",2025-11-07T03:39:00-00:00"),
        "later",
    ),
    Spoilt(
        "reference twice",
        "cancel",
        lambda d: d.replace(
            b"<references>", b"<references>alerts@example.org,step-public-launch-1,2025-11-07T03:33:00-00:00 "
        ),
        "reference twice",
    ),
    Spoilt(
        "reference to what was never sent",
        "cancel",
        swap(",step-public-launch-1,", ",step-public-launch-9,"),
        "not sent",
    ),
    Spoilt("no incident", "launch", drop("incidents"), "incidents"),
    Spoilt("two incidents", "launch", put("incidents", "alert-1 alert-2"), "incidents"),
    Spoilt("incident empty", "launch", put("incidents", ""), "incidents"),
    Spoilt("another alert's incident", "cancel", put("incidents", "alert-2"), "another alert"),
)

INFO = (
    Spoilt("no info", "launch", drop("info"), "no info"),
    Spoilt("language twice", "launch", put("language", "en-US"), "language twice"),
    Spoilt("no language", "launch", drop("language", 0), "language is missing"),
    Spoilt("language unknown", "launch", put("language", "xx", 0), "unknown"),
    Spoilt("language of no texts", "launch", put("language", "fr-FR", 0), "unknown"),
    Spoilt("language short", "launch", put("language", "en", 0), "unknown"),
    Spoilt("languages exchanged", "launch", swap("ja-JP", "ko-KO"), "unknown"),
    Spoilt(
        "Japanese told as Korean", "launch", lambda d: drop("info", 2)(swap("ja-JP", "ko-KR")(d)), "not in ko-KR"
    ),
    Spoilt("English for Japanese", "launch", lambda d: drop("info", 1)(swap("en-US", "ja-JP")(d)), "not in ja-JP"),
    Spoilt("Korean within English", "launch", _said("description", lambda t: t + " 대피"), "another language"),
    Spoilt(
        "Japanese within Korean", "launch", _said("instruction", lambda t: t + " ひなん", 2), "another language"
    ),
    Spoilt("no category", "launch", drop("category")),
    Spoilt("category unknown", "launch", put("category", "War")),
    Spoilt("category Met", "launch", put("category", "Met"), "category"),
    Spoilt("category twice", "launch", twice("category"), "category"),
    *(
        Spoilt(f"{name} {what}", "launch", change, reason)
        for name in ("event", "senderName", "headline", "description", "instruction")
        for what, change, reason in (
            ("missing", drop(name, 0), "missing" if name != "event" else ""),
            ("empty", put(name, "", 0), "empty"),
            ("of spaces", put(name, "   ", 0), "empty"),
            ("with a slot", put(name, "Missile: {area}", 0), "slot"),
            ("with None", put(name, "Missile: None", 0), "slot"),
            ("without an end", put(name, "Take shelter. " * 600, 0), ""),
        )
    ),
    *(
        Spoilt(
            f"{name} in words of its own",
            "launch",
            put(name, "Take cover, everyone, in Aomori and Iwate.", 0),
            "approved",
        )
        for name in ("event", "headline", "description", "instruction")
    ),
    Spoilt("a sentence added", "launch", _said("instruction", lambda t: t + " Call 555 0100."), "approved"),
    Spoilt("a sentence lost", "launch", swap("Stay away from windows. ", ""), "approved"),
    Spoilt("the action lost", "launch", swap("Go into a strong building or underground now. ", ""), "approved"),
    Spoilt("sentences exchanged", "launch", swap("may fall on or pass over", "will not reach"), "approved"),
    Spoilt("the place lost", "launch", swap("This applies to Aomori and Iwate. ", ""), "does not name the area"),
    Spoilt(
        "another place in the instruction",
        "launch",
        swap("This applies to Aomori and Iwate", "This applies to Seoul"),
        "does not name the area",
    ),
    Spoilt("a space before", "launch", _said("headline", lambda t: " " + t), "space"),
    Spoilt("writing turned round", "launch", _said("headline", lambda t: t + "\u202e"), "not seen"),
    Spoilt(
        "a space that is not seen",
        "launch",
        _said("description", lambda t: t.replace("missile", "mis\u200bsile")),
        "not seen",
    ),
    Spoilt(
        "a letter lost in transfer",
        "launch",
        _said("description", lambda t: t.replace("missile", "mi\ufffdsile")),
        "slot",
    ),
    Spoilt(
        "look-alike letters", "launch", _said("headline", lambda t: t.replace("Missile", "Мissile")), "approved"
    ),
    Spoilt(
        "headline too long", "launch", _said("headline", lambda t: t + ", " + "Aomori, " * 30), "longer than 160"
    ),
    Spoilt("exercise word in life", "launch", _said("headline", lambda t: t + " DRILL"), "words of an exercise"),
    Spoilt(
        "exercise word in Japanese", "launch", _said("headline", lambda t: t + "訓練", 1), "words of an exercise"
    ),
    Spoilt(
        "exercise word in Korean", "launch", _said("headline", lambda t: t + " 훈련", 2), "words of an exercise"
    ),
    Spoilt(
        "exercise word in the sender's name", "launch", put("senderName", "Test office"), "words of an exercise"
    ),
    Spoilt(
        "both 'exercise' and 'no drill'",
        "exercise",
        _said("instruction", lambda t: t.replace("This is an exercise", "This is not a drill")),
        "approved",
    ),
    *(
        Spoilt(f"exercise without its mark {where} {name}", "exercise", _said(name, change), "mark")
        for name in ("headline", "description", "instruction")
        for where, change in (
            (
                "before",
                lambda t: (
                    t.replace("EXERCISE", "", 1).strip().replace("EXERCISE EXERCISE This is an exercise. ", "", 1)
                ),
            ),
            ("after", lambda t: t[: t.rindex("EXERCISE")].replace(" EXERCISE EXERCISE ", " ").strip()),
        )
    ),
    Spoilt("exercise with an event of life", "exercise", put("event", "Missile warning", 0), "mark"),
    Spoilt("mark in another language", "exercise", lambda d: d.replace("訓練".encode(), b"EXERCISE"), "mark"),
    Spoilt("no responseType", "launch", drop("responseType"), "responseType"),
    Spoilt("responseType unknown", "launch", put("responseType", "Hide")),
    Spoilt("responseType None", "launch", put("responseType", "None"), "responseType"),
    Spoilt("responseType AllClear at launch", "launch", put("responseType", "AllClear"), "responseType"),
    Spoilt("responseType Monitor at launch", "launch", put("responseType", "Monitor"), "responseType"),
    Spoilt("Shelter at a cancel", "cancel", put("responseType", "Shelter"), "responseType"),
    Spoilt("Shelter and AllClear", "launch", after("responseType", ("responseType", "AllClear")), "responseType"),
    Spoilt("responseType twice", "launch", twice("responseType"), "responseType"),
    *(
        Spoilt(f"{name} {value}", "launch", put(name, value), "do not fit stage")
        for name, values in (
            ("urgency", ("Expected", "Future", "Past", "Unknown")),
            ("severity", ("Severe", "Moderate", "Minor", "Unknown")),
            ("certainty", ("Observed", "Possible", "Unlikely", "Unknown")),
        )
        for value in values
    ),
    Spoilt("urgency of no kind", "launch", put("urgency", "Now")),
    Spoilt("severity of no kind", "launch", put("severity", "Huge")),
    Spoilt("certainty of CAP 1.0", "launch", put("certainty", "Very Likely")),
    Spoilt("no urgency", "launch", drop("urgency")),
    Spoilt("no severity", "launch", drop("severity")),
    Spoilt("no certainty", "launch", drop("certainty")),
    Spoilt("audience", "launch", after("certainty", ("audience", "all")), "audience is not used"),
    Spoilt("no effective", "launch", drop("effective"), "effective is missing"),
    Spoilt("effective later", "launch", put("effective", "2025-11-07T03:40:00-00:00"), "effective"),
    Spoilt("effective after expiry", "launch", put("effective", "2025-11-07T05:40:00-00:00"), "effective"),
    Spoilt("effective as Z", "launch", put("effective", "2025-11-07T03:36:00Z")),
    Spoilt("no expires", "launch", drop("expires"), "expires is missing"),
    Spoilt("expires before sent", "launch", put("expires", "2025-11-07T03:30:00-00:00"), "expires before"),
    Spoilt("expires when sent", "launch", put("expires", "2025-11-07T03:36:00-00:00"), "expires before"),
    Spoilt("expires in a year", "launch", put("expires", "2026-11-07T03:36:00-00:00"), "24 hours"),
    Spoilt("expires as Z", "launch", put("expires", "2025-11-07T04:06:00Z")),
    Spoilt("expires as +00:00", "launch", put("expires", "2025-11-07T04:06:00+00:00"), "-00:00"),
    Spoilt("expires as words", "launch", put("expires", "later")),
    Spoilt("onset after expiry", "launch", after("effective", ("onset", "2025-11-07T06:00:00-00:00")), "onset"),
    Spoilt("onset days ago", "launch", after("effective", ("onset", "2025-11-01T06:00:00-00:00")), "onset"),
    Spoilt("web in the clear", "launch", after("instruction", ("web", "http://example.org/")), "web"),
    Spoilt("web that runs", "launch", after("instruction", ("web", "javascript:alert(1)")), "web"),
    Spoilt(
        "eventCode",
        "launch",
        lambda d: d.replace(
            b"<effective>", b"<eventCode><valueName>SAME</valueName><value>CDW</value></eventCode><effective>"
        ),
        "eventCode is not used",
    ),
    Spoilt(
        "resource",
        "launch",
        lambda d: d.replace(
            b"<area>", b"<resource><resourceDesc>x</resourceDesc><mimeType>text/html</mimeType></resource><area>"
        ),
        "resource is not used",
    ),
    Spoilt("no parameters", "launch", drop("parameter"), "stage"),
    Spoilt("stage unknown", "launch", _parameter("stage", "boost"), "unknown stage"),
    Spoilt("stage of another kind", "launch", _parameter("stage", "passed"), "do not fit stage"),
    Spoilt("stage of a cancel", "launch", _parameter("stage", "no_longer_possible"), "stage"),
    Spoilt("probability over 1", "launch", _parameter("probability", "1.5000"), "probability"),
    Spoilt("probability below 0", "launch", _parameter("probability", "-0.1000"), "probability"),
    Spoilt("probability no number", "launch", _parameter("probability", "nan"), "probability"),
    Spoilt("probability in per cent", "launch", _parameter("probability", "70 %"), "probability"),
    Spoilt(
        "probability that its certainty denies", "launch", _parameter("probability", "0.1000"), "do not fit stage"
    ),
    Spoilt(
        "parameter unknown",
        "launch",
        lambda d: d.replace(b"<valueName>stage<", b"<valueName>phase<"),
        "unknown parameter",
    ),
    Spoilt("parameter twice", "launch", twice("parameter"), "parameter twice"),
    *(
        Spoilt(f"blocks that disagree in {name}", "launch", put(name, value, 1), f"disagree in {name}")
        for name, value in (
            ("severity", "Severe"),
            ("urgency", "Expected"),
            ("certainty", "Possible"),
            ("expires", "2025-11-07T04:05:00-00:00"),
            ("effective", "2025-11-07T03:36:01-00:00"),
            ("responseType", "Monitor"),
            ("category", "Safety"),
        )
    ),
    Spoilt(
        "blocks that disagree in probability",
        "launch",
        _parameter("probability", "0.7100", slice(1, 2)),
        "disagree in parameter",
    ),
    Spoilt(
        "blocks that disagree in area",
        "launch",
        put("polygon", BOX.replace("38.0000", "37.0000"), 1),
        "disagree in area",
    ),
    Spoilt(
        "blocks that disagree in districts",
        "launch",
        lambda d: d.replace(b"JP-02", b"JP-05", 1),
        "disagree in geocode",
    ),
)

AREA = (
    Spoilt("area lost", "launch", drop("area"), "not one area"),
    Spoilt("area lost in one language", "launch", drop("area", 1), "not one area"),
    Spoilt("two areas", "launch", twice("area"), "not one area"),
    Spoilt("no areaDesc", "launch", drop("areaDesc")),
    Spoilt("areaDesc empty", "launch", put("areaDesc", ""), "areaDesc is empty"),
    Spoilt("areaDesc of another place", "launch", put("areaDesc", "Seoul", 0), "does not name the area"),
    Spoilt("polygon lost on the way", "launch", drop("polygon"), "no polygon"),
    Spoilt(
        "polygon lost, a circle in its place",
        "launch",
        lambda d: drop("polygon")(after("polygon", ("circle", "40,141 5000"))(d)),
        "no polygon",
    ),
    Spoilt("polygon empty", "launch", polygon(""), "not closed"),
    Spoilt("polygon of one point", "launch", polygon("40,141"), "not closed"),
    Spoilt("polygon of a line", "launch", polygon("40,141 41,142 40,141"), "fewer than four"),
    Spoilt("polygon not closed", "launch", polygon(BOX.rsplit(" ", 1)[0]), "not closed"),
    Spoilt("polygon closed nearly", "launch", polygon(BOX[:-1] + "1"), "not closed"),
    Spoilt(
        "latitude and longitude exchanged",
        "launch",
        polygon(" ".join(",".join(reversed(p.split(","))) for p in BOX.split())),
        "leaves the earth",
    ),
    Spoilt("a hundred degrees off", "launch", polygon("40,41 40,43 42,43 42,41 40,41"), "comes near"),
    Spoilt("longitude 532", "launch", polygon(BOX.replace("143.0000", "532.0000")), "leaves the earth"),
    Spoilt("latitude 91", "launch", polygon(BOX.replace("42.0000", "91.0000")), "leaves the earth"),
    Spoilt("longitude of the other half", "launch", polygon(BOX.replace("143.0000", "-143.0000")), "antimeridian"),
    Spoilt("not a number", "launch", polygon(BOX.replace("143.0000", "NaN")), "pairs"),
    Spoilt("infinite", "launch", polygon(BOX.replace("143.0000", "inf")), "pairs"),
    Spoilt("powers of ten", "launch", polygon(BOX.replace("143.0000", "1.43e2")), "pairs"),
    Spoilt("too precise", "launch", polygon(BOX.replace("143.0000", "143.000000001")), "decimals"),
    Spoilt("with heights", "launch", polygon(BOX.replace("143.0000", "143.0000,0")), "pairs"),
    Spoilt("parted by semicolons", "launch", polygon(BOX.replace(" ", ";")), "pairs"),
    Spoilt("decimal commas", "launch", polygon(BOX.replace(".", ",")), "pairs"),
    Spoilt("a plus sign", "launch", polygon(BOX.replace("143", "+143")), "pairs"),
    Spoilt("degrees and minutes", "launch", polygon("42N,139E 38N,139E 38N,143E 42N,139E"), "pairs"),
    Spoilt("crosses itself", "launch", polygon("42,139 38,143 38,139 42,143 42,139"), "crosses itself"),
    Spoilt("clockwise", "launch", polygon(" ".join(reversed(BOX.split()))), "counter-clockwise"),
    Spoilt("no area at all", "launch", polygon("40,141 41,141 42,141 40,141"), "crosses itself"),
    Spoilt("smaller than a house", "launch", polygon("40,141 40,141.0001 40.0001,141.0001 40,141"), "smaller"),
    Spoilt(
        "the whole earth", "launch", polygon("-90,-180 -90,180 90,180 90,-180 -90,-180"), "quarter of the earth"
    ),
    Spoilt("half the earth in steps", "launch", polygon("0,0 0,80 0,160 80,160 80,80 80,0 0,0"), "larger than"),
    Spoilt("larger than any alert", "launch", polygon("10,110 10,170 55,170 55,110 10,110"), "larger than"),
    Spoilt(
        "a point twice",
        "launch",
        polygon(BOX.replace("38.0000,139.0000", "38.0000,139.0000 38.0000,139.0000")),
        "twice in a row",
    ),
    Spoilt("too many points", "launch", polygon(_ring(1100)), "points"),
    Spoilt("a polygon twice", "launch", twice("polygon"), "polygon twice"),
    Spoilt(
        "too many polygons",
        "launch",
        after("polygon", *(("polygon", BOX.replace("143.0", f"143.{i:03d}0")) for i in range(120))),
        "polygons",
    ),
    Spoilt("polygon elsewhere", "launch", polygon("-34,150 -34,152 -32,152 -32,150 -34,150"), "comes near"),
    Spoilt("polygon of another island", "launch", polygon("24,122 24,125 27,125 27,122 24,122"), "comes near"),
    Spoilt(
        "a district far away",
        "launch",
        lambda d: d.replace(b"<value>JP-02<", b"<value>KR-49<"),
        "comes near KR-49",
    ),
    Spoilt(
        "district unknown", "launch", lambda d: d.replace(b"<value>JP-02<", b"<value>JP-48<"), "unknown geocode"
    ),
    Spoilt("district empty", "launch", lambda d: d.replace(b"<value>JP-02<", b"<value><"), "unknown geocode"),
    Spoilt(
        "district in small letters",
        "launch",
        lambda d: d.replace(b"<value>JP-02<", b"<value>jp-02<"),
        "unknown geocode",
    ),
    Spoilt("district twice", "launch", lambda d: d.replace(b"<value>JP-02<", b"<value>JP-03<"), "geocode twice"),
    Spoilt(
        "districts of another code", "launch", lambda d: d.replace(b"ISO 3166-2", b"FIPS6"), "not of ISO 3166-2"
    ),
    Spoilt("circle of no size", "launch", after("polygon", ("circle", "40,141 0")), "radius"),
    Spoilt("circle of negative size", "launch", after("polygon", ("circle", "40,141 -5")), "radius"),
    Spoilt("circle about the earth", "launch", after("polygon", ("circle", "40,141 20000")), "radius"),
    Spoilt("circle off the earth", "launch", after("polygon", ("circle", "140,41 5")), "circle leaves"),
    Spoilt("circle without radius", "launch", after("polygon", ("circle", "40,141")), "circle is not"),
    Spoilt(
        "ceiling without altitude", "launch", after("geocode", ("ceiling", "1000")), "ceiling without altitude"
    ),
    Spoilt(
        "ceiling below altitude", "launch", after("geocode", ("altitude", "1000"), ("ceiling", "10")), "not above"
    ),
    Spoilt("altitude no number", "launch", after("geocode", ("altitude", "high"))),
    Spoilt("altitude without an end", "launch", after("geocode", ("altitude", "99999999999")), "feet"),
)

SPOILT = (*FORM, *HEADER, *INFO, *AREA)

XSD_ACCEPTS = (
    "cancel without references",
    "polygon not closed",
    "longitude 532",
    "scope Private without addresses",
    "expires before sent",
)
"""The five that the OASIS schema lets pass."""
