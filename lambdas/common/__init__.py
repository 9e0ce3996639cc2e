"""What the functions share: adapters to AWS, and what one step of training tells the next."""
