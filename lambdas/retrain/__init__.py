"""Starts trainings that nobody asked for by hand: on schedule, on new data, on violations."""
