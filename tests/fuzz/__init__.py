"""Fuzzing steered by coverage; run by `make fuzz`."""
