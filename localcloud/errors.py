"""The one base of every error that the embedded cloud raises on purpose."""


class LocalCloudError(Exception):
    """What went wrong, the value got, what was expected, and what to do."""
