# misconception: too little credit is too little credit
# expect: Does it matter what is left
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
    record = {"id": {"S": f"payment#{order}"}, "by": {"S": customer}, "cents": {"N": str(cents)}}
    put = {"TableName": table, "Item": record, "ConditionExpression": "attribute_not_exists(id)"}
    take = {
        "TableName": table,
        "Key": {"id": {"S": f"credit#{customer}"}},
        "UpdateExpression": "SET cents = cents - :n",
        "ConditionExpression": "cents >= :n",
        "ExpressionAttributeValues": {":n": record["cents"]},
    }
    for _ in range(8):
        try:
            client.transact_write_items(TransactItems=[{"Put": put}, {"Update": take}])
            return "paid"
        except client.exceptions.TransactionCanceledException as error:
            codes = [reason["Code"] for reason in error.response["CancellationReasons"]]
        if "TransactionConflict" in codes:
            time.sleep(random.random() / 5)
            continue
        if codes[1] == "ConditionalCheckFailed":
            return "declined"
        found = client.get_item(TableName=table, Key={"id": record["id"]}, ConsistentRead=True)
        if "Item" in found:
            return "paid" if found["Item"] == record else "conflict"
    raise RuntimeError(order)
