"""What to say: statements, alerts, maps and pages; pure."""
