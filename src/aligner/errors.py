"""Everything that can stop aligner, the exit code it ends with, and what the analyst can do.

    AlignerError            exit_code, hint
    ├── InputError          3   the policy cannot be used
    │   ├── Missing             no such file
    │   ├── Unsupported         not a format aligner reads
    │   ├── Broken              damaged or cut off
    │   ├── Encrypted           needs a password
    │   ├── NoText              no words: an image, a scan, no pages
    │   └── TooLarge            over the limits of memory, time or pages
    ├── FrameworkError      4   path, line: the framework, a rule or a lexicon is wrong
    ├── OptionsError        4   an option cannot be used
    └── OutputError         5   the report cannot be written

Exit codes: 0 done, 1 some documents failed, 2 usage, 3 input, 4 framework or options, 5 output,
130 interrupted. Foreign exceptions are translated once, in the module that imports the library.
"""

from __future__ import annotations


class AlignerError(Exception):
    """What happened, in the user's words (`str(error)`), and then what to do (`hint`)."""

    exit_code = 1
    code = "error"

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class InputError(AlignerError):
    """A policy cannot be used."""

    exit_code = 3
    code = "input"


class Missing(InputError):
    """There is no such file."""

    code = "missing"


class Unsupported(InputError):
    """The file is of a kind that aligner does not read."""

    code = "unsupported"


class Broken(InputError):
    """The file is damaged or was cut off."""

    code = "broken"


class Encrypted(InputError):
    """The file cannot be opened without its password."""

    code = "encrypted"


class NoText(InputError):
    """The file holds no words: images only, or no pages."""

    code = "no_text"


class TooLarge(InputError):
    """Reading the file takes more memory, time or pages than is safe."""

    code = "too_large"


class FrameworkError(AlignerError):
    """A framework, rule or lexicon is wrong at `path`, `line` (0: the whole file)."""

    exit_code = 4
    code = "framework"

    def __init__(self, message: str, hint: str = "", *, path: str = "", line: int = 0) -> None:
        where = f"{path}:{line}: " if line else f"{path}: " if path else ""
        super().__init__(where + message, hint)
        self.path = path
        self.line = line


class OptionsError(AlignerError):
    """An option cannot be used."""

    exit_code = 4
    code = "options"


class OutputError(AlignerError):
    """A report cannot be written."""

    exit_code = 5
    code = "output"
