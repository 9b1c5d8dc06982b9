"""What the parts of the shop are called. The public names are fixed; other seeds draw their own.

A hidden test that uses other names finds an answer which only fits the names of the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from random import Random
from typing import Any

from course.incidents.seeds import PUBLIC, stream

ROLES = ("checkout", "payment", "inventory", "cart", "search", "receipt", "order_worker")

_FUNCTIONS = {
    "checkout": ("place-order", "purchase", "buy"),
    "payment": ("charge", "billing", "card-charge"),
    "inventory": ("stock", "warehouse", "availability"),
    "cart": ("basket", "trolley", "bag"),
    "search": ("find-products", "catalog-search", "lookup"),
    "receipt": ("invoice-mail", "confirmation", "receipts"),
    "order_worker": ("fulfilment", "order-consumer", "dispatch-worker"),
}
_SHOPS = ("kiosk", "market", "boutique", "bazaar", "outlet", "depot", "arcade", "corner")
_PROVIDERS = ("southbank", "payfast", "ledgerly", "creditco", "quickcard", "ironpay", "bluecard")


@dataclass(frozen=True)
class Names:
    """The names of one world. Functions by role; see `ROLES`."""

    shop: str
    stage: str
    checkout: str
    payment: str
    inventory: str
    cart: str
    search: str
    receipt: str
    order_worker: str
    table: str
    queue: str
    dlq: str
    topic: str
    stream: str
    cache: str
    terminal_group: str
    namespace: str
    providers: tuple[str, ...]

    def function(self, role: str) -> str:
        """The name of the Lambda function that plays `role`."""
        return str(getattr(self, role))

    @property
    def access_group(self) -> str:
        """The log group of the API's access logs."""
        return f"/aws/apigateway/{self.shop}/access"

    def lambda_group(self, role: str) -> str:
        """The log group of a function: Lambda's default, named after it."""
        return f"/aws/lambda/{self.function(role)}"


_PUBLIC_NAMES = Names(
    shop="shop",
    stage="prod",
    checkout="checkout",
    payment="payment",
    inventory="inventory",
    cart="cart",
    search="search",
    receipt="receipt",
    order_worker="order-worker",
    table="orders",
    queue="orders",
    dlq="orders-dlq",
    topic="order-events",
    stream="clicks",
    cache="catalog",
    terminal_group="/shop/terminal",
    namespace="Shop/Checkout",
    providers=("northbank", "cardly", "voucher"),
)


def draw(seed: int | str, overrides: Mapping[str, str] | None = None) -> Names:
    """The names of the world of `seed`; `overrides` replaces single ones, by field name.

    Raises ValueError for a field that does not exist, listing those that do.
    """
    chosen = _PUBLIC_NAMES if seed == PUBLIC else _drawn(stream(seed, "names"))
    known = {field.name for field in fields(Names)}
    unknown = sorted(set(overrides or {}) - known)
    if unknown:
        raise ValueError(f"no name called {unknown[0]!r}; there are: {', '.join(sorted(known))}")
    changes: dict[str, Any] = dict(overrides or {})
    return replace(chosen, **changes)


def _drawn(rng: Random) -> Names:
    shop = rng.choice(_SHOPS)
    functions: dict[str, Any] = {
        role: f"{shop}-{rng.choice(names)}" for role, names in _FUNCTIONS.items()
    }
    return Names(
        shop=shop,
        stage=rng.choice(("live", "prod", "v1", "main")),
        **functions,
        table=f"{shop}-{rng.choice(('orders', 'purchases', 'sales'))}",
        queue=(queue := f"{shop}-{rng.choice(('orders', 'new-orders', 'fulfil'))}"),
        dlq=f"{queue}-dead",
        topic=f"{shop}-{rng.choice(('events', 'order-events', 'sold'))}",
        stream=f"{shop}-{rng.choice(('clicks', 'views', 'activity'))}",
        cache=f"{shop}-{rng.choice(('catalog', 'products', 'pages'))}",
        terminal_group=f"/{shop}/{rng.choice(('terminal', 'card-reader', 'till'))}",
        namespace=f"{shop.capitalize()}/{rng.choice(('Orders', 'Sales', 'Purchases'))}",
        providers=(*rng.sample(_PROVIDERS, 2), "giftcard"),
    )
