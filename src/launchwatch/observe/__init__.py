"""Bytes and text to plots, reports and claims; pure decoding and reading."""
