"""On Linux, a filter in the kernel: a process may ask it for memory and the time, and for nothing else.

What holds in the kernel holds for C code too, and for an answer that gets past Python's own say.
"""

import ctypes
import platform
import struct
import sys

# What remains: the memory, the time, signals of its own, chance, and to write into what is open already.
NUMBERS = {
    "x86_64": {
        **{"read": 0, "write": 1, "close": 3, "fstat": 5, "poll": 7, "lseek": 8, "mmap": 9, "mprotect": 10},
        **{"munmap": 11, "brk": 12, "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15, "select": 23},
        **{"sched_yield": 24, "mremap": 25, "madvise": 28, "nanosleep": 35, "getpid": 39, "exit": 60, "uname": 63},
        **{"gettimeofday": 96, "getrusage": 98, "sysinfo": 99, "times": 100, "getuid": 102, "getgid": 104},
        **{"geteuid": 107, "getegid": 108, "getppid": 110, "sigaltstack": 131, "gettid": 186, "time": 201},
        **{"futex": 202, "sched_getaffinity": 204, "clock_gettime": 228, "clock_getres": 229, "clock_nanosleep": 230},
        **{"exit_group": 231, "getcpu": 309, "getrandom": 318, "membarrier": 324, "rseq": 334},
    },
    "aarch64": {
        **{"close": 57, "lseek": 62, "read": 63, "write": 64, "pselect6": 72, "ppoll": 73, "fstat": 80, "exit": 93},
        **{"exit_group": 94, "futex": 98, "nanosleep": 101, "clock_gettime": 113, "clock_getres": 114},
        **{"clock_nanosleep": 115, "sched_getaffinity": 123, "sched_yield": 124, "sigaltstack": 132},
        **{"rt_sigaction": 134, "rt_sigprocmask": 135, "rt_sigreturn": 139, "times": 153, "uname": 160},
        **{"getrusage": 165, "getcpu": 168, "gettimeofday": 169, "getpid": 172, "getppid": 173, "getuid": 174},
        **{"geteuid": 175, "getgid": 176, "getegid": 177, "gettid": 178, "sysinfo": 179, "brk": 214, "munmap": 215},
        **{"mremap": 216, "mmap": 222, "mprotect": 226, "madvise": 233, "getrandom": 278, "membarrier": 283},
        "rseq": 293,
    },
}
ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
NO_NEW_PRIVILEGES, SET_SECCOMP, BY_FILTER, SIGNAL_OF_PARENTS_DEATH = 38, 22, 2, 1
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | 1  # with EPERM


def ended_with_its_parent() -> None:
    """On Linux, this process does not outlive the one that started it. To become another user takes that back."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(SIGNAL_OF_PARENTS_DEATH, 9, 0, 0, 0)


def filtered() -> bool:
    """Sets the filter for this process, for good, and says whether it could: on Linux, on these two processors."""
    machine = platform.machine()
    if sys.platform != "linux" or machine not in NUMBERS:
        return False
    allowed = sorted(NUMBERS[machine].values())
    program = [(LOAD, 0, 0, 4), (JUMP_IF_EQUAL, 1, 0, ARCHITECTURE[machine]), (RETURN, 0, 0, REFUSE), (LOAD, 0, 0, 0)]
    for left, number in zip(range(len(allowed), 0, -1), allowed, strict=True):
        program.append((JUMP_IF_EQUAL, left, 0, number))  # to the last line
    program += [(RETURN, 0, 0, REFUSE), (RETURN, 0, 0, ALLOW)]
    code = b"".join(struct.pack("HBBI", *line) for line in program)
    lines = ctypes.create_string_buffer(code)
    whole = struct.pack("HxxxxxxQ", len(program), ctypes.addressof(lines))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        return False
    return bool(libc.prctl(SET_SECCOMP, BY_FILTER, ctypes.c_char_p(whole), 0, 0) == 0)
