"""Words that name the same thing in a spec and in a template."""

from __future__ import annotations

from architect.plan.names import fold

_TABLES = """
profile user_profile user
organization organisation company workspace team tenant account
membership member organization_member organization_membership workspace_member workspace_membership
 team_member team_membership company_member account_member
invitation invite
listing product item advert ad classified
favorite favourite wishlist wishlist_item saved_listing saved_item bookmark
order purchase
payment transaction
review rating
message chat_message direct_message
category product_category listing_category
bid offer
"""
_COLUMNS = """
title name headline
description details summary
body content text message
comment body text review_text
full_name name display_name
quantity qty
total total_amount total_price amount order_total
price asking_price unit_price
rating score stars
status state
avatar_url avatar photo_url photo picture
shipping_address address delivery_address
due_date deadline due_on due_at
provider_reference transaction_id payment_reference external_id
"""
#: Columns that hold a user, by the part the user plays.
_ACTORS = """
seller_id owner_id vendor_id merchant_id author_id creator_id created_by user_id host_id provider_id
 posted_by listed_by
buyer_id customer_id purchaser_id client_id user_id ordered_by
bidder_id user_id
sender_id author_id from_id sent_by
recipient_id receiver_id to_id
created_by owner_id creator_id author_id user_id
assignee_id assigned_to responsible_id
invited_by inviter_id sender_id
"""


def _groups(text: str) -> list[frozenset[str]]:
    """One group a line; a line that starts with a space goes on with the one before."""
    return [frozenset(line.split()) for line in text.strip().replace("\n ", " ").splitlines()]


_TABLE_GROUPS = [frozenset(fold(w) for w in group) for group in _groups(_TABLES)]
_COLUMN_GROUPS = _groups(_COLUMNS)
_ACTOR_GROUPS = _groups(_ACTORS)


def same_table(one: str, other: str) -> bool:
    """Whether two table names may mean the same entity, apart from singular and plural."""
    return any({fold(one), fold(other)} <= group for group in _TABLE_GROUPS)


def same_column(one: str, other: str) -> bool:
    return any({one, other} <= group for group in _COLUMN_GROUPS)


def same_actor(one: str, other: str) -> bool:
    """Whether two columns that hold a user may mean the same person."""
    return any({one, other} <= group for group in _ACTOR_GROUPS)
