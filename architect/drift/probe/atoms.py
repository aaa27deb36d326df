"""What the policies of a database look at: the columns that name users, the values that are asked for.

Read from texts of any language by their words, from before and after a change together. A word too many costs
a row more in the seeded world; nothing here decides what is said about anybody.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from architect.catalog.facts.snapshot import Fact, Snapshot
from architect.drift.probe.people import TENANT, USERS

Column = tuple[str, str, str]
Table = tuple[str, str]

_NAMES = re.compile(
    r"^(user_?id|user_uuid|uid|sub|owner(_id)?|author(_id)?|creator(_id)?|created_by|profile_id|member_id"
    r"|assignee(_id)?|assigned_to|sender(_id)?|recipient(_id)?|receiver(_id)?|invited_by|uploaded_by)$"
)
_CALLER = r"(?:\w+\.)?(?:uid\s*\(\s*\)|jwt\s*\(\s*\)\s*->>\s*'sub')"
_WRAP = r"(?:\s|\(|select\b)*"
_CAST = r"(?:::[\w .]+?)?"
_IS_CALLER = re.compile(rf"\b(\w+)\s*\)?{_CAST}\s*(?:=|is not distinct from)\s*{_WRAP}{_CALLER}", re.I)
_CALLER_IS = re.compile(
    rf"{_CALLER}(?:\s+as\s+\w+)?\s*\)*{_CAST}\s*\)*\s*=\s*{_WRAP}(?:any\s*\(\s*(?:array\s*\[)?)?(?:\w+\.)?(\w+)",
    re.I,
)
_CALLER_IN = re.compile(
    rf"{_CALLER}(?:\s+as\s+\w+)?\s*\)*{_CAST}\s*\)*\s*in\s*\(\s*select\s+(?:\w+\.)?(\w+)", re.I
)
_TEXT = r"'((?:[^']|'')*)'"
_COMPARED = re.compile(rf"\b(\w+)\s*\)*{_CAST}\s*(?:=|<>|!=|~~|like)\s*\(*{_TEXT}", re.I)
_LISTED = re.compile(
    rf"\b(\w+)\s*\)*{_CAST}\s*(?:=\s*any\s*\(+\s*array\s*\[|in\s*\()\s*((?:\(*{_TEXT}\)*{_CAST}\s*,?\s*)+)",
    re.I,
)
_ONE = re.compile(_TEXT)
_NULL = re.compile(r"\b(\w+)\s*\)*\s+is\s+(?:not\s+)?null", re.I)
_TIMED = re.compile(rf"\b(\w+)\s*\)*{_CAST}\s*[<>]=?\s*{_WRAP}(?:now\s*\(|current_)", re.I)
_NUMBER = re.compile(rf"\b(\w+)\s*\)*{_CAST}\s*(?:[<>]=?|=)\s*\(*(-?\d+)", re.I)
_CLAIM = re.compile(r"->>?\s*'(\w+)'")
_CLAIM_IS = re.compile(
    rf"->>\s*'(\w+)'{_CAST}\s*\)*\s*{_CAST}\s*(?:=|in|=\s*any)\s*\(*(?:array\s*\[)?{_TEXT}", re.I
)
_WORD = re.compile(r"\w+")
_REFERENCE = re.compile(r"FOREIGN KEY \(([^)]*)\) REFERENCES (?:(\S+)\.)?(\S+?)\(([^)]*)\)")
_STANDARD_CLAIMS = {
    "sub",
    "role",
    "aud",
    "email",
    "app_metadata",
    "user_metadata",
    "iss",
    "exp",
    "session_id",
}


@dataclass
class Atoms:
    """The union over several states of one database."""

    users: set[Column] = field(default_factory=set)
    references: dict[Column, Column] = field(default_factory=dict)
    literals: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    nulls: set[str] = field(default_factory=set)
    times: set[str] = field(default_factory=set)
    numbers: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    claims: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    #: Tables whose rows decide about the rows of others.
    asked: set[Table] = field(default_factory=set)
    #: Columns that a check restricts to the literals.
    closed: set[str] = field(default_factory=set)
    mentioned: set[str] = field(default_factory=set)


def atoms(states: Iterable[Snapshot]) -> Atoms:
    """What the policies and functions of ``states`` look at."""
    found = Atoms()
    for state in states:
        columns = {_column(fact) for fact in state.of("column")}
        by_name: dict[str, set[Column]] = defaultdict(set)
        for column in columns:
            by_name[column[2]].add(column)
        tables = {(c[0], c[1]) for c in columns}
        for fact in state.of("policy"):
            text = f"{fact.detail.get('using') or ''}\n{fact.detail.get('check') or ''}"
            home = (fact.key.schema, str(fact.detail["table"]))
            _read(found, text, home, by_name, tables)
        for fact in state.of("function"):
            text = f"{fact.detail.get('body') or ''}\n{fact.detail.get('sql_body') or ''}"
            _read(found, text, None, by_name, tables)
        for fact in state.of("constraint"):
            _constrained(found, fact)
        found.users |= {column for column in columns if _NAMES.match(column[2])}
    _spread(found)
    return found


def _read(
    found: Atoms, text: str, home: Table | None, by_name: Mapping[str, set[Column]], tables: set[Table]
) -> None:
    words = set(_WORD.findall(text))
    near = {table for table in tables if table[1] in words and table != home}
    found.asked |= near
    found.mentioned |= words
    for pattern in (_IS_CALLER, _CALLER_IS, _CALLER_IN):
        for name in pattern.findall(text):
            found.users |= {c for c in by_name.get(name, ()) if (c[0], c[1]) in near or (c[0], c[1]) == home}
    for name, value in _COMPARED.findall(text):
        _add(found.literals[name], value)
    for name, listed, _ in _LISTED.findall(text):
        for value in _ONE.findall(listed):
            _add(found.literals[name], value)
    found.nulls |= set(_NULL.findall(text))
    found.times |= set(_TIMED.findall(text))
    for name, number in _NUMBER.findall(text):
        found.numbers[name].add(int(number))
    if "jwt" in text:
        for name in _CLAIM.findall(text):
            found.claims.setdefault(name, [])
        for name, value in _CLAIM_IS.findall(text):
            _add(found.claims[name], value)


def _constrained(found: Atoms, fact: Fact) -> None:
    definition = str(fact.detail.get("definition") or "")
    table = (fact.key.schema, str(fact.detail["table"]))
    if fact.detail.get("type") == "c":
        for name, listed, _ in _LISTED.findall(definition):
            found.closed.add(name)
            for value in _ONE.findall(listed):
                _add(found.literals[name], value)
    match = _REFERENCE.match(definition)
    if match is None:
        return
    own, schema, other, theirs = match.groups()
    for mine, its in zip(_names(own), _names(theirs), strict=False):
        found.references[*table, mine] = (_plain(schema or fact.key.schema), _plain(other), its)


def _spread(found: Atoms) -> None:
    """Whoever references a user is a user, and so is what is referenced by one."""
    changed = True
    while changed:
        changed = False
        for mine, its in found.references.items():
            if (its in found.users or its == ("auth", "users", "id")) and mine not in found.users:
                found.users.add(mine)
                changed = True
    found.users.add(("auth", "users", "id"))


def claims(found: Atoms) -> dict[str, dict[str, Any]]:
    """By user the claims that make policies say yes; the outsider only claims them about themselves."""
    wanted = {name: values for name, values in found.claims.items() if name not in _STANDARD_CLAIMS}
    roles = found.claims.get("role", [])
    made: dict[str, dict[str, Any]] = {}
    for user in USERS:
        tenant = TENANT.get(user)
        said = {name: _claim(name, values, tenant or 1) for name, values in wanted.items()}
        if roles:
            said["role"] = roles[0]
        mfa = {"aal": "aal2"} if user in "ACD" else {}
        if tenant is None:
            made[user] = {"app_metadata": {}, "user_metadata": said} | mfa
        else:
            own = {name: value for name, value in said.items() if not wanted.get(name) and name != "role"}
            made[user] = {**own, "app_metadata": own, "user_metadata": {}} | mfa
    return made


def _claim(name: str, values: list[str], tenant: int) -> Any:
    if values:
        return values[0]
    return identifier(tenant) if name.endswith(("id", "uuid")) else str(tenant)


def identifier(number: int) -> str:
    """The uuid of row ``number`` of any table, so that a reference to it needs no look at the other table."""
    return f"00000000-0000-4000-8000-{number:012d}"


def _column(fact: Fact) -> Column:
    return fact.key.schema, str(fact.detail["table"]), str(fact.detail["column"])


def _names(listed: str) -> list[str]:
    return [_plain(name.strip()) for name in listed.split(",")]


def _plain(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def _add(values: list[str], value: str) -> None:
    if value not in values and len(values) < 6:
        values.append(value.replace("''", "'"))
