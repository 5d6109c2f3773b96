/** `v` sign-extended from the width of T, whatever T's own signedness. */
// @ts-ignore: decorator
@inline export function signed<T>(v: T): i64 {
  if (sizeof<T>() == 1) return <i64>(<i8>v);
  if (sizeof<T>() == 2) return <i64>(<i16>v);
  if (sizeof<T>() == 4) return <i64>(<i32>v);
  return <i64>v;
}
