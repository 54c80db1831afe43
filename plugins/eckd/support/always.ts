/** Putting back what a case changed, also when it fails. */

/** Runs `body`, then `after`. If both throw, what `body` threw is the case's failure. */
export async function always<T>(body: () => Promise<T>, after: () => Promise<void>): Promise<T> {
  let result: T;
  try {
    result = await body();
  } catch (thrown) {
    await after().catch(() => undefined);
    throw thrown;
  }
  await after();
  return result;
}
