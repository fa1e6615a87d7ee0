// The first part of the worker's script. Pyodide takes a worker that can import scripts for one that it
// does not support; this one has all it needs and could load nothing by its policy anyway.
self.importScripts = undefined;
