"""Every deployment can start: its parameters bind to its flow, its schedule is on, its form is complete."""

from __future__ import annotations

import inspect
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.fixtures.stack import Stack


def test_parameters_bind_to_the_flows() -> None:
    from deployments.registry import deployments
    from flows.build import build
    from flows.drift import drift
    from flows.restore import restore
    from flows.submit import submit
    from flows.upkeep import upkeep

    flows: dict[str, Any] = {
        "build": build,
        "submit": submit,
        "upkeep": upkeep,
        "drift": drift,
        "restore": restore,
    }
    assert {deployment.name for deployment in deployments()} == set(flows)
    for deployment in deployments():
        inspect.signature(flows[deployment.name].fn).bind_partial(**deployment.parameters)
        assert not deployment.paused


def test_the_yaml_names_the_same_deployments() -> None:
    from deployments.registry import deployments

    path = Path(__file__).parents[1] / "deployments" / "prefect.yaml"
    declared = yaml.safe_load(path.read_text(encoding="utf-8"))["deployments"]
    assert {entry["name"] for entry in declared} == {deployment.name for deployment in deployments()}
    for entry in declared:
        module, flow = entry["entrypoint"].split(":")
        assert (Path(__file__).parents[1] / module).is_file()
        assert f"def {flow}(" in (Path(__file__).parents[1] / module).read_text(encoding="utf-8")


def test_architect_never_imports_prefect() -> None:
    root = Path(__file__).parents[1] / "architect"
    offenders = [
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        if any(
            line.startswith(("import prefect", "from prefect"))
            for line in path.read_text("utf-8").splitlines()
        )
    ]
    assert offenders == []


@pytest.mark.stack
def test_the_runner_serves_them_and_schedules_run(stack: Stack) -> None:
    """A scheduler that dies in silence leaves the deployments looking ready and nothing happening."""
    api = f"http://127.0.0.1:{stack.state.prefect_port}/api"
    wanted = {"deployments": {"name": {"any_": ["upkeep"]}}, "limit": 1}
    deadline = time.monotonic() + 120
    while not (runs := httpx.post(f"{api}/flow_runs/filter", json=wanted, timeout=30).json()):
        assert time.monotonic() < deadline, "no run of upkeep was ever scheduled"
        time.sleep(1)
    assert runs[0]["auto_scheduled"]
    served = httpx.post(f"{api}/deployments/filter", json={}, timeout=30).json()
    assert {deployment["name"] for deployment in served} == {"build", "submit", "upkeep", "drift", "restore"}
    assert not any(deployment["paused"] for deployment in served)


def test_the_runner_outlasts_bad_moments_of_its_server(monkeypatch: pytest.MonkeyPatch) -> None:
    from deployments import serve

    ends: list[Exception] = [httpx.ReadTimeout("slow"), ExceptionGroup("polls", [RuntimeError("threshold")])]
    served = []

    def run() -> None:
        if ends:
            raise ends.pop()
        served.append(True)

    monkeypatch.setattr(serve, "run", run)
    monkeypatch.setattr(serve, "BACK_OFF_S", (0, 0))
    serve.main()
    assert served == [True]

    ends += [httpx.ConnectError(f"gone {number}") for number in range(3)]
    with pytest.raises(httpx.ConnectError, match="gone 0"):
        serve.main()

    ends += [httpx.ConnectError("now and then") for _ in range(5)]
    monkeypatch.setattr(serve, "STABLE_S", -1)
    serve.main()
    assert served == [True, True]
