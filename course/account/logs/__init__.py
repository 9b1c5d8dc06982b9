"""CloudWatch Logs: groups and events, filters, subscriptions, queries, exports."""
