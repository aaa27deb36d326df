"""The language model that reads specs."""

from __future__ import annotations

from prefect.blocks.core import Block
from pydantic import Field, SecretStr

from architect.settings import Settings


class PlannerModel(Block):
    """A chat model by LangChain's ``provider:model`` name, and what one plan by it may cost."""

    _block_type_name = "Planner Model"
    _block_type_slug = "planner-model"
    _description = "The model that turns a spec into a plan; without one the deterministic reader does."

    model: str = Field(description="openai:gpt-5-mini, anthropic:claude-sonnet-4-5, ollama:llama3.2 ...")
    api_key: SecretStr | None = None
    base_url: str | None = Field(default=None, description="For OpenAI-compatible servers")
    prompt_bytes: int | None = Field(default=None, description="Bytes of spec in one prompt")
    answer_bytes: int | None = Field(default=None, description="Bytes that are read of one answer")
    tokens: int | None = Field(default=None, description="Tokens that one plan may take, in and out")
    seconds: float | None = Field(default=None, description="Seconds that the model may take for one plan")
    attempts: int | None = Field(default=None, description="Drafts: the first and at most two repairs")
    input_price: float | None = Field(default=None, description="USD per million tokens that go in")
    output_price: float | None = Field(default=None, description="USD per million tokens that come out")

    def onto(self, settings: Settings) -> Settings:
        """``settings`` with this model; a limit that the block leaves open stays as it is.

        Raises InputError when a limit is none that a setting may have.
        """
        limits = (
            "prompt_bytes",
            "answer_bytes",
            "tokens",
            "seconds",
            "attempts",
            "input_price",
            "output_price",
        )
        set_here = {f"planner_{name}": value for name in limits if (value := getattr(self, name)) is not None}
        return Settings.model_validate(
            settings.model_dump()
            | set_here
            | {
                "planner_model": self.model,
                "planner_api_key": self.api_key,
                "planner_base_url": self.base_url,
            }
        )
