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
    client = boto3.client("dynamodb", config=Config(retries={"total_max_attempts": 1}))

    def one(item: dict) -> str:
        try:
            client.put_item(TableName=table, Item=item)
        except ClientError as error:
            answer = error.response
            passing = answer["Error"]["Code"] in THROTTLES
            passing = passing or answer["ResponseMetadata"]["HTTPStatusCode"] >= 500
            return "again" if passing else "refused"
        except exceptions.BotoCoreError:
            return "again"
        return "stored"

    results, bucket = [], budget
    for item in items:
        said, tried, bound = one(item), 1, 1.0
        while said == "again" and tried < 6 and bucket >= 5:
            bucket -= 5
            time.sleep(bound * random.random())
            bound = min(2 * bound, 8)
            said, tried = one(item), tried + 1
        if said == "stored":
            bucket = min(budget, bucket + (1 if tried == 1 else 5))
        results.append("given up" if said == "again" else said)
    return results
