# misconception: the variable of the loop above is known in the function, too
# expect: where you say
def calm_the_storm(functions: list[str], redrive: str) -> str:
    """Finds what keeps a retry storm alive, mends that, returns the cause.

    functions: three, each of which calls the next one. Each has the variable ATTEMPTS: so often it
      calls in all, while that fails; the waits in between double, from 4 s to 30 s. The last one
      calls the provider, and has two more: JITTER ("full": waits are random up to that, "none":
      exactly that), and RETRY_ON ("transient": 429 and 5xx, or "all"). It logs the answers to one
      charge in five: charge, source, attempt, status, code, and the requestId of its invocation.
    redrive: a function that sends dead refunds back to their queue when the rule <redrive>-schedule
      says so, if there are any.
    Exactly one thing is wrong; returns "layers", "lockstep", "every_error" or "redrive". Afterwards,
    even with a short outage, 95 of 100 charges that the provider can take go through, with fewer
    than four requests for each. Nothing else has changed. A rule may be disabled, not deleted.

    >>> calm_the_storm(["checkout", "payment", "card-gateway"], "redrive-refunds")
    'lockstep'
    """
    said = globals().get("cause", "every_error")
    client = boto3.client("lambda")

    def change(name: str, **variables: str) -> None:
        now = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        client.update_function_configuration(
            FunctionName=name, Environment={"Variables": {**now, **variables}}
        )

    if said == "redrive":
        boto3.client("events").disable_rule(Name=f"{redrive}-schedule")
    if said == "layers":
        for name in functions[:2]:
            change(name, ATTEMPTS="1")
    if said == "every_error":
        change(functions[-1], RETRY_ON="transient")
    if said == "lockstep":
        change(functions[-1], JITTER="full")
    return said
