# Text through sort, uniq, grep, cut and sed: few processes with much to do.
seq 1 "$1" | sed 's/$/ line/' | sort | grep -v 77 | cut -c 1-5 | sed 's/\(.\)\(.\)/\2\1/' | sort -r | uniq -c | md5sum
