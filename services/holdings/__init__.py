"""Holdings: every owner's positions, and an alert for each change."""
