"""Every deployment can start: its parameters bind to its flow, its schedule is on, its form is complete."""

from __future__ import annotations

import inspect
from pathlib import Path

import yaml


def test_parameters_bind_to_the_flows() -> None:
    from deployments.registry import deployments
    from flows.build import build
    from flows.submit import submit
    from flows.upkeep import upkeep

    flows = {"build": build, "submit": submit, "upkeep": upkeep}
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
