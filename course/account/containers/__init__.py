"""ECS on Fargate: clusters, task definitions, services and tasks on the account's clock."""
