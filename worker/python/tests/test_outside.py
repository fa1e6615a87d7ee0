"""What the index says of packages from elsewhere, and what comes when they are fetched."""

import json
import unittest

from test_asking import finish

from rivulet_kernel import asking, outside

DIGEST = "a" * 64
LISTING = "https://index.example/simple/thing/"


def sources():
    lock = {"thing": {"file_name": "thing-1-py3-none-any.whl", "sha256": DIGEST, "depends": []}}
    return outside._Sources({"index": "https://index.example/simple", "cdn": "https://cdn.example/", "lock": lock, "site": []})


def file(url, **more):
    return {"filename": "thing-1-py3-none-any.whl", "url": url, "hashes": {"sha256": DIGEST}, **more}


class Listing(unittest.TestCase):
    def test_relative_addresses_keep_their_digests(self):
        some = sources()
        files = [file("../../files/thing.whl", **{"core-metadata": {"sha256": "b" * 64}})]
        listed = json.loads(some.listing(json.dumps({"files": files}).encode(), LISTING))
        whole = "https://index.example/files/thing.whl"
        self.assertEqual([one["url"] for one in listed["files"]], [whole])
        self.assertEqual(some.digests, {whole: DIGEST, whole + ".metadata": "b" * 64})

    def test_odd_entries_are_left_out(self):
        odd = [1, None, "x", {}, {"filename": "thing-1-py3-none-any.whl"}, file("https://[x"), file(3), file("a", hashes=7), file("b", hashes={"sha256": 7})]
        some = sources()
        listed = json.loads(some.listing(json.dumps({"name": "thing", "files": [*odd, file("c.whl", **{"core-metadata": {"sha256": 5}})]}).encode(), LISTING))
        self.assertEqual((listed["name"], [one["url"] for one in listed["files"]]), ("thing", [LISTING + "c.whl"]))
        self.assertEqual(some.digests, {LISTING + "c.whl": DIGEST})
        self.assertEqual(json.loads(some.listing(b'{"files": [1]}', LISTING)), {"files": []})

    def test_what_is_no_listing_is_refused(self):
        for body in (b"<html>", b"[]", b'{"files": 1}', b'{"files": {"a": 1}}', b"\xff"):
            some = sources()
            with self.assertRaises(ValueError):
                some.listing(body, LISTING)
            self.assertIn("something else than a list of files", str(some.refused))

    def test_wheels_that_cannot_be_checked_are_refused_in_a_sentence(self):
        some = sources()
        with self.assertRaises(ValueError):
            some.listing(json.dumps({"files": [file("a.whl", hashes={})]}).encode(), LISTING)
        self.assertIn("gives no sha256", str(some.refused))


class Loading(unittest.TestCase):
    def test_only_what_was_found_is_unpacked(self):
        for status in (404, 500, 206, 304):
            some, unpacked = sources(), []

            async def fetch(url, sha256=None):
                return status, {}, b"Not found"

            async def unpack(*what):
                unpacked.append(what)

            some.fetch, some.unpack = fetch, unpack
            with self.assertRaisesRegex(asking.Refused, f"thing-1-py3-none-any.whl could not be fetched: .* status {status}"):
                finish(some.load_packages(["thing"]))
            self.assertEqual(unpacked, [])


if __name__ == "__main__":
    unittest.main()
