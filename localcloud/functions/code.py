"""The code of functions: each zip is unpacked once, however many functions share it."""

import hashlib
import io
import threading
import zipfile
from pathlib import Path

_lock = threading.Lock()


def unpacked(code: bytes, folder: Path) -> Path:
    """The folder that holds a zip's files."""
    target = folder / hashlib.sha256(code).hexdigest()
    with _lock:
        if not target.exists():
            partial = target.with_suffix(".partial")
            with zipfile.ZipFile(io.BytesIO(code)) as archive:
                archive.extractall(partial)
            partial.rename(target)
    return target
