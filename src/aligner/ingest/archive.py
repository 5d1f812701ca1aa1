"""Office files from outside are opened here only: bounded, without entities, without the network.

Sizes are checked before anything is unpacked; only the parts that are asked for are.
"""

from __future__ import annotations

import zipfile
import zlib
from importlib import import_module
from io import BytesIO
from typing import Any

from aligner.errors import Broken, Encrypted, TooLarge, Unsupported

MOST_BYTES = 200 * 1024 * 1024
MOST_MEMBERS = 20_000
# Text of real policies packs 5 to 40 times; zlib's most is 1,032 times.
MOST_RATIO = 200
_SMALL = 1 << 20
_AGAIN = "Download or copy the file again, or open it in a word processor and save it as PDF."


def library(module: str, *, name: str) -> Any:
    """The module of an optional library.

    Raises:
        Unsupported: it is not installed.
    """
    try:
        return import_module(module)
    except ImportError:
        raise Unsupported(
            f"Reading {name} takes a library that is not installed ({module.partition('.')[0]}).",
            'Run: python -m pip install "aligner[formats]"  – or save the policy as PDF.',
        ) from None


class Archive:
    """The members of a zip file by name."""

    def __init__(self, data: bytes, *, name: str) -> None:
        """Check the list of members; nothing is unpacked yet."""
        self.name = name
        try:
            self._zip = zipfile.ZipFile(BytesIO(data))
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError):
            raise damaged(name) from None
        self._members = {info.filename: info for info in self._zip.infolist()}
        self._check()

    def _check(self) -> None:
        infos = self._zip.infolist()
        total = sum(info.file_size for info in infos)
        dense = any(
            info.file_size > _SMALL and info.file_size > MOST_RATIO * max(1, info.compress_size)
            for info in infos
        )
        if len(infos) > MOST_MEMBERS or total > MOST_BYTES or dense:
            raise TooLarge(
                f"{self.name} would unpack to more than is safe.",
                "Save it as PDF; if it holds large pictures, make them smaller first.",
            )

    def __contains__(self, member: str) -> bool:
        return member in self._members

    def names(self) -> list[str]:
        """The names of all members, in the order of the file."""
        return list(self._members)

    def bytes(self, member: str) -> bytes:
        """What a member unpacks to, b"" when there is none."""
        info = self._members.get(member)
        if info is None:
            return b""
        if info.flag_bits & 1:
            raise locked(self.name)
        try:
            with self._zip.open(info) as file:
                # The size in the list may be a lie: no more than that is unpacked.
                return file.read(info.file_size)
        except (
            zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError
        ):  # fmt: skip
            raise damaged(self.name) from None

    def xml(self, member: str) -> Any:
        """The root element of a member, None when there is none."""
        data = self.bytes(member)
        return parse_xml(data, name=self.name) if data.strip() else None


def parse_xml(data: bytes, *, name: str) -> Any:
    """The root element of an XML text; no entity is expanded and nothing is fetched.

    Raises:
        Broken: it is not well-formed, or defines entities, which no word processor does.
    """
    etree = library("lxml.etree", name=name)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        if error.code == etree.ErrorTypes.ERR_NO_MEMORY:
            raise MemoryError from None
        raise damaged(name) from None
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and any(True for _ in declared.iterentities()):
        raise Broken(f"{name} holds definitions that no word processor writes.", _AGAIN)
    return root


def damaged(name: str) -> Broken:
    """The error for a file that cannot be unpacked or parsed."""
    return Broken(f"{name} is a Word, Excel or zip file that is damaged or was cut off.", _AGAIN)


def locked(name: str) -> Encrypted:
    """The error for an office file with a password."""
    return Encrypted(
        f"{name} is protected by a password.",
        "Open it in a word processor and save a copy without the password, or as PDF.",
    )
