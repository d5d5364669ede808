"""What every fact shares."""

from typing import Literal

import msgspec


class Value(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=False):
    """A frozen value; equality covers every field."""


class Provenance(Value, frozen=True, kw_only=True):
    """Who made a fact, when, from what, and whether a person looked at it.

    `author` is program, version and step (`launchwatch 0.1.0 observe.read`) or a person's office;
    `derived_from` are ids of the facts that it was made from.
    """

    author: str
    created_utc: str
    status: Literal["automatic", "reviewed", "entered"] = "automatic"
    derived_from: tuple[str, ...] = ()
