"""What a spec asks and a plan cannot say: automation, comparisons between rows, retention, other systems."""

from __future__ import annotations

import re
from collections.abc import Iterator

from architect.plan.model import Quote
from architect.plan.reader.sentence.statements import Asks

_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "Nothing in the database sends messages; who sends this, and through which service?",
        re.compile(
            r"\b(?:send|sends|sent|notify|notifies|notified|e-?mail|text message|sms|remind|reminds|alert"
            r"|gets?)\b.{0,60}?\b"
            r"(?:an? e-?mail|notifications?|text message|sms|reminders?|message before|alerts?|by e-?mail"
            r"|within \w+ (?:minutes|hours))\b",
            re.I,
        ),
    ),
    (
        "This happens by itself; a plan holds data and access, not automation. What shall do it?",
        re.compile(r"\b(?:automatically|by itself|themselves automatically|on its own accord)\b", re.I),
    ),
    (
        "This compares a row with other rows; checks see one row only. Where is it enforced?",
        re.compile(
            r"\b(?:must|may|can|should|shall) (?:not|never) overlap|\bhigher than the (?:highest|last"
            r"|current|previous)|"
            r"\blower than the (?:lowest|last|current|previous)|\bcan have at most\b|\bmay have at most\b"
            r"|\bno more than \w+ \w+ (?:per|at a time|at once)\b|\bnot be double[- ]booked",
            re.I,
        ),
    ),
    (
        "How long data is kept is not part of a plan; what deletes it, and when?",
        re.compile(
                r"\b(?:kept|stored|retained|archived) for (?:at least |at most )?\w+ (?:years?|months?"
                r"|days?|weeks?)\b|\b(?:deleted|erased|purged|anonymi[sz]ed) after\b|\bretention\b", re.I),
    ),
    (
        "A rule that depends on time or on another row's state cannot be a policy; it was left closed. "
        "Who enforces it?",
        re.compile(
                r"\bolder than \w+ (?:days|months|hours|years|weeks)\b|\bcan no longer be\b|\bmay no "
                r"longer be\b", re.I),
    ),
    (
        "Sign-in is configured at the platform, not in the plan; shall this be set up there?",
        re.compile(
                r"\b(?:single sign-?on|sso|saml|two-factor|2fa|multi-factor authentication|passkeys?"
                r"|oauth)\b", re.I),
    ),
    (
        "Payments go through a provider; which one, and what shall its webhook write?",
        re.compile(r"\b(?:stripe|paypal|credit card payments?|payment provider|direct debit)\b", re.I),
    ),
    (
        "Access to single columns cannot be expressed; shall this column move to a table of its own?",
        re.compile(r"\bmust not (?:see|know|read) the \w+", re.I),
    ),
)  # fmt: skip


#: Sentences that would answer some of them.
_ANSWERS: dict[str, tuple[str, ...]] = {
    _KINDS[0][0]: (
        "Each outgoing message has a recipient address, a subject, a text and a sending time.",
        "Each notification has a title, a text and a reading time, and belongs to one user.",
    ),
    "Payments go through a provider; which one, and what shall its webhook write?": (
        "Each payment has a provider, a provider reference, an amount, a currency and a payment status.",
    ),
}


def read(text: str, quote: Quote) -> Iterator[Asks]:
    """The question that ``text`` raises, if any; the first kind that fits."""
    for question, pattern in _KINDS:
        if pattern.search(text):
            yield Asks(quote, question, _ANSWERS.get(question, ()))
            return
