"""The rules of ECS on Fargate: task sizes, task definitions, health checks."""
