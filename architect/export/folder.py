"""Puts an export on disk: all of it or nothing."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from architect.errors import InputError
from architect.export.project import MANIFEST


def check(target: Path, *, force: bool) -> None:
    """Raises :class:`InputError` when ``target`` holds something that an export must not replace."""
    if not target.exists() and not target.is_symlink():
        return
    if target.is_symlink() or not target.is_dir():
        raise InputError(f"{target} is not a folder", hint="Name a folder that is empty or not there yet.")
    if not any(target.iterdir()):
        return
    if not force:
        raise InputError(
            f"{target} is not empty", hint="Name another folder, or replace an earlier export with --force."
        )
    if not (target / MANIFEST).is_file():
        raise InputError(
            f"{target} is not an export of ours, and --force replaces nothing else",
            hint="Name another folder.",
        )


def write(target: Path, files: dict[str, str], *, force: bool) -> None:
    """Write ``files`` below ``target``, which is complete when this returns and untouched when it raises.

    Raises :class:`InputError` for a target that is taken or cannot be written, or a path that leaves it.
    """
    check(target, force=force)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise InputError(f"{target} cannot be written: {error.strerror}") from error
    try:
        for name, text in files.items():
            path = (draft / name).resolve()
            if not path.is_relative_to(draft.resolve()):
                raise InputError(f"The file name {name!r} leaves the export's folder")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        draft.chmod(0o755)
        _replace(draft, target)
    except OSError as error:
        raise InputError(f"{target} cannot be written: {error.strerror}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _replace(draft: Path, target: Path) -> None:
    old = draft.with_name(f"{draft.name}.old")
    if target.exists():
        os.rename(target, old)
    try:
        os.rename(draft, target)
    except OSError:
        if old.exists():
            os.rename(old, target)
        raise
    shutil.rmtree(old, ignore_errors=True)
