overhead_query = """
filter integrationLatency >= 0
| fields responseLatency - integrationLatency as own
| stats pct(own, 99) as ownP99, sum(authorizerLatency) / count(*) / avg(own) * 100 as authorizerShare by path
"""
