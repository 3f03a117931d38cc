"""What the student reads: one place for the words, so that they stay kind and of one voice."""

import math
import textwrap
import traceback
from typing import Any

import torch
from torch import Generator, Tensor, nn

SMALL = 12  # numbers; what is larger is described, not shown
PLAIN = (-2, -1, -0.5, 0.5, 2)  # factors that say something even between two single numbers
WIDTH = 88  # as in the code of the notebooks
LONGEST = 800  # letters; what follows in a message or a printed line is not shown


def still_open(exercise) -> str:
    """The quiet line for what was not attempted."""
    return f"Exercise {exercise.number} is open: until you write {exercise.name}, the course uses its own."


def right(exercise, printed: list[str]) -> str:
    """For a right answer."""
    said = f"✓ Exercise {exercise.number} is right. From here on the course uses your {exercise.name}."
    return "\n".join([fold(said), *map(fold, _printed(printed))])


def fold(text: str, indent: str = "") -> str:
    """Text in lines that no front end will break in the middle of a word."""
    if len(indent + text) <= WIDTH:
        return indent + text  # as it is laid out
    text = text if len(text) <= LONGEST else text[:LONGEST] + " …"
    return textwrap.fill(text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False)


def wrong(exercise, report: list[str]) -> str:
    """For a wrong answer: the report, and how to go on."""
    return "\n".join(
        [
            f"✗ Exercise {exercise.number}, {exercise.name}: not right yet.",
            *(fold(line, "  ") for line in report),
            f"  The course goes on with its own. Yours is {exercise.name}.mine.",
            f"  Stuck? {exercise.name}.hint()",
        ]
    )


def report(
    case: dict[str, Any], right_before: int, problem: list[str], misconception: str | None, printed: list[str]
) -> list[str]:
    """What was tried, what it gave, what was expected, and the misconception if it is known."""
    shown = [f"{name} = {describe(v)}" for name, v in case.items() if not isinstance(v, Generator)]
    lines = [f"Tried: {', '.join(shown)}"] if shown else []
    if right_before:
        lines.append(f"({right_before} simpler {'case' if right_before == 1 else 'cases'} came out right.)")
    lines += problem
    if misconception:
        lines.append(f"→ {misconception}")
    return lines + _printed(printed[-1:])


def first_line(name: str, given: str | None, wanted: str) -> list[str]:
    """The first line of a function or method was changed, or the method taken away."""
    if given is None:
        return [f"There is no {name}{wanted}. Its first line should stay as it was."]
    return [f"{name} takes {given}.", f"Expected {wanted}: its first line should stay as it was."]


def changed(names: list[str]) -> list[str]:
    """An argument was written to."""
    if not names:
        return ["It was expected to change its argument."]
    which = " and ".join(names)
    return [
        f"It changes {which}. What comes in belongs to the caller and may be needed again.",
        "Methods that end in _, += and x[...] = write in place. Make a new tensor: y = 2 * x, not x *= 2.",
    ]


def stopped(exception: BaseException | None, line: tuple[int, str] | None) -> list[str]:
    """The answer raised, with its own line; or it did not where it should have."""
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
    return [where, *(part for part in said.splitlines()[:6] if part.strip())]


def message(exception: BaseException) -> str:
    """The last lines of its traceback, which can be had even where its own str() fails."""
    return "".join(traceback.format_exception_only(exception)).strip()


def check_failed(problem: Exception) -> list[str]:
    """The fault is ours."""
    return [f"The check itself failed on it, with {message(problem)}", "Please report that."]


def nothing(name: str) -> list[str]:
    """None came back."""
    return [f"{_subject(name)} None.", "Is it not written yet, or is a return missing?"]


def no_gradient(name: str) -> list[str]:
    """A gradient is missing."""
    of = name.removeprefix("the gradient with respect to ")
    return [
        f"No gradient gets back to {of}, so nothing could be learned through it.",
        "Somewhere the way is cut: by .detach(), .item(), torch.no_grad(), a new torch.tensor(...), or .sample().",
    ]


def wrong_type(name: str, given: Any, expected: Any) -> list[str]:
    """Not the kind of thing that was expected."""
    wanted = "a tensor" if isinstance(expected, Tensor) else "a number"
    lines = [f"{_subject(name)} {_kind(given)}.", f"Expected {wanted}{_of_shape(expected)}."]
    if type(given).__module__ == "numpy":
        lines.append("Stay with torch, whose functions have nearly the same names, and which passes gradients.")
    elif isinstance(given, bool | int | float) and isinstance(expected, Tensor):
        lines.append("Leave it a tensor: no .item() and no float().")
    elif isinstance(given, list) and isinstance(expected, Tensor):
        lines.append("torch.stack makes one tensor of a list of tensors.")
    return lines


def wrong_count(name: str, given: Any, expected: tuple) -> list[str]:
    """Not as many results as expected."""
    names = ", ".join(getattr(expected, "_fields", ()))
    wanted = f"{len(expected)} results" + (f": {names}" if names else "")
    got = f"{len(given)} results" if isinstance(given, tuple | list) else _kind(given)
    return [f"{_subject(name)} {got}.", f"Expected {wanted}."]


def wrong_thing(name: str, given: Any, expected: Any) -> list[str]:
    """Something that is no number differs."""
    return [f"{_subject(name)} {given!r}.", f"Expected {expected!r}."]


def wrong_shape(name: str, given: Tensor, expected: Tensor) -> list[str]:
    """The shape is another."""
    wanted = f"shape {tuple(expected.shape)}" if expected.dim() else "one number, without dimensions"
    return [f"{_subject(name)} a tensor of shape {tuple(given.shape)}.", f"Expected {wanted}."]


def wrong_dtype(name: str, given: Tensor, expected: Tensor) -> list[str]:
    """The numbers are of another type."""
    return [
        f"{_subject(name)} numbers of type {given.dtype}.",
        f"Expected {expected.dtype}, the type of what came in.",
    ]


def wrong_device(name: str, given: Tensor, expected: Tensor) -> list[str]:
    """The numbers are on another device."""
    return [f"{_subject(name)} numbers on {given.device}.", f"Expected {expected.device}, where what came in is."]


def not_a_number(name: str, given: Tensor, expected: Tensor) -> list[str]:
    """NaN where there should be a number."""
    return [
        *_both(name, given, expected, given.isnan() & ~expected.isnan()),
        "nan comes from 0 · log 0, inf - inf, 0 / 0, or the logarithm or root of a negative number.",
    ]


def wrong_values(name: str, given: Tensor, expected: Tensor, off: Tensor) -> list[str]:
    """The numbers differ; in a simple way, if they do."""
    return [*_both(name, given, expected, off), *_relation(given, expected)]


def describe(value: Any) -> str:
    """An argument, in a few words."""
    if isinstance(value, Tensor):
        return _numbers(value) if value.numel() <= SMALL else f"a tensor of shape {tuple(value.shape)}"
    if isinstance(value, nn.Module):
        return _a(type(value).__name__)
    if isinstance(value, float):
        return f"{value:.4g}"
    return getattr(value, "__name__", None) or repr(value)


def _subject(name: str) -> str:
    return f"{name[0].upper()}{name[1:]}:" if name else "Yours gives"


def _kind(value: Any) -> str:
    if isinstance(value, Tensor):
        return f"a tensor of shape {tuple(value.shape)}"
    if type(value).__module__ == "numpy":
        return "a NumPy array" if getattr(value, "ndim", 0) else "a NumPy number"
    if isinstance(value, bool | int | float):
        return f"the Python number {value:.4g}"
    if isinstance(value, tuple):
        return f"{len(value)} results"
    return _a(type(value).__name__)


def _a(name: str) -> str:
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"


def _of_shape(expected: Any) -> str:
    return f" of shape {tuple(expected.shape)}" if isinstance(expected, Tensor) and expected.dim() else ""


def _numbers(values: Tensor, digits: int = 4) -> str:
    def rounded(value):
        if isinstance(value, list):
            return [rounded(v) for v in value]
        return "0" if abs(value) < 1e-12 else f"{value:.{digits}g}"

    return str(rounded(values.detach().tolist())).replace("'", "")


def _both(name: str, given: Tensor, expected: Tensor, off: Tensor) -> list[str]:
    """Both values where there are few, else the first entry that is off."""
    title = f"{name}: " if name else ""
    if given.numel() <= SMALL:
        digits = 4 if _numbers(given) != _numbers(expected) else 9
        yours, wanted = f"yours    {_numbers(given, digits)}", f"expected {_numbers(expected, digits)}"
        if len(title) + max(len(yours), len(wanted)) > WIDTH - 2:
            return [title.strip(), yours, wanted]
        return [title + yours, " " * len(title) + wanted]
    where = tuple(off.nonzero()[0].tolist())
    return [
        f"{title}{int(off.sum())} of {off.numel()} numbers are off, the first at {list(where)}: "
        f"yours {given[where].item():.4g}, expected {expected[where].item():.4g}"
    ]


def _relation(given: Tensor, expected: Tensor) -> list[str]:
    """A factor or a constant between the two, if that is all there is."""
    given, expected = given.double().flatten(), expected.double().flatten()
    if not (given.isfinite() & expected.isfinite()).all():
        return []
    there = expected.abs() > 1e-6
    factor, difference = given[there] / expected[there], given - expected
    several = len(given) > 1
    if there.any() and torch.equal(given.abs() > 1e-6, there) and _constant(factor):
        plain = any(math.isclose(factor[0], number, rel_tol=1e-3) for number in PLAIN)
        if plain or (several and f"{factor[0]:.3g}" != "1"):
            return [f"That is {factor[0].item():.4g} times what was expected."]
    if several and _constant(difference):
        return [f"That is {abs(difference[0].item()):.4g} too {'large' if difference[0] > 0 else 'small'} everywhere."]
    return []


def _constant(values: Tensor) -> bool:
    return bool(torch.isclose(values, values[0], rtol=1e-3, atol=1e-6).all())


def _printed(printed: list[str]) -> list[str]:
    lines = dict.fromkeys(line for text in printed[:1] for line in text.splitlines())  # each once
    return [f"Your code printed: {line}" for line in [*lines][:10]]
