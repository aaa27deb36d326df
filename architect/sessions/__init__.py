"""Build sessions: what was asked for, how far it is, what came out, and who is at work on it."""

from __future__ import annotations

from architect.sessions.control_plane import ControlPlane
from architect.sessions.lease import Lease
from architect.sessions.model import LOCAL_TENANT, BuildOptions, Node, Resource, Session, ToolCall
from architect.sessions.tool_calls import ToolCallRecorder

__all__ = [
    "LOCAL_TENANT",
    "BuildOptions",
    "ControlPlane",
    "Lease",
    "Node",
    "Resource",
    "Session",
    "ToolCall",
    "ToolCallRecorder",
]
