"""API Gateway's rules as pure functions: routing, throttling, proxy responses, logs, templates."""
