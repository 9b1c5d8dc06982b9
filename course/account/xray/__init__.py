"""X-Ray in the account: what is stored of traces, and the operations that read it."""
