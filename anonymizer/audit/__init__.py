"""The value-free signed log, and what can be shown to others: leak, risk and coverage reports."""
