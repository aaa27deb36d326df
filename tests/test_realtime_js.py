"""supabase-js, under Deno, finds in Realtime what it finds on the hosted platform, in both versions."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from architect.embedded import runtime
from tests.conformance.environment import HERE
from tests.conformance.report import Drive
from tests.fixtures.platform import Platform


def run_deno(platform: Platform, script: Path, settings: object) -> str:
    """What ``script`` prints, given ``settings`` as JSON."""
    npm = runtime.npm_dir()
    command = [
        str(runtime.deno_bin()),
        "run",
        f"--config={npm / 'deno.json'}",
        "--frozen",
        "--no-prompt",
        "--cached-only",
        f"--allow-net=127.0.0.1:{platform.state.platform_port}",
        "--allow-env",
        "--allow-read",
        str(script),
    ]
    done = subprocess.run(
        command, input=json.dumps(settings), text=True, capture_output=True,
        env=runtime.deno_env(), cwd=npm, timeout=150,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_supabase_js(platform: Platform, branch: str, drive: Drive) -> None:
    platform.sql(branch, (HERE / "realtime.sql").read_text())
    settings = {"url": platform.env_url(branch), "keys": platform.keys(branch)}
    report = json.loads(run_deno(platform, HERE / "realtime_js.ts", settings))
    client = drive("supabase-js realtime", report["version"])
    for step in report["steps"]:
        client.record(step["operation"], passed=step["passed"])
    failed = [f"{step['operation']}: {step['problem']}" for step in report["steps"] if not step["passed"]]
    assert not failed, "\n".join(failed)
    assert len(report["steps"]) >= 40
