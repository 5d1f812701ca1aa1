"""What an analyst can choose: defaults, then aligner.toml in the current folder, then arguments.

Every choice that can change a result goes into the report (`shown`), so that it can be repeated.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields, replace
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import Any

from aligner.errors import OptionsError

FILE = "aligner.toml"
OCR = ("auto", "off", "rapidocr", "tesseract")
FORMATS = ("xlsx", "html", "docx", "pdf", "json", "csv", "parquet", "qdpx", "png", "svg")
USUAL_FORMATS = ("xlsx", "json")
ALL = "all"
# What `all` leaves out when the package is not installed; named alone, the format says so itself.
_PACKAGES = {"docx": "docx", "pdf": "pikepdf", "parquet": "pyarrow"}


@dataclass(frozen=True, slots=True)
class Options:
    """framework: a name or a file; formats: of the reports; password: of protected policies.

    ocr: how pages that are pictures are read; auto: by rapidocr where it is installed.
    page_pictures: megabytes of page pictures in the HTML report; template: of the Word brief.
    """

    framework: str = "gcm"
    formats: tuple[str, ...] = USUAL_FORMATS
    password: str | None = None
    ocr: str = "auto"
    page_pictures: int = 0
    template: str | None = None

    def shown(self) -> tuple[tuple[str, str], ...]:
        """The choices that can change a result, as text; never the password."""
        return (("framework", Path(self.framework).name), ("ocr", self.ocr))


def gather(given: dict[str, Any], *, folder: Path | None = None) -> Options:
    """The options: `given` (None: nothing was said) over aligner.toml over defaults.

    Raises:
        OptionsError: aligner.toml cannot be read, names an unknown option or an unknown format.
    """
    chosen = _from_file((folder or Path.cwd()) / FILE)
    chosen |= {name: value for name, value in given.items() if value is not None}
    options = replace(Options(), **chosen)
    if ALL in options.formats:
        options = replace(options, formats=tuple(f for f in FORMATS if _installed(f)))
    unknown = [f for f in options.formats if f not in FORMATS]
    if unknown or not options.formats:
        raise OptionsError(
            f"There is no report format {', '.join(unknown) or 'named'}.",
            f"Choose from: {', '.join(FORMATS)}, or {ALL}.",
        )
    _check_ocr(options.ocr)
    if options.page_pictures < 0:
        raise OptionsError(
            f"{options.page_pictures} MB of page pictures cannot be.", "Give 0 or more megabytes."
        )
    return options


def _check_ocr(choice: str) -> None:
    if choice not in OCR:
        raise OptionsError(f"There is no text recognition {choice}.", f"Choose: {', '.join(OCR)}.")
    if choice == "rapidocr" and find_spec("rapidocr") is None:
        raise OptionsError("rapidocr is not installed.", 'Run: pip install "aligner[ocr]"')
    if choice == "tesseract" and which("tesseract") is None:
        raise OptionsError(
            "The program tesseract is not installed.",
            "Install it (Debian: apt install tesseract-ocr), or choose --ocr rapidocr.",
        )


def _installed(name: str) -> bool:
    return name not in _PACKAGES or find_spec(_PACKAGES[name]) is not None


def _from_file(path: Path) -> dict[str, Any]:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise OptionsError(f"{path.name} cannot be read: {error}.", "Mend or remove it.") from error
    kinds = {
        "framework": str,
        "formats": list,
        "ocr": str,
        "page_pictures": int,
        "template": str,
    }
    for name, value in data.items():
        if isinstance(value, bool) or not isinstance(value, kinds.get(name, ())):
            known = ", ".join(f.name for f in fields(Options) if f.name in kinds)
            raise OptionsError(
                f"{path.name}: '{name}' is not an option or has a wrong value.",
                f"Options are: {known} (formats as a list).",
            )
    if "formats" in data:
        data["formats"] = tuple(map(str, data["formats"]))
    return data
