"""The model that embeds spec chunks."""

from __future__ import annotations

from prefect.blocks.core import Block
from pydantic import Field, SecretStr


class Embedder(Block):
    """An OpenAI-compatible embeddings endpoint with 384 dimensions."""

    _block_type_name = "Embedder"
    _block_type_slug = "embedder"
    _description = "An embeddings endpoint to use in place of the built-in MiniLM."

    url: str = Field(description="https://api.openai.com/v1")
    model: str = "text-embedding-3-small"
    api_key: SecretStr | None = None
