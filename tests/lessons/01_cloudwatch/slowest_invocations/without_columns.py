# misconception: Insights shows the fields that a query used
# expect: @requestId and @duration are wanted
slowest_query = 'filter @type = "REPORT" | sort @duration desc | limit 20'
