"""folded: PostgreSQL compares texts in searches as the app does, whatever its collation

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

from alembic import op

from liveapp.rules.search import mapping
from migrations.tables import on_postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """SQLite has no functions of its own: each connection brings the app's."""
    if not on_postgresql():
        return
    table = mapping()
    folding = f"translate(normalize($1, NFKD), {_quoted(table.before)}, {_quoted(table.after)})"
    for letter, letters in table.longer.items():
        folding = f"replace({folding}, {_quoted(letter)}, {_quoted(letters)})"
    plain = 'CASE WHEN octet_length($1) = char_length($1) THEN lower($1 COLLATE "C")'
    statement = (
        "CREATE FUNCTION folded(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE"
        f" AS $folded$ SELECT {plain} ELSE {folding} END $folded$"
    )
    op.get_bind().exec_driver_sql(statement.replace("%", "%%"))


def downgrade() -> None:
    if on_postgresql():
        op.execute("DROP FUNCTION folded(text)")


def _quoted(letters: str) -> str:
    return "'" + letters.replace("'", "''") + "'"
