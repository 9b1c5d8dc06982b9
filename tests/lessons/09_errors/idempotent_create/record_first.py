# misconception: two writes after each other are as good as one
# expect: cents were to be taken off 5,000
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

    price = {"N": str(cents)}
    record = {**payment, "by": {"S": customer}, "cents": price}
    try:
        client.put_item(
            TableName=table, Item=record, ConditionExpression="attribute_not_exists(id)"
        )
    except client.exceptions.ConditionalCheckFailedException:
        found = client.get_item(TableName=table, Key=payment, ConsistentRead=True)["Item"]
        return "paid" if found == record else "conflict"
    try:
        client.update_item(
            TableName=table,
            Key=key,
            UpdateExpression="SET cents = cents - :n",
            ConditionExpression="cents >= :n",
            ExpressionAttributeValues={":n": price},
        )
    except client.exceptions.ConditionalCheckFailedException:
        client.delete_item(TableName=table, Key=payment)
        return "declined"
    return "paid"
