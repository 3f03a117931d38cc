"""What the widgets share: the base class, the saved page, the pace of a live one, what they draw with."""
