# misconception: the record can be written afterwards
# expect: which half of the work had been done
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
    found = client.get_item(TableName=table, Key=payment, ConsistentRead=True).get("Item")
    if found:
        return "paid" if found == record else "conflict"
    once_only = boto3.client("dynamodb", config=once)
    try:
        once_only.update_item(
            TableName=table,
            Key=key,
            UpdateExpression="SET cents = cents - :n",
            ConditionExpression="cents >= :n",
            ExpressionAttributeValues={":n": price},
        )
    except client.exceptions.ConditionalCheckFailedException:
        return "declined"
    except exceptions.ReadTimeoutError:
        pass
    client.put_item(TableName=table, Item=record)
    return "paid"
