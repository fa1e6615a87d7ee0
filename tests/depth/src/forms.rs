//! Texts that are nested as deeply as one likes, by every form of a grammar that nests, or looks as
//! if it did.

/// A form and how it is written so many times.
pub type Form = (&'static str, fn(usize) -> String);

fn around(open: &str, inner: &str, close: &str, times: usize) -> String {
    format!("{}{inner}{}", open.repeat(times), close.repeat(times))
}

/// Blocks in one another: each head on its own line, one space further in; at most so many as are
/// two megabytes of spaces.
fn blocks(head: &str, times: usize) -> String {
    let times = times.min(2_000);
    let heads = (0..times).map(|depth| format!("{}{head}\n", " ".repeat(depth)));
    let heads: String = heads.collect();
    format!("{heads}{}pass\n", " ".repeat(times))
}

/// The forms of Python.
pub const PYTHON: &[Form] = &[
    ("parentheses", |n| around("(", "x", ")", n)),
    ("parentheses never closed", |n| "(".repeat(n)),
    ("lists", |n| around("[", "x", "]", n)),
    ("sets", |n| around("{", "x", "}", n)),
    ("dictionaries", |n| around("{x: ", "x", "}", n)),
    ("tuples", |n| around("(x, ", "x", ")", n)),
    ("brackets of all kinds", |n| {
        around("([{f(a[", "x", "])}])", n)
    }),
    ("brackets on lines", |n| around("(\n", "x", "\n)", n)),
    ("calls in calls", |n| around("f(", "x", ")", n)),
    ("keyword arguments", |n| around("f(k=", "x", ")", n)),
    ("starred arguments", |n| around("f(*", "x", ")", n)),
    ("subscripts in subscripts", |n| around("a[", "x", "]", n)),
    ("slices", |n| around("a[x:", "x", "]", n)),
    ("call chain", |n| format!("f{}", "()".repeat(n))),
    ("call chain with arguments", |n| {
        format!("f{}", "(x, y=1)".repeat(n))
    }),
    ("subscript chain", |n| format!("a{}", "[x]".repeat(n))),
    ("attribute chain", |n| format!("a{}", ".b".repeat(n))),
    ("method chain", |n| format!("a{}", ".b(x)".repeat(n))),
    ("method chain on lines", |n| {
        format!("(a{})", "\n.b(x)".repeat(n))
    }),
    ("sum", |n| format!("x{}", " + x".repeat(n))),
    ("sum on continued lines", |n| {
        format!("y = 1{}", " + \\\n1".repeat(n))
    }),
    ("continued lines without end", |n| "y = 1 + \\\n".repeat(n)),
    ("ones on continued lines", |n| {
        format!("y = {}1", "1 + \\\n".repeat(n))
    }),
    ("products and sums", |n| {
        format!("x{}", " * x + x".repeat(n))
    }),
    ("all binary operators", |n| {
        format!("x{}", " or x and x == x | x ^ x & x << x + x * x".repeat(n))
    }),
    ("operators around brackets", |n| {
        around(
            "(x or x and x in x | x ^ x & x << x + x * -x ** ",
            "x",
            ")",
            n,
        )
    }),
    ("powers", |n| format!("x{}", " ** x".repeat(n))),
    ("negative powers", |n| format!("x{}", " ** -x".repeat(n))),
    ("minus", |n| format!("{}x", "-".repeat(n))),
    ("minus with spaces", |n| format!("{}x", "- ".repeat(n))),
    ("tilde", |n| format!("{}x", "~".repeat(n))),
    ("not", |n| format!("{}x", "not ".repeat(n))),
    ("not after or", |n| format!("x{}", " or not x".repeat(n))),
    ("await", |n| format!("{}x", "await ".repeat(n))),
    ("await in brackets", |n| around("await (", "x", ")", n)),
    ("yield", |n| format!("{}x", "yield ".repeat(n))),
    ("yield from", |n| format!("{}x", "yield from ".repeat(n))),
    ("yield after commas", |n| "yield x, ".repeat(n)),
    ("yield of strings", |n| "yield 'a', ".repeat(n)),
    ("yield in a call", |n| {
        format!("f({})", "yield x, ".repeat(n))
    }),
    ("stars", |n| format!("{}x", "*".repeat(n))),
    ("stars with spaces", |n| format!("{}x", "* ".repeat(n))),
    ("starred in brackets", |n| around("[*", "x", "]", n)),
    ("lambda", |n| format!("{}x", "lambda: ".repeat(n))),
    ("lambda with parameters", |n| {
        format!("{}x", "lambda a, b: ".repeat(n))
    }),
    ("lambda in defaults", |n| {
        format!("{}x{}", "lambda a=".repeat(n), ": x".repeat(n))
    }),
    ("lambda without colon", |n| "lambda x, ".repeat(n)),
    ("lambda in brackets", |n| around("(lambda a: ", "x", ")", n)),
    ("conditionals", |n| format!("{}x", "x if x else ".repeat(n))),
    ("conditionals without else", |n| {
        format!("x{}", " if x".repeat(n))
    }),
    ("conditionals in conditions", |n| {
        around("x if (", "x", ") else x", n)
    }),
    ("comparisons", |n| format!("x{}", " < x".repeat(n))),
    ("comparisons by words", |n| {
        format!("x{}", " not in x is x".repeat(n))
    }),
    ("and", |n| format!("x{}", " and x".repeat(n))),
    ("or and and", |n| format!("x{}", " or x and x".repeat(n))),
    ("walrus", |n| around("(x := ", "x", ")", n)),
    ("walrus without brackets", |n| {
        format!("({}x)", "x := ".repeat(n))
    }),
    ("assignments", |n| format!("{}x", "x = ".repeat(n))),
    ("annotations", |n| format!("{}x", "x: ".repeat(n))),
    ("list comprehensions", |n| {
        around("[", "x", " for x in x]", n)
    }),
    ("comprehensions in iterables", |n| {
        around("[x for x in ", "x", "]", n)
    }),
    ("comprehensions in conditions", |n| {
        around("[x for x in x if ", "x", "]", n)
    }),
    ("generators", |n| around("f(", "x", " for x in x)", n)),
    ("dictionary comprehensions", |n| {
        around("{x: ", "x", " for x in x}", n)
    }),
    ("comprehension with many fors", |n| {
        format!("[x{}]", " for x in x".repeat(n))
    }),
    ("comprehension with many ifs", |n| {
        format!("[x for x in x{}]", " if x".repeat(n))
    }),
    ("keywords as names", |n| format!("x{}", " ** for".repeat(n))),
    ("powers of keywords", |n| {
        format!("x{}", " ** def ** class".repeat(n))
    }),
    ("powers of strings", |n| {
        format!("x{}", " ** 'a' 'b'".repeat(n))
    }),
    ("powers of f-strings", |n| {
        format!("x{}", " ** f'a' f'{b}'".repeat(n))
    }),
    ("powers of brackets", |n| {
        format!("x{}", " ** (x)".repeat(n))
    }),
    ("f-strings in one another", |n| around("f'{", "x", "}'", n)),
    ("t-strings in one another", |n| around("t'{", "x", "}'", n)),
    ("f-strings of turning quotes", |n| {
        around("f'{f\"{", "x", "}\"}'", n)
    }),
    ("f-strings of three quotes", |n| {
        around("f'''{", "x", "}'''", n)
    }),
    ("f-string formats", |n| {
        format!("f'{}{}'", "{x:".repeat(n), "}".repeat(n))
    }),
    ("f-strings never closed", |n| "f'{".repeat(n)),
    ("f-strings and a quote", |n| {
        format!("f\"{{\"\nx:{}", "(".repeat(n))
    }),
    ("f-string of three quotes and a quote", |n| {
        format!("f\"\"\"{{\"\"\"\n{}", "(".repeat(n))
    }),
    ("brackets in strings", |n| {
        format!("x = '{}'", "(".repeat(n))
    }),
    ("brackets in a comment", |n| {
        format!("x # {}", "(".repeat(n))
    }),
    ("strings side by side", |n| "'a' ".repeat(n)),
    ("f-strings side by side", |n| "f'{x}' ".repeat(n)),
    ("strings side by side on lines", |n| {
        format!("({})", "'a'\n".repeat(n))
    }),
    ("decorators", |n| {
        format!("{}def f(): pass", "@d\n".repeat(n))
    }),
    ("decorators that call", |n| {
        format!("{}def f(): pass", "@d(x)(y).z\n".repeat(n))
    }),
    ("decorators of nothing", |n| "@".repeat(n)),
    ("async", |n| "async ".repeat(n)),
    ("elif", |n| {
        format!("if x: pass\n{}", "elif x: pass\n".repeat(n))
    }),
    ("except", |n| {
        format!("try: pass\n{}", "except x: pass\n".repeat(n))
    }),
    ("if in if", |n| blocks("if x:", n)),
    ("for in for", |n| blocks("for x in x:", n)),
    ("while in while", |n| blocks("while x:", n)),
    ("with in with", |n| blocks("with x as y:", n)),
    ("try in try", |n| blocks("try:", n)),
    ("functions in functions", |n| blocks("def f(a=1):", n)),
    ("classes in classes", |n| blocks("class C(B):", n)),
    ("match in match", |n| {
        let n = n.min(1_000);
        let heads = (0..n).map(|depth| {
            let (first, second) = (" ".repeat(2 * depth), " ".repeat(2 * depth + 1));
            format!("{first}match x:\n{second}case y:\n")
        });
        format!("{}{}pass\n", heads.collect::<String>(), " ".repeat(2 * n))
    }),
    ("blocks in an open bracket", |n| {
        format!("(\n{}", blocks("if (x, y):", n))
    }),
    ("blocks on one line", |n| {
        format!("{}pass", "if x: ".repeat(n))
    }),
    ("with items", |n| {
        format!("with {}: pass", "a as b, ".repeat(n))
    }),
    ("with in brackets", |n| {
        format!("with {}: pass", around("(", "a", ")", n))
    }),
    ("patterns in brackets", |n| {
        pattern(&around("(", "y", ")", n))
    }),
    ("patterns in lists", |n| pattern(&around("[", "y", "]", n))),
    ("patterns of classes", |n| {
        pattern(&around("C(", "y", ")", n))
    }),
    ("patterns of keywords", |n| {
        pattern(&around("C(k=", "y", ")", n))
    }),
    ("patterns of mappings", |n| {
        pattern(&around("{1: ", "y", "}", n))
    }),
    ("patterns as keys", |n| {
        pattern(&around("{", "0", ": 0}", n))
    }),
    ("patterns with or", |n| {
        pattern(&format!("1{}", " | 1".repeat(n)))
    }),
    ("patterns with as", |n| {
        pattern(&around("(", "y", " as z)", n))
    }),
    ("attribute patterns", |n| {
        pattern(&format!("a{}", ".b".repeat(n)))
    }),
    ("many cases", |n| {
        format!("match x:\n{}", "  case 1: pass\n".repeat(n))
    }),
    ("types in types", |n| {
        format!("x: {}", around("list[", "int", "]", n))
    }),
    ("unions of types", |n| {
        format!("x: int{}", " | int".repeat(n))
    }),
    ("type aliases", |n| {
        format!("type X = {}", around("list[", "int", "]", n))
    }),
    ("type parameters", |n| {
        format!("def f[{}](): pass", "T: int, ".repeat(n))
    }),
    ("bounds of type parameters", |n| {
        format!("def f[T: {}](): pass", around("(", "int", ")", n))
    }),
    ("type parameters in functions", |n| {
        blocks("def f[T: (A, B)](a: T) -> T:", n)
    }),
    ("deep defaults", |n| {
        format!("def f(a={}): pass", around("(", "x", ")", n))
    }),
    ("arrows", |n| format!("def f(){}: pass", " -> x".repeat(n))),
    ("mismatched brackets", |n| "[)".repeat(n)),
    ("closing brackets", |n| ")".repeat(n)),
    ("semicolons", |n| "x;".repeat(n)),
    ("commas", |n| "x,".repeat(n)),
    ("imports", |n| format!("import a{}", ".b".repeat(n))),
    ("dots of an import", |n| {
        format!("from {} import a", ".".repeat(n))
    }),
    ("del", |n| format!("del {}", around("(", "x", ")", n))),
    ("targets", |n| format!("{} = y", around("(", "x", ",)", n))),
    ("targets of for", |n| {
        format!("for {} in y: pass", around("(", "x", ",)", n))
    }),
    ("augmented", |n| "x += ".repeat(n)),
    ("numbers", |n| "1".repeat(n)),
    ("a long list", |n| format!("x = [{}]", "-1.5, ".repeat(n))),
    ("many lines", |n| "y = a.b.c(1 + 2)\n".repeat(n)),
];

fn pattern(pattern: &str) -> String {
    format!("match x:\n case {pattern}: pass\n")
}

/// The forms of SQL.
pub const SQL: &[Form] = &[
    ("brackets", |n| {
        format!("SELECT {}", around("(", "x", ")", n))
    }),
    ("brackets never closed", |n| "(".repeat(n)),
    ("queries in queries", |n| {
        around("SELECT * FROM (", "x", ")", n)
    }),
    ("queries in conditions", |n| {
        around("SELECT * FROM t WHERE x IN (", "1", ")", n)
    }),
    ("with in with", |n| {
        around("WITH a AS (", "SELECT * FROM t", ") SELECT * FROM a", n)
    }),
    ("many names with", |n| {
        format!(
            "WITH {} b AS (SELECT 1) SELECT * FROM b",
            "a AS (SELECT 1),".repeat(n)
        )
    }),
    ("cases in cases", |n| {
        format!(
            "SELECT {}1{}",
            "CASE WHEN x THEN ".repeat(n),
            " END".repeat(n)
        )
    }),
    ("not", |n| format!("SELECT {}x", "NOT ".repeat(n))),
    ("minus", |n| format!("SELECT {}x", "- ".repeat(n))),
    ("sum", |n| format!("SELECT x{}", " + x".repeat(n))),
    ("union", |n| {
        format!("SELECT * FROM a{}", " UNION SELECT * FROM a".repeat(n))
    }),
    ("joins", |n| {
        format!("SELECT * FROM a{}", " JOIN b ON x = y".repeat(n))
    }),
    ("brackets around joins", |n| {
        format!("SELECT * FROM {}", around("(", "a JOIN b", ")", n))
    }),
    ("comments in comments", |n| around("/* ", "x", " */", n)),
    ("explain", |n| "EXPLAIN ".repeat(n)),
    ("create as", |n| "CREATE TABLE a AS ".repeat(n)),
    ("triggers", |n| "CREATE TRIGGER a BEGIN ".repeat(n)),
];

/// The forms of Markdown, with values and without.
pub const MARKDOWN: &[Form] = &[
    ("values in brackets", |n| {
        format!("{{{}}}", around("(", "x", ")", n))
    }),
    ("values with minus", |n| format!("{{{}x}}", "-".repeat(n))),
    ("values with a sum", |n| format!("{{x{}}}", "+x".repeat(n))),
    ("values in f-strings", |n| {
        format!("{{{}}}", around("f'{", "x", "}'", n))
    }),
    ("values never closed", |n| "{f'".repeat(n)),
    ("braces in braces", |n| around("{", "x", "}", n)),
    ("formats in formats", |n| around("{x:", "y", "}", n)),
    ("lists in lists", |n| format!("{}x", "- ".repeat(n))),
    ("quotes in quotes", |n| format!("{}x", "> ".repeat(n))),
    ("quotes and lists", |n| format!("{}x", "> - 1. ".repeat(n))),
    ("links in links", |n| around("[", "x", "](y)", n)),
    ("pictures in links", |n| around("[![", "x", "](y)](z)", n)),
    ("brackets", |n| "[".repeat(n)),
    ("emphasis in emphasis", |n| {
        around("*a **b ", "x", "** *", n)
    }),
    ("stars", |n| "*".repeat(n)),
    ("ticks", |n| "`".repeat(n)),
    ("html in html", |n| around("<b>", "x", "</b>", n)),
    ("html blocks", |n| around("<div>\n\n", "x", "\n\n</div>", n)),
    ("formulas in braces", |n| {
        format!("${}$", around("{", "x", "}", n))
    }),
    ("fractions in fractions", |n| {
        format!("$${}$$", around("\\frac{1}{", "x", "}", n))
    }),
    ("powers in formulas", |n| {
        format!("${}x$", "x^{".repeat(n) + &"}".repeat(n))
    }),
    ("brackets in formulas", |n| {
        format!("${}$", around("\\left(", "x", "\\right)", n))
    }),
    ("footnotes", |n| "[^1]: > ".repeat(n)),
    ("tables", |n| {
        format!("| a |\n|---|\n| {} |", around("*", "x", "*", n))
    }),
];

/// The forms of notebook files, each with its name.
pub const FILES: &[Form] = &[
    ("lists.json", |n| around("[", "1", "]", n)),
    ("objects.json", |n| around("{\"notebook\":", "1", "}", n)),
    ("lists.ipynb", |n| around("[", "1", "]", n)),
    ("metadata.ipynb", |n| {
        format!(
            "{{\"nbformat\": 4, \"nbformat_minor\": 5, \"metadata\": {{\"x\": {}}}, \"cells\": []}}",
            around("[", "1", "]", n)
        )
    }),
    ("outputs.ipynb", |n| {
        format!(
            "{{\"nbformat\": 4, \"nbformat_minor\": 5, \"metadata\": {{}}, \"cells\": [{{\"cell_type\": \
             \"code\", \"source\": \"1\", \"metadata\": {{}}, \"execution_count\": 1, \"outputs\": \
             [{{\"output_type\": \"display_data\", \"metadata\": {{}}, \"data\": \
             {{\"application/json\": {}}}}}]}}]}}",
            around("{\"a\":", "1", "}", n)
        )
    }),
    ("page.html", |n| {
        format!(
            "<script type=\"application/json\" id=\"rivulet-notebook\">{}</script>",
            around("{\"notebook\":[", "1", "]}", n)
        )
    }),
    ("elements.html", |n| around("<div>", "x", "</div>", n)),
    ("lists.md", |n| format!("{}x", "- ".repeat(n))),
    ("fences.md", |n| "```python\n".repeat(n)),
    ("lines.py", |n| {
        format!("# %%\ny = {}1", "1 + \\\n".repeat(n))
    }),
    ("marimo.py", |n| {
        format!(
            "import marimo\napp = marimo.App()\n@app.cell\ndef _():\n    {}",
            around("(", "x", ")", n)
        )
    }),
];
