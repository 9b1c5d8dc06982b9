# misconception: a longer timeout can do no harm
# expect: Timeout of
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
    client, logs = boto3.client("lambda"), boto3.client("logs")

    def change(name: str, **variables: str) -> None:
        now = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        client.update_function_configuration(
            FunctionName=name, Timeout=60, Environment={"Variables": {**now, **variables}}
        )

    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=f"/aws/lambda/{functions[-1]}"
    )
    lines = [json.loads(event["message"]) for page in pages for event in page["events"]]
    known = pd.DataFrame(lines)
    if (known.source == "refunds").mean() > 0.25:
        boto3.client("events").disable_rule(Name=f"{redrive}-schedule")
        return "redrive"
    charged = known[known.source != "refunds"]
    if charged.groupby("charge").requestId.nunique().max() > 1:
        for name in functions[:2]:
            change(name, ATTEMPTS="1")
        return "layers"
    declined = charged[charged.code == "CardDeclined"].groupby("charge").size()
    if len(declined) > 0.1 * charged.charge.nunique() and declined.mean() > 1.1:
        change(functions[-1], RETRY_ON="transient")
        return "every_error"
    change(functions[-1], JITTER="full")
    return "lockstep"
