"""What people typed, as it is kept: composed, trimmed, all of it visible; e-mail addresses, spelled one way; links."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email

DIRECTION_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
INVISIBLE = frozenset("\ufeff\ufffe\uffff")
NOTHING_TO_SEE = frozenset(("Cf", "Zs", "Zl", "Zp", "Cc"))
LONGEST = 20_000
"""More characters aren't read: every field refuses fewer, and composing marks takes the square of their number."""
LONGEST_ADDRESS = 254
LIKE_A_LINK = re.compile(r"(?<=[^\W_])[.\u3002]+(?=[^\W_]{2})|[/\\@:]+|\bwww\b", re.IGNORECASE)


def cleaned(text: str, *, keep_lines: bool = False) -> str:
    """The text in Unicode's composed form, trimmed, without characters that are invisible or turn others around.

    Those that join others (in Persian, in pictures) stay, but don't make a text by themselves.
    """
    text = text[:LONGEST].replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    if not keep_lines:
        text = text.replace("\n", " ").replace("\t", " ")
    kept = (letter for letter in text if letter in "\n\t" or _is_visible(letter))
    text = unicodedata.normalize("NFC", "".join(kept)).strip()
    return text if any(unicodedata.category(letter) not in NOTHING_TO_SEE for letter in text) else ""


def address_of(text: str) -> str | None:
    """The e-mail address that was typed, in lower case and ASCII, so that each has one spelling; None if it is none.

    Names before the @ in other scripts aren't taken: most mail servers can't deliver to them.
    """
    typed = cleaned(text)
    if len(typed) > LONGEST_ADDRESS:
        return None
    try:
        found = validate_email(typed, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return None
    return (found.ascii_email or found.normalized).lower()


def unlinked(text: str) -> str:
    """A name as it stands in a mail: nothing that a mail program turns into a link (`host.name`, `//`, `www`, an
    address). Names with initials and titles stay as they are: J. R. Smith, Dr. Ng."""
    return " ".join(LIKE_A_LINK.sub(" ", unicodedata.normalize("NFKC", text)).split())


def is_web_address(text: str) -> bool:
    """Whether a browser can be led there: http or https, a host that can be a name, and a port that can be one."""
    try:
        parts = urlsplit(text)
        if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"[\s\x00-\x1f\x7f]", text):
            return False
        return bool(parts.hostname.encode("idna")) and parts.port != 0
    except ValueError:
        return False


def _is_visible(letter: str) -> bool:
    if letter in DIRECTION_OVERRIDES or letter in INVISIBLE:
        return False
    return unicodedata.category(letter) not in ("Cc", "Cs")
