"""Members of an enumeration: which of them are attributes, and of what."""

from __future__ import annotations

import re

from architect.plan.reader.grammar import lexicon as lex
from architect.plan.reader.grammar.phrases import Part, entity_key, is_plural, key_of, parts, singular, tokens
from architect.plan.reader.sentence.statements import Item

_CUT = re.compile(
    r"(?:[,;]?\s+(?:and\s+|while\s+|but\s+)?(?:so that|so as|in order to|in order|to (?:ensure|facilitate"
    r"|support|allow|"
    r"enable|help|achieve|track|provide|make|form|manage|determine|meet|be|improve|better|optimi[sz]e)|"
    r"for (?:easy|better|subsequent|later|further|the purpose|purposes|future|management|auditing"
    r"|convenient)|"
    r"thereby|thus|when|while|which|who|where|whose|if(?! (?:any|known|available|applicable|there|given"
    r"|present))|unless|because|after which|based on|according to|"
    r"as long as|whenever|used (?:to|for)|ensuring|allowing|enabling|helping|facilitating|providing|making|"
    r"supporting|so users|designed|through|via|during|instead of|rather than)\b.*$)"
    r"|[,;]\s*(?:and\s+|but\s+|while\s+)?(?:each|every|the system|the platform|it|they|users? (?:can|may"
    r"|must|will|shall|are|have)|we|this|these|such|then|"
    r"can|must|should|shall|will|may|has|have|is|are|needs?|supports?|serves?|also|with each|with the)\b.*$"
    r"|\s+(?:must|should|shall|can|will|may|need(?:s)? to|is|are|has to|have to)\s+(?:also\s+)?(?:be|been"
    r"|recorded|"
    r"stored|kept|saved|registered|noted|entered|documented|required|tracked)\b.*$",
    re.I | re.S,
)
_PREFIX = re.compile(
    r"^.{0,80}?\b(?:information|attributes?|details?|data|fields?|properties|particulars|elements"
    r"|contents?|columns)\b"
    r"[^,.;:()]{0,40}?(?:\b(?:such as|including|includes?|like|namely|are|is|as follows|of)\b\s*:?|:)\s*",
    re.I | re.S,
)
_LEADING = re.compile(
    r"^(?:(?:also|its|their|his|her|the|an?|each|every|own|basic|detailed|specific|corresponding|relevant"
    r"|respective|"
    r"associated|such as|including|include|includes|following|of|and|with|by"
    r"|(?:records?|recording)(?=\s\S+\s\S|\s(?:ids?|numbers?|no|codes?)\b)"
    r"|one|any|like(?!\s(?:counts?|number|total)\b)|"
    r"all|short|brief|namely|both|only|complete|as|well|exactly|single|at|least|most|whether|at most|on"
    r"|other|certain|general|"
    r"key|actual|some|information about|information on|information of|current and past)\s+)+",
    re.I,
)
_OPTIONAL = re.compile(
    r"\b(?:optional(?:ly)?|if (?:any|known|available|applicable)|may be empty|nullable)\b", re.I
)
_UNIQUE = re.compile(r"\b(?:unique|distinct|own unique|globally unique)\b", re.I)
_MANY = re.compile(
    r"^(?:multiple|several|many|various|numerous|one or more|zero or more|a list of|list of|a set of|any "
    r"number of|"
    r"a number of|different|at least one|up to \w+|two or more|more than one)\s+",
    re.I,
)
_POSSESSIVE = re.compile(r"^(?P<owner>[\w\s-]{2,40}?)['’]s?\s+(?P<rest>\w.*)$")
_OF = re.compile(
    r"^(?P<rest>[\w\s/-]{2,60}?)\s+(?:of|for)\s+(?:the|each|every|its|that|this|all|an?"
    r"|any)\s+(?P<owner>[\w\s-]{2,40})$",
    re.I,
)
_TAIL_OK = re.compile(
    r"\bin charge\b|\bin (?:euros?|cents|dollars|usd|eur|gbp|kg|kilograms?|grams?|minutes|hours|days"
    r"|meters|metres|km|"
    r"stock|percent|litres|liters|seconds|months|years|units?)\b|\b(?:created|updated|paid|approved|made"
    r"|sent|read|"
    r"started|finished|ended|posted|closed|opened|signed|published|deleted|modified|issued|assigned"
    r"|written|listed|"
    r"sold|placed|owned|reviewed|uploaded|joined|delivered|ordered|requested|reported|check|checked|sign"
    r"|log|logged) "
    r"(?:at|by|on|in|out|to)\b|\b\w+ (?:per|by) \w+$|\b(?:in|out|up|on|off|down) (?:time|date|number|type"
    r"|quantity|"
    r"status|record|id)s?\b",
    re.I,
)
_UNIT = re.compile(
    r"\s+in (?:whole )?(?:euros?|cents|dollars|usd|eur|gbp|pounds|kg|kilograms?|grams?|minutes|hours|days"
    r"|meters|metres|km|"
    r"percent|litres|liters|seconds|months|years|square met(?:er|re)s)\b.*$",
    re.I,
)
_RANGE = re.compile(
    r"\s+(?:from|between|of at (?:most|least)|at (?:most|least)|up to|no (?:more|longer) than)\s+\d.*$", re.I
)
_AIM = re.compile(r"\s+(?:to|for|in|on|at|with|about|from) (?:the|an?|each|its|their|our|that)\b.*$", re.I)
_BAD = (lex.MODALS | lex.BE | lex.PRONOUNS | lex.PREPOSITIONS | lex.VERBS) - {
    "use", "uses", "per", "stores", "used", "registered", "recorded", "stored", "required", "linked",
    "maintained", "updated", "created", "associated", "store", "records", "view", "views", "needed",
    "like", "within", "identified", "edit", "entered", "between", "deleted", "implemented", "show",
}  # fmt: skip
_GERUND_LEAD = re.compile(
    r"^(?:manag|track|record|query|add|delet|modif|updat|creat|view|search|generat|ensur|support|displa"
    r"|stor|calculat|"
    r"analy[sz]|monitor|evaluat|handl|maintain|provid|assign|edit|answer|repl|approv|process|publish|check)\w*ing\b",
    re.I,
)


def enumeration(text: str) -> str:
    """The list that ``text`` begins with: what follows it in the sentence is cut off."""
    text = _PREFIX.sub("", text.strip(" :")) or text
    return _CUT.sub("", text).strip(" ,;:.")


def items(text: str, *, least: int = 1, trusted: bool = False) -> tuple[Item, ...]:
    """The attributes that ``text`` enumerates; () when fewer than ``least`` members look like attributes.

    ``trusted``: ``text`` is known to be a list of names, such as a table's cell.
    """
    found: list[Item] = []
    for part in parts(text if trusted else enumeration(text)):
        item = attribute(part, trusted=trusted)
        if item is None:
            if not found:
                continue
            if len(tokens(part.text)) > 5:
                break
            continue
        found.append(item)
    return tuple(found) if len(found) >= least else ()


def attribute(part: Part, *, trusted: bool = False) -> Item | None:
    """``part`` as an attribute, or None when it is something else."""
    text, note = part.text, part.inside
    optional, unique = bool(_OPTIONAL.search(f"{text} {note}")), bool(_UNIQUE.search(f"{text} {note}"))
    text = _UNIQUE.sub("", _OPTIONAL.sub("", text)).strip(" ,:-–—\"“”'")
    text = re.split(
        r"\s+(?:which|that|who|where|whose|whether|(?:it|they|he|she) (?:belongs?|is|was|are|were|refers?"
        r"|relates?|made|uses?|has|have)|as an?|as the|from which|in which|until which|until|on which|at "
        r"which|if known)\s+",
        text,
        flags=re.I,
    )[0]
    text = re.split(r"\s[–—-]\s|:\s", text)[0]
    text, more = _unit(text)
    note = f"{note} {more}".strip()
    before = text
    text = _LEADING.sub("", f"{text} ").strip()
    many = bool(_MANY.match(text)) or bool(_MANY.match(before))
    text = _MANY.sub("", text)
    owner = None
    if found := _POSSESSIVE.match(text):
        owner, text = entity_key(found["owner"]), _LEADING.sub("", found["rest"] + " ").strip()
    elif found := _OF.match(text):
        owner, text = entity_key(found["owner"]), found["rest"].strip()
    if not (is_attribute(text) or (trusted and 0 < len(tokens(text)) <= 6)):
        return None
    return Item(text, note, optional, unique, many, owner)


def _unit(text: str) -> tuple[str, str]:
    """ "price in euros" is a price, with its unit as a note; so are "rating from 1 to 5", "note to us"."""
    for pattern in (_UNIT, _RANGE, _AIM):
        if (found := pattern.search(text)) and found.start() > 1:
            more = found.group() if pattern is not _AIM else ""
            head, rest = _unit(text[: found.start()])
            return head, f"{rest} {more}".strip()
    return text, ""


def is_doing(text: str) -> bool:
    """Whether ``text`` says what is done ("deleting old posts"), not what there is."""
    words = tokens(text)
    if not _GERUND_LEAD.match(text) or words[-1] in ("time", "date", "status"):
        return False
    return len(words) > 2 or (is_plural(words[-1]) and singular(words[-1]) not in lex.ATTRIBUTES)


def is_attribute(text: str, *, longest: int = 6) -> bool:
    """Whether ``text`` has the form of an attribute's name."""
    words = tokens(text)
    if not words or len(words) > longest or not re.search(r"[^\W\d_]{2}", text):
        return False
    if is_doing(text):
        return False
    loose = tokens(_TAIL_OK.sub(" ", text)) if _TAIL_OK.search(text) else words
    if len(words) == 2 and words[1] in ("at", "by", "on") and words[0] not in _BAD - lex.VERBS:
        return True
    if words[0] in ("is", "has") and len(words) in (2, 3):
        return not any(word in _BAD for word in words[1:])
    if words[0].endswith("ing") and len(words) == 2 and words[-1] in lex.GERUND_HEADS:
        return True
    if any(word in _BAD for word in loose if word not in ("of", "as")):
        return False
    if words[-1] in ("of", "and", "or", "the", "a") or words[0] in (
        "and",
        "or",
        "of",
        "etc",
        "not",
        "so",
        "can",
    ):
        return False
    return words not in (["information"], ["details"], ["data"], ["records"], ["record"])


def as_key(item: Item) -> tuple[str, ...]:
    """The words of an attribute's name, the last one singular unless it is a measure."""
    return key_of(tokens(item.text))


def are_things(listed: tuple[Item, ...]) -> bool:
    """ "core information such as users, products and orders" lists tables, not attributes."""
    return len(listed) > 1 and all(_thing(item) for item in listed)


def _thing(item: Item) -> bool:
    word = tokens(item.text)[-1]
    return is_plural(word) and not item.of and singular(word) not in lex.ATTRIBUTES


def all_collective(listed: tuple[Item, ...]) -> bool:
    return all(tokens(item.text)[-1] in lex.COLLECTIVE for item in listed)
