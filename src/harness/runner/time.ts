/** Waiting with a limit. */

/** Whether `work`, which never rejects, ends within so many milliseconds. */
export function endsWithin(work: Promise<void>, milliseconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve(false);
    }, milliseconds);
    void work.then(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
