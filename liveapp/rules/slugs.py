"""Names as they stand in addresses."""

import re
import unicodedata
from collections.abc import Collection

LONGEST = 60


def slug_of(text: str, fallback: str) -> str:
    """The text in small ASCII letters, digits and hyphens: "Körper & Geist" → "korper-geist".

    A text that has none of these (a name in another script) gives the fallback.
    """
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss")).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST].rstrip("-") or fallback


def free_slug(text: str, fallback: str, taken: Collection[str]) -> str:
    """The slug of the text, numbered from 2 when it is taken: "studio", "studio-2", "studio-3"."""
    wanted = slug_of(text, fallback)
    candidate, number = wanted, 2
    while candidate in taken:
        candidate = f"{wanted}-{number}"
        number += 1
    return candidate
