"""The base images that are known: their Python, and the shared libraries that they bring.

Sources: the `required` packages of Debian and what apt itself depends on
(https://packages.debian.org/stable/), the packages that docker-library/python keeps in its slim
images, which are those that its Python links to (https://github.com/docker-library/python), and
the packages of buildpack-deps (https://github.com/docker-library/buildpack-deps), on which the
others are built.
"""

import re
from dataclasses import dataclass

_PYTHON = re.compile(
    r"^(?:docker\.io/(?:library/)?|public\.ecr\.aws/docker/library/)?"
    r"python:(?P<version>\d+\.\d+)[\d.]*(?:[a-z]+\d+)?(?:-(?P<variant>.+))?$"
)
_SLIM = """
    ld-linux-x86-64.so.2 ld-linux-aarch64.so.1 libc.so.6 libm.so.6 libmvec.so.1 libdl.so.2
    libpthread.so.0 librt.so.1 libutil.so.1 libresolv.so.2 libanl.so.1 libthread_db.so.1
    libgcc_s.so.1 libstdc++.so.6 libz.so.1 libbz2.so.1.0 liblzma.so.5 liblz4.so.1 libzstd.so.1
    libxxhash.so.0 libcrypt.so.1 libtinfo.so.6 libselinux.so.1 libpcre2-8.so.0 libacl.so.1
    libattr.so.1 libcap.so.2 libaudit.so.1 libpam.so.0 libsystemd.so.0 libudev.so.1 libuuid.so.1
    libblkid.so.1 libmount.so.1 libsmartcols.so.1 libgmp.so.10 libssl.so.3 libcrypto.so.3
    libseccomp.so.2 libmd.so.0 libsemanage.so.2 libsepol.so.2 libdb-5.3.so libffi.so.8
    libsqlite3.so.0 libreadline.so.8 libncursesw.so.6 libpanelw.so.6 libgdbm.so.6
    libgdbm_compat.so.4
    """
_FULL = """
    libgomp.so.1 libatomic.so.1 libquadmath.so.0 libitm.so.1 libasan.so.8 libubsan.so.1
    libcurl.so.4 libdb-5.3.so libevent-2.1.so.7 libgdbm.so.6 libglib-2.0.so.0 libgobject-2.0.so.0
    libgio-2.0.so.0 libgmodule-2.0.so.0 libgthread-2.0.so.0 libjpeg.so.62 libpng16.so.16
    libwebp.so.7 libmariadb.so.3 libpq.so.5 libtiff.so.6 libxml2.so.2 libxslt.so.1 libyaml-0.so.2
    libMagickCore-6.Q16.so.7 libMagickWand-6.Q16.so.7 libkrb5.so.3 libgssapi_krb5.so.2
    """
# A package that brings others' libraries: compilers, which link to them.
_BROUGHT_BY = {
    "libgomp.so.1": ("build-essential", "g++", "gcc", "gfortran", "libgomp"),
    "libgfortran.so.5": ("gfortran", "libgfortran"),
    "libquadmath.so.0": ("gfortran", "libquadmath"),
    "libatomic.so.1": ("build-essential", "g++", "gcc", "libatomic"),
}


@dataclass(frozen=True, kw_only=True)
class Base:
    """A base image.

    Attributes:
        python: The version of its Python, as in 3.13; None where it is not known.
        libraries: Those that it brings; None where they are not known.
    """

    python: str | None = None
    libraries: frozenset[str] | None = None


def base(name: str) -> Base:
    """What is known of a base image, by its name."""
    match = _PYTHON.match(name.partition("@")[0])
    if match is None:
        return Base()
    variant = match["variant"] or ""
    if "alpine" in variant or "windows" in variant:
        return Base(python=match["version"])
    brought = _SLIM if "slim" in variant else _SLIM + _FULL
    return Base(python=match["version"], libraries=frozenset(brought.split()))


def installed(library: str, packages: frozenset[str]) -> bool:
    """Whether one of the installed system packages has a shared library.

    Debian's policy names the package of a library after the library
    (https://www.debian.org/doc/debian-policy/ch-sharedlibs.html).
    """
    name, _, version = library.partition(".so")
    version = version.lstrip(".")
    # The package of libgomp.so.1 also has libgomp.so.1.0.0.
    major = version.partition(".")[0]
    wanted = {_plain(name + one) for one in (version, major)}
    brought_by = {*_BROUGHT_BY.get(library, ()), *_BROUGHT_BY.get(f"{name}.so.{major}", ())}
    return any(_plain(one) in wanted or one in brought_by for one in packages)


def _plain(name: str) -> str:
    """A name as it is compared: dashes are put differently, and some packages end in t64."""
    return name.lower().removesuffix("t64").replace("_", "").replace("-", "")
