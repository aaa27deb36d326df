"""The SQL of Supabase Lite's auth and storage schemas, asked of the installed Lite itself."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from importlib.resources import files
from pathlib import Path

from architect.embedded import runtime
from architect.errors import PlatformError

SCRIPT = "lite_schema.ts"
TIMEOUT_S = 60


def lite_schema(home: Path) -> str:
    """A script that creates auth and storage; asked from a scratch folder below ``home``.

    Raises :class:`PlatformError` with Lite's last output.
    """
    npm = runtime.npm_dir()
    # The package may stand where the service user cannot read.
    folder = Path(tempfile.mkdtemp(prefix="lite-", dir=home))
    try:
        script = folder / SCRIPT
        script.write_bytes(files(__package__).joinpath("ts", SCRIPT).read_bytes())
        runtime.own_tree(folder)
        done = subprocess.run(
            [
                *(str(runtime.deno_bin()), "run", f"--config={npm / 'deno.json'}", "--frozen", "--no-prompt"),
                *("--cached-only", "--no-remote", "--no-check", "--allow-env"),
                *(f"--allow-read={npm},{folder}", str(script)),
            ],
            env={**runtime.deno_env(), "EXPERIMENTAL_STORAGE": "1"},
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
            **runtime.service_user(),
        )
    except subprocess.TimeoutExpired as error:
        raise PlatformError(f"Supabase Lite did not tell its schema in {TIMEOUT_S} s") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if done.returncode != 0 or "auth.users" not in done.stdout:
        raise PlatformError("Supabase Lite could not tell its schema", output=done.stderr[-2000:])
    return done.stdout
