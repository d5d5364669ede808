"""launchwatch: evidence about a missile launch in, one event record out."""

__version__ = "0.1.0"
