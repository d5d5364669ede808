"""The reader: reports to attributed, normalised, anchored claims."""
