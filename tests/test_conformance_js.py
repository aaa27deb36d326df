"""supabase-js, under Deno, meets what it meets on the hosted platform: REST, Auth, Storage and functions."""

from __future__ import annotations

import json
import subprocess

from architect.embedded import runtime
from tests.conformance.environment import HERE
from tests.conformance.report import Drive
from tests.fixtures.platform import Platform


def test_supabase_js(platform: Platform, environment: str, drive: Drive) -> None:
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
        str(HERE / "supabase_js.ts"),
    ]
    settings = json.dumps({"url": platform.env_url(environment), "keys": platform.keys(environment)})
    done = subprocess.run(
        command, input=settings, text=True, capture_output=True, env=runtime.deno_env(), cwd=npm, timeout=120
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    client = drive("supabase-js", report["version"])
    for step in report["steps"]:
        client.record(step["operation"], passed=step["passed"])
    assert len(report["steps"]) >= 40
    assert [step for step in report["steps"] if not step["passed"]] == []
