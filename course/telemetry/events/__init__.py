"""The rules of EventBridge as pure functions: event patterns, schedules, input transformers."""
