"""The traceback of a failed cell: the lines that Python means, and no more of others than helps."""

import sys
import unittest

from test_kernel import Page


class TracebackTest(unittest.TestCase):
    def setUp(self):
        self.saved = sys.stdout, sys.stderr, sys.modules["__main__"], sys.__stdout__, sys.__stderr__
        self.page = Page()

    def tearDown(self):
        sys.stdout, sys.stderr, sys.modules["__main__"], sys.__stdout__, sys.__stderr__ = self.saved

    def traceback(self, source):
        outcome = self.page.run(source)
        self.assertEqual(outcome["result"], "error", source)
        return outcome["traceback"]

    def test_what_ends_a_line_is_what_ends_one_for_python(self):
        for sign in ("\x0b", "\x1c", "\u2028", "\x85"):
            text = self.traceback(f"a = 'x{sign}y'\nb = 2\n\x0cmissing + b")
            self.assertIn('line 3, in <module>\n', text)
            self.assertIn("missing + b", text)
        self.assertIn("    missing\n", self.traceback("a = 1\r\nb = 2\rif a:\r\n\tmissing\r\n"))
        self.assertIn("    a = 1; 1 / 0\n           ^", self.traceback("if 1:\n\ta = 1;\t1 / 0").replace("~", "^"))
        self.page.run("def f():\n    x = 'a\x0bb'\n    return x\n\ndef g(): pass")
        self.page.run("import inspect\nprint(inspect.getsource(g))", cell=2)
        self.assertEqual(self.page.text().strip(), "def g(): pass")

    def test_of_a_long_line_the_part_that_is_meant_is_shown(self):
        text = self.traceback("x = 'é" + "a" * 5_000 + "'; 1 / 0; y = '" + "b" * 5_000 + "'")
        shown, mark = text.splitlines()[2:4]
        self.assertLess(len(shown), 300)
        self.assertIn("; 1 / 0; ", shown)
        begin = mark.index("^")
        self.assertEqual(shown[begin : begin + mark.count("^")], "1 / 0")
        text = self.traceback("x = '" + "a" * 5_000 + "'; y = = 1; z = '" + "b" * 5_000 + "'")
        self.assertLess(len(text), 800)
        self.assertIn("; y = = 1; ", text)

    def test_frames_of_libraries_are_folded_but_the_last(self):
        text = self.traceback("import json\njson.loads('{')")
        self.assertRegex(text, r"\[2 frames of json\]\n  File .*decoder\.py\", line \d+, in raw_decode\n")
        self.assertEqual(text.count("File "), 2)
        text = self.traceback("def key(x): return 1 / x\nimport functools\nfunctools.reduce(lambda a, b: key(b), [1, 0])")
        self.assertNotIn("frames of", text)

    def test_a_long_stack_is_shown_by_its_ends(self):
        text = self.traceback("def f(n): return g(n)\ndef g(n): return f(n - 1) if n else missing\nf(200)")
        self.assertEqual(text.count("File "), 20)
        self.assertIn("[… 383 frames are not shown]", text)
        self.assertIn("return f(n - 1) if n else missing\n                                        ^^^^^^^\nNameError", text)
        text = self.traceback("def f(n):\n    if n: f(n - 1)\n    else: 1 / 0\nf(50)")
        self.assertIn("[Previous line repeated 47 more times]", text)
        self.assertEqual(text.count("File "), 5)

    def test_causes_and_members_too(self):
        text = self.traceback(
            "import json\ntry: json.loads('{')\nexcept ValueError as e:\n    raise ExceptionGroup('several', [e]) from e"
        )
        self.assertEqual(text.count("[2 frames of json]"), 2)

    def test_what_has_no_threads_or_windows_says_so(self):
        for source, words in (
            ("raise ModuleNotFoundError(\"No module named 'tkinter'\")", "opens no windows"),
            ("raise ModuleNotFoundError(\"No module named '_posixshmem'\")", "has no processes"),
        ):
            self.assertIn(words, self.page.run(source)["message"])

    @unittest.skipUnless(sys.platform == "emscripten", "elsewhere there are some")
    def test_sockets_say_that_there_are_none(self):
        for source in (
            "import socket\nsocket.create_connection(('localhost', 80))",
            "import socket\nsocket.socket().bind(('', 8000))",
            "import http.server\nhttp.server.HTTPServer(('', 8000), None)",
        ):
            self.assertIn("no sockets", self.page.run(source)["message"])
        self.page.run("import os\nprint(os.system('echo done'))")
        self.assertEqual(self.page.text(), "done\n0\n")


if __name__ == "__main__":
    unittest.main()
