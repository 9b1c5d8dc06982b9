"""The rules of SQS and SNS: what they take, refuse, deduplicate, throttle, filter and retry."""
