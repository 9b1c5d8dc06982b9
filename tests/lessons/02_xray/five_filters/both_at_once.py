# misconception: outside of braces a keyword is about the service beside it.
# expect: rescued: 1 traces answer the question, you find 0
filters = {
    "slow_payment": 'service("payment") { responsetime > 2 }',
    "lost_orders": 'fault AND http.method = "POST"',
    "gold_waited": 'annotation.tier = "gold" AND responsetime > 0.5',
    "rescued": 'service("payment") AND fault AND ok',
    "died_early": "fault AND !annotation.version",
}
