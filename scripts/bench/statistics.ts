/** Numbers out of samples. */

/** Returns the middle of the samples in order; of an even number, the mean of the two in the middle. */
export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return low === undefined || high === undefined ? Number.NaN : (low + high) / 2;
}

/**
 * Returns the median of the ratios of samples that were taken in the same run.
 *
 * What slows the whole machine in one run slows both, so that their ratio says more than that of two medians.
 */
export function medianRatio(samples: readonly number[], anchors: readonly number[]): number {
  return median(samples.map((sample, run) => sample / (anchors[run] ?? Number.NaN)));
}
