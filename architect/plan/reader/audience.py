"""Whom an access sentence names, and which things it opens to them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from architect.plan.model import Quote
from architect.plan.reader import lexicon as lex
from architect.plan.reader.phrases import Key, entity_key, key_of, parts, tokens
from architect.plan.reader.statements import Allows, Audience

_PUBLIC = re.compile(
    r"^(?:anyone|everyone|everybody|anybody|the (?:general )?public|(?:all |any )?visitors?|(?:all )?guests?|"
    r"(?:all )?anonymous (?:users?|visitors?)|people without an account|the whole world|the world)\b",
    re.I,
)
_SIGNED_IN = re.compile(
    r"^(?:any|all|every|each|only)?\s*(?:signed[- ]in|logged[- ]in|registered|authenticated)\s+(?:users?"
    r"|people|persons?|"
    r"visitors?|customers?|members?)\b|^(?:any|all|every)\s+users?\b|^account holders\b",
    re.I,
)
_NOBODY = re.compile(
    r"^(?:nobody|no one|no-one|none)\b(?:\s+(?:but|except|other than|apart from)\s+(?P<but>.+?))?$|^only "
    r"(?:the )?(?:system|service|backend|"
    r"server|platform|application|app|operator of the platform)$|^(?:the )?(?:system|service|backend"
    r"|server)$",
    re.I,
)
_US = re.compile(
    r"^(?:the |our )?(?:system|service|backend|server|platform|application|app|operator|us|ourselves"
    r"|service role|software)\b",
    re.I,
)
_OWN = re.compile(
    r"\b(?:their|his|her|its|your|our|one's|my)\s+own\b|\bfor (?:themselves|himself|herself|oneself"
    r"|itself)\b|"
    r"\bin (?:their|his|her) own name\b|\bthat (?:they|he|she) (?:created|wrote|made|own|posted|placed)\b"
    r"|\bown\s+(?=\w)",
    re.I,
)
_WITHIN = re.compile(
    r"\b(?:of|in|within|from)\s+(?:the|an?|that|this|its|their|the same|each"
    r"|one)\s+(?:same\s+)?(?P<what>[\w-]+(?:\s[\w-]+)?)$",
    re.I,
)
_REASON = re.compile(
    r",\s+(?:also|even|so|which|who|because|without)\b"
    r"|\s+(?:without|so that|because|in order|in (?:somebody|someone|anybody|another)\b|on behalf)",
    re.I,
)
_FRONT = re.compile(r"^(?:only|all|any|its|their|his|her|other|everything in|everything|just)\s+", re.I)
_AFTER = re.compile(r"\s+(?:they|he|she|it|by|for|to|in|on|with|from|about|as)\b.*$", re.I)
_LEADERS = ("member", "admin", "administrator", "owner", "manager", "colleague")


@dataclass(frozen=True, slots=True)
class May:
    """What the sentence says about its people, apart from who they are."""

    commands: tuple[str, ...]
    #: "Only ...".
    only: bool = False
    #: "cannot".
    never: bool = False
    #: "their own".
    own: bool = False


def is_own(text: str) -> bool:
    """Whether ``text`` speaks of the people's own rows."""
    return _OWN.search(text) is not None


def grant(quote: Quote, who: str, may: May, target: str) -> Iterator[Allows]:
    """``who`` may do what ``may`` says with ``target``."""
    who = re.sub(r"^(?:only|but|and|then|also|however)\s+", "", who.strip(), flags=re.I).strip()
    may = replace(may, own=is_own(target))
    if _PUBLIC.match(who):
        yield from allows(quote, "public", may, target)
    elif found := _NOBODY.match(who):
        but = found["but"]
        if but is None or _US.match(but):
            yield from allows(quote, "nobody", May(may.commands, only=True), target)
        else:
            yield from grant(quote, but, May(may.commands, only=True), target)
    elif _SIGNED_IN.match(who):
        yield from allows(quote, "signed_in", may, target)
    else:
        yield from _persons(quote, who, may, target)


def _persons(quote: Quote, who: str, may: May, target: str) -> Iterator[Allows]:
    within: Key | None = None
    if found := _WITHIN.search(who):
        within = entity_key(found["what"])
        who = who[: found.start()].strip() or who
    named = tuple(k for k in (entity_key(p.text) for p in parts(who)) if k)
    if not named:
        return
    audience: Audience = "role"
    leaders = any(k[-1] in _LEADERS for k in named)
    if named in ((("user",),), (("person",),)):
        audience = "owner" if may.own else "signed_in"
    elif (within and leaders and within[-1] in lex.TENANTS) or (len(named) == 1 and named[0][-1] == "member"):
        audience = "members"
    yield from allows(quote, audience, may, target, who=named, within=within)


def allows(
    quote: Quote,
    audience: Audience,
    may: May,
    target: str,
    *,
    who: tuple[Key, ...] = (),
    within: Key | None = None,
) -> Iterator[Allows]:
    """One statement about all the things that ``target`` lists; none when it lists nothing."""
    plain = _OWN.sub(" ", _REASON.split(target)[0])
    objects: list[Key] = []
    state = ""
    for part in parts(plain):
        text = _AFTER.sub("", _FRONT.sub("", part.text.strip()))
        words = tokens(text)
        if len(words) > 1 and words[0] in lex.ADJECTIVES:
            state, text = words[0], " ".join(words[1:])
        if key := _loose_key(text):
            objects.append(key)
    pronoun = bool(tokens(plain)) and tokens(plain)[0] in ("it", "them", "they", "this", "these")
    if objects or pronoun:
        yield Allows(
            quote, audience, may.commands, tuple(objects), who, within, may.only, may.own, state, may.never
        )


def _loose_key(text: str) -> Key | None:
    """Like :func:`entity_key`, but "opening hours" will do: the draft knows whether there is such a table."""
    words = [w for w in tokens(text) if w not in lex.DETERMINERS | lex.FILLERS]
    if not words or len(words) > 4 or any(w in lex.MODALS | lex.BE | lex.PRONOUNS for w in words):
        return None
    return entity_key(text) or key_of(words)
