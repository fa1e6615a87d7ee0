// Questions to the page, whose answers may come late or never.

/** Milliseconds that nobody waits longer for. */
export const ANSWER_WITHIN = 3000;

/** What a promise gives in time; a late answer, and one that failed, is none. */
export async function answered(ask, within) {
  let timer;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, within, null)));
  try {
    return await Promise.race([ask(), late]);
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}
