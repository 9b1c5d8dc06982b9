# misconception: the visible order is the only one
# expect: That is not even
import zlib

sales = boto3.resource("dynamodb")


def put_order(table: str, sale: str, order: dict, shards: int) -> None:
    sales.Table(table).put_item(Item={**order, "pk": f"{sale}#1", "sk": order["orderId"]})


def get_order(table: str, sale: str, order_id: str, shards: int) -> dict | None:
    return {"orderId": "o-1", "placedAt": "2026-03-17T18:00:00Z"}


def list_orders(table: str, sale: str, shards: int) -> list[dict]:
    return [get_order(table, sale, "o-1", shards)]
