"""@vl.exercise itself, with an exercise made up for it: what is bound, what is said, what is kept."""

import dataclasses
import json
from typing import NamedTuple

import pytest
import torch
from support.exercises import written
from torch import nn

import vaelab as vl
from vaelab import exercises
from vaelab.exercises.engine import records
from vaelab.exercises.engine.check import Exercise
from vaelab.exercises.engine.compare import compare
from vaelab.exercises.engine.difference_wording import in_words
from vaelab.exercises.engine.prediction import Prediction


def doubled(x, times=2):
    """Twice x."""
    return times * x


def with_gradient_cut(x, times=2):
    return times * x.detach()


def three_times(x, times=2):
    return 3 * x


def squared(x, times=2):
    return x**2


DOUBLED = Exercise(
    "5.99",
    "twice a number",
    doubled,
    hints=("Think of 2.", "2 * x"),
    cases=lambda g: [
        {"x": torch.tensor([1.0])},
        {"x": torch.tensor([2.0])},
        {"x": torch.randn(30, generator=g)},
        {"x": torch.randn(3, generator=g, dtype=torch.float64), "times": 4},
    ],
    differentiable=("x",),
    wrong={"Three is not two.": three_times, "Squared, not doubled.": squared, "Cut off.": with_gradient_cut},
)
PREDICTION = Prediction("5h", "Is 2 < 3?", ("yes", "no"), answer="yes", because="One less.")


@pytest.fixture(autouse=True)
def one_exercise(monkeypatch, tmp_path):
    monkeypatch.setattr(exercises, "EXERCISES", {"doubled": DOUBLED})
    monkeypatch.setattr(exercises, "PREDICTIONS", {"5h": PREDICTION})
    monkeypatch.setattr(exercises, "_hints_given", exercises.Counter())
    monkeypatch.setenv("VAELAB_PROGRESS", str(tmp_path / "vaelab-progress.json"))
    return tmp_path / "vaelab-progress.json"


def attempt(body, first_line="def doubled(x, times=2):"):
    return vl.exercise(written(f"{first_line}\n    {body}", "doubled"))


def test_open_the_course_goes_on_with_its_own(capsys, one_exercise):
    bound = attempt("...")
    assert bound(torch.tensor(3.0)) == 6
    assert capsys.readouterr().out == ("Exercise 5.99 is open: until you write doubled, the course uses its own.\n")
    assert not one_exercise.exists(), "to run all cells is no attempt"


def test_right_their_code_is_used(capsys):
    bound = attempt("y = x + x\n    return y * times / 2")
    assert bound is bound.mine
    assert "y = x + x" in json.loads(records.path().read_text())["5.99"]["code"]
    assert capsys.readouterr().out.startswith("✓ Exercise 5.99 is right. From here on the course uses your doubled.")


def test_wrong_says_what_was_tried_and_what_was_expected(capsys):
    bound = attempt("return x**2")
    assert bound(torch.tensor(3.0)) == 6
    assert bound.mine(torch.tensor(3.0)) == 9
    assert capsys.readouterr().out.splitlines() == [
        "✗ Exercise 5.99, doubled: not right yet.",
        "  Tried: x = [1]",
        "  yours    [1]",
        "  expected [2]",
        "  → Squared, not doubled.",
        "  The course goes on with its own. Yours is doubled.mine.",
        "  Stuck? doubled.hint()",
    ]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return -times * x", "In every case, that is -1 times what was expected."),
        ("return times * x.detach()", "→ Cut off."),
        ("return times * x + 1e-3", "yours    [2.001]"),
        ("return times * x * 1.0002", "yours    [2.00040"),
        ("2 * x", "Is it not written yet, or is a return missing?"),
        ("return (2 * x).sum()", "Expected shape (1,)."),
        ("return times * x.float()", "Expected torch.float64, the type of what came in."),
        ("return 2 * x", "(3 simpler cases came out right.)"),
        ("return 2 * x if len(x) < 5 else x", "30 of 30 numbers are off, the first at [0]: yours -1.126, expected"),
        ("return [times * v for v in x]", "torch.stack makes one tensor of a list of tensors."),
        (
            "return (times * x).tolist()",
            "Leave it a tensor: no .item(), no .tolist(), no float(), and nothing from math.",
        ),
        ("return (times * x).detach().numpy()", "Yours gives a NumPy array."),
        ("return (times * x).numpy()", "Stay with torch: .detach() would cut the gradient."),
        ("return float(times * x)", "Leave it a tensor: no .item(), no .tolist(), no float(), and nothing from math."),
        ("return times * x + (x - x.detach())", "The value is right. The gradient is not."),
        ("return 2 * x if x.expand(2) > 0 else x", "torch.where chooses for each number."),
        ("y = x.detach().requires_grad_()\n    y += y\n    return y", "may not be written to, as x[...] = 0"),
        ("return 2 * math.exp(x.expand(2))", "Those of torch take them all at once."),
        ("return times * x, x", "Yours gives 2 results."),
        ("return times * x + (x - x) / (x - x)", "nan comes from"),
        ("x *= 2\n    return x", "It changes x. What comes in"),
        ("x.data.mul_(2)\n    return x", "It changes x. What comes in belongs to the caller"),
        ("y = x @ torch.ones(7)\n    return y", "Your code stopped in line 2:  y = x @ torch.ones(7)"),
        ("return nn.Linear(3, 4)(x)", "mat1 and mat2 shapes cannot be multiplied"),
        (
            "raise NotImplementedError('later')\n    return x",
            "Your code stopped in line 2:  raise NotImplementedError('later')",
        ),
        ("return undefined", "NameError: name 'undefined' is not defined"),
        ("return doubled(x)", "RecursionError"),
        ("exit()", "It called exit(), which would end the notebook's kernel."),
        ("raise KeyboardInterrupt", "You interrupted it. Does a loop never end?"),
        ("raise GeneratorExit('mine')", "GeneratorExit: mine"),
        ("class E(Exception):\n        def __str__(self): raise self\n    raise E", "E: <exception str() failed>"),
        ("print('x is', x)\n    return x", "Your code printed: x is tensor([1.]"),
        ("return x.double().float() * torch.rand(())", "yours    ["),
    ],
)
def test_what_goes_wrong_is_named(body, said, capsys):
    bound = attempt(body)
    out = capsys.readouterr().out
    assert said in out
    assert out.startswith("✗ Exercise 5.99")
    assert bound(torch.tensor(3.0)) == 6


def test_a_changed_first_line_is_named(capsys):
    attempt("return 2 * y", first_line="def doubled(y):")
    out = capsys.readouterr().out
    assert "doubled takes (y)." in out
    assert "Expected (x, times=2): its first line should stay as it was." in out


def test_without_a_source_an_answer_is_checked_all_the_same(capsys):
    names = {}
    exec("def doubled(x, times=2): return times * x", names)
    vl.exercise(names["doubled"])
    assert "✓" in capsys.readouterr().out
    exec("def doubled(x, times=2): return x.missing", names)
    vl.exercise(names["doubled"])
    assert "Your code stopped in line 1.\n" in capsys.readouterr().out


def test_below_a_decorator_it_is_the_students_code_that_is_looked_at(capsys):
    assert DOUBLED.check(attempt("...", "@torch.no_grad()\ndef doubled(x, times=2):").mine).status == "open"
    attempt("return x.missing", "@torch.no_grad()\ndef doubled(x, times=2):")
    assert "Your code stopped in line 3:  return x.missing" in capsys.readouterr().out


def test_an_answer_that_calls_itself_is_not_answered_by_the_course(capsys):
    answer = written("def doubled(x, times=2):\n    return doubled(x, times)", "doubled")
    course = answer.__globals__["doubled"] = attempt("...")
    bound = vl.exercise(answer)
    assert "RecursionError" in capsys.readouterr().out
    assert answer.__globals__["doubled"] is course
    with pytest.raises(exercises.NotRight):
        vl.grade(bound)


def test_what_is_very_long_is_cut(capsys):
    for body in (
        "raise ValueError('x' * 10**6)",
        "print('x' * 10**6)\n    return x",
        "print('x' * 10**6)\n    return 2 * x",
    ):
        attempt(body)
        assert len(capsys.readouterr().out) < 2000


def test_a_factor_or_a_constant_is_told_only_where_it_is_the_same_in_every_case():
    """x = 1 alone would say that x**2 is half of 2 x, and 3 x too large by 1."""

    def said(body):
        return DOUBLED.check(written(f"def doubled(x, times=2):\n    {body}", "doubled")).text

    assert "In every case, that is 1.5 times what was expected." in said("return 1.5 * times * x")
    assert "In every case, that is 0.25 too small." in said("return times * x - 0.25")
    for body in ("return x**2", "return times * x + x.clamp(min=0)", "return times * x if len(x) < 2 else 3 * x"):
        assert "In every case" not in said(body), body


def some_exercise(cases, observe=None, wrong=None, **more):
    """An exercise that asks for the number that it gives."""

    def itself(x):
        return x

    more |= {"observe": observe} if observe else {}
    return Exercise("5.93", "", itself, ("a",), lambda g: [{"x": x} for x in cases], wrong or {}, **more)


def test_a_factor_is_told_of_python_numbers_too_and_where_one_case_is_right():
    """As 0 is, whatever the factor."""
    assert "In every case, that is 100 times" in some_exercise([0.0, 0.1, 0.3]).check(lambda x: 100 * x).text


def test_a_factor_is_told_where_a_case_has_its_value_right_and_only_the_gradient_off():
    task = some_exercise([torch.ones(2), torch.zeros(2), torch.tensor([3.0, 4.0])], differentiable=("x",))
    assert "In every case, that is -1 times" in task.check(lambda x: -x).text


def test_a_factor_is_told_of_a_result_that_not_every_case_has():
    def observe(answer, x):
        yield "the sign", float(x.sign()[0])
        if x[0] > 0:
            yield "the value", answer(x)

    task = some_exercise([torch.tensor([v]) for v in (-1.0, 2.0, 3.0)], observe)
    assert "In every case, that is 3 times" in task.check(lambda x: 3 * x).text
    stops = written("def itself(x):\n    return 3 * x if x[0] < 3 else x.missing", "itself")
    assert "In every case" not in task.check(stops).text


def test_a_factor_is_told_of_one_of_several_results_though_a_case_has_all_right():
    task = some_exercise([0.0, 0.1, 0.3], lambda answer, x: iter([("", (1.0, answer(x)))]))
    text = task.check(lambda x: 100 * x).text
    assert "result 2 of 2: yours" in text and "In every case, that is 100 times" in text


def test_one_too_few_is_no_factor():
    cases = [torch.tensor(v) for v in (400.0, 500.0)]
    assert "In every case, that is 1 too small." in some_exercise(cases).check(lambda x: x - 1).text


def test_where_the_same_is_always_expected_neither_a_factor_nor_a_constant_is_told():
    for expected in torch.zeros(2), torch.ones(2):
        text = some_exercise([expected, expected]).check(lambda x: 3 * x + 1).text
        assert "yours" in text and "In every case" not in text


def test_an_error_tells_what_was_being_looked_at():
    def observe(answer, x):
        yield "step 1", answer(x)
        yield "step 2", answer(-x)

    text = (
        some_exercise([1.0], observe).check(written("def itself(x):\n    return x if x > 0 else x[0]", "itself")).text
    )
    assert "  Step 2:\n  Your code stopped in line 2:" in text


def test_results_are_asked_for_in_words():
    class Both(NamedTuple):
        first_half: float
        second_half: float

    task = some_exercise([1.0], lambda answer, x: iter([("", Both(x, x) if answer(x) == x else 0.5)]))
    assert "Expected 2 results: first half, second half." in task.check(lambda x: 2 * x).text


def test_a_single_number_has_a_factor_to_any_other_and_none_is_told():
    task = Exercise("5.95", "", lambda x: x, ("a",), lambda g: [{"x": torch.ones(())}], {})
    assert "In every case" not in task.check(lambda x: 2 * x).text


def test_a_value_that_is_off_in_a_later_case_is_told_before_a_gradient():
    """At x = 1 the square is right, and its gradient is not."""

    def itself(x):
        return x

    def cases(generator):
        return [{"x": torch.ones(1)}, {"x": torch.full((1,), 3.0)}]

    task = Exercise("5.94", "", itself, ("a",), cases, {"Squared.": lambda x: x**2}, differentiable=("x",))
    text = task.check(written("def itself(x):\n    return x**2", "itself")).text
    assert "Tried: x = [3]" in text and "yours    [9]" in text and "→ Squared." in text
    assert "simpler" not in text, "the case before was not right"
    cut = task.check(written("def itself(x):\n    return x.detach()", "itself")).text
    assert "Tried: x = [1]" in cut and "No gradient gets back to x" in cut


def test_who_interrupts_an_answer_is_not_asked_to_do_so_again():
    answer = written("def doubled(x, times=2):\n    if len(x) < 2: return x**2\n    wait()", "doubled")
    interrupted = []

    def wait():
        interrupted.append(True)
        raise KeyboardInterrupt

    answer.__globals__["wait"] = wait
    assert DOUBLED.check(answer).status == "wrong"
    assert len(interrupted) == 1


def test_several_results_may_be_a_list_and_each_needs_its_gradient():
    def both_signs(x):
        return x, -x

    task = Exercise("5.97", "", both_signs, ("a",), lambda g: [{"x": torch.ones(())}], {}, differentiable=("x",))
    assert task.check(written("def both_signs(x):\n    return [x, -x]", "both_signs")).status == "right"
    in_sum_only = "def both_signs(x):\n    return 2 * x - x.detach(), x.detach() - 2 * x"
    assert task.check(written(in_sum_only, "both_signs")).status == "wrong"


def test_yours_and_expected_stand_below_each_other_even_if_the_name_is_long():
    name = "the mean of the squares of everything that is drawn, in the order in which it comes"
    assert in_words(compare(name, torch.ones(1), torch.zeros(1), 0, 0)) == [f"{name}:", "yours    [1]", "expected [0]"]


def test_there_is_no_empty_line_above_long_values():
    ones = torch.linspace(1, 2, 12)
    said = in_words(compare("", -1.2345 * ones, -2.3456 * ones, 0, 0))
    assert all(said) and len(said) == 2


def test_numbers_elsewhere_are_told_where():
    assert in_words(compare("", torch.ones(1, device="meta"), torch.ones(1), 0, 0)) == [
        "Yours gives numbers on meta.",
        "Expected cpu, where what came in is.",
    ]


def test_a_misconception_is_named_only_if_it_gives_the_same_in_every_case():
    almost = "def doubled(x, times=2):\n    return 3 * x if times == 2 else 3.01 * x"
    assert "→" not in DOUBLED.check(written(almost, "doubled")).text
    later = "def doubled(x, times=2):\n    return times * x if len(x) < 2 else 3 * x"
    assert "→" not in DOUBLED.check(written(later, "doubled")).text, "nor where the answer was right before"


def test_after_the_first_mistake_nothing_need_be_as_the_misconception_has_it():
    def observe(answer, x):
        yield "first", answer(x)
        yield "second", answer(-x)

    def absolute(x):
        return x.abs()

    one = {"x": torch.ones(1)}
    wrong = {"Not the half.": lambda x: x.abs() / 2}
    answer = written("def absolute(x):\n    return x / 2", "absolute")
    task = Exercise("5.96", "", absolute, ("a",), lambda g: [one], wrong, observe=observe)
    assert "→" not in task.check(answer).text
    patient = dataclasses.replace(task, to_the_first_mistake=True)
    assert "first: yours    [0.5]" in patient.check(answer).text
    assert "→ Not the half." in patient.check(answer).text
    assert patient.check(written("def absolute(x):\n    return x", "absolute")).status == "wrong"


def test_an_unknown_name_is_answered_with_the_nearest(capsys):
    def double(x):
        return 2 * x

    assert vl.exercise(double) is double
    assert capsys.readouterr().out == "There is no exercise called double. Was it doubled? Keep the name.\n"


def test_brackets_after_the_decorator_do_no_harm(capsys):
    for decorator in (vl.exercise(), vl.exercise("5.99")):
        answer = written("def doubled(x, times=2):\n    return times * x", "doubled")
        assert decorator(answer) is answer
        assert capsys.readouterr().out.startswith("✓ Exercise 5.99 is right.")


def test_the_random_state_of_the_course_is_left_alone():
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    attempt("torch.manual_seed(3)\n    return 2 * x + 0 * torch.rand(())")
    assert torch.equal(torch.rand(3), expected)


def test_an_error_of_ours_does_not_stop_the_course(capsys, monkeypatch):
    monkeypatch.setattr(Exercise, "check", lambda *_: 1 / 0)
    assert attempt("return 2 * x")(torch.tensor(3.0)) == 6
    assert "The check itself failed on it, with ZeroDivisionError" in capsys.readouterr().out


def test_the_hints_come_in_steps_and_then_the_solution(capsys):
    bound = attempt("...")
    capsys.readouterr()
    for said in ("Hint 1 of 2. Think of 2.\nAnother", "Hint 2 of 2. 2 * x\nThe solution: doubled.solution()", "Hint 2"):
        bound.hint()
        assert capsys.readouterr().out.startswith(said)
    attempt("...").solution()
    assert "@vl.exercise\ndef doubled(x, times=2):\n    return times * x\n" in capsys.readouterr().out


def test_grade_accepts_what_is_right_only():
    vl.grade(attempt("return times * x"))
    for body in ("...", "return x", "return nonsense"):
        with pytest.raises(exercises.NotRight, match=r"5\.99"):
            vl.grade(attempt(body))
    with pytest.raises(ValueError, match="no exercise called sum; there are doubled"):
        vl.grade(sum)


def test_a_class_that_is_wrong_is_replaced_by_one_that_can_be_subclassed(monkeypatch, capsys):
    class Doubler(nn.Module):
        """Doubles."""

        def forward(self, x):
            return 2 * x

    def observe(answer, x):
        yield "forward(x)", answer()(x)

    task = Exercise("5.98", "a class", Doubler, ("a", "b"), lambda g: [{"x": torch.ones(1)}], {}, observe=observe)
    monkeypatch.setattr(exercises, "EXERCISES", {"Doubler": task})
    bound = vl.exercise(written("class Doubler(nn.Module):\n    def forward(self, x):\n        return x", "Doubler"))
    assert "Forward(x) is" not in (out := capsys.readouterr().out)
    assert "forward(x): yours    [1]" in out
    assert bound()(torch.ones(1)) == 2
    assert bound.mine()(torch.ones(1)) == 1
    assert not hasattr(Doubler, "hint")
    bound.hint()
    bound.solution()
    assert "class Doubler(nn.Module):" in capsys.readouterr().out
    stub = written("class Doubler(nn.Module):\n    def forward(self, x): ...", "Doubler")
    assert task.check(stub).status == "open"
    old_style = "    def __init__(self):\n        super(Doubler, self).__init__()\n"
    mine = written(f"class Doubler(nn.Module):\n{old_style}    def forward(self, x): return 2 * x", "Doubler")
    del mine.forward.__globals__["Doubler"]  # a decorator comes before the name
    assert vl.exercise(mine) is mine
    for given, said in (
        ("nn.Module):\n    def forward(self, y)", "takes (self, y)"),
        ("object):\n    def f(self)", "no forward"),
    ):
        assert said in task.check(written(f"class Doubler({given}: return 2", "Doubler")).text


def test_progress_survives_and_what_was_done_stays_done(capsys):
    assert "open" in repr(vl.progress())
    attempt("return x").hint()
    assert "attempted 1 try, 1 hint" in " ".join(repr(vl.progress()).split())
    attempt("return times * x")
    attempt("return x").solution()
    table = repr(vl.progress())
    assert "✓ right 3 tries, 1 hint, solution seen" in " ".join(table.split())
    assert table.endswith("1 of 2 done")
    assert "return times * x" in records.mine()["5.99"]["code"], "the right answer is the one that is kept"
    assert "<td" in vl.progress()._repr_html_()
    assert repr(vl.progress(records.path())) == table


@pytest.mark.parametrize("content", ['{"5.99": {"state"', "[]", '{"5.99": {"tries": "x"}}', '{"5.99": {"state": []}}'])
def test_a_file_that_can_not_be_read_is_kept(content, one_exercise, capsys):
    one_exercise.write_text(content)
    assert "open" in repr(vl.progress())
    assert one_exercise.with_name("vaelab-progress.json.unreadable").read_text() == content
    assert "It was kept as" in capsys.readouterr().out
    attempt("return times * x")
    assert "✓ right" in repr(vl.progress())


def test_a_file_that_was_asked_for_is_named_in_the_error(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"ada\.json is not there"):
        vl.progress(tmp_path / "ada.json")
    (tmp_path / "ada.json").write_text("[1]")
    with pytest.raises(ValueError, match=r"ada\.json can't be read as a progress file"):
        vl.progress(tmp_path / "ada.json")


def test_a_link_to_the_file_stays_one(one_exercise, tmp_path):
    one_exercise.symlink_to(tmp_path / "elsewhere.json")
    attempt("return times * x")
    assert one_exercise.is_symlink()
    assert "5.99" in records.read(tmp_path / "elsewhere.json")


def test_a_place_that_can_not_be_read_stops_nothing(one_exercise, capsys):
    one_exercise.mkdir()
    attempt("return times * x").hint()
    vl.predict("5h")
    assert "open" in repr(vl.progress())
    assert "Your progress could not be read from" in (out := capsys.readouterr().out)
    assert "Your progress could not be written to" in out


def test_a_place_that_can_not_be_written_to_stops_nothing(monkeypatch, capsys, tmp_path):
    (tmp_path / "nowhere").write_text("a file, and no folder")
    monkeypatch.setenv("VAELAB_PROGRESS", str(tmp_path / "nowhere" / "p.json"))
    assert attempt("return times * x")(torch.tensor(3.0)) == 6
    out = capsys.readouterr().out
    assert "✓" in out
    assert "Your progress could not be written to" in out


def test_a_prediction_is_kept_and_explained(capsys):
    ballot = vl.predict("5h")
    assert repr(ballot) == "Prediction 5h. Is 2 < 3?\n  a) yes\n  b) no"
    assert ballot._repr_mimebundle_()["text/plain"] == repr(ballot)
    assert "2 &lt; 3" in ballot.children[0].value
    vl.explain("5h")
    assert capsys.readouterr().out == "Prediction 5h. No pick.\nIt is a) yes. One less.\n"
    ballot.children[1].value = "no"
    vl.explain("5h")
    assert capsys.readouterr().out.startswith("Prediction 5h. You picked b) no.\nIt is a) yes.")
    assert vl.predict("5h").children[1].value == "no", "after a restart the pick is still there"
    ballot.children[1].value = "yes"
    vl.explain("5h")
    assert "You picked a) yes, which is right." in capsys.readouterr().out
    assert "5h    predictions of notebook 05  ✓ picked" in repr(vl.progress())
    with pytest.raises(KeyError, match="no prediction '7q'; there are 5h"):
        vl.predict("7q")
