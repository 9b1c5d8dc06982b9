# misconception: It is the policy, as in the visible test.
# expect: it was not the cause
def one_parcel_each(topic_arn: str, queue_url: str, function_name: str) -> str:
    let_in(queue_url, topic_arn)
    return "policy"
