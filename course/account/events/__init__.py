"""EventBridge: buses, rules, targets, schedules, and what they hand on to other services."""
