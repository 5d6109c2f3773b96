/** What the browser has to offer. Answers with the name of what is missing, or undefined when all is there. */
export function missingFeature(scope: typeof globalThis = globalThis): string | undefined {
  if (typeof scope.WebAssembly !== 'object') return 'WebAssembly';
  if (typeof scope.Worker !== 'function') return 'Web Workers';
  if (typeof scope.DecompressionStream !== 'function') return 'DecompressionStream';
  if (typeof scope.BigUint64Array !== 'function') return '64-bit integers (BigInt)';
  return undefined;
}
