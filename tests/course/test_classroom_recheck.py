"""Answers checked again in a process of their own: honest ones, wrong ones, and those that set out to deceive it."""

import ast
import itertools
import platform
import resource
import sys

import pytest
import torch
from support.cheats import CHEATS
from support.exercises import TASKS, remembering, written
from support.mutants import mutants

from vaelab.classroom.outline import fingerprint, first_line_off, is_long
from vaelab.classroom.parts import bindings
from vaelab.classroom.program import program
from vaelab.classroom.questions import questions
from vaelab.classroom.recheck import Judge
from vaelab.classroom.syscalls import NUMBERS
from vaelab.exercises import EXERCISES
from vaelab.exercises.engine.ask import pytorch_as_it_comes
from vaelab.exercises.engine.source import solution_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")

HEAD = "def importance_weighted_bound(log_w):\n"
RIGHT = "    return log_w.logsumexp(1) - math.log(log_w.shape[1])\n"


@pytest.fixture(scope="module")
def judge():
    """One process to fork from, for all tests."""
    with Judge(seconds=60, memory=1000) as judge:
        yield judge


def judged(judge, text, name="importance_weighted_bound", around=""):
    (answer,) = ast.parse(text).body
    exercise = EXERCISES[name]
    return judge.check(exercise, program(exercise, answer, bindings(ast.parse(around).body)))


def each(tasks):
    return pytest.mark.parametrize("task", tasks, ids=lambda task: f"{task.number}-{task.name}")


@each(TASKS)
def test_the_solution_is_right_and_a_mutant_is_what_the_notebook_says(judge, task):
    assert judged(judge, solution_of(task.reference), task.name) == (True, "", False)
    said = [remembering(task.name).check(written(m, task.name)).status for m in some_mutants(task)]
    assert [judged(judge, m, task.name).right for m in some_mutants(task)] == [s == "right" for s in said]
    assert "wrong" in said


def some_mutants(task):
    return [*itertools.islice(mutants(solution_of(task.reference)), 0, 6, 3)]


@each(TASKS)
def test_under_other_seeds_the_reference_is_right_and_what_is_known_to_be_wrong_is_wrong(task):
    """Ten seeds were tried; here one, another in each exercise."""
    seed = 1000 + TASKS.index(task)
    with pytorch_as_it_comes():
        cases = task.cases(torch.Generator().manual_seed(seed))
        expected = [task._ask(task.reference, case) for case in cases]
        again = [task._ask(written(solution_of(task.reference), task.name), case) for case in cases]
        assert not [off for pair in zip(again, expected, strict=True) if (off := task.difference(*pair))]
        for sentence, wrong in task.wrong.items():
            given = (task._ask(wrong, case) for case in cases)
            assert any(map(task.difference, given, expected)), sentence


@each(TASKS)
def test_what_was_right_for_one_seed_is_not_for_another(task):
    """So that no table of values passes: most cases differ, in what goes in or in what has to come out."""

    def expected(seed):
        cases = task.cases(torch.Generator().manual_seed(seed))
        return [str((case, task._ask(task.reference, case).values)) for case in cases]

    with pytorch_as_it_comes():
        assert sum(map(str.__ne__, expected(1), expected(2))) >= min(2, len(expected(1)) // 3)


@each(TASKS)
def test_what_the_process_is_told_holds_no_answer(task):
    """By their names and by their lines."""
    text = "\n".join(questions(task)["modules"].values())
    assert "wrong" not in [node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    for other in TASKS:
        assert f"def {other.name}(" not in text and f"class {other.name}(" not in text
    answer = ast.unparse(ast.parse(solution_of(task.reference)).body[0]).splitlines()[2:]
    assert not all(line.strip() in text for line in answer)


@pytest.mark.parametrize("what", CHEATS)
def test_a_cheat_is_seen_for_what_it_is(judge, what, monkeypatch):
    text, said = CHEATS[what]
    if said == "ran longer than 1 s":
        monkeypatch.setattr(judge, "seconds", 1)
    found = judged(judge, text)
    assert not found.right
    assert said in found.why, found.why


@pytest.mark.skipif(platform.machine() not in NUMBERS or sys.platform != "linux", reason="there is no such filter")
@pytest.mark.parametrize("call", ["os.stat('/')", "os.mkfifo('mine')", "os.nice(5)", "os.dup(0)"])
def test_where_python_has_no_say_the_kernel_has(judge, call):
    """None of these raises an event that an audit hook could see."""
    found = judged(judge, f"{HEAD}    import os\n    {call}\n{RIGHT}")
    assert (found.right, found.why[:28]) == (False, "stopped with PermissionError")


@pytest.mark.skipif(platform.machine() not in NUMBERS or sys.platform != "linux", reason="there is no such filter")
def test_no_thread_is_started(judge):
    found = judged(judge, f"{HEAD}    import threading\n    threading.Thread(target=print).start()\n{RIGHT}")
    assert (found.right, found.why) == (False, "tried to start or end a process or a thread")


def test_after_all_that_an_honest_answer_is_still_right(judge):
    loud = "    print('x' * 10**7)\n"
    for body in (RIGHT, loud + RIGHT, '    """Words."""\n    w: Nonsense = log_w\n' + RIGHT):
        assert judged(judge, HEAD + body) == (True, "", False)


def test_what_is_tried_before_the_answer_is_called_is_refused_as_well(judge):
    found = judged(judge, f"def importance_weighted_bound(log_w, x=open('mine.txt', 'w')):\n{RIGHT}")
    assert (found.right, found.why) == (False, "tried to write to the disk")
    around = "import os\nHALF = os.system('true')"
    found = judged(judge, f"{HEAD}    HALF\n{RIGHT}", around=around)
    assert (found.right, found.odd) == (False, True)


def test_the_answer_gets_what_it_needs_of_the_notebook_and_nothing_else(judge):
    around = """
from math import log as ln
import numpy
first, second = 1, 2
def helper(log_w):
    return wrong(log_w)
def helper(log_w):
    return log_w.logsumexp(second - first)
raise ValueError("this is not run")
"""
    assert judged(judge, f"{HEAD}    return helper(log_w) - ln(numpy.shape(log_w)[1])\n", around=around).right
    unused = around + "\nimages = open('/etc/passwd').read()\ndef unused(x=images): pass"
    assert judged(judge, f"{HEAD}    return helper(log_w) - ln(log_w.shape[1])\n", around=unused).right


def test_an_earlier_exercise_stands_for_the_courses_own_and_the_target_does_not(judge):
    mine = solution_of(EXERCISES["MyVAE"].reference)
    uses_7_1 = mine.replace("mu + torch.exp(0.5 * logvar) * eps", "reparameterize(mu, logvar, eps)")
    assert uses_7_1 != mine
    broken = "def reparameterize(mu, logvar, eps):\n    return mu"
    assert judged(judge, uses_7_1, "MyVAE", around=broken).right
    answer = "def reparameterize(mu, logvar, eps):\n    return helper(mu, logvar, eps)\n"
    around = f"{solution_of(EXERCISES['reparameterize'].reference)}\ndef helper(*a):\n    return reparameterize(*a)"
    assert "RecursionError" in judged(judge, answer, "reparameterize", around=around).why


def test_the_toy_may_be_used_as_it_knows_no_answer(judge):
    answer = (
        "def exact_elbo(toy, x, q, mean):\n"
        "    return integrate(lambda z: q.log_prob(z).exp() * (toy.log_joint(x, z) - q.log_prob(z)))\n"
    )
    assert judged(judge, answer, "exact_elbo", around="from vaelab.toy import GRID, Toy, integrate").right


def test_noise_is_judged_by_what_was_drawn(judge):
    """In its own process an answer may change what the statistics are computed with. They are computed elsewhere."""
    answer = (
        "def draw_code(mu, logvar, generator):\n"
        "    torch.where = lambda c, exact, value: torch.as_tensor(exact)\n"
        "    return mu + 2 * torch.exp(0.5 * logvar) * torch.randn(mu.shape, generator=generator, dtype=mu.dtype)\n"
    )
    assert "standard deviation" in judged(judge, answer, "draw_code").why


def test_what_is_sent_takes_no_more_memory_than_it_was_sent_in(judge):
    """Whoever writes into the pipe may say that the same bytes are a thousand tensors, or one of a shape to spread."""
    forged = (
        "def draw_code(mu, logvar, generator):\n"
        "    import os, json, struct\n"
        "    one = {'dtype': 'uint8', 'shape': [20_000_000], 'at': 0}\n"
        "    wide = {'dtype': 'float32', 'shape': [1, 1, 5_000_000], 'at': 0}\n"
        "    values = {'': {'seen': [wide]}} | {str(i): one for i in range(9000)}\n"
        "    head = json.dumps({'outcomes': [[values, None, []]] * 7, 'refused': []}).encode()\n"
        "    out = struct.pack('<QQ', 8 + len(head) + 20_000_000, len(head)) + head + bytes(20_000_000)\n"
        "    while out:\n"
        "        out = out[os.write(0, out):]\n"
        "    os._exit(0)\n"
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = judged(judge, forged, "draw_code")
    assert (found.right, found.why) == (False, "gives something else than was expected: something of another shape")
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * (1 if sys.platform == "darwin" else 1024)
    assert grown < 500e6


def test_to_import_is_to_run_so_only_what_is_known_is_imported(judge):
    for module in ("this", "antigravity", "ensurepip.__main__", "idlelib.idle", "pandas"):
        found = judged(judge, f"{HEAD}    import {module}\n{RIGHT}")
        assert (found.right, found.odd) == (False, True)
        assert found.why == f"imports {module}, which is not there when answers are checked"
    for module in ("json", "collections", "numpy as np, itertools", "torch.distributions.kl", "scipy.special"):
        assert judged(judge, f"{HEAD}    import {module}\n{RIGHT}").right or "scipy" in module


def test_a_seed_that_is_given_gives_the_same_cases():
    judges = [Judge(seed=seed) for seed in (5, 5, None, None)]
    task = EXERCISES["importance_weighted_bound"]
    first, same, fresh, other = ([str(o.values) for o in judge._ask(task)] for judge in judges)
    assert first == same != fresh != other


def test_a_changed_first_line_is_told():
    vae, bound = EXERCISES["MyVAE"], EXERCISES["importance_weighted_bound"]
    assert first_line_off(HEAD + RIGHT, bound) is None
    assert first_line_off("def importance_weighted_bound(log_w: Tensor) -> Tensor: ...", bound) is None
    said = first_line_off("def importance_weighted_bound(w): ...", bound)
    assert said == "importance_weighted_bound takes (w); expected (log_w)"
    assert first_line_off("class MyVAE(nn.Module):\n    def encode(self, y): ...", vae) == (
        "encode takes (self, y); expected (self, x)"
    )
    for task in TASKS:
        assert first_line_off(solution_of(task.reference), task) is None


def test_the_same_answer_is_known_under_other_names():
    one = "def f(x, y):\n    total = x + y\n    return total"
    same = '@vl.exercise\ndef f(a: int, b):\n    """Words."""\n    s = a + b  # the sum\n    return s'
    assert fingerprint(one) == fingerprint(same) != fingerprint(one.replace("+", "-"))
    assert not is_long(one) and is_long(one.replace("    return", "    total *= 2\n    return"))


@pytest.mark.skipif(sys.platform == "win32", reason="elsewhere it is another system that has none")
def test_windows_is_told_that_it_can_not(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(RuntimeError, match="Answers are checked on Linux and macOS"):
        Judge()
