"""A numbered place for one scratch server: who holds it, and what the last holder left in it.

A lock of the operating system says who holds a slot, so it is free again when its holder is killed.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil

from architect.drift.clone.errors import ScratchUnavailable
from architect.embedded import processes, runtime

#: Holders at the same time. More than that on one machine is a runaway loop.
SLOTS = 16
#: Slots that keep what is in them for the next check of the same baseline.
KEPT = 4
#: The longest path a socket can have, with some room.
SOCKET_PATH = 90
SOCKET_NAME = ".s.PGSQL.5432"
CLOSING_S = 5.0


class Slot:
    """One folder below the root of all slots; :func:`take` gives one."""

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        self._lock = lock
        self.data = path / "data"
        self.log = path / "log"
        self._label = path / "holds"
        self._socket = path / "socket"

    @property
    def holds(self) -> str | None:
        """The label of what a former holder left in good order, else None."""
        return _text(self._label)

    def unlabel(self) -> None:
        """From now on the contents are in no known state."""
        self._label.unlink(missing_ok=True)

    def label(self, name: str) -> None:
        """Say that the contents are complete and may be used again as ``name``."""
        draft = self._label.with_suffix(".draft")
        draft.write_text(name, encoding="utf-8")
        draft.replace(self._label)

    def socket_folder(self) -> Path:
        """A folder for the socket that only we and the server may enter."""
        folder = self.path / "s"
        if len(str(folder / SOCKET_NAME).encode()) > SOCKET_PATH:
            folder = Path(tempfile.mkdtemp(prefix="va-scratch-", dir="/tmp"))
            self._socket.write_text(str(folder), encoding="utf-8")
        else:
            folder.mkdir(mode=0o700, exist_ok=True)
        runtime.own(folder)
        return folder

    def clear_remains(self) -> None:
        """End the server of a holder that was killed, and remove its socket."""
        server = self._server()
        if server is not None and processes.wait_gone([server], CLOSING_S):
            family = [server, *server.children(recursive=True)]
            for process in family:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            processes.wait_gone(family, CLOSING_S)
        elsewhere = _text(self._socket)
        if elsewhere is not None:
            shutil.rmtree(elsewhere, ignore_errors=True)
            self._socket.unlink(missing_ok=True)

    def empty(self) -> None:
        """Remove the contents, not the slot."""
        self.unlabel()
        shutil.rmtree(self.data, ignore_errors=True)

    def release(self) -> None:
        """Let the next one have it. Closing the file ends the lock."""
        elsewhere = _text(self._socket)
        if elsewhere is not None:
            shutil.rmtree(elsewhere, ignore_errors=True)
            self._socket.unlink(missing_ok=True)
        os.close(self._lock)

    def _server(self) -> psutil.Process | None:
        first = (_text(self.data / "postmaster.pid") or "").split("\n", 1)[0]
        if not first.isdigit():
            return None
        with contextlib.suppress(psutil.Error, OSError):
            process = psutil.Process(int(first))
            if process.name().startswith("postgres") and Path(process.cwd()) == self.data.resolve():
                return process
        return None


def take(root: Path, label: str | None = None) -> Slot:
    """A free slot below ``root``, the one that holds ``label`` if it is free.

    Raises :class:`ScratchUnavailable` when every slot is held.
    """
    free = list(_free(root))
    if not free:
        raise ScratchUnavailable(f"All {SLOTS} scratch servers below {root} are in use")
    best = min(free, key=lambda slot: (slot.holds != label if label else False, slot.holds is not None))
    kept = [slot for slot in free if slot is not best and slot.holds is not None]
    for slot in free:
        if slot is not best:
            # What nobody will ask for again would only fill the disk.
            if slot not in kept[:KEPT]:
                slot.clear_remains()
                slot.empty()
            slot.release()
    best.clear_remains()
    return best


def _free(root: Path) -> Iterator[Slot]:
    empty = False
    for number in range(SLOTS):
        path = root / str(number)
        if empty and not path.exists():
            return
        path.mkdir(exist_ok=True, mode=0o711)
        descriptor = os.open(path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            continue
        slot = Slot(path, descriptor)
        empty = empty or slot.holds is None
        yield slot


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return None
