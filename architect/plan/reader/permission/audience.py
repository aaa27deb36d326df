"""Whom an access sentence names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from architect.plan.reader.grammar import lexicon as lex
from architect.plan.reader.grammar.phrases import Key, entity_key, parts, singular, tokens
from architect.plan.reader.sentence.statements import Audience

_PUBLIC = re.compile(
    r"^(?:anyone|everyone|everybody|anybody|all|the (?:general )?public|(?:all |any |the |each |every "
    r"|an? )?(?:site )?visitors?"
    r"|(?:all |each |every |any |an? |the )?guests?|(?:all |any )?anonymous (?:users?|visitors?|people"
    r"|persons?|callers?)"
    r"|(?:all )?(?:unauthenticated|unregistered|non-registered) (?:users?|visitors?|people)"
    r"|people without an account|the whole world|the world|the internet)\b",
    re.I,
)
#: Of these, those who have not signed in.
_ANONYMOUS = re.compile(
    r"^(?:the |all |any )*(?:(?:general )?public|site|visitor|guest|anonymous|un|non|people|internet)", re.I
)
#: What may follow "anyone" and changes nothing.
_ANYWAY = re.compile(
    r"^(?:at all|else|on the (?:internet|web)|online|in the world|who (?:visits|opens|comes to)\b.*"
    r"|visiting\b.*|with the link|alike|of the site|to the site)?$",
    re.I,
)
_SIGNED_IN = re.compile(
    r"^(?:any|all|every|each)?\s*(?:signed[- ]in|logged[- ]in|registered|authenticated)\s+(?:users?"
    r"|people|persons?|visitors?|customers?|members?)\b|^(?:any|all|every)\s+users?\b|^account holders\b",
    re.I,
)
_WITH_ACCOUNT = re.compile(
    r"^(?:with (?:an?|their) (?:\w+ )?(?:account|login)|(?:who|that) (?:is|are|has|have) (?:(?:logged"
    r"|signed)[ -]in"
    r"|registered|an account|authenticated|signed up)|logged in|signed in)$",
    re.I,
)
_EXCEPT = re.compile(
    r"\s*,?\s*\b(?:but|except(?: for)?|other than|apart from|besides|save(?: for)?)\s+(?P<but>.+)$", re.I
)
_NOBODY = re.compile(r"^(?:nobody|no one|no-one|none)\b", re.I)
_US = re.compile(
    r"^(?:the |our )?(?:system|service|backend|server|platform|application|app|operator|us|ourselves"
    r"|service role|software)(?:\s+(?:itself|alone|of the platform))?$",
    re.I,
)
_WITHIN = re.compile(
    r"(?:^|\s+)(?:of|in|within|from|inside|belonging to|who (?:belong|belongs) to|who (?:is|are) (?:part"
    r"|members?) of)"
    r"\s+(?:the|an?|that|this|its|their|his|her|the same|each|one|any|my|our)\s+(?:same\s+|own\s+)?"
    r"(?P<what>[\w-]+(?:\s[\w-]+)?)$",
    re.I,
)
_GROUP = re.compile(
    r"^(?:everyone|everybody|anyone|anybody|people|persons|users|all users|every user|any user|colleagues"
    r"|those|all)$",
    re.I,
)
_OF_IT = re.compile(
    r"^(?:the\s+)?(?P<who>[\w-]+)\s+of\s+(?P<what>(?:the|an?|that|this|each)\s+[\w-]+(?:\s[\w-]+)?)$", re.I
)
_POSSESSED = re.compile(r"^(?:the\s+|an?\s+)?(?P<what>[\w-]+(?:\s[\w-]+)?)['’]s?\s+(?P<who>[\w-]+)$", re.I)
_ONLY_TAIL = re.compile(
    r"\s+(?:only|alone|exclusively|himself|herself|themselves|itself|him- or herself)$", re.I
)
_FRONT = re.compile(r"^(?:(?:only|but|and|then|also|however|by|both|just|solely|either|even)\s+)+", re.I)
_DEFINITE = re.compile(r"^(?:the|its|their|his|her|that|this)\s+", re.I)
#: "the customer who placed it" is the customer of the row at hand.
_WHO_DID = re.compile(
    r"\s+(?:who|that)\s+(?:has\s+|have\s+|had\s+)?(?:created|placed|made|wrote|owns?|posted|uploaded|submitted"
    r"|booked|sent|added|published)\s+(?:it|them|that \w+|the \w+)$",
    re.I,
)
_WHO_IS = re.compile(r"\s+(?:who|which|that|whose|with|if|when|unless)\b", re.I)
_LEADERS = ("member", "admin", "administrator", "owner", "manager", "colleague")


@dataclass(frozen=True, slots=True)
class People:
    """Whom a sentence is about."""

    audience: Audience
    who: tuple[Key, ...] = ()
    within: Key | None = None
    #: "Only", or "nobody but".
    only: bool = False
    #: "Nobody", "no user".
    never: bool = False
    #: "the buyer" of the row at hand, "its owner".
    definite: bool = False
    #: The thing whose people are meant, where the sentence goes on with "it".
    thing: str = ""


@dataclass(frozen=True, slots=True)
class Unclear:
    """People whom no policy can single out."""

    why: Literal["exception", "whom"]


def people(text: str) -> Iterator[People | Unclear]:
    """Whom ``text`` names; nothing where it names no people."""
    text = text.strip()
    only = re.match(r"^(?:and\s+|but\s+|then\s+|also\s+)*(?:only|just|solely)\b", text, re.I) is not None
    text = _FRONT.sub("", text).strip()
    only = only or _ONLY_TAIL.search(text) is not None
    text = _ONLY_TAIL.sub("", text)
    if found := _NOBODY.match(text):
        yield from _nobody(text[found.end() :].strip())
    elif re.match(r"^not\s", text, re.I):
        yield People("public", never=True)
    elif re.match(r"^(?:no|none of the|neither)\s", text, re.I):
        rest = re.sub(r"^(?:no|none of the|neither)\s+", "", text, flags=re.I)
        for one in re.split(r"\s+nor\s+", rest):
            yield from (p for p in _somebody(one, only=False, never=True))
    else:
        yield from _somebody(text, only=only, never=False)


def _nobody(rest: str) -> Iterator[People | Unclear]:
    found = _EXCEPT.search(f" {rest}")
    if found is None:
        # "nobody else" keeps out all but those just spoken of
        if rest.lower() == "else":
            yield People("public", never=True)
        else:
            yield People("nobody", only=True)
        return
    if _US.match(found["but"]):
        yield People("nobody", only=True)
        return
    yield from _somebody(found["but"], only=True, never=False)


def _somebody(text: str, *, only: bool, never: bool) -> Iterator[People | Unclear]:
    if _US.match(text):
        if only:
            yield People("nobody", only=True)
        return
    if found := _EXCEPT.search(text):
        guests = [p for p in people(found["but"]) if isinstance(p, People)]
        everyone = _PUBLIC.match(text[: found.start()] + " ") is not None
        if everyone and guests and all(p.audience == "public" for p in guests):
            yield People("signed_in", only=only, never=never)
        else:
            yield Unclear("exception")
        return
    for pattern, audience in ((_SIGNED_IN, "signed_in"), (_PUBLIC, "public")):
        if found := pattern.match(text):
            rest = text[found.end() :].strip()
            yield from _broad(audience, found.group(), rest, only=only, never=never)  # type: ignore[arg-type]
            return
    yield from _persons(text, only=only, never=never)


def _broad(
    audience: Audience, word: str, rest: str, *, only: bool, never: bool
) -> Iterator[People | Unclear]:
    """Anyone, unless the words after it say which."""
    if _WITH_ACCOUNT.match(rest):
        yield People("signed_in", only=only, never=never)
    elif found := _WITHIN.search(rest):
        if (found.start() == 0 or _WITH_ACCOUNT.match(rest[: found.start()])) and (
            within := entity_key(found["what"]) or _tenant_key(found["what"])
        ):
            yield People("members", (("member",),), within, only=only, never=never)
        else:
            yield Unclear("whom")
    elif _ANYWAY.match(rest):
        who = (("guest",),) if audience == "public" and _ANONYMOUS.match(word) else ()
        yield People(audience, who, only=only, never=never)
    elif joined := re.match(r"^(?:,|and|or)\s+(?P<more>.+)$", rest, re.I):
        yield People(audience, only=only, never=never)
        yield from (p for p in people(joined["more"]) if isinstance(p, People))
    else:
        yield Unclear("whom")


def _tenant_key(text: str) -> Key | None:
    """ "organization" is what a text is about, so it is no thing by itself; here it is one."""
    words = tokens(text)
    return (*words[:-1], singular(words[-1])) if words and singular(words[-1]) in lex.TENANTS else None


def _persons(text: str, *, only: bool, never: bool) -> Iterator[People | Unclear]:
    within: Key | None = None
    thing = ""
    if found := _WHO_DID.search(text):
        key = entity_key(_DEFINITE.sub("", text[: found.start()]))
        if key:
            key = ("creator",) if key[-1] in ("user", "person", "one") else key
            yield People("role", (key,), only=only, never=never, definite=True)
        return
    if found := _WITHIN.search(text):
        within = entity_key(found["what"]) or _tenant_key(found["what"])
        before = text[: found.start()].strip()
        if _GROUP.match(before) and within:
            yield People("members", (("member",),), within, only=only, never=never)
            return
        text = before or text
        thing = found["what"]
    elif found := _POSSESSED.match(text):
        thing, text = found["what"], f"the {found['who']}"
        within = entity_key(thing)
    elif which := _WHO_IS.search(text):
        if _is_person(text[: which.start()]):
            yield Unclear("whom")
        return
    named = [p for part in parts(text) for p in _person(part.text, within, thing, only=only, never=never)]
    members = [p for p in named if p.audience == "members"]
    if members:  # "owners and admins of the organization" have one policy
        yield replace(members[0], who=tuple(who for p in members for who in p.who))
    yield from (p for p in named if p.audience != "members")


def _is_person(text: str) -> bool:
    key = entity_key(_DEFINITE.sub("", text))
    return key is not None and key[-1] in lex.PERSON_ROLES | lex.HOUSE_ROLES | {"user", "person"}


def _person(text: str, within: Key | None, thing: str, *, only: bool, never: bool) -> Iterator[People]:
    text = _FRONT.sub("", text).strip()
    definite = _DEFINITE.match(text) is not None and not text.lower().endswith("s")
    key = entity_key(_DEFINITE.sub("", text))
    if key is None:
        return
    if (
        within is None
        and len(key) > 1
        and key[-1] in (*_LEADERS, "user", "employee")
        and key[-2] in lex.TENANTS
    ):
        within, key = key[:-1], key[-1:]
    if key[-1] == "member" and len(key) == 2 and key[0] in lex.HOUSE_ROLES:
        key = key[:1]
    if key[-1] == "user" and len(key) > 1:
        key = key[-1:] if key[-2] in lex.PLAIN_USERS else key[:-1] if key[-2] in lex.HOUSE_ROLES else key
    audience: Audience = "role"
    if key in (("user",), ("person",)):
        audience = "signed_in"
    elif (within and within[-1] in lex.TENANTS) or (key[-1] == "member" and len(key) == 1):
        audience = "members"
    yield People(audience, (key,), within, only=only, never=never, definite=definite, thing=thing)
