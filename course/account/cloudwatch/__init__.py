"""CloudWatch: metrics, alarms, dashboards, Contributor Insights rules."""
