# misconception: all of the overhead is the authorizer
# expect: Which requests, and which ms
overhead_query = """
filter integrationLatency != "-"
| fields responseLatency - integrationLatency as own
| stats pct(authorizerLatency, 99) as ownP99, 100 * sum(authorizerLatency) / sum(own) as authorizerShare
  by path
"""
