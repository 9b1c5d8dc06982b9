"""CloudTrail: Event history, trails with their deliveries, digests and Insights."""
