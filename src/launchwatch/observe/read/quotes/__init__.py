"""Claims from the verbatim quotes of a language model: asked for, anchored in the text, and read by the rules.

A model points; it never tells. What it returns is an attribute, a quote, a quote that names the speaker, and which
launch. The place of each quote is sought in the report, and value, unit, qualifier, hedge, polarity and office are
read there by the same rules that read a report without a model. What is not found or not readable is refused.
"""

from launchwatch.observe.read.quotes.answers import Pointed, Refused, pointed_in
from launchwatch.observe.read.quotes.asking import LONGEST_ASKED, request_body, request_key
from launchwatch.observe.read.quotes.comparing import Compared, compare
from launchwatch.observe.read.quotes.rereading import claims_of

__all__ = [
    "LONGEST_ASKED", "Compared", "Pointed", "Refused", "claims_of", "compare", "pointed_in", "request_body",
    "request_key",
]  # fmt: skip
