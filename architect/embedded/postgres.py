"""The embedded Postgres: one cluster on a loopback port, one database per environment."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import psycopg
from psycopg import errors, sql

from architect.embedded import ports, processes, runtime
from architect.embedded.processes import Service
from architect.embedded.state import PlatformState
from architect.errors import NotFound, PlatformError, PlatformNotRunning
from architect.sql import query

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 20.0
CLONE_ATTEMPTS = 20
TEMPLATE = "template_supabase"
#: Who may connect to an environment's database; the owner always may.
CONNECTING_ROLES = ("postgres", "authenticator", "supabase_read_only_user", "lite_admin")
#: Faster and unsafe: for tests, whose data may be lost with the machine.
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
SETTINGS = {
    "listen_addresses": ports.HOST,
    "unix_socket_directories": "",
    "max_connections": "200",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    # Realtime reads again by commit time what it missed while its connection was broken.
    "track_commit_timestamp": "on",
    "log_line_prefix": "%m [%p] %d ",
    # A failing statement of a migration would bring its literals, perhaps secrets, into the log.
    "log_min_error_statement": "panic",
}


class Cluster:
    """One Postgres below ``<home>/postgres``. ``durable=False`` trades safety for speed (tests)."""

    def __init__(self, home: Path, state: PlatformState, *, durable: bool = True) -> None:
        self.home = home
        self.state = state
        self.durable = durable
        self.data = home / "postgres"

    def start(self) -> None:
        """Start it unless it runs; create the cluster and its template when missing. Heals after a crash.

        Raises :class:`PlatformError` with the end of the log when Postgres does not come up.
        """
        from architect.embedded import template

        if not self.is_running():
            if not (self.data / "PG_VERSION").exists():
                self._initialise()
            self._clear_remains()
            self._launch()
        template.ensure(self)

    def stop(self) -> None:
        """End every session and stop. Does nothing when it does not run."""
        process = self._postmaster()
        if process is not None:
            # SIGINT is Postgres's fast shutdown: sessions are ended, everything committed is kept.
            processes.end([process])
        self._service().pid_file.unlink(missing_ok=True)

    def is_running(self) -> bool:
        return self._postmaster() is not None

    def process(self) -> psutil.Process | None:
        """The postmaster."""
        return self._postmaster()

    def dsn(self, database: str, role: str = "postgres") -> str:
        """A connection URL for ``role`` over TCP. Raises :class:`NotFound` for a role without a password."""
        password = self.state.passwords.get(role)
        if password is None:
            raise NotFound(f"There is no login role {role}")
        server = f"{ports.HOST}:{self.state.postgres_port}"
        return f"postgresql://{role}:{password}@{server}/{quote(database, safe='')}"

    def connect(self, database: str = "postgres", role: str = "supabase_admin") -> psycopg.Connection[Any]:
        """An autocommit connection. Raises :class:`PlatformNotRunning` when nobody listens."""
        try:
            return psycopg.connect(self.dsn(database, role), autocommit=True, connect_timeout=10)
        except psycopg.OperationalError as error:
            if self.is_running():
                raise
            raise PlatformNotRunning() from error

    def create_database(self, name: str, *, template: str = TEMPLATE, owner: str = "postgres") -> None:
        """Clone ``template``. Sessions on it are ended. Raises :class:`PlatformError` when it stays busy."""
        create = sql.SQL(query("cluster", "create_database")).format(
            name=sql.Identifier(name), template=sql.Identifier(template), owner=sql.Identifier(owner)
        )
        with self.connect() as conn:
            for attempt in range(CLONE_ATTEMPTS):
                conn.execute(query("cluster", "terminate"), (template,))
                try:
                    conn.execute(create)
                    break
                except errors.ObjectInUse:
                    time.sleep(0.02 * (attempt + 1))
            else:
                raise PlatformError(f"The database {template} is too busy to be cloned")
            self._close_to_strangers(conn, name)

    def drop_database(self, name: str) -> None:
        """Drop it with every session on it; fine when it is not there."""
        with self.connect() as conn:
            conn.execute(sql.SQL(query("cluster", "drop_database")).format(name=sql.Identifier(name)))

    def database_exists(self, name: str) -> bool:
        with self.connect() as conn:
            return conn.execute(query("cluster", "database_exists"), (name,)).fetchone() is not None

    def terminate(self, database: str) -> None:
        """End every session on ``database``."""
        with self.connect() as conn:
            conn.execute(query("cluster", "terminate"), (database,))

    def _close_to_strangers(self, conn: psycopg.Connection[Any], name: str) -> None:
        # Privileges and settings of a database are not cloned with it.
        roles = sql.SQL(", ").join(map(sql.Identifier, CONNECTING_ROLES))
        for block in ("revoke_connect", "grant_connect", "set_search_path"):
            conn.execute(sql.SQL(query("cluster", block)).format(name=sql.Identifier(name), roles=roles))

    def _service(self) -> Service:
        settings = SETTINGS | ({} if self.durable else NOT_DURABLE) | {"port": str(self.state.postgres_port)}
        arguments = [str(runtime.postgres_bin() / "postgres"), "-D", str(self.data)]
        for name, value in settings.items():
            arguments += ["-c", f"{name}={value}"]
        environment = {"LANG": "C.UTF-8", "TZ": "UTC", "PATH": "/usr/bin:/bin"}
        return Service(self.home, "postgres", arguments, environment, self.data, runtime.service_user())

    def _initialise(self) -> None:
        # A killed initdb leaves a folder that Postgres would refuse.
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(mode=0o700)
        runtime.own(self.data)
        password_file = self.home / ".initdb-password"
        try:
            descriptor = os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(self.state.passwords["supabase_admin"])
            runtime.own(password_file)
            self._run_initdb(password_file)
        finally:
            password_file.unlink(missing_ok=True)

    def _run_initdb(self, password_file: Path) -> None:
        done = subprocess.run(
            [
                *(str(runtime.postgres_bin() / "initdb"), "-D", str(self.data), "-U", "supabase_admin"),
                *(f"--pwfile={password_file}", "-A", "scram-sha-256", "-E", "UTF8", "--no-instructions"),
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
                *([] if self.durable else ["--no-sync"]),
            ],
            cwd=self.data,
            env={"LANG": "C.UTF-8", "TZ": "UTC", "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
            **runtime.service_user(),
        )
        if done.returncode != 0:
            shutil.rmtree(self.data, ignore_errors=True)
            raise PlatformError("Postgres could not create its data folder", output=done.stderr[-1000:])

    def _launch(self) -> None:
        for _ in range(3):
            if not ports.is_free(self.state.postgres_port):
                self.state.postgres_port = ports.free_port()
                self.state.save(self.home)
            service = self._service()
            process = service.start()
            if self._wait_ready(process):
                return
            if "could not bind" not in service.log_tail():
                break
        raise service.failed("did not start")

    def _wait_ready(self, process: psutil.Process) -> bool:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            lines = _lines(self.data / "postmaster.pid")
            if len(lines) > 7 and lines[0] == str(process.pid) and lines[7].strip() == "ready":
                return True
            if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
                return False
            time.sleep(0.02)
        processes.end([process])
        return False

    def _postmaster(self) -> psutil.Process | None:
        lines = _lines(self.data / "postmaster.pid")
        if not lines or not lines[0].isdigit():
            return None
        try:
            process = psutil.Process(int(lines[0]))
            return process if self._serves_us(process) else None
        except psutil.Error:
            return None

    def _serves_us(self, process: psutil.Process) -> bool:
        if not process.name().startswith("postgres") or process.status() == psutil.STATUS_ZOMBIE:
            return False
        return Path(process.cwd()) == self.data.resolve()

    def _clear_remains(self) -> None:
        """A killed postmaster leaves children that hold shared memory, and a pid file that may mislead."""
        remains = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if self._serves_us(process):
                    remains.append(process)
        # Backends notice the death of their postmaster; SIGQUIT would be a second crash for no gain.
        for process in processes.wait_gone(remains, 3.0):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        processes.wait_gone(remains, STOP_TIMEOUT_S)
        (self.data / "postmaster.pid").unlink(missing_ok=True)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
