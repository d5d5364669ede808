"""What one state of a track can reach: the tracker's impact ellipses laid over territory, waters and airspace."""
