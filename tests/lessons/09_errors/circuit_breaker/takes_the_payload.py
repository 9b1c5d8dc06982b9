# misconception: what was sent is needed by nobody any more
# expect: It is the caller's
def ask_carrier(function: str, baskets: list[dict]) -> list:
    """Asks a Lambda function for the price of each basket, through a circuit breaker, closed at first.

    baskets: {"second": when it is to be asked, counted from the start of this call, "payload": a
      dict}, in the order of time. Wait with wait_until; use time.time(), which knows the account's clock.
    Returns for each basket what the function answered, from JSON; None where the call was not made
    or brought no answer of the function's code. At most one request for each basket.
    Failures: no connection, no answer within two seconds, a 429, a status from 500 on, and a function
    that ended with an error (FunctionError in Invoke's answer). Everything else, also another 4xx, is
    a success to the breaker.

    >>> ask_carrier("carrier", [{"second": 0, "payload": {"weight": 3}}])
    [{'cents': 430}]
    """
    prices = []
    client = boto3.client("lambda", config=impatient)
    began, failures, open_until = time.time(), 0, 0.0
    for basket in baskets:
        wait_until(began + basket["second"])
        price = None
        if time.time() >= open_until:
            failed = True
            try:
                got = client.invoke(
                    FunctionName=function, Payload=json.dumps(basket.pop("payload"))
                )
                failed = "FunctionError" in got
                price = None if failed else json.loads(got["Payload"].read())
            except ClientError as error:
                status = error.response["ResponseMetadata"]["HTTPStatusCode"]
                failed = status == 429 or status >= 500
            except (exceptions.ConnectionError, exceptions.HTTPClientError):
                pass
            failures = failures + 1 if failed else 0
            if failures >= 5:
                open_until = time.time() + 30
        prices.append(price)
    return prices
