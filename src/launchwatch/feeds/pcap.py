"""Network captures: pcap and pcapng files to UDP payloads with their times of receipt, through dpkt.

Ethernet (with VLAN tags), Linux cooked captures, raw IP and loopback are read, IPv4 and IPv6. What is no UDP is
passed over; a damaged file gives what came before the damage, then the error.
"""

import math
import struct
from collections.abc import Iterable, Iterator
from ipaddress import IPv6Address, ip_address
from typing import Any, BinaryIO, NamedTuple

from launchwatch.basis.errors import InputError

LONGEST_PACKET = 1 << 20
"""Bytes of the longest packet worth reading: jumbo frames have 9,000, and a damaged length may claim 4 GB."""

MAGICS = (
    b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d",
    b"\x0a\x0d\x0d\x0a",
)  # fmt: skip
"""First bytes of pcap (both byte orders, micro- and nanoseconds) and of pcapng."""

CAPTURE_HEAD = struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, LONGEST_PACKET, 101)
"""The head of what `capture` writes: pcap 2.4, nanoseconds, packets that begin with IP (LINKTYPE_RAW)."""

_LONGEST_IPV4 = 65_535 - 20 - 8  # bytes of payload after IP's and UDP's heads
_UDP = 17

_ETHERNET, _RAW = 1, (12, 14, 101, 228, 229)
_NULL, _LOOP, _COOKED, _COOKED2 = 0, 108, 113, 276


class Received(NamedTuple):
    """One UDP payload and the Unix time at which it was captured."""

    received_s: float | None
    payload: bytes


def datagrams(handle: BinaryIO) -> Iterator[Received | InputError]:
    """Yield the UDP payloads of a capture in order; never raises on bad content."""
    import dpkt

    try:
        reader = dpkt.pcap.UniversalReader(_Bounded(handle))
        link = reader.datalink()
        for time, packet in reader:
            payload = _payload(link, bytes(packet))
            if payload:
                yield Received(_usable(time), payload)
    except InputError as error:
        yield error
    except Exception as error:  # noqa: BLE001 - dpkt raises many kinds on damaged captures; each ends the file
        yield InputError(f"capture cannot be read on: {type(error).__name__} {error}", allowed="pcap or pcapng")


def capture(received: Iterable[Received], to: str) -> bytes:
    """Return datagrams that came to an address (HOST:PORT) as a capture that `datagrams` reads back.

    Whoever sent them is not known here: source address and port are zero, as is UDP's checksum (RFC 768: none).
    """
    host, port = _address(to)
    parts = [CAPTURE_HEAD]
    for one in received:
        packet = _packet(host, port, one.payload)
        part, whole = math.modf(one.received_s or 0.0)  # exact; so many nanoseconds at once a float cannot tell
        carried, nanoseconds = divmod(round(part * 1e9), 1_000_000_000)
        seconds = int(whole) + carried
        parts += [struct.pack("<IIII", seconds, nanoseconds, len(packet), len(packet)), packet]
    return b"".join(parts)


def _address(to: str) -> tuple[bytes, int]:
    """Return an address as 4 or 16 bytes, and its port; zeros where it is a name."""
    host, _, port = to.rpartition(":")
    try:
        return ip_address(host.strip("[]")).packed, int(port)
    except ValueError:
        return bytes(4), 0


def _packet(host: bytes, port: int, payload: bytes) -> bytes:
    """Return a payload with IP's and UDP's heads (RFC 791, 8200, 768); what is too long for IPv4 goes as IPv6."""
    udp = struct.pack(">HHHH", 0, port, 8 + len(payload), 0) + payload
    if len(host) == 4 and len(payload) <= _LONGEST_IPV4:
        words = struct.pack(">BBHHHBB", 0x45, 0, 20 + len(udp), 0, 0, 64, _UDP)
        total = sum(struct.unpack(">5H2H", words + host))
        total = (total & 0xFFFF) + (total >> 16)
        return words + struct.pack(">H", ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF) + bytes(4) + host + udp
    wide = host if len(host) == 16 else IPv6Address((0xFFFF << 32) | int.from_bytes(host, "big")).packed
    return struct.pack(">IHBB", 6 << 28, len(udp), _UDP, 64) + bytes(16) + wide + udp


class _Bounded:
    """A file that refuses to read more than `LONGEST_PACKET` at once, whatever length a damaged head claims."""

    def __init__(self, handle: BinaryIO) -> None:
        self._handle = handle
        self.name = "capture"

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= LONGEST_PACKET:
            raise InputError("packet too long", given=size, allowed=f"at most {LONGEST_PACKET} bytes")
        return self._handle.read(size)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._handle, name)


def _usable(time: float) -> float | None:
    seconds = float(time)
    return seconds if math.isfinite(seconds) and 0 < seconds < 2**33 else None


def _payload(link: int, packet: bytes) -> bytes | None:
    """Return a packet's UDP payload, or None for another kind, a fragment or a damaged one."""
    import dpkt

    try:
        inner = _internet(link, packet)
        if isinstance(inner, (dpkt.ip.IP, dpkt.ip6.IP6)) and isinstance(inner.data, dpkt.udp.UDP):
            return bytes(inner.data.data)
    except Exception:  # noqa: BLE001 - one damaged packet costs itself
        return None
    return None


def _internet(link: int, packet: bytes) -> Any:
    import dpkt

    if link == _ETHERNET:
        return dpkt.ethernet.Ethernet(packet).data
    if link in (_NULL, _LOOP):
        return dpkt.loopback.Loopback(packet).data
    if link == _COOKED:
        return dpkt.sll.SLL(packet).data
    if link == _COOKED2:
        return dpkt.sll2.SLL2(packet).data
    if link in _RAW and packet:
        return dpkt.ip6.IP6(packet) if packet[0] >> 4 == 6 else dpkt.ip.IP(packet)
    return None
