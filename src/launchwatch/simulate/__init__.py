"""Known truth to plots, and scoring of estimates against truth."""
