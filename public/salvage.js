// Saves the notebooks of this browser without the app: all their records as they are stored, as one file
// that "Open files" of Rivulet takes. What the records say is read there, by the engine.

/** What is read of which database; the versions stand in where a notebook itself is damaged. */
const RECORDS = { rivulet: ["notebooks", "journal"], "rivulet-history": ["versions"] };
/** A database of which nothing came for so long will give nothing, in milliseconds. */
const SILENT = 5_000;
/** What is saved stays for so long at its address: a browser may ask the person first where to put it. */
const KEPT = 60_000;

const answered = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** All records of some stores, each as a list of `[key, value]`; none if there is no such database. */
async function recordsOf(name, stores, progress) {
  const request = indexedDB.open(name);
  // One that is not there must not be made: the app would find it without its stores.
  request.onupgradeneeded = () => request.transaction.abort();
  const database = await answered(request).catch(() => undefined);
  if (!database) return {};
  const transaction = database.transaction(stores);
  const found = {};
  for (const store of stores) {
    const records = transaction.objectStore(store);
    const keys = (await answered(records.getAllKeys())).filter(store === "versions" ? isNewest : () => true);
    found[store] = [];
    // One by one: a history may be larger than what is saved of it.
    for (const key of keys) {
      found[store].push([key, await answered(records.get(key))]);
      progress();
    }
  }
  database.close();
  return found;
}

/** Of the versions of a notebook the newest two are enough, should one be damaged; the keys are in order. */
const isNewest = (key, at, keys) => key[0] !== "index" && keys[at + 2]?.[0] !== key[0];

/** What an act gives, unless nothing was heard of it for too long. */
function unlessSilent(act) {
  return new Promise((resolve, reject) => {
    let timer;
    const progress = () => {
      clearTimeout(timer);
      const why = "its database does not answer. Close the other tabs of this site, or restart the browser";
      timer = setTimeout(reject, SILENT, new Error(why));
    };
    progress();
    act(progress).then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

async function saveNotebooks(button) {
  const read = (progress) => Promise.all(Object.entries(RECORDS).map(([name, stores]) => recordsOf(name, stores, progress)));
  try {
    const records = Object.assign({}, ...(await unlessSilent(read)));
    const text = JSON.stringify({ rivulet: "records", ...records });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    link.download = `Rivulet notebooks ${new Date().toISOString().slice(0, 10)}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), KEPT);
    button.textContent = "Saved: open the file in Rivulet";
  } catch (error) {
    button.textContent = `This browser does not give its notebooks out: ${error.message}.`;
  }
}
