"""The draft becomes tables; what no name or type can be found for is left out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from architect.errors import InputError
from architect.plan import names
from architect.plan.model import AUTH_USERS, Column, ForeignKey, OpenQuestion, Origin, Quote, Table
from architect.plan.reader.grammar.phrases import Key
from architect.plan.reader.tables import columns
from architect.plan.reader.tables.draft import USER, Draft, Entity
from architect.plan.rules.limits import MAX_COLUMNS_PER_TABLE

_C = Origin.CONVENTION
MAX_TABLES = 150
MAX_COLUMNS = MAX_COLUMNS_PER_TABLE - 20
MAX_KEYS = 20
_NO_PLURAL = frozenset(["personnel", "staff", "goods", "sales", "news", "equipment"])


@dataclass
class Build:
    """Tables in the making, by the key of their entity."""

    draft: Draft
    ids: dict[Key, str] = field(default_factory=dict)
    tables: dict[Key, Table] = field(default_factory=dict)
    questions: list[OpenQuestion] = field(default_factory=list)
    #: What people are said to be members of.
    groups: frozenset[Key] = frozenset()
    #: Tables of the template, which the spec may speak of without describing them.
    known: frozenset[Key] = frozenset()

    def ask(self, question: str, *quotes: Quote, choices: Iterable[str] = ()) -> None:
        """An open question, once each; asked again it only gets the other place's quote."""
        question = question[:1000]
        there = next((q for q in self.questions if q.question == question), None)
        if there is None and len(self.questions) < 60:
            there = OpenQuestion(question=question, choices=[c for c in choices if len(c) <= 300][:6])
            self.questions.append(there)
        if there is not None:
            there.because = [*there.because, *(q for q in quotes if q not in there.because)][:4]

    def add(self, table: Table, column: Column, key: ForeignKey | None) -> str:
        """Put the column into the table unless it is there; its name."""
        folded = names.fold(column.name, "column")
        for there in table.columns:
            if names.fold(there.name, "column") == folded:
                return there.name
        table.columns.append(column)
        if key:
            table.foreign_keys.append(key)
        return column.name

    def create(self, key: Key, quotes: list[Quote], *, origin: Origin = Origin.CONVENTION) -> Table:
        """A table that access needs and the spec does not describe."""
        wanted = table_name(key) or "things"
        name = names.unique(wanted, [t.name for t in self.tables.values()])
        table = Table(
            id=name,
            name=name,
            columns=[columns.surrogate()],
            primary_key=["id"],
            origin=origin,
            because=quotes[:2],
        )
        self.ids[key], self.tables[key] = name, table
        return table

    @property
    def users(self) -> str:
        """The table that holds the users."""
        return self.ids.get(USER, AUTH_USERS)


def table_name(key: Key) -> str | None:
    """The plural of the entity's name, None when no name can be made of it."""
    try:
        plain = "_".join(key)
        return names.slug(plain if key[-1] in _NO_PLURAL else names.plural(plain))
    except InputError:
        return None


def build(draft: Draft) -> Build:
    """All tables of the draft, without policies."""
    made = Build(draft)
    folded: set[str] = set()
    for key, entity in draft.entities.items():
        name = table_name(key)
        if name is None or names.fold(name) in folded or len(made.ids) >= MAX_TABLES:
            continue
        folded.add(names.fold(name))
        made.ids[key] = name
        del entity
    for key in made.ids:
        made.tables[key] = _table(draft.entities[key], made)
    return made


def _table(entity: Entity, made: Build) -> Table:
    name = made.ids[entity.key]
    table = Table(
        id=name,
        name=name,
        columns=[columns.surrogate()],
        primary_key=["id"],
        origin=Origin.SPEC,
        because=entity.quotes[:2],
    )
    for attribute in entity.attributes.values():
        if columns.is_password(attribute.words):
            made.ask(
                "Passwords are kept by Supabase Auth, never in a table; nothing else is needed, is it?",
                attribute.quotes[0],
            )
            continue
        if attribute.target and attribute.target != USER and attribute.target not in made.ids:
            attribute.target = None
        pair = columns.make(attribute, entity, made.ids)
        if pair is None or len(table.columns) >= MAX_COLUMNS:
            continue
        column, key = pair
        if column.name == "id":
            table.columns[0] = column
        elif key is None or len(table.foreign_keys) < MAX_KEYS:
            made.add(table, column, key)
    bare = {c.name for c in table.columns} == {"id", *(k.columns[0] for k in table.foreign_keys)}
    if bare and not entity.joins and not entity.event:
        table.columns.append(Column(name="name", type="text", origin=Origin.CONVENTION))
    if entity.joins:
        _key_of_join(table)
    if entity.key == USER:
        account = ForeignKey(
            columns=["id"], table=AUTH_USERS, references=["id"], on_delete="cascade", origin=_C
        )
        table.foreign_keys.insert(0, account)
        table.columns[0].default = None
    made.add(table, columns.created_at(), None)
    return table


def _key_of_join(table: Table) -> None:
    """A pair is there once: the two references are the key."""
    pair = [k.columns[0] for k in table.foreign_keys][:2]
    if len(pair) == 2:
        table.columns = [c for c in table.columns if c.name != "id"]
        table.primary_key = pair
