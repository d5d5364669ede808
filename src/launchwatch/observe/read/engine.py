"""The reader's front: one report in, one reading out; no device, no clock, no chance."""

from launchwatch.basis.ids import content_id
from launchwatch.facts import Claim, ContextEvent, Provenance, Reading, Report
from launchwatch.observe.read import attach, context
from launchwatch.observe.read.english import reader as english
from launchwatch.observe.read.language import SUPPORTED, language_of
from launchwatch.observe.read.lexicon import lexicon_for
from launchwatch.observe.read.moments import parse_published
from launchwatch.observe.read.text import plain, sentences
from launchwatch.observe.read.verbfinal import reader as verbfinal


def read_report(report: Report, *, provenance: Provenance) -> Reading:
    """Return the attributed, normalised and anchored claims of a report, with context events and notes.

    A report in a language that is not supported gives no claims and a note.
    """
    language = language_of(report.language, report.text)
    published = parse_published(report.published)
    notes = []
    if report.published and published is None:
        notes.append(f"publication date not understood: {report.published!r}; dates stay unresolved")
    if report.made:
        notes.append(f"the file was made on {report.made}, which is not taken for its date of publication")
    if language not in SUPPORTED:
        notes.append(f"language {language or 'unknown'} is not supported; supported: {', '.join(SUPPORTED)}")
        return _reading(report, provenance, language, (), (), notes)
    ready = plain(report.text)
    lexicon = lexicon_for(language)
    pieces = sentences(ready.text, language)
    told, left, dated = (english if language == "en" else verbfinal).read(pieces, lexicon, published)
    events = context.events(pieces, lexicon, dated, ready, report.text)
    return _reading(report, provenance, language, attach.claims(report, ready, told), events, notes + left)


def _reading(
    report: Report,
    provenance: Provenance,
    language: str | None,
    claims: tuple[Claim, ...],
    events: tuple[ContextEvent, ...],
    notes: list[str],
) -> Reading:
    return Reading(
        id=content_id("reading", report.id, *(claim.id for claim in claims)),
        report=report.id,
        path=report.origin,
        language=language,
        published=report.published,
        claims=claims,
        context=events,
        notes=tuple(notes),
        provenance=provenance,
    )
