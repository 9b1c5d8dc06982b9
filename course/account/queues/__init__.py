"""SQS: queues, what is in them, and how they are measured."""
