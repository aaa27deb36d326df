"""The one folder in which the embedded platform keeps its state."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import platformdirs

from architect.errors import PlatformError

NAME = "vibe-architect"


class HomeUnusable(PlatformError):
    """The state folder cannot be used."""

    code = "home_unusable"
    default_hint = "Set ARCHITECT_HOME to a folder you may write, on a local disk."


def home_dir() -> Path:
    """``ARCHITECT_HOME``, else ``/var/lib/vibe-architect`` as root, else the user's data folder."""
    chosen = os.environ.get("ARCHITECT_HOME")
    if chosen:
        return Path(chosen).expanduser().absolute()
    if os.geteuid() == 0:
        # Postgres refuses to run as root, and its service user may not enter /root.
        return Path("/var/lib") / NAME
    return Path(platformdirs.user_data_dir(NAME))


def prepare(home: Path) -> None:
    """Create the folder and prove that it can be written and, as root, entered by the service user.

    Raises :class:`HomeUnusable` naming the folder and the way out.
    """
    if os.geteuid() == 0:
        closed = closed_folder(home.parent)
        if closed is not None:
            raise HomeUnusable(
                f"The state folder {home} cannot be entered by the service user: {closed} is closed to it",
                hint="Set ARCHITECT_HOME to a folder outside it, such as /var/lib/vibe-architect.",
            )
    try:
        made = [folder for folder in home.parents if not folder.exists()]
        home.mkdir(parents=True, exist_ok=True, mode=0o711)
        for folder in made if os.geteuid() == 0 else ():
            folder.chmod(0o711)  # a strict umask would close our own new folders to the service user
        if home.stat().st_uid == os.geteuid():
            home.chmod(0o711)
        for name, mode in (("run", 0o700), ("logs", 0o700)):
            (home / name).mkdir(exist_ok=True, mode=mode)
        probe = home / "run" / f".probe-{os.getpid()}"
        probe.write_text("")
        probe.unlink()
    except OSError as error:
        raise HomeUnusable(f"Cannot write to the state folder {home}: {error.strerror}") from error


def closed_folder(path: Path) -> Path | None:
    """The first folder on the way to ``path`` (itself included) that an unprivileged user cannot enter."""
    for folder in [*reversed(path.resolve().parents), path.resolve()]:
        try:
            mode = folder.stat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            return None  # what is missing is not closed
        if stat.S_ISDIR(mode) and not mode & stat.S_IXOTH:
            return folder
    return None
