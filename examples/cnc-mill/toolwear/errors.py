"""The one base of every error that this image reports in its own words."""


class ToolWearError(Exception):
    """Something given to the image is wrong; the message says what, what was got and expected."""
