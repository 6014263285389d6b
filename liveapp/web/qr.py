"""Codes to be scanned, dark on white in both themes: as SVG without inline style for pages, as PNG for mails."""

from __future__ import annotations

from io import BytesIO

import segno
from markupsafe import Markup


def qr_svg(text: str) -> Markup:
    """The code of a text, with the quiet zone that scanners need; its size comes from the style sheet."""
    made = segno.make(text, error="m", micro=False)
    # segno writes the module's path and nothing of the text into the picture
    return Markup(made.svg_inline(border=3, omitsize=True, svgclass="qr", lineclass=None, light="#fff"))  # noqa: S704


def qr_png(text: str) -> bytes:
    """The same code as a picture for mails, whose programs show no SVG: five dots to a module."""
    picture = BytesIO()
    segno.make(text, error="m", micro=False).save(picture, kind="png", scale=5, border=4)
    return picture.getvalue()
