"""What runs on EMR Serverless, in an image of its own."""
