"""The earth's surface: ellipsoid, frames, sight lines, geodesics, places and zones; numbers in, numbers out."""
