"""What src/bench/run is made of."""
