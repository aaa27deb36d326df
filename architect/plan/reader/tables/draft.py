"""The tables in the making: statements from the whole spec, gathered and told apart."""

from __future__ import annotations

from dataclasses import dataclass, field

from architect.plan.model import Quote
from architect.plan.reader.grammar import lexicon as lex
from architect.plan.reader.grammar.phrases import Key, key_of, singular, tokens
from architect.plan.reader.sentence.statements import (
    BETWEEN,
    EACH,
    FAIR,
    STRONG,
    WEAK,
    Allows,
    Has,
    Item,
    Mentions,
    Plays,
    Relates,
    Statement,
    States,
)
from architect.plan.reader.tables import aliases, values
from architect.plan.reader.tables.things import house, thing

#: Whoever signs in. A table only when the spec gives users attributes, else Supabase's own.
USER: Key = ("user",)
#: More than a plan may hold, so that nothing real is lost, and few enough to compare each with each.
MAX_ENTITIES = 400
MAX_ATTRIBUTES = 250
MEMBERSHIP: Key = ("membership",)


@dataclass
class Attribute:
    """A column in the making; ``words`` without the name of its own table."""

    words: Key
    item: Item
    quotes: list[Quote]
    #: The table that this attribute names a row of.
    target: Key | None = None
    values: tuple[str, ...] = ()
    closed: bool = False
    low: float | None = None
    high: float | None = None
    exclusive: bool = False
    length: int | None = None
    #: Whether the spec asks for it; a convention's otherwise.
    asked: bool = True
    #: Whether a relation made it, not a list of attributes.
    derived: bool = False


@dataclass
class Entity:
    key: Key
    attributes: dict[Key, Attribute] = field(default_factory=dict)
    quotes: list[Quote] = field(default_factory=list)
    weight: int = 0
    #: Whether the spec lists attributes of it.
    described: bool = False
    #: Whether the spec names it among what is kept ("the system manages users and orders").
    managed: bool = False
    #: How many attributes it lists.
    listed: int = 0
    event: bool = False
    #: A join table of these two.
    joins: tuple[Key, Key] | None = None


class Draft:
    """The entities in the order in which the spec speaks of them."""

    def __init__(self) -> None:
        self.entities: dict[Key, Entity] = {}
        #: Words for people in access sentences ("seller"): attributes of that name hold a user.
        self.actors: dict[str, None] = {}
        #: Whether something was left out because there was too much.
        self.full = False
        #: What people are members of.
        self.tenants: dict[Key, None] = {}
        #: Attributes that turned out to be relations ("several photos").
        self.several: list[Relates] = []
        self.roles: dict[str, Key] = {}
        self.alias: dict[Key, Key] = {}
        self._heads: dict[str, list[Key]] = {}
        self._indexed = -1
        #: Roles that rows of another table play ("manager" for an employee).
        self.parts: dict[Key, str] = {}

    def gather(self, statements: list[Statement]) -> None:
        """Find the tables first, then hand each its attributes."""
        for said in statements:
            self._count(said)
        aliases.settle(self, statements)
        for key in [k for k, e in self.entities.items() if not self._is_table(e)]:
            del self.entities[key]
        for said in statements:
            if isinstance(said, Has):
                entity = self.entities.get(self.resolve(said.subject) or ())
                for item in said.items if entity and not values.enumerates(said) else ():
                    self.attach(entity, item, said.quote)  # type: ignore[arg-type]
        values.constrain(self, statements)

    def _count(self, said: Statement) -> None:
        if isinstance(said, Has) and values.enumerates(said):
            return
        if isinstance(said, Has):
            self._weigh(said.subject, said.weight, said.quote, event=said.event)
            there = self.entities.get(thing(said.subject) or ())
            own = sum(not item.many for item in said.items)
            if there and own:
                there.described = True
                there.listed += own
            self._weigh_nested(said)
        elif isinstance(said, Relates) and said.verb in (EACH, BETWEEN):
            return
        elif isinstance(said, Relates) and said.verb == "make":
            self._weigh(said.many, WEAK, said.quote)
        elif isinstance(said, Relates):
            self._weigh(said.one, FAIR, said.quote)
            self._weigh(said.many, FAIR, said.quote)
        elif isinstance(said, Mentions):
            self._weigh(said.subject, said.weight, said.quote)
            if (there := self.entities.get(thing(said.subject) or ())) and said.weight >= FAIR:
                there.managed = True
        elif isinstance(said, Plays):
            self.roles[singular(said.role.split()[-1])] = said.target
        elif isinstance(said, States) and said.subject == ("member",) and said.column == "role":
            self.alias[("member",)] = MEMBERSHIP
            self._weigh(MEMBERSHIP, STRONG, said.quote)
        elif isinstance(said, Allows):
            if said.audience == "role":
                self.actors.update(dict.fromkeys(key[-1] for key in said.who))
            if said.within and said.within[-1] in lex.TENANTS:
                self._weigh(said.within, STRONG, said.quote)
                self.tenants[said.within] = None

    def _weigh_nested(self, said: Has) -> None:
        for item in said.items:
            words = tokens(item.text)
            if (
                item.note
                and len(words) > 1
                and words[-1] in lex.COLLECTIVE
                and words[0] not in ("contact", "personal")
            ):
                self._weigh((*words[:-2], singular(words[-2])), FAIR, said.quote)

    def _weigh(self, told: Key, weight: int, quote: Quote, *, event: bool = False) -> None:
        key = thing(told)
        if key is None:
            return
        if key not in self.entities and len(self.entities) >= MAX_ENTITIES:
            self.full = True
            return
        entity = self.entities.setdefault(key, Entity(key))
        entity.weight += weight
        entity.event = entity.event or event
        if quote not in entity.quotes and len(entity.quotes) < 3:
            entity.quotes.append(quote)

    def join(self, key: Key, into: Key) -> None:
        """What is said of ``key`` is said of ``into``."""
        gone = self.entities.pop(key)
        self._indexed = -1
        self.alias[key] = into
        kept = self.entities.setdefault(into, Entity(into))
        kept.weight += gone.weight
        kept.event = kept.event or gone.event
        kept.managed = kept.managed or gone.managed
        kept.described = kept.described or gone.described
        kept.listed += gone.listed
        kept.quotes = [*kept.quotes, *(q for q in gone.quotes if q not in kept.quotes)][:3]

    def _is_table(self, entity: Entity) -> bool:
        if entity.key == USER:
            return (entity.weight >= 4 and entity.described) or entity.managed
        if entity.key in self.tenants:
            return True
        if entity.key[-1] == "process" and not entity.described:
            return False
        if house(entity.key):
            return entity.described and (entity.weight >= 6 or entity.listed > 2)
        return entity.weight >= FAIR

    def called(self, key: Key) -> Key | None:
        """``key`` by the name that its table has, None when it names no thing."""
        named = thing(key) if key not in self.alias else key
        for _ in range(5):
            if named is None or named not in self.alias:
                break
            named = self.alias[named]
        return named

    def ending(self, word: str) -> list[Key]:
        """The tables whose name ends in ``word``, or in a record of it, in the order of the draft."""
        if self._indexed != len(self.entities):
            self._heads.clear()
            for key in self.entities:
                self._heads.setdefault(key[-1], []).append(key)
                if key[-1] == "record" and len(key) > 1:
                    self._heads.setdefault(key[-2], []).append(key)
            self._indexed = len(self.entities)
        return self._heads.get(word, [])

    def resolve(self, key: Key) -> Key | None:
        """The table that ``key`` means, or None."""
        named = self.called(key)
        if named is None or named in self.entities or named == USER:
            return named
        key = named
        tables = self.ending(key[-1])
        longer = [k for k in tables if len(k) > len(key) and k[-len(key) :] == key]
        if len(longer) == 1:
            return longer[0]
        shorter = [k for k in tables if len(k) < len(key) and key[-len(k) :] == k]
        if shorter:
            return max(shorter, key=len)
        based = [k for k in tables if k[-1] == "record" and k[:-1] == key]
        return based[0] if based else None

    def attach(self, entity: Entity, item: Item, quote: Quote) -> Attribute | None:
        """Give ``entity`` the attribute; None when its name says nothing."""
        words = tokens(item.text)
        owner = self.resolve(item.of) if item.of else None
        if item.of and owner != entity.key:
            words = [*item.of, *words]
        words = _without_prefix(words, entity.key)
        if words and singular(words[-1]) in lex.ONE_EACH and not item.many:
            words = [*words[:-1], singular(words[-1])]
        while len(words) > 1 and words[0] in lex.DETERMINERS | {
            "unique",
            "corresponding",
            "respective",
            "its",
        }:
            words = words[1:]
        if not words:
            return None
        key = tuple(words)
        if key_of(words) == entity.key:
            return None
        found = entity.attributes.get(key)
        if found is None and len(entity.attributes) >= MAX_ATTRIBUTES:
            self.full = True
            return None
        if found is None:
            found = entity.attributes[key] = Attribute(key, item, [])
        if quote not in found.quotes and len(found.quotes) < 2:
            found.quotes.append(quote)
        return found


def _without_prefix(words: list[str], key: Key) -> list[str]:
    """ "employee name" of an employee is the name."""
    for width in (len(key), 1):
        head = tuple(singular(w) for w in words[:width])
        own = tuple(singular(w) for w in key[-width:])
        if len(words) > width and head == own and words[width] not in ("of", "in", "and"):
            return words[width:]
    return words


def within(table: Key, name: Key) -> bool:
    """Whether ``table`` is a part of ``name`` other than its head ("employee" of "employee transfer")."""
    if table[0] not in name:
        return False
    return any(name[at : at + len(table)] == table for at in range(len(name) - len(table)))
