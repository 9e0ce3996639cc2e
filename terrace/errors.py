"""The one base of every error that Terrace raises on purpose."""


class TerraceError(Exception):
    """What went wrong, the value got, what was expected, and where."""
