"""What cells say to pip and to micropip."""

import asyncio
import contextlib
import io
import sys
import tempfile
import types
import unittest
from pathlib import Path

from rivulet_kernel import packages


def said(line: str) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as written:
        packages.pip(line)
    return written.getvalue()


class Packages(unittest.TestCase):
    def setUp(self) -> None:
        folder = self.enterContext(tempfile.TemporaryDirectory())
        about = Path(folder) / "a_package-1.2.dist-info"
        about.mkdir()
        (about / "METADATA").write_text("Metadata-Version: 2.1\nName: A-Package\nVersion: 1.2\nSummary: It is small.\n")
        sys.path.insert(0, folder)
        self.addCleanup(sys.path.remove, folder)

    def test_install_says_what_there_is(self) -> None:
        self.assertEqual(said("install a_package"), "a_package 1.2 is here.\n")
        self.assertEqual(said("install -U 'A-Package[more]>=1, <2'  # for later"), "A-Package 1.2 is here.\n")
        self.assertEqual(said("install -q a-package pip"), "")
        self.assertEqual(said("install pip setuptools"), said("install pip") + said("install setuptools"))

    def test_install_goes_on_without_what_is_not_there(self) -> None:
        nowhere = "The package no-such-package is not here: this site does not have it, or it could not be fetched.\n"
        self.assertEqual(said("install -q no-such-package a-package"), nowhere)
        self.assertIn("by their names", said("install https://example.org/a-1-py3-none-any.whl"))
        self.assertIn("write the names", said("install -r requirements.txt"))
        self.assertIn("No closing quotation", said("install 'a"))

    def test_list_is_true(self) -> None:
        self.assertIn("A-Package 1.2\n", said("list"))
        self.assertIn("A-Package==1.2\n", said("freeze"))
        self.assertEqual(said("show a-package"), "Name: A-Package\nVersion: 1.2\nSummary: It is small.\n")

    def test_other_commands_say_so(self) -> None:
        self.assertIn("nothing to uninstall", said("uninstall -y a-package"))
        self.assertIn("pip download does nothing here", said("download a"))
        self.assertIn("pip install, list", said(""))

    def test_micropip_takes_what_is_there(self) -> None:
        micropip = types.ModuleType("micropip")

        async def never(*_rest: object) -> None:
            raise AssertionError("the network is asked")

        micropip.install = never
        packages._change(micropip)
        asyncio.run(micropip.install("a-package"))
        asyncio.run(micropip.install(["A_Package==1.2", "pip"], keep_going=True))
        with self.assertRaisesRegex(ValueError, "^The package no-such-package is not here"):
            asyncio.run(micropip.install(["a-package", "no-such-package>=2"]))
        with self.assertRaisesRegex(ValueError, "packages come from this site"):
            asyncio.run(micropip.install("https://example.org/a-1-py3-none-any.whl"))


if __name__ == "__main__":
    unittest.main()
