# misconception: the example is the exercise
# expect: For another partner
overhead_query = """
stats max(40) as ownP99, max(75) as authorizerShare by concat("/", "a") as path
"""
