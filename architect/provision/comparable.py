"""What of a tool's result must be the same when the call is made again, in another environment, later.

A result is brought into a comparable form before it is hashed. Of every form: the environment's ref reads
``<ref>``. The rules, by name; a rule that changes gets a new number, and digests of different rules are never
compared:

========== ==================================================================================================
plain      as it is
rows       rows in their order; UUIDs that the call does not name itself are numbered in the order in which
           they appear, values that are a point in time read ``<time>``, ledger versions ``<version>``
ledger     names in their order; versions are the platform's clock
functions  slug, name, status, verify_jwt, entrypoint, import map and files; no id, version or time
tables     all but sizes and row estimates, by name
buckets    all but ids, owners and times, by name
keys       type and name of each key that is enabled
unordered  lists as sets: the server does not promise an order
========== ==================================================================================================

What no rule covers cannot be compared, and :data:`INCOMPARABLE` says why.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from architect.plan.model import canonical_json

_UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.I)
#: Ledger versions are 14 digits.
VERSION = re.compile(r"\b20\d{12}\b")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?( ?(Z|[+-]\d\d(:?\d\d)?))?")

_ACCOUNT = "it tells what else the account holds"
_ANEW = "it is about an environment that is made anew"
_LOGS = "logs are different every time"
#: Tools whose results cannot be compared, and why.
INCOMPARABLE: dict[str, str] = {
    **dict.fromkeys(("list_organizations", "get_organization", "list_projects", "list_branches"), _ACCOUNT),
    **dict.fromkeys(("get_project", "create_project", "create_branch"), _ANEW),
    **dict.fromkeys(("get_logs", "query_logs"), _LOGS),
    "search_docs": "the documentation is not ours",
}
UNKNOWN = "no rule says what of its result must be the same"


@dataclass(frozen=True, slots=True)
class Form:
    """A result in comparable form."""

    value: Any
    #: ``name/number`` of the rule; ``None`` when the result cannot be compared and stands as it came.
    rule: str | None


def of(tool: str, arguments: Mapping[str, Any], result: Any) -> Form:
    """The comparable form of what ``tool`` answered to ``arguments``."""
    found = _RULES.get(tool)
    if found is None:
        return Form(result, None)
    name, reduce = found
    try:
        value = reduce(arguments, result)
    except (KeyError, TypeError, AttributeError):
        # A server of another version answers in another shape: say nothing rather than something wrong.
        return Form(result, None)
    return Form(_without_ref(value, arguments.get("project_id")), name)


def why_not(tool: str) -> str:
    """Why the results of ``tool`` cannot be compared."""
    return INCOMPARABLE.get(tool, UNKNOWN)


def _plain(_arguments: Mapping[str, Any], result: Any) -> Any:
    return result


def _rows(arguments: Mapping[str, Any], result: Any) -> Any:
    named = set(_UUID.findall(canonical_json(arguments).lower()))
    numbers: dict[str, str] = {}

    def number(found: re.Match[str]) -> str:
        uuid = found[0].lower()
        return found[0] if uuid in named else numbers.setdefault(uuid, f"<uuid-{len(numbers) + 1}>")

    def text(value: str) -> str:
        if _TIME.fullmatch(value):
            return "<time>"
        return "<version>" if VERSION.fullmatch(value) else _UUID.sub(number, value)

    return _each_text(result, text)


def _ledger(_arguments: Mapping[str, Any], result: Any) -> Any:
    return [entry.get("name") for entry in result["migrations"]]


_FUNCTION = ("slug", "name", "status", "verify_jwt", "entrypoint_path", "import_map", "files")
#: The folder in which the platform unpacked the function: ref, id and version stand in its name.
_UNPACKED = re.compile(r"^(file://)?\S*/user_fn_[^/]+/(source/)?")


def _functions(_arguments: Mapping[str, Any], result: Any) -> Any:
    if "functions" not in result:
        return _function(result)
    return sorted(map(_function, result["functions"]), key=lambda entry: str(entry["slug"]))


def _function(entry: Mapping[str, Any]) -> dict[str, Any]:
    kept = _only(entry, _FUNCTION)
    path = kept.get("entrypoint_path")
    return kept | ({"entrypoint_path": _UNPACKED.sub("", path)} if isinstance(path, str) else {})


_VARYING = frozenset({"rows", "bytes", "size", "live_rows_estimate", "dead_rows_estimate", "id"})


def _tables(_arguments: Mapping[str, Any], result: Any) -> Any:
    tables = result["tables"] if isinstance(result, Mapping) else result
    kept = [{k: v for k, v in table.items() if k not in _VARYING} for table in tables]
    more = {k: _unordered({}, v) for k, v in result.items() if k != "tables"} if result is not tables else {}
    return {**more, "tables": sorted(kept, key=canonical_json)}


def _buckets(_arguments: Mapping[str, Any], result: Any) -> Any:
    return sorted((_only(bucket, ("name", "public")) for bucket in result["buckets"]), key=canonical_json)


def _keys(_arguments: Mapping[str, Any], result: Any) -> Any:
    enabled = (key for key in result["keys"] if not key.get("disabled"))
    return sorted((_only(key, ("type", "name")) for key in enabled), key=canonical_json)


def _unordered(arguments: Mapping[str, Any], result: Any) -> Any:
    if isinstance(result, Mapping):
        return {key: _unordered(arguments, value) for key, value in result.items()}
    if isinstance(result, list):
        return sorted((_unordered(arguments, value) for value in result), key=canonical_json)
    return result


def _only(value: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: value[key] for key in keys if key in value}


def _without_ref(value: Any, ref: Any) -> Any:
    if not isinstance(ref, str) or not ref:
        return value
    return _each_text(value, lambda text: text.replace(ref, "<ref>"))


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    """A copy of ``value`` with every string in it changed, the names of fields too."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {change(key): _each_text(inner, change) for key, inner in value.items()}
    return [_each_text(inner, change) for inner in value] if isinstance(value, list) else value


_Reduce = Callable[[Mapping[str, Any], Any], Any]
_RULES: dict[str, tuple[str, _Reduce]] = {
    "execute_sql": ("rows/1", _rows),
    "list_migrations": ("ledger/1", _ledger),
    **dict.fromkeys(
        ("list_edge_functions", "get_edge_function", "deploy_edge_function"), ("functions/1", _functions)
    ),
    "list_tables": ("tables/1", _tables),
    "list_storage_buckets": ("buckets/1", _buckets),
    "get_publishable_keys": ("keys/1", _keys),
    **dict.fromkeys(("list_extensions", "get_advisors"), ("unordered/1", _unordered)),
    **dict.fromkeys(
        ("apply_migration", "reset_branch", "get_cost", "confirm_cost", "generate_typescript_types"),
        ("plain/1", _plain),
    ),
    **dict.fromkeys(("get_project_url", "get_storage_config", "update_storage_config"), ("plain/1", _plain)),
}
