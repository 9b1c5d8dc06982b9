# misconception: if no traced code ran, the function is not in the trace.
# expect: was started in some of the others
filters = {
    "slow_payment": 'service("payment") { responsetime > 2 }',
    "lost_orders": 'fault AND http.method = "POST"',
    "gold_waited": 'annotation.tier = "gold" AND responsetime > 0.5',
    "rescued": 'service("payment") { fault } AND ok',
    "died_early": 'fault AND !service("checkout")',
}
