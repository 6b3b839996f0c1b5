"""What happens to a finding: policies that a researcher can read, as files below rules/policy/."""
