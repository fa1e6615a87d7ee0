"""Resolves which wheels a set of packages means for Python in the browser; pip itself decides.

Reads a question as JSON from standard input and prints the answer as JSON::

    {"python": "3.14", "platform": "pyemscripten_2026_0_wasm32", "requirements": ["altair"],
     "have": [{"name": "numpy", "version": "2.4.3", "depends": []}], "pure": ["pyyaml"], "folder": "wheels"}

``have`` are the packages whose wheels come from elsewhere, in these versions and no others. The
others are downloaded into the folder from the index that pip uses. Of those in ``pure`` there are no
wheels without compiled parts, but they work without these.
"""

import json
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

LINUX = ["manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"]

# pip looks for wheels of the Python that it is told, but reads the markers of requirements
# (`; sys_platform != "emscripten"`) by the Python that it runs in.
PIP = """
import runpy, sys
from pip._vendor.packaging import markers
usual = markers.default_environment
def browser():
    version = {version!r}
    return {{**usual(), "sys_platform": "emscripten", "platform_system": "Emscripten", "os_name": "posix",
            "platform_machine": "wasm32", "python_version": version, "python_full_version": version + ".0",
            "implementation_name": "cpython", "platform_python_implementation": "CPython"}}
markers.default_environment = browser
sys.argv = ["pip", *sys.argv[1:]]
runpy.run_module("pip", run_name="__main__")
"""


def normal(name: str) -> str:
    """A project's name as the index writes it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pip(python: str, command: list[str]) -> None:
    program = PIP.format(version=python)
    quiet = ["-q", "--disable-pip-version-check", "--no-input"]
    done = subprocess.run([sys.executable, "-c", program, *command, *quiet], stderr=subprocess.PIPE, text=True)
    if done.returncode:
        wrong = [line for line in done.stderr.splitlines() if line.startswith("ERROR: ")]
        sys.exit("\n".join(line.removeprefix("ERROR: ") for line in wrong) or done.stderr)


def report(python: str, platforms: list[str], more: list[str]) -> list[dict]:
    """What pip would install, without installing it."""
    with tempfile.TemporaryDirectory() as work:
        file = f"{work}/report.json"
        chosen = [f"--platform={platform}" for platform in platforms]
        pip(python, [
            "install", "--dry-run", "--ignore-installed", "--only-binary=:all:", f"--report={file}",
            f"--target={work}/target", f"--python-version={python}", "--implementation=cp", *chosen, *more,
        ])  # fmt: skip
        return json.loads(Path(file).read_text())["install"]


def stub(folder: Path, one: dict, tag: str) -> None:
    """A wheel with nothing in it, which stands for one that comes from elsewhere."""
    name, version = normal(one["name"]), one["version"]
    stem = f"{name.replace('-', '_')}-{version}"
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Dist: {normal(needed)}" for needed in one["depends"]]
    # By its build number it comes before a wheel of the same version at the index.
    with zipfile.ZipFile(folder / f"{stem}-999-{tag}.whl", "w") as wheel:
        wheel.writestr(f"{stem}.dist-info/METADATA", "\n".join(lines) + "\n")
        wheel.writestr(f"{stem}.dist-info/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n")
        wheel.writestr(f"{stem}.dist-info/RECORD", "")


def needs(metadata: dict, python: str) -> list[str]:
    """The names of what a package requires in the browser, without its extras."""
    from pip._vendor.packaging.requirements import Requirement

    environment = {"sys_platform": "emscripten", "platform_system": "Emscripten", "os_name": "posix", "extra": "",
                   "platform_machine": "wasm32", "python_version": python, "python_full_version": f"{python}.0",
                   "implementation_name": "cpython", "platform_python_implementation": "CPython"}  # fmt: skip
    required = [Requirement(line) for line in metadata.get("requires_dist", [])]
    return sorted({normal(one.name) for one in required if not one.marker or one.marker.evaluate(environment)})


def modules(wheel: Path) -> list[str]:
    """The modules that a wheel brings, by their top-level names."""
    found = set()
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            first, _, rest = name.partition("/")
            if first.endswith((".dist-info", ".data")):
                continue
            module = first if rest else first.split(".")[0]
            if module.isidentifier() and name.endswith((".py", ".so")):
                found.add(module)
    # What some wheels bring by mistake.
    return sorted(found - {"tests", "test", "docs", "examples"})


def described(found: dict, python: str) -> dict:
    metadata, info = found["metadata"], found["download_info"]
    return {
        "name": normal(metadata["name"]),
        "version": metadata["version"],
        "wheel": info["url"].rsplit("/", 1)[1],
        "sha256": info.get("archive_info", {}).get("hashes", {}).get("sha256"),
        "depends": needs(metadata, python),
    }


def download(packages: list[dict], python: str, platforms: list[str], folder: Path) -> None:
    """Brings wheels that are pinned; pip checks them against their sha256."""
    if not packages:
        return
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as wanted:
        for one in packages:
            wanted.write(f"{one['name']}=={one['version']} --hash=sha256:{one['sha256']}\n")
        wanted.flush()
        chosen = [f"--platform={platform}" for platform in platforms]
        pip(python, [
            "download", "--no-deps", "--require-hashes", "--only-binary=:all:", f"--dest={folder}",
            f"--python-version={python}", "--implementation=cp", *chosen, f"--requirement={wanted.name}",
        ])  # fmt: skip


def resolve(asked: dict) -> list[dict]:
    python, folder = asked["python"], Path(asked["folder"])
    with tempfile.TemporaryDirectory() as stubs:
        abi = f"cp{python.replace('.', '')}"
        tag = f"{abi}-{abi}-{asked['platform']}"
        fixed = {}
        pure = report(python, LINUX, ["--no-deps", *asked["pure"]]) if asked["pure"] else []
        pure = [described(found, python) for found in pure]
        for one in [*asked["have"], *pure]:
            fixed[normal(one["name"])] = one["version"]
            stub(Path(stubs), one, tag)
        constraints = Path(stubs) / "constraints.txt"
        constraints.write_text("".join(f"{name}=={version}\n" for name, version in fixed.items()))
        more = [f"--find-links={stubs}", f"--constraint={constraints}", *asked["requirements"]]
        found = [described(one, python) for one in report(python, [asked["platform"]], more)]
    there = {one["name"] for one in found}
    fetched = [one | {"from": "index"} for one in found if one["name"] not in fixed]
    fetched += [one | {"from": "index, without its compiled parts"} for one in pure if one["name"] in there]
    fetch(fetched, asked)
    for one in fetched:
        one["imports"] = modules(folder / one["wheel"])
    return fetched + [one for one in found if one["name"] in fixed and one["name"] not in {p["name"] for p in pure}]


def fetch(packages: list[dict], asked: dict) -> None:
    folder = Path(asked["folder"])
    folder.mkdir(parents=True, exist_ok=True)
    plain = [one for one in packages if one["from"] == "index"]
    download(plain, asked["python"], [asked["platform"]], folder)
    download([one for one in packages if one["from"] != "index"], asked["python"], LINUX, folder)


def strip(wheel: str, target: str) -> None:
    """Writes a wheel without its compiled parts. What it writes depends on nothing but the wheel."""
    with zipfile.ZipFile(wheel) as full, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as pure:
        for entry in full.infolist():
            data = full.read(entry)
            if entry.filename.endswith((".so", ".c", ".pyx", ".pxd", ".pyi")):
                continue
            if entry.filename.endswith(".dist-info/RECORD"):
                data = b"".join(line for line in data.splitlines(True) if b".so," not in line)
            pure.writestr(zipfile.ZipInfo(entry.filename, (2026, 1, 1, 0, 0, 0)), data)


def main() -> None:
    if sys.argv[1:2] == ["strip"]:
        return strip(*sys.argv[2:])
    asked = json.load(sys.stdin)
    if "packages" in asked:
        return fetch(asked["packages"], asked)
    json.dump(resolve(asked), sys.stdout)


if __name__ == "__main__":
    main()
