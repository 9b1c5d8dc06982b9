"""IAM in force: who calls, which policies apply, and the answer to what they do not allow."""
