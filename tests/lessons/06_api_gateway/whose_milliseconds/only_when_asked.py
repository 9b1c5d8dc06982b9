# misconception: requests with a kept answer have no overhead
# expect: Which requests, and which ms
overhead_query = """
filter integrationLatency != "-" and authorizerLatency != "-"
| fields responseLatency - integrationLatency as own
| stats pct(own, 99) as ownP99, 100 * sum(authorizerLatency) / sum(own) as authorizerShare by path
"""
