"""Claims as a spreadsheet: comma-separated values, a row for each claim and for each event around the launch.

`launch` names the launch that a row is about: it is empty in rows about an earlier one. A row of an event has
`record` context, its kind as `attribute`, and its `date` and `actors`; a row of a claim leaves these two empty.

Texts of reports are strangers' words. A cell that a spreadsheet would take for a formula starts with an
apostrophe, and what would move a cursor or break a line is shown as an escape.
"""

import csv
import json
from collections.abc import Iterable
from io import StringIO
from typing import Any, Final

from launchwatch.basis.errors import printable

REPORT_FIELDS: Final = ("id", "path", "outlet", "url", "language", "published", "country")
CLAIM_FIELDS: Final = (
    "attribute", "value", "unit", "qualifier", "hedge", "condition", "polarity", "source", "via", "about", "item",
    "span_start", "span_end", "quote", "rule",
    "found_by",
)  # fmt: skip
ROW_FIELDS: Final = ("launch", "record")
EVENT_FIELDS: Final = ("date", "actors")
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "|", "%", ";")


def claims_csv(reports: Iterable[dict[str, Any]]) -> str:
    """Return the claims of reports as rows of `launchwatch read --json` give them, under one row of names."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow((*(f"report_{name}" for name in REPORT_FIELDS), *ROW_FIELDS, *CLAIM_FIELDS, *EVENT_FIELDS))
    for report in reports:
        head = [_cell(report.get(name)) for name in REPORT_FIELDS]
        for claim in report["claims"]:
            launch = report.get("launch") if claim["about"] == "main" else None
            writer.writerow(
                (
                    *head,
                    *_row({**claim, "launch": launch, "record": "claim", "found_by": " ".join(claim["found_by"])}),
                )
            )
        for event in report["context"]:
            told = {"record": "context", "attribute": event["kind"], "actors": "; ".join(event["actors"])}
            writer.writerow((*head, *_row({**event, **told, "launch": report.get("launch")})))
    return out.getvalue()


def _row(told: dict[str, Any]) -> list[str | int | float]:
    start, end = told["span"]
    fields = {**told, "span_start": start, "span_end": end}
    return [_cell(fields.get(name)) for name in (*ROW_FIELDS, *CLAIM_FIELDS, *EVENT_FIELDS)]


def _cell(value: object) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = printable(text)
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text
