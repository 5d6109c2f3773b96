/* Strings and records, as in the benchmarks of old: comparing, copying, lists, small procedures, enumerations. */
#include "runtime.h"

enum Kind { RED, GREEN, BLUE, KINDS };
struct Record {
  struct Record *next;
  enum Kind kind;
  int number;
  char name[31];
};
static struct Record records[64];
static int histogram[KINDS][16];

__attribute__((noinline)) static int compare(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return *a - *b;
}
__attribute__((noinline)) static void copy(char *to, const char *from) {
  while ((*to++ = *from++)) continue;
}
__attribute__((noinline)) static enum Kind after(enum Kind kind, int number) {
  switch (kind) {
  case RED: return number > 100 ? GREEN : BLUE;
  case GREEN: return number & 1 ? RED : BLUE;
  default: return RED;
  }
}
__attribute__((noinline)) static void change(struct Record *record, struct Record *other) {
  struct Record kept = *record;
  record->number = (other->number * 5 + kept.number) / 3 % 1000;
  record->kind = after(kept.kind, other->number);
  if (compare(record->name, other->name) > 0) {
    copy(record->name, other->name);
    copy(other->name, kept.name);
  }
  histogram[record->kind][record->number & 15]++;
}

int program(u32 size, char *path) {
  for (int at = 0; at < 64; at++) {
    records[at].next = &records[(at * 37 + 11) & 63];
    records[at].number = at * 7;
    copy(records[at].name, "DOMZERO PROGRAM, SOME STRING");
    records[at].name[26] = 'A' + (at * 5 & 15);
  }
  struct Record *record = records;
  for (u32 round = 0; round < size; round++) {
    change(record, record->next);
    record = record->next;
  }
  u32 sum = 0;
  for (int at = 0; at < 64; at++) sum = sum * 31 + records[at].number * 7 + records[at].kind + records[at].name[26];
  for (int kind = 0; kind < KINDS; kind++)
    for (int at = 0; at < 16; at++) sum = sum * 31 + histogram[kind][at];
  result("records", sum);
  return 0;
}
