"""The Debian package in a clean root: installed, at work, upgraded, removed and purged.

    package_test.py SOURCE_FOLDER FOLDER_FOR_WHAT_IS_KEPT

Makes the package, and with debootstrap a Debian of little else than what the package depends on,
from the mirror that this machine's own apt uses; that one is kept, as it takes a minute. What is
done in the root is inside.sh, in namespaces of its own. Needs root and a mirror: without them it is
skipped (exit 77), and says why.
"""

import hashlib
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
SKIPPED = 77
TOOLS = ("cpack", "debootstrap", "dpkg-deb", "dpkg-shlibdeps", "ip", "unshare")


class Skip(Exception):
    pass


def say(what):
    print(f"== {what}", flush=True)


def output(*words, **options):
    done = subprocess.run([str(word) for word in words], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, **options)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, words))}: exit {done.returncode}\n{done.stdout}")
    return done.stdout


def in_memory(script, *namespaces, **options):
    """Runs a shell script in an empty folder that is memory, and gone with the mounts that only
    it sees, and in further new namespaces. It makes and unpacks a root: dpkg is slow on a disk."""
    with tempfile.TemporaryDirectory(prefix="brink-package-") as folder:
        begin = f"set -e\nmount --make-rprivate /\nmount -t tmpfs tmpfs {folder}\ncd {folder}\n"
        return subprocess.run(["unshare", "--mount", *namespaces, "sh", "-c", begin + script],
                              **options)


def codename():
    """Of the Debian that this is: "bookworm"."""
    text = pathlib.Path("/etc/os-release").read_text()
    found = re.search(r'^VERSION_CODENAME="?(\w+)', text, re.M)
    if found is None:
        raise Skip("this is no Debian: /etc/os-release has no VERSION_CODENAME")
    return found[1]


def mirror(suite):
    """Where apt gets that suite's main component from."""
    listed = subprocess.run(["apt-get", "indextargets", "--format",
                             "$(SITE) $(RELEASE) $(COMPONENT)", "Identifier: Packages"],
                            text=True, capture_output=True)
    for line in listed.stdout.splitlines():
        site, release, component = line.split()
        if (release, component) == (suite, "main"):
            return site
    raise Skip(f"apt's sources name no mirror of {suite} main")


def make_package(source):
    """The path of the .deb."""
    output("cmake", "--preset", "package", cwd=source)
    output("cmake", "--build", "--preset", "package", "-j2", cwd=source)
    for old in (source / "build/package").glob("brink_*.deb"):
        old.unlink()
    output("cpack", "--preset", "package", cwd=source)
    (made,) = (source / "build/package").glob("brink_*.deb")
    return made


def check_by_lintian(package):
    """Debian's own opinion, if it is here to be asked."""
    if shutil.which("lintian") is None:
        say("lintian is not installed: nobody asks it")
        return
    told = subprocess.run(["lintian", "--allow-root", "--fail-on", "error", package], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    print(told.stdout, end="")
    if told.returncode != 0:
        sys.exit("lintian finds errors")


def dependencies(package):
    """The names of what it needs; of alternatives the first."""
    text = output("dpkg-deb", "--field", package, "Depends")
    return sorted(re.match(r"[\w.+-]+", part.strip())[0] for part in text.split(","))


def clean_root(names, keep):
    """A tar of a minimal Debian with these packages, and nothing of brink."""
    suite = codename()
    site = mirror(suite)
    key = hashlib.sha256(" ".join([suite, *names]).encode()).hexdigest()[:12]
    tar = keep / f"root-{suite}-{key}.tar"
    if tar.exists():
        return tar
    say(f"debootstrap {suite}, with {', '.join(names)}")
    keep.mkdir(parents=True, exist_ok=True)
    for old in keep.glob("root-*"):
        old.unlink()
    part = tar.with_suffix(".part")
    words = ["debootstrap", "--variant=minbase", f"--include={','.join(names)}", suite, "root",
             site]
    pack = f"tar -C root --one-file-system -cf {shlex.quote(str(part))} ."
    done = in_memory(f"{shlex.join(words)}\n{pack}", text=True, stdout=subprocess.PIPE,
                     stderr=subprocess.STDOUT)
    if done.returncode != 0:
        print("\n".join(done.stdout.splitlines()[-15:]))
        raise Skip("debootstrap failed: without its mirror there is no clean root")
    part.rename(tar)
    return tar


def run_inside(tar, package):
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8",
                   "DEBIAN_FRONTEND": "noninteractive"}
    begin = f"""
tar -xf {shlex.quote(str(tar))}
cp {shlex.quote(str(package))} brink.deb
cp {shlex.quote(str(HERE / "inside.sh"))} inside.sh
ip link set lo up
mount -t proc proc proc
exec chroot . sh /inside.sh"""
    done = in_memory(begin, "--net", "--pid", "--fork", "--kill-child", env=environment,
                     timeout=200, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        sys.exit(f"in the clean root: exit {done.returncode}")


def main(source, keep):
    missing = [name for name in TOOLS if shutil.which(name) is None]
    if missing:
        raise Skip(f"not installed: {', '.join(missing)}")
    if os.geteuid() != 0:
        raise Skip("only root can make a clean root")
    if in_memory("true", "--net", "--pid", "--fork", capture_output=True).returncode != 0:
        raise Skip("no namespaces can be made here")
    began = time.monotonic()
    package = make_package(source)
    say(f"{package.name}, after {time.monotonic() - began:.0f} s")
    check_by_lintian(package)
    tar = clean_root(dependencies(package), keep)
    say(f"a clean root, after {time.monotonic() - began:.0f} s")
    run_inside(tar, package)
    say(f"all is well, after {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    try:
        main(*(pathlib.Path(word).resolve() for word in sys.argv[1:3]))
    except Skip as why:
        print(f"skipped: {why}")
        sys.exit(SKIPPED)
