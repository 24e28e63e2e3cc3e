"""The trade journal: what the trader took, what it came to in R, and what a broker's file says."""
