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
    owner = {"id": {"S": f"owner#{order}"}, "by": {"S": customer}, "cents": {"N": str(cents)}}
    try:  # which customer, and which price, an order belongs to: the first one says so, and pays
        client.put_item(TableName=table, Item=owner, ConditionExpression="attribute_not_exists(id)")
    except client.exceptions.ConditionalCheckFailedException:
        known = client.get_item(TableName=table, Key={"id": owner["id"]}, ConsistentRead=True)
        if known["Item"] != owner:
            paid = client.get_item(
                TableName=table, Key={"id": {"S": f"credit#{known['Item']['by']['S']}"}}
            )
            if order in paid["Item"].get("orders", {}).get("SS", []):
                return "conflict"
            client.put_item(TableName=table, Item=owner)
    try:
        client.update_item(
            TableName=table,
            Key=key,
            UpdateExpression="SET cents = cents - :n ADD orders :these",
            ConditionExpression="cents >= :n AND NOT contains(orders, :order)",
            ExpressionAttributeValues={
                ":n": {"N": str(cents)},
                ":order": {"S": order},
                ":these": {"SS": [order]},
            },
        )
    except client.exceptions.ConditionalCheckFailedException:
        item = client.get_item(TableName=table, Key=key, ConsistentRead=True)["Item"]
        return "paid" if order in item.get("orders", {}).get("SS", []) else "declined"
    return "paid"
