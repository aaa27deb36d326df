"""What an operator may tune on the Realtime server. The defaults are those of a self-hosted Supabase."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Count = Annotated[int, Field(gt=0)]


class RealtimeOptions(BaseSettings):
    """Read from ``ARCHITECT_REALTIME_*`` environment variables. Rates are of one project or branch."""

    model_config = SettingsConfigDict(env_prefix="ARCHITECT_REALTIME_")

    max_connections: Count = 200
    #: Channels of one connection.
    max_channels: Count = 100
    max_joins_per_s: Positive = 100
    #: Broadcasts in and out, as an average over a minute.
    max_messages_per_s: Positive = 100
    max_presence_per_s: Positive = 1000
    #: Presence calls of one channel in a window; one more closes it.
    presence_calls: Count = 5
    presence_window_s: Positive = 30
    #: Largest payload of a broadcast or a presence, and largest frame, in bytes.
    max_payload: Count = 3_000_500
    max_frame: Count = 5_000_000
    #: Most messages that a replay brings.
    replay_limit: Annotated[int, Field(gt=0, le=25)] = 25
    #: Delay of refusals, so that a client that tries again at once does no harm.
    connect_backoff_s: NotNegative = 2
    channel_backoff_s: NotNegative = 5
    #: A socket is closed after this long without a frame, or without a channel.
    idle_s: Positive = 60
    no_channel_s: Positive = 600
    #: Longest time between two looks at the key and the token of a channel.
    recheck_s: Positive = 300
    #: How long a channel that asks for it waits for the feed from the database.
    replication_ready_s: Positive = 10
    #: The database connections of a ref close this long after its last socket.
    tenant_idle_s: Positive = 60
    #: What may wait for one slow client before it is disconnected.
    queue_frames: Count = 10_000
    queue_bytes: Count = 16_000_000
