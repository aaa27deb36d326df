"""TypeScript types of a database, equal to those the Supabase CLI generates."""

from __future__ import annotations

from architect.embedded.platform.typegen import catalog
from architect.embedded.platform.typegen.typescript import render


async def typescript(dsn: str, schemas: list[str]) -> str:
    """The types of ``schemas``. Raises :class:`ApiError` 503 when the database refuses."""
    return render(await catalog.load(dsn, schemas))
