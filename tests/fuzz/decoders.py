"""Decoders under atheris: whatever the bytes, they end with facts and rejections, never with an exception.

    python -m tests.fuzz.decoders TARGET [-max_total_time=20] [-seed=1]

TARGET is lines, table, asterix, capture, sites, reports, report, answer, entered, traffic, asked or partner.

Options go to libFuzzer. Inputs that raise are written to `crash-*` beside the caller.
"""

import io
import json
import sys
import tempfile
from pathlib import Path

import numpy as np

from launchwatch.geo.ellipsoid import ecef_from_geodetic

ecef_from_geodetic(np.zeros(1), np.zeros(1), np.zeros(1))  # compiled now: under atheris no compiler runs

import atheris  # noqa: E402

with atheris.instrument_imports(
    include=["launchwatch.observe", "launchwatch.feeds", "asterix.base", "dpkt", "pyais"]
):
    import dpkt

    from launchwatch.basis.errors import InputError
    from launchwatch.facts import PartnerFact, Plot, Provenance, Rejection, Sensor, recording_line
    from launchwatch.feeds.pcap import datagrams
    from launchwatch.observe.asked import decode_answers
    from launchwatch.observe.asterix import Datagram, decode_asterix, read_sites
    from launchwatch.observe.entered import read_entered
    from launchwatch.observe.partners import Heard, parse_shared
    from launchwatch.observe.read import read_report
    from launchwatch.observe.read.quotes import claims_of, pointed_in
    from launchwatch.observe.recordings import decode_recording
    from launchwatch.observe.reports import Source, decode_report, decode_reports
    from launchwatch.observe.tables import decode_table, encode_table
    from launchwatch.observe.traffic import decode_traffic
    from tests.observe.asterix_samples import service, target
    from tests.observe.document_samples import ATOM, page, pdf, rss
    from tests.observe.document_samples import lines as pdf_lines
    from tests.observe.shared_samples import US_KEY, body_of, resigned, shared_message

WHO = Provenance(author="fuzz", created_utc="2025-11-07T03:35:00Z")
RADAR = Sensor(
    id="R1", kind="radar", lat_deg=38.0, lon_deg=128.4, height_m=300.0, sigma_range_m=30.0, sigma_azimuth_deg=0.1,
    sigma_elevation_deg=0.1, scan_s=2.0,
)  # fmt: skip
PLOT = Plot(
    id="p", sensor="R1", time_utc="2025-11-07T03:35:00Z", range_m=4e5, azimuth_deg=3.0, elevation_deg=5.0,
    covariance=((900.0, 0.0, 0.0), (0.0, 0.01, 0.0), (0.0, 0.0, 0.01)),
)  # fmt: skip
LINES = [recording_line(RADAR), recording_line(PLOT)]
SITES = b"[[site]]\nsac = 25\nsic = 7\nlat_deg = 43.5\nlon_deg = 16.4\nheight_m = 780\nscan_s = 5\n"
NEWS = {
    "en": "North Korea fired two short-range ballistic missiles from the Sinpo area at 7:55 a.m. on Friday, "
    "Japan’s Defense Ministry said. They rose to 90 km, flew about 700 km (435 miles) and fell outside its EEZ.",
    "ja": "防衛省は、北朝鮮が7日午前7時55分ごろ弾道ミサイル2発を発射したと発表した。約900キロ飛んだ。",
    "ko": "합참은 북한이 7일 오전 7시 55분 탄도미사일 1발을 발사했다고 밝혔다. 비행거리는 약 700km였다.",
}
NEWS = {language: text.encode() for language, text in NEWS.items()}
POINTED = {"attribute": "range_km", "quote": "about 700 km", "speaker": "Defense Ministry", "about": "main"}
ANSWER = json.dumps({"choices": [{"message": {"content": json.dumps({"claims": [POINTED]})}}]}).encode()
ENTERED = (
    b"attribute,value,unit,source\nrange_km,435 miles,,ROK JCS\nlaunch_time,07:55-08:01 KST,,\n"
    b"flight_time_min,12 min 30 s,,\neez,inside,Japan,\ndirection,ENE,,\n"
)
REPORTS = target() + service(turn_s=5.0, place=(780, 43.5, 16.4)) + target(120.0, test=1)
REPORTS += service(
    place=(780, 44.5, 16.4)
)  # compares places: that is compiled, and no compiler runs under atheris


def lines(data):
    """Decode bytes as lines after a sensor's."""
    decode_recording([LINES[0], *data.split(b"\n")], evidence="e", provenance=WHO)


def table(data):
    """Decode bytes as a Parquet table."""
    decode_table(io.BytesIO(data), evidence="e", provenance=WHO)


def asterix(data):
    """Decode bytes as data blocks."""
    decode_asterix([Datagram(1.4e9, data)], {}, reference_s=1.4e9, evidence="e", provenance=WHO)


def capture(data):
    """Decode bytes as a network capture of data blocks."""
    came = (one if isinstance(one, InputError) else Datagram(*one) for one in datagrams(io.BytesIO(data)))
    decode_asterix(came, {}, reference_s=1.4e9, evidence="e", provenance=WHO)


def sites(data):
    """Read bytes as a table of sites: an InputError is the one thing that it may raise."""
    try:
        read_sites(data)
    except InputError:
        return


def reports(data):
    """Decode bytes as a report file of any form: a page, a PDF, a feed, JSON or text."""
    for _ in decode_reports(data, Source("a", "e", WHO)):
        pass


def report(data):
    """Read bytes as a report: spans are right, and an InputError is the one thing that it may raise."""
    try:
        decoded = decode_report(data, origin="r", evidence="e", provenance=WHO)
    except InputError:
        return
    reading = read_report(decoded, provenance=WHO)
    for one in (*reading.claims, *reading.context):
        assert decoded.text[slice(*one.span)] == one.quote


def traffic(data):
    """Decode bytes as positions of ships and aircraft, of any form: every one kept is on the globe."""
    found = decode_traffic(data, evidence="e", provenance=WHO, as_of_s=1.8e9)
    for position in found.positions:
        assert abs(position.lat_deg) <= 90
        assert -180 <= position.lon_deg <= 180
        assert position.sigma_m > 0


def asked(data):
    """Decode bytes as a table of answers after damage."""
    decode_answers(data, evidence="e", provenance=WHO, as_of_s=1.8e9)


def partner(data):
    """Parse bytes as a partner's message, and as a body that the partner signed: a fact or a rejection."""
    told = {"partner": "US", "key": US_KEY, "me": "KR", "realm": "exercise", "now_utc": "2025-11-07T03:35:10Z"}
    for message in (data, resigned(shared_message(), body=data)):
        taken = parse_shared(message, last=Heard(), provenance=WHO, **told)
        assert isinstance(taken.fact, PartnerFact | Rejection)


def entered(data):
    """Read bytes as a table of claims entered by hand: rows are claims or errors, a table may be refused whole."""
    try:
        for _ in read_entered(data, evidence="e"):
            pass
    except InputError:
        return


def answer(data):
    """Read bytes as a model's answer about a report."""
    decoded = decode_report(NEWS["en"], origin="r", evidence="e", provenance=WHO)
    try:
        pointed, _ = pointed_in(data)
    except InputError:
        return
    for claim in claims_of(decoded, pointed)[0]:
        assert decoded.text[slice(*claim.span)] == claim.quote


def _packet():
    datagram = dpkt.udp.UDP(sport=8600, dport=8600, data=REPORTS)
    datagram.ulen = len(bytes(datagram))
    packet = dpkt.ip.IP(src=b"\n\0\0\1", dst=b"\xe8\2\1\x1f", p=17, data=datagram)
    packet.len = len(bytes(packet))
    return bytes(dpkt.ethernet.Ethernet(src=b"\1" * 6, dst=b"\2" * 6, type=0x0800, data=packet))


def _captured(writer):
    handle = io.BytesIO()
    writer(handle).writepkt(_packet(), ts=1.4e9)
    return handle.getvalue()


SHIPS = (
    b"\\s:rx,c:1762486920*35\\!AIVDM,1,1,,A,16K29hOP1uaVie0G0:h:gP1AP000,0*61\n"
    b"!AIVDM,2,1,3,A,56K29h@00001C400001@E=B0l59D00000000000000000000000000000000,0*64\n"
    b"!AIVDM,2,2,3,A,00000000000,2*27\n"
)
PLANES = json.dumps({"now": 1762486920, "aircraft": [
    {"hex": "840001", "lat": 40.1, "lon": 134.2, "seen_pos": 2.5, "alt_baro": "ground", "gs": 450, "track": 91},
    {"hex": "840002", "lastPosition": {"lat": 41.0, "lon": 135.0, "seen_pos": 3600}},
]}).encode()  # fmt: skip
STATE = ["840001", "T", "J", 1762486920, 1, 134.2, 40.1, 1, False, 2, 9, 0, None, 1, None, False, 0]
STATES = json.dumps({"time": 1, "states": [STATE]}).encode()
ROWS = b"time,icao24,lat,lon,velocity\n1762486920,840001,40.1,134.2,231.5\n1762486920,x,91,134.2,231.5\n"
ASKED = b"who,asked_utc,answered_utc,answer,text\nA,2025-11-07T03:50:00Z,2025-11-07T04:00:00Z,no damage,none\n"

TARGETS = {
    "lines": (lines, [b"".join(LINES), LINES[1]]),
    "table": (table, [encode_table([RADAR, PLOT])]),
    "asterix": (asterix, [REPORTS, target()]),
    "capture": (capture, [_captured(dpkt.pcap.Writer), _captured(dpkt.pcapng.Writer)]),
    "reports": (
        reports,
        [
            page().encode(),
            pdf(pdf_lines("a", "b")),
            rss(("a", "b", "", "")).encode(),
            ATOM.encode(),
            b'[{"text": "a"}]',
        ],
    ),
    "report": (report, [*NEWS.values(), b'{"text": "It flew 700 km.", "published": "2025-11-08"}']),
    "answer": (answer, [ANSWER]),
    "entered": (entered, [ENTERED, ENTERED.replace(b",", b";")]),
    "traffic": (traffic, [SHIPS, PLANES, STATES, ROWS, ROWS.replace(b",", b";")]),
    "asked": (asked, [ASKED]),
    "partner": (partner, [shared_message(), body_of(shared_message())]),
    "sites": (sites, [SITES, b'[{"sac": 1}]']),
}


def main():
    """Fuzz the named target from its own samples."""
    function, samples = TARGETS[sys.argv[1]]
    for sample in samples:  # a first call loads and compiles: no hang for the fuzzer to find
        function(sample)
    with tempfile.TemporaryDirectory() as corpus:
        for number, sample in enumerate(samples):
            (Path(corpus) / str(number)).write_bytes(sample)
        atheris.Setup([sys.argv[0], *sys.argv[2:], corpus], function)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
