"""What cells say to micropip."""

import contextlib
import io
import sys
import tempfile
import types
import unittest
import unittest.mock
from pathlib import Path

from rivulet_kernel import outside, packages, pip
from test_asking import finish


class Packages(unittest.TestCase):
    def setUp(self) -> None:
        folder = self.enterContext(tempfile.TemporaryDirectory())
        about = Path(folder) / "a_package-1.2.dist-info"
        about.mkdir()
        (about / "METADATA").write_text("Metadata-Version: 2.1\nName: A-Package\nVersion: 1.2\nSummary: It is small.\n")
        sys.path.insert(0, folder)
        self.addCleanup(sys.path.remove, folder)

    def test_a_version_is_found_by_any_way_to_write_the_name(self) -> None:
        for text in ("a_package", "A-Package>=1", "a.package[more] == 1.2"):
            self.assertEqual(packages.version_of(text), "1.2", text)
        self.assertIsNone(packages.version_of("no-such-package"))
        self.assertIsNone(packages.version_of("-r"))

    def test_another_version_than_the_wanted_is_told(self) -> None:
        for text in ("a_package", "a-package==1.2", "a-package==1.2.0", "A-Package >= 1", "a-package (==1.2)", "no-such-package==3"):
            self.assertIsNone(packages.other_version(text), text)
        said = packages.other_version("a-package==1.3")
        self.assertIn("a-package 1.2 is there already, and not ==1.3", said)
        self.assertIn("write %pip install a-package==1.3 into the first cell and restart Python", said)
        with contextlib.redirect_stderr(io.StringIO()) as wrong:
            self.assertEqual(pip.pip("install -q a-package==1.3"), "")
        self.assertEqual(wrong.getvalue(), said + "\n")
        micropip = types.ModuleType("micropip")
        micropip.install = lambda *_: None
        packages._change(micropip)
        with self.assertRaisesRegex(ValueError, "a-package 1.2 is there already"):
            finish(micropip.install("a-package==1.3"))

    def test_micropip_takes_what_is_there(self) -> None:
        micropip = types.ModuleType("micropip")

        async def never(*_rest: object) -> None:
            raise AssertionError("the network is asked")

        micropip.install = never
        packages._change(micropip)
        finish(micropip.install("a-package"))
        finish(micropip.install(["A_Package==1.2", "pip"], keep_going=True))
        with self.assertRaisesRegex(ValueError, "^The package no-such-package>=2 could not be brought"):
            finish(micropip.install(["a-package", "no-such-package>=2"]))
        with self.assertRaisesRegex(ValueError, "packages come from this site"):
            finish(micropip.install("https://example.org/a-1-py3-none-any.whl"))


class BeforeTest(unittest.TestCase):
    """What a cell lacks is brought before it runs."""

    def prepare(self, source, *wanted):
        async def bring(_requirements):
            raise ImportError("It could not be brought.")

        asked = {"source": source, "outside": list(wanted)}
        with unittest.mock.patch.object(outside, "bring", bring):
            finish(outside.prepare([one["requirement"] for one in wanted], asked))

    def test_what_is_imported_must_be_there(self):
        with self.assertRaisesRegex(ImportError, "could not be brought"):
            self.prepare("import a", {"requirement": "a", "module": "a"})
        with self.assertRaisesRegex(ImportError, "could not be brought"):
            self.prepare("# /// script\n# dependencies = ['a']\n# ///", {"requirement": "a"})

    def test_what_a_command_installs_is_the_commands_affair(self):
        self.prepare("!pip install a", {"requirement": "a"})

if __name__ == "__main__":
    unittest.main()
