"""What the Makefile, the tests and the benchmarks share: a browser, a Jupyter server, running notebooks."""
