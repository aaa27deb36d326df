"""What a sentence says, before anybody asks which table is meant."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from architect.plan.model import Quote
from architect.plan.reader.grammar.phrases import Key

#: How sure a mention makes us that the thing is a table of its own.
WEAK, FAIR, STRONG = 1, 2, 4
#: The verb of a relation that is told in passing: between tables there are, never a reason for one.
EACH = "each"
#: "The relationship between A and B": the two hang together, nobody says how.
BETWEEN = "between"


@dataclass(frozen=True, slots=True)
class Item:
    """One member of an enumeration of attributes."""

    text: str
    #: What the words in parentheses add: allowed values or nested attributes.
    note: str = ""
    optional: bool = False
    unique: bool = False
    #: Several of it per row ("a list of tags").
    many: bool = False
    #: The possessor where it is another thing ("the customer's name").
    of: Key | None = None


@dataclass(frozen=True, slots=True)
class Says:
    quote: Quote


@dataclass(frozen=True, slots=True)
class Mentions(Says):
    """The text speaks of this thing as something to be kept."""

    subject: Key
    weight: int = WEAK


@dataclass(frozen=True, slots=True)
class Has(Says):
    """The thing has these attributes."""

    subject: Key
    items: tuple[Item, ...]
    #: An occurrence ("for each delivery we record ..."): a table of records.
    event: bool = False
    weight: int = STRONG


@dataclass(frozen=True, slots=True)
class Relates(Says):
    """``one`` has many ``many``; ``both`` when the other way round as well."""

    one: Key
    many: Key
    verb: str = ""
    #: "belongs to exactly one": settles the direction.
    single: bool = False
    both: bool = False
    optional: bool = False
    #: The name the many side has for the one ("captain"), "" when it is the one's own name.
    role: str = ""


@dataclass(frozen=True, slots=True)
class States(Says):
    """A column that takes one of these values."""

    subject: Key | None
    column: str
    values: tuple[str, ...]
    #: Only these; otherwise examples.
    closed: bool = True


@dataclass(frozen=True, slots=True)
class Bounds(Says):
    """A number or a length has limits."""

    subject: Key | None
    column: str
    low: float | None = None
    high: float | None = None
    exclusive: bool = False
    length: int | None = None
    unique: bool = False


Audience = Literal["public", "signed_in", "owner", "members", "role", "nobody"]


@dataclass(frozen=True, slots=True)
class Allows(Says):
    """An access sentence: who may do what with which rows."""

    audience: Audience
    commands: tuple[str, ...]
    #: What is accessed.
    objects: tuple[Key, ...]
    #: The person named ("seller", "doctor", "admin"), "" for anyone.
    who: tuple[Key, ...] = ()
    #: The tenant ("organization") for members.
    within: Key | None = None
    #: "Only ...": nobody else.
    only: bool = False
    #: "their own ...": rows of the person.
    own: bool = False
    #: "grades of their courses": what makes them the person's own.
    through: Key | None = None
    #: "other users' ...": rows of somebody else.
    others: bool = False
    #: "all ...", "any ...": rows whoever they belong to.
    any_row: bool = False
    #: Every table there is ("everything", "all data").
    whole: bool = False
    #: "the buyer" of the row at hand.
    definite: bool = False
    #: Rows in this state only ("active listings").
    state: str = ""
    #: "cannot": takes away.
    never: bool = False


@dataclass(frozen=True, slots=True)
class Asks(Says):
    """Something the plan cannot say; each of ``choices`` would answer it."""

    question: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plays(Says):
    """Whoever has this role is one of these ("the distributor must be an administrator")."""

    role: str
    target: Key


@dataclass(frozen=True, slots=True)
class Does(Says):
    """Somebody may do something to a thing, and the doing is kept as a ``noun`` ("like")."""

    who: Key
    what: Key
    noun: str


Statement = Mentions | Has | Relates | States | Bounds | Allows | Asks | Plays | Does


@dataclass
class Context:
    """What the sentences before spoke of."""

    #: What "it" and "them" mean in an access sentence: what the sentence before was about.
    spoken: tuple[Key, ...] = ()
    last: Key | None = None
    last_plural: Key | None = None
    #: The subject of the clause before, if it was of several ("Nurses ...; they ...").
    subjects: Key | None = None
    heading: Key | None = None
    #: The heading of the whole spec, which names none of its things.
    title: str = ""
    known: dict[Key, int] = field(default_factory=dict)
    #: Under which heading two things were related: the name of their join table.
    titles: dict[frozenset[Key], Key] = field(default_factory=dict)
