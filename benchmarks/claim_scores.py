"""Scores of read claims against annotated ones, by attribute and language, and the errors sorted by kind.

A read claim is right in value where attribute, launch (main or previous) and value agree with an annotated claim
that no other has taken, and right in full where the speaker agrees too. Claims annotated as optional need not be
found; restatements by the same speaker, denied claims, and claims about earlier launches in a report where none is
annotated count neither way. Each error is named by what was read instead:

    wrong speaker       the claim, by somebody else
    speaker lost        the claim, by the report itself, though somebody else said it
    speaker invented    the claim, by somebody, though the report itself says it
    wrong launch        the value, of the other launch
    wrong polarity      the claim, denied
    other extent        words that hold the annotated ones or lie in them: a place or phrase too long or too short
    wrong value         another value from the annotated words
    one speaker of two  the claim once, though two said it
    missed              no claim of the attribute at all
    missed one          other claims of the attribute, not this one
    repeated            an annotated claim, by one speaker more
    invented            an attribute that nobody annotated
    invented one        an attribute that is annotated, with a value that is not
    hedge missed        the claim, without its word of doubt
"""

import re
import unicodedata
from collections import Counter, defaultdict
from datetime import date

NUMERIC = frozenset(("range_km", "apogee_km", "flight_time_min", "speed_mach", "count"))
FREE_TEXT = frozenset(
    ("launch_area", "impact_area", "direction", "damage", "threat", "trajectory", "missile_name")
)
ONE_SPEAKER = {
    "south korea jcs": ("south korea military", "south korea mnd", "south korea joint chiefs of staff"),
    "south korea officials": ("south korean officials",),
    "japan government": ("japan pm",),
    "japan mod": ("japan defense ministry", "japan ministry of defense"),
    "kcna": ("north korea", "north korea state media", "rodong sinmun"),
    "us military": (
        *("us indopacom", "us forces", "us forces korea", "usfk", "us pacom", "us stratcom", "us northcom"),
        *("pentagon", "us pentagon", "us department of defense", "norad"),
    ),
}
SPEAKER = {spelling: name for name, spellings in ONE_SPEAKER.items() for spelling in spellings}
WORD = re.compile(r"[^\W_]+")
EMPTY = frozenset(("the", "a", "an", "of", "in", "its", "s"))


def words(text):
    folded = unicodedata.normalize("NFKD", str(text)).casefold()
    return set(WORD.findall(folded)) - EMPTY


def speakers(named):
    parts = named if isinstance(named, list) else re.split(r"\s+and\s+|,|;", str(named or "outlet"))
    names = [re.sub(r"\s+", " ", part.strip().casefold().replace("'s", "")) for part in parts]
    return {SPEAKER.get(name, name) for name in names}


def same_speaker(want, have):
    named = speakers(have.get("source"))
    other = want.get("source_alt")
    return bool(named & speakers(want.get("source"))) or bool(other and named & speakers(other))


def same_launch(want, have):
    return have.get("about", "main") == want.get("about", "main")


def close(one, other):
    try:
        one, other = float(one), float(other)
    except (TypeError, ValueError):
        return str(one).casefold() == str(other).casefold()
    return abs(one - other) <= max(0.01 * abs(one), 0.6)


def listed(value):
    return list(value) if isinstance(value, list | tuple) else [value]


def same_value(want, have):
    name, wanted, value = want["attribute"], want["value"], have.get("value")
    ours, theirs = listed(value), listed(wanted)
    if name in NUMERIC:
        return len(ours) == len(theirs) and all(map(close, theirs, ours))
    if name == "shared_with":
        return not {str(one).casefold() for one in ours}.isdisjoint(str(one).casefold() for one in theirs)
    if name == "eez":
        zones = want.get("unit"), have.get("unit")
        agree = not all(zones) or bool(words(zones[0]) & words(zones[1]))
        return agree and str(wanted).casefold() == str(value).casefold()
    if name in FREE_TEXT:
        return same_words(want, have)
    if name == "event_date" and want["undated"] and same_weekday(want, value):
        return True
    listed_alike = isinstance(wanted, list) == isinstance(value, list | tuple)
    return listed_alike and [str(one).casefold() for one in ours] == [str(one).casefold() for one in theirs]


def same_weekday(want, value):
    """Say whether a weekday is that of an annotated date: without a publication date no more can be read."""
    if not str(want.get("unit", "")).startswith("weekday"):
        return False
    try:
        weekday = f"{date.fromisoformat(str(want['value'])):%A}"
    except ValueError:
        weekday = str(want["value"])
    return str(value).casefold() == weekday.casefold()


def same_words(want, have):
    """Say whether two phrases share half their words, or 60 % with those of their quotes."""
    theirs, ours = words(want["value"]), words(have.get("value"))
    if theirs and theirs == ours:
        return True
    shared = len(theirs & ours)
    if shared and 2 * shared / (len(theirs) + len(ours)) >= 0.5:
        return True
    theirs |= words(want.get("quote", ""))
    ours |= words(have.get("quote", ""))
    shared = len(theirs & ours)
    return bool(shared) and 2 * shared / (len(theirs) + len(ours)) >= 0.6


def same_claim(want, have):
    same = have.get("attribute") == want["attribute"] and same_launch(want, have)
    return same and same_value(want, have)


class Compared:
    """One report's read claims beside its annotated ones: pairs (annotated, read), missed and extra ones.

    State: fixed after the comparison.
    """

    def __init__(self, report, claims):
        undated = not (report.get("published") or report.get("published_inferred"))
        self.text = report["text"]
        self.wanted = [{**want, "undated": undated} for want in report["claims"]]
        self.denied = [have for have in claims if have.get("polarity", "asserted") == "denied"]
        self.read = [have for have in claims if have.get("polarity", "asserted") != "denied"]
        self.pairs, left, self.unpaired = paired(self.wanted, self.read)
        self.missed = [want for want in left if not want.get("optional")]
        earlier = any(want.get("about") == "previous" for want in self.wanted)
        self.extra = [
            have
            for have in self.unpaired
            if not (undated and have["attribute"] == "event_date")
            and (earlier or have.get("about", "main") != "previous")
            and not any(same_claim_of_any_launch(want, have) and same_speaker(want, have) for want in self.wanted)
        ]
        self.misplaced = [
            have for have in self.read if self.text[have["span"][0] : have["span"][1]] != have["quote"]
        ]


def same_claim_of_any_launch(want, have):
    return have.get("attribute") == want["attribute"] and same_value(want, have)


def paired(wanted, read):
    """Return pairs, required claims first and among them those with the right speaker, and what is left."""
    free = list(read)
    taken = {}
    order = sorted(range(len(wanted)), key=lambda index: bool(wanted[index].get("optional")))
    for any_speaker in (False, True):
        for index in order:
            want = wanted[index]
            if index in taken:
                continue
            hit = next((h for h in free if same_claim(want, h) and (any_speaker or same_speaker(want, h))), None)
            if hit is not None:
                free.remove(hit)
                taken[index] = hit
    pairs = [(wanted[index], have) for index, have in taken.items()]
    return pairs, [want for index, want in enumerate(wanted) if index not in taken], free


def score(annotated):
    """Return scores by language and attribute of (id, report, claims, events), errors by kind, and bad places."""
    counts = defaultdict(lambda: defaultdict(Counter))
    errors = defaultdict(lambda: defaultdict(dict))
    context, misplaced = Counter(), 0
    for name, report, claims, events in annotated:
        language = report.get("language") or "en"
        one = Compared(report, claims)
        misplaced += len(one.misplaced)
        for key, attribute in tallied(one):
            for group in ("all", language):
                for column in ("all", attribute):
                    counts[group][column][key] += 1
        for kind, attribute in named_errors(one):
            kept = errors[kind][language].setdefault(attribute, {"count": 0, "example": name})
            kept["count"] += 1
        if report.get("context"):
            context.update(context_score(report["context"], events))
    return {
        "scores": {
            group: {key: rates(one) for key, one in sorted(found.items())} for group, found in counts.items()
        },
        "errors": {
            kind: {language: dict(rows) for language, rows in found.items()} for kind, found in errors.items()
        },
        "context": {key: context[key] for key in ("found", "missed", "extra")},
        "misplaced_quotes": misplaced,
    }


def tallied(one):
    """Yield what counts, with its attribute; optional claims count neither way."""
    for want, have in one.pairs:
        if not want.get("optional"):
            yield "found", want["attribute"]
            if same_speaker(want, have):
                yield "right_speaker", want["attribute"]
    for want in one.missed:
        yield "missed", want["attribute"]
    for have in one.extra:
        yield "extra", have["attribute"]


def rates(count):
    found, right = count["found"], count["right_speaker"]
    read, wanted = found + count["extra"], found + count["missed"]
    made = {}
    for name, good in (("value", found), ("full", right)):
        precision, recall = good / max(read, 1), good / max(wanted, 1)
        made[name] = {
            "precision": round(precision, 3),
            "recall": round(recall, 3),
            "f1": round(2 * precision * recall / (precision + recall), 3) if good else 0.0,
        }
    return {**made, **{name: count[name] for name in ("found", "missed", "extra", "right_speaker")}}


def context_score(wanted, read):
    free, found = list(read), 0
    for want in wanted:
        theirs = words(want["quote"])
        for have in free:
            ours = words(have.get("quote", ""))
            enough = 0.5 * min(len(theirs), len(ours) or 1)
            if have.get("kind") == want.get("kind") and len(theirs & ours) >= enough:
                free.remove(have)
                found += 1
                break
    return {"found": found, "missed": len(wanted) - found, "extra": len(free)}


def named_errors(one):
    """Yield the kind and attribute of each error; a claim read instead of another makes one error, not two."""
    for want, have in one.pairs:
        yield from ((kind, want["attribute"]) for kind in pair_errors(want, have))
    free = list(one.unpaired)
    for want in one.missed:
        kind, instead = missed_error(one, want, free)
        if instead is not None:
            free.remove(instead)
        yield kind, want["attribute"]
    for have in one.extra:
        if have in free:
            yield extra_error(one, have), have["attribute"]


def pair_errors(want, have):
    if not same_speaker(want, have) and not want.get("optional"):
        if speakers(have.get("source")) == {"outlet"}:
            yield "speaker lost"
        else:
            yield "speaker invented" if speakers(want.get("source")) == {"outlet"} else "wrong speaker"
    if want.get("hedge") and not have.get("hedge"):
        yield "hedge missed"


def missed_error(one, want, free):
    """Return the kind of a miss and the claim that was read instead, if one was."""
    alike = [have for have in free if have["attribute"] == want["attribute"]]
    for kind, test in INSTEAD.items():
        for have in alike:
            if test(one.text, want, have):
                return kind, have
    if any(same_claim(want, have) for have in one.denied):
        return "wrong polarity", None
    known = [have for have in one.read if have["attribute"] == want["attribute"]]
    if any(same_claim(want, have) for have in known):
        return "one speaker of two", None
    return ("missed one" if known else "missed"), None


def extra_error(one, have):
    wanted = [want for want in one.wanted if want["attribute"] == have["attribute"]]
    if any(same_claim(want, have) for want in wanted):
        return "repeated"
    if any(same_value(want, have) for want in wanted):
        return "wrong launch"
    if any(other_extent("", want, have) for want in wanted):
        return "other extent"
    return "invented one" if wanted else "invented"


def of_other_launch(_, want, have):
    return not same_launch(want, have) and same_value(want, have)


def other_extent(_, want, have):
    if want["attribute"] not in FREE_TEXT or not same_launch(want, have):
        return False
    theirs, ours = (str(value).casefold() for value in (want["value"], have["value"]))
    return theirs in ours or ours in theirs


def from_the_words(text, want, have):
    """Say whether a claim comes from the annotated words."""
    place = text.find(want.get("quote") or "\0")
    if place < 0:
        return False
    start, end = have["span"]
    return start < place + len(want["quote"]) and place < end


INSTEAD = {"wrong launch": of_other_launch, "other extent": other_extent, "wrong value": from_the_words}
