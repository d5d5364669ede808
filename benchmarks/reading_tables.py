"""Write benchmarks/results/reading.md, the page of the reader, from the JSON beside it."""

from tables import RESULTS, have, listed, machine, reading_times, table


def page():
    """Return the page of the reader: times by length, scores by attribute and language, errors by kind."""
    times, scored = have("reading"), have("reading_scores")
    parts = ["# The reader"]
    if times:
        parts += [
            f"Times measured on: {machine(times)}.",
            table(("figure", "measured", "asked for"), reading_times(times)),
            "## Time by length",
            "Texts made to be slow, seconds by millions of characters:",
            table(("text", "millions of characters", "seconds"), lengths(times["scaling"])),
        ]
    for name, found in (scored or {"sets": {}})["sets"].items():
        counts = ", ".join(f"{count} {language}" for language, count in found["reports"].items())
        events, wanted = found["context"]["found"], found["context"]["found"] + found["context"]["missed"]
        parts += [
            f"## Scores: {name} ({counts})",
            "Precision / recall / F1 of the values; F1 with the speaker; annotated claims in brackets.",
            table(("attribute", *found["reports"]), by_attribute(found)),
            f"Events found: {events} of {wanted}. Quotes out of place: {found['misplaced_quotes']}.",
            f"### Errors: {name}",
            table(("kind", "errors", "language and attribute (an example)"), by_kind(found["errors"])),
        ]
    return "\n\n".join(parts)


def lengths(scaling):
    for name, grown in scaling.items():
        yield name, listed(f"{count / 1e6:g}" for count in grown["characters"]), listed(grown["seconds"])


def by_attribute(found):
    for attribute in found["scores"]["all"]:
        yield attribute, *(cell(found["scores"][language].get(attribute)) for language in found["reports"])


def cell(rates):
    if rates is None:
        return ""
    if not rates["found"] + rates["missed"]:
        return f"none annotated, {rates['extra']} read"
    value = " / ".join(f"{rates['value'][name]:.2f}" for name in ("precision", "recall", "f1"))
    return f"{value}; {rates['full']['f1']:.2f} ({rates['found'] + rates['missed']})"


def by_kind(errors):
    counted = {kind: sum(one["count"] for _, _, one in flat(found)) for kind, found in errors.items()}
    for kind in sorted(errors, key=lambda kind: (-counted[kind], kind)):
        rows = sorted(flat(errors[kind]), key=lambda row: -row[2]["count"])
        yield (
            kind,
            counted[kind],
            "; ".join(
                f"{language} {attribute} {one['count']} ({one['example']})" for language, attribute, one in rows
            ),
        )


def flat(found):
    return [(language, attribute, one) for language, rows in found.items() for attribute, one in rows.items()]


if __name__ == "__main__":
    (RESULTS / "reading.md").write_text(page() + "\n")
