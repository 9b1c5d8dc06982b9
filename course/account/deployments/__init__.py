"""CloudFormation and CodeDeploy: what deployments do, step by step on the account's clock."""
