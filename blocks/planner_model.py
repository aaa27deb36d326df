"""The language model that reads specs."""

from __future__ import annotations

from prefect.blocks.core import Block
from pydantic import Field, SecretStr


class PlannerModel(Block):
    """A chat model by LangChain's ``provider:model`` name."""

    _block_type_name = "Planner Model"
    _block_type_slug = "planner-model"
    _description = "The model that turns a spec into a plan; without one the deterministic reader does."

    model: str = Field(description="openai:gpt-5-mini, anthropic:claude-sonnet-4-5, ollama:llama3.2 ...")
    api_key: SecretStr | None = None
    base_url: str | None = Field(default=None, description="For OpenAI-compatible servers")
