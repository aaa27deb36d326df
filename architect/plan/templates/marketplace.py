"""A marketplace: people list things, others bid, buy, pay, review and ask."""

from __future__ import annotations

from architect.plan.model import (
    Command,
    InsertSelf,
    LiteralValue,
    Origin,
    Owner,
    ParentOwner,
    PublicRead,
    Range,
    Table,
)
from architect.plan.templates.parts import (
    column,
    created_at,
    key,
    reference,
    status,
    table,
    updated_at,
    user,
    words,
)

_T = Origin.TEMPLATE
_SELECT, _INSERT, _UPDATE, _DELETE = Command
_WRITE = [_INSERT, _UPDATE, _DELETE]
_POSITIVE = Range(min=0, exclusive_min=True)


def tables() -> list[Table]:
    return [
        _profiles(),
        _categories(),
        _listings(),
        _favorites(),
        _bids(),
        _orders(),
        _payments(),
        _reviews(),
        _messages(),
    ]


def _profiles() -> Table:
    return table(
        "profiles",
        "How a person appears to others.",
        [user("id"), words("display_name"), column("bio", nullable=True), column("avatar_url", nullable=True),
         created_at(), updated_at()],
        [
            PublicRead(name="profiles_public_read", origin=_T),
            Owner(name="profiles_own_write", origin=_T, commands=[_INSERT, _UPDATE], column="id"),
        ],
    )  # fmt: skip


def _categories() -> Table:
    return table(
        "categories",
        "What listings are sorted into; kept by the operator.",
        [key(), column("name", unique=True), column("description", nullable=True),
         reference("parent_id", "categories", keep=True), created_at()],
        [PublicRead(name="categories_public_read", origin=_T)],
    )  # fmt: skip


def _listings() -> Table:
    return table(
        "listings",
        "Something offered for sale.",
        [key(), user("seller_id"), reference("category_id", "categories", keep=True), words("title"),
         column("description", nullable=True), column("price", "numeric", Range(min=0)),
         column("currency", default=LiteralValue(value="USD")), status("active", "draft", "sold", "archived"),
         created_at(), updated_at()],
        [
            PublicRead(name="listings_public_read", origin=_T),
            Owner(name="listings_owner_write", origin=_T, commands=_WRITE, column="seller_id"),
        ],
    )  # fmt: skip


def _favorites() -> Table:
    return table(
        "favorites",
        "A listing somebody wants to find again.",
        [user("user_id"), reference("listing_id", "listings"), created_at()],
        [Owner(name="favorites_own", origin=_T, commands=[_SELECT, _INSERT, _DELETE], column="user_id")],
        key=("user_id", "listing_id"),
    )


def _bids() -> Table:
    return table(
        "bids",
        "What somebody would pay for a listing; seen by the bidder only.",
        [key(), reference("listing_id", "listings"), user("bidder_id"),
         column("amount", "numeric", _POSITIVE), column("message", nullable=True), created_at()],
        [
            Owner(name="bids_own_read", origin=_T, commands=[_SELECT], column="bidder_id"),
            InsertSelf(name="bids_insert_self", origin=_T, column="bidder_id"),
        ],
    )  # fmt: skip


def _orders() -> Table:
    seen_by_seller = ParentOwner(
        name="orders_seller_read", origin=_T, commands=[_SELECT],
        column="listing_id", table="listings", owner_column="seller_id",
    )  # fmt: skip
    return table(
        "orders",
        "A purchase; its buyer and the seller of its listing see it. The service moves its status.",
        [key(), reference("listing_id", "listings", restrict=True), user("buyer_id", keep=True),
         column("quantity", "integer", _POSITIVE, default=LiteralValue(value=1)),
         column("total", "numeric", Range(min=0)), column("shipping_address", nullable=True),
         status("pending", "paid", "shipped", "completed", "canceled"), created_at(), updated_at()],
        [
            Owner(name="orders_buyer_read", origin=_T, commands=[_SELECT], column="buyer_id"),
            seen_by_seller,
            InsertSelf(name="orders_insert_self", origin=_T, column="buyer_id"),
        ],
    )  # fmt: skip


def _payments() -> Table:
    seen_by_buyer = ParentOwner(
        name="payments_buyer_read", origin=_T, commands=[_SELECT],
        column="order_id", table="orders", owner_column="buyer_id",
    )  # fmt: skip
    return table(
        "payments",
        "Money for an order, written by the service when the payment provider reports it.",
        [key(), reference("order_id", "orders", restrict=True), column("amount", "numeric", _POSITIVE),
         column("provider_reference", nullable=True, unique=True),
         status("pending", "succeeded", "failed", "refunded"),
         created_at(), updated_at()],
        [seen_by_buyer],
    )  # fmt: skip


def _reviews() -> Table:
    by_buyer = ParentOwner(
        name="reviews_buyer_write", origin=_T, commands=[_INSERT, _UPDATE, _DELETE],
        column="order_id", table="orders", owner_column="buyer_id",
    )  # fmt: skip
    # No reviewer column: the order says who it was, so nobody can write in another's name.
    order, link = reference("order_id", "orders")
    order.unique = True
    return table(
        "reviews",
        "What the buyer of an order says about it.",
        [key(), (order, link), column("rating", "integer", Range(min=1, max=5)),
         column("comment", nullable=True), created_at(), updated_at()],
        [PublicRead(name="reviews_public_read", origin=_T), by_buyer],
    )  # fmt: skip


def _messages() -> Table:
    return table(
        "messages",
        "Words between two people, about a listing or not.",
        [key(), reference("listing_id", "listings", keep=True), user("sender_id"),
         user("recipient_id", self_default=False), words("body"), created_at()],
        [
            Owner(name="messages_sender_read", origin=_T, commands=[_SELECT], column="sender_id"),
            Owner(name="messages_recipient_read", origin=_T, commands=[_SELECT], column="recipient_id"),
            InsertSelf(name="messages_insert_self", origin=_T, column="sender_id"),
        ],
    )  # fmt: skip
