"""Which of the things a spec speaks of are the same one: fuller names, records, accounts, roles."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from architect.plan.reader.grammar import lexicon as lex
from architect.plan.reader.grammar import nouns
from architect.plan.reader.grammar.phrases import Key, tokens
from architect.plan.reader.sentence.statements import Has, Statement

if TYPE_CHECKING:
    from architect.plan.reader.tables.draft import Draft

_ACCOUNTS = ("account", "profile", "entry")


def settle(draft: Draft, statements: Iterable[Statement]) -> None:
    """Unite the entities of ``draft`` that are one thing; the others' names become aliases."""
    listed = _listed(statements)
    _records(draft)
    _acts(draft)
    _accounts(draft)
    _roles(draft)
    for key in list(draft.entities):
        if key in draft.entities:
            _fuller(draft, key, listed)


def _listed(statements: Iterable[Statement]) -> dict[Key, set[str]]:
    """The attributes that the text lists, by the thing as the text calls it."""
    found: dict[Key, set[str]] = {}
    for said in statements:
        if isinstance(said, Has):
            there = found.setdefault(said.subject, set())
            there.update(" ".join(tokens(item.text)) for item in said.items)
    return found


def _records(draft: Draft) -> None:
    """ "purchase" and "purchase record" are one table; a mere mention joins the fuller name."""
    by_base: dict[Key, Key] = {}
    for key in list(draft.entities):
        base = _base(key)
        first = by_base.setdefault(base, key)
        if first != key:
            gone, kept = (first, key) if draft.entities[key].described else (key, first)
            if draft.entities[first].described and draft.entities[key].described:
                gone, kept = key, first
            draft.join(gone, kept)
            by_base[base] = kept


def _acts(draft: Draft) -> None:
    """Maintenance records nobody describes are of the maintenance tasks that are."""
    for key in list(draft.entities):
        base = _base(key)
        if base == key or draft.entities[key].described or not base[-1].endswith(nouns.ACT_ENDINGS):
            continue
        longer = [k for k, e in draft.entities.items() if e.described and k[:-1] == base and k != key]
        if len(longer) == 1:
            draft.join(key, longer[0])


def _base(key: Key) -> Key:
    """A purchase record's purchase."""
    return key[:-1] if len(key) > 1 and key[-1] == "record" else key


def _accounts(draft: Draft) -> None:
    """A "user account" is the user where the text describes one of them only."""
    for key in list(draft.entities):
        if len(key) < 2 or key[-1] not in _ACCOUNTS:
            continue
        base = key[:-1]
        there = draft.entities.get(base)
        if base == ("user",) or there:
            both = there and there.described and draft.entities[key].described
            if both and key != ("user", "account"):
                continue
            draft.join(key, base)


def _roles(draft: Draft) -> None:
    """Managers and salespeople of whom nothing is told are employees in a role, where there are employees."""
    staff = next((k for word in nouns.STAFF for k in draft.entities if k[-1] == word), None)
    if staff is None or not draft.entities[staff].described:
        return
    for key in list(draft.entities):
        entity = draft.entities[key]
        if key[-1] in nouns.ROLES and key != staff and not entity.described and len(key) <= 2:
            draft.join(key, staff)
            draft.parts[key] = " ".join(key)


def _fuller(draft: Draft, key: Key, listed: dict[Key, set[str]]) -> None:
    """A short name means the one thing whose name it ends; a fuller name nobody describes, the short one."""
    entity = draft.entities[key]
    base = _base(key)
    fuller = [
        k for k in draft.ending(base[-1]) if len(_base(k)) > len(base) and _base(k)[-len(base) :] == base
    ]
    if not entity.described and len(fuller) == 1:
        draft.join(key, fuller[0])
        return
    if entity.described and len(fuller) == 1 and _same(draft, key, fuller[0], listed):
        if _base(fuller[0])[: -len(base)] in draft.entities:
            draft.join(fuller[0], key)
        else:
            draft.join(key, fuller[0])
        return
    for cut in range(1, len(key)):
        short = key[cut:]
        if short in draft.entities and not entity.described:
            draft.join(key, short)
            return


def _same(draft: Draft, short: Key, long: Key, listed: dict[Key, set[str]]) -> bool:
    """Whether two described things are one: nothing is listed twice, and neither row names the other."""
    if short == ("user",) or not draft.entities[long].described:
        return False
    here, there = listed.get(short, set()), listed.get(long, set())
    if len(here & there) >= 2:
        return False
    owner = _base(long)[: -len(_base(short))]
    return not (owner in draft.entities and _names(there, short) and _names(there, owner))


def _names(items: set[str], key: Key) -> bool:
    """Whether one of ``items`` is the key of ``key`` ("item number")."""
    return any(f"{' '.join(key)} {tail}" in items for tail in lex.ID_TAILS)
