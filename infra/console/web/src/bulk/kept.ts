import type { Run } from "./run";

/** The runs that this browser keeps. A plan is here before its first request is sent. */
const NAME = "invoice-bridge-console";
const RUNS = "runs";

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(RUNS, { keyPath: "id" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("the browser keeps nothing"));
  });
}

async function within<T>(mode: IDBTransactionMode, ask: (runs: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await open();
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = database.transaction(RUNS, mode, { durability: "strict" });
      const request = ask(transaction.objectStore(RUNS));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error ?? new Error("the browser keeps nothing"));
    });
  } finally {
    database.close();
  }
}

export const keepRun = (run: Run): Promise<unknown> => within("readwrite", (runs) => runs.put(run));
export const keptRun = (id: string): Promise<Run | undefined> => within("readonly", (runs) => runs.get(id) as IDBRequest<Run | undefined>);
export const keptRuns = (): Promise<Run[]> => within("readonly", (runs) => runs.getAll() as IDBRequest<Run[]>);
export const forgetRun = (id: string): Promise<unknown> => within("readwrite", (runs) => runs.delete(id));
