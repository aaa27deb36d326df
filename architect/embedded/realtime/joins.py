"""How a client enters a channel: who it is, what it may hear, what it missed, and who is there."""

from __future__ import annotations

import asyncio
import zlib
from typing import TYPE_CHECKING, Any

from architect.embedded.realtime.config import Replay
from architect.embedded.realtime.database import DatabaseUnavailable
from architect.embedded.realtime.frames import Frame, dumps
from architect.embedded.realtime.message import Broadcast
from architect.embedded.realtime.replay import replay
from architect.embedded.realtime.tokens import TokenRefused

if TYPE_CHECKING:
    from architect.embedded.realtime.channel import Channel

#: How long a join waits for the feed from the database, so that nothing sent after the reply is missed.
LISTEN_S, LISTEN_PUBLIC_S = 5.0, 1.0
NO_DATABASE = "Realtime was unable to connect to the project database"
NO_CHANGES = "Changes of tables are not sent by the embedded platform: use realtime.broadcast_changes"


class JoinRefused(Exception):
    """The channel cannot be joined; the text is what the client is told."""


async def join(channel: Channel, frame: Frame) -> None:
    """Let ``channel`` in, or say why not and end it."""
    try:
        past = await _enter(channel)
    except TokenRefused as refused:
        reason = f"{refused.code}: {refused.message}"
    except JoinRefused as refused:
        reason = str(refused)
    except DatabaseUnavailable:
        reason = f"UnableToConnectToProject: {NO_DATABASE}"
    else:
        changes = [{**change, "id": _change_id(change)} for change in channel.config.postgres_changes]
        channel.socket.reply(frame, {"postgres_changes": changes})
        channel.catch_up(past)
        await _welcome(channel)
        return
    channel.tenant.hub.leave(channel)
    channel.tenant.note(reason, "WARN")
    await asyncio.sleep(channel.tenant.options.channel_backoff_s)
    channel.socket.reply(frame, {"reason": reason}, error=True)
    channel.end()


async def _enter(channel: Channel) -> list[Broadcast]:
    """Put the channel into its room; returns the messages of the past that it wants."""
    if not channel.topic:
        raise JoinRefused("TopicNameRequired: You must provide a topic name")
    channel.authenticate()
    await channel.authorize()
    wanted = _wanted_replay(channel)
    tenant = channel.tenant
    await tenant.listening(LISTEN_S if channel.private else LISTEN_PUBLIC_S)
    if wanted is not None:
        # What is still on its way from the database belongs to the past, too.
        await tenant.feed.drained()
    _check_open(channel)
    # In the room before the past is read, so that nothing falls between the two.
    channel.room = tenant.hub.enter(channel)
    if wanted is None:
        return []
    past = await replay(tenant.database, channel.topic, wanted.since_ms, wanted.limit)
    _check_open(channel)
    return past


async def _welcome(channel: Channel) -> None:
    """What follows the reply and the past: whether the database is heard, and who is there."""
    if channel.config.replication_ready:
        if not await channel.tenant.listening(channel.tenant.options.replication_ready_s):
            channel.shut("Replication connection was not established in time")
            return
        _check_open(channel)
        channel.system("Replication connection established", ok=True)
    if channel.config.postgres_changes:
        channel.system(NO_CHANGES, ok=False, extension="postgres_changes")
    if channel.tracking:
        channel.show_presence()
    else:
        # Who does not take part is told of it all the same, unless policies have a say.
        channel.sees_presence = not channel.private


def _check_open(channel: Channel) -> None:
    # Some waits of Python 3.11 overlook that their task was cancelled just as they ended.
    if not channel.open:
        raise asyncio.CancelledError


def _wanted_replay(channel: Channel) -> Replay | None:
    asked = channel.config.replay
    if asked is None:
        return None
    if not channel.private:
        raise JoinRefused("UnableToReplayMessages: Replay is not allowed for public channels")
    if not channel.reads.broadcast:
        raise channel.unreadable()
    try:
        return Replay.of(asked, most=channel.tenant.options.replay_limit)
    except ValueError as error:
        raise JoinRefused(f"UnableToReplayMessages: {error}") from None


def _change_id(change: dict[str, Any]) -> int:
    return zlib.crc32(dumps(change).encode())
