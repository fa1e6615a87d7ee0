//! The names that Python has without any import.

use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Whether this is the name of a builtin of Python 3.14, or of every module.
#[must_use]
pub fn is_builtin(name: &str) -> bool {
    static SET: LazyLock<BTreeSet<&str>> = LazyLock::new(|| builtins().collect());
    SET.contains(name)
}

/// All of these names.
pub fn builtins() -> impl Iterator<Item = &'static str> {
    BUILTINS.split_ascii_whitespace()
}

/// `dir(builtins)` of `CPython` 3.14, the names every module has, and `display`.
const BUILTINS: &str = "
ArithmeticError AssertionError AttributeError BaseException BaseExceptionGroup BlockingIOError
BrokenPipeError BufferError BytesWarning ChildProcessError ConnectionAbortedError ConnectionError
ConnectionRefusedError ConnectionResetError DeprecationWarning EOFError Ellipsis EncodingWarning
EnvironmentError Exception ExceptionGroup False FileExistsError FileNotFoundError
FloatingPointError FutureWarning GeneratorExit IOError ImportError ImportWarning IndentationError
IndexError InterruptedError IsADirectoryError KeyError KeyboardInterrupt LookupError MemoryError
ModuleNotFoundError NameError None NotADirectoryError NotImplemented NotImplementedError OSError
OverflowError PendingDeprecationWarning PermissionError ProcessLookupError PythonFinalizationError
RecursionError ReferenceError ResourceWarning RuntimeError RuntimeWarning StopAsyncIteration
StopIteration SyntaxError SyntaxWarning SystemError SystemExit TabError TimeoutError True TypeError
UnboundLocalError UnicodeDecodeError UnicodeEncodeError UnicodeError UnicodeTranslateError
UnicodeWarning UserWarning ValueError Warning ZeroDivisionError abs aiter all anext any ascii bin
bool breakpoint bytearray bytes callable chr classmethod compile complex copyright credits delattr
dict dir display divmod enumerate eval exec exit filter float format frozenset getattr globals
hasattr hash help hex id input int isinstance issubclass iter len license list locals map max
memoryview min next object oct open ord pow print property quit range repr reversed round set
setattr slice sorted staticmethod str sum super tuple type vars zip
__build_class__ __builtins__ __debug__ __doc__ __import__ __loader__ __name__ __package__ __spec__
";
