"""What a cell asks of the page, and how modules of others come to ask it."""

import json
import sys
import unittest
from pathlib import Path
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).parents[1]))

import rivulet_kernel  # noqa: E402
from rivulet_kernel import asking, imports, network  # noqa: E402


class Bytes:
    """A buffer of JavaScript's."""

    def __init__(self, content):
        self.content = content

    def to_bytes(self):
        return self.content


def finish(awaitable):
    """Gives what it gives; it must not have to wait. A loop of one's own is not to be had in a browser."""
    steps = awaitable.__await__()
    try:
        next(steps)
    except StopIteration as end:
        return end.value
    raise AssertionError("it waits")


class Page:
    """Stands for the page: answers what is asked from a list, in order."""

    def __init__(self, *answers):
        self.asked, self.posted, self.answers = [], [], list(answers)
        rivulet_kernel.start(lambda run, text, *_: self.posted.append(json.loads(text)), None, self.ask)

    async def ask(self, run, text, *buffers):
        self.asked.append((run, json.loads(text), *buffers))
        answer, *content = self.answers.pop(0)
        return [json.dumps(answer), *map(Bytes, content)]

    def run(self, source, can_wait=True):
        with patch.object(asking, "can_run_sync", lambda: can_wait), patch.object(asking, "run_sync", finish):
            request = {"run": 7, "cell": 1, "label": "Cell 1", "source": source}
            return json.loads(rivulet_kernel.run(json.dumps(request)))["outcome"]

    def text(self):
        return "".join(output["text"] for output in self.posted if output["kind"] == "text")


FETCHED = {"kind": "fetched", "url": "https://x.org/a", "status": 200, "reason": "OK", "headers": [["content-type", "text/plain"]], "body": 0}


class Asking(unittest.TestCase):
    def test_what_was_printed_comes_before_the_question_and_the_answer_stays(self):
        page = Page(({"kind": "input", "text": "Ada"},))
        outcome = page.run("print('Hello')\nname = input('A menu\\nName? ')\nassert name == 'Ada'")
        self.assertEqual(outcome, {"result": "success"})
        self.assertEqual(page.asked, [("7", {"kind": "input", "prompt": "Name? ", "secret": False})])
        self.assertEqual(page.text(), "Hello\nA menu\nName? Ada\n")

    def test_a_password_is_not_shown(self):
        page = Page(({"kind": "input", "text": "hunter2"},))
        self.assertEqual(page.run("import getpass\nassert getpass.getpass() == 'hunter2'"), {"result": "success"})
        self.assertTrue(page.asked[0][1]["secret"])
        self.assertEqual(page.text(), "Password: \n")

    def test_what_is_captured_may_ask_too(self):
        page = Page(({"kind": "input", "text": "Ada"},), ({"kind": "input", "text": "Bob"},))
        source = "from rivulet_kernel.capture import capture_output\nfrom rivulet_kernel import streams\nwith capture_output():\n    a = input('A?')\n    with capture_output():\n        b = input('B?')\n        going = streams.is_going_on(streams.here())\nassert (a, b, going) == ('Ada', 'Bob', True)"
        self.assertEqual(page.run(source), {"result": "success"})
        self.assertEqual([run for run, *_ in page.asked], ["7", "7"])
        self.assertEqual(page.text(), "")

    def test_a_long_prompt_is_text_but_for_its_end(self):
        page = Page(({"kind": "input", "text": "x"},))
        page.run("input('-' * 5000)")
        self.assertEqual(len(page.asked[0][1]["prompt"]), asking.PROMPT_CHARS)
        self.assertEqual(page.text().count("-"), 5000)

    def test_where_nothing_can_wait_a_sentence_says_what_to_write(self):
        page = Page()
        outcome = page.run("input('?')", can_wait=False)
        self.assertIn("input() cannot ask a question here", outcome["message"])
        outcome = page.run("from urllib.request import urlopen\nurlopen('https://x.org/a')", can_wait=False)
        self.assertIn("await pyfetch(url)", outcome["message"])
        self.assertEqual(page.asked, [])

    def test_urllib_asks_the_page_and_reads_as_always(self):
        page = Page((FETCHED, b"a,b"), ({**FETCHED, "status": 404, "reason": "Not Found"}, b""))
        source = "from urllib.request import Request, urlopen\nfrom urllib.error import HTTPError\nwith urlopen(Request('https://x.org/a', data=b'q', headers={'X-A': '1'})) as answer:\n    assert (answer.status, answer.read(), answer.getheader('Content-Type')) == (200, b'a,b', 'text/plain')\ntry:\n    urlopen('http://x.org/b')\nexcept HTTPError as error:\n    print(error)"
        self.assertEqual(page.run(source), {"result": "success"})
        _, first, body = page.asked[0]
        self.assertEqual((first["method"], first["url"], body), ("POST", "https://x.org/a", b"q"))
        self.assertIn(["X-a", "1"], first["headers"])
        self.assertEqual(page.text(), "HTTP Error 404: Not Found\n")

    def test_a_refusal_is_the_exceptions_sentence(self):
        page = Page(({"kind": "refused", "why": "denied", "sentence": "You did not allow it."},))
        outcome = page.run("from urllib.request import urlopen\nurlopen('https://x.org/a')")
        self.assertEqual((outcome["name"], outcome["message"]), ("URLError", "<urlopen error You did not allow it.>"))

    def test_the_browsers_own_request_is_imitated(self):
        page = Page((FETCHED, "ä".encode()))

        def use():
            request = network.Xhr.new()
            request.open("GET", "https://x.org/a", False)
            request.send()
            return request.status, request.response, request.getAllResponseHeaders(), request.getResponseHeader("Content-Type")

        import builtins

        builtins.use = use
        try:
            self.assertEqual(page.run("assert use() == (200, 'ä', 'content-type: text/plain\\r\\n', 'text/plain'), use()"), {"result": "success"})
        finally:
            del builtins.use

    def test_a_module_is_changed_once_it_is_imported(self):
        for name in [name for name in sys.modules if name.startswith("this")]:
            del sys.modules[name]
        seen = []
        imports.after("colorsys", seen.append)
        sys.modules.pop("colorsys", None)
        if not seen:
            import colorsys

            self.assertEqual(seen, [colorsys])
            self.assertIs(colorsys.__loader__, colorsys.__spec__.loader)
            self.assertNotEqual(type(colorsys.__loader__).__module__, imports.__name__)


if __name__ == "__main__":
    unittest.main()
