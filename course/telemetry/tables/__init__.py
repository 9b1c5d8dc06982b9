"""The rules of DynamoDB as pure functions: sizes, capacity units, throughput, partitions."""
