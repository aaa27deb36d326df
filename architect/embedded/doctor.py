"""What a person should know when the embedded platform does not work, each with the way out."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from architect.embedded import home as homes
from architect.embedded import npm, ports, runtime, services
from architect.embedded.postgres import Cluster
from architect.embedded.state import PlatformState
from architect.errors import ArchitectError

#: A cluster, the npm parts and a few environments.
NEEDED_GIB = 2.0


@dataclass(frozen=True)
class Check:
    """One finding; ``ok`` is None for what is neither right nor wrong, such as a service that is stopped."""

    name: str
    ok: bool | None
    says: str
    hint: str = ""


def examine() -> list[Check]:
    """Every check, in the order in which things depend on one another. Starts and changes nothing."""
    home = homes.home_dir()
    state = None
    found = [_guarded("python", _python), _guarded("state folder", lambda: _home(home))]
    try:
        state = PlatformState.load(home)
    except ArchitectError as error:
        found.append(Check("state", False, error.message, error.hint or ""))
    found += [
        _guarded("disk", lambda: _disk(home)),
        _guarded("service user", _user),
        _guarded("deno", lambda: Check("deno", True, str(runtime.deno_bin()))),
        _guarded("postgres binaries", lambda: Check("postgres binaries", True, str(runtime.postgres_bin()))),
        _guarded("npm parts", _npm),
    ]
    if state is None:
        return [*found, Check("platform", None, "never started here", "Start it with `architect up`.")]
    return [*found, *_services(home, state)]


def _services(home: Path, state: PlatformState) -> Iterator[Check]:
    cluster = Cluster(home, state)
    yield _guarded("postgres", lambda: _postgres(cluster, state))
    for name, service in services.others(home, state, cluster).items():
        url = services.health_url(name, state)
        if service.process() is None:
            yield Check(name, None, "not running", "Start it with `architect up`.")
        elif url is not None and not services.answers(url):
            yield Check(
                name,
                False,
                f"runs but does not answer at {url}",
                f"See {service.log}; `architect down`, then up.",
            )
        else:
            yield Check(name, True, url or "running")


def _guarded(name: str, check: Callable[[], Check]) -> Check:
    """An error of a check is its finding."""
    try:
        return check()
    except ArchitectError as error:
        return Check(name, False, error.message, error.hint or "")
    except OSError as error:
        return Check(name, False, str(error))


def _python() -> Check:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Check("python", sys.version_info >= (3, 11), version, "Python 3.11 or newer is needed.")


def _home(home: Path) -> Check:
    homes.prepare(home)
    return Check("state folder", True, str(home))


def _disk(home: Path) -> Check:
    free = shutil.disk_usage(home).free / 2**30
    return Check(
        "disk", free >= NEEDED_GIB, f"{free:.0f} GiB free", f"At least {NEEDED_GIB:.0f} GiB are needed."
    )


def _user() -> Check:
    user = runtime.service_user()
    return Check("service user", True, str(user["user"]) if user else "not needed: not running as root")


def _npm() -> Check:
    there = npm.installed(runtime.runtime_dir())
    return Check(
        "npm parts",
        there or None,
        "installed" if there else "not fetched yet",
        "`architect up` fetches them.",
    )


def _postgres(cluster: Cluster, state: PlatformState) -> Check:
    if not cluster.is_running():
        taken = not ports.is_free(state.postgres_port)
        says = f"not running{', and its port is taken: up will move it' if taken else ''}"
        return Check("postgres", None, says, "Start it with `architect up`.")
    with cluster.connect() as connection:
        row = connection.execute("show server_version").fetchone()
    return Check("postgres", True, f"{row[0] if row else '?'} on 127.0.0.1:{state.postgres_port}")
