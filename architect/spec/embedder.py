"""Turns texts into vectors: the offline MiniLM by default, or any OpenAI-compatible endpoint.

Vectors of two models are not comparable even when their dimensions agree, so every embedder has a
``model_id`` that is stored beside each vector.
"""

from __future__ import annotations

import threading
from functools import cache
from typing import TYPE_CHECKING, Protocol

from architect.spec.minilm import MiniLM
from architect.spec.openai_compatible import OpenAICompatible

if TYPE_CHECKING:
    from architect.settings import Settings

__all__ = ["DIMENSIONS", "Embedder", "MiniLM", "OpenAICompatible", "from_settings"]

#: What the column ``spec_chunks.embedding`` holds.
DIMENSIONS = 384

_lock = threading.Lock()


class Embedder(Protocol):
    """Anything that embeds; blocking, safe to call from several threads."""

    @property
    def model_id(self) -> str:
        """Names the vector space, stored with each vector."""

    @property
    def dimensions(self) -> int:
        """Length of each vector."""

    def embed(self, texts: list[str]) -> list[list[float]]:
        """One L2-normalised vector for each text, in order. Raises ``EmbedderError``."""


def from_settings(settings: Settings | None = None) -> Embedder:
    """The embedder that the settings ask for: an endpoint when ``embedder_url`` is set, else MiniLM."""
    if settings is None:
        from architect.settings import Settings

        settings = Settings()
    if not settings.embedder_url:
        with _lock:
            return _minilm()
    return OpenAICompatible(
        settings.embedder_url,
        settings.embedder_model or "text-embedding-3-small",
        api_key=settings.embedder_api_key,
        dimensions=DIMENSIONS,
    )


@cache
def _minilm() -> MiniLM:
    return MiniLM()
