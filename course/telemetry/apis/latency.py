"""How long API Gateway itself takes, in ms.

AWS publishes no numbers beyond "HTTP APIs are designed with minimal features so that they can be
offered at a lower price" and their lower latency. This is the course's own model: a few ms before
the integration is called and a few after it, less for HTTP APIs; what API Gateway answers by itself
has the first part only. The worlds' API requests are made with numbers of the same size.
"""

from __future__ import annotations

from random import Random

REST_BEFORE, REST_AFTER = (1.0, 4.0), (1.0, 5.0)
HTTP_BEFORE, HTTP_AFTER = (0.5, 2.0), (0.5, 2.0)


def before(rng: Random, *, http: bool = False) -> float:
    """Until the integration is called, or API Gateway refuses."""
    return rng.uniform(*(HTTP_BEFORE if http else REST_BEFORE))


def after(rng: Random, *, http: bool = False) -> float:
    """From the integration's answer to the client's."""
    return rng.uniform(*(HTTP_AFTER if http else REST_AFTER))
