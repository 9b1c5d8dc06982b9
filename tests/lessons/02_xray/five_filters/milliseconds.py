# misconception: X-Ray counts milliseconds.
# expect: slow_payment: 6 traces answer the question, you find 0
filters = {
    "slow_payment": 'service("payment") { responsetime > 2000 }',
    "lost_orders": 'fault AND http.method = "POST"',
    "gold_waited": 'annotation.tier = "gold" AND responsetime > 0.5',
    "rescued": 'service("payment") { fault } AND ok',
    "died_early": "fault AND !annotation.version",
}
