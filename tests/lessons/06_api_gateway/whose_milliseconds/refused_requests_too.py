# misconception: a refused request counts like any other
# expect: of refused requests is counted
overhead_query = """
fields responseLatency - integrationLatency as own
| stats pct(own, 99) as ownP99, 100 * sum(authorizerLatency) / sum(own) as authorizerShare by path
"""
