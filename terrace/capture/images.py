"""What the header of an image says of it: its width and height, without reading its pixels.

Sources: PNG (W3C, section 11.2.1, IHDR), JPEG (ITU-T T.81, annex B.2.2, frame header).
"""

import base64
import binascii
from dataclasses import asdict, dataclass

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8"
# Markers of a frame's header: SOF0 to SOF15 without DHT, JPG and DAC, which have other codes.
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_ALONE = {0x01, *range(0xD0, 0xD8)}  # markers without a segment
_SCAN, _END = 0xDA, 0xD9
_TYPES = ("image/", "application/x-image")
_CODED = ("iVBORw0KGgo", "/9j/")  # how a PNG and a JPEG begin in base64


@dataclass(frozen=True, kw_only=True)
class Image:
    """An image as a row of numbers.

    Attributes:
        width: In pixels.
        height: In pixels.
        size_bytes: Of the file.
    """

    width: int
    height: int
    size_bytes: int

    def row(self) -> dict[str, str]:
        """The values by the name of their column."""
        return {name: str(value) for name, value in asdict(self).items()}


def is_image(data: str, content_type: str) -> bool:
    """Whether a payload in base64 is an image, or says that it is."""
    return content_type.strip().lower().startswith(_TYPES) or data.startswith(_CODED)


def image(data: str) -> Image:
    """The image in a payload of base64.

    Raises:
        ValueError: It is no base64, or no PNG or JPEG with a header.
    """
    try:
        content = base64.b64decode(data, validate=True)
    except binascii.Error as error:
        raise ValueError(f"the payload is no base64: {error}") from error
    if content.startswith(_PNG) and content[12:16] == b"IHDR" and len(content) > 24:
        width, height = _number(content[16:20]), _number(content[20:24])
    elif content.startswith(_JPEG):
        width, height = _of_jpeg(content)
    else:
        raise ValueError(f"the payload begins with {content[:8]!r}; expected a PNG or a JPEG image")
    return Image(width=width, height=height, size_bytes=len(content))


def _of_jpeg(content: bytes) -> tuple[int, int]:
    at = len(_JPEG)
    while at + 1 < len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker in _FRAMES and at + 9 <= len(content):
            return _number(content[at + 7 : at + 9]), _number(content[at + 5 : at + 7])
        if marker in (_SCAN, _END):
            break
        at += 1 if marker == 0xFF else 2 if marker in _ALONE else 2 + _length(content, at)
    raise ValueError("the JPEG image has no frame header, which says its width and height")


def _length(content: bytes, at: int) -> int:
    """Of a segment, two bytes of which are its length: 2 at least."""
    return max(2, _number(content[at + 2 : at + 4]))


def _number(some: bytes) -> int:
    return int.from_bytes(some, "big")
