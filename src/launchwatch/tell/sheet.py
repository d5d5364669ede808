"""Claims as a spreadsheet: comma-separated values, a row for each claim, every field of it.

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
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "|", "%", ";")


def claims_csv(reports: Iterable[dict[str, Any]]) -> str:
    """Return the claims of reports as rows of `launchwatch read --json` give them, under one row of names."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow((*(f"report_{name}" for name in REPORT_FIELDS), *CLAIM_FIELDS))
    for report in reports:
        head = [_cell(report.get(name)) for name in REPORT_FIELDS]
        for claim in report["claims"]:
            start, end = claim["span"]
            fields = {**claim, "span_start": start, "span_end": end, "found_by": " ".join(claim["found_by"])}
            writer.writerow((*head, *(_cell(fields[name]) for name in CLAIM_FIELDS)))
    return out.getvalue()


def _cell(value: object) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = printable(text)
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text
