# The shell alone: arithmetic, functions, strings, cases, variables; no other process.
step() {
  case $(($1 % 5)) in
  0) word=${word#?}$1 ;;
  1 | 2) word=${word%?}x ;;
  *) word=$word$(($1 * 7 % 10)) ;;
  esac
}
count=0 sum=0 word=start
while [ "$count" -lt "$1" ]; do
  step "$count"
  [ ${#word} -gt 40 ] && word=${word#????????????????????}
  sum=$(((sum * 31 + ${#word} + count) % 1000003))
  count=$((count + 1))
done
echo "shell $sum $word"
