/* Bodies that attract one another: double precision on the x87. The line printed holds the bits of their energy. */
#include "runtime.h"

enum { BODIES = 5 };
struct Body { double x, y, z, vx, vy, vz, mass; };
static struct Body bodies[BODIES] = {
  {0.0, 0.0, 0.0, 0.0, -0.01, 0.001, 40.0},
  {4.8, -1.2, -0.1, 0.6, 2.8, -0.02, 0.04},
  {8.3, 4.1, -0.4, -1.0, 1.8, 0.008, 0.011},
  {12.9, -15.1, -0.2, 1.1, 0.9, -0.01, 0.0017},
  {15.4, -25.9, 0.2, 1.0, 0.6, -0.03, 0.002},
};

static double square_root(double value) {
  __asm__("fsqrt" : "+t"(value));
  return value;
}

static void advance(double step) {
  for (int i = 0; i < BODIES; i++)
    for (int j = i + 1; j < BODIES; j++) {
      struct Body *a = &bodies[i], *b = &bodies[j];
      double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
      double squared = dx * dx + dy * dy + dz * dz;
      double pull = step / (squared * square_root(squared));
      a->vx -= dx * b->mass * pull, a->vy -= dy * b->mass * pull, a->vz -= dz * b->mass * pull;
      b->vx += dx * a->mass * pull, b->vy += dy * a->mass * pull, b->vz += dz * a->mass * pull;
    }
  for (struct Body *body = bodies; body < bodies + BODIES; body++)
    body->x += step * body->vx, body->y += step * body->vy, body->z += step * body->vz;
}

static double energy(void) {
  double sum = 0;
  for (int i = 0; i < BODIES; i++) {
    struct Body *a = &bodies[i];
    sum += 0.5 * a->mass * (a->vx * a->vx + a->vy * a->vy + a->vz * a->vz);
    for (int j = i + 1; j < BODIES; j++) {
      double dx = a->x - bodies[j].x, dy = a->y - bodies[j].y, dz = a->z - bodies[j].z;
      sum -= a->mass * bodies[j].mass / square_root(dx * dx + dy * dy + dz * dz);
    }
  }
  return sum;
}

int program(u32 size, char *path) {
  for (u32 round = 0; round < size; round++) advance(0.001);
  union { double value; u32 words[2]; } bits = {energy()};
  result("nbody high", bits.words[1]);
  result("nbody low", bits.words[0]);
  return 0;
}
