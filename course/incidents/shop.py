"""What the shop's functions do with a request, and API Gateway's part in front of them.

API Gateway's answers follow "Gateway response types" and "Handle Lambda errors in API Gateway": a
function error is a 502, no answer within the integration timeout a 504, an invocation that Lambda
refuses a 500, a throttled caller a 429, an unknown path a 403. The type of the 500 and the 502 is
INTEGRATION_FAILURE, as in the account (`course.telemetry.apis.answers` says where that was seen).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from course.incidents import emf
from course.incidents.model import ApiRequest, Invocation, Message, Step
from course.incidents.seeds import stream, uuid
from course.incidents.simulation import Raised, Run, Simulation

Work = Callable[[Run], None]

WORDS = ("shoes", "lamp", "kettle", "backpack", "headphones", "desk", "mug", "jacket", "camera")
AGENTS = (
    "Mozilla/5.0 (Macintosh)",
    "Mozilla/5.0 (Windows NT 10.0)",
    "shop-app/4.1.3",
    "shop-app/4.2.0",
)
TIERS = ("standard", "silver", "gold")
# Rate (requests per second) and burst that the stage allows a method; see `resources`.
METHOD_LIMITS = {"/search": (0.6, 6), "/products/{id}": (0.6, 6), "/cart/items": (0.6, 6)}
INTEGRATION_TIMEOUT = {"/checkout": 6_000}
DEFAULT_INTEGRATION_TIMEOUT = 29_000


@dataclass
class Customer:
    """Who asks. Addresses are of the ranges reserved for documentation (RFC 5737)."""

    id: str
    ip: str
    agent: str


@dataclass
class Order:
    id: str
    customer: str
    amount: float
    items: int
    sku: str
    provider: str
    one_click: bool
    has_address: bool
    tier: str


def customers(rng: Random, count: int = 400) -> list[Customer]:
    """The shop's customers."""
    return [
        Customer(
            id=f"c-{1000 + number}",
            ip=f"{rng.choice(('203.0.113', '192.0.2'))}.{rng.randint(1, 254)}",
            agent=rng.choices(AGENTS, (30, 35, 10, 25))[0],
        )
        for number in range(count)
    ]


@dataclass
class Bucket:
    """A token bucket, as API Gateway throttles methods (rate per second, burst)."""

    rate: float
    burst: float
    tokens: float = field(default=-1.0)
    at: float = 0.0

    def admits(self, time: float) -> bool:
        full = self.burst if self.tokens < 0 else self.tokens + (time - self.at) / 1000 * self.rate
        self.tokens, self.at = min(self.burst, full), time
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class Front:
    """The API: takes requests in time order, throttles, calls functions, answers."""

    def __init__(self, sim: Simulation) -> None:
        self.sim = sim
        self.ids = stream(sim.seed, "api")
        self.buckets = {path: Bucket(*limit) for path, limit in METHOD_LIMITS.items()}
        self.orders = self.ids.randint(40_000, 90_000)

    def request(
        self, time: float, who: Customer, method: str, resource: str, path: str
    ) -> ApiRequest:
        made = ApiRequest(time, uuid(self.ids), who.ip, who.agent, method, resource, path)
        self.sim.truth.requests.append(made)
        return made

    def serve(self, request: ApiRequest, role: str, work: Work) -> None:
        """Answers a request by a function, unless its method is throttled."""
        bucket = self.buckets.get(request.resource)
        if bucket is not None and not bucket.admits(request.time):
            self._refuse(request, 429, "THROTTLED", "Too Many Requests")
            request.trace_id = self.sim.refused_trace(request.time)
            return
        called = request.called = request.time + self.ids.uniform(1, 4)
        request.trace_id = self.sim.trace(request.time)
        request.function = self.sim.names.function(role)
        request.invocation = self.sim.invoke(role, called, work, request.trace_id)
        self._answer(request, request.invocation, called)

    def unknown(self, time: float, who: Customer) -> None:
        """A path that the API does not have: what scanners ask for."""
        path = self.ids.choice(("/wp-login.php", "/.env", "/admin", "/phpmyadmin/"))
        request = self.request(time, who, "GET", "-", path)
        token = "MISSING_AUTHENTICATION_TOKEN"
        self._refuse(request, 403, token, "Missing Authentication Token")

    def _refuse(self, request: ApiRequest, status: int, kind: str, message: str) -> None:
        request.status, request.error_type, request.error_message = status, kind, message
        request.latency = round(self.ids.uniform(1, 5))

    def _answer(self, request: ApiRequest, done: Invocation | None, called: float) -> None:
        took = (
            self.ids.uniform(6, 14) if done is None else done.end - called + self.ids.uniform(2, 7)
        )
        limit = INTEGRATION_TIMEOUT.get(request.resource, DEFAULT_INTEGRATION_TIMEOUT)
        request.integration_request_id = done.request_id if done else None
        request.integration_status = 429 if done is None else 200
        if took > limit:
            took, request.status, request.integration_status = limit, 504, None
            request.integration_request_id = None
            request.error_type = "INTEGRATION_TIMEOUT"
            request.error_message = "Endpoint request timed out"
        elif done is None or done.status != "ok":
            request.status = 500 if done is None else 502
            request.error_type = "INTEGRATION_FAILURE"
            request.error_message = "Internal server error"
        else:
            request.status = done.response
        request.integration_latency = round(took)
        request.latency = round(took + self.ids.uniform(2, 9))

    def new_order(self, who: Customer) -> Order:
        rng, self.orders = self.ids, self.orders + 1
        items = min(1 + int(rng.expovariate(0.9)), 9)
        return Order(
            id=f"o-{self.orders}",
            customer=who.id,
            amount=round(items * rng.lognormvariate(3.2, 0.6), 2),
            items=items,
            sku=f"sku-{rng.randint(100, 460)}",
            provider=rng.choices(self.sim.names.providers, (55, 33, 12))[0],
            one_click=rng.random() < 0.35,
            has_address=rng.random() > 0.012,
            tier=stream(self.sim.seed, f"tier/{who.id}").choices(TIERS, (50, 30, 20))[0],
        )


# -- what the functions do ---------------------------------------------------------------------


def checkout(order: Order) -> Work:
    """Reserve stock, take the money, save the order, hand it to the queue."""

    def work(run: Run) -> None:
        run.log("INFO", "checkout started", orderId=order.id, customerId=order.customer)
        _annotate_order(run, order)
        run.compute()
        _no_missing_setting(run)
        stock = run.call("inventory", reserve(order))
        if stock.status != "ok":
            raise Raised(
                "InventoryError", f"stock of {order.sku} is unknown", _frame("checkout", 41)
            )
        before = run.now
        if not _paid(run, order):
            run.invocation.response = 402
            run.log("WARNING", "payment declined", orderId=order.id, provider=order.provider)
            return
        waited = round(run.now - before, 2)
        run.table("PutItem", write=float(1 + order.items // 4))
        with run.step("sqs", "SendMessage", queue_url=run.shop.names.queue) as sent:
            trace = run.invocation.trace_id
            run.shop.truth.messages.append(
                Message(run.now, _body(order), trace_id=trace, step=sent)
            )
            run.spend(run.rng.uniform(5, 14))
        run.log("INFO", "order placed", orderId=order.id, items=order.items)
        _metrics(run, order, waited)

    return work


def _annotate_order(run: Run, order: Order) -> None:
    """What the code makes searchable in the trace, and what it only keeps there."""
    known = {"order_id": order.id, "tier": order.tier, "provider": order.provider}
    run.invocation.annotations.update(known)
    run.invocation.metadata["order"] = {
        "customer": order.customer,
        "items": order.items,
        "amount": order.amount,
    }


def _metrics(run: Run, order: Order, waited: float) -> None:
    run.print(
        emf.document(
            run.now,
            run.shop.names.namespace,
            {"Service": run.shop.names.checkout, "PaymentProvider": order.provider},
            {"Orders": 1, "PaymentLatency": waited, "BasketValue": order.amount},
            {"orderId": order.id, "requestId": run.invocation.request_id},
        )
    )


def _body(order: Order) -> dict[str, Any]:
    body: dict[str, Any] = {"orderId": order.id, "customerId": order.customer, "items": order.items}
    return {**body, "address": True} if order.has_address else body


def _frame(module: str, line: int, code: str = "raise", function: str = "lambda_handler") -> Any:
    return (f"/var/task/{module}.py", line, function, code)


def _paid(run: Run, order: Order) -> bool:
    """Whether the payment went through. A timeout is tried a second time, but not for one-click."""
    for attempt in (1, 2):
        payment = run.call("payment", charge(order))
        if payment.status == "ok":
            return payment.response == 200
        problem = "payment timed out" if payment.status == "timeout" else "payment failed"
        run.log("ERROR", problem, orderId=order.id, provider=order.provider, attempt=attempt)
        if payment.status != "timeout" or order.one_click:
            break
    raise Raised(
        "PaymentError",
        f"{problem} for order {order.id}",
        _frame("checkout", 47, "receipt = pay(order)"),
        _frame("checkout", 83, 'raise PaymentError(f"{problem} for order {order_id}")', "pay"),
    )


def _no_missing_setting(run: Run) -> None:
    if run.shop.setting_is_missing(run):
        code = 'rate = os.environ["TAX_TABLE"]'
        raise Raised("KeyError", "'TAX_TABLE'", _frame(run.invocation.role, 22, code))


def charge(order: Order) -> Work:
    def work(run: Run) -> None:
        details = f"order={order.id} amount={order.amount:.2f} provider={order.provider}"
        run.log("INFO", f"charging {details}")
        run.compute()
        _no_missing_setting(run)
        run.invocation.annotations["provider"] = order.provider
        took = run.shop.provider_time(order.provider, run.now)
        if run.rng.random() < 0.012:
            run.log("ERROR", f"provider {order.provider} answered HTTP 503, trying again")
            _ask_provider(run, order, took * 0.6, status=503)
        answered = _ask_provider(run, order, took)
        if run.rng.random() < 0.04:
            run.invocation.response = answered.status = 402
            run.log("WARNING", f"payment declined {details}")
        elif run.rng.random() < 0.05:
            run.log("INFO", f"reconciled {run.rng.randint(3, 40)} charges, no ERROR found")

    return work


def _ask_provider(run: Run, order: Order, took: float, status: int = 200) -> Step:
    with run.step(provider_host(order.provider), method="POST", path="/v1/charges") as step:
        step.status = status
        run.spend(took)
    return step


def provider_host(provider: str) -> str:
    """Where a card provider answers; a name under a domain that nobody can own (RFC 2606)."""
    return f"api.{provider}.example"


def reserve(order: Order) -> Work:
    def work(run: Run) -> None:
        run.compute()
        _no_missing_setting(run)
        run.table("Query", read=0.5)
        run.log("INFO", f"reserved sku={order.sku} quantity={order.items}")

    return work


def product(number: int) -> Work:
    def work(run: Run) -> None:
        run.compute()
        _no_missing_setting(run)
        run.table("GetItem", read=0.5)
        found = number <= 460
        run.invocation.response = 200 if found else 404
        run.log("INFO", f"{'read' if found else 'no such'} sku=sku-{number}")

    return work


def basket(customer: str, quantity: int) -> Work:
    def work(run: Run) -> None:
        run.compute()
        _no_missing_setting(run)
        if run.rng.random() < 0.006:
            code = 'quantity = int(item["quantity"])'
            raise Raised("KeyError", "'quantity'", _frame("cart", 31, code, "add_item"))
        if quantity > 8:
            run.invocation.response = 400
            run.log("WARNING", "quantity refused", customerId=customer, quantity=quantity)
            return
        run.shop.truth.records.append((run.now, run.rng.randint(180, 420)))
        run.spend(run.rng.uniform(6, 15))
        run.log("INFO", "item added", customerId=customer, quantity=quantity)

    return work


def find(word: str) -> Work:
    def work(run: Run) -> None:
        run.compute()
        cached = run.shop.cache_hit(run.now)
        run.spend(run.rng.uniform(1, 3) if cached else 190 * run.rng.lognormvariate(0, 0.35))
        run.shop.truth.records.append((run.now, run.rng.randint(140, 260)))
        run.spend(run.rng.uniform(6, 15))
        hits = run.rng.randint(0, 60)
        run.log("INFO", f'search query="{word}" hits={hits} cached={str(cached).lower()}')

    return work


def receipt(order_id: str, customer: str) -> Work:
    def work(run: Run) -> None:
        run.compute()
        run.log("INFO", f"REPORT generated for user {customer} order={order_id}")

    return work
