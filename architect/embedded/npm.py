"""The npm parts: Supabase Lite and the Supabase MCP server, installed once by Deno from a lock file.

``deno.json`` and ``deno.lock`` stand beside this module, the one copy of both, so that a checkout and a wheel
find the same.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from architect.embedded import runtime
from architect.errors import PlatformError

FILES = ("deno.json", "deno.lock")
INSTALL_TIMEOUT_S = 300


class NpmMissing(PlatformError):
    """The npm parts are not installed and could not be fetched."""

    code = "npm_missing"
    default_hint = (
        "They are fetched once, from the npm registry. Check the network (and NPM_CONFIG_REGISTRY, "
        "HTTPS_PROXY or DENO_CERT if yours needs them) and run `architect up` again."
    )


def folder(base: Path) -> Path:
    """Where the parts of this version belong below the runtime folder ``base``."""
    digest = hashlib.sha256(version("deno").encode())
    for name in FILES:
        digest.update(files(__package__).joinpath(name).read_bytes())
    return base / f"npm-{digest.hexdigest()[:12]}"


def installed(base: Path) -> bool:
    """Whether the parts of this version are there."""
    return folder(base).exists()


def install(base: Path) -> Path:
    """The installed folder; fetched first when missing. Raises :class:`NpmMissing`."""
    final = folder(base)
    if final.exists():
        return final
    base.mkdir(parents=True, exist_ok=True, mode=0o755)
    with (base / ".npm.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not final.exists():
            _fetch(final)
    return final


def _fetch(final: Path) -> None:
    draft = final.with_name(f".{final.name}")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o755)
    for name in FILES:
        (draft / name).write_bytes(files(__package__).joinpath(name).read_bytes())
    # The caller's environment: this is the one step that may need its proxy, certificates and registry.
    # The system's certificates count too: many networks have an authority of their own.
    environment = {"DENO_TLS_CA_STORE": "mozilla,system", **os.environ, **runtime.deno_env()}
    try:
        done = subprocess.run(
            [str(runtime.deno_bin()), "install", "--frozen", "--quiet"],
            cwd=draft,
            env=environment,
            capture_output=True,
            text=True,
            timeout=INSTALL_TIMEOUT_S,
            umask=0o022,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise NpmMissing(f"The npm parts did not arrive in {INSTALL_TIMEOUT_S} s") from error
    if done.returncode != 0:
        said = [line.strip() for line in done.stderr.strip().splitlines()[-5:]]
        raise NpmMissing(
            f"The npm parts could not be fetched: {said[-1] if said else 'no reason given'}", output=said
        )
    runtime.own_tree(runtime.deno_dir())
    draft.rename(final)
