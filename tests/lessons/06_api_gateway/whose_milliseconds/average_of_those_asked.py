# misconception: an average counts the requests without a value as 0
# expect: avg leaves out
overhead_query = """
filter integrationLatency != "-"
| fields responseLatency - integrationLatency as own
| stats pct(own, 99) as ownP99, 100 * avg(authorizerLatency) / avg(own) as authorizerShare by path
"""
