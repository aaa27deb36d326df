"""Says of an alert which part of the spec it breaks, whom it affects and what to do."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from architect.drift.model import Alert, Resource
from architect.drift.report import SENTINEL_BLIND
from architect.errors import EmbedderError, MixedEmbeddings
from architect.sentinel.asking import Quoted
from architect.sessions import ControlPlane
from architect.spec import embedder as embedders
from architect.spec.chunk import Chunk

log = logging.getLogger("architect.sentinel")

#: Characters of a chunk that are shown beside an alert.
EXCERPT = 400
#: Kinds whose name begins with the table that they are part of.
OF_TABLES = frozenset({"column", "constraint", "index", "policy", "trigger", "rule", "statistics"})


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of an alert besides the alert."""

    spec_chunk_id: str | None
    spec_chunk: dict[str, Any] | None
    people: list[str]


class Explainer:
    """Explains alerts of one session; looks its spec up once."""

    def __init__(self, cp: ControlPlane, session_id: str, asked_for: Mapping[str, Any]) -> None:
        self._cp = cp
        self._session_id = session_id
        self._asked = {name: Quoted.read(value) for name, value in asked_for.items()}
        self._chunks: dict[int, tuple[str, Chunk]] | None = None

    async def explain(self, alert: Alert) -> Told:
        """The chunk that the plan's own item quotes; where it quotes none, the nearest one by meaning."""
        tables = list(tables_of(alert))
        people = [who for table in tables[:3] for who in self._people(table)]
        quoted = self._quoted(alert, tables)
        id, shown = await self._by_quote(quoted) if quoted else (None, None)
        if shown is None and alert.type != SENTINEL_BLIND:
            id, shown = await self._by_meaning(alert)
        return Told(id, shown, list(dict.fromkeys(people))[:5])

    def _people(self, table: str) -> list[str]:
        item = self._asked.get(f"table {table}")
        return item.people if item else []

    def _quoted(self, alert: Alert, tables: Iterable[str]) -> tuple[int, str] | None:
        """(chunk, words): of the item itself, then of the table's rules about access, then of the table."""
        resource = alert.resource
        names = [f"{resource.kind} {resource.schema}.{resource.name}", f"{resource.kind} {resource.name}"]
        if resource.kind == "table" and not alert.type.startswith("table_"):
            names = []  # what was lost is not the table, but who may do what with it
        names += [name for table in tables for name in (f"access {table}", f"table {table}")]
        for name in names:
            item = self._asked.get(name)
            if item and item.quotes:
                return item.quotes[0]
        return None

    async def _by_quote(self, quoted: tuple[int, str]) -> tuple[str | None, dict[str, Any] | None]:
        index, quote = quoted
        known = (await self._all_chunks()).get(index)
        if known is None:
            return None, None
        id, chunk = known
        return id, {**_shown(chunk, quote), "how": "plan", "quote": quote}

    async def _by_meaning(self, alert: Alert) -> tuple[str | None, dict[str, Any] | None]:
        if not await self._all_chunks():
            return None, None
        words = f"{alert.reason} {alert.resource.kind} {alert.resource.name}".replace("_", " ")
        try:
            embedder = embedders.from_settings()
            (vector,) = await asyncio.to_thread(embedder.embed, [words])
            nearest = await self._cp.nearest_chunks(self._session_id, vector, embedder.model_id, k=1)
        except (EmbedderError, MixedEmbeddings) as error:
            log.warning("no part of the spec was looked up for an alert: %s", error.message)
            return None, None
        if not nearest:
            return None, None
        one = nearest[0]
        shown = {**_shown(one.chunk, ""), "how": "embedding", "similarity": round(one.similarity, 3)}
        return one.id, shown

    async def _all_chunks(self) -> dict[int, tuple[str, Chunk]]:
        if self._chunks is None:
            found = await self._cp.chunk_rows(self._session_id)
            self._chunks = {chunk.index: (id, chunk) for id, chunk in found}
        return self._chunks


def tables_of(alert: Alert) -> Iterable[str]:
    """``schema.table`` of what the alert is about, then of what hangs on it."""
    seen = [table for one in (alert.resource, *alert.blast_radius) if (table := table_of(one))]
    return dict.fromkeys(seen)


def table_of(resource: Resource) -> str | None:
    """``public.orders`` for the table itself and whatever is part of it or granted on it; else ``None``."""
    name = resource.name
    if resource.kind == "grant":
        kind, _, rest = name.partition(" ")
        name = rest.rpartition(": ")[0] or rest
        return f"{resource.schema}.{name.partition('.')[0]}" if kind in ("table", "column") else None
    if resource.kind in OF_TABLES:
        name = name.partition(".")[0]
    elif resource.kind not in ("table", "view", "matview"):
        return None
    return f"{resource.schema}.{name}"


def _shown(chunk: Chunk, quote: str) -> dict[str, Any]:
    """The chunk with so much of its text as is worth reading beside an alert, the quote in it."""
    text = chunk.content
    start = max(0, text.find(quote) - EXCERPT // 3) if quote else 0
    excerpt = text[start : start + EXCERPT].strip()
    cut = ("… " if start else "") + excerpt + (" …" if start + EXCERPT < len(text) else "")
    return {"chunkIndex": chunk.index, "heading": chunk.heading, "excerpt": cut}


def recommend(alert: Alert) -> str:
    """What to do about it, in a sentence or two."""
    fix = alert.fix
    if alert.type == SENTINEL_BLIND:
        return "Find out why it cannot be seen; until then nobody knows what is there."
    if fix is None or not fix.sql:
        return "Nothing that SQL could restore: set it back where it was changed, or accept it as it is."
    if fix.proven and fix.automatic:
        return (
            "Restore it: the fix was tried on a clone and brings back what was agreed. Or accept it as it is."
        )
    if not fix.automatic:
        hazards = ", ".join(fix.hazards) or "see its proof"
        return f"Read the fix first, it does not bring everything back ({hazards})."
    why = fix.proof.why_not if fix.proof and fix.proof.why_not else "it was not tried on a clone"
    return f"Read the fix first, nothing has shown that it works: {why}"
