"""Modules that cells write: an import gives what is in the file now."""

import os
import sys
import tempfile
import unittest

from test_kernel import Page

SUCCESS = {"result": "success"}


class ModulesTest(unittest.TestCase):
    def setUp(self):
        self.saved = sys.stdout, sys.stderr, sys.modules["__main__"], os.getcwd(), list(sys.path)
        self.folder = tempfile.TemporaryDirectory()
        os.chdir(self.folder.name)
        sys.path.insert(0, "")
        self.page = Page()

    def tearDown(self):
        sys.stdout, sys.stderr, sys.modules["__main__"], folder, sys.path[:] = self.saved
        os.chdir(folder)
        self.folder.cleanup()
        for name in ("helper", "user", "far", "pack", "pack.inner", "pack.other"):
            sys.modules.pop(name, None)

    def check(self, source, printed, cell=1):
        self.assertEqual(self.page.run(source, cell), SUCCESS, source)
        self.assertEqual(self.page.text(), printed, source)

    def write(self, file, text):
        self.check(f"import os, pathlib\nos.makedirs(os.path.dirname({file!r}) or '.', exist_ok=True)\n_ = pathlib.Path({file!r}).write_text({text!r})", "", cell=9)

    def test_a_rewritten_module_is_imported_anew(self):
        for number in range(5):
            # The same size each time, and all within a moment.
            self.write("helper.py", f"x = {number}\ndef get(): return x")
            self.check("import helper\nprint(helper.x, helper.get())", f"{number} {number}\n")
            self.check("from helper import x\nprint(x)", f"{number}\n", cell=2)

    def test_it_is_the_same_module_while_its_text_is_the_same(self):
        self.write("helper.py", "state = []")
        self.check("import helper\nhelper.state.append(1)", "")
        self.write("helper.py", "state = []")
        self.check("import helper\nprint(helper.state)", "[1]\n", cell=2)
        self.check("import os\nos.remove('helper.py')\nimport helper\nprint(helper.state)", "[1]\n", cell=3)

    def test_reload_reads_the_file_again(self):
        self.check(
            "import importlib, pathlib\nfile = pathlib.Path('helper.py')\n"
            "try: import helper\nexcept ImportError: print('none yet')\n"
            "for n in range(3):\n    _ = file.write_text(f'x = {n}')\n    import helper\n    print(importlib.reload(helper).x)",
            "none yet\n0\n1\n2\n",
        )

    def test_what_uses_a_changed_module_is_imported_anew_too(self):
        self.write("helper.py", "class A: n = 1")
        self.write("user.py", "from helper import A\ndef n(): return A.n")
        self.write("far.py", "import user\ndef n(): return user.n()")
        self.check("import far\nprint(far.n())", "1\n")
        self.write("helper.py", "class A: n = 2")
        self.check("import far\nprint(far.n())", "2\n")

    def test_packages_of_the_notebook(self):
        self.write("pack/__init__.py", "from .inner import x")
        self.write("pack/inner.py", "x = 1")
        self.write("pack/other.py", "from . import inner")
        self.check("import pack.other\nprint(pack.x, pack.other.inner.x)", "1 1\n")
        self.write("pack/inner.py", "x = 2")
        self.check("import pack.other\nprint(pack.x, pack.other.inner.x)", "2 2\n")

    def test_an_error_in_it_shows_its_line_as_it_is_now(self):
        self.write("helper.py", "def f():\n    return 1 / 0")
        self.assertIn("return 1 / 0", self.page.run("import helper\nhelper.f()")["traceback"])
        self.write("helper.py", "def f():\n    return 2 / 0")
        self.assertIn("return 2 / 0", self.page.run("import helper\nhelper.f()")["traceback"])
        self.write("helper.py", "x = = 1")
        outcome = self.page.run("import helper")
        self.assertEqual(outcome["name"], "SyntaxError")
        self.assertIn("helper.py", outcome["traceback"])

    def test_its_source_is_found(self):
        self.write("helper.py", "def f():\n    return 1\n")
        self.check("import helper, inspect\nprint(inspect.getsource(helper.f), end='')", "def f():\n    return 1\n")
        self.write("helper.py", "y = 1\ndef f():\n    return 2\n")
        self.check("import helper, inspect\nprint(inspect.getsource(helper.f), end='')", "def f():\n    return 2\n")


if __name__ == "__main__":
    unittest.main()
