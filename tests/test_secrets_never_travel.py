"""No secret of the platform or of an environment gets out: not into events, logs, Prefect, files or argv."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import threading
import time
from pathlib import Path
from urllib.parse import quote

import pytest

from architect.embedded import runtime
from tests.fixtures.stack import Stack

pytestmark = pytest.mark.stack

#: Secrets that a careless person wrote into the spec.
CANARIES = (
    "sbp_" + "c0ffee" * 6 + "0123",
    "sb_secret_Canary0123456789abcdef",
    "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoic2VydmljZV9yb2xlIn0.Q2FuYXJ5U2lnbmF0dXJlMDEyMw",
    "ghp_CanaryCanaryCanaryCanary0123",
    "CanaryPassword77",
    "Canary-Pass-99",
    base64.b64encode(b"postgres://app:CanaryPassword77@db.example.com/app").decode(),
    "postgres%3A%2F%2Fapp%3ACanaryPassword77%40db.example.com%2Fapp",
)
SPEC = f"""# Library
Each book has a title and an author. Anyone can browse books.
For the import use the key {CANARIES[0]} and {CANARIES[1]}, the token is {CANARIES[2]}.
Each {CANARIES[3]} has a name and a {CANARIES[3]}. Each shelf has a label, by default {CANARIES[0]}.
The database is postgres://app:{CANARIES[4]}@db.example.com/app, or {CANARIES[6]}, or {CANARIES[7]}.
Password: {CANARIES[5]}
"""


class ArgvWatch(threading.Thread):
    """Collects the command lines of every process while it runs."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.seen: set[str] = set()
        self.stop = threading.Event()

    def run(self) -> None:
        while not self.stop.is_set():
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    self.seen.add(path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
                except OSError:
                    continue
            time.sleep(0.02)


@pytest.fixture(scope="module")
def traces(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Everything a build leaves behind, by where it stands."""
    spec = tmp_path_factory.mktemp("spec") / "library.md"
    spec.write_text(SPEC, encoding="utf-8")
    watch = ArgvWatch()
    watch.start()
    done = stack.architect("build", str(spec), "--template", "blank", "--json")
    shown = stack.architect("show", "last")
    failed = stack.architect("query", "last", "--name", CANARIES[0])
    watch.stop.set()
    watch.join()
    assert done.returncode == 0, done.stdout + done.stderr
    found = {
        "stdout": done.stdout + shown.stdout + failed.stdout,
        "stderr": done.stderr + shown.stderr + failed.stderr,
        "argv": "\n".join(watch.seen),
    }
    reference = json.loads(done.stdout)["environment"]["ref"]
    for name, database in (*((n, n) for n in ("control_plane", "prefect")), ("env", f"env_{reference}")):
        found[name] = dump(stack, database)
    for folder in ("logs", "prefect", "analytics"):
        found[folder] = "\n".join(
            path.read_bytes().decode("utf-8", "replace")
            for path in (stack.home / folder).rglob("*")
            if path.is_file()
        )
    return found


def dump(stack: Stack, database: str) -> str:
    """All rows of a database as text."""
    environment = {**os.environ, "PGPASSWORD": stack.state.passwords["supabase_admin"]}
    port = str(stack.state.postgres_port)
    command = [str(runtime.postgres_bin() / "pg_dump"), "-h", "127.0.0.1", "-p", port, "-U", "supabase_admin",
               database]  # fmt: skip
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


def secrets_of(stack: Stack) -> dict[str, str]:
    """Every secret of the platform and of all environments."""
    found = {f"password of {role}": value for role, value in stack.state.passwords.items()}
    found["management token"] = stack.state.management_token
    for row in stack.rows("select * from environments", database="platform"):
        for column in ("jwt_secret", "secret_key", "service_role_key"):
            found[f"{column} of {row['ref']}"] = row[column]
    return found


def forms(secret: str) -> tuple[str, ...]:
    return secret, base64.b64encode(secret.encode()).decode(), quote(secret, safe="")


@pytest.mark.parametrize(
    "place", ["stdout", "stderr", "argv", "control_plane", "prefect", "logs", "analytics"]
)
def test_no_secret_of_ours_is_found(stack: Stack, traces: dict[str, str], place: str) -> None:
    text = traces[place]
    assert text.strip() or place == "stderr", f"nothing was read from {place}"
    leaked = [name for name, value in secrets_of(stack).items() if any(form in text for form in forms(value))]
    assert leaked == []


@pytest.mark.parametrize("place", ["stdout", "stderr", "argv", "control_plane", "prefect", "logs", "env"])
def test_no_secret_of_the_spec_is_found(traces: dict[str, str], place: str) -> None:
    text = traces[place]
    if place == "argv":  # the test itself passes one canary to a command, on purpose
        text = re.sub(r".*query last --name.*", "", text)
    assert [canary for canary in CANARIES if canary in text] == []
    folded = re.sub("[^a-z]", "", text.lower())
    assert "canarycanary" not in folded, "made a name of"
    assert "canarypass" not in folded, "made a name of"


def test_who_wrote_them_is_told_their_kind_and_line(traces: dict[str, str]) -> None:
    told = (
        "The spec holds what looks like a secret: an access token in line 3, a Supabase secret key in line 3"
    )
    assert told in traces["control_plane"]


def test_the_search_can_fail(stack: Stack, traces: dict[str, str]) -> None:
    """The traces hold what they should: the publishable key is public and is found."""
    session = json.loads(traces["stdout"].split("\n}\n")[0] + "\n}")
    key = session["environment"]["publishable_key"]
    assert key in traces["control_plane"]
    assert key in traces["stdout"]
    assert stack.home.name in traces["argv"] or "architect.cli.main" in traces["argv"]
