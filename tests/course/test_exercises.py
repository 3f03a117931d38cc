"""Every exercise: open, right, each catalogued misconception, mutants that nobody catalogued, and awkward answers."""

import functools
import inspect
import math

import numpy as np
import pytest
import torch
from support.exercises import TASKS, Remembering, notebook_of, remembering, stub_of, written
from support.mutants import mutants

import vaelab as vl
from tools.notebooks import NOTEBOOKS
from vaelab.diagnostics import LatentSnapshot
from vaelab.exercises import EXERCISES, PREDICTIONS
from vaelab.exercises import NOTEBOOKS as MODULES
from vaelab.exercises.engine.source import first_line_off, signature_of, solution_of

FUNCTIONS = [task for task in TASKS if not inspect.isclass(task.reference)]
CLASSES = [task for task in TASKS if inspect.isclass(task.reference)]

# Mutants that are right answers: {name: what they contain}. Everything else that survives is a hole in the checks.
EQUIVALENT = {
    "noise": ("x - sigma * eps",),  # eps and -eps have the same distribution
    "MyVAE": ("mu - torch.exp(0.5 * logvar) * eps",),  # as above
}


def each(tasks):
    return pytest.mark.parametrize("task", tasks, ids=lambda task: f"{task.number}-{task.name}")


def test_there_are_enough():
    assert len(TASKS) == sum(len(notebook.EXERCISES) for notebook in MODULES), "a name is taken twice"
    assert len(TASKS) >= 16
    assert len(PREDICTIONS) >= 10
    for notebook in range(1, 12):
        assert any(task.number.startswith(f"{notebook}.") for task in TASKS), notebook


@each(TASKS)
def test_it_is_in_the_notebook(task):
    cells = notebook_of(task).cells
    i = stub_of(task)
    assert any(f"**Exercise {task.number}.**" in cell.source for cell in cells[:i] if cell.cell_type == "markdown")
    said = f"Exercise {task.number} is open: until you write {task.name}, the course uses its own.\n"
    assert cells[i].outputs[0].text == said
    later = [cell.source for cell in cells[i + 1 :] if cell.cell_type == "code"]
    assert any(f"{task.name}(" in source or f"{task.name}," in source for source in later), "never used"
    stub = written(cells[i].source, task.name)
    assert task.check(stub).status == "open"
    assert first_line_off(stub, task.reference) is None


@each(TASKS)
def test_the_solution_is_right(task):
    verdict = task.check(written(solution_of(task.reference), task.name))
    assert verdict.status == "right", verdict.text


@each(TASKS)
def test_the_solution_is_right_whatever_pytorch_was_told(task):
    answer = written(solution_of(task.reference), task.name)
    torch.set_default_dtype(torch.float64)
    try:
        with torch.device("meta"), torch.inference_mode():
            assert task.check(answer).status == "right"
            assert torch.is_inference_mode_enabled() and torch.get_default_dtype() == torch.float64
    finally:
        torch.set_default_dtype(torch.float32)


@each(TASKS)
def test_each_misconception_gets_its_own_sentence(task):
    assert len(task.wrong) >= 3
    for sentence, wrong in task.wrong.items():
        verdict = remembering(task.name).check(wrong)
        assert verdict.status == "wrong"
        assert f"→ {sentence}" in " ".join(verdict.text.split()), verdict.text


@each(TASKS)
def test_mutants_of_the_solution_are_refused(task):
    accepted, refused = [], 0
    hasty = Remembering.of(task, wrong={})  # which does not look for misconceptions
    for mutant in mutants(solution_of(task.reference)):
        if hasty.check(written(mutant, task.name)).status == "right":
            accepted.append(mutant)
        else:
            refused += 1
    unknown = [m for m in accepted if not any(part in m for part in EQUIVALENT.get(task.name, ()))]
    assert not unknown, "\n\n".join(unknown)
    assert refused >= 2


def as_answer(task, function):
    """A function that is called as the reference is."""
    return functools.wraps(task.reference)(function)


def each_tensor(change, value):
    """The value with a change made to each tensor, or number, in it."""
    if isinstance(value, tuple):
        return tuple(each_tensor(change, part) for part in value)
    return change(value if isinstance(value, torch.Tensor) else torch.tensor(value))


def number_like(value):
    return value.clone() if value.is_floating_point() else value.double()


SPOILT = {
    "None": (lambda value: None, "None"),
    "NumPy": (lambda value: value.detach().numpy(), "NumPy"),
    "shape": (lambda value: torch.stack([value, value]), "xpected"),
    "dtype": (lambda value: value.double() if value.dtype == torch.float32 else value.float(), "torch.float"),
    "nan": (lambda value: number_like(value) * math.nan, "nan"),
    "text": (lambda value: "0.5", "xpected"),
}


@each(FUNCTIONS)
@pytest.mark.parametrize("how", SPOILT)
def test_awkward_results_are_answered_kindly(task, how):
    spoil, said = SPOILT[how]
    result = task.reference(**task.cases(torch.Generator().manual_seed(0))[0])
    parts = result if isinstance(result, tuple) else (result,)
    if how == "dtype" and not any(isinstance(part, torch.Tensor) for part in parts):
        pytest.skip("a number has no dtype that matters")
    verdict = remembering(task.name).check(as_answer(task, lambda *a, **k: each_tensor(spoil, task.reference(*a, **k))))
    assert verdict.status == "wrong"
    assert said in verdict.text, verdict.text
    assert is_kind(task, verdict.text)


@each(FUNCTIONS)
def test_an_argument_that_is_written_to_is_noticed(task):
    case = task.cases(torch.Generator().manual_seed(0))[0]
    first = next((name for name, value in case.items() if isinstance(value, torch.Tensor)), None)
    if first is None:
        pytest.skip("it takes no tensor")

    def greedy(*args, **kwargs):
        result = task.reference(*args, **kwargs)
        argument = inspect.signature(task.reference).bind(*args, **kwargs).arguments[first]
        argument.detach().copy_(argument.detach() * 0 + 1)
        return result

    verdict = remembering(task.name).check(as_answer(task, greedy))
    assert verdict.status == "wrong"
    assert f"It changes {first}" in verdict.text, verdict.text


@each(FUNCTIONS)
def test_a_crash_shows_the_line_and_the_message(task):
    source = f"def {task.name}{signature_of(task.reference)}:\n    a = 1\n    return torch.ones(2) @ torch.ones(3)\n"
    verdict = remembering(task.name).check(written(source, task.name))
    assert verdict.status == "wrong"
    assert "line 3:  return torch.ones(2) @ torch.ones(3)" in verdict.text, verdict.text
    assert "RuntimeError" in verdict.text
    assert is_kind(task, verdict.text)


@each(CLASSES)
def test_a_class_whose_methods_fail_is_answered_kindly(task):
    for name, method in vars(task.reference).items():
        if not inspect.isfunction(method) or name == "__init__":
            continue

        def broken(self, *args, **kwargs):
            raise ValueError("words of my own")

        for change, said in ((broken, "words of my own"), (lambda self, *a, **k: None, "None")):
            verdict = remembering(task.name).check(
                type(task.name, (task.reference,), {name: functools.wraps(method)(change)})
            )
            assert verdict.status == "wrong"
            assert said in verdict.text, (name, verdict.text)
            assert is_kind(task, verdict.text)


def is_kind(task, text):
    """It says how to go on, in few lines, and shows nothing of our own insides."""
    return f"{task.name}.hint()" in text and "Traceback" not in text and ".py" not in text and len(text) < 1500


@each(TASKS)
def test_nothing_written_is_open_however_it_is_left(task):
    functions = [task.reference]
    head, indent = f"def {task.name}{signature_of(task.reference)}:\n", "    "
    if inspect.isclass(task.reference):
        functions = [f for f in vars(task.reference).values() if inspect.isfunction(f)]
        head = f"class {task.name}(nn.Module):\n"
    for body in ("...", "pass", '"""Words."""', '"""Words."""\n{}# YOUR CODE HERE\n{}raise NotImplementedError()'):
        if inspect.isclass(task.reference):
            body = body.format(indent * 2, indent * 2)
            text = "\n".join(f"{indent}def {f.__name__}{signature_of(f)}:\n{indent * 2}{body}" for f in functions)
        else:
            text = indent + body.format(indent, indent)
        assert task.check(written(head + text, task.name)).status == "open"


def test_what_the_notebooks_write_out_is_what_the_package_computes():
    """Where an answer is a formula of the package in other clothes, the two may not drift apart."""
    course = {name: task.reference for name, task in EXERCISES.items()}
    g = torch.Generator().manual_seed(0)
    x, x_hat = torch.rand(2, 5, 784, generator=g)
    mu, logvar = torch.randn(2, 5, 2, generator=g)
    eps = torch.randn(5, 2, generator=torch.Generator().manual_seed(1))
    same = torch.testing.assert_close

    same(course["gaussian_log_likelihood"](x, x_hat, 0.3), vl.gaussian_log_likelihood(x, x_hat, 0.3))
    same(course["cross_entropy"](x, x_hat), -vl.bernoulli_log_likelihood(x, x_hat.logit()))
    same(course["reparameterize"](mu, logvar, eps), vl.reparameterize(mu, logvar, torch.Generator().manual_seed(1)))
    snapshot = LatentSnapshot(mu, torch.exp(0.5 * logvar))
    same([part.item() for part in course["spread"](mu, logvar)], [*vl.summarize(snapshot)[:2]])
    within = (course["sigmas_away"](eps, *snapshot) <= 2).double().mean()
    same(within.item(), vl.coverage(eps, snapshot))

    package = vl.VAE(latent_dim=3, hidden=(32,))
    mine = course["MyVAE"](latent_dim=3, hidden=32)
    mine.load_state_dict(package.state_dict())
    terms = mine.terms(x, torch.Generator().manual_seed(1))
    same([*terms], [*vl.elbo(package, x, torch.Generator().manual_seed(1))])
    loss = vl.VAELoss()(package, x, torch.Generator().manual_seed(1))["total"]
    same(course["minus_elbo"](mine, x, torch.Generator().manual_seed(1)), loss)


def test_the_message_in_the_page_for_students_is_what_the_lost_half_gets():
    verdict = EXERCISES["kl_to_standard_normal"].check(lambda mu, logvar: (mu**2 + logvar.exp() - logvar - 1).sum(-1))
    assert verdict.text in (NOTEBOOKS.parent / "docs" / "students.md").read_text()


def test_a_count_of_numpys_is_a_count():
    task = remembering("active_units")
    by_numpy = as_answer(task, lambda mu, threshold=0.01: (np.var(mu.numpy(), axis=0) > threshold).sum())
    assert task.check(by_numpy).status == "right"


def test_a_single_number_of_numpys_is_a_number():
    def by_numpy(q, p, draws):
        z = q.sample((draws,))
        terms = (q.log_prob(z) - p.log_prob(z)).numpy()
        return np.mean(terms), np.std(terms) / np.sqrt(draws)

    task = remembering("monte_carlo_kl")
    assert task.check(as_answer(task, by_numpy)).status == "right"


def test_the_first_thousand_images_are_not_all():
    task = remembering("average_image")
    assert task.check(as_answer(task, lambda images: images[:1000].mean(0))).status == "wrong"


@pytest.mark.parametrize("gap", [1, 2])
def test_draws_that_mirror_one_another_are_refused(gap):
    def mirrored(mu, logvar, generator):
        half = torch.randn(len(mu) // 2 + gap, mu.shape[1], generator=generator)
        return mu + torch.exp(0.5 * logvar) * torch.cat([half, -half])[: len(mu)]

    task = remembering("draw_code")
    assert "of two images" in task.check(as_answer(task, mirrored)).text
