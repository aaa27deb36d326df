"""Noun phrases and lists: the small grammar below everything else."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from architect.plan import names
from architect.plan.reader.grammar import lexicon as lex

#: A noun phrase as lower-case words, the last one singular.
Key = tuple[str, ...]
_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_OPEN = re.compile(
    r"\b(?:such as|e\.g\.?|for example|for instance|like|etc\.?|and so on|and others|among others|\.\.\.|…)",
    re.I,
)
_BOUNDARY = re.compile(
    r"\s*(?:[,，、;/]|,?\s+(?:and|or|as well as|along with|together with|plus|&)\s)\s*", re.I
)
_ETC = re.compile(r"\s*,?\s*\b(?:etc\.?|and so on|and so forth|and more|and others|and other \w+)\W*$", re.I)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])|(?<=[a-z][a-z])(?=[A-Z])")


#: "check-in record", "to-do item": the small words are part of the name.
_HYPHENED = re.compile(r"\w+-(?:in|out|up|off|on|to|do|by)\b")
#: A phrase is asked for more often than a text.
_SHORT = 120

_COUNTING = lex.DETERMINERS | lex.QUANTIFIERS
_SKIPPED = _COUNTING | lex.FILLERS
_ABOUT_OTHERS = lex.COLLECTIVE | lex.AMOUNTS
_APART = lex.PRONOUNS | lex.MODALS | lex.BE | lex.PREPOSITIONS
_NO_HEADS = lex.VERBS - {"use", "records", "store", "need", "stores"}


@dataclass(frozen=True, slots=True)
class Part:
    """One member of a list: its words outside parentheses and what stood inside them."""

    text: str
    inside: str = ""


def tokens(text: str) -> list[str]:
    """Lower-case words of ``text``."""
    return list(_phrase(text)) if len(text) < _SHORT else _words(text)


@lru_cache(maxsize=8192)
def _phrase(text: str) -> tuple[str, ...]:
    return tuple(_words(text))


def _words(text: str) -> list[str]:
    text = _CAMEL.sub(" ", unicodedata.normalize("NFKC", text))
    return [token.replace("’", "'") for token in _TOKEN.findall(text.lower())]


@lru_cache(maxsize=4096)
def singular(word: str) -> str:
    return names.singular(word)


def key_of(words: list[str]) -> Key:
    """``words`` with the last one singular."""
    return (*words[:-1], singular(words[-1])) if words else ()


def is_plural(word: str) -> bool:
    return singular(word) != word


@lru_cache(maxsize=8192)
def entity_key(text: str, *, longest: int = 4, within: str = "") -> Key | None:
    """The key of the thing that ``text`` names, or None when it names none that could be a table.

    ``within``: the text as it was written, where ``text`` is only its words.
    """
    text = text.split("(")[0]
    words = tokens(text)
    hyphened = {part for whole in _HYPHENED.findall((within or text).lower()) for part in whole.split("-")}
    counted = words[:1] in (["each"], ["every"])
    if "or" in words[1:]:
        words = words[: words.index("or", 1)]
    words = _inner(_strip(words))
    told = len(words)
    while len(words) > 1 and words[-1] in lex.TRAILERS and words[-1] != "records":
        words.pop()
    while len(words) > 1 and len(words) < told and words[-1] in lex.FILLERS:
        words.pop()
    words = [word for word in words if word not in lex.DETERMINERS]
    if not words or len(words) > longest or not _nominal([w for w in words if w not in hyphened] or words):
        return None
    key = key_of(words)
    named = len(key) > 1 and key[-1] in lex.ENTITIES_WHEN_NAMED
    apart = lex.NEVER_ENTITIES if counted else lex.NOT_ENTITIES
    if key[-1] in apart and not named and words != ["parts"]:
        return None
    if len(key) == 1 and key[0].endswith("ed") and len(key[0]) > 5:
        return None
    if len(key[-1]) < 2 or key[-1].isdigit() or key[0].isdigit():
        return None
    return key


def _inner(words: list[str]) -> list[str]:
    """What stays of "basic information of all employees", "the company's products": the thing itself."""
    if "of" in words:
        at = words.index("of")
        head = singular(words[at - 1]) if at else ""
        if head == "record" and at > 1 and words[at - 2] not in lex.FILLERS:
            return words[: at - 1]
        if head in _ABOUT_OTHERS:
            return _inner(_strip(words[at + 1 :]))
        if at >= 1 and words[at + 1 : at + 2] and words[at + 1] in _COUNTING:
            return words[:at]
        after = _strip(words[at + 1 :])
        if 1 <= at <= 2 and 1 <= len(after) <= 2 and words[at - 1] not in lex.PARTS:
            return [*after[:-1], singular(after[-1]), *words[:at]]
    for at, word in enumerate(words):
        if word.endswith(("'s", "'")) and at + 1 < len(words):
            owner = singular(word.removesuffix("'s").removesuffix("'"))
            rest = _strip(words[at + 1 :])
            if owner in lex.WORLD or owner in lex.SYSTEM:
                return rest
            if all(w in lex.COLLECTIVE for w in rest):
                return [*words[:at], word.removesuffix("'s").removesuffix("'")]
            return [*words[:at], word.removesuffix("'s").removesuffix("'"), *rest]
    return words


def _strip(words: list[str]) -> list[str]:
    at = 0
    while at < len(words) - 1 and (words[at] in _SKIPPED or words[at] == "of" or words[at].isdigit()):
        at += 1
    return words[at:]


def _nominal(words: list[str]) -> bool:
    if any(word in _APART for word in words):
        return False
    if any(word in lex.VERBS for word in words[:-1]) or words[-1] in _NO_HEADS:
        return False
    return "and" not in words[:1] and words[-1] not in ("and", "of", "or", "not") and "or" not in words


def outside(text: str) -> str:
    """``text`` without what stands in parentheses."""
    kept: list[str] = []
    depth = 0
    for char in text:
        if char in "(（[":
            depth += 1
        elif char in ")）]":
            depth = max(0, depth - 1)
        elif depth == 0:
            kept.append(char)
    return "".join(kept)


def blanked(text: str) -> str:
    """``text`` with parentheses blanked, positions kept."""
    return re.sub(r"[(（][^()（）]*[)）]", lambda m: " " * len(m.group()), text)


def inside(text: str) -> str:
    """What stands in the first pair of parentheses of ``text``."""
    found = re.search(r"[(（\[]([^()（）\[\]]*)", text)
    return found[1].strip() if found else ""


def is_open(text: str) -> bool:
    """Whether a list only gives examples ("such as", "etc.")."""
    return bool(_OPEN.search(text))


def parts(text: str) -> list[Part]:
    """The members of the list ``text``, split at commas and the words that join."""
    masked, spans = mask(text)
    found: list[Part] = []
    for piece in _BOUNDARY.split(_ETC.sub("", masked)):
        plain = re.sub(r"\x00(\d+)\x00", " ", piece)
        notes = [spans[int(n)] for n in re.findall(r"\x00(\d+)\x00", piece)]
        plain = " ".join(_ETC.sub("", plain).split()).strip(" .,:;-–—\"“”'")
        plain = re.sub(r"^(?:and|or|also|plus|as well as)\s+", "", plain, flags=re.I)
        if plain:
            found.append(Part(plain, " ".join(notes).strip()))
    return _distribute(found, masked)


def mask(text: str) -> tuple[str, list[str]]:
    """``text`` with each outermost parenthesis replaced by a mark, and their contents."""
    out: list[str] = []
    spans: list[str] = []
    current: list[str] = []
    depth = 0
    for char in text.replace("\x00", " "):
        if char in "(（[":
            depth += 1
            if depth == 1:
                current = []
                continue
        elif char in ")）]" and depth:
            depth -= 1
            if depth == 0:
                out.append(f"\x00{len(spans)}\x00")
                spans.append("".join(current))
                continue
        (current if depth else out).append(char)
    if depth:
        out.append(f"\x00{len(spans)}\x00")
        spans.append("".join(current))
    return "".join(out), spans


def _distribute(found: list[Part], text: str) -> list[Part]:
    """ "start and end dates" are a start date and an end date."""
    result: list[Part] = []
    lowered = " ".join(text.lower().split())
    for at, part in enumerate(found):
        following = found[at + 1] if at + 1 < len(found) else None
        words, after = tokens(part.text), tokens(following.text) if following else []
        if (
            len(words) == 1
            and len(after) == 2
            and after[-1] in lex.SHARED_HEADS
            and (is_plural(after[-1]) or f"{words[0]} and {after[0]}" in lowered.replace("-", " "))
            and f"{part.text} and {following.text}".lower() in lowered  # type: ignore[union-attr]
            and words[0] not in lex.SHARED_HEADS
            and words[0] in lex.LEADS
        ):
            result.append(Part(f"{part.text} {singular(after[-1])}", part.inside))
            continue
        result.append(part)
    return result
