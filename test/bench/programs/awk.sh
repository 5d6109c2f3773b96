# awk: fields, arrays, regular expressions, string functions, floating point.
awk -v size="$1" 'BEGIN {
  seed = 42
  for (i = 0; i < size; i++) {
    seed = (seed * 16807) % 2147483647
    line = "item" seed % 97 " " seed % 1000 " " i
    count = split(line, field, " ")
    total[field[1]] += field[2]
    if (line ~ /item[1-4][0-9]* [1-8]/) matched++
    text = toupper(substr(line, 3, 6)) length(line)
    if (index(text, "M7")) sevens++
    sub(/item/, "", line)
    sum = (sum * 31 + length(line) + count + field[2]) % 1000003
  }
  for (i = 0; i < 97; i++) sum = (sum * 31 + total["item" i]) % 1000003
  print "awk", sum, matched, sevens
}'
