"""What a client sends on a joined channel, and what is done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from architect.embedded.realtime.database import DatabaseUnavailable
from architect.embedded.realtime.frames import Frame, UserPayload
from architect.embedded.realtime.message import Broadcast
from architect.embedded.realtime.room import TOO_MANY_MESSAGES
from architect.embedded.realtime.tokens import TokenRefused

if TYPE_CHECKING:
    from architect.embedded.realtime.channel import Channel


async def handle(channel: Channel, frame: Frame) -> None:
    """Do what ``frame`` asks for."""
    if frame.event == "phx_leave":
        _leave(channel, frame)
    elif frame.event == "broadcast":
        await _broadcast(channel, frame)
    elif frame.event == "presence":
        await _presence(channel, frame)
    elif frame.event == "access_token":
        await _access_token(channel, frame)
    else:
        channel.tenant.note(f"UnexpectedMessage: of type {frame.event!r}", "WARN")


def _leave(channel: Channel, frame: Frame) -> None:
    channel.socket.reply(frame, {})
    # A late word about an earlier join of the same name does not end this one.
    if frame.join_ref is None or str(frame.join_ref) == str(channel.join_ref):
        channel.finish()


async def _broadcast(channel: Channel, frame: Frame) -> None:
    refusal = await _send(channel, frame)
    if channel.config.ack:
        channel.socket.reply(frame, refusal or {}, error=refusal is not None)
    if channel.tenant.limits.messages.exceeded:
        channel.shut(TOO_MANY_MESSAGES)


async def _send(channel: Channel, frame: Frame) -> dict[str, str] | None:
    """Send a broadcast to the room; returns what an acknowledgement says if that cannot be."""
    broadcast = _read(channel, frame)
    if broadcast is None:
        return {"reason": "Broadcast payload must be a map"}
    try:
        allowed = await channel.may_write("broadcast")
    except DatabaseUnavailable:
        channel.tenant.note("UnableToHandleBroadcast: the database does not answer", "ERROR")
        return {"reason": "Realtime was unable to connect to the project database"}
    if not allowed:
        where = f"permissions to write to this Channel topic: {channel.topic}"
        return {"reason": f"Unauthorized: You do not have {where}"}
    channel.tenant.limits.messages.add()
    if frame.size > channel.tenant.options.max_payload:
        return {"error": "payload_size_exceeded"}
    excluded = None if channel.config.self_broadcast else channel
    channel.tenant.hub.deliver(channel.private, broadcast, exclude=excluded)
    return None


def _read(channel: Channel, frame: Frame) -> Broadcast | None:
    body = frame.payload
    if isinstance(body, UserPayload):
        return Broadcast(channel.topic, body.event, body.value, text=body.text)
    if not isinstance(body, dict):
        return None
    return Broadcast(channel.topic, str(body.get("event")), body.get("payload"), body=body)


async def _presence(channel: Channel, frame: Frame) -> None:
    body = frame.payload
    if not isinstance(body, dict) or "event" not in body:
        channel.socket.reply(frame, {})
        return
    if not channel.presence_calls.take():
        channel.shut("Client presence rate limit exceeded")
        return
    event = str(body["event"]).lower()
    if event == "track":
        await _track(channel, frame, body.get("payload", {}))
    elif event == "untrack":
        channel.socket.reply(frame, {})
        _tell(channel, None)
    else:
        channel.tenant.note(f"UnknownPresenceEvent: {event}", "WARN")
        channel.socket.reply(frame, {}, error=True)


async def _track(channel: Channel, frame: Frame, payload: Any) -> None:
    if not await _may_track(channel):
        channel.socket.reply(frame, {}, error=True)
    elif not isinstance(payload, dict):
        channel.socket.reply(frame, {"reason": "Presence track payload must be a map"}, error=True)
    elif frame.size > channel.tenant.options.max_payload:
        channel.shut("Track message size exceeded")
    elif channel.tenant.limits.presences.exceeded:
        channel.shut("Too many presence messages per second")
    else:
        channel.tenant.limits.presences.add()
        channel.socket.reply(frame, {})
        _tell(channel, payload)


async def _may_track(channel: Channel) -> bool:
    try:
        if not await channel.may_write("presence"):
            return False
        if not channel.tracking and channel.private:
            await channel.ask_reads(presence=True)
    except DatabaseUnavailable:
        channel.tenant.note("UnableToHandlePresence: the database does not answer", "ERROR")
        return False
    return True


def _tell(channel: Channel, payload: dict[str, Any] | None) -> None:
    """Track or untrack the channel and let the room know."""
    room = channel.room
    assert room is not None
    if payload is None:
        diff = room.presences.untrack(channel)
    else:
        diff = room.presences.track(channel, channel.config.presence_key, payload)
    channel.tenant.hub.tell(channel, room, diff)
    if payload is not None and not channel.tracking:
        # Whoever was there before is not in any message from now on.
        channel.tracking = True
        channel.show_presence()


async def _access_token(channel: Channel, frame: Frame) -> None:
    """A fresh token; the channel is shut when it reads less than the one before."""
    token = frame.payload.get("access_token") if isinstance(frame.payload, dict) else None
    if not isinstance(token, str) or token.startswith("sb_") or token == channel.token:
        return
    channel.token = token
    before = channel.reads
    try:
        channel.authenticate()
        await channel.authorize()
    except TokenRefused as refused:
        channel.shut(refused.message)
    except DatabaseUnavailable:
        channel.shut("Realtime was unable to connect to the project database")
    else:
        after = channel.reads
        if (before.broadcast and not after.broadcast) or (before.presence and not after.presence):
            channel.shut(f"You no longer have permission to read from this Channel topic: {channel.topic}")
