"""Does a person earn more than 50,000 dollars a year? Trained on a census of 1994."""
