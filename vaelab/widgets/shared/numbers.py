"""Numbers as texts, in pictures and captions as on the widgets' pages."""


def number(value: float, spec: str = ".2f") -> str:
    """The number as text, with a real minus sign, and without one before a zero.

    >>> number(-1.5), number(-0.001), number(-0.25, "g")
    ('−1.50', '0.00', '−0.25')
    """
    return format(value, f"z{spec}").replace("-", "−")
