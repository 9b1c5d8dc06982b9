import hashlib


def fifo_groups(queue_url: str, events: list) -> None:
    sqs = boto3.client("sqs")
    for first in range(0, len(events), 10):
        entries = [
            {
                "Id": str(number),
                "MessageBody": json.dumps(event),
                "MessageGroupId": event["order"],
                "MessageDeduplicationId": hashlib.sha256(
                    repr((event["order"], event["number"])).encode()
                ).hexdigest(),
            }
            for number, event in enumerate(events[first : first + 10])
        ]
        sqs.send_message_batch(QueueUrl=queue_url, Entries=entries)
