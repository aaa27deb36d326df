"""Runs scripts of real clients under Deno, with the npm parts of the platform and nothing else."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from architect.embedded import runtime
from tests.conformance.environment import HERE
from tests.conformance.report import Drive
from tests.fixtures.platform import Platform


def command(script: str, *ports: int) -> list[str]:
    """Runs a script of this folder, which may reach these ports on loopback."""
    hosts = ",".join(f"127.0.0.1:{port}" for port in ports)
    return [
        *(str(runtime.deno_bin()), "run", f"--config={runtime.npm_dir() / 'deno.json'}", "--frozen"),
        *("--no-prompt", "--cached-only", f"--allow-net={hosts}", "--allow-env", "--allow-read"),
        str(HERE / script),
    ]


def drive_js(script: str, platform: Platform, ref: str, drive: Drive, client: str) -> list[dict[str, Any]]:
    """Let ``script`` work on ``ref`` and count its steps for ``client``; fails with those that failed."""
    settings = json.dumps({"url": platform.env_url(ref), "keys": platform.keys(ref)})
    done = subprocess.run(
        command(script, platform.state.platform_port), input=settings, text=True, capture_output=True,
        env=runtime.deno_env(), cwd=runtime.npm_dir(), timeout=150,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    counter = drive(client, report["version"])
    steps: list[dict[str, Any]] = report["steps"]
    for step in steps:
        counter.record(step["operation"], passed=step["passed"])
    assert [step for step in steps if not step["passed"]] == []
    return steps
