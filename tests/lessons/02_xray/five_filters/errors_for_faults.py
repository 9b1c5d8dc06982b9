# misconception: an error is whatever failed.
# expect: Errors are the customer's, faults the server's
filters = {
    "slow_payment": 'service("payment") { responsetime > 2 }',
    "lost_orders": 'error AND http.method = "POST"',
    "gold_waited": 'annotation.tier = "gold" AND responsetime > 0.5',
    "rescued": 'service("payment") { fault } AND ok',
    "died_early": "fault AND !annotation.version",
}
