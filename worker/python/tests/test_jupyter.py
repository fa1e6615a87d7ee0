"""What people type who know Jupyter: display objects, magics, commands of a shell."""

import os
import sys
import tempfile
import unittest
from unittest.mock import patch

from test_kernel import Page

import rivulet_kernel  # noqa: F401
from rivulet_kernel import capture, inputs, ipython, magics, shell, timing  # noqa: F401

SUCCESS = {"result": "success"}
PNG = r"b'\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10\0\0\0\x08'"


class Case(unittest.TestCase):
    def setUp(self):
        names = ("stdout", "stderr", "__stdout__", "__stderr__", "path", "meta_path")
        self.addCleanup(lambda saved: [setattr(sys, name, one) for name, one in saved.items()], {name: getattr(sys, name) for name in names})
        self.addCleanup(sys.modules.__setitem__, "__main__", sys.modules["__main__"])
        # The real one may be there; and it need not.
        sys.meta_path = [ipython._Finder, *sys.meta_path]
        sys.path = ["", *sys.path]
        hidden = patch.dict(sys.modules, {name: module for name, module in sys.modules.items()})
        hidden.start()
        self.addCleanup(hidden.stop)
        for name in [name for name in sys.modules if name.split(".")[0] == "IPython"]:
            del sys.modules[name]
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(folder.name)
        self.page = Page()
        self.cell = 0

    def run_cell(self, source, **more):
        self.cell += 1
        outcome = self.page.run(source, cell=self.cell, **more)
        self.outputs = [output for _, output, _ in self.page.posted]
        return outcome

    def ok(self, source, **more):
        self.assertEqual(self.run_cell(source, **more), SUCCESS, source)
        return self.seen()

    def fails(self, source, *words):
        outcome = self.run_cell(source)
        self.assertEqual(outcome["result"], "error", source)
        for word in words:
            self.assertIn(word, outcome["message"], source)
        self.assertNotIn("rivulet_kernel", outcome["traceback"])
        return outcome

    def seen(self):
        """What is on the page at the end, as a list of texts and forms."""
        kept, clears = [], False
        for output in self.outputs:
            kind = output["kind"]
            if kind == "clear":
                clears = output["wait"]
                kept = kept if clears else []
                continue
            if kind == "update":
                kept = [(one[0], output["bundle"]) if isinstance(one, tuple) and one[0] == output["display"] else one for one in kept]
                continue
            if clears:
                kept, clears = [], False
            if kind in ("text", "tail"):
                kept.append(output["text"])
            elif "display" in output:
                kept.append((output["display"], output["bundle"]))
            else:
                kept.append(output["bundle"])
        joined = []
        for one in kept:
            if isinstance(one, str) and joined and isinstance(joined[-1], str):
                joined[-1] += one
            else:
                joined.append(one[1] if isinstance(one, tuple) else one)
        return [one if isinstance(one, str) else {mime: form.get("text", "binary") for mime, form in one.items()} for one in joined]


class InputsTest(unittest.TestCase):
    """The text of each line as Python, by the rules of IPython's own transformer."""

    def check(self, written, expected, magics=()):
        cell = inputs.to_python(written)
        self.assertEqual(cell.source, expected)
        self.assertEqual(cell.magics, list(magics))
        self.assertEqual(cell.source.count("\n"), written.count("\n") if "run_cell_magic" not in cell.source else cell.source.count("\n"))

    def test_lines(self):
        line = "get_ipython().run_line_magic({!r}, {!r})".format
        for written, expected in (
            ("%matplotlib inline", line("matplotlib", "inline")),
            ("  %cd  a b ", line("cd", "a b")),
            ("%%time\nx", "\nx"),
            ("!ls -l", "get_ipython().system('ls -l')"),
            ("!!ls", "get_ipython().getoutput('ls')"),
            ("files = !ls *.py", "files = get_ipython().getoutput('ls *.py')"),
            ("a, b = !ls", "a, b = get_ipython().getoutput('ls')"),
            ("r = %timeit -o f(x)", "r = " + line("timeit", "-o f(x)")),
            ("d['k'] = %pwd", "d['k'] = " + line("pwd", "")),
            ("%run a.py \\\n  b", line("run", "a.py b") + "\n"),
            ("x?", line("pinfo", "x")),
            ("a.b??  # how", line("pinfo2", "a.b")),
            ("?x.y", line("pinfo", "x.y")),
            ("%time?", line("pinfo", "%time")),
            ("np.*load*?", line("psearch", "np.*load*")),
            ("pip install -q numpy", line("pip", "install -q numpy")),
            (",f a b", "f('a', 'b')"),
            (";f a b", "f('a b')"),
            ("/f a b", "f(a, b)"),
            ("if x:\n    !ls\n    %time f()", "if x:\n    get_ipython().system('ls')\n    " + line("time", "f()")),
            # Python, or text, and no magic.
            ("y = (3\n  %x)", "y = (3\n  %x)"),
            ("y = 3 \\\n  %x", "y = 3 \\\n  %x"),
            ("s = '''\n%time\n!ls\n'''", "s = '''\n%time\n!ls\n'''"),
            ("s = \"it's\"\n%pwd", "s = \"it's\"\n" + line("pwd", "")),
            ("# why?", "# why?"),
            ("x = 1  # why?", "x = 1  # why?"),
            ("x == !y", "x == !y"),
            ("f'{a!r}'", "f'{a!r}'"),
            ("x[\n!ls\n]", "x[\n!ls\n]"),
        ):
            with self.subTest(written):
                magics = [("time", "")] if written.startswith("%%") else ()
                self.check(written.lstrip() if written.startswith("  %") else written, expected, magics)

    def test_prompts_and_indents_are_taken_off(self):
        self.check(">>> x = 1\n>>> if x:\n...     y", "x = 1\nif x:\n    y")
        self.check("In [1]: x = 1\n   ...: y\n\nIn [12]: z", "x = 1\ny\n\nz")
        self.check("    x = 1\n    if x:\n        y", "x = 1\nif x:\n    y")

    def test_the_first_lines_may_be_magics_of_the_cell(self):
        self.check("\n%%capture out\n%%time\n!ls", "\n\n\nget_ipython().system('ls')", [("capture", "out"), ("time", "")])
        cell = inputs.to_python("%%writefile a.py\nx = 1\n%time")
        self.assertEqual(cell.source, r"get_ipython().run_cell_magic('writefile', 'a.py', 'x = 1\n%time\n')")


class MagicTest(Case):
    def test_code_of_magics_sees_and_makes_the_names_of_its_cell(self):
        for own in ([], ["a", "b"]):
            shown = self.ok("a = 4\n%time b = a + 1\n%timeit -n 2 -r 2 a + b\n!echo {a} $b {{}} $$\n%time a + b", own=own)
            self.assertRegex(shown[0], r"CPU times: total: .*\nWall time: .*\n.* per loop \(mean \xb1 std. dev. of 2 runs, 2 loops each\)\n4 5 \{\} \$\nCPU")
            self.assertEqual(shown[1], {"text/plain": "9"})
        self.assertEqual(self.ok("%time 1;")[1:], [])
        self.assertEqual(self.ok("r = %timeit -q -o -n 3 -r 4 sum([1])\nr.loops, len(r.all_runs), r.best <= r.worst"), [{"text/plain": "(3, 4, True)"}])
        self.assertNotIn("_rivulet_loop", sys.modules["__main__"].__dict__)

    def test_a_cell_that_is_timed_shows_its_value_and_fails_in_its_line(self):
        value, printed = self.ok("%%time\nx = 2\nx * 21")
        self.assertEqual(value, {"text/plain": "42"})
        self.assertIn("Wall time: ", printed)
        outcome = self.fails("%%time\nx = 1\n\n1 / 0")
        self.assertEqual(outcome["entries"], [{"cell": self.cell, "line": 4}])
        self.assertIn("1 / 0\n    ~~^~~", outcome["traceback"])
        self.assertIn("5 loops each", self.ok("%%timeit -n 5 -r 2 k = [3]\nk.append(1)\nlocal = 1")[0])
        self.assertEqual(self.fails("local")["name"], "NameError")
        self.assertIn("function calls", self.ok("%%prun\nsorted([2, 1])")[1])
        self.ok("%%time\nfrom __future__ import annotations\nx: missing = 1")

    @unittest.skipIf(sys.platform == "emscripten", "its own loop cannot wait; the browser tests await")
    def test_it_may_await(self):
        self.assertEqual(self.ok("%%time\nimport asyncio\nawait asyncio.sleep(0, 5)")[0], {"text/plain": "5"})
        self.assertEqual(self.ok("import asyncio\n%time await asyncio.sleep(0, 5)")[1], {"text/plain": "5"})

    def test_errors_underline_what_was_written(self):
        outcome = self.fails("x = 1\n  \n%time 1 / (x - 1)")
        self.assertIn("    %time 1 / (x - 1)\n          ~~^~~~~~~~~\n", outcome["traceback"])
        self.assertIn('line 2\n    y = = 2', self.fails("%matplotlib inline\ny = = 2")["traceback"])
        self.assertNotIn("During handling", self.fails("%%time\ndef f(:")["traceback"])

    def test_what_is_captured_is_put_out_nowhere_else(self):
        self.assertEqual(self.ok("%%capture cap\nimport sys\nprint('out')\nprint('err', file=sys.stderr)\ndisplay(1)\n2"), [])
        self.assertEqual(self.ok("cap.stdout, cap.stderr, len(cap.outputs)"), [{"text/plain": r"('out\n', 'err\n', 2)"}])
        self.assertEqual(self.ok("cap.show()"), ["out\nerr\n", {"text/plain": "1"}, {"text/plain": "2"}])
        self.assertEqual(self.ok("%%capture --no-stdout cap\nprint('shown'); display(1)"), ["shown\n"])
        self.assertEqual(self.ok("%%capture\nprint('gone')\nprint('too')"), [])
        self.fails("%%capture cap\nprint('before')\n1 / 0", "division")
        self.assertEqual(self.ok("print(cap)"), ["before\n\n"])
        self.assertEqual(self.ok("from IPython.utils.capture import capture_output\nwith capture_output() as c: print(1)\nprint('x' + c.stdout)"), ["x1\n\n"])

    def test_a_module_that_a_cell_writes_is_imported_as_it_is_now(self):
        for number, verb in ((7, "Writing"), (8, "Overwriting")):
            self.assertEqual(self.ok(f"%%writefile helper_of_test.py\ndef f():\n    return {number}\n"), [f"{verb} helper_of_test.py\n"])
            self.assertEqual(self.ok("import helper_of_test\nhelper_of_test.f()"), [{"text/plain": str(number)}])
        self.assertEqual(self.ok("%%file -a helper_of_test.py\ng = f"), ["Appending to helper_of_test.py\n"])
        self.assertEqual(self.ok("%run helper_of_test.py\ng()"), [{"text/plain": "8"}])
        self.fails("%%writefile\nx", "name of the file is missing")
        self.fails("%run nowhere.py", "Add the file to this notebook")

    def test_forms_of_a_cell(self):
        for magic, mime in (("html", "text/html"), ("markdown", "text/markdown"), ("latex", "text/latex"), ("svg", "image/svg+xml")):
            self.assertEqual(self.ok(f"%%{magic}\n<svg>x</svg>")[0][mime], "<svg>x</svg>\n" if mime != "image/svg+xml" else "<svg>x</svg>\n")
        self.assertIn("does not run here", self.ok("%%javascript\nalert(1)")[0]["text/plain"])

    def test_others_say_what_to_write_instead(self):
        for source, words in (
            ("%%sql\nselect 1", "SQL cell"), ("%%bash\nls", "no bash"), ("%%R\nx", "no R"), ("%nothing", "no %nothing here"),
            ("%%nothing\n", "no %%nothing here"), ("!wget http://a/b", "add the file"), ("!git clone x", "none in a browser"),
            ("%pylab", "import numpy as np"), ("!frobnicate", "none in a browser"), ("%html x", "written as %%html"),
            ("!python x.py", "%run"), ("import IPython.parallel", "not here"), ("import google.colab.drive", "Colab only"),
            ("get_ipython().kernel", "small part of IPython"), ("!echo 'a", "not complete"), ("%load_ext nothing_such", "not here"),
        ):
            self.fails(source, words)
        for source, words in (("%reset -f", "Nothing was deleted"), ("%debug", "no debugger"), ("%store x", "Nothing was stored"), ("%matplotlib qt", "pictures here")):
            self.assertIn(words, self.ok(source)[0])
        for source in ("%matplotlib inline", "%load_ext autoreload\n%autoreload 2", "%config InlineBackend.figure_format = 'retina'", "%xmode Plain"):
            self.assertEqual(self.ok(source), [])

    def test_questions_about_the_notebook(self):
        self.ok("alpha = [1, 2]\nbeta = 'x'")
        self.assertEqual(self.ok("%who"), ["alpha\t beta\n"])
        self.assertRegex(self.ok("%whos")[0], r"alpha +list +n=2\nbeta +str +'x'")
        self.assertEqual(self.ok("%precision 2\n3.14159"), [{"text/plain": "3.14"}])
        self.ok("%precision")
        self.assertIn("%%writefile", self.ok("%lsmagic")[0])
        self.assertRegex(self.ok("def f(a, b=1):\n    'Does it.'\n\nf?")[0], r"Signature: f\(a, b=1\)\n(.|\n)*Does it\.")
        self.assertIn("not found", self.ok("nowhere?")[0])
        self.assertEqual(self.ok("alp*?"), ["alpha\n"])
        self.assertEqual(self.ok("%env A_OF_TEST=3\n%env A_OF_TEST"), ["env: A_OF_TEST=3\n", {"text/plain": "'3'"}])

    def test_magics_of_the_notebook_and_hooks(self):
        self.assertEqual(self.ok("from IPython.core.magic import register_line_magic, register_cell_magic\n@register_line_magic\ndef shout(line): return line.upper()\n%shout hello {1 + 1}"), [{"text/plain": "'HELLO 2'"}])
        self.assertEqual(self.ok("@register_cell_magic('twice')\ndef _(line, cell): print(cell * 2, end='')"), [])
        self.assertEqual(self.ok("%%twice\na"), ["a\na\n"])
        self.assertEqual(self.ok("from IPython.core.magic import Magics, magics_class, line_magic\n@magics_class\nclass M(Magics):\n    @line_magic\n    def mine(self, line): return line\nget_ipython().register_magics(M)\n%mine x"), [{"text/plain": "'x'"}])
        self.ok("calls = []\nget_ipython().events.register('post_execute', lambda: calls.append(1))")
        self.assertEqual(self.ok("len(calls)"), [{"text/plain": "1"}])
        self.ok("get_ipython().events.callbacks['post_execute'].clear()")
        self.assertEqual(self.ok("class P: pass\nget_ipython().display_formatter.formatters['text/html'].for_type(P, lambda p: '<p>')\nP()")[0]["text/html"], "<p>")
        self.assertEqual(self.ok("get_ipython().display_formatter.formatters['text/plain'].for_type(P, lambda p, printer, cycle: printer.text('a P'))\nP()"), [{"text/html": "<p>", "text/plain": "a P"}])
        self.ok("for form in ('text/html', 'text/plain'):\n    printers = get_ipython().display_formatter.formatters[form].type_printers\n    if P in printers: printers.pop(P)")
        self.assertEqual(self.ok("P()")[0].keys(), {"text/plain"})
        self.assertEqual(self.ok("get_ipython().run_line_magic('pwd', '') == get_ipython().magic('pwd') == __import__('os').getcwd()"), [{"text/plain": "True"}])
        self.assertEqual(self.ok("get_ipython().run_cell('z = 3\\nz')"), [{"text/plain": "3"}])


class FormTest(Case):
    def test_a_broken_form_leaves_the_others(self):
        self.ok("class Half:\n    def _repr_png_(self): raise RuntimeError('no latex')\n    def _repr_latex_(self): return '$x$'\n    def __repr__(self): return 'half'")
        self.assertEqual(self.ok("Half()"), [{"text/latex": "$x$", "text/plain": "half"}])
        self.ok("class None_:\n    def _repr_png_(self): raise RuntimeError('no latex')")
        self.assertEqual(self.ok("None_()"), [{"text/plain": "None_ could not be shown: RuntimeError: no latex"}])

    def test_it_is_no_terminal(self):
        self.ok("from IPython.terminal.interactiveshell import TerminalInteractiveShell")
        self.assertEqual(self.ok("isinstance(get_ipython(), TerminalInteractiveShell)"), [{"text/plain": "False"}])

    def test_the_printer_of_ipython(self):
        self.ok("from IPython.lib.pretty import pretty, pprint, PrettyPrinter\nimport io")
        self.ok("class Own:\n    def _repr_pretty_(self, printer, cycle): printer.text('own')")
        self.assertEqual(self.ok("pretty(Own()), pretty([1, 'a'])"), [{"text/plain": "('own', \"[1, 'a']\")"}])
        self.assertEqual(self.ok("pprint(Own())"), ["own\n"])
        self.assertEqual(self.ok("out = io.StringIO()\nprinter = PrettyPrinter(out)\nprinter.pretty(Own())\nprinter.flush()\nout.getvalue()"), [{"text/plain": "'own'"}])
        self.assertEqual(self.ok("Own()"), [{"text/plain": "own"}])


class CommandTest(Case):
    def test_the_usual_ones_are_done_by_python(self):
        self.ok("!mkdir -p data/sub && echo one > data/a.txt; echo -n two >> data/a.txt")
        for command, out in (
            ("ls data", "a.txt\nsub\n"), ("cat data/a.txt", "one\ntwo"), ("ls data/*.txt", "data/a.txt\n"), ("cat data/a.txt | wc -l", "1\n"),
            ("head -n 1 data/a.txt", "one\n"), ("head -1 data/a.txt", "one\n"), ("tail -1 data/a.txt", "two"), ("grep -v one data/a.txt", "two\n"),
            ("cp data/a.txt b.txt; ls", "b.txt\ndata\n"), ("mv b.txt c.txt && cat c.txt | grep -c o", "2\n"), ("rm -rf c.txt data; ls", ""),
            ("echo 'a  b' \"$HOME\" '*'", f"a  b {os.environ['HOME']} *\n"), ("true || echo no", ""),
        ):
            self.assertEqual("".join(self.ok("!" + command)), out, command)
        self.assertEqual(self.ok("!cat nowhere && echo no"), ["cat: nowhere: No such file or directory\n"])
        self.assertEqual(self.ok("x = !echo a b\nx.s, x.n, x.fields(1), x"), [{"text/plain": "('a b', 'a b', ['b'], ['a b'])"}])
        self.assertEqual(self.ok("%mkdir d\n%cd d\n%pwd")[1]["text/plain"], repr(os.getcwd()))

    def test_shell_lines_are_read_as_a_shell_does(self):
        self.ok("!mkdir -p d; echo x > d/a; echo 10 > n.txt; echo 9 >> n.txt; echo 9 >> n.txt; echo b > 'my file.txt'")
        for command, out in (
            ("rmdir d; ls d", "a\nrmdir: failed to remove 'd': Directory not empty\n"), ("rmdir n.txt; ls n.txt", "n.txt\nrmdir: failed to remove 'n.txt': Not a directory\n"),
            ("echo 1 > one.txt; cat one.txt", "1\n"), ("echo a 1>one.txt; cat one.txt", "a\n"), ("echo hello 2>/dev/null", "hello\n"),
            ("cat nowhere 2>/dev/null", ""), ("cat n.txt 2>&1", "10\n9\n9\n"), ("cat nowhere 2>&1 | wc -l", "1\n"), ("cat nowhere > one.txt 2>&1; cat one.txt", "cat: nowhere: No such file or directory\n"),
            ("ls nowhere d &> one.txt; wc -l one.txt", "1 one.txt\n"), ("sort -n < n.txt", "9\n9\n10\n"), ("sort -nu n.txt", "9\n10\n"), ("sort -r n.txt", "9\n9\n10\n"), ("sort -u n.txt", "10\n9\n"),
            ("grep -n 9 n.txt", "2:9\n3:9\n"), ("grep -c 9 n.txt", "2\n"), ("grep -iv B 'my file.txt' || echo none", "none\n"), ("head -n 1 n.txt", "10\n"), ("tail -n +2 n.txt", "9\n9\n"),
            ("head -n1 n.txt", "10\n"), ("wc -l n.txt", "3 n.txt\n"), ("cat my\\ file.txt", "b\n"), ("echo a#b # c", "a#b\n"), ("ls d; !echo 'it''s'", "a\nits\n"), ("echo \"a'b\" don\\'t", "a'b don't\n"),
            ("find . -name 'a'", "./d/a\n"),
        ):
            self.assertEqual("".join(self.ok("!" + command)), out, command)
        self.assertEqual(self.ok("x = !ls d 2>/dev/null\nx"), [{"text/plain": "['a']"}])
        self.fails("!echo don't", "not closed")
        self.fails("!sort -k2 n.txt", "sort -k is not done here; the options of sort are -n, -r, -u, -f.")
        self.fails("!touch --no-create x", "takes no options here")
        self.fails("!echo a >", "the name of a file is missing")
        self.fails("!echo $(ls)", "A command within a command")
        self.ok("import tarfile\nwith tarfile.open('a.tgz', 'w:gz') as one: one.add('n.txt')\n!rm n.txt; tar xzf a.tgz; mkdir e; tar -xvf a.tgz -C e")
        self.assertEqual("".join(self.ok("!ls n.txt e")), "n.txt\n\ne:\nn.txt\n")
        self.assertEqual(self.ok("!pip install no-such-package-here 2>&1 | tail -1"), ["no-such-package-here could not be fetched, so that importing it fails.\n"])

    def test_lines_within_functions_see_the_names_of_the_function(self):
        source = "word = 'outside'\ndef say(word, words):\n    !echo $word {word.upper()}\n    found = !echo {[len(w + word) for w in words]} $word\n    return found"
        self.ok(source)
        self.assertEqual(self.ok("say('inside', ['a'])[0], word")[-1], {"text/plain": "('[7] inside', 'outside')"})
        self.assertEqual(self.seen()[0], "inside INSIDE\n")
        self.ok("from IPython.core.magic import register_line_magic, needs_local_scope\n@register_line_magic\n@needs_local_scope\ndef tell(line, local_ns):\n    print(line, local_ns['word'])\ndef use(word):\n    %tell $word\nuse('in')\n%tell $word")
        self.assertEqual(self.seen(), ["in in\noutside outside\n"])

    def test_pip_says_what_is_there(self):
        self.assertEqual(self.ok("!pip install -q no-such-package-here"), ["no-such-package-here could not be fetched, so that importing it fails.\n"])
        self.assertIn("is there", self.ok("%pip install 'json>=1' -U")[0])
        self.fails("%pip uninstall x", "Restart Python")
        self.fails("%pip install git+https://a/b", "by their name")
        self.fails("%pip install", "Which package")


class DisplayTest(Case):
    def test_there_is_an_ipython(self):
        self.assertEqual(self.ok("import IPython\nfrom IPython.display import display as shown\nIPython.get_ipython() is get_ipython(), IPython.version_info >= (8, 24), shown is display"), [{"text/plain": "(True, True, True)"}])
        self.assertEqual(self.fails("from IPython.display import Nothing")["name"], "ImportError")

    def test_display_objects(self):
        self.ok("from IPython.display import *")
        with open("pixel.png", "wb") as file:
            file.write(eval(PNG))
        for source, forms in (
            ("HTML('<b>x</b>')", {"text/html": "<b>x</b>"}),
            ("Markdown('*x*')", {"text/markdown": "*x*"}),
            ("Latex('$x$')", {"text/latex": "$x$"}),
            ("Math('x^2')", {"text/latex": "$\\displaystyle x^2$"}),
            ("SVG('<?xml?><svg/>')", {"image/svg+xml": "<svg/>"}),
            ("JSON({'a': [1]})", {"application/json": '{"a": [1]}'}),
            ("Pretty('as it is')", {"text/plain": "as it is"}),
            ("Code('a < b')", {"text/html": "<pre><code>a &lt; b</code></pre>", "text/plain": "a < b"}),
            (f"Image({PNG})", {"image/png": "binary"}),
            (f"Image(data={PNG}, width=8)", {"image/png": "binary", "application/vnd.rivulet.size+json": '{"width": 8, "height": 4}'}),
            ("Image('pixel.png', height='16px')", {"application/vnd.rivulet.size+json": '{"width": 32, "height": 16}'}),
            ("Image(filename='pixel.png', width='50%')", {"image/png": "binary"}),
            ("Image('https://a.b/c.png')", {"text/html": '<a href="https://a.b/c.png" target="_blank" rel="noopener">https://a.b/c.png</a>'}),
            ("Image(data=b'GIF89a\\1\\0\\1\\0')", {"image/gif": "binary"}),
            ("Audio([0, 1, 0, -1], rate=8000)", {"audio/wav": "binary", "text/plain": "Audio, 0.1 kB (audio/wav)"}),
            ("Video(b'12', mimetype='video/webm')", {"video/webm": "binary"}),
            ("IFrame('https://a.b/', width=3, height=4)", {"text/html": '<a href="https://a.b/" target="_blank" rel="noopener">https://a.b/</a>'}),
            ("YouTubeVideo('abc')", {"text/plain": "https://www.youtube.com/watch?v=abc"}),
            ("FileLink('pixel.png')", {"text/plain": "pixel.png (24 bytes) is in Python's working folder."}),
            ("ProgressBar(4)", {"text/plain": f"[{' ' * 60}] 0/4"}),
        ):
            shown = self.ok(source)[-1]
            self.assertEqual({mime: shown.get(mime) for mime in forms}, forms, source)
        self.assertNotIn("application/vnd.rivulet.size+json", self.ok(f"Image({PNG})")[0])
        self.fails("Image()", "No picture was given")
        self.assertEqual(self.fails("Image('nowhere.png')")["name"], "FileNotFoundError")
        self.fails("Audio([1])", "rate is missing")
        self.fails("HTML(3)", "expects text")

    def test_a_value_writes_itself_with_a_printer(self):
        self.ok("class Tree:\n    def __init__(self, *inside): self.inside = list(inside)\n    def __repr__(self): return '<tree>'\n    def _repr_pretty_(self, p, cycle):\n        if cycle:\n            p.text('Tree(...)')\n            return\n        with p.group(5, 'Tree(', ')'):\n            for at, one in enumerate(self.inside):\n                if at:\n                    p.text(',')\n                    p.breakable()\n                p.pretty(one)")
        for source, text in (
            ("Tree(1, Tree('a'))", "Tree(1, Tree('a'))"),
            ("Tree('a' * 50, Tree(1, 2), 'b' * 40)", f"Tree('{'a' * 50}',\n     Tree(1, 2),\n     '{'b' * 40}')"),
            ("t = Tree(1)\nt.inside.append(t)\nt", "Tree(1, Tree(...))"),
        ):
            self.assertEqual(self.ok(source), [{"text/plain": text}])
        self.ok("class Odd:\n    def _repr_pretty_(self, p, cycle):\n        p.begin_group(2, '<')\n        p.break_()\n        with p.indent(2):\n            p.text(1)\n            p.break_()\n        p.end_group(2, '>')\nclass Bad:\n    def _repr_pretty_(self, p, cycle): 1 / 0")
        self.assertEqual(self.ok("Odd()"), [{"text/plain": "<\n  1\n    >"}])
        self.assertEqual(self.ok("Bad()"), [{"text/plain": "Bad has no repr: ZeroDivisionError: division by zero"}])
        self.assertEqual(self.ok("Tree"), [{"text/plain": "<class '__main__.Tree'>"}])

    def test_a_bundle_is_shown_as_it_is(self):
        self.assertEqual(self.ok("display({'text/plain': 'p', 'text/html': '<i>'}, raw=True)"), [{"text/plain": "p", "text/html": "<i>"}])
        self.assertEqual(self.ok("from IPython.display import publish_display_data, HTML\npublish_display_data({'text/html': 'x'})\ndisplay(HTML('y'), exclude=['text/html'])")[0], {"text/html": "x"})
        self.assertNotIn("text/html", self.seen()[1])

    def test_a_value_is_shown_anew_in_its_place(self):
        self.assertEqual(self.ok("h = display('one', display_id=True)\nprint('b')\nh.update('two')\nh.display('three')"), [{"text/plain": "'two'"}, "b\n", {"text/plain": "'three'"}])
        self.assertEqual(self.ok("from IPython.display import update_display\ndisplay(1, display_id='x')\nupdate_display(2, display_id='x')\nupdate_display(3, display_id='nobody')"), [{"text/plain": "2"}])
        self.fails("display(1, display_id=3)", "text or True")

    def test_from_another_cell_too_and_then_it_is_told_of_the_run_that_showed_it(self):
        self.ok("h = display('one', display_id='shared')")
        shown_by = self.page.runs
        self.run_cell("h.update('two')\nprint('here')")
        self.assertEqual([(run, output["kind"]) for run, output, _ in self.page.posted], [(shown_by, "update"), (self.page.runs, "text")])

    def test_a_thousand_updates_are_a_few_messages(self):
        self.assertEqual(self.ok("h = display(0, display_id=True)\nfor n in range(5_000): h.update(n)"), [{"text/plain": "4999"}])
        self.assertLess(len(self.outputs), 1_000)

    def test_clearing_leaves_what_comes_after(self):
        self.ok("from IPython.display import clear_output")
        for source, seen in (
            ("print('a'); clear_output()", []),
            ("print('a'); clear_output(wait=True)", ["a\n"]),
            ("print('a', end=''); clear_output(wait=True); print('b', end='')", ["b"]),
            ("for i in range(3):\n    clear_output(wait=True)\n    print('step', i)", ["step 2\n"]),
            ("print('a'); display(1); clear_output(); display(2)", [{"text/plain": "2"}]),
            ("display(1, clear=True); display(2, clear=True)", [{"text/plain": "2"}]),
            ("clear_output(wait=True); h = display(1, display_id=True); clear_output(wait=True); h.update(2)", [{"text/plain": "2"}]),
        ):
            self.assertEqual(self.ok(source), seen, source)

    def test_an_animation_counts_against_no_bound(self):
        self.ok("from IPython.display import clear_output")
        source = "class H:\n    def _repr_html_(self): return 'x' * 1_000_000\nfor n in range(2_000):\n    clear_output(wait=True)\n    print(n)\n    display(H())"
        printed, value = self.ok(source)
        self.assertEqual((printed, len(value["text/html"])), ("1999\n", 1_000_000))
        self.assertLess(len(self.outputs), 1_500)
        self.assertEqual(self.ok("for n in range(1_000):\n    clear_output()\n    for m in range(600): print(n, m)")[0].splitlines()[0], "999 0")

    def test_durations_are_told_with_their_unit(self):
        for seconds, text in ((3, "3 s"), (0.0123, "12.3 ms"), (1e-7, "100 ns"), (0, "0 ns"), (61, "1min 1s"), (3_700, "1h 1min 40s")):
            self.assertEqual(timing.told(seconds), text)


if __name__ == "__main__":
    unittest.main()
