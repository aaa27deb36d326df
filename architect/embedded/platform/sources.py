"""A deployed function's files on disk, with the config Deno runs it by."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path, PurePosixPath
from typing import Any

from architect.embedded.platform.errors import ApiError

SLUG = re.compile(r"^[A-Za-z][A-Za-z0-9_-]*$")
#: The generated config beside the function's own import map.
CONFIG = ".platform.deno.json"
MAX_FILES = 200
_KEPT = ("imports", "scopes", "compilerOptions")
#: What ``deno.jsonc`` may hold beyond JSON, or a string, which is kept as it is.
_COMMENT = re.compile(r'(?P<kept>"(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/', re.S)
_LAST_COMMA = re.compile(r'(?P<kept>"(?:[^"\\]|\\.)*")|,(?=\s*[}\]])', re.S)


def check_slug(slug: str) -> str:
    """``slug`` if it is one. Raises :class:`ApiError` 400."""
    if not SLUG.match(slug) or len(slug) > 128:
        raise ApiError(400, "slug: must start with a letter and hold only letters, digits, _ and -")
    return slug


def clean_path(name: str) -> str:
    """A file name of a deploy as a relative POSIX path. Raises :class:`ApiError` 400 when it would leave."""
    name = name.removeprefix("file://")
    parts = PurePosixPath(name).parts
    if (
        not parts
        or name.startswith("/")
        or "\\" in name
        or '"' in name
        or "\x00" in name
        or ".." in parts
        or parts[-1] == CONFIG
        or len(name) > 512
        or not name.isprintable()
    ):
        raise ApiError(400, f"Invalid file name: {name[:80]!r}")
    return str(PurePosixPath(*parts))


def check_tree(files: dict[str, bytes]) -> None:
    """Raises :class:`ApiError` 400 when one file's path is the folder of another."""
    for path in files:
        for parent in PurePosixPath(path).parents:
            if str(parent) in files:
                raise ApiError(400, f"Invalid file name: {path[:80]!r}; {str(parent)[:80]!r} is a file")


def write(
    folder: Path, files: dict[str, bytes], import_map_path: str | None, *, scripts: Path, npm: Path
) -> Path:
    """Write ``files`` under ``folder/source`` and return the generated config. Replaces what was there."""
    shutil.rmtree(folder, ignore_errors=True)
    source = folder / "source"
    source.mkdir(parents=True)
    # `npm:@supabase/supabase-js` is the one package a function may import: the installed one.
    (folder / "node_modules").symlink_to(npm / "node_modules")
    for name, content in files.items():
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    config = _config(source, files, import_map_path, scripts)
    _readable(folder)
    return config


def _config(source: Path, files: dict[str, bytes], import_map_path: str | None, scripts: Path) -> Path:
    own = files.get(import_map_path) if import_map_path else None
    settings = import_map(own) if own is not None else {}
    config: dict[str, Any] = {key: settings[key] for key in _KEPT if key in settings}
    stand_in = (scripts / "edge_runtime.ts").as_uri()
    config["imports"] = {
        "jsr:@supabase/functions-js/edge-runtime.d.ts": stand_in,
        "jsr:@supabase/functions-js@2/edge-runtime.d.ts": stand_in,
        "jsr:@supabase/supabase-js@2": "npm:@supabase/supabase-js@2",
        "https://esm.sh/@supabase/supabase-js@2": "npm:@supabase/supabase-js@2",
        **config.get("imports", {}),
    }
    path = (
        source
        / (PurePosixPath(import_map_path).parent if own is not None and import_map_path else "")
        / CONFIG
    )
    path.write_text(json.dumps(config), encoding="utf-8")
    return path


def import_map(content: bytes) -> dict[str, Any]:
    """A ``deno.json`` or import map. Raises :class:`ApiError` 400."""
    try:
        text = content.decode("utf-8-sig")
        for extra in (_COMMENT, _LAST_COMMA):
            text = extra.sub(lambda match: match["kept"] or " ", text)
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ApiError(400, "The import map is not valid JSON") from error
    if not isinstance(value, dict) or not isinstance(value.get("imports", {}), dict):
        raise ApiError(400, "The import map must be an object with an `imports` object")
    return value


def _readable(folder: Path) -> None:
    # Another user may run it, whatever the umask here is.
    for parent, _, names in os.walk(folder):
        Path(parent).chmod(0o755)
        for name in names:
            (Path(parent) / name).chmod(0o644)
    folder.parent.chmod(0o755)
    folder.parent.parent.chmod(0o755)
