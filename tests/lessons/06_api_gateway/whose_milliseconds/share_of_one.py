# misconception: a share needs no percent
# expect: percent are wanted
overhead_query = """
filter integrationLatency != "-"
| fields responseLatency - integrationLatency as own
| stats pct(own, 99) as ownP99, sum(authorizerLatency) / sum(own) as authorizerShare by path
"""
