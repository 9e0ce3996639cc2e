"""Makes the baseline that the monitors compare with."""
