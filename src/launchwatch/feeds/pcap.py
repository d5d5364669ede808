"""Network captures: pcap and pcapng files to UDP payloads with their times of receipt, through dpkt.

Ethernet (with VLAN tags), Linux cooked captures, raw IP and loopback are read, IPv4 and IPv6. What is no UDP is
passed over; a damaged file gives what came before the damage, then the error.
"""

import math
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

from launchwatch.basis.errors import InputError

LONGEST_PACKET = 1 << 20
"""Bytes of the longest packet worth reading: jumbo frames have 9,000, and a damaged length may claim 4 GB."""

MAGICS = (
    b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d",
    b"\x0a\x0d\x0d\x0a",
)  # fmt: skip
"""First bytes of pcap (both byte orders, micro- and nanoseconds) and of pcapng."""

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
