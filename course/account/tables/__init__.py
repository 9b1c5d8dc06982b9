"""DynamoDB: moto keeps tables, items and expressions; here is what they cost, and their limits."""
