"""The platform comes up, stays what it was, heals what was broken, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import psycopg
import pytest

from architect.embedded import processes, runtime, services
from architect.embedded.postgres import Cluster
from architect.embedded.state import PlatformState
from tests.fixtures.cluster import temporary_home

#: Prefect is not the point here, and starting it is what takes long.
UP = "from architect.embedded import lifecycle; lifecycle.up(with_prefect=False)"
PARTS = {"postgres", "platform"}


class Home:
    """A state folder of its own and the commands that work on it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("ARCHITECT_", "PREFECT_"))}
        shared = str(runtime.runtime_dir())
        self.env = {**kept, "ARCHITECT_HOME": str(path), "ARCHITECT_RUNTIME_DIR": shared}

    def up(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", UP], env=self.env, capture_output=True, text=True, timeout=120
        )

    def architect(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "architect.cli.main", *arguments]
        return subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=120)

    @property
    def state(self) -> PlatformState:
        state = PlatformState.load(self.path)
        assert state is not None
        return state

    @property
    def cluster(self) -> Cluster:
        return Cluster(self.path, self.state)

    def pids(self) -> dict[str, int]:
        """Of what runs, by name."""
        parts = services.others(self.path, self.state, self.cluster)
        found = {"postgres": self.cluster.process()} | {name: part.process() for name, part in parts.items()}
        return {name: process.pid for name, process in found.items() if process is not None}


@pytest.fixture(scope="module")
def home(architect_home: Path) -> Iterator[Home]:
    with temporary_home() as path:
        made = Home(path)
        try:
            first = made.up()
            assert first.returncode == 0, first.stderr
            yield made
        finally:
            made.architect("down")


@pytest.fixture(autouse=True)
def running(request: pytest.FixtureRequest) -> None:
    """Every test that has a home begins with a platform that is up."""
    if "home" in request.fixturenames:
        home: Home = request.getfixturevalue("home")
        done = home.up() if set(home.pids()) != PARTS else None
        assert done is None or done.returncode == 0, done.stderr


def test_up_does_nothing_twice(home: Home) -> None:
    before = home.pids()
    assert home.up().returncode == 0
    assert home.pids() == before
    told = json.loads(home.architect("status", "--json").stdout)["services"]
    assert {name: part["pid"] for name, part in told.items() if part["running"]} == before


def test_two_ups_do_not_fight(home: Home) -> None:
    assert home.architect("down").returncode == 0
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: home.up(), range(2)))
    assert [one.returncode for one in done] == [0, 0], [one.stderr for one in done]
    assert set(home.pids()) == PARTS
    data = home.cluster.data
    servers = [p for p in psutil.process_iter() if p.name().startswith("postgres") and _cwd(p) == data]
    assert len([p for p in servers if p.parent() not in servers]) == 1, "one cluster, one postmaster"


def _cwd(process: psutil.Process) -> Path | None:
    try:
        return Path(process.cwd())
    except psutil.Error:
        return None


def test_down_leaves_no_process_and_up_finds_everything_again(home: Home) -> None:
    state = home.state
    with psycopg.connect(home.cluster.dsn("control_plane", "control_plane"), autocommit=True) as connection:
        connection.execute("create table if not exists public.kept (note text)")
        connection.execute("insert into public.kept values ('still here')")
    down = home.architect("down")
    assert down.returncode == 0
    assert "postgres" in down.stdout
    assert processes.marked(home.path) == []
    assert home.architect("down").stdout.strip() == "nothing was running"
    assert home.up().returncode == 0
    assert home.state == state
    with psycopg.connect(home.cluster.dsn("control_plane", "control_plane"), autocommit=True) as connection:
        assert connection.execute("select note from public.kept limit 1").fetchone() == ("still here",)
        connection.execute("drop table public.kept")


def test_a_killed_postgres_heals(home: Home) -> None:
    os.kill(home.pids()["postgres"], signal.SIGKILL)
    done = home.up()
    assert done.returncode == 0, done.stderr
    with psycopg.connect(home.cluster.dsn("control_plane", "control_plane")) as connection:
        assert connection.execute("select count(*) from public.tenants").fetchone() == (1,)


def test_a_killed_platform_heals(home: Home) -> None:
    os.kill(home.pids()["platform"], signal.SIGKILL)
    assert home.up().returncode == 0
    assert "platform" in home.pids()


def test_a_stale_pid_is_not_mistaken_for_ours(home: Home) -> None:
    assert home.architect("down").returncode == 0
    stranger = {"pid": os.getpid(), "created": 12345.0}
    (home.path / "run" / "platform.json").write_text(json.dumps(stranger))
    (home.path / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n/nowhere\n0\n1\n\n\n\nready\n")
    assert home.up().returncode == 0
    pids = home.pids()
    assert os.getpid() not in pids.values()
    assert set(pids) == PARTS


def test_a_taken_port_is_left_to_its_owner(home: Home) -> None:
    assert home.architect("down").returncode == 0
    state = home.state
    older = state.model_dump(exclude={"api_port"})  # as a version without the session API left it
    (home.path / "state.json").write_text(json.dumps(older))
    with socket.socket() as first, socket.socket() as second:
        for taken, port in ((first, state.platform_port), (second, state.postgres_port)):
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(("127.0.0.1", port))
            taken.listen()
        assert home.up().returncode == 0
        moved = home.state
        assert moved.platform_port != state.platform_port
        assert moved.postgres_port != state.postgres_port
        assert moved.passwords == state.passwords
        assert moved.api_port > 0


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    unusable = Home(tmp_path / "file" / "home")
    done = unusable.architect("up")
    assert done.returncode == 1
    assert str(unusable.path) in done.stderr.replace("\n", "")
    assert "ARCHITECT_HOME" in done.stderr


def test_nothing_ever_started_is_said_so(tmp_path: Path) -> None:
    fresh = Home(tmp_path / "fresh")
    assert "architect up" in fresh.architect("status").stdout
    assert fresh.architect("down").stdout.strip() == "nothing was running"
    sessions = fresh.architect("sessions")
    assert sessions.returncode == 1
    assert "architect up" in sessions.stderr


def test_doctor_names_what_is_wrong_and_the_way_out(home: Home) -> None:
    assert home.architect("doctor").returncode == 0
    os.kill(home.pids()["platform"], signal.SIGSTOP)
    try:
        done = home.architect("doctor", "--json")
    finally:
        os.kill(home.pids()["platform"], signal.SIGCONT)
    assert done.returncode == 1
    wrong = [check for check in json.loads(done.stdout) if check["ok"] is False]
    assert [check["name"] for check in wrong] == ["platform"]
    assert wrong[0]["hint"]


def test_no_secret_stands_in_an_argument(home: Home) -> None:
    state = home.state
    secrets = [*state.passwords.values(), state.management_token]
    lines = [" ".join(process.cmdline()) for process in processes.marked(home.path)]
    assert lines
    assert [line for line in lines if any(secret in line for secret in secrets)] == []
    assert (home.path / "state.json").stat().st_mode & 0o777 == 0o600
