# misconception: the budget is for one item
# expect: each item has a bucket of its own
def store_all(table: str, items: list[dict], budget: int) -> list[str]:
    """Puts items into a table, one after another, and repeats while the budget lasts.

    items: as put_item of a client takes them. For each, returns "stored", "given up" or "refused".
    One bucket of tokens serves all items. It holds `budget` tokens at first, and never more.
    - Each item gets one attempt, however empty the bucket is, and six at most.
    - What another try may cure is repeated: a code in THROTTLES, a status from 500 on, no answer at
      all. Each repetition takes 5 tokens; with fewer left, the item is "given up" without a wait.
    - Everything else is "refused" at once.
    - An item stored by its first attempt puts 1 token back, by a later one 5.
    - Before each repetition a random wait: below 1 second at first, its bound doubles, up to 8 s.

    >>> store_all("orders", [{"id": {"S": "o-1"}}, {"id": {"S": "o-2"}}], budget=20)
    ['stored', 'stored']
    """
    results = []
    client, tokens = boto3.client("dynamodb", config=once), budget
    for item in items:
        ended = "given up"
        tokens = budget
        for attempt in range(6):
            if attempt:
                if tokens < 5:
                    break
                tokens -= 5
                time.sleep(random.uniform(0, min(8, 2 ** (attempt - 1))))
            try:
                client.put_item(TableName=table, Item=item)
                tokens = min(budget, tokens + (5 if attempt else 1))
                ended = "stored"
                break
            except ClientError as error:
                status = error.response["ResponseMetadata"]["HTTPStatusCode"]
                if status < 500 and error.response["Error"]["Code"] not in THROTTLES:
                    ended = "refused"
                    break
            except (exceptions.ConnectionError, exceptions.HTTPClientError):
                continue
        results.append(ended)
    return results
