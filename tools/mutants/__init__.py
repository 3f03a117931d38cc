"""Mutation testing of the package: what change of its arithmetic would the tests of that module let pass?

The mutants come from cosmic-ray: its operators see decorated functions and the defaults of classes, which mutmut skips.
"""
