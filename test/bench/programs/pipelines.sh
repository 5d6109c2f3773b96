# Pipelines of small tools, each a process of its own.
count=0 sum=0
while [ "$count" -lt "$1" ]; do
  words=$(echo "the $count quick brown foxes jump over $((count * 7)) lazy dogs" | tr ' ' '\n' | sort | uniq | head -n 6 | tr '\n' ,)
  length=$(echo "$words" | sed 's/[aeiou]//g' | wc -c)
  sum=$(((sum * 31 + length) % 1000003))
  count=$((count + 1))
done
echo "pipelines $sum $words"
