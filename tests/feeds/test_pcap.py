"""Network captures: UDP payloads in order with their times, and no end by an exception on damaged ones."""

import io
import struct

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from launchwatch.basis.errors import InputError
from launchwatch.feeds.files import EvidenceFile, open_file
from launchwatch.feeds.pcap import LONGEST_PACKET, Received, datagrams
from launchwatch.feeds.pcap import capture as written

PAYLOAD = bytes.fromhex("300004ff")
TIMES = [1462433756.5, 1462433757.25]


def udp(payload, version=4):
    datagram = dpkt.udp.UDP(sport=8600, dport=8600, data=payload)
    datagram.ulen = len(bytes(datagram))
    if version == 6:
        return dpkt.ip6.IP6(nxt=17, src=b"\1" * 16, dst=b"\2" * 16, plen=datagram.ulen, data=datagram)
    packet = dpkt.ip.IP(src=b"\n\0\0\1", dst=b"\xe8\2\1\x1f", p=17, data=datagram)
    packet.len = len(bytes(packet))
    return packet


def framed(link, packet):
    if link == dpkt.pcap.DLT_EN10MB:
        kind = 0x86DD if isinstance(packet, dpkt.ip6.IP6) else 0x0800
        return bytes(dpkt.ethernet.Ethernet(src=b"\1" * 6, dst=b"\2" * 6, type=kind, data=packet))
    if link == dpkt.pcap.DLT_LINUX_SLL:
        return struct.pack(">HHH8sH", 0, 1, 6, b"\1" * 8, 0x0800) + bytes(packet)
    if link == 276:
        return struct.pack(">HHIHBB8s", 0x0800, 0, 1, 1, 0, 6, b"\1" * 8) + bytes(packet)
    if link == dpkt.pcap.DLT_NULL:
        return struct.pack("<I", 2) + bytes(packet)
    return bytes(packet)


def capture(packets, link=dpkt.pcap.DLT_EN10MB, writer=dpkt.pcap.Writer):
    handle = io.BytesIO()
    kwargs = {"linktype": link} if writer is dpkt.pcap.Writer else {}
    made = writer(handle, **kwargs)
    for time, packet in zip(TIMES, packets, strict=False):
        made.writepkt(packet, ts=time)
    return handle.getvalue()


def read(content):
    return list(datagrams(io.BytesIO(content)))


LINKS = {"ethernet": 1, "cooked": 113, "cooked 2": 276, "loopback": 0, "raw": 101}


@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS.keys())
def test_udp_comes_out_of_every_link(link):
    """Ethernet, both cooked forms, loopback and raw IP give the same payloads and times."""
    packets = [framed(link, udp(PAYLOAD)), framed(link, udp(PAYLOAD * 2))]
    assert read(capture(packets, link)) == [Received(TIMES[0], PAYLOAD), Received(TIMES[1], PAYLOAD * 2)]


def test_pcapng_and_ipv6():
    """Pcapng is read like pcap, IPv6 like IPv4."""
    packets = [framed(1, udp(PAYLOAD, version=6)), framed(1, udp(PAYLOAD))]
    found = read(capture(packets, writer=dpkt.pcapng.Writer))
    assert [one.payload for one in found] == [PAYLOAD, PAYLOAD]
    assert [one.received_s for one in found] == pytest.approx(TIMES)


def test_other_protocols_are_passed_over():
    """TCP, ARP and garbage inside a capture are no datagrams and no errors."""
    tcp = dpkt.ip.IP(src=b"\1" * 4, dst=b"\2" * 4, p=6, data=dpkt.tcp.TCP(data=b"x"))
    arp = bytes(dpkt.ethernet.Ethernet(src=b"\1" * 6, dst=b"\2" * 6, type=0x0806, data=dpkt.arp.ARP()))
    assert read(capture([framed(1, tcp), arp])) == []
    assert read(capture([b"\x00", framed(1, udp(PAYLOAD))])) == [Received(TIMES[1], PAYLOAD)]


def test_a_damaged_capture_gives_what_came_before():
    """A length that cannot be ends the file with its reason; the packets before it stay."""
    good = capture([framed(1, udp(PAYLOAD))])
    found = read(good + struct.pack("<IIII", 1, 1, LONGEST_PACKET + 1, 1) + b"x" * 50)
    assert found[0] == Received(TIMES[0], PAYLOAD)
    assert isinstance(found[1], InputError)
    assert "packet too long" in str(found[1])
    (error,) = read(b"\x0a\x0d\x0d\x0a" + b"\xff" * 60)
    assert isinstance(error, InputError)


@given(
    st.binary(max_size=200),
    st.sampled_from([b"", *(capture([framed(1, udp(PAYLOAD))])[:n] for n in (24, 40, 70))]),
)
def test_any_bytes_end_cleanly(content, head):
    """Whatever the bytes, the capture ends with datagrams or one error."""
    assert all(isinstance(one, (Received, InputError)) for one in read(head + content))


FORMS = [
    ("a.bin", capture([framed(1, udp(PAYLOAD))]), "pcap"),
    ("a.bin", b"PAR1 and so on", "parquet"),
    ("a.raw", PAYLOAD * 40_000, "asterix"),
    ("a.txt", b'"The launch," he said', "text"),
    ("a.txt", b"0 missiles were seen", "text"),
    ("a.bin", b'{"type":"sensor"}\n', "lines"),
    ("a.ast", b"no asterix", "asterix"),
    ("a.pcap", b"no capture", "pcap"),
]


@pytest.mark.parametrize(("name", "content", "form"), FORMS)
def test_forms_are_told_by_content(tmp_path, name, content, form):
    """A file's first bytes tell its form; where they do not, its ending."""
    (tmp_path / name).write_bytes(content)
    found = open_file(tmp_path / name)
    assert isinstance(found, EvidenceFile)
    assert (found.form, found.kind) == (form, "report" if form == "text" else "recording")


def test_raw_blocks_come_one_by_one(tmp_path):
    """A file of data blocks is read block by block; the last may be cut short."""
    (tmp_path / "a.ast").write_bytes(PAYLOAD * 3 + PAYLOAD[:3])
    found = open_file(tmp_path / "a.ast")
    assert isinstance(found, EvidenceFile)
    assert [one.payload for one in found.blocks()] == [PAYLOAD] * 3 + [PAYLOAD[:3]]


@given(
    st.lists(st.tuples(st.floats(1e9, 4e9), st.binary(min_size=1, max_size=80)), max_size=6),
    st.sampled_from(["10.0.0.1:8600", "127.0.0.1:65535", "::1:8600", "radar.example:8600", ""]),
)
def test_a_written_capture_reads_back(came, to):
    """Payloads and times of receipt come back as they were, to the last bit, whatever the address."""
    received = [Received(time, payload) for time, payload in came]
    assert read(written(received, to)) == received


def test_a_written_capture_is_one_for_others():
    """The address stands in it, IP's checksum is right (RFC 1071: all words add up to ones), UDP's is none."""
    content = written([Received(TIMES[0], PAYLOAD)], "232.2.1.31:8600")
    reader = dpkt.pcap.UniversalReader(io.BytesIO(content))
    assert reader.datalink() == dpkt.pcap.DLT_RAW or reader.datalink() == 101
    ((_, packet),) = list(reader)
    total = sum(struct.unpack(">10H", packet[:20]))
    assert (total & 0xFFFF) + (total >> 16) == 0xFFFF
    parsed = dpkt.ip.IP(packet)
    assert (parsed.dst, parsed.data.dport, parsed.data.sum) == (b"\xe8\2\1\x1f", 8600, 0)
    assert parsed.data.ulen == 8 + len(PAYLOAD)


@pytest.mark.parametrize("size", [65_507, 65_508, 65_527])
def test_the_longest_datagrams_are_written(size):
    """What IPv4 cannot hold (65,507 bytes) goes as IPv6."""
    received = [Received(TIMES[0], b"x" * size), Received(None, b"no time")]
    assert read(written(received, "10.0.0.1:8600")) == received
