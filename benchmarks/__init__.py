"""What every wait of the course costs, beside its alternative: `make bench`."""
