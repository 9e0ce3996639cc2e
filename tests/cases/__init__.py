"""What people really have: cases out of public reports, with the values that are right."""
