"""The text of bytes: by the encoding that they declare, or the likeliest one."""

from __future__ import annotations

import codecs
import re

from aligner.ingest.archive import library

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHARSET = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*["']?([\w:.-]{2,40})""",
    re.IGNORECASE,
)
_SAMPLE = 1 << 16
_WESTERN = frozenset(
    "àáâãäåæçèéêëìíîïñòóôõöøùúûüýÿœßÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜŒºª°§¿¡«»‘’“”‚„–—…•·€£©®™†‡½¼¾\xa0\xad"
)


def decoded(data: bytes, *, name: str) -> str:
    """The text of bytes in the encoding that they declare, else UTF-8, else the likeliest one."""
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return data.decode(encoding, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    found = _CHARSET.search(data[:2048])
    declared = _known(found[1].decode("ascii")) if found else ""
    return data.decode(declared or _guessed(data, name), "replace")


def _known(encoding: str) -> str:
    """The encoding's name when Python can decode it into text; browsers read Latin-1 as cp1252."""
    try:
        info = codecs.lookup(encoding)
    except LookupError:
        return ""
    if info.name in {"iso8859-1", "ascii", "utf-8"}:
        return "cp1252"
    return info.name if getattr(info, "_is_text_encoding", True) else ""


def _guessed(data: bytes, name: str) -> str:
    sample = data[:_SAMPLE]
    if sample.count(0) > len(sample) // 5:
        return "utf-16-le" if sample[1::2].count(0) > sample[::2].count(0) else "utf-16-be"
    # Short texts are guessed badly: what reads well as the usual Windows text is that.
    beyond = {c for c in sample.decode("cp1252", "replace") if ord(c) > 127}
    if beyond <= _WESTERN:
        return "cp1252"
    found = library("charset_normalizer", name=name).from_bytes(sample).best()
    return found.encoding if found else "cp1252"
