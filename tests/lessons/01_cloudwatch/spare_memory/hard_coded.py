# misconception: every function has what receipt has
# expect: MB are not what it has
memory_query = """
filter @type = "REPORT"
| stats max(512) as provisionedMB, max(103) as usedMB, max(409) as spareMB by @log
"""
