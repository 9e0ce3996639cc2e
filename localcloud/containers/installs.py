"""What the RUN lines of a Dockerfile install: system packages by name, Python packages by uv.

Other commands are not run, since there is no container engine, and are reported when the image is
built.
"""

import json
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_SEPARATORS = frozenset({"&&", ";", "||", "|", "&"})
_SYSTEM = frozenset({"apt", "apt-get", "apk", "dnf", "microdnf", "yum"})
_BEFORE = frozenset({"do", "else", "exec", "sudo", "then"})
_ASSIGNMENT = re.compile(r"^(?:\w+|--\w+)=")
_ADDING = frozenset({"add", "install"})
# These matter to a container's size or to pip's output, not to what is installed.
_WITHOUT_EFFECT = frozenset({
    "--break-system-packages", "--disable-pip-version-check", "--no-cache-dir", "--no-color",
    "--no-input", "--no-warn-script-location", "--quiet", "--system", "--user", "-q",
})  # fmt: skip
_WITHOUT_EFFECT_VALUES = ("--progress-bar", "--root-user-action", "--timeout", "--retries")


@dataclass(frozen=True, kw_only=True)
class PipInstall:
    """One `pip install`.

    Attributes:
        program: Whose packages they become: `pip`, `python3.11`.
        arguments: Those that decide what is installed, as uv takes them.
        workdir: Where relative paths begin, in the image.
    """

    program: str
    arguments: tuple[str, ...]
    workdir: str


@dataclass(frozen=True, kw_only=True)
class Installs:
    """What all RUN lines install, and the commands among them that are not run."""

    system: frozenset[str]
    python: tuple[PipInstall, ...]
    not_run: tuple[str, ...]


def read(lines: Sequence[tuple[str, str]]) -> Installs:
    """What RUN lines install, each given with the working directory that it is run in."""
    system: set[str] = set()
    python: list[PipInstall] = []
    not_run: list[str] = []
    for workdir, line in lines:
        for command in _commands(line):
            words = _plain(command)
            if not words:
                continue
            if packages := _system_packages(words):
                system |= packages
            elif install := _pip_install(words, workdir):
                python.append(install)
            else:
                not_run.append(shlex.join(words))
    return Installs(system=frozenset(system), python=tuple(python), not_run=tuple(not_run))


def _commands(line: str) -> Iterator[list[str]]:
    if line.startswith("["):
        yield json.loads(line)
        return
    splitter = shlex.shlex(line, posix=True, punctuation_chars=";&|")
    splitter.whitespace_split = True
    words: list[str] = []
    for word in [*splitter, ";"]:
        if word not in _SEPARATORS:
            words.append(word)
        elif words:
            yield words
            words = []


def _plain(words: Sequence[str]) -> list[str]:
    """A command without what may stand before it: RUN's options, variables, the shell's words."""
    rest = list(words)
    while rest and (rest[0] in _BEFORE or _ASSIGNMENT.match(rest[0])):
        rest = rest[1:]
    return rest


def _system_packages(words: Sequence[str]) -> set[str]:
    """By name, without the version that one may be pinned to."""
    program, *rest = words
    operands = [word for word in rest if not word.startswith("-")]
    if program not in _SYSTEM or not operands or operands[0] not in _ADDING:
        return set()
    return {word.partition("=")[0] for word in operands[1:]}


def _pip_install(words: Sequence[str], workdir: str) -> PipInstall | None:
    program, arguments = words[0].rpartition("/")[2], list(words[1:])
    if program.startswith("python") and arguments[:2] == ["-m", "pip"]:
        arguments = arguments[2:]
    elif program == "uv" and arguments[:1] == ["pip"]:
        program, arguments = "pip", arguments[1:]
    elif not program.startswith("pip"):
        return None
    while arguments and arguments[0] in _WITHOUT_EFFECT:
        arguments = arguments[1:]
    if arguments[:1] != ["install"]:
        return None
    return PipInstall(
        program=program, arguments=tuple(_with_effect(arguments[1:])), workdir=workdir
    )


def _with_effect(arguments: Sequence[str]) -> Iterator[str]:
    rest = iter(arguments)
    for word in rest:
        name, separator, _ = word.partition("=")
        if name in _WITHOUT_EFFECT_VALUES:
            if not separator:
                next(rest, None)
        elif word not in _WITHOUT_EFFECT:
            yield word
