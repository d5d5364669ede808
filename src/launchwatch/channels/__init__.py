"""Devices out."""
