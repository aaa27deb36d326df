"""The many wordings of an access sentence, put into one: "WHO can VERB WHAT".

A sentence that is none of them comes back as it is. Nothing here decides anything; what stands for whom is
read in ``audience`` and ``targets``.
"""

from __future__ import annotations

import re

_WHO = r"(?P<who>[^,;:]{2,90}?)"
_OBJ = r"(?P<obj>[^,;:]{2,80}?)"
_REST = r"(?P<rest>\S.*)"
_IS = r"(?:is|are|must be|should be|shall be|will be|stays?|remains?)"
_HOUSE = (
    r"(?:the |this |our |an? )?(?:\w+ )?"
    r"(?:system|platform|application|app|website|software|service|portal|tool)"
)
_ALLOW = r"(?:allow|let|enable|permit|lets|allows|enables|permits)"
_SIGN_IN = (
    r"(?:be (?:logged|signed)[ -]in|be authenticated|be registered|(?:log|sign)[ -]in|sign up|register"
    r"|have an"
    r" account)"
)
_NEEDED = (
    r"(?:an? |the )?(?:log-?in|sign-?in|signing in|logging in|authentication|registration|(?:\w+ )?account)"
)
_OFTEN = r"(?:\s+(?:only|also|always|then|still|freely|just|both))*"
_BE = r"(?P<be>can|may|must|shall|should|will|could)"
_NEVER = r"(?:\s+(?:not|never)(?:\s+ever)?|not|n['’]t)"

#: (what the sentence looks like, what it says). ``{name}`` is a group of the pattern.
_FORMS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.I), said)
    for pattern, said in (
        (
            rf"^as an? {_WHO},?\s+i\s+(?:(?:want|wish|need|would like|should be able|am able|have) to|can"
            rf"|may){_OFTEN}\s+{_REST}$",
            "each {who} can {rest}",
        ),
        (
            rf"^(?:{_HOUSE}|we|it)\s+(?:must|should|shall|will|can|also|always|\s)*?(?:(?:do|does|must|should|may"
            rf"|shall)\s+not|never|don['’]t|doesn['’]t)\s+{_ALLOW}\s+{_WHO}\s+(?:to\s+)?(?P<verb>\w+)\s+{_REST}$",
            "{who} cannot {verb} {rest}",
        ),
        (
            rf"^(?:(?:{_HOUSE}|we|it)\s+(?:(?:must|should|shall|will|can|also|to)\s+)*)?{_ALLOW}\s+{_WHO}\s+to\s+"
            rf"{_REST}$",
            "{who} can {rest}",
        ),
        (
            rf"^(?:we|i)\s+(?:do not|don['’]t|never)\s+want\s+{_WHO}\s+to\s+{_REST}$",
            "{who} cannot {rest}",
        ),
        (
            rf"^(?:do not|don['’]t|never)\s+(?:let|allow)\s+{_WHO}\s+(?:to\s+)?(?P<verb>see|read|view"
            rf"|edit|change"
            rf"|update|delete|remove|create|add|access)\s+{_REST}$",
            "{who} cannot {verb} {rest}",
        ),
        (
            r"^(?:it\s+(?:is|must|should|shall)\s+(?:not|never)\s+(?:be\s+)?(?:possible|allowed|permitted)"
            r"|it\s+is\s+(?:impossible|forbidden|prohibited)"
            rf"|there\s+is\s+no\s+way|nobody\s+is\s+(?:able|allowed|permitted))\s+(?:for\s+anyone\s+)?to\s+{_REST}$",
            "nobody can {rest}",
        ),
        (
            r"^(?:only\s+)?(?:you|one|users?|people|they|visitors?|everyone|everybody|anyone"
            r"|it)\s+(?:must|has to"
            rf"|have to|needs? to|should"
            rf"|is necessary to)\s+{_SIGN_IN}(?:\s+first)?\s+(?:in order\s+)?to\s+{_REST}$",
            "only signed-in users can {rest}",
        ),
        (
            rf"^(?P<verb>viewing|seeing|reading|browsing|creating|adding|posting|placing|writing|editing|changing"
            rf"|updating|deleting)\s+{_OBJ}\s+(?:requires?|needs?)\s+{_NEEDED}$",
            "only signed-in users can {verb} {obj}",
        ),
        (rf"^{_OBJ}\s+(?:requires?|needs?)\s+{_NEEDED}$", "only signed-in users can see {obj}"),
        (
            rf"^{_WHO}\s+(?:has|have|gets?|is given"
            rf"|are given)\s+no\s+(?:\w+\s+)?access\s+(?:at all\s+)?to\s+{_REST}$",
            "{who} cannot see, create, edit or delete {rest}",
        ),
        (
            rf"^{_WHO}\s+(?:can|may|should|shall|will|must)?\s*(?:only\s+)?(?:has|have|gets?|is given"
            rf"|are given)\s+"
            rf"(?P<kind>full|complete|unrestricted|unlimited|read(?:[- ]only)?|view(?:ing)?|write"
            rf"|edit(?:ing)?"
            rf"|read(?:\s+and\s+|[-/ ])write)?\s*access\s+(?P<only>only\s+)?to\s+{_REST}$",
            "{only}{who} can {kind} {rest}",
        ),
        (
            rf"^{_WHO}\s+(?:has|have)\s+(?:the\s+)?(?:full\s+|complete\s+)?control\s+(?:over|of)\s+{_REST}$",
            "{who} can manage {rest}",
        ),
        (
            rf"^{_WHO}\s+(?:has|have)\s+(?:the\s+)?(?:rights?|permissions?|ability|authority)\s+to\s+{_REST}$",
            "{who} can {rest}",
        ),
        (
            rf"^(?:(?P<kind>full|read(?:[- ]only)?|write"
            rf"|edit(?:ing)?)\s+)?access\s+to\s+{_OBJ}\s+{_IS}\s+(?P<only>"
            rf"restricted|limited|reserved|confined|given only|granted only|open only|only (?:given"
            rf"|granted|open))\s+"
            rf"(?:to|for)\s+{_REST}$",
            "only {rest} can {kind} {obj}",
        ),
        (
            rf"^(?:(?P<kind>full|read(?:[- ]only)?|write|edit(?:ing)?)\s+)?access\s+to\s+{_OBJ}\s+{_IS}\s+"
            rf"(?:given|granted|open|available|allowed)\s+(?:to|for)\s+{_REST}$",
            "{rest} can {kind} {obj}",
        ),
        (
            rf"^{_OBJ}\s+{_IS}\s+(?:restricted|limited|reserved|confined|private|confidential)\s+(?:to|for)\s+{_REST}$",
            "only {rest} can see {obj}",
        ),
        (
            rf"^{_OBJ}\s+{_IS}\s+(?P<only>only\s+)?(?:shared|shown|displayed)\s+(?:only\s+)?"
            rf"(?:within|inside|among|across)\s+(?:all\s+)?(?:members of\s+)?{_REST}$",
            "{only}members of {rest} can see {obj}",
        ),
        (
            rf"^{_OBJ}\s+{_IS}\s+(?P<only>only\s+)?(?:shared|shown|displayed)\s+(?P<more>only\s+)?(?:with|to)\s+{_REST}$",
            "{only}{more}{rest} can see {obj}",
        ),
        (
            rf"^{_OBJ}\s+(?:is|are|must be|should be)\s+(?:read[- ]only|immutable|append[- ]only"
            rf"|unchangeable)$",
            "nobody can edit or delete {obj}",
        ),
        (
            rf"^{_OBJ}\s+(?:is|are|must be|should be)\s+read[- ]only\s+(?:for|to)\s+{_REST}$",
            "{rest} cannot create, edit or delete {obj}",
        ),
        (
            rf"^{_OBJ}\s+{_BE}{_NEVER}\s+be\s+(?P<verb>[a-z]+(?:\s*(?:,|\band\b|\bor\b)\s*[a-z]+)*)(?:\s+by\s+(?:anyone"
            r"|anybody|any user))?(?:\s+at all)?$",
            "nobody can {verb} {obj}",
        ),
        (
            rf"^{_OBJ}\s+(?:is|are)\s+(?:not|never)\s+(?:visible|accessible|readable|available|open|shown)\s+to\s+{_REST}$",
            "{rest} cannot see {obj}",
        ),
        (
            rf"^{_OBJ}\s+(?:is|are|must|should|shall)\s+(?:not|never)\s+(?:be\s+)?(?:public|publicly"
            rf" (?:visible|readable|accessible|available))$",
            "the public cannot see {obj}",
        ),
    )
)
_KINDS = {
    "full": "manage", "complete": "manage", "unrestricted": "manage", "unlimited": "manage", "write": "edit",
    "edit": "edit", "editing": "edit", "": "see",
}  # fmt: skip
_GERUNDS = {
    "viewing": "view", "seeing": "see", "reading": "read", "browsing": "browse", "creating": "create",
    "adding": "add", "posting": "post", "placing": "place", "writing": "write", "editing": "edit",
    "changing": "change", "updating": "update", "deleting": "delete",
}  # fmt: skip
_UNKNOWN = re.compile(
    r"\s+(?:without\s+(?:(?:logging|signing)\s+in|(?:having\s+)?(?:an?\s+)?(?:account|log-?in|registration"
    r"|registering|authentication))|anonymously)\b",
    re.I,
)
_ANYBODY = re.compile(r"^(?:all\s+|any\s+)?(?:users?|people|persons?|visitors?|customers?|one|you)\b", re.I)
_PURPOSE = re.compile(r",?\s+(?:so that|in order to|so as to)\b.*$", re.I)
_PLEASE = re.compile(
    r"^(?:please\s+)?(?:(?:make sure|ensure|note|remember|see to it)(?:\s+that)?\s+|please\s+)", re.I
)
_DO_ALL = re.compile(r"(?<=\s)(?:do|perform|carry out) (?:everything|anything)\b", re.I)
_MINE = re.compile(r"\bmy\b(?:\s+own\b)?", re.I)
_MADE_BY = re.compile(
    r"^(?P<only>only\s+)?(?:whoever|(?:(?:the|a|any)\s+)?(?:user|person|people|users|member|customer|one|those)\s+(?:who"
    r"|that))\s+(?:has\s+|have\s+|originally\s+)*(?P<did>created|wrote|made|posted|owns?|uploaded|placed|submitted"
    r"|added|published|opened|sent|booked)\s+(?P<what>it|them|(?:the|an?|this|that)\s+[\w-]+(?:\s[\w-]+)?)\s+"
    r"(?=(?:can|may|is|has|should|must|shall)\b)",
    re.I,
)
_MAKERS = {"wrote": "author", "own": "owner", "owns": "owner"}


def plain(text: str) -> str:
    """``text`` in the wording "WHO can VERB WHAT" where it is one of the known others."""
    text = _PLEASE.sub("", text)
    text = _DO_ALL.sub("manage everything", _made_by(text))
    told = _PURPOSE.sub("", text)
    if _UNKNOWN.search(told):
        known = _UNKNOWN.sub("", told)
        return _ANYBODY.sub("anyone", plain(known), count=1)
    for pattern, said in _FORMS:
        if found := pattern.match(told):
            groups = {name: value or "" for name, value in found.groupdict().items()}
            if "kind" in groups:
                groups["kind"] = _access(groups["kind"].lower())
            groups["only"] = "only " if groups.get("only") else ""
            groups["more"] = "only " if groups.get("more") else ""
            groups["verb"] = _GERUNDS.get(groups.get("verb", "").lower(), groups.get("verb", ""))
            if said.startswith("each"):
                groups["rest"] = _MINE.sub("their own", groups["rest"])
            return said.format_map(groups)
    return text


def _access(kind: str) -> str:
    """ "full access" is to manage, "read and write access" to read and to write."""
    if kind.startswith(("read", "view")):
        return "read and write" if kind.endswith("write") else "read"
    return _KINDS[kind]


def _made_by(text: str) -> str:
    """ "whoever created a listing can ..." is the creator of the listing."""
    found = _MADE_BY.match(text)
    if not found:
        return text
    who = _MAKERS.get(found["did"].lower(), "creator")
    of = "" if found["what"].lower() in ("it", "them") else f" of {found['what']}"
    return f"{found['only'] or ''}the {who}{of} {text[found.end() :]}"
