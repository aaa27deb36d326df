"""Long-lived processes of the platform: started detached, found again by later commands, stopped for good.

A process is known by a file ``<home>/run/NAME.json`` with its pid and creation time, and carries a mark in
its environment. A pid file alone may name a stranger after a reboot; the mark never does.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from architect.errors import PlatformError
from architect.redaction import redact_text

MARK = "ARCHITECT_SERVICE"
LOG_LIMIT_BYTES = 5_000_000
#: How long to wait after each signal before the next, stronger one.
PATIENCE_S = ((signal.SIGINT, 10.0), (signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0))
#: Creation times are computed from the boot time, which moves when the clock is set.
CLOCK_TOLERANCE_S = 1.0


class ServiceFailed(PlatformError):
    """A service of the platform did not start."""

    code = "service_failed"


@dataclass(frozen=True, slots=True)
class Service:
    """One named process below ``home``. ``environment`` is complete: nothing of the caller's is added."""

    home: Path
    name: str
    arguments: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    folder: Path | None = None
    user: Mapping[str, Any] = field(default_factory=dict)

    @property
    def log(self) -> Path:
        return self.home / "logs" / f"{self.name}.log"

    @property
    def pid_file(self) -> Path:
        return self.home / "run" / f"{self.name}.json"

    @property
    def mark(self) -> str:
        return f"{self.home}#{self.name}"

    def process(self) -> psutil.Process | None:
        """The running process, or None. A pid file that names a stranger or nobody is stale."""
        try:
            saved = json.loads(self.pid_file.read_text(encoding="utf-8"))
            process = psutil.Process(int(saved["pid"]))
            created = float(saved["created"])
        except (OSError, ValueError, KeyError, TypeError, psutil.NoSuchProcess):
            return None
        return process if self._is_ours(process, created) else None

    def start(self) -> psutil.Process:
        """Start it in a session of its own, its output in the log file. Does not wait until it is ready."""
        rotate(self.log)
        descriptor = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            started = subprocess.Popen(
                list(self.arguments),
                env={**self.environment, MARK: self.mark},
                cwd=self.folder or self.home,
                stdin=subprocess.DEVNULL,
                stdout=descriptor,
                stderr=descriptor,
                start_new_session=True,
                **self.user,
            )
        except OSError as error:
            raise ServiceFailed(f"{self.name} could not be started: {error.strerror}") from error
        finally:
            os.close(descriptor)
        # The caller may end before the service does; then nobody is left to reap it, and that is fine.
        started.returncode = started.poll() if started.poll() is not None else 0
        process = psutil.Process(started.pid)
        self._remember(process)
        return process

    def stop(self) -> bool:
        """End it, gently first. False when it was not running."""
        process = self.process()
        if process is not None:
            end([process])
        self.pid_file.unlink(missing_ok=True)
        return process is not None

    def log_tail(self, lines: int = 12) -> str:
        """The last lines of the log, without secrets."""
        try:
            text = self.log.read_bytes()[-16_384:].decode("utf-8", "replace")
        except OSError:
            return ""
        return redact_text("\n".join(text.strip().splitlines()[-lines:]))

    def failed(self, reason: str) -> ServiceFailed:
        """The error that names this service, its log and the log's end."""
        tail = self.log_tail()
        last = f": {tail.splitlines()[-1].strip()}" if tail else ""
        return ServiceFailed(
            f"{self.name} {reason}{last}", hint=f"See {self.log}.", log=tail, service=self.name
        )

    def _remember(self, process: psutil.Process) -> None:
        draft = self.pid_file.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps({"pid": process.pid, "created": process.create_time()}))
        draft.replace(self.pid_file)

    def _is_ours(self, process: psutil.Process, created: float) -> bool:
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                return False
            if abs(process.create_time() - created) < CLOCK_TOLERANCE_S:
                return True
            return process.environ().get(MARK) == self.mark
        except psutil.Error:
            return False


def marked(home: Path) -> list[psutil.Process]:
    """Every process started for ``home`` that still runs, and their descendants."""
    found: dict[int, psutil.Process] = {}
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            mark = process.environ().get(MARK, "")
            if mark.rpartition("#")[0] == str(home) and process.pid != os.getpid():
                for member in [process, *process.children(recursive=True)]:
                    found[member.pid] = member
    return list(found.values())


def end(processes: Sequence[psutil.Process]) -> None:
    """Send SIGINT, then SIGTERM, then SIGKILL, each only to those the one before did not end.

    Raises :class:`PlatformError` when one cannot be ended.
    """
    alive = list(processes)
    for number, patience in PATIENCE_S:
        for process in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(number)
        alive = wait_gone(alive, patience)
        if not alive:
            return
    raise PlatformError("A process could not be ended", pids=[process.pid for process in alive])


def wait_gone(processes: Sequence[psutil.Process], timeout_s: float) -> list[psutil.Process]:
    """Those that still run after ``timeout_s``. Zombies count as gone: only their parent can reap them."""
    deadline = time.monotonic() + timeout_s
    alive = list(processes)
    while True:
        _, alive = psutil.wait_procs(alive, timeout=0)
        alive = [process for process in alive if not _zombie(process)]
        if not alive or time.monotonic() >= deadline:
            return alive
        time.sleep(0.02)


def rotate(log: Path) -> None:
    """Move a log that has grown too large aside; one old file is kept."""
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > LOG_LIMIT_BYTES:
            log.replace(log.with_suffix(".log.1"))


def _zombie(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
