"""Rooms: who hears what. Public and private channels of one name are two rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from architect.embedded.realtime.limits import Limits
from architect.embedded.realtime.message import Broadcast, Message
from architect.embedded.realtime.presence import Diff, Presences

if TYPE_CHECKING:
    from architect.embedded.realtime.channel import Channel

TOO_MANY_MESSAGES = "Too many messages per second"


class Room:
    """The channels that share one name, and who of them is present."""

    def __init__(self) -> None:
        #: In the order of their coming.
        self.members: dict[Channel, None] = {}
        self.presences = Presences()


class Hub:
    """The rooms of one ref, by (private, topic)."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._rooms: dict[tuple[bool, str], Room] = {}

    def enter(self, channel: Channel) -> Room:
        """Make ``channel`` a member of its room."""
        room = self._rooms.setdefault((channel.private, channel.topic), Room())
        room.members[channel] = None
        return room

    def leave(self, channel: Channel) -> None:
        """Take ``channel`` out of its room. Safe to repeat."""
        where = (channel.private, channel.topic)
        room = self._rooms.get(where)
        if room is None or channel not in room.members:
            return
        del room.members[channel]
        self.tell(channel, room, room.presences.untrack(channel))
        if not room.members:
            del self._rooms[where]

    def tell(self, channel: Channel, room: Room, diff: Diff | None) -> None:
        """Let everybody in the room of ``channel`` know who came and went."""
        if diff is None:
            return
        message = Message(channel.topic, "presence_diff", diff)
        self._limits.presences.add(len(room.members))
        for member in list(room.members):
            member.see(message)

    def deliver(self, private: bool, broadcast: Broadcast, *, exclude: Channel | None = None) -> None:
        """Put ``broadcast`` on the queue of every member of its room but ``exclude``. Never waits."""
        room = self._rooms.get((private, broadcast.topic))
        if room is None:
            return
        members = list(room.members)
        self._limits.messages.add(len(members) - (exclude in room.members))
        for member in members:
            if member is not exclude:
                member.hear(broadcast)
        if self._limits.messages.exceeded:
            for member in members:
                if member is not exclude:
                    member.shut(TOO_MANY_MESSAGES)
