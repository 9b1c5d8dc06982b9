"""Lambda's rules as pure functions: limits, time and money, log lines, concurrency, batches."""
