# misconception: own time and the client's time are the same
# expect: the backend's time included
overhead_query = """
filter integrationLatency != "-"
| fields responseLatency - integrationLatency as own
| stats pct(own, 99) as ownP99, 100 * sum(authorizerLatency) / sum(responseLatency) as authorizerShare
  by path
"""
