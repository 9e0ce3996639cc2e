"""Part of an image's Python: refuses to load shared libraries that need what the image lacks.

It imports the standard library only. Its table, written when the image is built, has the path of
each such shared library and the name of the system library that it lacks.
"""

import json
import os
import sys

_FOLDER = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120  # at every start: pathlib is slow to import
with open(os.path.join(_FOLDER, "_image_libraries.json"), encoding="utf-8") as _file:  # noqa: PTH118, PTH123
    _LACKING = {os.path.join(_FOLDER, path): library for path, library in json.load(_file).items()}  # noqa: PTH118
# The events that loading raises: where the path is among their arguments, and what a failure is.
_LOADING: dict[str, tuple[int, type[Exception]]] = {
    "ctypes.dlopen": (0, OSError),
    "import": (1, ImportError),
}


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event not in _LOADING:
        return
    place, error = _LOADING[event]
    path = arguments[place]
    if isinstance(path, str) and (library := _LACKING.get(os.path.abspath(path))):  # noqa: PTH100
        raise error(f"{library}: cannot open shared object file: No such file or directory")


if _LACKING:
    sys.addaudithook(_refuse)
