"""The judge of the proof: mistakes made by chance, deployed, and attacked for real."""
