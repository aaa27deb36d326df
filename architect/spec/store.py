"""Spec chunks and their vectors in the control plane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from architect.database import Database, key, rows
from architect.errors import InputError, MixedEmbeddings
from architect.redaction import redact_text
from architect.spec.chunk import Chunk


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A chunk and how near it is."""

    #: Row id, what ``drift_alerts.spec_chunk_id`` refers to.
    id: str
    chunk: Chunk
    #: Cosine of the angle between the vectors, 1 for the same direction.
    similarity: float


class ChunkStore(Database):
    """The part of the control plane that writes and reads ``spec_chunks``."""

    async def save_chunks(
        self, session_id: str, chunks: Sequence[Chunk], vectors: Sequence[Sequence[float]], model_id: str
    ) -> None:
        """Store all chunks of a session with their vectors, in place of those it had.

        Raises
        ------
        InputError
            The chunks are not numbered from 0, or the vectors do not match them.
        """
        if len(chunks) != len(vectors) or [c.index for c in chunks] != list(range(len(chunks))):
            raise InputError("Chunks must be numbered from 0 and each needs one vector.")
        session_id = key(session_id)
        values = {
            "session_id": session_id,
            "contents": [redact_text(c.content) for c in chunks],
            "embeddings": [literal(vector) for vector in vectors],
            "metadata": [Jsonb({"heading": redact_text(c.heading)}) for c in chunks],
            "model_id": model_id,
            "attempt": self.run_of(session_id),
        }
        await self.written(session_id, await self.row("spec", "save_chunks", values))

    async def chunks(self, session_id: str) -> list[Chunk]:
        """The chunks of a session in order."""
        found = await self.rows("spec", "chunks", {"session_id": key(session_id)})
        return [_chunk(row) for row in found]

    async def chunk_rows(self, session_id: str) -> list[tuple[str, Chunk]]:
        """The chunks of a session in order, each with its row id."""
        found = await self.rows("spec", "chunks", {"session_id": key(session_id)})
        return [(str(row["id"]), _chunk(row)) for row in found]

    async def nearest_chunks(
        self, session_id: str, vector: Sequence[float], model_id: str, k: int = 5
    ) -> list[Neighbour]:
        """The ``k`` chunks of a session whose vectors point most nearly the way ``vector`` does.

        Raises
        ------
        MixedEmbeddings
            Chunks of the session were embedded by another model than ``model_id``.
        """
        values = {"session_id": key(session_id), "model_id": model_id, "vector": literal(vector), "limit": k}
        async with self.transaction(explicit=True) as connection:
            others = await rows(connection, "spec", "other_models", values)
            if others:
                raise MixedEmbeddings(
                    f"The chunks were embedded by {others[0]['model_id']}, the question by {model_id}."
                )
            await rows(connection, "spec", "search_settings", values)
            found = await rows(connection, "spec", "nearest", values)
        return [Neighbour(str(row["id"]), _chunk(row), float(row["similarity"])) for row in found]


def literal(vector: Sequence[float]) -> str:
    """A vector as pgvector reads it."""
    return "[" + ",".join(repr(float(x)) for x in vector) + "]"


def _chunk(row: dict[str, Any]) -> Chunk:
    return Chunk(row["chunk_index"], row["metadata"].get("heading", ""), row["content"])
