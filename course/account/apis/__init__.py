"""API Gateway: APIs that answer at their URLs, REST and HTTP, on top of moto's control plane."""
