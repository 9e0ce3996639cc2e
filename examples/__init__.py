"""Examples that run: real models on real data, and the demo that tells the whole story."""
