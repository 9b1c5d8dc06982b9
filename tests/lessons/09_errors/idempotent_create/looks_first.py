# misconception: a look before the write is enough
# expect: What happens between your look and your write
def pay(table: str, order: str, customer: str, cents: int) -> str:
    """Takes an order's price off a customer's credit: once, however often and by whomever called.

    table: its key is `id`. The item credit#<customer> has the number `cents`; it always exists. What
    else you keep in the table, under other ids or in the credit's item, is up to you.

    Returns
      "paid": the price is taken off, now or by an earlier call for this order, maybe one that failed;
      "conflict": the order was paid before, by another customer or with another price: nothing done;
      "declined": the credit does not suffice: nothing done. A later call may find more.
    Trouble that boto3's own repetitions cannot cure may be raised. A later call then must be right.
    It must be right, too, when two workers call it at the same time.

    >>> pay("credits", "o-1", "7", 5900)
    'paid'
    """
    client = boto3.client("dynamodb")
    key = {"id": {"S": f"credit#{customer}"}}
    payment = {"id": {"S": f"payment#{order}"}}

    found = client.get_item(TableName=table, Key=payment, ConsistentRead=True).get("Item")
    price = {"N": str(cents)}
    if found:
        return "paid" if (found["by"]["S"], found["cents"]) == (customer, price) else "conflict"
    left = client.get_item(TableName=table, Key=key, ConsistentRead=True)["Item"]["cents"]["N"]
    if int(left) < cents:
        return "declined"
    take = {
        "TableName": table,
        "Key": key,
        "UpdateExpression": "SET cents = cents - :n",
        "ExpressionAttributeValues": {":n": price},
    }
    record = {**payment, "by": {"S": customer}, "cents": price}
    both = [{"Put": {"TableName": table, "Item": record}}, {"Update": take}]
    while True:
        try:
            client.transact_write_items(TransactItems=both)
            return "paid"
        except client.exceptions.TransactionCanceledException:
            time.sleep(random.uniform(0.01, 0.1))
