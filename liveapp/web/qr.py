"""Codes to be scanned, as SVG without inline style, dark on white in both themes."""

from __future__ import annotations

import segno
from markupsafe import Markup


def qr_svg(text: str) -> Markup:
    """The code of a text, with the quiet zone that scanners need; its size comes from the style sheet."""
    made = segno.make(text, error="m", micro=False)
    # segno writes the module's path and nothing of the text into the picture
    return Markup(made.svg_inline(border=3, omitsize=True, svgclass="qr", lineclass=None, light="#fff"))  # noqa: S704
