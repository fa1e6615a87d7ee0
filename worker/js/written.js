// What is written to Python's file descriptors 1 and 2 past `sys.stdout`, by C code above all.
// No Python can be called from there, so it is kept until Python asks for it.

const MOST_PIECES = 1000;

/** Listens to both descriptors; gives a function that takes what was written since, if anything. */
export function listenToWritten(pyodide) {
  let written = [];
  const listener = (stream) => {
    const decoder = new TextDecoder();
    const write = (bytes) => {
      const text = decoder.decode(bytes, { stream: true });
      if (text) written.push([stream, text]);
      if (written.length > MOST_PIECES) written.shift();
      return bytes.length;
    };
    return { write, isatty: false };
  };
  pyodide.setStdout(listener("stdout"));
  pyodide.setStderr(listener("stderr"));
  return () => {
    if (!written.length) return undefined;
    const taken = written;
    written = [];
    return taken;
  };
}
