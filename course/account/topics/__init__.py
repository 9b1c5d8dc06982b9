"""SNS: topics, subscriptions, and what becomes of a published message."""
