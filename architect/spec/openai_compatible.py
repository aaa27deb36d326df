"""Embeddings from any server that speaks OpenAI's ``/embeddings``: OpenAI, Ollama, llama.cpp, vLLM."""

from __future__ import annotations

import math
import time
from typing import Any

import httpx
from pydantic import SecretStr

from architect.errors import EmbedderError
from architect.redaction import register

#: Texts sent in one request.
BATCH = 64
TRIES = 3
#: Seconds; a server that asks to wait longer is treated as down.
LONGEST_WAIT = 10.0
_AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504})


class OpenAICompatible:
    """Vectors of ``dimensions`` from the endpoint at ``base_url`` (ends in ``/v1`` for most servers).

    ``ask_dimensions`` sends the wanted length along; only models that can shorten their vectors take it,
    so it is off except for OpenAI's own ``text-embedding-3`` family.
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        api_key: SecretStr | None = None,
        dimensions: int = 384,
        timeout: float = 30.0,
        ask_dimensions: bool | None = None,
    ) -> None:
        self._url = base_url.rstrip("/") + "/embeddings"
        self._model = model
        self._api_key = api_key
        self._timeout = timeout
        self._ask = model.startswith("text-embedding-3") if ask_dimensions is None else ask_dimensions
        self.dimensions = dimensions
        self.model_id = f"{model}:{dimensions}"
        if api_key is not None:
            register(api_key.get_secret_value(), "embedder-key")

    def embed(self, texts: list[str]) -> list[list[float]]:
        """One L2-normalised vector for each text.

        Raises
        ------
        EmbedderError
            The server cannot be reached, refuses, or answers with vectors of another shape.
        """
        vectors: list[list[float]] = []
        headers = {"Authorization": f"Bearer {self._api_key.get_secret_value()}"} if self._api_key else {}
        with httpx.Client(headers=headers, timeout=self._timeout) as client:
            for at in range(0, len(texts), BATCH):
                batch = texts[at : at + BATCH]
                vectors += self._vectors(self._post(client, batch), len(batch))
        return vectors

    def _post(self, client: httpx.Client, batch: list[str]) -> Any:
        body: dict[str, Any] = {"model": self._model, "input": batch, "encoding_format": "float"}
        if self._ask:
            body["dimensions"] = self.dimensions
        for attempt in range(1, TRIES + 1):
            try:
                answer = client.post(self._url, json=body)
            except httpx.TransportError as error:
                problem = EmbedderError(
                    f"The embedder cannot be reached: {error}.", hint="Check ARCHITECT_EMBEDDER_URL."
                )
                wait: float | None = 0.5 * attempt
            else:
                if answer.is_success:
                    return _json(answer)
                problem = EmbedderError(
                    f"The embedder answered {answer.status_code}: {answer.text[:300]}",
                    hint="Check ARCHITECT_EMBEDDER_URL, _MODEL and _API_KEY.",
                    http_status=answer.status_code,
                )
                wait = _wait(answer, attempt) if answer.status_code in _AGAIN else None
            if wait is None or wait > LONGEST_WAIT or attempt == TRIES:
                raise problem
            time.sleep(wait)
        raise AssertionError("the last try returns or raises")

    def _vectors(self, body: Any, count: int) -> list[list[float]]:
        try:
            rows = sorted(body["data"], key=lambda row: row["index"])
            indexes = [row["index"] for row in rows]
            vectors = [[float(x) for x in row["embedding"]] for row in rows]
        except (KeyError, TypeError, ValueError) as error:
            raise EmbedderError("The embedder's answer has not the shape of OpenAI's API.") from error
        if indexes != list(range(count)):
            raise EmbedderError(f"The embedder returned {len(vectors)} vectors for {count} texts.")
        return [self._unit(vector) for vector in vectors]

    def _unit(self, vector: list[float]) -> list[float]:
        if len(vector) != self.dimensions:
            raise EmbedderError(
                f"{self._model} has {len(vector)} dimensions; the control plane stores {self.dimensions}.",
                hint="Choose a model with that many dimensions.",
                got=len(vector),
                expected=self.dimensions,
            )
        norm = math.sqrt(math.fsum(x * x for x in vector))
        if not math.isfinite(norm) or norm == 0:
            raise EmbedderError("The embedder returned a vector without direction.")
        return [x / norm for x in vector]


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError as error:
        raise EmbedderError("The embedder's answer is not JSON.") from error


def _wait(answer: httpx.Response, attempt: int) -> float:
    """Seconds to wait: what the server asks for, else a little more each time."""
    asked = answer.headers.get("retry-after", "")
    return float(asked) if asked.isdigit() else 0.5 * attempt
