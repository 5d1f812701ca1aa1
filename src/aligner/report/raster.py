"""The process that turns one page of a PDF (standard input) into PNG (standard output).

pdfium can end its process and bears one thread at a time, so it never runs in the main one.
"""

from __future__ import annotations

import sys
from io import BytesIO


def main() -> None:
    """Render the first page at the scale that the first argument names."""
    from pypdfium2 import PdfDocument

    image = PdfDocument(sys.stdin.buffer.read())[0].render(scale=float(sys.argv[1])).to_pil()
    out = BytesIO()
    image.save(out, "PNG")
    sys.stdout.buffer.write(out.getvalue())


if __name__ == "__main__":
    main()
