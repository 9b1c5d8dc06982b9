"""Everything that arrives: ordinary customers, scanners, the noisy neighbour, queued orders."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator

from course.incidents import shop
from course.incidents.model import Message
from course.incidents.seeds import stream
from course.incidents.simulation import Raised, Run, Simulation
from course.incidents.story import NOISY_NEIGHBOUR, Incident

# Telemetry needs some seconds to arrive: what would begin in the last ones is still on its way.
SETTLE = 15_000
REQUESTS_PER_SECOND = 0.155
VISIBILITY_TIMEOUT = 60_000
MAX_RECEIVE_COUNT = 3
BATCH_SIZE, BATCH_WINDOW = 10, 2_000

_ROUTES = (("search", 40), ("cart", 22), ("product", 13), ("checkout", 24), ("unknown", 1))
Arrival = tuple[float, str, shop.Customer]


def run(sim: Simulation) -> None:
    """Lets a whole world happen."""
    front = shop.Front(sim)
    for time, route, who in sorted(_arrivals(sim), key=lambda item: item[0]):
        if time < sim.end - SETTLE:
            _serve(front, time, route, who)
    consume_queue(sim)
    truth = sim.truth
    truth.requests.sort(key=lambda item: (item.time, item.request_id))
    truth.invocations.sort(key=lambda item: (item.start, item.request_id))
    truth.table.sort(key=lambda item: item.time)
    truth.throttles.sort(key=lambda item: item.time)


def _arrivals(sim: Simulation) -> Iterator[Arrival]:
    rng = stream(sim.seed, "customers")
    people = shop.customers(rng)
    routes, weights = [route for route, _ in _ROUTES], [weight for _, weight in _ROUTES]
    rate = REQUESTS_PER_SECOND * sim.rate
    for time in sim.arrivals(lambda at: rate * sim.daily(at), rate * 1.36, "arrivals"):
        # A few customers come often: the smaller of two draws is taken.
        who = people[min(rng.randrange(len(people)), rng.randrange(len(people)))]
        yield time, rng.choices(routes, weights)[0], who
    noisy = next((i for i in sim.story.incidents if i.kind == NOISY_NEIGHBOUR), None)
    if noisy is not None:
        yield from _noise(sim, noisy, people)


def _noise(sim: Simulation, noisy: Incident, people: list[shop.Customer]) -> Iterator[Arrival]:
    """Bursts of eight requests about every five seconds, while the incident lasts."""
    rng = stream(sim.seed, "noise")
    one = shop.Customer("c-2041", noisy.component, "python-requests/2.32.3")
    route = {"search_hammer": "search", "product_crawler": "product"}.get(noisy.cause, "cart")
    time = float(noisy.start)
    while (time := time + rng.uniform(3_500, 6_500) / sim.rate) < noisy.end:
        who = one if noisy.cause != "retry_storm" else _with_agent(rng.choice(people), noisy)
        for _ in range(8):
            yield time + rng.uniform(0, 300), route, who


def _with_agent(who: shop.Customer, noisy: Incident) -> shop.Customer:
    return shop.Customer(who.id, who.ip, noisy.component)


def _serve(front: shop.Front, time: float, route: str, who: shop.Customer) -> None:
    rng = front.ids
    if route == "unknown":
        front.unknown(time, who)
    elif route == "search":
        request = front.request(time, who, "GET", "/search", "/search")
        front.serve(request, "search", shop.find(rng.choice(shop.WORDS)))
    elif route == "cart":
        request = front.request(time, who, "POST", "/cart/items", "/cart/items")
        front.serve(request, "cart", shop.basket(who.id, min(1 + int(rng.expovariate(0.6)), 12)))
    elif route == "product":
        number = rng.randint(100, 470)
        request = front.request(time, who, "GET", "/products/{id}", f"/products/sku-{number}")
        front.serve(request, "inventory", shop.product(number))
    else:
        request = front.request(time, who, "POST", "/checkout", "/checkout")
        front.serve(request, "checkout", shop.checkout(front.new_order(who)))


# -- the queue and what follows it -------------------------------------------------------------


def consume_queue(sim: Simulation) -> None:
    """The order worker: batches, returned messages, the dead-letter queue; then the receipts.

    Rules ("Using Lambda with Amazon SQS"; "Amazon SQS visibility timeout"): a batch that fails
    comes back as a whole after the visibility timeout; a message received maxReceiveCount times
    moves to the dead-letter queue instead of being received again.
    """
    rng = stream(sim.seed, "queue")
    waiting = [(message.sent, number, message) for number, message in enumerate(sim.truth.messages)]
    heapq.heapify(waiting)
    receipts: list[tuple[float, str, str]] = []
    while waiting:
        polled = waiting[0][0] + rng.uniform(20, 120)
        starts = polled + BATCH_WINDOW
        if starts > sim.end - SETTLE / 3:
            break
        batch = _receive(waiting, starts)
        if batch:
            _process(sim, batch, starts, waiting, receipts)
    for time, order_id, customer in sorted(receipts):
        sim.invoke("receipt", time + rng.uniform(30, 150), shop.receipt(order_id, customer))


def _receive(waiting: list[tuple[float, int, Message]], until: float) -> list[tuple[int, Message]]:
    batch: list[tuple[int, Message]] = []
    while waiting and waiting[0][0] <= until and len(batch) < BATCH_SIZE:
        visible, number, message = heapq.heappop(waiting)
        if len(message.received) >= MAX_RECEIVE_COUNT:
            message.dead = visible
            continue
        message.received.append(min(max(visible, until - BATCH_WINDOW), until))
        batch.append((number, message))
    return batch


def _process(
    sim: Simulation,
    batch: list[tuple[int, Message]],
    time: float,
    waiting: list[tuple[float, int, Message]],
    receipts: list[tuple[float, str, str]],
) -> None:
    done: list[tuple[float, str, str]] = []
    messages = [message for _, message in batch]
    trace = sim.trace_of(messages, time)
    ran = sim.invoke("order_worker", time, _dispatch(messages, done), trace)
    if ran is not None:
        ran.messages = messages
    for number, message in batch:
        if ran is not None and ran.status == "ok":
            message.deleted = ran.end
        else:
            again = message.received[-1] + VISIBILITY_TIMEOUT
            heapq.heappush(waiting, (again, number, message))
    sim.truth.published.extend(at for at, _, _ in done)
    receipts.extend(done)


def _dispatch(messages: list[Message], done: list[tuple[float, str, str]]) -> Callable[[Run], None]:
    def work(run: Run) -> None:
        run.log("INFO", f"received {len(messages)} messages")
        for message in messages:
            order = message.body
            run.compute()
            if "address" not in order:
                code = 'label = address_label(order["address"])'
                frame = ("/var/task/order_worker.py", 27, "lambda_handler", code)
                raise Raised("KeyError", "'address'", frame)
            run.table("UpdateItem", write=1.0)
            with run.step("sns", "Publish", topic_arn=run.shop.names.topic):
                done.append((run.now, order["orderId"], order["customerId"]))
                run.spend(run.rng.uniform(8, 20))

    return work
