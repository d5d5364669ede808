"""Devices in: bytes with receipt time."""
