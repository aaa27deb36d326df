"""Node 1: the spec becomes chunks with embeddings."""

from __future__ import annotations

from typing import Any

import anyio

from architect import workbench
from architect.spec import embedder
from architect.spec.chunker import chunk
from blocks.resolve import settings
from tasks.node import node


@node(retries=2, timeout_seconds=120)
async def ingest_vibe(session_id: str, plan_hash: str, generation: int) -> dict[str, Any]:
    """Chunk the spec by section, embed the chunks, store both."""
    bench = workbench.current(session_id)
    chunks = chunk(bench.session.spec_text)
    model = embedder.from_settings(await settings())
    vectors = await anyio.to_thread.run_sync(model.embed, [piece.content for piece in chunks])
    await bench.cp.save_chunks(session_id, chunks, vectors, model.model_id)
    return {"spec_hash": bench.spec_hash, "chunks": len(chunks), "model_id": model.model_id}
