"""Holds a candidate's answers to mirrored requests against those of the version that runs."""
