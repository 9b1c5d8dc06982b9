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
    resource = boto3.resource("dynamodb")
    client, payments = resource.meta.client, resource.Table(table)
    record = {"id": f"payment-of-{order}", "customer": customer, "price": cents}
    while True:
        found = payments.get_item(Key={"id": record["id"]}, ConsistentRead=True).get("Item")
        if found:
            return "paid" if found == record else "conflict"
        try:
            client.transact_write_items(
                TransactItems=[
                    {
                        "Update": {
                            "TableName": table,
                            "Key": {"id": f"credit#{customer}"},
                            "UpdateExpression": "ADD cents :less",
                            "ConditionExpression": "cents >= :n",
                            "ExpressionAttributeValues": {":less": -cents, ":n": cents},
                        }
                    },
                    {
                        "Put": {
                            "TableName": table,
                            "Item": record,
                            "ConditionExpression": "attribute_not_exists(id)",
                        }
                    },
                ]
            )
            return "paid"
        except ClientError as error:
            if error.response["Error"]["Code"] != "TransactionCanceledException":
                raise
            credit, payment = error.response["CancellationReasons"]
            if credit["Code"] == "ConditionalCheckFailed" and payment["Code"] == "None":
                return "declined"
            time.sleep(random.uniform(0.01, 0.1))
