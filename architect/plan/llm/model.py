"""The chat model that plans, by its provider-neutral name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

from architect.errors import PlannerNotConfigured
from architect.plan.llm.budget import CALL_S, Budget
from architect.plan.llm.outcome import AnswerTooLarge
from architect.redaction import redact_text, register

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from architect.settings import Settings

#: Sent to servers of one's own that want no key. Without it the client would send them the key that the
#: environment holds for OpenAI.
NO_KEY = "none"


def chat_model(
    name: str, *, api_key: str | None = None, base_url: str | None = None, budget: Budget | None = None
) -> BaseChatModel:
    """The chat model by LangChain's ``provider:model`` name. Raises PlannerNotConfigured."""
    from langchain.chat_models import init_chat_model

    budget = budget or Budget()
    register(api_key, "planner-key")
    if base_url and not api_key:
        api_key = NO_KEY
    # Retries are ours: only we know what is left of the budget.
    options: dict[str, Any] = {"temperature": 0, "timeout": min(CALL_S, budget.seconds), "max_retries": 0}
    options |= {k: v for k, v in (("api_key", api_key), ("base_url", base_url)) if v}
    if name.startswith("openai:"):
        options["http_client"] = capped_client(budget.answer_bytes, base_url)
    try:
        made: BaseChatModel = init_chat_model(name, **options)
    except Exception as error:
        # Each provider's package has its own way to say that a name, a key or a setting is wrong.
        message = f"The planner model {name} cannot be used: {redact_text(str(error))[:300]}"
        hint = (
            "Install its LangChain package, or correct ARCHITECT_PLANNER_MODEL and ARCHITECT_PLANNER_API_KEY."
        )
        raise PlannerNotConfigured(message, hint=hint) from error
    if (getattr(made, "profile", None) or {}).get("temperature") is False:
        made.temperature = None  # type: ignore[attr-defined]  # reasoning models refuse any
    return made


def configured(settings: Settings) -> BaseChatModel:
    """The chat model that an operator has set. Raises PlannerNotConfigured."""
    if not settings.planner_model:
        raise PlannerNotConfigured()
    key = settings.planner_api_key.get_secret_value() if settings.planner_api_key else None
    return chat_model(
        settings.planner_model, api_key=key, base_url=settings.planner_base_url, budget=Budget.of(settings)
    )


def name_of(model: Any) -> str:
    """What the model calls itself."""
    return str(getattr(model, "model_name", None) or getattr(model, "model", None) or type(model).__name__)


def capped_client(limit: int, base_url: str | None) -> httpx.Client:
    """An HTTP client that reads at most ``limit`` bytes of an answer, and none that would unfold to more."""
    local = urlsplit(base_url or "").hostname in ("127.0.0.1", "localhost", "::1")

    def cap(response: httpx.Response) -> None:
        packed = response.headers.get("content-encoding", "identity").lower() != "identity"
        told = response.headers.get("content-length", "0")
        if packed or (told.isdigit() and int(told) > limit):
            response.close()
            raise AnswerTooLarge
        response.stream = _Capped(response.stream, limit)

    return httpx.Client(
        headers={"Accept-Encoding": "identity"}, event_hooks={"response": [cap]}, trust_env=not local
    )


class _Capped(httpx.SyncByteStream):
    def __init__(self, stream: Any, limit: int) -> None:
        self._stream = stream
        self._left = limit

    def __iter__(self) -> Iterator[bytes]:
        for part in self._stream:
            self._left -= len(part)
            if self._left < 0:
                raise AnswerTooLarge
            yield part

    def close(self) -> None:
        self._stream.close()
