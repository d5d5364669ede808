"""What may be shared with partners: allow-lists of fields by kind and named view, and the types that they make.

A view is a list of JSON field names; what is not named never goes out. Marks: `name!` must be releasable or
nothing goes, `name[]` every element of a list, `name@class` goes as a name of our own (`track-3`), since ids are
made of all fields and would tell of those that are withheld. What is written down here is the exchange format: a
change needs a new `SHARED_VERSION`.
"""

import re
import types
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin

import msgspec

from launchwatch.basis.errors import InputError, UnknownNameError
from launchwatch.facts.base import Value
from launchwatch.facts.claims import Reading
from launchwatch.facts.event import Event
from launchwatch.facts.evidence import PlotBlock, Sensor
from launchwatch.facts.flight import Ellipse, Flight, TimeInterval
from launchwatch.facts.track import Track, TrackedState, TrackMerger
from launchwatch.facts.warning import AlertStep, Confirmation, Reach

SHARED_VERSION = 1
"""Version of the exchange format; part of every message's `dataschema`."""

_POINT = "{lat_deg lon_deg ellipse_95 time_utc}"
_FALL = "lat_deg lon_deg time_utc ellipse_95 assumes probability remaining_s"
_IMPACT = f"{{{_FALL} alternatives[]{{{_FALL}}}}}"
_COARSE_FALL = "lat_deg lon_deg time_utc ellipse_95 assumes probability"
_VERDICT = "{says burning energy_height_km perigee_km apogee_km}"
_PLACES = "places[]{role id names probability state earliest_utc latest_utc}"
_SUPPORT = "support[]{sensor owner path host plots recent last_utc first_utc looks repeated}"
_MOTION = "time_utc! position_ecef_m velocity_ecef_m_s modes class heading_deg existence plots"
_FLIGHT = (
    f"item basis class trajectory launch{_POINT} burnout{{time_s speed_m_s angle_deg height_km}} apogee_km "
    f"range_km azimuth_deg flight_time_s minimum_energy_range_km impact{_POINT} "
    f"range_modes[]{{share range_km impact{_POINT}}} diagnostics{{effective_sample_size converged}}"
)
_CLAIM = "attribute value unit qualifier hedge condition polarity source via about item"
_ZONE = "item zone kind states names called probability probability_low probability_high relation basis status"
_TOLD = (
    "stage audience status decided_utc! as_of_utc expires_utc probability launch_utc launch_lat_deg "
    f"launch_lon_deg launch_place fall_utc fall_lat_deg fall_lon_deg sea_name passed_utc {_PLACES} rings release "
    "reason"
)
_REACHED = (
    "time_utc! launch_lat_deg launch_lon_deg launch_utc fall_lat_deg fall_lon_deg fall_utc fall_ellipse_95 "
    f"height_m falling territory over sea over_now past sea_name {_PLACES}"
)

VIEWS: dict[str, dict[str, str]] = {
    "sensor": {
        "full": (
            "id! kind owner path host lat_deg lon_deg height_m position_ecef_m ephemeris sigma_range_m "
            "sigma_azimuth_deg sigma_elevation_deg sigma_range_rate_m_s sigma_los_rad horizon_deg "
            "max_elevation_deg max_range_m azimuth_span_deg scan_s detection_probability false_plots_per_scan "
            "sigma_barometric_height_m sigma_bias_range_m sigma_bias_azimuth_deg sigma_bias_elevation_deg "
            "sigma_bias_los_rad refraction"
        )
    },
    "plots": {
        "full": (
            "time_utc! sensor plots[]{time_utc range_m azimuth_deg elevation_deg barometric_height_m "
            "range_rate_m_s snr_db los_ecef intensity covariance}"
        )
    },
    "state": {
        "full": (
            f"track@track! status update{{{_MOTION} covariance verdict{_VERDICT} launch{_POINT} "
            f"impact{_IMPACT} nis measured {_SUPPORT}}}"
        ),
        "track": f"track@track! status update{{{_MOTION} verdict{_VERDICT} launch{_POINT} impact{_IMPACT}}}",
        "track-coarse": (
            f"track@track! status update{{time_utc! position_ecef_m class launch{_POINT} "
            f"impact{{{_COARSE_FALL}}}}}"
        ),
    },
    "track": {
        "full": (
            f"status first_utc last_utc! class launch{_POINT} heading_deg impact{_POINT} "
            f"updates[]{{time_utc position_ecef_m velocity_ecef_m_s covariance}} plots_used sensors"
        ),
        "track-coarse": f"status first_utc last_utc! class launch{_POINT} impact{_POINT}",
    },
    "merger": {"full": "track@track! into@track! time_utc!"},
    "confirmation": {
        "full": "track@track! time_utc! confirmed missile independent faults reason one_with@track",
        "verdict": "track@track! time_utc! confirmed missile",
    },
    "reach": {
        "full": f"track@track! {_REACHED} public_rings fall_rings",
        "reach-coarse": f"track@track! {_REACHED}",
    },
    "flight": {"full": _FLIGHT, "flight-coarse": f"item class launch{_POINT} impact{_POINT} apogee_km range_km"},
    "event": {
        "full": (
            f"status as_of_utc! title date date_basis objects[]{{{_FLIGHT}}} estimates[]{{{_FLIGHT}}} "
            f"zone_probability zones_known zones[]{{{_ZONE} margin_km line_error_km wording}} "
            f"claims[]{{claim{{{_CLAIM} quote}} consistency{{p_value verdict reason}}}} "
            "disagreements[]{attribute sigma_apart summary} statement{title sentences} "
            "areas[]{time_utc until_utc falls_utc debris_until_utc assumes probability corridor fall}"
        ),
        "assessment": (
            f"status as_of_utc! date objects[]{{{_FLIGHT}}} zone_probability zones_known zones[]{{{_ZONE}}} "
            f"claims[]{{claim{{{_CLAIM}}} consistency{{verdict}}}}"
        ),
    },
    "reading": {
        "full": f"language published claims[]{{{_CLAIM} found_by span quote}}",
        "claim": f"language published claims[]{{{_CLAIM} found_by}}",
    },
    "step": {"full": f"alert@alert! id@step! {_TOLD} references@step"},
}
"""The allow-lists, by kind and view."""

_COARSE_DECIMALS = 1
_SOURCES: dict[str, type[Value]] = {
    "sensor": Sensor, "plots": PlotBlock, "state": TrackedState, "track": Track, "merger": TrackMerger,
    "confirmation": Confirmation, "reach": Reach, "flight": Flight, "event": Event, "reading": Reading,
    "step": AlertStep,
}  # fmt: skip

SUBJECTS: dict[str, tuple[str, str]] = {
    "sensor": ("sensor", "id"), "plots": ("sensor", "sensor"), "state": ("track", "track"),
    "track": ("whole", "id"), "merger": ("track", "track"), "confirmation": ("track", "track"),
    "reach": ("track", "track"), "flight": ("flight", "id"), "event": ("event", "id"),
    "reading": ("reading", "id"), "step": ("alert", "alert"),
}  # fmt: skip
"""What each kind is about: class of the subject's name, and the field that tells one from another."""

TIMES: dict[str, str] = {
    "plots": "time_utc", "state": "update.time_utc", "track": "last_utc", "merger": "time_utc",
    "confirmation": "time_utc", "reach": "time_utc", "event": "as_of_utc", "step": "decided_utc",
}  # fmt: skip
"""The field that says of when a kind speaks: none of these may lie in the future."""

Form = Literal["copy", "exact", "degrees", "height", "time", "times", "ellipse", "place", "rings", "name"]
"""How a field goes out where it must be coarse; `exact` does not go at all then."""

_HARMLESS = frozenset((
    "probability", "probability_low", "probability_high", "existence", "missile", "class", "modes", "trajectory",
    "zone_probability", "territory", "over", "sea", "share", "burning", "p_value", "zones_known", "scan_s",
    "detection_probability", "effective_sample_size",
))  # fmt: skip
"""Numbers that place nothing: they go out as they are even where positions must be coarse."""
_TELLING = frozenset((
    "reason", "wording", "quote", "title", "summary", "sentences", "faults", "sensors", "ephemeris",
))  # fmt: skip
"""Texts that may hold a position in words or figures, and what says where a sensor is."""
_RINGS = frozenset(("public_rings", "fall_rings", "rings", "corridor", "fall"))


class Place(Value, frozen=True, kw_only=True):
    """A coarse position: degrees and kilometres above the ellipsoid, rounded."""

    lat_deg: float
    lon_deg: float
    height_km: float


class SharedField(NamedTuple):
    """One field of a view: JSON name, attribute, path, and either fields within or the form in which it goes."""

    name: str
    attribute: str
    path: str
    required: bool
    many: bool
    naming: str | None
    form: Form | None
    kind: Any
    within: tuple["SharedField", ...]


class SharedView(NamedTuple):
    """An allow-list ready for use; `decimals` makes positions coarse, `delay_s` lets them go late.

    `strict` keeps back what cannot be made coarse: a coarse view names on purpose what it lets go exactly.
    """

    kind: str
    name: str
    fields: tuple[SharedField, ...]
    decimals: int | None
    delay_s: float
    strict: bool


_TOKEN = re.compile(r"(?P<name>\w+)(?:@(?P<naming>\w+))?(?P<many>\[\])?(?P<required>!)?|(?P<brace>[{}])")
_VIEW_NAME = re.compile(r"(?P<name>[a-z-]+)(?:/(?P<decimals>\d))?(?:\+(?P<delay>\d{1,6})s)?")


@cache
def shared_view(kind: str, text: str) -> SharedView:
    """Return the view of a kind that a setting names: `track-coarse`, `track-coarse/2`, `track-coarse/2+60s`.

    `/2` rounds to two decimals of a degree, `+60s` keeps it back for so long. Coarse views round to 0.1 degree
    (11 km: a district, no launcher). Raises UnknownNameError and InputError.
    """
    if kind not in VIEWS:
        raise UnknownNameError("shared kind", kind, VIEWS)
    match = _VIEW_NAME.fullmatch(text)
    if match is None:
        raise InputError("no view", given=text, allowed="NAME, NAME/DECIMALS, NAME+SECONDSs", try_="full+60s")
    name = match["name"]
    if name not in VIEWS[kind]:
        raise UnknownNameError(f"view of {kind}", name, VIEWS[kind])
    coarse = _COARSE_DECIMALS if name.endswith("-coarse") else None
    decimals = int(match["decimals"]) if match["decimals"] else coarse
    strict = coarse is None and decimals is not None
    return SharedView(kind, name, _fields_of(kind, name), decimals, float(match["delay"] or 0), strict)


@cache
def _fields_of(kind: str, view: str) -> tuple[SharedField, ...]:
    return _parse(_TOKEN.finditer(VIEWS[kind][view]), _SOURCES[kind], "")


def _parse(tokens: Iterator[re.Match[str]], owner: type, prefix: str) -> tuple[SharedField, ...]:
    """Return the fields up to the closing brace; a nested list follows its field."""
    known = {field.encode_name: field for field in msgspec.structs.fields(owner)}
    found: list[SharedField] = []
    for token in tokens:
        if token["brace"] == "}":
            break
        if token["brace"] == "{":
            last = found[-1]
            inner = _struct_in(last.kind)
            found[-1] = last._replace(form=None, within=_parse(tokens, inner, f"{last.path}."))
            continue
        name = token["name"]
        if name not in known:
            raise UnknownNameError(f"field of {owner.__name__}", name, known)
        path = f"{prefix}{name}{token['many'] or ''}"
        kind_of = known[name].type
        form: Form = "name" if token["naming"] else _form(name, kind_of)
        found.append(
            SharedField(
                name, known[name].name, path, bool(token["required"]), bool(token["many"]), token["naming"], form,
                kind_of, (),
            )
        )  # fmt: skip
    return tuple(found)


def _struct_in(kind: Any) -> type:  # noqa: ANN401 - an annotation of any form
    """Return the one struct in an annotation such as `Verdict | None` or `tuple[Plot, ...]`."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind
    return next(found for part in get_args(kind) if part not in (type(None), ...) and (found := _struct_in(part)))


def _form(name: str, kind: Any) -> Form:  # noqa: ANN401 - an annotation of any form
    parts = _parts(kind)
    tests: tuple[tuple[Form, bool], ...] = (
        ("place", name == "position_ecef_m"),
        ("degrees", name.endswith(("lat_deg", "lon_deg"))),
        ("rings", name in _RINGS),
        ("times", TimeInterval in parts),
        ("ellipse", Ellipse in parts),
        ("time", name.endswith("_utc")),
        ("height", name == "height_m"),
        ("copy", name in _HARMLESS),
        ("exact", name in _TELLING or float in parts or any(map(_is_struct, parts))),
    )
    return next((form for form, holds in tests if holds), "copy")


def _is_struct(kind: Any) -> bool:  # noqa: ANN401 - an annotation of any form
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _parts(kind: Any) -> set[Any]:  # noqa: ANN401 - an annotation of any form
    inner = [part for part in get_args(kind) if part is not ...]
    if get_origin(kind) is Literal:
        return {str}
    return set().union(*(_parts(part) for part in inner)) if inner else {kind}


@cache
def shared_type(kind: str) -> type[msgspec.Struct]:
    """Return the type of a kind's shared body: every field of every view, each optional, nothing else allowed."""
    if kind not in VIEWS:
        raise UnknownNameError("shared kind", kind, VIEWS)
    merged = _merged([field for view in VIEWS[kind] for field in _fields_of(kind, view)])
    return _built(f"shared {kind}", merged)


def _merged(fields: list[SharedField]) -> dict[str, SharedField]:
    out: dict[str, SharedField] = {}
    for field in fields:
        old = out.get(field.name)
        out[field.name] = field if old is None else old._replace(within=old.within + field.within)
    return out


def _built(name: str, fields: Mapping[str, SharedField]) -> type[msgspec.Struct]:
    rows: list[tuple[str, Any, Any]] = []
    for field in fields.values():
        kind = _out_type(f"{name} {field.name}", field)
        rows.append((field.name, Union[kind, None], None))  # noqa: UP007 - built while running
        if field.form == "place":
            rows.append(("place", Place | None, None))
    return msgspec.defstruct(name, rows, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True)


def _out_type(name: str, field: SharedField) -> Any:  # noqa: ANN401 - an annotation
    if field.within:
        inner = _built(name, _merged(list(field.within)))
        return types.GenericAlias(tuple, (inner, ...)) if field.many else inner
    if field.form == "name":
        return types.GenericAlias(tuple, (str, ...)) if get_origin(field.kind) is tuple else str
    return field.kind


@cache
def shared_decoder(kind: str) -> msgspec.json.Decoder[Any]:
    """Return the decoder of a kind's shared body."""
    return msgspec.json.Decoder(shared_type(kind))


def shared_schema(kind: str) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a kind's shared body."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": dataschema(kind),
        "title": f"shared {kind}",
        **msgspec.json.schema(shared_type(kind)),
    }


def dataschema(kind: str) -> str:
    """Return the URI that names the form of a kind's shared body, with its version."""
    return f"urn:launchwatch:shared:{kind}:{SHARED_VERSION}"
