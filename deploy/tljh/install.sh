#!/usr/bin/env bash
# Installs the course for everybody on a machine that has The Littlest JupyterHub, and brings it up to date when it is
# run again. Of students' homes it sets the mode, 0700, and nothing else.
#
#   sudo deploy/tljh/install.sh                    from a checkout of the repository
#   sudo deploy/tljh/install.sh --wheel FILE       with a wheel that is there already
#   sudo deploy/tljh/install.sh --memory 2G --cpu 2 --idle 7200     limits of each student; seconds until one is culled
#        deploy/tljh/install.sh --dry-run          says what it would do
#
# VAELAB_ROOT names a folder that stands for /, to try it in; TORCH and TORCH_INDEX are the Makefile's.
set -euo pipefail
umask 022  # what root makes here is read by students

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
repository=$(cd -- "$here/../.." && pwd)
root=${VAELAB_ROOT:-}
tljh=$root/opt/tljh
python=$tljh/user/bin/python
config=$tljh/config/jupyterhub_config.d
# As the Makefile has it.
torch=${TORCH:-torch==2.13.0+cpu}
torch_index=${TORCH_INDEX:-https://download.pytorch.org/whl/cpu}

wheel="" memory="" cpu="" idle="" dry=""

# Python is started with -I throughout: else the checkout that this is run from would count as the installed course.
say() { printf '%s\n' "$*"; }
fail() { printf 'install.sh: %s\n' "$*" >&2; exit 1; }
run() {
  if [ -n "$dry" ]; then printf '  '; printf '%q ' "$@"; printf '\n'; else "$@"; fi
}

quietly() {  # JupyterLab looks for a Node of its own, and complains at length about another
  "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; return 1; }
}
append() {
  if [ -n "$dry" ]; then say "  $1 gets: $2"; else printf '%s\n' "$2" >>"$1"; fi
}

while [ $# -gt 0 ]; do
  case $1 in
    --dry-run) dry=yes; shift; continue ;;
    --help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; exit ;;
    --wheel | --memory | --cpu | --idle) [ $# -gt 1 ] || fail "$1 needs a value." ;;
    *) fail "\"$1\" is no option; --help lists them." ;;
  esac
  case $1 in
    --wheel) wheel=$2 ;;
    --memory) memory=$2 ;;
    --cpu) cpu=$2 ;;
    --idle) idle=$2 ;;
  esac
  shift 2
done

# What must be there.
[ -x "$python" ] && [ -x "$tljh/hub/bin/tljh-config" ] ||
  fail "$tljh has no user/bin/python or no hub/bin/tljh-config. Run TLJH's own installer first."
[ -n "$dry" ] || [ -w "$tljh/user/bin" ] || fail "$tljh/user can't be written to. Run this as root: sudo $0"
"$python" -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
  fail "$python is older than Python 3.11, which the course needs. Make the hub anew with TLJH's current installer."
command -v git >/dev/null || fail "git is not there, and nbgitpuller calls it: apt install git"
[ -z "$memory" ] || [[ $memory =~ ^[0-9]+(\.[0-9]+)?[MG]$ ]] ||
  fail "--memory takes a size such as 1.5G or 900M, not \"$memory\"."
[ -z "$cpu" ] || [[ $cpu =~ ^[0-9]+(\.[0-9]+)?$ ]] ||
  fail "--cpu takes a number of cores such as 1 or 0.5, not \"$cpu\"."
[ -z "$idle" ] || [[ $idle =~ ^[0-9]+$ ]] || fail "--idle takes whole seconds, not \"$idle\"."
[ -z "$wheel" ] || [ -f "$wheel" ] || fail "$wheel is not there."

# Limits are set the first time, and again only if they are asked for: those that you set by tljh-config since stay.
if [ ! -e "$config/vaelab_hub.py" ]; then
  memory=${memory:-1.5G} cpu=${cpu:-1} idle=${idle:-3600}
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say "The course, into $tljh/user"
if [ -z "$wheel" ]; then
  run "$python" -I -m pip wheel --quiet --no-deps --wheel-dir "$work" "$repository"
  if [ -n "$dry" ]; then wheel="$work/vaelab.whl"; else wheel=$(echo "$work"/vaelab-*.whl); fi
fi
# PyPI's build for Linux would bring gigabytes of CUDA's libraries.
if ! command -v nvidia-smi >/dev/null &&
  ! "$python" -I -c 'import importlib.util as u, sys; sys.exit(u.find_spec("torch") is None)'; then
  run "$python" -I -m pip install --quiet --no-deps --index-url "$torch_index" "$torch"
fi
run "$python" -I -m pip install --quiet "$wheel" "nbgitpuller>=1.2.1,<2"  # with what they need
run "$python" -I -m pip install --quiet --no-deps --force-reinstall "$wheel"  # also if the version's number is the same

say "MNIST, decoded once for all"
run "$python" -I -m vaelab.prepare

say "Students' servers, and the hub"
[ -z "$memory" ] || run "$tljh/hub/bin/tljh-config" set limits.memory "$memory"
[ -z "$cpu" ] || run "$tljh/hub/bin/tljh-config" set limits.cpu "$cpu"
[ -z "$idle" ] || run "$tljh/hub/bin/tljh-config" set services.cull.timeout "$idle"
run install -D -m 0755 "$repository/deploy/singleuser.py" "$tljh/user/bin/vaelab-singleuser"
run install -D -m 0644 "$repository/deploy/server.py" "$tljh/user/etc/jupyter/jupyter_server_config.py"
# JupyterLab would ask each student whether it may show news.
run quietly "$python" -I -m jupyterlab.labextensions disable --level=sys_prefix \
  @jupyterlab/apputils-extension:announcements
run install -D -m 0600 "$repository/deploy/hub.py" "$config/vaelab_hub.py"
run install -D -m 0600 "$here/systemd.py" "$config/vaelab_systemd.py"

say "Git: of a notebook that both changed, the student's stays"
# A git in TLJH's own environment has an etc of its own.
for etc in "$root/etc" "$tljh/user/etc"; do
  if [ "$etc" = "$root/etc" ] || [ -x "$tljh/user/bin/git" ]; then
    grep -qsxF '*.ipynb merge=binary' "$etc/gitattributes" ||
      append "$etc/gitattributes" "$(cat "$repository/deploy/gitattributes")"
  fi
done

say "Homes: nobody but their student, those that are there and those that useradd will make"
if grep -qsE '^[[:space:]]*HOME_MODE[[:space:]]' "$root/etc/login.defs"; then
  run sed -i -E 's/^[[:space:]]*HOME_MODE[[:space:]].*/HOME_MODE 0700/' "$root/etc/login.defs"
else
  append "$root/etc/login.defs" 'HOME_MODE 0700'
fi
for home in "$root"/home/jupyter-*/; do
  [ ! -d "$home" ] || run chmod 0700 "$home"
done

if [ -z "$dry" ]; then
  open=$(find "$tljh/user" -perm -0002 ! -type l -print -quit)
  [ -z "$open" ] ||
    fail "$open can be written to by everybody, so one student could change what all run: chmod -R o-w $tljh/user"
fi
run "$tljh/hub/bin/tljh-config" reload hub

say "Done. Kernels that run keep the course that they started with, until they are restarted."
