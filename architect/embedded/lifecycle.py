"""Brings the embedded platform up and down. One command at a time: a second waits, then finds all done."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from architect import migrations
from architect.embedded import home as homes
from architect.embedded import ports, processes, runtime, services
from architect.embedded.platform import bootstrap
from architect.embedded.postgres import Cluster
from architect.embedded.processes import Service
from architect.embedded.state import PlatformState
from architect.errors import Conflict

Progress = Callable[[str], object]
LOCK_TIMEOUT_S = 180.0
#: Consumers first, so that nobody loses what it still needs.
STOP_ORDER = ("api", "runner", "prefect", "platform")


def up(
    progress: Progress = lambda step: None, *, with_prefect: bool = True, with_runner: bool = True
) -> PlatformState:
    """Start whatever is not running and return the state. Safe to call at any time.

    Raises
    ------
    HomeUnusable
        The state folder cannot be written, or not be entered by the service user.
    NpmMissing
        The npm parts are not there yet and cannot be fetched.
    ServiceFailed
        A process did not come up; ``details`` has the end of its log.
    """
    home = homes.home_dir()
    homes.prepare(home)
    with _locked(home):
        state = _state(home)
        cluster = Cluster(home, state)
        wanted = {
            "platform": True,
            "prefect": with_prefect,
            "runner": with_prefect and with_runner,
            "api": with_prefect,
        }
        if not _all_up(home, state, cluster, [name for name, on in wanted.items() if on]):
            progress("npm parts")
            runtime.npm_dir()
            progress("Postgres")
            cluster.start()
            _start(home, state, cluster, [name for name, on in wanted.items() if on], progress)
        return state


def down() -> list[str]:
    """Stop everything; the names of what ran. Raises ``PlatformError`` when a process will not end."""
    home = homes.home_dir()
    state = PlatformState.load(home)
    if state is None:
        return []
    stopped = []
    with _locked(home):
        cluster = Cluster(home, state)
        parts = services.others(home, state, cluster)
        stopped = [name for name in STOP_ORDER if parts[name].stop()]
        if cluster.is_running():
            cluster.stop()
            stopped.append("postgres")
        left = [p for p in processes.marked(home) if p.pid != psutil.Process().pid]
        processes.end(left)
    return stopped


def status() -> dict[str, dict[str, object]]:
    """By service: ``running``, ``pid``, ``url`` and ``memory_mib``. Empty when nothing was ever started."""
    home = homes.home_dir()
    state = PlatformState.load(home)
    if state is None:
        return {}
    cluster = Cluster(home, state)
    found = {"postgres": _describe(cluster.process(), f"127.0.0.1:{state.postgres_port}")}
    urls = {
        "platform": f"http://127.0.0.1:{state.platform_port}",
        "prefect": f"http://127.0.0.1:{state.prefect_port}",
        "api": f"http://127.0.0.1:{state.api_port}",
    }
    for name, service in services.others(home, state, cluster).items():
        found[name] = _describe(service.process(), urls.get(name, ""))
    return found


def _describe(process: psutil.Process | None, url: str) -> dict[str, object]:
    if process is None:
        return {"running": False, "pid": None, "url": url, "memory_mib": 0}
    memory = 0.0
    for member in [process, *process.children(recursive=True)]:
        try:
            memory += member.memory_full_info().pss / 2**20
        except psutil.Error:
            continue
    return {"running": True, "pid": process.pid, "url": url, "memory_mib": round(memory)}


def _all_up(home: Path, state: PlatformState, cluster: Cluster, names: list[str]) -> bool:
    """Whether there is nothing to do, found out without starting anything."""
    parts = services.others(home, state, cluster)
    return cluster.is_running() and all(_is_up(parts[name], state) for name in names)


def _is_up(service: Service, state: PlatformState) -> bool:
    url = services.health_url(service.name, state)
    return service.process() is not None and (url is None or services.answers(url))


def _start(home: Path, state: PlatformState, cluster: Cluster, names: list[str], progress: Progress) -> None:
    """Start the services; the slow Prefect server comes up while the platform is prepared."""
    _move_from_taken_ports(home, state, cluster)
    parts = services.others(home, state, cluster)
    for name in names:
        if name != "runner" and not _is_up(parts[name], state):
            parts[name].stop()
            parts[name].start()
    progress("platform")
    _wait(parts["platform"], state)
    progress("projects")
    bootstrap.ensure(state)
    progress("control plane")
    migrations.push(cluster.dsn("control_plane", "control_plane"))
    if "prefect" in names:
        progress("Prefect server")
        _wait(parts["prefect"], state)
    if "runner" in names and parts["runner"].process() is None:
        parts["runner"].start()
    if "api" in names:
        progress("session API")
        _wait(parts["api"], state)


def _wait(service: Service, state: PlatformState) -> None:
    url = services.health_url(service.name, state)
    if url is not None:
        services.wait_up(service, url, lambda: service.process() is not None)


def _move_from_taken_ports(home: Path, state: PlatformState, cluster: Cluster) -> None:
    """A stranger listens where a stopped service of ours would: move it, and remember the new port."""
    parts = services.others(home, state, cluster)
    for name, field in (("platform", "platform_port"), ("prefect", "prefect_port"), ("api", "api_port")):
        if parts[name].process() is None and not _usable(getattr(state, field)):
            setattr(state, field, ports.free_port())
            state.save(home)


def _usable(port: int) -> bool:
    return port > 0 and ports.is_free(port)


def _state(home: Path) -> PlatformState:
    state = PlatformState.load(home)
    if state is None:
        state = PlatformState.create()
        state.save(home)
    return state


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    """One ``up`` or ``down`` at a time for a home. Raises :class:`Conflict` after three minutes."""
    with (home / "run" / "lock").open("w") as handle:
        deadline = time.monotonic() + LOCK_TIMEOUT_S
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise Conflict(
                        "Another `architect up` or `architect down` has been at work for minutes",
                        hint="Wait for it, or end it and run `architect doctor`.",
                    ) from None
                time.sleep(0.1)
        yield
