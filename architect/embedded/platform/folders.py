"""Where the platform keeps sockets, sources, stored objects and logs, with the service user's rights."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from architect.embedded import runtime

#: A unix socket's path may be 108 bytes long, NUL included.
MAX_SOCKET_PATH = 107
LONGEST_SOCKET_NAME = 40


@dataclass(frozen=True, slots=True)
class Folders:
    """Paths under the home folder. ``sockets`` and ``storage`` belong to the service user, mode 0700."""

    scripts: Path
    sockets: Path
    functions: Path
    storage: Path
    logs: Path

    @classmethod
    def prepare(cls, home: Path) -> Folders:
        """Create what is missing, empty what must not survive a restart."""
        base = home / "platform"
        base.mkdir(mode=0o755, parents=True, exist_ok=True)
        base.chmod(0o755)
        folders = cls(
            scripts=base / "scripts",
            sockets=_sockets(base),
            functions=base / "functions",
            storage=base / "storage",
            logs=home / "logs",
        )
        for path in (folders.scripts, folders.functions):
            shutil.rmtree(path, ignore_errors=True)
            path.mkdir(mode=0o755)
            path.chmod(0o755)
        for path in (folders.sockets, folders.storage):
            path.mkdir(mode=0o700, exist_ok=True)
            runtime.own(path)
        # The package may stand where the service user cannot read.
        for script in files(__package__).joinpath("ts").iterdir():
            if script.name.endswith(".ts"):
                copy = folders.scripts / script.name
                copy.write_bytes(script.read_bytes())
                copy.chmod(0o644)
        return folders

    def close(self) -> None:
        """Remove the sockets."""
        shutil.rmtree(self.sockets, ignore_errors=True)

    def object_store(self, ref: str) -> Path:
        """The folder of one environment's stored objects."""
        path = self.storage / ref
        path.mkdir(mode=0o700, exist_ok=True)
        runtime.own(path)
        return path

    def copy_objects(self, source: str, target: str) -> None:
        """Give ``target`` a copy of ``source``'s stored objects."""
        shutil.copytree(
            self.object_store(source), self.object_store(target), symlinks=True, dirs_exist_ok=True
        )
        runtime.own_tree(self.object_store(target))

    def drop_objects(self, ref: str) -> None:
        """Remove the stored objects of ``ref``."""
        shutil.rmtree(self.storage / ref, ignore_errors=True)

    def forget(self, ref: str) -> None:
        """Remove everything kept for ``ref``."""
        self.drop_objects(ref)
        shutil.rmtree(self.functions / ref, ignore_errors=True)


def _sockets(base: Path) -> Path:
    inside = base / "sockets"
    if len(os.fsencode(inside)) + 1 + LONGEST_SOCKET_NAME <= MAX_SOCKET_PATH:
        shutil.rmtree(inside, ignore_errors=True)
        return inside
    return Path(tempfile.mkdtemp(prefix="va-"))
