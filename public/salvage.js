// Saves the notebooks of this browser without the app: all their records as they are stored, as one file
// that "Open files" of Rivulet takes. What the records say is read there, by the engine.

/** What is read of which database; the versions stand in where a notebook itself is damaged. */
const RECORDS = { rivulet: ["notebooks", "journal"], "rivulet-history": ["versions"] };
/** A database that has not answered by then will not, in milliseconds. */
const SILENT = 5_000;

const answered = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** All records of some stores, each as a list of `[key, value]`; none if there is no such database. */
async function recordsOf(name, stores) {
  const request = indexedDB.open(name);
  // One that is not there must not be made: the app would find it without its stores.
  request.onupgradeneeded = () => request.transaction.abort();
  const database = await answered(request).catch(() => undefined);
  if (!database) return {};
  const transaction = database.transaction(stores);
  const all = stores.map(async (store) => {
    const records = transaction.objectStore(store);
    const [keys, values] = await Promise.all([answered(records.getAllKeys()), answered(records.getAll())]);
    return [store, keys.map((key, at) => [key, values[at]])];
  });
  const found = Object.fromEntries(await Promise.all(all));
  database.close();
  return found;
}

async function saveNotebooks(button) {
  const read = Promise.all(Object.entries(RECORDS).map(([name, stores]) => recordsOf(name, stores)));
  const silent = new Promise((_, reject) => setTimeout(reject, SILENT, new Error("its database does not answer. Close the other tabs of this site, or restart the browser")));
  try {
    const records = Object.assign({}, ...(await Promise.race([read, silent])));
    // Of the versions the newest ones are enough: a later record of a notebook takes the place of the one before.
    const versions = new Map((records.versions ?? []).map((record) => [record[0][0] === "index" ? "" : record[0][0], record]));
    versions.delete("");
    const text = JSON.stringify({ rivulet: "records", ...records, versions: [...versions.values()] });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    link.download = `Rivulet notebooks ${new Date().toISOString().slice(0, 10)}.json`;
    link.click();
    URL.revokeObjectURL(link.href);
    button.textContent = "Saved: open the file in Rivulet";
  } catch (error) {
    button.textContent = `This browser does not give its notebooks out: ${error.message}.`;
  }
}
