"""Regions as the hosted API names them. Here they are labels: everything runs on this machine."""

from __future__ import annotations

from typing import Any

from architect.embedded.platform.errors import ApiError

SPECIFIC = {
    "us-east-1": "East US (North Virginia)",
    "us-east-2": "East US (Ohio)",
    "us-west-1": "West US (North California)",
    "us-west-2": "West US (Oregon)",
    "ca-central-1": "Canada (Central)",
    "sa-east-1": "South America (São Paulo)",
    "eu-west-1": "West EU (Ireland)",
    "eu-west-2": "West Europe (London)",
    "eu-west-3": "West EU (Paris)",
    "eu-north-1": "North EU (Stockholm)",
    "eu-central-1": "Central EU (Frankfurt)",
    "eu-central-2": "Central Europe (Zurich)",
    "ap-south-1": "South Asia (Mumbai)",
    "ap-southeast-1": "Southeast Asia (Singapore)",
    "ap-northeast-1": "Northeast Asia (Tokyo)",
    "ap-northeast-2": "Northeast Asia (Seoul)",
    "ap-east-1": "East Asia (Hong Kong)",
    "ap-southeast-2": "Oceania (Sydney)",
}
#: Part of the world: its name and the region taken there.
GROUPS = {
    "americas": ("Americas", "us-east-1"),
    "emea": ("Europe", "eu-central-1"),
    "apac": ("Asia-Pacific", "ap-southeast-1"),
}


def nearest(group: str) -> str:
    """The region taken in a part of the world. Raises :class:`ApiError` 400 for an unknown one."""
    if group not in GROUPS:
        raise ApiError(400, f"region_selection.code: one of {', '.join(GROUPS)}")
    return GROUPS[group][1]


def listing() -> dict[str, Any]:
    """The hosted API's list. Nothing is nearer than anything else: the first of each kind is recommended."""
    groups = [{"name": name, "code": code, "type": "smartGroup"} for code, (name, _) in GROUPS.items()]
    specific = [
        {"name": name, "code": code, "type": "specific", "provider": "AWS"} for code, name in SPECIFIC.items()
    ]
    return {
        "recommendations": {"smartGroup": groups[0], "specific": specific[:1]},
        "all": {"smartGroup": groups, "specific": specific},
    }
