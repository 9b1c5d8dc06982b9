# misconception: only what ended well has reached the backend.
# expect: The backend refuses some requests itself
# Columns: path, ownP99 (99th percentile of API Gateway's own ms), authorizerShare (how many percent of
# all of its own ms the authorizer took). Only requests that reached the backend count; a kept answer of
# the authorizer took it no time.
overhead_query = ""
overhead_query = """
filter status != 403
| fields responseLatency - integrationLatency as own
| stats pct(own, 99) as ownP99, 100 * sum(authorizerLatency) / sum(own) as authorizerShare by path
"""
