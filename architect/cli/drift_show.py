"""Alerts for people: how bad it is at a glance, a table, and one alert in full."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from architect.drift.model import Severity
from architect.plan.show.words import counted

STYLES = {
    "critical": "bold white on red",
    "high": "bold red",
    "medium": "yellow",
    "low": "cyan",
    "info": "dim",
}
DIRECTIONS = {
    "weaker": ("weaker", "red"),
    "stronger": ("stronger", "yellow"),
    "equal": ("same meaning", "dim"),
    "both": ("weaker and stronger", "red"),
}
#: What a terminal would obey, or read in another order than it was written.
_UNSHOWABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
#: Columns of a terminal that the severity takes.
INDENT = 11
#: Dependents that are named; the rest is counted.
NAMED = 8
#: Lines of an old or new text that are shown.
LINES = 30


def plain(value: object) -> str:
    """``value`` as text that a terminal shows and does not obey: names of objects are anybody's words."""
    return _UNSHOWABLE.sub("\ufffd", str(value).replace("\t", "    "))


def counts_line(counts: Mapping[Severity, int]) -> Text:
    """``2 critical  1 high``."""
    line = Text()
    for severity, number in counts.items():
        line.append(f" {number} {severity.value} ", STYLES[severity.value])
        line.append(" ")
    return line


def where(resource: Mapping[str, Any]) -> Text:
    """``policy public.orders.owner reads``, the kind dim."""
    schema = f"{plain(resource['schema'])}." if resource["schema"] else ""
    kind = plain(resource["kind"]).replace("_", " ")
    return Text.assemble((f"{kind} ", "dim"), (f"{schema}{plain(resource['name'])}", "bold"))


def list_alerts(
    console: Console, alerts: Iterable[Mapping[str, Any]], *, ids: bool = False, status: bool = False
) -> None:
    """Two lines for each alert: how bad, what and where; and why it matters."""
    for alert in alerts:
        line = severity_badge(alert["severity"])
        line.pad_right(max(INDENT - len(line), 1))
        line.append(f"{alert['id'][:8]}  " if ids else "", "dim")
        line.append(f"{alert['status']}  " if status else "", "dim")
        line.append(f"{plain(alert['type']).replace('_', ' ')}  ")
        line.append_text(where(alert["resource"]))
        word, style = DIRECTIONS.get(alert["direction"] or "", ("", ""))
        line.append(f"  {word}" if word else "", style)
        console.print(line)
        console.print(Padding(Text(plain(alert["reason"])), (0, 0, 0, INDENT)))


def severity_badge(severity: str) -> Text:
    """The severity in its colour."""
    return Text(f" {severity} ", STYLES.get(severity, ""))


def show_alert(console: Console, alert: Mapping[str, Any]) -> None:
    """One alert in full: what changed, why it matters, whom it touches, and what undoes it."""
    word, style = DIRECTIONS.get(alert["direction"] or "", ("", ""))
    what = Text(alert["type"].replace("_", " "))
    title = Text("  ").join([severity_badge(alert["severity"]), what, where(alert["resource"])])
    title.append(f"  {word}" if word else "", style)
    console.print(title)
    console.print(Padding(Text(plain(alert["reason"])), (0, 0, 0, 2)))
    for label, value in _parts(alert):
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(min_width=8, no_wrap=True, style="dim")
        grid.add_column(overflow="fold")
        grid.add_row(label, value)
        console.print(Padding(grid, (0, 0, 0, 2)))
    if offered(alert["fix"]):
        # Not folded to the width: it is to be copied.
        for line in alert["fix"]["sql"].strip().splitlines():
            console.print(Text(f"            {plain(line)}", "green"), soft_wrap=True)


def offered(fix: Mapping[str, Any] | None) -> bool:
    """Whether the SQL is shown: it was proven, or nobody asked for that; what failed to prove is not."""
    return fix is not None and bool(fix["sql"]) and (fix["proven"] or fix["proof"] is None)


def _parts(alert: Mapping[str, Any]) -> Iterable[tuple[str, Text]]:
    yield from _change(alert["before"], alert["after"])
    if witness := alert["witness"]:
        yield "seen", Text(plain(witness["sentence"]), "bold")
    elif alert["latent"]:
        yield "seen", Text("latent: on a clone nobody could do more than before, as things are now", "dim")
    if alert["blast_radius"]:
        yield "touches", blast(alert["blast_radius"])
    if chunk := alert["spec_chunk"]:
        yield "spec", quotes(chunk)
    if people := alert.get("people"):
        yield "people", Text(plain(", ".join(people) if isinstance(people, list) else people))
    if alert["fix"] is not None or alert["severity"] != Severity.INFO:
        yield "fix", fix_words(alert["fix"])


def _change(before: str | None, after: str | None) -> Iterable[tuple[str, Text]]:
    old, new = (plain(text or "").rstrip() for text in (before, after))
    if old.count("\n") > 1 and new.count("\n") > 1:
        yield "change", _difference(old, new)
        return
    for label, text, style in (("was", old, ""), ("is", new, "bold")):
        lines = text.splitlines() or ["nothing"]
        shown = "\n".join(lines[:LINES]) + (f"\n… {len(lines) - LINES} more lines" if lines[LINES:] else "")
        yield label, Text(shown, style if text else "dim")


def _difference(old: str, new: str) -> Text:
    """The lines that changed, as ``diff -u`` marks them."""
    styles = {"+": "green", "-": "red", "@": "dim"}
    lines = list(difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=2))[2:]
    shown = [Text(line, styles.get(line[:1], "")) for line in lines[:LINES]]
    if lines[LINES:]:
        shown.append(Text(f"… {len(lines) - LINES} more lines", "dim"))
    return Text("\n").join(shown)


def blast(radius: Sequence[Mapping[str, Any]]) -> Text:
    """What depends on the changed object: how many of each kind, and the first by name."""
    kinds: dict[str, int] = {}
    for one in radius:
        kinds[one["kind"]] = kinds.get(one["kind"], 0) + 1
    words = ", ".join(counted(n, *_plural(kind)) for kind, n in kinds.items())
    named = [plain(".".join(filter(None, (one["schema"], one["name"])))) for one in radius[:NAMED]]
    text = Text.assemble(words, (f": {', '.join(named)}", "dim"))
    return text.append(f" and {len(radius) - NAMED} more" if radius[NAMED:] else "")


def _plural(kind: str) -> tuple[str, str]:
    one = plain(kind).replace("_", " ")
    many = f"{one[:-1]}ies" if one.endswith("y") else f"{one}es" if one.endswith(("x", "s")) else f"{one}s"
    return one, many


def quotes(chunk: Mapping[str, Any]) -> Text:
    """What the spec says about it, and how near that is."""
    said = " ".join(str(chunk.get("quote") or chunk.get("excerpt") or "").split())
    text = Text(f"“{plain(said)}”", "italic")
    if chunk.get("heading"):
        text.append(f"  {plain(chunk['heading'])}", "not italic dim")
    return text if chunk.get("how") == "plan" else text.append("  (the nearest passage)", "not italic dim")


def fix_words(fix: Mapping[str, Any] | None) -> Text:
    """Whether the fix is proven, and what is to be known before it is run."""
    if fix is None:
        return Text("none that SQL could be; look at it and decide", "dim")
    proof = fix["proof"] or {}
    if fix["proven"]:
        compared = counted(proof.get("compared", 0), "fact")
        text = Text.assemble(
            ("proven", "bold green"),
            f" on {plain(proof.get('where', 'a clone'))}: {compared} compared, none differs",
        )
    else:
        why = proof.get("why_not")
        tried = ", and so not offered" if fix["proof"] else ": it was not tried on a clone"
        text = Text.assemble(("not proven", "bold yellow"), tried, f": {plain(why)}" if why else "")
    if proof.get("missing"):
        text.append(f"\nwithout {plain(', '.join(proof['missing'][:NAMED]))}", "dim")
    if fix["hazards"]:
        text.append(f"\nmind {plain(', '.join(fix['hazards']))}", "yellow")
    if not fix.get("automatic", True):
        text.append("\nnever run by itself: read it first", "bold yellow")
    return text


def told(alert: Mapping[str, Any]) -> dict[str, Any]:
    """A stored alert, as it goes out on the wire, in the words of ``drift check --json``."""
    snake = {re.sub(r"[A-Z]", lambda m: f"_{m[0].lower()}", name): value for name, value in alert.items()}
    snake["id"] = alert["fingerprint"] or alert["id"]
    fix = snake["fix"]
    if fix and fix["proof"]:
        snake["fix"] = {**fix, "proof": {**fix["proof"], "why_not": fix["proof"].get("whyNot")}}
    return {**snake, "resource": {"kind": "", **{k: v or "" for k, v in snake["resource"].items()}}}
