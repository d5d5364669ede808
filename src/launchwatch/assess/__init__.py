"""What a flight means: zones, consistency of claims, disagreements."""
