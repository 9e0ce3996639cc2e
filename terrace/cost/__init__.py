"""What a month of each tenant and model comes to, before anything is deployed."""
