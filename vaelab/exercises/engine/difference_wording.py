"""A difference in words: what the answer gave, what was expected, and what may be behind it."""

from typing import Any, assert_never

from torch import Tensor

from vaelab.exercises.engine import difference
from vaelab.exercises.engine.describe import SMALL, kind, message, numbers

WIDTH = 86  # as in the code of the notebooks, less the verdict's indent

# What PyTorch's messages leave out, or advise against the exercise: {part of the message: what to add}.
ADDED = {
    "Use tensor.detach().numpy()": "Stay with torch: .detach() would cut the gradient.",
    "Boolean value of Tensor": "if and min() ask for a single True or False. torch.where chooses for each number.",
    "leaf Variable that requires grad": "What has a gradient may not be written to, as x[...] = 0 and x -= 1 would do.",
    "only one element tensors": "float() and math's functions take one number. Those of torch take them all at once.",
}


def in_words(found: difference.Difference) -> list[str]:
    """The lines that tell the student what differs."""
    match found:
        case difference.Missing(name):
            return [f"{_subject(name)} None.", "Is it not written yet, or is a return missing?"]
        case difference.NoGradient(name):
            of = name.removeprefix("the gradient with respect to ")
            return [
                f"No gradient gets back to {of}, so nothing could be learned through it.",
                "Somewhere the way is cut: by .detach(), .item(), torch.no_grad(), a new torch.tensor(...), "
                "or .sample().",
            ]
        case difference.OtherKind(name, given, expected):
            return _other_kind(name, given, expected)
        case difference.OtherCount(name, given, expected):
            names = ", ".join(getattr(expected, "_fields", ())).replace("_", " ")
            got = f"{len(given)} results" if isinstance(given, tuple | list) else kind(given)
            return [f"{_subject(name)} {got}.", f"Expected {len(expected)} results{f': {names}' if names else ''}."]
        case difference.OtherThing(name, given, expected):
            return [f"{_subject(name)} {given!r}.", f"Expected {expected!r}."]
        case difference.OtherShape(name, given, expected):
            wanted = f"shape {tuple(expected)}" if expected else "one number, without dimensions"
            return [f"{_subject(name)} a tensor of shape {tuple(given)}.", f"Expected {wanted}."]
        case difference.OtherDtype(name, given, expected):
            return [f"{_subject(name)} numbers of type {given}.", f"Expected {expected}, the type of what came in."]
        case difference.OtherDevice(name, given, expected):
            return [f"{_subject(name)} numbers on {given}.", f"Expected {expected}, where what came in is."]
        case difference.NotANumber(name, given, expected, off):
            why = "nan comes from 0 · log 0, inf - inf, 0 / 0, or the logarithm or root of a negative number."
            return [*_both(name, given, expected, off), why]
        case difference.OtherValues(name, given, expected, off):
            shown = _both(name, given, expected, off)
            return ["The value is right. The gradient is not.", *shown] if difference.is_of_a_gradient(found) else shown
        case difference.Changed(names):
            return _changed(names)
        case difference.Stopped(name, exception, line):
            return [*([f"{_capital(name)}:"] if name else []), *_stopped(exception, line)]
    assert_never(found)


def _subject(name: str) -> str:
    return f"{_capital(name)}:" if name else "Yours gives"


def _capital(name: str) -> str:
    return f"{name[0].upper()}{name[1:]}"


def _other_kind(name: str, given: Any, expected: Any) -> list[str]:
    wanted = "a number"
    if isinstance(expected, Tensor):
        wanted = f"a tensor of shape {tuple(expected.shape)}" if expected.dim() else "a tensor"
    lines = [f"{_subject(name)} {kind(given)}.", f"Expected {wanted}."]
    if type(given).__module__ == "numpy":
        lines.append("Stay with torch, whose functions have nearly the same names, and which passes gradients.")
    elif isinstance(expected, Tensor) and isinstance(given, list) and any(isinstance(value, Tensor) for value in given):
        lines.append("torch.stack makes one tensor of a list of tensors.")
    elif isinstance(expected, Tensor) and isinstance(given, bool | int | float | list):
        lines.append("Leave it a tensor: no .item(), no .tolist(), no float(), and nothing from math.")
    return lines


def _changed(names: list[str]) -> list[str]:
    if not names:
        return ["It was expected to change its argument."]
    return [
        f"It changes {' and '.join(names)}. What comes in belongs to the caller and may be needed again.",
        "Methods that end in _, += and x[...] = write in place. Make a new tensor: y = 2 * x, not x *= 2.",
    ]


def _stopped(exception: BaseException | None, line: tuple[int, str] | None) -> list[str]:
    if exception is None:
        return ["It ends before it has given all that was expected."]
    if isinstance(exception, KeyboardInterrupt):
        said = "You interrupted it. Does a loop never end?"
    elif isinstance(exception, SystemExit):
        said = "It called exit(), which would end the notebook's kernel."
    else:
        said = message(exception)
    where = "Your code stopped."
    if line:
        number, text = line  # the text is not known in a cell with %%time
        where = f"Your code stopped in line {number}:  {text}" if text else f"Your code stopped in line {number}."
    added = [advice for part, advice in ADDED.items() if part in said]
    return [where, *(part for part in said.splitlines()[:6] if part.strip()), *added]


def _both(name: str, given: Tensor, expected: Tensor, off: Tensor) -> list[str]:
    """Both values where there are few, else the first entry that is off."""
    title = f"{name}: " if name else ""
    if given.numel() <= SMALL:
        digits = 4 if numbers(given) != numbers(expected) else 9
        yours, wanted = f"yours    {numbers(given, digits)}", f"expected {numbers(expected, digits)}"
        if len(title) + max(len(yours), len(wanted)) > WIDTH:
            return [*filter(None, [title.strip()]), yours, wanted]
        return [title + yours, " " * len(title) + wanted]
    where = tuple(off.nonzero()[0].tolist())
    return [
        f"{title}{int(off.sum())} of {off.numel()} numbers are off, the first at {list(where)}: "
        f"yours {given[where].item():.4g}, expected {expected[where].item():.4g}"
    ]


def related(found: difference.Relation) -> str:
    """What all values that were given have in common."""
    if found.kind == "factor":
        return f"In every case, that is {found.number:.3g} times what was expected."
    return f"In every case, that is {abs(found.number):.3g} too {'large' if found.number > 0 else 'small'}."
