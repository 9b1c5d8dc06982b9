# misconception: the order of the stages does not matter
# expect: cut rows off before they are sorted
slowest_query = """
filter @type = "REPORT"
| fields @requestId, @duration
| limit 20
| sort @duration desc
"""
