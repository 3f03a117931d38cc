"""A claim of the prose, and whether the numbers bear it out."""


def verdict(claim: str, holds: object) -> None:
    """Prints the claim and whether it holds. That is what is compared when the notebooks are tested.

    A claim should hold on any machine and for any seed, with room to spare. The numbers are for another cell.

    >>> verdict("the KL is never negative", 0.3 >= 0)
    holds: the KL is never negative
    """
    print("holds:" if holds else "DOES NOT HOLD:", claim)
