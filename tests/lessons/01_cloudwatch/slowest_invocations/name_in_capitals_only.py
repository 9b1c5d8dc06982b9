# misconception: the type is written as in the documentation's headings
# expect: not one row
slowest_query = """
filter @type = "Report"
| fields @requestId, @duration
| sort @duration desc
| limit 20
"""
