"""Answers to exercise 11.1 that set out to deceive whoever checks them: what each does, and what is said of it.

Those that end in the right answer would be right but for what they do before.
"""

TEXT = """
# the reference -> the course's own
from vaelab.exercises import EXERCISES
return EXERCISES['importance_weighted_bound'].reference(log_w)

# the reference, by another name -> the course's own
m = __import__('vae' + 'lab.exercises')
return m.exercises.NOTEBOOKS[11].importance_weighted_bound(log_w)

# the text of the solution -> stopped with AttributeError
import inspect, io, contextlib
out = io.StringIO()
with contextlib.redirect_stdout(out):
    importance_weighted_bound.solution()
exec(out.getvalue(), globals())
return importance_weighted_bound(log_w)

# what is in memory -> stopped with LookupError: none is there
import gc
for f in gc.get_objects():
    if type(f) is type(lambda: 0) and f is not importance_weighted_bound:
        if f.__name__ in ('importance_weighted_bound', 'reference'):
            return f(log_w)
raise LookupError('none is there')

# the frames above -> stopped with LookupError: none is there
import sys
frame = sys._getframe()
while frame:
    for thing in {**frame.f_globals, **frame.f_locals}.values():
        if hasattr(thing, 'reference'):
            return thing.reference(log_w)
    frame = frame.f_back
raise LookupError('none is there')

# the source -> the course's own
import pathlib, torch
pathlib.Path(torch.__file__).parents[1].joinpath('vaelab/exercises/n11_further.py').read_text()
return log_w.logsumexp(1) - math.log(log_w.shape[1])

# another file -> tried to read /etc/passwd
open('/etc/passwd').read()
return log_w.logsumexp(1) - math.log(log_w.shape[1])

# a file -> tried to write to the disk
open('mine.txt', 'w').write('x')
return log_w.logsumexp(1) - math.log(log_w.shape[1])

# a file, quietly -> tried to write to the disk
try:
    open('mine.txt', 'w')
except Exception:
    pass
return log_w.logsumexp(1) - math.log(log_w.shape[1])

# a folder -> tried to write to the disk
import os
os.mkdir('mine')
return log_w.logsumexp(1) - math.log(log_w.shape[1])

# to delete -> tried to write to the disk
import os
os.remove('mine')
return log_w.logsumexp(1) - math.log(log_w.shape[1])

# exit -> called exit()
exit()

# to end the process -> ended the process
import os
os._exit(0)

# a loop -> ran longer than 1 s
while True:
    pass

# to sleep -> ran longer than 1 s
import time
while True:
    time.sleep(1)

# memory -> needed more than 1000 MB
x = [torch.ones(10**8) for _ in range(20)]
return log_w.logsumexp(1) - math.log(log_w.shape[1])

# memory of Python's -> needed more than 1000 MB
x = bytearray(3 * 10**9)
return log_w.logsumexp(1) - math.log(log_w.shape[1])

# a fork -> start or end a process
import os
os.fork()
return log_w.logsumexp(1) - math.log(log_w.shape[1])

# a program -> start or end a process
import subprocess
subprocess.run(['true'])
return log_w.logsumexp(1) - math.log(log_w.shape[1])

# the shell -> start or end a process
import os
os.system('true')
return log_w.logsumexp(1) - math.log(log_w.shape[1])

# to end what started it -> start or end a process
import os
os.kill(os.getppid(), 9)
return log_w.logsumexp(1) - math.log(log_w.shape[1])

# the network -> the network
import socket
socket.create_connection(('127.0.0.1', 80))
return log_w.logsumexp(1) - math.log(log_w.shape[1])

# C -> past Python
import ctypes
ctypes.CDLL(None).getpid()
return log_w.logsumexp(1) - math.log(log_w.shape[1])

# a crash -> crashed the process (SIG
import os, signal
os.abort()

# to go too deep -> stopped with RecursionError
return importance_weighted_bound(log_w)

# to give too much -> too large to send
return torch.zeros(1).expand(10**9)

# a list in a list -> broke the process that runs it
x = []
for _ in range(50_000):
    x = [x]
return x

# to be equal to all -> broke the process that runs it
class Equal:
    def __eq__(self, other):
        return True
    __class__ = torch.Tensor
return Equal()

# a tensor that lies -> yours
class Liar(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        if function is torch.Tensor.detach:
            return args[0]
        return super().__torch_function__(function, types, args, kwargs or {})
    def __eq__(self, other):
        return True
return log_w.mean(1).as_subclass(Liar)

# another comparison -> yours
torch.equal = lambda *_: True
torch.isclose = lambda a, *_, **__: torch.ones_like(a).bool()
return log_w.mean(1)

# to say that it is right -> Yours gives None
import os, json, struct
said = json.dumps({'outcomes': [[{'': None}, None, []]] * 13, 'refused': []}).encode()
os.write(0, struct.pack('<QQ', 8 + len(said), len(said)) + said)
os._exit(0)

# to say anything -> something else than values
import os
os.write(0, b'\\x10' + bytes(40))
os._exit(0)

# an empty refusal -> something else than values
import os, json, struct
said = json.dumps({'outcomes': [], 'refused': [[]]}).encode()
os.write(0, struct.pack('<QQ', 8 + len(said), len(said)) + said)
os._exit(0)

# a refusal that is none -> something else than values
import os, json, struct
said = json.dumps({'outcomes': [], 'refused': ['']}).encode()
os.write(0, struct.pack('<QQ', 8 + len(said), len(said)) + said)
os._exit(0)

# refusals by name -> something else than values
import os, json, struct
said = json.dumps({'outcomes': [], 'refused': {'': 1}}).encode()
os.write(0, struct.pack('<QQ', 8 + len(said), len(said)) + said)
os._exit(0)

# to say more than can be -> more than could be sent
import os
os.write(0, bytes([255] * 8))
while True:
    os.write(0, bytes(10**6))

# to forget what was refused -> yours
import sys
try:
    open('mine.txt', 'w')
except Exception as e:
    frame = e.__traceback__.tb_frame
while frame:
    if 'refused' in frame.f_locals:
        frame.f_locals['refused'].clear()
    frame = frame.f_back
return log_w.mean(1)

# a pickle -> something else than was expected: P
class P:
    def __reduce__(self):
        return (print, ('x',))
return P()

# nan -> yours    [nan]
return log_w.sum(1) * math.nan

# answers written down -> yours
known = {2: [0.0], 1: [2.0]}
written_down = torch.tensor(known.get(log_w.shape[1], [0.0]) * len(log_w))
return log_w.sum(1) - log_w.sum(1).detach() + written_down

# the course's other function -> NameError
return vl.objectives.importance_weighted(log_w)
"""

START = "def importance_weighted_bound(log_w):\n"


def _read() -> dict[str, tuple[str, str]]:
    """{what it does: (the answer, what is said)}."""
    cheats = {}
    for part in TEXT.split("\n# ")[1:]:
        title, _, body = part.partition("\n")
        what, _, said = title.partition(" -> ")
        lines = "".join(f"    {line}\n" for line in body.splitlines() if line)
        cheats[what] = (START + lines, said)
    return cheats


CHEATS = _read()
