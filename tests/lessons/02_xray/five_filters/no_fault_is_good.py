# misconception: what is no server error is a good answer.
# expect: an absent fault is not yet 2xx
filters = {
    "slow_payment": 'service("payment") { responsetime > 2 }',
    "lost_orders": 'fault AND http.method = "POST"',
    "gold_waited": 'annotation.tier = "gold" AND responsetime > 0.5',
    "rescued": 'service("payment") { fault } AND !fault',
    "died_early": "fault AND !annotation.version",
}
